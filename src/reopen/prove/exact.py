"""Exact tests on counts: strata of two by two tables, sums of unlike coins, and shares.

Values in, probabilities out. Not here: what is counted (the rules).

Twins: tests/twins/exact.py
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp, lgamma

import numpy as np
from scipy.special import betaincinv


@dataclass(frozen=True, slots=True)
class Stratum:
    """A two by two table: of `marked` things `marked_out` are out, of `others` `others_out`."""

    marked_out: int
    marked: int
    others_out: int
    others: int

    @property
    def informs(self) -> bool:
        """Both kinds are there, and some but not all are out."""
        out = self.marked_out + self.others_out
        return self.marked > 0 < self.others and 0 < out < self.marked + self.others


def mantel_haenszel_p(strata: Iterable[Stratum]) -> float:
    """P(at least so many marked things are out | the margins of each stratum), one-sided, exact.

    Within a stratum the number of marked ones among those out is hypergeometric where being marked
    makes no difference; the strata's sum is their convolution.
    Source: Mantel and Haenszel 1959; exact form, Gart 1970.
    """
    distribution, seen = np.ones(1), 0
    for each in strata:
        if not each.informs:
            continue
        least, law = _hypergeometric(each)
        distribution = np.convolve(distribution, law)
        seen += each.marked_out - least
    return float(min(1.0, distribution[seen:].sum()))


def _hypergeometric(each: Stratum) -> tuple[int, np.ndarray]:
    """The least possible count of marked ones out, and the law from there on."""
    out = each.marked_out + each.others_out
    least, most = max(0, out - each.others), min(each.marked, out)
    total = _ln_choose(each.marked + each.others, out)
    law = [
        exp(_ln_choose(each.marked, k) + _ln_choose(each.others, out - k) - total)
        for k in range(least, most + 1)
    ]
    return least, np.array(law)


def _ln_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def odds_ratio(strata: Iterable[Stratum]) -> float | None:
    """Common odds ratio of being out, marked against others (Mantel and Haenszel 1959); None
    where it cannot be estimated."""
    above = below = 0.0
    for each in strata:
        n = each.marked + each.others
        if not n:
            continue
        above += each.marked_out * (each.others - each.others_out) / n
        below += (each.marked - each.marked_out) * each.others_out / n
    return above / below if below else None


def sum_tail(chances: Sequence[float], least: int) -> float:
    """P(at least `least` of independent events happen), each with a chance of its own (Poisson
    binomial; with equal chances the binomial tail)."""
    law = np.ones(1)
    for chance in chances:
        law = np.convolve(law, [1 - chance, chance])
    return float(min(1.0, law[max(0, least) :].sum()))


def share_interval(count: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Interval of a share that holds it with at least this probability (Clopper and Pearson 1934).
    (0, 1) where nothing was counted."""
    if not of:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, of - count + 1, tail))
    high = 1.0 if count == of else float(betaincinv(count + 1, of - count, 1 - tail))
    return low, high
