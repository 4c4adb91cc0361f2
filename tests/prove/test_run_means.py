"""L10: tests against reagents and hours, by hand; tolerance, and months in a row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.prove.laboratory_records import asked, gravest, named

import reopen.prove.run_means  # noqa: F401
from reopen.records.findings import Verdict
from reopen.records.laboratory import Means
from reopen.records.times import Interval


def month(number: int, tests: int, **rest: float) -> Means:
    return replace(
        Means(
            id=f"m{number}",
            person="P1",
            method="screening",
            month=Interval.parse(f"2021-{number:02}"),
            tests=tests,
        ),
        **rest,  # type: ignore[arg-type]
    )


def test_enough_of_everything_holds():
    answer = asked("L10", month(1, 150, units_per_test=2, units=310, hours_per_test=1, hours=160))
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 1)


def test_five_hundred_tests_on_three_hundred_slides():
    # 500 tests of one slide: 450 at the least; 300 slides are enough for 300
    answer = asked("L10", month(1, 500, units_per_test=1, units=300))
    assert gravest(answer) == ["A"]
    assert "need 500 units of reagents or slides; the record has 300" in answer.findings[0].sentence
    assert answer.findings[0].figures == ("enough for 300 tests",)


def test_hours_and_units_are_two_questions():
    answer = asked("L10", month(1, 500, units_per_test=1, units=300, hours_per_test=1, hours=160))
    assert len({each.id for each in answer.findings}) == 2


def test_a_declared_robot_needs_less():
    with_robot = month(1, 500, hours_per_test=1, hours=160, tolerance=0.7)
    assert asked("L10", with_robot).verdict is Verdict.HOLDS


@pytest.mark.parametrize(("tests", "severities"), [(110, []), (111, []), (112, ["A"])])
def test_the_tolerance_ends_where_it_says(tests: int, severities: list[str]):
    # 100 units and a tolerance of 10%: 111 tests need 99.9 at the least, 112 need 100.8
    assert gravest(asked("L10", month(1, tests, units_per_test=1, units=100))) == severities


def test_three_months_running_within_the_tolerance_are_told_once():
    short = [month(each, 105, units_per_test=1, units=100) for each in (2, 3, 4)]
    answer = asked("L10", short, month(1, 90, units_per_test=1, units=100))
    assert named(answer) == [("m2", "m3", "m4")]
    assert gravest(answer) == ["B"]
    assert asked("L10", short[:2]).verdict is Verdict.HOLDS
    parted = [
        *short[:2],
        month(4, 90, units_per_test=1, units=100),
        replace(short[2], id="m5", month=Interval.parse("2021-05")),
    ]
    assert asked("L10", parted).verdict is Verdict.HOLDS


def test_without_means_it_cannot_tell():
    answer = asked("L10", month(1, 500))
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.could_not[0][0] == "means m1"
