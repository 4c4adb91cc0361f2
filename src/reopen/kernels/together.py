"""Sums over genotypes of peaks that do not share one law of heights: several kits, one mixture.

Each kit has factors of its own over the same joint doses; their product is swept once, with the
prior of the genotypes counted once. Knows no nouns.

Twin: tests/twins/together.py.
"""

from __future__ import annotations

from math import inf, log

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.factors import cdf_tables, dose_offsets, joint_shapes, ln_factors
from reopen.kernels.mixtures import add_moments, posterior_of_ln, value_of_ln
from reopen.kernels.shapes import SLOTS, Floats, Ints, Moments, Shapes, Sums


@kernel
def ln_all_factors(sums: Sums, shapes: Shapes) -> Floats:
    """ln factor of each joint dose of all sums, prior included; flat, as `sums.prior`."""
    found = np.empty(sums.first_joint[-1])
    for i in range(len(sums.n_drawers)):
        start, end = sums.first_position[i], sums.first_position[i + 1]
        found[sums.first_joint[start] : sums.first_joint[end]] = ln_factors(sums, shapes, i)
    return found


@kernel
def without_prior(sums: Sums, ln_factor: Floats) -> Floats:
    """The factors of the heights alone; -inf where the prior is zero."""
    found = np.full(len(ln_factor), -inf)
    for dose in range(len(ln_factor)):
        if sums.prior[dose] > 0.0:
            found[dose] = ln_factor[dose] - log(sums.prior[dose])
    return found


@kernel
def value_of_factors(sums: Sums, i: int, ln_factor: Floats) -> float:
    """ln of sum i from the ln factors of its joint doses."""
    return value_of_ln(sums, i, ln_factor, dose_offsets(sums, i))


@kernel
def posterior_of_factors(sums: Sums, i: int, ln_factor: Floats) -> tuple[float, Floats]:
    """ln of sum i, and the posterior of each joint dose."""
    value, posterior = posterior_of_ln(sums, i, ln_factor, dose_offsets(sums, i))
    return value, posterior


@kernel
def moments_of(sums: Sums, shapes: Shapes, posterior: Floats) -> Moments:
    """Moments of one kit's heights under a posterior of joint doses that all kits made together.

    posterior  flat, over all sums, as `sums.prior`
    """
    n_positions = len(sums.n_seen)
    moments = Moments(
        np.zeros(n_positions),
        np.zeros((n_positions, sums.n_doses.shape[1], SLOTS)),
        np.zeros(n_positions),
        np.zeros(len(shapes.unseen)),
    )
    begin, tables = cdf_tables(sums, shapes)
    for i in range(len(sums.n_drawers)):
        offsets: Ints = dose_offsets(sums, i)
        shape = np.empty(offsets[-1])
        for p in range(sums.first_position[i], sums.first_position[i + 1]):
            k = p - sums.first_position[i]
            joint_shapes(sums, shapes, i, p, shape[offsets[k] : offsets[k + 1]])
        first = sums.first_joint[sums.first_position[i]]
        here = posterior[first : first + offsets[-1]].copy()
        add_moments(sums, shapes, i, begin, tables, offsets, shape, here, moments)
    return moments
