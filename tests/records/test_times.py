"""Intervals: what an old file says of a time, and what follows from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reopen.errors import InvalidRecord
from reopen.records.times import Interval

MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
ENDS = st.none() | MOMENTS


@st.composite
def intervals(draw: st.DrawFn) -> Interval:
    one, other = draw(ENDS), draw(ENDS)
    if one is not None and other is not None and other < one:
        one, other = other, one
    return Interval(one, other)


def day(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("1987", day(1987), day(1988)),
        ("1987-03", day(1987, 3), day(1987, 4)),
        ("1987-12", day(1987, 12), day(1988)),
        ("1988-02-29", day(1988, 2, 29), day(1988, 3)),
        ("1987-03-14/1987-03-16", day(1987, 3, 14), day(1987, 3, 17)),
    ],
)
def test_a_calendar_time_lasts_to_its_last_microsecond(
    text: str, first: datetime, after: datetime
) -> None:
    read = Interval.parse(text)
    assert (read.earliest, read.latest) == (first, after - timedelta(microseconds=1))
    assert str(read) == text


def test_an_offset_is_kept_as_utc() -> None:
    read = Interval.parse("1987-03-14T10:00+01:00")
    assert read == Interval.at(datetime(1987, 3, 14, 9, tzinfo=UTC))
    east = datetime(1987, 3, 14, 10, tzinfo=timezone(timedelta(hours=1)))
    assert Interval.at(east) == read
    assert str(read) == "1987-03-14T09:00:00Z"


@pytest.mark.parametrize(
    "text", ["", "14.3.1987", "1987-13", "1987-02-30", "87", "1987-03-14T10:00", "1988/1987", "x/y"]
)
def test_what_is_no_time_is_refused_with_the_way_on(text: str) -> None:
    with pytest.raises(InvalidRecord) as refused:
        Interval.parse(text)
    assert refused.value.way_on


@given(intervals())
def test_written_and_read_again_it_is_the_same(interval: Interval) -> None:
    assert Interval.parse(str(interval)) == interval


@given(intervals(), intervals())
def test_one_is_before_the_other_or_they_may_meet(one: Interval, other: Interval) -> None:
    assert one.may_meet(other) == other.may_meet(one)
    assert one.may_meet(other) == (not one.before(other) and not other.before(one))
    assert not (one.before(other) and other.before(one))


def test_an_open_end_is_before_nothing() -> None:
    since = Interval.parse("1987/..")
    assert not since.before(Interval.parse("1999"))
    assert Interval.parse("1986").before(since)
    assert Interval.parse("1990").certainly_within(since)
    assert not since.certainly_within(Interval.parse("1987/1999"))
