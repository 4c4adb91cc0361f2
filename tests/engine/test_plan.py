"""Blocks have the name of what they are: the same work on the same values, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests.engine.unit import KIT, MODEL, OPTIONS, POPULATION, invented

from reopen.engine import plan as plans
from reopen.engine.kept import Kept
from reopen.engine.plan import Block, planned
from reopen.engine.value_types import types_of
from reopen.engine.values import from_bytes, to_bytes
from reopen.engine.work import WORKS, do, input_of, result_of
from reopen.errors import CannotRun
from reopen.link.how import Item
from reopen.link.stains import SolvedStain
from reopen.link.works import Solve
from reopen.records import Reference

WORK = Solve(POPULATION, OPTIONS)


def items(n: int = 3) -> list[Item]:
    return [Item(stain.id, (stain, KIT, MODEL)) for stain in invented(n).stains]


def names(work: Solve, of: list[Item], folder: Path) -> list[str]:
    return [block.name for block in planned(work, of, Kept(folder)).blocks]


def test_names_follow_from_values_alone(tmp_path: Path) -> None:
    first = names(WORK, items(), tmp_path / "one")
    assert len(set(first)) == 3
    assert names(WORK, items()[::-1], tmp_path / "two") == first[::-1]
    assert names(WORK, [replace(item, label="x") for item in items()], tmp_path) == first


def test_other_settings_peaks_or_models_are_other_blocks(tmp_path: Path) -> None:
    first, (item, *_) = names(WORK, items(), tmp_path)[0], items()
    stain, kit, model = item.parts
    others = [
        (replace(WORK, population=replace(POPULATION, theta=0.03)), item),
        (replace(WORK, options=replace(OPTIONS, contributors=2)), item),
        (WORK, Item("", (replace(stain, id="other"), kit, model))),
        (WORK, Item("", (stain, None, model))),
        (WORK, Item("", (stain, kit, replace(MODEL, threshold_rfu=60.0)))),
    ]
    found = {names(work, [one], tmp_path)[0] for work, one in others}
    assert len(found - {first}) == len(others)


def test_another_program_is_another_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (block, *_) = planned(WORK, items(), Kept(tmp_path)).blocks
    monkeypatch.setattr(plans, "made_with", lambda: "reopen 99")
    (other, *_) = planned(WORK, items(), Kept(tmp_path)).blocks
    assert other.name != block.name
    with pytest.raises(CannotRun, match="reopen 99 met reopen"):
        do(other, input_of(Kept(tmp_path)))


def test_names_are_the_same_in_another_process(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from tests.engine.test_plan import *;"
        f"print(*names(WORK, items(), Path({str(tmp_path)!r})))"
    )
    command = [sys.executable, "-c", code]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.split() == names(WORK, items(), tmp_path)


def test_a_block_is_the_same_after_a_line_of_text(tmp_path: Path) -> None:
    for block in planned(WORK, items(), Kept(tmp_path)).blocks:
        assert Block.of_line(block.to_line()) == block
        assert "\n" not in block.to_line()


def test_a_block_gives_what_its_work_gives(tmp_path: Path) -> None:
    kept, (item, *_) = Kept(tmp_path), items()
    (block,) = planned(WORK, [item], kept).blocks
    found = result_of(do(block, input_of(kept)))
    assert isinstance(found, SolvedStain)
    assert found == WORK(*item.parts)  # type: ignore[arg-type]


def test_only_listed_works_are_called(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    (block,) = planned(KIT, [Item("", ())], kept).blocks  # type: ignore[arg-type]
    with pytest.raises(CannotRun, match="Kit is no work"):
        do(block, input_of(kept))


def test_an_input_that_is_gone_is_said(tmp_path: Path) -> None:
    work = replace(WORK, options=replace(OPTIONS, contributors=4))
    (block, *_) = planned(work, items(), Kept(tmp_path)).blocks
    with pytest.raises(CannotRun, match="is missing"):
        do(block, input_of(Kept(tmp_path / "elsewhere")))


def test_types_that_works_do_not_use_are_never_made() -> None:
    types = types_of(WORKS)
    assert {"Solve", "Stain", "Peak", "Kit", "SolvedStain", "NotWeighed", "Where"} <= {
        each.__name__ for each in types
    }
    person = Reference("P", {})
    assert from_bytes(to_bytes(person), types) == person
    assert "Link" not in {each.__name__ for each in types}
