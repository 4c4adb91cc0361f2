"""R10: hits that something followed; duplicates, closed cases and days still to come."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, gravest, named

import reopen.prove.results_hits  # noqa: F401
from reopen.records.base import Record
from reopen.records.cases import Interview
from reopen.records.findings import Verdict
from reopen.records.results import CaseAction, Hit, Request
from reopen.records.times import Interval

HIT = Hit(id="h1", case="K1", at=day(0), told=day(10), limit_days=30)
ELSEWHERE = CaseAction(id="a9", case="K9", at=day(12), action="lead")
ACTION = replace(ELSEWHERE, id="a1", case="K1")


@pytest.mark.parametrize(
    "followed",
    [
        ACTION,
        Interview(id="i1", case="K1", person="Q", held=day(20)),
        Request(id="q1", case="K1", item="E1", asked=day(39)),
        replace(ACTION, at=Interval.parse("2021")),  # may have been in time
    ],
)
def test_a_hit_that_something_followed_holds(followed: Record):
    answer = asked("R10", HIT, ELSEWHERE, followed)
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 1)


@pytest.mark.parametrize(
    "records",
    [
        [],
        [replace(ACTION, at=day(9))],  # before it was told of
        [Interview(id="i1", case="K1", person="Q", named=day(20))],  # never held
    ],
)
def test_a_hit_that_nothing_followed(records: list[Record]):
    answer = asked("R10", HIT, ELSEWHERE, records)
    assert named(answer) == [("h1",)]
    assert gravest(answer) == ["B"]
    assert "nothing is recorded within 30 days of hit h1" in answer.findings[0].sentence


def test_late_is_told_as_late():
    answer = asked("R10", HIT, replace(ACTION, at=day(41)))
    assert named(answer) == [("h1", "a1")]
    assert "the first came later" in answer.findings[0].sentence


def test_duplicates_and_closed_cases_are_left_out():
    answer = asked(
        "R10", replace(HIT, duplicate_of="h0"), replace(HIT, id="h2", case_closed=True), ELSEWHERE
    )
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.findings == ()


def test_days_that_are_not_over_leave_it_open():
    answer = asked("R10", HIT, ELSEWHERE, now=day(39).latest)  # type: ignore[arg-type]
    assert answer.verdict is Verdict.CANNOT_TELL
    assert "are not over" in answer.could_not[0][1]


def test_without_the_telling_the_hits_own_time_counts():
    assert asked("R10", replace(HIT, told=None), ACTION).verdict is Verdict.HOLDS


def test_a_unit_that_keeps_no_actions_cannot_tell():
    assert asked("R10", HIT).missing == ("case_action",)
