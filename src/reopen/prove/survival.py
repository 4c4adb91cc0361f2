"""Waiting times with open items: the share still waiting after so many days.

An item that still waits tells that it waited at least so long, so it counts until then and is not
left out. Values in, values out. Not here: what is waited for (`results_waiting`).

Source: Kaplan and Meier 1958; variance, Greenwood 1926. Checked against SciPy's `ecdf`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Survival:
    """A curve of steps.

    days     at which something ended, ascending
    waiting  share still waiting after each of them
    error    its standard error
    items    counted in all; open: those still waiting
    """

    days: tuple[float, ...]
    waiting: tuple[float, ...]
    error: tuple[float, ...]
    items: int
    open: int

    def share_waiting(self, days: float) -> float:
        """Share still waiting after so many days."""
        place = bisect_right(self.days, days)
        return self.waiting[place - 1] if place else 1.0

    def days_until(self, share: float) -> float | None:
        """Days after which no more than this share still waits; None where that is not reached."""
        steps = zip(self.days, self.waiting, strict=True)
        return next((day for day, waiting in steps if waiting <= share + 1e-12), None)


def survival(waits: Iterable[tuple[float, bool]]) -> Survival:
    """From days waited and whether the wait has ended."""
    every = sorted((days, not ended) for days, ended in waits)
    at_risk, share, spread = len(every), 1.0, 0.0
    days: list[float] = []
    waiting: list[float] = []
    error: list[float] = []
    place = 0
    while place < len(every):
        day = every[place][0]
        same = [is_open for other, is_open in every[place:] if other == day]
        ended = same.count(False)
        if ended:
            share *= 1 - ended / at_risk
            if at_risk > ended:
                spread += ended / (at_risk * (at_risk - ended))
            days.append(day)
            waiting.append(share)
            error.append(share * sqrt(spread))
        at_risk -= len(same)
        place += len(same)
    still = sum(is_open for _, is_open in every)
    return Survival(tuple(days), tuple(waiting), tuple(error), len(every), still)
