"""R5: every version kept, each change with person, reason and date."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, gravest, named

import reopen.prove.results_versions  # noqa: F401
from reopen.records.findings import Verdict
from reopen.records.results import Amendment, LabResult, ResultKind
from reopen.records.times import Interval

V1 = LabResult(id="v1", result="R1", case="K1", sample="S1", kind=ResultKind.PROFILE, at=day(0))
V2 = replace(V1, id="v2", version=2, at=day(9))
CHANGE = Amendment(id="a1", result="R1", before=1, after=2, at=day(9), by="P1", reason="slip")


def test_a_whole_chain_holds():
    answer = asked("R5", V1, V2, CHANGE)
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 1)


def test_the_original_is_not_kept():
    answer = asked("R5", V2, CHANGE)
    assert named(answer) == [("v2", "a1")]
    assert gravest(answer) == ["A"]
    assert "has version 2; version 1 is not kept" in answer.findings[0].sentence


def test_a_gap_in_the_numbers():
    answer = asked("R5", V1, replace(V2, id="v4", version=4), replace(CHANGE, after=4))
    assert "version 2, 3 is not kept" in answer.findings[0].sentence


def test_an_amendment_to_a_version_nobody_kept():
    answer = asked("R5", V1, CHANGE)
    assert "version 2 is not kept" in answer.findings[0].sentence


def test_a_version_without_its_change():
    answer = asked("R5", V1, V2)
    assert named(answer) == [("v2",)]
    assert "no record of the change" in answer.findings[0].sentence


@pytest.mark.parametrize(
    ("change", "lacks"),
    [
        (replace(CHANGE, by=None), "no person"),
        (replace(CHANGE, reason=" "), "no reason"),
        (replace(CHANGE, by=None, reason=""), "no person and no reason"),
        (replace(CHANGE, at=Interval(None, None)), "no date"),
    ],
)
def test_what_a_change_lacks(change: Amendment, lacks: str):
    answer = asked("R5", V1, V2, change)
    assert named(answer) == [("a1", "v2")]
    assert lacks in answer.findings[0].sentence


def test_two_records_of_one_version():
    answer = asked("R5", V1, replace(V1, id="v1x"))
    assert named(answer) == [("v1", "v1x")]


def test_an_amendment_of_a_result_of_which_nothing_is_kept():
    other = replace(V1, id="o", result="R2")
    assert named(asked("R5", other, CHANGE)) == [("a1",)]


def test_without_results_it_cannot_tell():
    assert asked("R5", CHANGE).verdict is Verdict.CANNOT_TELL
