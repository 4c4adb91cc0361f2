"""Times of custody events as far as their clocks can be trusted, and what may have come first.

Values only. Not here: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from reopen.prove.holdings import Holdings
from reopen.records.base import Ref
from reopen.records.cases import Exhibit, Sample
from reopen.records.custody import CustodyEvent, LegacyPeriod
from reopen.records.laboratory import Consumable
from reopen.records.times import Interval


def thing(holdings: Holdings, item: str) -> Ref:
    """What an event's item is: an exhibit, a sample, or a standard or other consumable."""
    for kind in (Exhibit, Sample, Consumable):
        if holdings.one(kind, item) is not None:
            return Ref(kind.KIND, item)
    return Ref(Exhibit.KIND, item)


def widened(at: Interval, seconds: float) -> Interval:
    """An interval that a clock off by up to `seconds` may have shown."""
    if not seconds:
        return at
    by = timedelta(seconds=seconds)
    return Interval(
        at.earliest - by if at.earliest else None, at.latest + by if at.latest else None
    )


def longest_apart(one: Interval, other: Interval) -> timedelta | None:
    """The longest time that may lie between two moments; None where an end is open."""
    if one.earliest is None or one.latest is None:
        return None
    if other.earliest is None or other.latest is None:
        return None
    return max(other.latest - one.earliest, one.latest - other.earliest)


def shortest_after(one: Interval, other: Interval) -> timedelta | None:
    """The shortest time from the first to the second; negative where it may be the other way
    round, None where the ends that matter are open."""
    if one.latest is None or other.earliest is None:
        return None
    return other.earliest - one.latest


def between(one: Interval, other: Interval) -> Interval:
    """From the earliest moment of the first to the latest of the second."""
    start, end = one.earliest, other.latest
    if start and end and end < start:
        start, end = end, start
    return Interval(start, end)


def legacy_by_item(holdings: Holdings) -> Mapping[object, tuple[LegacyPeriod, ...]]:
    return holdings.by(LegacyPeriod, "item")


def declared(periods: Iterable[LegacyPeriod], during: Interval) -> LegacyPeriod | None:
    """The stated gap that meets a time, if there is one."""
    return next((period for period in periods if period.during.may_meet(during)), None)


def years_of(events: Iterable[CustodyEvent]) -> float:
    """Years from the first to the last event, at least one: the exposure of a count."""
    earliest = [event.at.earliest for event in events if event.at.earliest]
    if not earliest:
        return 1.0
    return max(1.0, (max(earliest) - min(earliest)) / timedelta(days=365.25))
