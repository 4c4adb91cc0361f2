"""The speed script: what is met by which figures, and a run of one row."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from verification.goals import goals
from verification.speed import Pair, against_euroformix, judged, rows, told
from verification.timing import FitCost, Row, RowCost, StainCost, StutterModel, draw

from reopen.weigh.model import EUROFORMIX, Conventions
from verification import speed


def row(persons: int, stutter: StutterModel, *seconds: float, megabytes: float = 300.0) -> Pair:
    """A row with fits of these seconds, or with none."""
    fits: list[FitCost | None] = [FitCost(s, 11, 40, "converged", 1.0) for s in seconds]
    stains = tuple(StainCost(60, 0.01, 0.02, fit) for fit in fits or [None])
    theirs = RowCost(Row(persons, stutter, len(stains), EUROFORMIX), stains, megabytes)
    ours = RowCost(replace(theirs.row, conventions=Conventions()), stains, 250.0)
    return Pair(theirs, ours)


def test_a_fit_is_judged_by_its_median_against_euroformix() -> None:
    """Four persons, back stutter: 134 s, and 100 times faster is asked."""
    (met,) = judged(row(4, "back", 1.3, 1.0, 9.0))
    assert (met.figure, met.goal, met.is_met) == ("103 times", "100 times EuroForMix's speed", True)
    (missed,) = judged(row(4, "back", 1.4))
    assert (missed.figure, missed.is_met) == ("96 times", False)


def test_where_there_is_no_peer_minutes_and_memory_count() -> None:
    assert [one.is_met for one in judged(row(6, "back", 1799.0))] == [True, True]
    assert [one.is_met for one in judged(row(6, "back", 1801.0, megabytes=2001.0))] == [
        False, False
    ]  # fmt: skip
    assert [one.what for one in judged(row(6, "back and forward"))] == [
        "memory, 6 persons, back and forward stutter"
    ]


def test_what_was_not_fitted_is_said() -> None:
    *_, last = against_euroformix([row(6, "back and forward")]).splitlines()
    assert "not run" in last
    assert not any(r.fitted for r in rows([6], None) if r.stutter == "back and forward")


def test_a_missed_optimum_and_a_fit_that_did_not_settle_are_counted() -> None:
    good = row(2, "back", 1.0)
    bad = FitCost(1.0, 1, 1, "unstable", -0.5)
    theirs = replace(good.theirs, stains=(replace(good.theirs.stains[0], fit=bad),))
    said = told([replace(good, theirs=theirs)], load=0.0)
    assert "1 of 2 fits end at or above" in said
    assert "1 did not settle" in said
    (goal,) = judged(Pair(theirs, good.ours))
    assert not goal.is_met  # 0.57 times, and not settled
    quick = replace(theirs.stains[0], fit=replace(bad, seconds=0.01))
    (goal,) = judged(Pair(replace(theirs, stains=(quick,)), good.ours))
    assert (goal.figure, goal.is_met) == ("57 times", False)
    assert "Others were at work" not in said
    assert "Others were at work on it (load 1.7" in told([good], load=1.7)


def test_stains_of_a_row_are_the_same_whatever_the_conventions() -> None:
    theirs, ours = (draw(Row(2, "back", 2, c)) for c in (EUROFORMIX, Conventions()))
    assert theirs == ours
    assert len(theirs[0].loci) == 16


@pytest.mark.slow
def test_one_row_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["speed", "--quick", "--persons", "2", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", words)
    speed.main()
    assert ElementTree.parse(tmp_path / "speed.svg").getroot().tag.endswith("svg")
    data = json.loads((tmp_path / "speed.json").read_text(encoding="utf-8"))
    assert [(r["row"]["persons"], r["row"]["stutter"]) for r in data["rows"]] == [
        (2, "back"), (2, "back"), (2, "back and forward"), (2, "back and forward")
    ]  # fmt: skip
    for measured in data["rows"]:
        (stain,) = measured["stains"]
        assert 0 < stain["value"] < stain["fit"]["seconds"]
        assert stain["fit"]["gradients"] > 10
        assert stain["fit"]["above_truth"] >= 0
        assert 50 < measured["megabytes"] < 2000
    assert len(list(goals("speed", data))) == 2
    assert {p["persons"] for p in data["growth"]} == {1, 2, 3, 4}
