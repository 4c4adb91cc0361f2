"""One against the others: robust z, shares with overdispersion, counts with unlike exposure.

Arrays in, arrays out; the last axis is the people (or series) compared, leading axes are free, so
that a trial of many laboratories is one call. Each is compared with the others alone, so that an
outlier does not hide itself. Not here: what is counted (the rules), exact tests (`exact`).

Twins: tests/twins/peers.py
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import betabinom, chi2, nbinom

Floats: TypeAlias = NDArray[np.float64]

_MAD_TO_SD = 1.4826
"""Standard deviation over median absolute deviation, for a normal law."""
_TOO_UNEVEN = 0.999
"""Quantile of the others' Pearson statistic from which their overdispersion is estimated: high,
since counts of a few are skewed and one chance excess would hide the next analyst."""


def robust_z(values: Floats, least_spread: float = 0.0) -> Floats:
    """(value - median of the others) / (1.4826 MAD of the others), the spread at least as given.

    values  [..., people], at least three of them
    """
    z = np.empty_like(values, dtype=float)
    for i in range(values.shape[-1]):
        others = np.delete(values, i, axis=-1)
        middle = np.median(others, axis=-1, keepdims=True)
        spread = _MAD_TO_SD * np.median(np.abs(others - middle), axis=-1)
        z[..., i] = (values[..., i] - middle[..., 0]) / np.maximum(spread, least_spread)
    return z


def share_of_others(counts: Floats, of: Floats, add: float = 1.0) -> Floats:
    """The share each would have at the others' shares, stratum by stratum.

    counts, of  [..., strata, people]
    add         counted besides in every stratum, so that a share never seen is not impossible
    """
    counts_of_others = counts.sum(-1, keepdims=True) - counts
    of_others = of.sum(-1, keepdims=True) - of
    shares = (counts_of_others + add) / (of_others + add)
    expected = (shares * of).sum(-2)
    return np.asarray(np.clip(expected / np.maximum(of.sum(-2), 1e-12), 1e-9, 1 - 1e-9))


def excess_p(counts: Floats, of: Floats, shares: Floats, overdispersion: float) -> Floats:
    """P(at least so many | the others' share), beta-binomial. All [..., people].

    overdispersion  correlation within a person, at least; where the others are more uneven than
                    that explains, their own is estimated (`overdispersion_of_others`)
    """
    a, b = _beta(counts, of, shares, overdispersion)
    return np.asarray(betabinom.sf(counts - 1, of, a, b))


def shortage_p(counts: Floats, of: Floats, shares: Floats, overdispersion: float) -> Floats:
    """P(at most so many | the others' share); see `excess_p`."""
    a, b = _beta(counts, of, shares, overdispersion)
    return np.asarray(betabinom.cdf(counts, of, a, b))


def _beta(
    counts: Floats, of: Floats, shares: Floats, overdispersion: float
) -> tuple[Floats, Floats]:
    rho = overdispersion_of_others(counts, of, shares, overdispersion)
    strength = 1 / rho - 1
    return shares * strength, (1 - shares) * strength


def overdispersion_of_others(counts: Floats, of: Floats, shares: Floats, least: float) -> Floats:
    """Correlation within a person, by moments from the others' Pearson statistic; `least` unless
    the statistic is beyond its 99.9% at that. [..., people]

    With n_j things each, E[(k - np)^2 / (np(1-p))] = 1 + (n - 1) rho.
    """
    variance = np.maximum(of * shares * (1 - shares), 1e-12)
    pearson = np.where(of > 0, (counts - of * shares) ** 2 / variance, 0.0)
    inflation = 1 + np.maximum(of - 1, 0) * least
    rescaled = pearson / inflation
    people = counts.shape[-1]
    uneven = rescaled.sum(-1, keepdims=True) - rescaled > chi2.ppf(_TOO_UNEVEN, people - 2)
    sums = pearson.sum(-1, keepdims=True) - pearson
    repeats = np.maximum(of - 1, 0)
    weight = np.maximum(repeats.sum(-1, keepdims=True) - repeats, 1e-12)
    estimate = np.clip((sums - (people - 1)) / weight, least, 0.99)
    return np.asarray(np.where(uneven, estimate, least))


def rare_counts_p(counts: Floats, expected: Floats) -> Floats:
    """P(at least so many | expected), negative binomial with the others' dispersion by moments:
    variance e + alpha e^2. [people]; Poisson where the others are no more uneven than that."""
    p = np.empty_like(expected, dtype=float)
    for i in range(len(counts)):
        k, e = np.delete(counts, i), np.delete(expected, i)
        alpha = max(float(((k - e) ** 2 - e).sum() / max((e**2).sum(), 1e-12)), 1e-9)
        mean = max(float(expected[i]), 1e-12)
        p[i] = nbinom.sf(counts[i] - 1, 1 / alpha, 1 / (1 + alpha * mean))
    return p
