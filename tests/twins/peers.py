"""Slow twins of `reopen.prove.peers`: one person at a time, with exact sums.

Sources: Skellam 1948 (beta-binomial), Greenwood and Yule 1920 (negative binomial), Rousseeuw and
Croux 1993 (1.4826 MAD).
"""

from __future__ import annotations

from math import comb, exp, lgamma, log
from statistics import median


def robust_z(values: list[float], i: int, least_spread: float) -> float:
    others = values[:i] + values[i + 1 :]
    middle = median(others)
    spread = 1.4826 * median([abs(each - middle) for each in others])
    return (values[i] - middle) / max(spread, least_spread)


def share_of_others(counts: list[list[float]], of: list[list[float]], i: int, add: float) -> float:
    """counts, of: [strata][people]"""
    expected = 0.0
    for k, n in zip(counts, of, strict=True):
        share = (sum(k) - k[i] + add) / (sum(n) - n[i] + add)
        expected += n[i] * share
    return expected / sum(n[i] for n in of)


def beta_binomial(k: int, n: int, share: float, rho: float) -> float:
    """P(k of n) with mean n share and correlation rho within the n."""
    a, b = share * (1 / rho - 1), (1 - share) * (1 / rho - 1)
    return comb(n, k) * exp(_ln_beta(k + a, n - k + b) - _ln_beta(a, b))


def _ln_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def negative_binomial(k: int, mean: float, alpha: float) -> float:
    """P(k) with variance mean + alpha mean^2."""
    r = 1 / alpha
    q = r / (r + mean)
    return exp(lgamma(k + r) - lgamma(r) - lgamma(k + 1) + r * log(q) + k * log(1 - q))
