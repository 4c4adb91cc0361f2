"""The book that a simulated unit is written into: records, and what honest people got wrong.

One generator draws everything, in one order, so that a seed gives the same unit again. Not here:
what happens (`cases`, `custody`, `runs` and the others).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TypeVar

import numpy as np

from reopen.prove.simulate.rates import Rates
from reopen.records.base import Record, Ref
from reopen.records.findings import Severity
from reopen.records.times import Interval

R = TypeVar("R", bound=Record)
T = TypeVar("T")

OPENS, CLOSES = time(7, 30, tzinfo=UTC), time(17, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Incident:
    """Something irregular that did happen, though nobody meant harm: a finding about it is true.

    name     of the rate it was drawn with
    rules    that may rightly ask about it
    refs     records that show it
    gravest  severity that is still fair
    """

    name: str
    rules: frozenset[str]
    refs: frozenset[Ref]
    gravest: Severity = Severity.A


class Book:
    """Records as they are made, from `start` up to `now`."""

    def __init__(self, rng: np.random.Generator, rates: Rates, start: datetime, now: datetime):
        self.rng, self.rates, self.start, self.now = rng, rates, start, now
        self.records: list[Record] = []
        self.incidents: list[Incident] = []
        self._numbers: Counter[str] = Counter()

    def add(self, record: R) -> R:
        self.records.append(record)
        return record

    def happened(
        self,
        name: str,
        rules: str,
        about: Iterable[Record | Ref],
        gravest: Severity = Severity.A,
    ) -> None:
        """Note an incident. rules: their ids, with blanks between."""
        refs = frozenset(each.ref if isinstance(each, Record) else each for each in about)
        self.incidents.append(Incident(name, frozenset(rules.split()), refs, gravest))

    def number(self, series: str) -> str:
        """The next number of a series without holes: 'SW-00017'."""
        self._numbers[series] += 1
        return f"{series}-{self._numbers[series]:05d}"

    def chance(self, probability: float | str) -> bool:
        """Whether it happens, at a probability or at a named rate."""
        p = self.rates[probability] if isinstance(probability, str) else probability
        return bool(self.rng.random() < p)

    def pick(self, among: Sequence[T]) -> T:
        return among[int(self.rng.random() * len(among))]

    def minutes(self, mean: float) -> timedelta:
        """A wait that is exponential in time, to the second."""
        return timedelta(seconds=int(60 * self.rng.exponential(mean)) + 1)

    def days(self, median: float, spread: float = 0.7) -> timedelta:
        """A wait in days, lognormal: most near the median, a few much longer."""
        return timedelta(days=float(median * np.exp(spread * self.rng.standard_normal())))

    def is_past(self, moment: datetime) -> bool:
        return moment <= self.now

    def hash(self) -> str:
        """A SHA-256 that no other file has."""
        return self.rng.bytes(32).hex()


def at(moment: datetime) -> Interval:
    return Interval(moment, moment)


def working(moment: datetime) -> datetime:
    """The moment, or the next that a laboratory is open at."""
    if moment.timetz() >= CLOSES:
        moment = datetime.combine(moment.date() + timedelta(days=1), OPENS)
    elif moment.timetz() < OPENS:
        moment = datetime.combine(moment.date(), OPENS)
    if moment.weekday() >= 5:
        days = timedelta(days=7 - moment.weekday())
        moment = datetime.combine(moment.date() + days, OPENS)
    return moment
