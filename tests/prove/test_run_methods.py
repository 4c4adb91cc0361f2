"""L11: methods in force, validated, within their range; deviations approved in time or late."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, gravest, named

import reopen.prove.run_methods  # noqa: F401
from reopen.records.findings import Verdict
from reopen.records.laboratory import Deviation, Injection, Method
from reopen.records.results import LabResult, ResultKind
from reopen.records.times import Interval

METHOD = Method(
    id="M3",
    name="mixture interpretation",
    version="3",
    in_force=Interval.parse("2021-01/2021-06"),
    validated=Interval.parse("2020-11"),
    most_contributors=3,
    least_ng=0.03,
)
RESULT = LabResult(
    id="r1",
    result="R1",
    case="K1",
    sample="S1",
    kind=ResultKind.INCLUSION,
    at=day(0),
    method="M3",
    contributors=3,
    input_ng=0.03,
)


def test_a_version_in_force_and_in_range_holds():
    answer = asked("L11", METHOD, RESULT)
    assert (answer.verdict, answer.looked_at, answer.could_not) == (Verdict.HOLDS, 1, ())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"at": Interval.parse("2021-07")}, "no longer in force"),
        ({"at": Interval.parse("2020-12")}, "not yet in force"),
        ({"contributors": 4}, "4 contributors are more than the 3"),
        ({"input_ng": 0.02}, "0.02 ng are less than the 0.03 ng"),
    ],
)
def test_what_a_result_lacks(changes: dict[str, object], words: str):
    answer = asked("L11", METHOD, replace(RESULT, **changes))  # type: ignore[arg-type]
    assert named(answer) == [("r1", "M3")]
    assert gravest(answer) == ["A"]
    assert words in answer.findings[0].sentence


def test_a_result_before_validation():
    late = replace(METHOD, validated=Interval.parse("2021-05"))
    assert "not yet validated" in asked("L11", late, RESULT).findings[0].sentence


def test_a_version_may_finish_what_it_began():
    began = Injection(id="i", instrument="CE1", sample="S1", at=Interval.parse("2021-06-28"))
    finished = replace(RESULT, at=Interval.parse("2021-07-05"))
    assert asked("L11", METHOD, finished, began).verdict is Verdict.HOLDS
    much_later = replace(RESULT, at=Interval.parse("2021-09-05"))
    assert named(asked("L11", METHOD, much_later, began)) == [("r1", "M3")]


def test_an_unsure_date_is_not_called_late():
    unsure = replace(RESULT, at=Interval.parse("2021"))
    assert asked("L11", METHOD, unsure).verdict is Verdict.HOLDS


FOUR = replace(RESULT, contributors=4)


@pytest.mark.parametrize(
    ("deviation", "severities"),
    [
        (Deviation(id="d", subject="R1", at=day(-1), approved_by="P9"), []),
        (Deviation(id="d", subject="r1", at=day(3), approved_by="P9"), ["B"]),
        (Deviation(id="d", subject="R1", at=day(-1)), ["A"]),
        (Deviation(id="d", subject="R2", at=day(-1), approved_by="P9"), ["A"]),
    ],
)
def test_a_deviation_approved_beforehand_answers_it(deviation: Deviation, severities: list[str]):
    assert gravest(asked("L11", METHOD, FOUR, deviation)) == severities


def test_what_is_not_recorded_cannot_be_judged():
    answer = asked(
        "L11", METHOD, replace(RESULT, method=None), replace(RESULT, id="r2", method="X")
    )
    assert answer.verdict is Verdict.CANNOT_TELL
    assert [why for _, why in answer.could_not] == [
        "its method is not recorded",
        "method X is not in the record",
    ]
    unknown = asked("L11", replace(METHOD, validated=None), RESULT)
    assert unknown.verdict is Verdict.HOLDS
    assert unknown.could_not[0][0] == "method M3"
