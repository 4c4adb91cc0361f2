"""What chance gives: how probable it is that an unrelated person's LR is at least so high.

The other person is typed, the side that they are compared with is a stain, a person or a family as
rows of LR tables. With one row log10 LR is a sum over loci, and the probability comes from exact
convolution. With several the LR is a mean over rows, and people are drawn. Not for: whether an LR
is right, relatives of the donor, how many links a search gives (`link.chance_links`).
Source: Dørum et al. 2014, Forensic Sci Int Genet 9, 93-101; Kruijver 2015, Forensic Sci Int Genet
14, 116-124. Good 1950 (Turing) for the bound.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import log, sqrt
from typing import Protocol

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.weigh.sides import Side
from reopen.weigh.sum_distribution import SumDistribution, sum_distribution
from reopen.weigh.tilted import tilted_sample

SAMPLES = 8192
LEVEL = 0.99  # of the intervals of what was sampled
_Z = 2.5758  # normal quantile of (1 + LEVEL) / 2
_FEW = 25.0  # people who count, below whom a normal interval is not to be trusted
ERROR = 0.01  # of log10 LR
_SAME = 1e-9
_LN_10 = log(10.0)


class Method(StrEnum):
    """How a probability was worked out."""

    EXACT = "exact"
    SAMPLED = "sampled"
    BOUND = "upper bound"


@dataclass(frozen=True, slots=True)
class Chance:
    """P(the LR of an unrelated person is at least 10^log10).

    probability  the best value known; of a bound the bound itself
    interval     exact: holds the truth, whatever the grid rounds; sampled: a 99% interval, within
                 what is proven; bound: from 0 to the bound
    """

    log10: float
    probability: float
    interval: tuple[float, float]
    method: Method


@dataclass(frozen=True, slots=True)
class Tails:
    """Probabilities of as much or more at several values, each (value,); as in `Chance`."""

    probability: Floats
    low: Floats
    high: Floats


class Tail(Protocol):
    """The upper tail of the LR of an unrelated person."""

    @property
    def method(self) -> Method: ...

    def at(self, log10: Floats) -> Tails:
        """P(LR >= 10^log10) at several values, each 0 or more; below, 1 is all that is said."""
        ...


def chance(tail: Tail, log10: float) -> Chance:
    """The probability of so high an LR."""
    found = tail.at(np.array([log10]))
    interval = float(found.low[0]), float(found.high[0])
    return Chance(log10, float(found.probability[0]), interval, tail.method)


def tail_of(side: Side, samples: int = SAMPLES, seed: int = 0, error: float = ERROR) -> Tail:
    """How the LR of an unrelated person with this side is distributed, from 1 upwards.

    samples  people drawn where the side has several rows; the same seed draws the same
    error    of log10 LR where it has one: bounds are those of values so much lower and higher
    """
    if len(side.share) == 1:
        return Convolved(_distribution(side, 0, error))
    return Sampled(side, samples, seed)


def bounded(log10: Floats) -> Tails:
    """Where nothing else is known: unrelated people's mean LR is 1, so that at most 1 in LR reaches
    it. Source: Good 1950 (Turing's theorem); Markov's inequality."""
    most = np.minimum(10.0**-log10, 1.0)
    return Tails(most, np.zeros(len(log10)), most)


@dataclass(frozen=True)
class Convolved:
    """The tail of a sum over loci; what was rounded up is taken, so that a value that people have
    counts as reached."""

    distribution: SumDistribution

    @property
    def method(self) -> Method:
        return Method.EXACT

    def at(self, log10: Floats) -> Tails:
        bounds = np.array([self._bounds(value) for value in log10.tolist()]).reshape(-1, 2)
        return Tails(bounds[:, 1], bounds[:, 0], bounds[:, 1])

    def _bounds(self, value: float) -> tuple[float, float]:
        if value < 0:
            return 0.0, 1.0
        low, high = self.distribution.at_least(value)
        most = self.distribution.mean_power * 10.0**-value
        return min(low, 1.0), min(high, most, 1.0)


class Sampled:
    """The tail of a mean over rows, from people drawn; intervals stay within proven bounds."""

    def __init__(self, side: Side, samples: int, seed: int):
        self._side = side
        self._sample = tilted_sample(side, samples, np.random.default_rng(seed))
        self._mean = side.mean
        self._sums = [
            np.append(np.cumsum(self._sample.weight[::-1] ** power)[::-1], 0.0) for power in (1, 2)
        ]

    @property
    def method(self) -> Method:
        return Method.SAMPLED

    def at(self, log10: Floats) -> Tails:
        n = self._sample.drawn
        first = np.searchsorted(self._sample.ln_lr, log10 * _LN_10 - _SAME)
        total, squares = (sums[first] for sums in self._sums)
        found = total / n
        spread = np.sqrt(np.maximum(squares / n - found**2, 0.0) / n)
        low, high = found - _Z * spread, found + _Z * spread
        most = np.minimum(self._mean * 10.0**-log10, 1.0)
        few = total**2 < _FEW * squares
        few |= total == 0
        if few.any():
            low[few] = 0.0
            high[few] = self._careful(log10[few], found[few], spread[few])
        wild = log10 < 0
        found[wild], low[wild], high[wild] = 1.0, 0.0, 1.0
        high = np.minimum(high, np.where(wild, 1.0, most))
        return Tails(np.minimum(found, high), np.clip(low, 0.0, high), high)

    def _careful(self, log10: Floats, found: Floats, spread: Floats) -> Floats:
        """Upper limits where few of those drawn came so far: no higher than what is proven.

        Source: Maurer and Pontil 2009, COLT, theorem 4 (a limit for means of bounded values).
        """
        n = self._sample.drawn
        doubt = log(4.0 / (1.0 - LEVEL))
        largest = self._sample.most * 10.0**-log10
        limit = found + spread * sqrt(2 * doubt) + 7 * largest * doubt / (3 * (n - 1))
        proven = Convolved(self._power_means).at(log10).high
        return np.asarray(np.minimum(limit, proven))

    @cached_property
    def _power_means(self) -> SumDistribution:
        return _distribution(_power_means(self._side), 0, ERROR)


def _power_means(side: Side) -> Side:
    """One row that is nowhere below the mean over the rows: by locus (mean of r^n)^(1/n), n loci.

    Source: Hardy, Littlewood and Polya 1934, Inequalities, theorem 11 (Hoelder's, n factors).
    """
    n = len(side.ln_ratio)
    ln_share = np.log(side.share)[:, None]
    rows = {
        locus: np.logaddexp.reduce(n * ratio + ln_share, axis=0)[None] / n
        for locus, ratio in side.ln_ratio.items()
    }
    return Side(rows, side.chance, np.ones(1))


def _distribution(side: Side, row: int, error: float) -> SumDistribution:
    terms = [(ratio[row] / _LN_10, side.chance[at]) for at, ratio in side.ln_ratio.items()]
    return sum_distribution(terms, error=error, floor=0.0)
