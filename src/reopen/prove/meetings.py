"""Where and when a sample was: its nearest meeting with another, in batches and in custody.

Not here: how to weigh a meeting (`coincidence`), any rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from reopen.prove.holdings import Holdings
from reopen.prove.provenance import lineage
from reopen.records.base import Record
from reopen.records.cases import Exhibit, Sample
from reopen.records.custody import CustodyEvent
from reopen.records.laboratory import Batch, Well
from reopen.records.times import Interval

_DAY_SECONDS = 86400.0


@dataclass(frozen=True, slots=True)
class Visit:
    """A sample, or what it was made of, at a site for some time."""

    site: str
    during: Interval
    record: Record
    batch: str | None = None


@dataclass(frozen=True, slots=True)
class Nearest:
    """The nearest meeting of two samples. days None: they were never at one site."""

    site: str = ""
    days: float | None = None
    records: tuple[Record, ...] = ()
    in_one_batch: bool = False


def things_of(holdings: Holdings, sample: str) -> tuple[str, ...]:
    """A sample, its relatives by making, and the exhibits they come from: what custody follows."""
    samples = lineage(holdings, sample)
    exhibits: list[str] = []
    for each in samples:
        held = holdings.one(Sample, each)
        if held is not None and held.exhibit:
            exhibits.append(held.exhibit)
        if holdings.one(Exhibit, each) is not None:
            exhibits.append(each)
    return tuple(dict.fromkeys((*samples, *exhibits)))


def visits(holdings: Holdings, sample: str) -> Iterator[Visit]:
    """Every time and site that the records know a sample at."""
    for thing in things_of(holdings, sample):
        for well in holdings.by(Well, "sample").get(thing, ()):
            batch = holdings.one(Batch, well.batch)
            during = well.at or (batch.at if batch else None)
            if during is not None:
                yield Visit(batch.site if batch else "", during, well, well.batch)
        for event in holdings.by(CustodyEvent, "item").get(thing, ()):
            if event.place:
                yield Visit(event.place, event.at, event)


def nearest(holdings: Holdings, one: str, other: str) -> Nearest | None:
    """The nearest meeting of two samples at one site; None where nothing says where either was."""
    first, second = tuple(visits(holdings, one)), tuple(visits(holdings, other))
    if not first or not second:
        return None
    best = Nearest()
    for a in first:
        for b in second:
            if a.batch is not None and a.batch == b.batch:
                return Nearest(a.site, 0.0, (a.record, b.record), in_one_batch=True)
            days = _days_apart(a.during, b.during) if a.site == b.site and a.site else None
            if days is not None and (best.days is None or days < best.days):
                best = Nearest(a.site, days, (a.record, b.record))
    return best


def _days_apart(one: Interval, other: Interval) -> float | None:
    """At most so many days lie between two times; None where an end is open."""
    if one.earliest is None or one.latest is None:
        return None
    if other.earliest is None or other.latest is None:
        return None
    widest = max(one.latest - other.earliest, other.latest - one.earliest)
    return max(0.0, widest.total_seconds() / _DAY_SECONDS)
