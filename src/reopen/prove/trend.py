"""A slow rise in a series of noisy values: an exponentially weighted moving average of ranks.

Each value is ranked among the series' own first values and turned into a normal score, so that no
shape of the noise is assumed and one high value moves the average little. Not here: any rule.

Source: Roberts 1959 (EWMA charts); normal scores against a reference sample, Hackl and
Ledolter 1991. Twin: tests/twins/trend.py
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from scipy.special import ndtri


@dataclass(frozen=True, slots=True)
class Rise:
    """A crossing of the limit: the values from `first` to `last` (positions in the series) took
    the average from zero to above the limit."""

    first: int
    last: int
    average: float
    limit: float


def rises(
    values: Sequence[float], *, reference: int = 50, weight: float = 0.2, widths: float = 4.0
) -> tuple[Rise, ...]:
    """Where a series rises above its own beginning; none where it is no longer than that.

    values     in order of time
    reference  how many first values the rest is ranked against
    weight     of the newest value in the average
    widths     limit, in standard deviations of the average of independent values

    After a crossing the next one counts only once the average has come back below half the limit.
    """
    if len(values) <= reference:
        return ()
    start = sorted(values[:reference])
    limit = widths * sqrt(weight / (2 - weight))
    found: list[Rise] = []
    average, since, armed = 0.0, reference, True
    for place in range(reference, len(values)):
        average = (1 - weight) * average + weight * _score(values[place], start)
        if average <= 0:
            average, since = 0.0, place + 1
        if armed and average > limit:
            found.append(Rise(since, place, average, limit))
            armed = False
        elif average < limit / 2:
            armed = True
    return tuple(found)


def _score(value: float, start: Sequence[float]) -> float:
    """Normal score of the value's mid-rank among the reference."""
    rank = (bisect_left(start, value) + bisect_right(start, value)) / 2
    return float(ndtri((rank + 0.5) / (len(start) + 1)))
