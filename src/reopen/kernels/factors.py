"""One number for each position and joint dose: drawing the copies here, times the heights given all
copies near.

Heights: gamma density for a peak, its distribution function at the threshold for none, the drop-in
density for a peak that nothing can reach (mixture model, section 5). Two ways: `scaled_factors` is
fast and loses what is 1e-300 of the largest; `ln_factors` is slow and loses nothing.

Where a position stands for many alleles (`Sums.alike` below 1) each copy has a peak of its own, but
for the two of one drawer that are one allele with that probability.
"""

from __future__ import annotations

from math import exp, inf, log

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.shapes import SLOTS, Floats, Ints, Shapes, Sums
from reopen.kernels.special import ln_gamma_and_digamma, ln_gamma_cdf
from reopen.kernels.tabulated import (
    LARGEST_SHAPE,
    cdf_cells,
    cdf_table,
    digamma_of_one_more,
    exp_of,
    ln_cdf,
    ln_cdf_slope,
    ln_gamma_of_one_more,
)

_TABLE_PAYS = 2  # joint doses per cell


@kernel
def dose_offsets(sums: Sums, i: int) -> Ints:
    """Where the joint doses of each position of sum i begin, flat; shape (position + 1,)."""
    start, end = sums.first_position[i], sums.first_position[i + 1]
    offsets: Ints = sums.first_joint[start : end + 1] - sums.first_joint[start]
    return offsets


@kernel
def largest_shape(sums: Sums, shapes: Shapes) -> float:
    """No shape of any joint dose is larger."""
    largest = 0.0
    for i in range(len(sums.n_drawers)):
        total = 0.0
        for j in range(sums.n_drawers[i]):
            total += shapes.weight[i, j]
        for p in range(sums.first_position[i], sums.first_position[i + 1]):
            most = 0.0
            for slot in range(SLOTS):
                most = max(most, shapes.slope[p, slot])
            largest = max(largest, shapes.known[p] + 2.0 * total * most)
    return largest


@kernel
def cdf_tables(sums: Sums, shapes: Shapes) -> tuple[Ints, Floats]:
    """Tables of ln P(shape, threshold / scale) for the thresholds that many joint doses need.

    Returns where each threshold's table begins, -1 where there is none, and all tables.
    """
    begin = np.full(len(sums.threshold), -1)
    largest = largest_shape(sums, shapes)
    if not largest < LARGEST_SHAPE:
        return begin, np.empty((0, 4))
    cells = cdf_cells(largest)
    n = 0
    for t in range(len(begin)):
        if sums.threshold_doses[t] > _TABLE_PAYS * cells:
            begin[t] = n
            n += cells
    tables = np.empty((n, 4))
    for t in range(len(begin)):
        if begin[t] >= 0:
            tables[begin[t] : begin[t] + cells] = cdf_table(sums.threshold[t] / shapes.scale, cells)
    return begin, tables


@kernel
def dose_shape(sums: Sums, shapes: Shapes, p: int, weight: float, dose: int) -> float:
    """What one drawer's dose adds to the shape at a position."""
    total = 0.0
    for slot in range(SLOTS):
        total += shapes.slope[p, slot] * sums.dose_copies[dose, slot]
    return weight * total


@kernel
def joint_shapes(sums: Sums, shapes: Shapes, i: int, p: int, shape: Floats) -> None:
    """Gamma shape of every joint dose at a position."""
    shape[0] = shapes.known[p]
    size = 1
    for j in range(sums.n_drawers[i]):
        n = sums.n_doses[p, j]
        for local in range(n - 1, -1, -1):
            own = dose_shape(sums, shapes, p, shapes.weight[i, j], sums.first_dose[p, j] + local)
            if local > 0:
                for outer in range(size):
                    shape[local * size + outer] = shape[outer] + own
        size *= n


@kernel
def scaled_factors(
    sums: Sums,
    shapes: Shapes,
    i: int,
    begin: Ints,
    tables: Floats,
    offsets: Ints,
    shape: Floats,
    factor: Floats,
) -> float:
    """Fill in the shape and the factor of each joint dose of sum i; both flat, as `offsets`.

    Factors are over the largest height term of their position; returns the ln of all of these
    together, -inf where a position has none.
    """
    ln_top = 0.0
    for p in range(sums.first_position[i], sums.first_position[i + 1]):
        k = p - sums.first_position[i]
        shape_here = shape[offsets[k] : offsets[k + 1]]
        here = factor[offsets[k] : offsets[k + 1]]
        joint_shapes(sums, shapes, i, p, shape_here)
        if sums.alike[p] < 1.0:
            ln_top += _apart_factors(sums, shapes, i, p, here)
        else:
            ln_top += _height_factors(sums, shapes, p, begin, tables, shape_here, here)
        here *= sums.prior[sums.first_joint[p] : sums.first_joint[p + 1]]
    return ln_top


@kernel
def _height_factors(
    sums: Sums,
    shapes: Shapes,
    p: int,
    begin: Ints,
    tables: Floats,
    shape: Floats,
    factor: Floats,
) -> float:
    """Height terms of a position over their largest; returns its ln."""
    n_seen = sums.n_seen[p]
    _ln_heights(sums, shapes, p, begin, tables, shape, factor)
    if sums.known_reach[p] == 0:
        factor[0] = sums.ln_dropin[p]
    top = -inf
    for dose in range(len(factor)):
        top = max(top, factor[dose])
    if top == -inf:
        factor[:] = 0.0
        return -inf
    dropped = exp_of(factor[0] - top)
    for dose in range(len(factor)):
        factor[dose] = exp_of(factor[dose] - top)
    for _ in range(n_seen):
        for dose in range(len(factor)):
            factor[dose] *= shape[dose]
    if sums.known_reach[p] == 0:
        factor[0] = dropped
    return top


@kernel
def _ln_heights(
    sums: Sums,
    shapes: Shapes,
    p: int,
    begin: Ints,
    tables: Floats,
    shape: Floats,
    ln_height: Floats,
) -> None:
    """ln of the height terms, but for one factor of the shape for each peak."""
    n_seen = sums.n_seen[p]
    largest = 0.0
    for dose in range(len(shape)):
        largest = max(largest, shape[dose])
    if n_seen == 0:
        ln_height[:] = 0.0
    else:
        ln_scale = log(shapes.scale)
        rise = sums.sum_ln_height[p] - n_seen * ln_scale
        level = -sums.sum_ln_height[p] - sums.sum_height[p] / shapes.scale
        if largest < LARGEST_SHAPE:
            for dose in range(len(shape)):
                ln_gamma = ln_gamma_of_one_more(shape[dose])
                ln_height[dose] = level + rise * shape[dose] - n_seen * ln_gamma
        else:
            for dose in range(len(shape)):
                ln_gamma = ln_gamma_and_digamma(1.0 + shape[dose])[0]
                ln_height[dose] = level + rise * shape[dose] - n_seen * ln_gamma
    for lost in range(sums.first_lost[p], sums.first_lost[p + 1]):
        count = sums.lost_count[lost]
        t = sums.lost_threshold[lost]
        x = sums.threshold[t] / shapes.scale
        if begin[t] >= 0:
            table = tables[begin[t] :]
            for dose in range(len(shape)):
                ln_height[dose] += count * ln_cdf(shape[dose], table)
        else:
            for dose in range(len(shape)):
                if shape[dose] > 0.0:
                    ln_height[dose] += count * ln_gamma_cdf(shape[dose], x)[0]


# A position that stands for many alleles.


@kernel
def ln_apart(
    sums: Sums, shapes: Shapes, p: int, weight: float, copies: int
) -> tuple[float, float, float]:
    """ln of no peak from a drawer's copies of unseen alleles, and its derivatives in the shape of
    one copy and in ln scale."""
    one = weight * shapes.slope[p, 0]
    if copies == 0 or one <= 0.0:
        return 0.0, 0.0, 0.0
    single, in_single, scale_single = ln_lost(sums, shapes, p, one)
    if copies == 1:
        return single, in_single, scale_single
    alike = sums.alike[p]
    two = 2.0 * single + log(1.0 - alike)
    if alike <= 0.0:
        return two, 2.0 * in_single, 2.0 * scale_single
    both, in_both, scale_both = ln_lost(sums, shapes, p, 2.0 * one)
    same = both + log(alike)
    top = max(two, same)
    total = exp(two - top) + exp(same - top)
    of_two, of_same = exp(two - top) / total, exp(same - top) / total
    in_one = 2.0 * (of_two * in_single + of_same * in_both)
    return top + log(total), in_one, 2.0 * of_two * scale_single + of_same * scale_both


@kernel
def ln_lost(sums: Sums, shapes: Shapes, p: int, shape: float) -> tuple[float, float, float]:
    """ln of no peak of this shape in the replicates without one, and its derivatives in the shape
    and in ln scale."""
    total, in_shape, in_scale = 0.0, 0.0, 0.0
    for lost in range(sums.first_lost[p], sums.first_lost[p + 1]):
        x = sums.threshold[sums.lost_threshold[lost]] / shapes.scale
        ln_p, slope, elasticity = ln_gamma_cdf(shape, x)
        total += sums.lost_count[lost] * ln_p
        in_shape += sums.lost_count[lost] * slope
        in_scale -= sums.lost_count[lost] * elasticity
    return total, in_shape, in_scale


@kernel
def _apart_factors(sums: Sums, shapes: Shapes, i: int, p: int, factor: Floats) -> float:
    """Product over drawers of no peak from their copies; returns the ln of what was divided out."""
    known = 0.0
    for u in range(sums.first_unseen[p], sums.first_unseen[p + 1]):
        if shapes.unseen[u] > 0.0:
            known += ln_lost(sums, shapes, p, shapes.unseen[u])[0]
    factor[0] = 1.0
    size = 1
    for j in range(sums.n_drawers[i]):
        n = sums.n_doses[p, j]
        for local in range(1, n):
            copies = sums.dose_copies[sums.first_dose[p, j] + local, 0]
            own = exp(ln_apart(sums, shapes, p, shapes.weight[i, j], copies)[0])
            for outer in range(size):
                factor[local * size + outer] = factor[outer] * own
        size *= n
    return known


# The slow way.


@kernel
def ln_factors(sums: Sums, shapes: Shapes, i: int) -> Floats:
    """ln factor of each joint dose of sum i, flat; nothing is too small."""
    offsets = dose_offsets(sums, i)
    shape = np.empty(offsets[-1])
    ln_factor = np.empty(offsets[-1])
    for p in range(sums.first_position[i], sums.first_position[i + 1]):
        k = p - sums.first_position[i]
        at = slice(offsets[k], offsets[k + 1])
        joint_shapes(sums, shapes, i, p, shape[at])
        prior = sums.prior[sums.first_joint[p] : sums.first_joint[p + 1]]
        for dose in range(len(prior)):
            flat = offsets[k] + dose
            if prior[dose] <= 0.0:
                ln_factor[flat] = -inf
            elif sums.alike[p] < 1.0:
                ln_factor[flat] = log(prior[dose])
            else:
                reach = sums.known_reach[p] == 1 or dose > 0
                value = _ln_height(sums, shapes, p, shape[flat]) if reach else sums.ln_dropin[p]
                ln_factor[flat] = log(prior[dose]) + value
        if sums.alike[p] < 1.0:
            _add_ln_apart(sums, shapes, i, p, ln_factor[at])
    return ln_factor


@kernel
def _ln_height(sums: Sums, shapes: Shapes, p: int, shape: float) -> float:
    n_seen = sums.n_seen[p]
    if shape <= 0.0:
        return -inf if n_seen > 0 else 0.0
    value = 0.0
    if n_seen > 0:
        ln_gamma, _ = ln_gamma_and_digamma(shape)
        value += (shape - 1.0) * sums.sum_ln_height[p] - sums.sum_height[p] / shapes.scale
        value -= n_seen * (shape * log(shapes.scale) + ln_gamma)
    return value + ln_lost(sums, shapes, p, shape)[0]


@kernel
def _add_ln_apart(sums: Sums, shapes: Shapes, i: int, p: int, ln_factor: Floats) -> None:
    known = 0.0
    for u in range(sums.first_unseen[p], sums.first_unseen[p + 1]):
        if shapes.unseen[u] > 0.0:
            known += ln_lost(sums, shapes, p, shapes.unseen[u])[0]
    for dose in range(len(ln_factor)):
        rest = dose
        ln_factor[dose] += known
        for j in range(sums.n_drawers[i]):
            local = sums.first_dose[p, j] + rest % sums.n_doses[p, j]
            rest //= sums.n_doses[p, j]
            copies = sums.dose_copies[local, 0]
            ln_factor[dose] += ln_apart(sums, shapes, p, shapes.weight[i, j], copies)[0]


# Slopes.


@kernel
def add_height_slopes(
    sums: Sums,
    shapes: Shapes,
    p: int,
    begin: Ints,
    tables: Floats,
    shape: Floats,
    share: Floats,
    pull: Floats,
) -> float:
    """Add each joint dose's derivative of its ln height term in the shape, times its share, to
    `pull`; returns the sum of shares times derivatives in ln scale. Shares of 0 are left out."""
    n_seen = sums.n_seen[p]
    total = 0.0
    if n_seen > 0:
        level = sums.sum_ln_height[p] - n_seen * log(shapes.scale)
        height = sums.sum_height[p] / shapes.scale
        for dose in range(len(share)):
            a = shape[dose]
            if share[dose] != 0.0 and a > 0.0:
                if a < LARGEST_SHAPE:
                    digamma = digamma_of_one_more(a) - 1.0 / a
                else:
                    digamma = ln_gamma_and_digamma(a)[1]
                pull[dose] += share[dose] * (level - n_seen * digamma)
                total += share[dose] * (height - n_seen * a)
    for lost in range(sums.first_lost[p], sums.first_lost[p + 1]):
        t = sums.lost_threshold[lost]
        x = sums.threshold[t] / shapes.scale
        total -= _add_lost_slopes(x, tables, begin[t], sums.lost_count[lost], shape, share, pull)
    return total


@kernel
def _add_lost_slopes(
    x: float, tables: Floats, begin: int, count: int, shape: Floats, share: Floats, pull: Floats
) -> float:
    """The part of peaks below a threshold; returns the sum of shares times elasticities in x."""
    ln_x, total = log(x), 0.0
    table = tables[max(begin, 0) :]
    for dose in range(len(share)):
        a = shape[dose]
        if share[dose] == 0.0 or a <= 0.0:
            continue
        if begin >= 0:
            slope = ln_cdf_slope(a, table)
            # d P / d ln x is x times the gamma density
            ln_density = a * ln_x - x - ln_gamma_of_one_more(a)
            elasticity = a * exp_of(ln_density - ln_cdf(a, table))
        else:
            _, slope, elasticity = ln_gamma_cdf(a, x)
        pull[dose] += share[dose] * count * slope
        total += share[dose] * count * elasticity
    return total
