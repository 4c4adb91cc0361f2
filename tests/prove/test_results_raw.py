"""R7: calls made again from the raw files, and peaks taken out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, named

import reopen.prove.results_raw  # noqa: F401
from reopen.records.findings import Verdict
from reopen.records.results import LabResult, ResultKind

RESULT = LabResult(
    id="r1",
    result="R1",
    case="K1",
    sample="S1",
    kind=ResultKind.PROFILE,
    at=day(0),
    raw_hash="f",
    settings="50 RFU",
    redone=True,
    removed_peaks=2,
    removed_explained=2,
)


def test_calls_made_again_and_peaks_with_reasons_hold():
    answer = asked("R7", RESULT)
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 1)


def test_calls_that_cannot_be_made_again():
    answer = asked("R7", replace(RESULT, redone=False))
    assert named(answer) == [("r1",)]
    assert answer.findings[0].severity == "A"
    assert answer.findings[0].case == "K1"


@pytest.mark.parametrize(("explained", "bare"), [(None, 2), (0, 2), (1, 1)])
def test_peaks_taken_out_without_a_reason(explained: int | None, bare: int):
    answer = asked("R7", replace(RESULT, removed_explained=explained))
    assert f"{bare} of them have no reason" in answer.findings[0].sentence


def test_both_are_two_questions():
    answer = asked("R7", replace(RESULT, redone=False, removed_explained=0))
    assert len({each.id for each in answer.findings}) == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({}, "nobody has tried"),
        ({"raw_hash": ""}, "raw file not kept"),
        ({"raw_hash": "", "settings": ""}, "raw file and settings not kept"),
    ],
)
def test_what_nobody_tried_cannot_be_told(changes: dict[str, str], why: str):
    untried = replace(RESULT, redone=None, removed_peaks=None, **changes)  # type: ignore[arg-type]
    answer = asked("R7", untried)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert why in answer.could_not[0][1]


def test_a_failed_run_has_no_calls():
    failed = replace(RESULT, kind=ResultKind.FAILED, redone=False)
    assert asked("R7", failed).verdict is Verdict.CANNOT_TELL
