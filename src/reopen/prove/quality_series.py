"""Tests of a series of calibration or control values that is better than its method can be.

Each gives the probability that honest values of a normal method with known noise, rounded as
recorded, look at least so. Values in, probabilities out; None where a test does not apply. Not
here: which series (`results_quality`).

Twins: tests/prove/test_quality_series.py (simulation, SciPy, enumeration).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, comb, floor, pi, sqrt

import numpy as np
from scipy.special import bdtrc, chdtr, chdtrc, ndtr

DIGITS = 10
_LEAST_EXPECTED = 5.0
"""Expected count of each digit from which chi-square holds (Cochran 1954)."""


def small_spread(values: Sequence[float], noise_sd: float, rounding: float = 0.0) -> float:
    """P(sample variance as small) by chi-square; rounding adds step squared over 12 (Sheppard)."""
    n = len(values)
    true = noise_sd**2 + rounding**2 / 12
    return float(chdtr(n - 1, (n - 1) * float(np.var(values, ddof=1)) / true))


def uneven_end_digits(values: Sequence[float], rounding: float) -> float | None:
    """P(last digits as uneven) by chi-square against those of a rounded normal of the same mean and
    spread; None where the spread is too small for every digit to be expected five times."""
    steps = np.rint(np.asarray(values) / rounding).astype(int)
    mean, sd = float(np.mean(values)) / rounding, float(np.std(values, ddof=1)) / rounding
    if sd == 0:
        return None
    around = np.arange(floor(mean - 9 * sd), ceil(mean + 9 * sd) + 1)
    mass = ndtr((around + 0.5 - mean) / sd) - ndtr((around - 0.5 - mean) / sd)
    expected = np.bincount(around % DIGITS, weights=mass, minlength=DIGITS)
    expected *= len(values) / expected.sum()
    if expected.min() < _LEAST_EXPECTED:
        return None
    seen = np.bincount(steps % DIGITS, minlength=DIGITS)
    return float(chdtrc(DIGITS - 1, float(((seen - expected) ** 2 / expected).sum())))


def crowded_at_limit(
    values: Sequence[float],
    low: float | None,
    high: float | None,
    noise_sd: float,
    rounding: float = 0.0,
) -> float | None:
    """P(so many values just inside the limits), binomial; None without a limit.

    Just inside: within a quarter of the noise, or two steps of rounding. Two reasons for an honest
    crowd are allowed for: values outside may have been taken again and left out (so all values
    count), and tails may be heavier than normal (so those just outside count as well). The larger
    probability is given.
    """
    limits = [(limit, side) for limit, side in ((low, 1), (high, -1)) if limit is not None]
    if not limits:
        return None
    array, centre = np.asarray(values), float(np.median(values))
    sd, half = sqrt(noise_sd**2 + rounding**2 / 12), rounding / 2
    width = max(noise_sd / 4, 2 * rounding)
    inside = outside = 0
    chance_in = chance_out = 0.0
    for limit, side in limits:
        depth = (array - limit) * side
        inside += int(np.count_nonzero((depth >= -1e-9) & (depth < width - 1e-9)))
        outside += int(np.count_nonzero((depth < -1e-9) & (depth >= -width - 1e-9)))
        edge = -abs(centre - limit)
        start, middle, end = edge - width - half, edge - half, edge + width - half
        chance_in += float(ndtr(end / sd) - ndtr(middle / sd))
        chance_out += float(ndtr(middle / sd) - ndtr(start / sd))
    of_all = _binomial_tail(inside, len(values), chance_in)
    of_near = _binomial_tail(inside, inside + outside, chance_in / (chance_in + chance_out))
    return max(of_all, of_near)


def repeated_values(values: Sequence[float], noise_sd: float, rounding: float) -> float:
    """P(so many neighbours are equal): two values of this noise round to the same with probability
    at most rounding / (2 sqrt(pi) noise)."""
    equal = sum(one == other for one, other in pairwise(values))
    return _binomial_tail(equal, len(values) - 1, _equal_chance(noise_sd, rounding))


def repeated_block(values: Sequence[float], noise_sd: float, rounding: float) -> float:
    """Expected number of pairs of places from where values repeat for as long as the longest repeat
    here (an upper bound of its probability, at most 1)."""
    longest = _longest_repeat(values)
    if not longest:
        return 1.0
    return min(1.0, comb(len(values), 2) * _equal_chance(noise_sd, rounding) ** longest)


def _longest_repeat(values: Sequence[float]) -> int:
    """Length of the longest run of values that occurs twice without overlap."""
    array, longest = np.asarray(values), 0
    for lag in range(1, len(array)):
        other = np.flatnonzero(array[lag:] != array[:-lag])
        ends = np.concatenate(([-1], other, [len(array) - lag]))
        longest = max(longest, min(lag, int(np.diff(ends).max()) - 1))
    return longest


def too_many_turns(values: Sequence[float]) -> float:
    """P(so many runs above and below the median), normal approximation (Wald and Wolfowitz 1940).
    Drift makes runs fewer; invented values alternate too often."""
    middle = float(np.median(values))
    above = [value > middle for value in values if value != middle]
    n_above, n = sum(above), len(above)
    n_below = n - n_above
    if min(n_above, n_below) < DIGITS:
        return 1.0
    runs = 1 + sum(one != other for one, other in pairwise(above))
    product = 2 * n_above * n_below
    mean, variance = product / n + 1, product * (product - n) / (n**2 * (n - 1))
    return float(ndtr(-(runs - 0.5 - mean) / sqrt(variance)))


def _equal_chance(noise_sd: float, rounding: float) -> float:
    return min(1.0, rounding / (2 * sqrt(pi) * noise_sd))


def _binomial_tail(count: int, of: int, chance: float) -> float:
    """P(at least `count` of `of`)."""
    return 1.0 if count <= 0 else float(bdtrc(count - 1, of, chance))
