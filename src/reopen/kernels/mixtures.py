"""The sum over all genotypes of the unknown contributors, position by position.

The likelihood of a marker is a sum over joint genotypes. Taken allele by allele it costs a small
constant to the power of the number of unknowns, linear in the number of alleles, instead of the
number of genotypes to that power. A forward sweep gives the sum; a backward sweep its derivatives
and the posterior of everything.

Source: Graversen and Lauritzen 2015, Statistics and Computing 25, 527-541, extended to stutter in
all directions, theta and drop-in. Twin: tests/twins/mixture.py.

Messages are probabilities scaled by the largest factor of each position. Where a sum falls so low
that scaled numbers may have been lost (`FAINT`), it is done again in logarithms.
"""

from __future__ import annotations

from math import exp, inf, log

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.accelerate import kernel
from reopen.kernels.factors import (
    add_height_slopes,
    cdf_tables,
    dose_offsets,
    joint_shapes,
    ln_apart,
    ln_factors,
    ln_lost,
    scaled_factors,
)
from reopen.kernels.shapes import LANES, SLOTS, Floats, Ints, Moments, Shapes, Sums
from reopen.kernels.sweeps import (
    backward,
    backward_ln,
    forward,
    forward_ln,
    ln_weighted,
    weighted_sum,
)

FAINT = 1e-150
_NO_SHARE = 1e-14  # a joint dose less probable than this moves no derivative


@kernel
def ln_sums(sums: Sums, shapes: Shapes) -> Floats:
    """Natural log of each sum; shape (sum,). -inf where no genotype explains the peaks."""
    n_sums = len(sums.n_drawers)
    values = np.empty(n_sums)
    begin, tables = cdf_tables(sums, shapes)
    for i in range(n_sums):
        offsets = dose_offsets(sums, i)
        shape, factor = np.empty(offsets[-1]), np.empty(offsets[-1])
        ln_top = scaled_factors(sums, shapes, i, begin, tables, offsets, shape, factor)
        total, least = weighted_sum(sums, i, factor, offsets)
        values[i] = _ln_total(total, least, ln_top)
        if np.isnan(values[i]):
            values[i] = value_in_logs(sums, i, ln_factors(sums, shapes, i), offsets)
    return values


@kernel
def ln_sums_and_moments(sums: Sums, shapes: Shapes) -> tuple[Floats, Moments]:
    """Natural log of each sum, and the moments that make its gradient (see `Moments`)."""
    n_sums, n_positions = len(sums.n_drawers), len(sums.n_seen)
    values = np.empty(n_sums)
    moments = Moments(
        np.zeros(n_positions),
        np.zeros((n_positions, sums.n_doses.shape[1], SLOTS)),
        np.zeros(n_positions),
        np.zeros(len(shapes.unseen)),
    )
    begin, tables = cdf_tables(sums, shapes)
    for i in range(n_sums):
        offsets = dose_offsets(sums, i)
        shape, factor = np.empty(offsets[-1]), np.empty(offsets[-1])
        ln_top = scaled_factors(sums, shapes, i, begin, tables, offsets, shape, factor)
        values[i], posterior = _value_and_posterior(sums, shapes, i, factor, offsets, ln_top)
        if values[i] > -inf:
            add_moments(sums, shapes, i, begin, tables, offsets, shape, posterior, moments)
    return values, moments


@kernel
def dose_posterior(
    sums: Sums, shapes: Shapes, i: int
) -> tuple[Ints, Floats, Floats, NDArray[np.bool_]]:
    """What the peaks say about the copies at each position of sum i.

    Returns offsets (position + 1,) into flat arrays over (position, joint dose): the posterior
    probability, the gamma shape, and whether anybody can leave a peak there.
    """
    offsets = dose_offsets(sums, i)
    _, posterior = posterior_of_ln(sums, i, ln_factors(sums, shapes, i), offsets)
    shape = np.empty(len(posterior))
    reach = np.ones(len(posterior), dtype=np.bool_)
    for k in range(len(offsets) - 1):
        p = sums.first_position[i] + k
        joint_shapes(sums, shapes, i, p, shape[offsets[k] : offsets[k + 1]])
        reach[offsets[k]] = sums.known_reach[p] == 1
    return offsets, posterior, shape, reach


# Values, and the shares of joint doses in them.


@kernel
def _ln_total(total: float, least: float, ln_top: float) -> float:
    """ln of a scaled sum; not a number where scaled numbers may have been lost."""
    if ln_top == -inf:
        return -inf
    if total > FAINT or (total > 0.0 and least >= FAINT):
        return log(total) + ln_top
    return np.nan


@kernel
def _value_and_posterior(
    sums: Sums, shapes: Shapes, i: int, factor: Floats, offsets: Ints, ln_top: float
) -> tuple[float, Floats]:
    """ln of sum i and the posterior of each joint dose; in logarithms where it must be."""
    posterior = np.zeros(len(factor))
    if sums.first_subset[i + 1] - sums.first_subset[i] <= LANES and ln_top > -inf:
        messages = forward(sums, i, factor, offsets, sums.first_subset[i])
        total, least = 0.0, inf
        for lane in range(sums.first_subset[i + 1] - sums.first_subset[i]):
            total += sums.subset_weight[sums.first_subset[i] + lane] * messages[lane - LANES]
            least = min(least, messages[lane - LANES])
        value = _ln_total(total, least, ln_top)
        if not np.isnan(value):
            subset = sums.first_subset[i]
            backward(sums, i, factor, offsets, subset, messages, 1.0 / total, posterior)
            return value, posterior
    else:
        total, least = weighted_sum(sums, i, factor, offsets) if ln_top > -inf else (0.0, 0.0)
        value = _ln_total(total, least, ln_top)
        if not np.isnan(value):
            if value > -inf:
                _add_posterior(sums, i, factor, offsets, total, posterior)
            return value, posterior
    return posterior_in_logs(sums, i, ln_factors(sums, shapes, i), offsets)


@kernel
def _add_posterior(
    sums: Sums, i: int, factor: Floats, offsets: Ints, total: float, posterior: Floats
) -> None:
    for subset in range(sums.first_subset[i], sums.first_subset[i + 1], LANES):
        messages = forward(sums, i, factor, offsets, subset)
        backward(sums, i, factor, offsets, subset, messages, 1.0 / total, posterior)


@kernel
def value_in_logs(sums: Sums, i: int, ln_factor: Floats, offsets: Ints) -> float:
    """ln of sum i without scaling: slow, and nothing is too small."""
    first, end = sums.first_subset[i], sums.first_subset[i + 1]
    parts = np.empty(end - first)
    for subset in range(first, end):
        parts[subset - first] = forward_ln(sums, i, ln_factor, offsets, subset)[-1]
    return ln_weighted(sums, i, parts)


@kernel
def posterior_in_logs(sums: Sums, i: int, ln_factor: Floats, offsets: Ints) -> tuple[float, Floats]:
    posterior = np.zeros(len(ln_factor))
    value = value_in_logs(sums, i, ln_factor, offsets)
    if value > -inf:
        for subset in range(sums.first_subset[i], sums.first_subset[i + 1]):
            messages = forward_ln(sums, i, ln_factor, offsets, subset)
            backward_ln(sums, i, ln_factor, offsets, subset, messages, value, posterior)
    return value, posterior


@kernel
def _scaled(ln_factor: Floats, offsets: Ints) -> tuple[Floats, float]:
    """Factors divided by the largest of their position, and the log of what was divided out."""
    factor = np.empty(len(ln_factor))
    ln_top = 0.0
    for k in range(len(offsets) - 1):
        top = -inf
        for dose in range(offsets[k], offsets[k + 1]):
            top = max(top, ln_factor[dose])
        ln_top += top
        for dose in range(offsets[k], offsets[k + 1]):
            factor[dose] = exp(ln_factor[dose] - top) if top > -inf else 0.0
    return factor, ln_top


@kernel
def value_of_ln(sums: Sums, i: int, ln_factor: Floats, offsets: Ints) -> float:
    """ln of sum i from its ln factors."""
    factor, ln_top = _scaled(ln_factor, offsets)
    if ln_top == -inf:
        return -inf
    total, least = weighted_sum(sums, i, factor, offsets)
    value = _ln_total(total, least, ln_top)
    return value_in_logs(sums, i, ln_factor, offsets) if np.isnan(value) else value


@kernel
def posterior_of_ln(sums: Sums, i: int, ln_factor: Floats, offsets: Ints) -> tuple[float, Floats]:
    """ln of sum i and the posterior of each joint dose, from its ln factors."""
    factor, ln_top = _scaled(ln_factor, offsets)
    posterior = np.zeros(len(factor))
    if ln_top == -inf:
        return -inf, posterior
    total, least = weighted_sum(sums, i, factor, offsets)
    value = _ln_total(total, least, ln_top)
    if np.isnan(value):
        return posterior_in_logs(sums, i, ln_factor, offsets)
    _add_posterior(sums, i, factor, offsets, total, posterior)
    return value, posterior


# What is read off the posterior.


@kernel
def add_moments(
    sums: Sums,
    shapes: Shapes,
    i: int,
    begin: Ints,
    tables: Floats,
    offsets: Ints,
    shape: Floats,
    posterior: Floats,
    moments: Moments,
) -> None:
    """Posterior means of the slopes, alone and weighted by each drawer's copies."""
    for k in range(len(offsets) - 1):
        p = sums.first_position[i] + k
        shape_here = shape[offsets[k] : offsets[k + 1]]
        share = posterior[offsets[k] : offsets[k + 1]]
        if sums.alike[p] < 1.0:
            _add_apart_moments(sums, shapes, i, p, share, moments)
            continue
        for dose in range(len(share)):
            if abs(share[dose]) < _NO_SHARE:
                share[dose] = 0.0
        if sums.known_reach[p] == 0:
            share[0] = 0.0  # drop-in, whatever the shapes
        pull = np.zeros(len(share))
        moments.scale[p] = add_height_slopes(
            sums, shapes, p, begin, tables, shape_here, share, pull
        )
        moments.known[p] = pull.sum()
        _spread(sums, i, p, pull, moments)


@kernel
def _spread(sums: Sums, i: int, p: int, pull: Floats, moments: Moments) -> None:
    """Sum a number of each joint dose over all doses of the other drawers, times copies."""
    size = len(pull)
    for j in range(sums.n_drawers[i] - 1, -1, -1):
        n = sums.n_doses[p, j]
        size //= n
        for local in range(n):
            total = 0.0
            for rest in range(size):
                total += pull[local * size + rest]
            dose = sums.first_dose[p, j] + local
            for slot in range(SLOTS):
                moments.drawn[p, j, slot] += total * sums.dose_copies[dose, slot]
        for local in range(1, n):
            for rest in range(size):
                pull[rest] += pull[local * size + rest]


@kernel
def _add_apart_moments(
    sums: Sums, shapes: Shapes, i: int, p: int, share: Floats, moments: Moments
) -> None:
    """The same where each copy has a peak of its own: slopes belong to single drawers."""
    for u in range(sums.first_unseen[p], sums.first_unseen[p + 1]):
        if shapes.unseen[u] > 0.0:
            _, moments.unseen[u], in_scale = ln_lost(sums, shapes, p, shapes.unseen[u])
            moments.scale[p] += in_scale
    step = 1
    for j in range(sums.n_drawers[i]):
        n = sums.n_doses[p, j]
        for dose in range(len(share)):
            local = (dose // step) % n
            if local > 0 and abs(share[dose]) > _NO_SHARE:
                copies = sums.dose_copies[sums.first_dose[p, j] + local, 0]
                _, in_one, in_scale = ln_apart(sums, shapes, p, shapes.weight[i, j], copies)
                moments.drawn[p, j, 0] += share[dose] * in_one
                moments.scale[p] += share[dose] * in_scale
        step *= n


@kernel
def clamp(
    sums: Sums, p: int, i: int, drawer: int, copies: int, offsets: Ints, ln_factor: Floats
) -> None:
    """Forbid every joint dose in which a drawer has not just this many copies at a position."""
    k = p - sums.first_position[i]
    step = 1
    for j in range(drawer):
        step *= sums.n_doses[p, j]
    for dose in range(offsets[k + 1] - offsets[k]):
        local = sums.first_dose[p, drawer] + (dose // step) % sums.n_doses[p, drawer]
        if sums.dose_copies[local, 0] != copies:
            ln_factor[offsets[k] + dose] = -inf


@kernel
def share_of(
    sums: Sums, p: int, i: int, drawer: int, copies: int, offsets: Ints, posterior: Floats
) -> float:
    """Posterior probability that a drawer has this many copies at a position."""
    k = p - sums.first_position[i]
    step = 1
    for j in range(drawer):
        step *= sums.n_doses[p, j]
    total = 0.0
    for dose in range(offsets[k + 1] - offsets[k]):
        local = sums.first_dose[p, drawer] + (dose // step) % sums.n_doses[p, drawer]
        if sums.dose_copies[local, 0] == copies:
            total += posterior[offsets[k] + dose]
    return total
