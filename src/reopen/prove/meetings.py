"""When two samples were open in one place or in the same hands, and how often that means nothing.

Sealed bags in one store meet all the time, so only what was open counts: collected, opened,
examined, sampled. How much a meeting weighs is asked of the unit itself: pairs of samples from
cases that nothing links meet as closely with some probability. Not here: samples in one batch
(`coincidence`, `run_batch_mates`), any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from reopen.prove.handling import Handling, handlings
from reopen.prove.holdings import Holdings
from reopen.prove.provenance import lineage
from reopen.records.base import Record
from reopen.records.cases import Exhibit, Sample
from reopen.records.laboratory import Injection, Quantification, Well
from reopen.records.times import Interval

_DAY_SECONDS = 86400.0
_PAIRS = 1000
"""Pairs of unlinked samples that are drawn to see how often they meet."""
_PRIOR = 20
"""Pairs that an even year counts as."""


class Closeness(IntEnum):
    """How closely two samples met, the closest first."""

    HANDS_AND_DAY = 0
    PLACE_AND_DAY = 1
    HANDS_AND_WEEK = 2
    PLACE_AND_WEEK = 3
    PLACE_AND_WINDOW = 4

    @property
    def words(self) -> str:
        return (
            "open in the same hands on one day",
            "open in one place on one day",
            "open in the same hands within a week",
            "open in one place within a week",
            "open in one place within the window",
        )[self.value]

    def days(self, window: float) -> float:
        """Days that it lets lie between the two."""
        return (1.0, 1.0, 7.0, 7.0, window)[self.value]


@dataclass(frozen=True, slots=True)
class Met:
    """The closest meeting of two samples, with the records that show it."""

    closeness: Closeness
    records: tuple[Record, Record]


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


def openings(holdings: Holdings, sample: str) -> tuple[Handling, ...]:
    """Every time that a sample, or what it was made of, lay open outside the batches."""
    return tuple(
        each
        for thing in things_of(holdings, sample)
        for each in handlings(holdings, thing)
        if each.is_open and not isinstance(each.record, Well | Injection | Quantification)
    )


def closest(one: Iterable[Handling], other: Iterable[Handling], window_days: float) -> Met | None:
    """The closest meeting of two samples by their openings; None where they never met."""
    best: Met | None = None
    for a in one:
        for b in other:
            near = _closeness(a, b, window_days)
            if near is not None and (best is None or near < best.closeness):
                best = Met(near, (a.record, b.record))
    return best


def _closeness(a: Handling, b: Handling, window_days: float) -> Closeness | None:
    days = _days_apart(a.at, b.at)
    hands, place = bool(a.touched & b.touched), bool(a.place) and a.place == b.place
    if days is None or not (hands or place):
        return None
    if days <= 1 and hands:
        return Closeness.HANDS_AND_DAY
    if days <= 1:
        return Closeness.PLACE_AND_DAY
    if days <= 7:
        return Closeness.HANDS_AND_WEEK if hands else Closeness.PLACE_AND_WEEK
    return Closeness.PLACE_AND_WINDOW if place and days <= window_days else None


def _days_apart(one: Interval, other: Interval) -> float | None:
    """At most so many days lie between two times; None where an end is open."""
    if one.earliest is None or one.latest is None:
        return None
    if other.earliest is None or other.latest is None:
        return None
    widest = max(one.latest - other.earliest, other.latest - one.earliest)
    return max(0.0, widest.total_seconds() / _DAY_SECONDS)


def chances(
    holdings: Holdings,
    samples: dict[str, str],
    linked: set[frozenset[str]],
    window_days: float,
) -> dict[Closeness, float]:
    """How often samples of unlinked cases meet at least so closely, by pairs drawn from the unit.

    samples  sample -> its case; linked: pairs of cases to leave out

    What an even year would give, (2 days + 1) / 365, counts as twenty pairs beside those drawn, so
    that a unit with few cases has a chance too.
    """
    names = sorted(samples)
    rng = np.random.default_rng(len(names))
    opened = {name: openings(holdings, name) for name in names}
    seen = dict.fromkeys(Closeness, 0)
    pairs = 0
    for i, j in rng.integers(len(names), size=(4 * _PAIRS, 2)) if names else ():
        one, other = names[i], names[j]
        cases = frozenset((samples[one], samples[other]))
        if len(cases) < 2 or cases in linked or not opened[one] or not opened[other]:
            continue
        pairs += 1
        met = closest(opened[one], opened[other], window_days)
        if met is not None:
            for each in Closeness:
                seen[each] += met.closeness <= each
        if pairs == _PAIRS:
            break
    even = {each: min(1.0, (2 * each.days(window_days) + 1) / 365) for each in Closeness}
    return {each: (seen[each] + _PRIOR * even[each]) / (pairs + _PRIOR) for each in Closeness}
