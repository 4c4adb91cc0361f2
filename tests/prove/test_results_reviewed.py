"""R6: reviews by another, long enough, not in closed pairs; small units ask outside."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, day, gravest, named

import reopen.prove.results_reviewed  # noqa: F401
from reopen.records.findings import Verdict
from reopen.records.results import Report, Review, ReviewKind
from reopen.records.times import Interval

REPORT = Report(id="rep", case="K1", issued=day(9), author="P1", pages=10)
REVIEW = Review(
    id="rev",
    report="rep",
    kind=ReviewKind.TECHNICAL,
    by="P2",
    started=day(8),
    ended=day(8, hours=1),
)
OTHERS = [  # so that the unit has four people
    Report(id="rep3", case="K3", issued=day(9), author="P3", pages=10),
    replace(REVIEW, id="rev3", report="rep3", by="P4"),
]


def test_a_review_by_another_holds():
    answer = asked("R6", REPORT, REVIEW, OTHERS)
    assert (answer.verdict, answer.looked_at, answer.could_not) == (Verdict.HOLDS, 2, ())


def test_reviewed_by_its_author_alone():
    answer = asked("R6", REPORT, replace(REVIEW, by="P1"), OTHERS)
    assert named(answer) == [("rep", "rev")]
    assert gravest(answer) == ["A"]
    assert answer.findings[0].sentence.startswith("The technical review of report rep was made")
    administrative = replace(REVIEW, id="adm", kind=ReviewKind.ADMINISTRATIVE, by="P1")
    assert gravest(asked("R6", REPORT, REVIEW, administrative, OTHERS)) == ["B"]
    second = replace(REVIEW, id="rev2")
    assert asked("R6", REPORT, replace(REVIEW, by="P1"), second, OTHERS).verdict is Verdict.HOLDS


def test_an_administrative_review_is_no_technical_one():
    answer = asked("R6", REPORT, replace(REVIEW, kind=ReviewKind.ADMINISTRATIVE), OTHERS)
    assert named(answer) == [("rep", "rev")]
    assert "no record of a technical review" in answer.findings[0].sentence


def test_reports_from_before_reviews_were_kept_cannot_be_judged():
    old = Report(id="old", case="K0", issued=day(-500), author="P1")
    answer = asked("R6", REPORT, REVIEW, OTHERS, old)
    assert answer.verdict is Verdict.HOLDS
    assert answer.could_not[0][0] == "report old"


def test_a_small_unit_is_asked_for_an_outside_review():
    answer = asked("R6", REPORT, replace(REVIEW, by="P1"))
    assert answer.findings == ()
    assert "one from outside" in answer.could_not[0][1]


@pytest.mark.parametrize(("minutes", "severities"), [(4.9, ["B"]), (5.0, [])])
def test_ten_pages_take_five_minutes_at_least(minutes: float, severities: list[str]):
    quick = replace(REVIEW, ended=day(8, hours=minutes / 60))
    answer = asked("R6", REPORT, quick, OTHERS)
    assert gravest(answer) == severities


def test_times_known_to_the_day_are_not_called_short():
    vague = replace(
        REVIEW, started=Interval.parse("2021-03-09"), ended=Interval.parse("2021-03-09")
    )
    assert asked("R6", REPORT, vague, OTHERS).verdict is Verdict.HOLDS
    without = replace(REVIEW, started=None)
    assert asked("R6", REPORT, without, OTHERS).could_not[0][0] == "review rev"


def pair(author: str, reviewer: str, count: int) -> list[Report | Review]:
    records: list[Report | Review] = []
    for each in range(count):
        id = f"{author}{each}"
        records.append(replace(REPORT, id=id, author=author))
        records.append(replace(REVIEW, id=f"rev-{id}", report=id, by=reviewer))
    return records


def test_two_who_review_only_each_other_are_a_closed_pair():
    answer = asked("R6", pair("P1", "P2", 12), pair("P2", "P1", 10), OTHERS)
    assert gravest(answer) == ["C"]
    assert named(answer) == [("P10", "P20")]
    assert "P1" not in answer.findings[0].sentence  # no names
    fewer = asked("R6", pair("P1", "P2", 12), pair("P2", "P1", 9), OTHERS)
    assert fewer.verdict is Verdict.HOLDS
    opened = asked(
        "R6",
        pair("P1", "P2", 12),
        pair("P2", "P1", 10),
        OTHERS,
        replace(REPORT, id="x"),
        replace(REVIEW, id="y", report="x", by="P4"),
    )
    assert opened.verdict is Verdict.HOLDS
