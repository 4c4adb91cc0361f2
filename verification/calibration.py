"""How good likelihood ratios are as numbers: Cllr, its least value, and a reliability table.

LRs of people who did leave a stain (donors) one by one, and of those who did not as counts in fine
bins: they are too many to keep. Not here: where they come from (`nfi_mixtures`), pictures.

Sources: Brümmer and du Preez 2006, Comput. Speech Lang. 20, 230-275 (Cllr, and its least value by
isotonic regression, PAV); Wilson 1927, J. Am. Stat. Assoc. 22, 209-212 (interval).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, log10, sqrt

import numpy as np
from scipy.optimize import isotonic_regression
from scipy.special import expit

from reopen.kernels.shapes import Floats
from verification.common import Json

WIDTH = 0.05  # of a bin, log10 LR
_Z = 1.959963984540054  # 95 %


@dataclass(frozen=True, slots=True)
class Counts:
    """How many log10 LRs lie in each bin.

    by_bin          k -> LRs from k * WIDTH up to (k + 1) * WIDTH
    minus_infinity  LRs of 0: exclusions
    """

    by_bin: Mapping[int, int]
    minus_infinity: int = 0

    @property
    def number(self) -> int:
        return sum(self.by_bin.values()) + self.minus_infinity

    @property
    def middles(self) -> Floats:
        """log10 LR of each bin, ascending."""
        return (np.array(sorted(self.by_bin), dtype=np.float64) + 0.5) * WIDTH

    @property
    def numbers(self) -> Floats:
        """LRs in each bin, in the order of `middles`."""
        return np.array([self.by_bin[k] for k in sorted(self.by_bin)], dtype=np.float64)

    def as_data(self) -> Json:
        bins = {str(k): self.by_bin[k] for k in sorted(self.by_bin)}
        return {"width": WIDTH, "minus_infinity": self.minus_infinity, "by_bin": bins}


def counted(log10_lr: Floats) -> Counts:
    """LRs, some of them -inf, as counts."""
    finite = log10_lr[np.isfinite(log10_lr)]
    bins, numbers = np.unique(np.floor(finite / WIDTH).astype(np.int64), return_counts=True)
    by_bin = dict(zip(bins.tolist(), numbers.tolist(), strict=True))
    return Counts(by_bin, len(log10_lr) - len(finite))


def together(several: Iterable[Counts]) -> Counts:
    """All of them in one."""
    by_bin: dict[int, int] = {}
    excluded = 0
    for one in several:
        excluded += one.minus_infinity
        for k, n in one.by_bin.items():
            by_bin[k] = by_bin.get(k, 0) + n
    return Counts(by_bin, excluded)


def from_data(data: Mapping[str, Json]) -> Counts:
    """Counts as `as_data` gave them. Raises ValueError for bins of another width."""
    by_bin, excluded = data["by_bin"], data["minus_infinity"]
    if data["width"] != WIDTH or not isinstance(by_bin, Mapping) or not isinstance(excluded, int):
        raise ValueError(f"bins of {data['width']}, not {WIDTH}")
    return Counts({int(k): int(str(n)) for k, n in by_bin.items()}, excluded)


def cllr(donors: Sequence[float], others: Counts) -> float:
    """The cost of the LRs as they stand, in bits; 0 is perfect, 1 is what saying nothing costs.

    donors  log10 LR of each. Infinite where a donor is excluded
    """
    of_donors = np.logaddexp2(0.0, -_bits(np.array(donors))).mean()
    of_others = (np.logaddexp2(0.0, _bits(others.middles)) * others.numbers).sum() / others.number
    return float((of_donors + of_others) / 2)


def least_cllr(donors: Sequence[float], others: Counts) -> float:
    """The cost left if the LRs were calibrated in the best way that keeps their order (PAV).

    What Cllr is above it is the cost of numbers that are too high or too low.
    """
    is_donor, is_other = _pooled(donors, others)
    weight = is_donor / len(donors) + is_other / others.number
    share = isotonic_regression(is_donor / len(donors) / weight, weights=weight).x
    with np.errstate(divide="ignore"):
        of_donors = -np.log2(share[is_donor > 0]) @ is_donor[is_donor > 0] / len(donors)
        of_others = -np.log2(1 - share[is_other > 0]) @ is_other[is_other > 0] / others.number
    return float((of_donors + of_others) / 2)


def _pooled(donors: Sequence[float], others: Counts) -> tuple[Floats, Floats]:
    """Donors and others in every bin with somebody in it, ascending."""
    mine = counted(np.array(donors))
    places = sorted({*mine.by_bin, *others.by_bin})
    rows = [(mine.by_bin.get(k, 0), others.by_bin.get(k, 0)) for k in places]
    if mine.minus_infinity or others.minus_infinity:
        rows.insert(0, (mine.minus_infinity, others.minus_infinity))
    is_donor, is_other = np.array(rows, dtype=np.float64).T
    return is_donor, is_other


def _bits(log10_lr: Floats) -> Floats:
    return np.asarray(log10_lr * np.log2(10.0))


@dataclass(frozen=True, slots=True)
class Reliability:
    """LRs of one range: what they said on average, and what came of it.

    said      log10 of the mean odds that the LRs give to being a donor, over the odds before
    observed  log10 of the odds seen, donors to others, over the odds before; infinite where all
              or none are donors
    interval  of `observed`, 95 %
    """

    low: float
    high: float
    donors: int
    others: int
    said: float
    observed: float
    interval: tuple[float, float]


def reliability(
    donors: Sequence[float], others: Counts, edges: Sequence[float]
) -> list[Reliability]:
    """One row for each range of log10 LR, from one edge up to the next, that holds anybody.

    Each LR gives a probability of being a donor, the odds before it being those of the sample;
    the mean of these probabilities is compared with the share of donors, with Wilson's interval.
    """
    all_donors, all_others = len(donors), others.number
    before = log10(all_donors / all_others)
    mine = np.array(donors)
    rows = []
    for low, high in pairwise(edges):
        here = mine[(mine >= low) & (mine < high)]
        inside = (others.middles >= low) & (others.middles < high)
        middles, numbers = others.middles[inside], others.numbers[inside]
        excluded = others.minus_infinity if low == -inf else 0
        n_others = int(numbers.sum()) + excluded
        n = len(here) + n_others
        if n == 0:
            continue
        chances = _chance(here, before).sum() + (_chance(middles, before) * numbers).sum()
        share = wilson(len(here), n)
        observed = _odds(len(here) / n) - before
        rows.append(
            Reliability(
                low, high, len(here), n_others, _odds(chances / n) - before, observed,
                (_odds(share[0]) - before, _odds(share[1]) - before),
            )
        )  # fmt: skip
    return rows


def _chance(log10_lr: Floats, before: float) -> Floats:
    """P(donor | LR) for these odds before it."""
    return np.asarray(expit((log10_lr + before) * np.log(10.0)))


def _odds(share: float) -> float:
    """log10 of the odds of a share."""
    if share <= 0 or share >= 1:
        return inf if share >= 1 else -inf
    return log10(share / (1 - share))


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """95 % interval of a share."""
    share, z2 = successes / trials, _Z**2
    middle = (share + z2 / (2 * trials)) / (1 + z2 / trials)
    half = _Z * sqrt(share * (1 - share) / trials + z2 / (4 * trials**2)) / (1 + z2 / trials)
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == trials else min(1.0, middle + half)
    return low, high


def tippett(others: Counts) -> list[tuple[float, float]]:
    """(x, share of people whose log10 LR is x or more), at every bin with somebody in it."""
    above = np.cumsum(others.numbers[::-1])[::-1] / others.number
    lows = others.middles - WIDTH / 2
    return [(float(x), float(y)) for x, y in zip(lows, above, strict=True)]
