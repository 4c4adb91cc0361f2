"""R3 and R4: changes after a name, after a report, before a milestone; planned and fresh ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, gravest, named

import reopen.prove.results_amended  # noqa: F401
from reopen.records.base import Record
from reopen.records.findings import Verdict
from reopen.records.results import (
    Amendment,
    Disclosure,
    Hit,
    LabResult,
    Milestone,
    NameKnown,
    Report,
    ResultKind,
)
from reopen.records.times import Interval

FIRST = LabResult(
    id="r1",
    result="R1",
    case="K1",
    sample="S1",
    kind=ResultKind.PROFILE,
    at=day(0),
    raw_hash="f",
    contributors=3,
    log10_lr=2.0,
)
SECOND = replace(FIRST, id="r1b", version=2, at=day(30), contributors=2, log10_lr=6.5)
CHANGE = Amendment(
    id="a1",
    result="R1",
    case="K1",
    before=1,
    after=2,
    at=day(30),
    by="P1",
    reason="reviewed",
    changed=("contributors",),
    new_data=False,
)
KNOWN = NameKnown(id="n1", case="K1", at=day(20), person="Q")


def test_a_change_after_the_name_shows_both_versions_and_both_lrs():
    answer = asked("R3", FIRST, SECOND, CHANGE, KNOWN)
    assert named(answer) == [("a1", "n1", "r1", "r1b")]
    assert gravest(answer) == ["A"]
    assert answer.findings[0].figures == (
        "version 1: log10 LR 2.00",
        "version 2: log10 LR 6.50",
    )
    assert "log10 LR moved by +4.5" in answer.findings[0].sentence


@pytest.mark.parametrize(("lr", "severity"), [(2.9, "B"), (3.1, "A"), (0.5, "A"), (None, "B")])
def test_more_than_one_ban_is_grave_either_way(lr: float | None, severity: str):
    answer = asked("R3", FIRST, replace(SECOND, log10_lr=lr), CHANGE, KNOWN)
    assert gravest(answer) == [severity]


def test_a_database_hit_is_a_name():
    hit = Hit(id="h1", case="K1", at=day(10), told=day(25))
    assert named(asked("R3", FIRST, SECOND, CHANGE, hit))[0][:2] == ("a1", "h1")


@pytest.mark.parametrize(
    "records",
    [
        [replace(CHANGE, new_data=True), KNOWN],  # amplified again
        [replace(CHANGE, new_data=None), replace(SECOND, raw_hash="g"), KNOWN],  # by the files
        [CHANGE, replace(KNOWN, at=day(40))],  # before the name
    ],
)
def test_what_is_no_change_after_the_name(records: list[Record]):
    versions = [] if any(isinstance(each, LabResult) for each in records) else [SECOND]
    answer = asked("R3", FIRST, versions, records)
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 1)


def test_a_slip_of_the_item_number_is_no_interpretation():
    slip = replace(CHANGE, changed=("item number",))
    same = replace(SECOND, contributors=3)
    assert asked("R3", FIRST, same, slip, KNOWN).verdict is Verdict.HOLDS
    # the versions say more than the words: contributors did change
    assert len(asked("R3", FIRST, SECOND, slip, KNOWN).findings) == 1


def test_the_versions_say_what_changed_where_the_amendment_does_not():
    silent = replace(CHANGE, changed=())
    assert "changed contributor" in asked("R3", FIRST, SECOND, silent, KNOWN).findings[0].sentence
    answer = asked("R3", silent, KNOWN)
    assert answer.verdict is Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([CHANGE], "when a name was known"),
        ([CHANGE, replace(KNOWN, at=Interval.parse("2021"))], "came first"),
        ([replace(CHANGE, new_data=None), KNOWN], "new data"),
    ],
)
def test_what_leaves_it_open(records: list[Record], reason: str):
    answer = asked("R3", replace(FIRST, raw_hash=""), SECOND, records)
    assert answer.verdict is Verdict.CANNOT_TELL
    assert reason in answer.could_not[0][1]


REPORT = Report(id="rep", case="K1", issued=day(10), results=("R1",))


def test_a_change_after_issue():
    answer = asked("R4", FIRST, SECOND, CHANGE, REPORT)
    assert named(answer) == [("a1", "rep")]
    assert gravest(answer) == ["B"]
    before = replace(REPORT, issued=day(31))
    assert asked("R4", FIRST, SECOND, CHANGE, before).verdict is Verdict.HOLDS


def test_a_planned_interpretation_is_exempt_and_one_planned_afterwards_is_not():
    planned = replace(CHANGE, registered_before=day(5))
    assert asked("R4", FIRST, SECOND, planned, REPORT).verdict is Verdict.HOLDS
    afterwards = replace(CHANGE, registered_before=day(31))
    assert len(asked("R4", FIRST, SECOND, afterwards, REPORT).findings) == 1


def test_days_before_a_trial_or_disclosure_are_told_once():
    trial = Milestone(id="m1", milestone="trial", case="K1", at=day(40))
    given = Disclosure(id="d1", case="K1", at=day(35), to="defence")
    answer = asked("R4", FIRST, SECOND, CHANGE, trial, given)
    assert named(answer) == [("a1", "m1", "d1")]
    far = replace(trial, at=day(45))
    assert asked("R4", FIRST, SECOND, CHANGE, far).verdict is Verdict.HOLDS
    other = replace(trial, case="K2")
    assert asked("R4", FIRST, SECOND, CHANGE, other).verdict is Verdict.HOLDS


def test_a_slip_found_while_checking_is_not_held_against_the_calendar():
    trial = Milestone(id="m1", milestone="trial", case="K1", at=day(12))
    soon = replace(CHANGE, at=day(2))
    assert asked("R4", FIRST, replace(SECOND, at=day(2)), soon, trial).verdict is Verdict.HOLDS


def weekly(extra: int) -> list[Record]:
    """A change each week for a year, and so many more in the days before the audit."""
    changes = [
        replace(CHANGE, id=f"w{each}", result=f"W{each}", case=f"K{each}", at=day(7 * each))
        for each in range(52)
    ]
    rush = [
        replace(CHANGE, id=f"x{each}", result=f"X{each}", case=f"Z{each}", at=day(355 + each))
        for each in range(extra)
    ]
    return [*changes, *rush]


def test_before_an_audit_only_a_rush_is_told():
    audit = Milestone(id="m1", milestone="audit", at=day(364))
    assert asked("R4", audit, weekly(2)).verdict is Verdict.HOLDS
    # 2 usual in 14 days; 10 have a Poisson probability of 5e-5
    answer = asked("R4", audit, weekly(8))
    assert len(answer.findings) == 1
    assert named(answer)[0][0] == "m1"
