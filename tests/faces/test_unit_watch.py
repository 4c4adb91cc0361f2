"""A unit that is watched tells what is newly linked, whenever something comes in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.faces.command import run
from tests.faces.unit_files import ANNA, BERT, PLAIN, population, references, stain

from reopen.faces.cli.unit_link import GivenTerms
from reopen.faces.workbench.unit_link import Asked
from reopen.faces.workbench.unit_watch import watch_unit
from reopen.store.unit import open_unit


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A stain of Anna's, with Anna and Bert on file."""
    path = tmp_path / "harbour.reopen"
    run("init", path, "--as", "mara")
    people = references(tmp_path / "on file.csv", {"anna": ANNA, "bert": BERT})
    assert run("import", path, stain(tmp_path, "A1", ANNA), "--references", people).code == 0
    assert run("link", path, "--population", population(tmp_path), *PLAIN).code == 0
    return path


def watched(
    unit: Path, happens: list[Callable[[], object]], asked: Callable[[], Asked] = Asked
) -> list[set[str]]:
    """Links newly told by each look, while these things happen between looks."""
    waits = iter(happens)

    class Over(Exception):
        pass

    def wait(seconds: float) -> None:
        assert seconds == 5.0
        now = next(waits, None)
        if now is None:
            raise Over
        now()

    told = []
    with open_unit(unit) as opened:
        try:
            for done in watch_unit(opened, "mara", asked, every=5.0, wait=wait):
                told.append({link.id for link in done.links})
        except Over:
            return told
    raise AssertionError("it ended by itself")


def test_what_comes_in_is_compared_with_everything(unit: Path, tmp_path: Path) -> None:
    def comes_in() -> None:
        assert run("import", unit, stain(tmp_path, "B1", ANNA)).code == 0

    told = watched(unit, [lambda: None, comes_in, lambda: None])
    assert told == [set(), {"B1 x anna", "A1 x B1"}]


def test_its_own_search_is_nothing_new(unit: Path, tmp_path: Path) -> None:
    assert run("import", unit, stain(tmp_path, "B1", BERT)).code == 0
    assert watched(unit, [lambda: None, lambda: None]) == [{"B1 x bert"}]


def test_a_frequency_file_that_changed_is_another_search(unit: Path, tmp_path: Path) -> None:
    """Two frequencies differ: all is compared anew, and told."""
    file = population(tmp_path)

    def asked() -> Asked:
        return GivenTerms(frozenset({"population"}), str(file)).asked()

    def changes() -> None:
        text = file.read_text().replace(",10,0.1", ",10,0.095").replace(",11,0.1", ",11,0.105")
        file.write_text(text)

    told = watched(unit, [lambda: None, changes, lambda: None], asked)
    assert told == [set(), {"A1 x anna"}]


def test_once_from_the_command_line(unit: Path, tmp_path: Path) -> None:
    assert run("import", unit, stain(tmp_path, "B1", BERT)).code == 0
    said = run("watch", unit, "--once", "--json")
    assert said.code == 0, said.err
    (line,) = said.out.splitlines()
    assert [each["id"] for each in json.loads(line)["links"]] == ["B1 x bert"]
    again = run("watch", unit, "--once")
    assert "Nothing new" in again.out
