"""The sum over all genotypes of the unknown contributors, position by position.

The likelihood of a marker is a sum over joint genotypes. Taken allele by allele it costs a small
constant to the power of the number of unknowns, linear in the number of alleles, instead of the
number of genotypes to that power. A forward sweep gives the sum; a backward sweep its derivatives
and the posterior of everything.

Source: Graversen and Lauritzen 2015, Statistics and Computing 25, 527-541, extended to stutter in
both directions, theta and drop-in. Twin: tests/twins/mixture.py.

Messages are probabilities scaled by the largest factor of each position. Where a sum falls so low
that scaled numbers may have been lost (`_FAINT`), it is done again in logarithms.
"""

from __future__ import annotations

from math import exp, inf, log

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.accelerate import kernel
from reopen.kernels.shapes import Floats, Ints, Moments, Shapes, Sums
from reopen.kernels.special import ln_gamma_and_digamma, ln_gamma_cdf

_FAINT = 1e-150
_LN_HALF = -0.6931471805599453


@kernel
def ln_sums(sums: Sums, shapes: Shapes) -> Floats:
    """Natural log of each sum; shape (sum,). -inf where no genotype explains the peaks."""
    n_sums = len(sums.n_drawers)
    values = np.empty(n_sums)
    for i in range(n_sums):
        ln_factor, _, _ = _all_factors(sums, shapes, i, False)
        values[i] = _value(sums, i, ln_factor)
    return values


@kernel
def ln_sums_and_moments(sums: Sums, shapes: Shapes) -> tuple[Floats, Moments]:
    """Natural log of each sum, and the moments that make its gradient (see `Moments`)."""
    n_sums, n_positions = len(sums.n_drawers), len(sums.n_seen)
    width = sums.n_moves.shape[1]
    values = np.empty(n_sums)
    moments = Moments(
        np.zeros(n_positions),
        np.zeros((n_positions, width)),
        np.zeros((n_positions, width)),
        np.zeros((n_positions, width)),
        np.zeros(n_positions),
    )
    for i in range(n_sums):
        ln_factor, slope, scale_slope = _all_factors(sums, shapes, i, True)
        values[i] = _value(sums, i, ln_factor)
        if values[i] > -inf:
            posterior = _posterior(sums, i, ln_factor, values[i])
            _add_moments(sums, i, posterior, slope, scale_slope, moments)
    return values, moments


@kernel
def ln_pairs(sums: Sums, shapes: Shapes, i: int, drawer: int) -> Floats:
    """Joint ln weight of the evidence of sum i and each genotype of one of its two-copy drawers.

    Shape (position, position), upper triangle, over the positions of the sum; -inf elsewhere. The
    logsumexp of all is ln_sums()[i]. Each row clamps the first copy; the second is read off the
    posterior, so that all genotypes cost about as many sweeps as there are alleles.
    """
    start, end = sums.first_position[i], sums.first_position[i + 1]
    n = end - start
    ln_factor, _, _ = _all_factors(sums, shapes, i, False)
    pairs = np.full((n, n), -inf)
    offsets = _dose_offsets(sums, i)
    for first in range(n):
        clamped = ln_factor.copy()
        for p in range(first + 1):
            _clamp(sums, start + p, i, drawer, 1 if p == first else 0, offsets, clamped)
        value = _value(sums, i, clamped)
        if value > -inf:
            posterior = _posterior(sums, i, clamped, value)
            for p in range(first + 1, n):
                share = _share(sums, start + p, i, drawer, 1, offsets, posterior)
                if share > _FAINT:
                    pairs[first, p] = value + log(share)
                else:
                    both = clamped.copy()
                    _clamp(sums, start + p, i, drawer, 1, offsets, both)
                    pairs[first, p] = _value(sums, i, both)
        clamped[:] = ln_factor
        _clamp(sums, start + first, i, drawer, 2, offsets, clamped)
        pairs[first, first] = _value(sums, i, clamped)
    return pairs


@kernel
def dose_posterior(
    sums: Sums, shapes: Shapes, i: int
) -> tuple[Ints, Floats, Floats, NDArray[np.bool_]]:
    """What the peaks say about the copies at each position of sum i.

    Returns offsets (position + 1,) into flat arrays over (position, joint dose): the posterior
    probability, the gamma shape, and whether anybody can leave a peak there.
    """
    offsets = _dose_offsets(sums, i)
    ln_factor, _, _ = _all_factors(sums, shapes, i, False)
    posterior = _posterior(sums, i, ln_factor, _value(sums, i, ln_factor))
    shape = np.empty(len(posterior))
    reach = np.empty(len(posterior), dtype=np.bool_)
    for k in range(len(offsets) - 1):
        p = sums.first_position[i] + k
        for dose in range(offsets[k + 1] - offsets[k]):
            at = offsets[k] + dose
            shape[at], _, reach[at], _ = _joint_dose(sums, shapes, i, p, dose, sums.n_drawers[i])
    return offsets, posterior, shape, reach


# Factors: one number for each position and joint dose.


@kernel
def _dose_offsets(sums: Sums, i: int) -> Ints:
    """Where the joint doses of each position of sum i begin, flat; shape (position + 1,)."""
    start, end = sums.first_position[i], sums.first_position[i + 1]
    offsets = np.zeros(end - start + 1, dtype=np.int64)
    for p in range(start, end):
        n_joint = 1
        for j in range(sums.n_drawers[i]):
            n_joint *= sums.n_doses[p, j]
        offsets[p - start + 1] = offsets[p - start] + n_joint
    return offsets


@kernel
def _all_factors(sums: Sums, shapes: Shapes, i: int, slopes: bool) -> tuple[Floats, Floats, Floats]:
    """ln factor of each joint dose of sum i, and its slopes in the shape and in ln scale."""
    offsets = _dose_offsets(sums, i)
    size = offsets[-1]
    ln_factor = np.empty(size)
    slope = np.empty(size if slopes else 0)
    scale_slope = np.empty(size if slopes else 0)
    for p in range(sums.first_position[i], sums.first_position[i + 1]):
        k = p - sums.first_position[i]
        _factors(
            sums,
            shapes,
            i,
            p,
            slopes,
            ln_factor[offsets[k] : offsets[k + 1]],
            slope[offsets[k] : offsets[k + 1]] if slopes else slope,
            scale_slope[offsets[k] : offsets[k + 1]] if slopes else scale_slope,
        )
    return ln_factor, slope, scale_slope


@kernel
def _factors(
    sums: Sums,
    shapes: Shapes,
    i: int,
    p: int,
    slopes: bool,
    ln_factor: Floats,
    slope: Floats,
    scale_slope: Floats,
) -> None:
    """Factors of one position: drawing the copies here, times the heights given all doses.

    Heights: gamma density for a peak, its distribution function at the threshold for none, the
    drop-in density for a peak that nothing can reach (mixture model, section 5).
    """
    n_drawers = sums.n_drawers[i]
    n_seen = sums.n_seen[p]
    ln_scale = log(shapes.scale)
    for dose in range(len(ln_factor)):
        shape, copies, reach, ln_orders = _joint_dose(sums, shapes, i, p, dose, n_drawers)
        value = sums.ln_urn[p, copies] + ln_orders
        d_shape, d_scale = 0.0, 0.0
        if not reach:
            value += sums.ln_dropin[p]
        elif shape <= 0.0:
            if n_seen > 0:
                value = -inf
        else:
            if n_seen > 0:
                ln_gamma, digamma = ln_gamma_and_digamma(shape)
                value += (
                    (shape - 1.0) * sums.sum_ln_height[p]
                    - sums.sum_height[p] / shapes.scale
                    - n_seen * (shape * ln_scale + ln_gamma)
                )
                d_shape += sums.sum_ln_height[p] - n_seen * (ln_scale + digamma)
                d_scale += sums.sum_height[p] / shapes.scale - n_seen * shape
            for lost in range(sums.first_lost[p], sums.first_lost[p + 1]):
                count = sums.lost_count[lost]
                ln_cdf, in_shape, in_ln_x = ln_gamma_cdf(
                    shape, sums.lost_threshold[lost] / shapes.scale
                )
                value += count * ln_cdf
                d_shape += count * in_shape
                d_scale -= count * in_ln_x
        ln_factor[dose] = value
        if slopes:
            slope[dose] = d_shape
            scale_slope[dose] = d_scale


@kernel
def _joint_dose(
    sums: Sums, shapes: Shapes, i: int, p: int, dose: int, n_drawers: int
) -> tuple[float, int, bool, float]:
    """Shape, copies drawn here, whether anybody can leave a peak here, and -ln of copy orders."""
    shape = shapes.known[p]
    copies = 0
    reach = sums.known_reach[p] == 1
    ln_orders = 0.0
    for back in range(n_drawers):
        j = n_drawers - 1 - back
        local = sums.first_dose[p, j] + dose % sums.n_doses[p, j]
        dose //= sums.n_doses[p, j]
        below, here, above = sums.dose_below[local], sums.dose_here[local], sums.dose_above[local]
        shape += shapes.weight[i, j] * (
            shapes.here[p] * here + shapes.above[p] * above + shapes.below[p] * below
        )
        copies += here
        reach = reach or here + above + below > 0
        if here == 2:
            ln_orders += _LN_HALF
    return shape, copies, reach, ln_orders


# Sweeps: sums of products of factors along all paths of states.


@kernel
def _value(sums: Sums, i: int, ln_factor: Floats) -> float:
    """ln of sum i over all genotypes, drop-in included and excluded by subsets of replicates."""
    offsets = _dose_offsets(sums, i)
    factor, ln_top = _scaled(sums, i, ln_factor, offsets)
    if ln_top == -inf:
        return -inf
    total, faint = 0.0, False
    for subset in range(sums.first_subset[i], sums.first_subset[i + 1]):
        used = _without_dropin(sums, i, factor, offsets, sums.subset_mask[subset], 0.0)
        part = _forward(sums, i, used, offsets)[-1]
        faint = faint or part < _FAINT
        total += sums.subset_weight[subset] * part
    if not faint or total > _FAINT:
        return log(total) + ln_top if total > 0.0 else -inf
    return _value_in_logs(sums, i, ln_factor, offsets)


@kernel
def _value_in_logs(sums: Sums, i: int, ln_factor: Floats, offsets: Ints) -> float:
    """The same without scaling: slow, and nothing is too small."""
    top = -inf
    first, last = sums.first_subset[i], sums.first_subset[i + 1]
    parts = np.empty(last - first)
    for subset in range(first, last):
        used = _without_dropin(sums, i, ln_factor, offsets, sums.subset_mask[subset], -inf)
        parts[subset - first] = _forward_ln(sums, i, used, offsets)[-1]
        top = max(top, parts[subset - first])
    if top == -inf:
        return -inf
    total = 0.0
    for subset in range(first, last):
        total += sums.subset_weight[subset] * exp(parts[subset - first] - top)
    return log(total) + top if total > 0.0 else -inf


@kernel
def _posterior(sums: Sums, i: int, ln_factor: Floats, value: float) -> Floats:
    """Posterior probability of each joint dose at each position of sum i; flat, as the factors."""
    offsets = _dose_offsets(sums, i)
    posterior = np.zeros(len(ln_factor))
    factor, ln_top = _scaled(sums, i, ln_factor, offsets)
    in_logs = value - ln_top < log(_FAINT)
    for subset in range(sums.first_subset[i], sums.first_subset[i + 1]):
        weight = sums.subset_weight[subset]
        mask = sums.subset_mask[subset]
        if in_logs:
            used = _without_dropin(sums, i, ln_factor, offsets, mask, -inf)
            messages = _forward_ln(sums, i, used, offsets)
            _backward_ln(sums, i, used, offsets, messages, weight, value, posterior)
        else:
            used = _without_dropin(sums, i, factor, offsets, mask, 0.0)
            messages = _forward(sums, i, used, offsets)
            _backward(sums, i, used, offsets, messages, weight / exp(value - ln_top), posterior)
    return posterior


@kernel
def _scaled(sums: Sums, i: int, ln_factor: Floats, offsets: Ints) -> tuple[Floats, float]:
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
def _without_dropin(
    sums: Sums, i: int, factor: Floats, offsets: Ints, mask: int, nothing: float
) -> Floats:
    """Factors in which drop-in is impossible in the replicates of `mask`.

    Joint dose 0 is the one without any copy; it is drop-in if no known contributor reaches.
    """
    if mask == 0:
        return factor
    start = sums.first_position[i]
    used = factor.copy()
    for k in range(len(offsets) - 1):
        if sums.known_reach[start + k] == 0 and sums.seen_mask[start + k] & mask:
            used[offsets[k]] = nothing
    return used


@kernel
def _message_offsets(sums: Sums, i: int) -> Ints:
    """Where the joint states before each position begin in a flat array of messages."""
    start, end = sums.first_position[i], sums.first_position[i + 1]
    offsets = np.zeros(end - start + 2, dtype=np.int64)
    for p in range(start, end + 1):
        n_joint = 1
        for j in range(sums.n_drawers[i]):
            n_joint *= sums.n_before[p, j] if p < end else sums.n_after[p - 1, j]
        offsets[p - start + 1] = offsets[p - start] + n_joint
    return offsets


@kernel
def _forward(sums: Sums, i: int, factor: Floats, offsets: Ints) -> Floats:
    """All forward messages of sum i; the last entry is the sum itself."""
    at = _message_offsets(sums, i)
    messages = np.zeros(at[-1])
    messages[0] = 1.0
    start = sums.first_position[i]
    for k in range(len(offsets) - 1):
        before = messages[at[k] : at[k + 1]]
        after = messages[at[k + 1] : at[k + 2]]
        here = factor[offsets[k] : offsets[k + 1]]
        p, last = start + k, sums.n_drawers[i] - 1
        if last < 0:
            after[0] = before[0] * here[0]
            continue
        first, n_last = sums.first_move[p, last], sums.n_moves[p, last]
        for outer in range(_outer_moves(sums, p, last)):
            b, a, d = _outer_bases(sums, p, last, outer)
            for move in range(first, first + n_last):
                after[a + sums.move_after[move]] += (
                    before[b + sums.move_before[move]] * here[d + sums.move_dose[move]]
                )
    return messages


@kernel
def _backward(
    sums: Sums,
    i: int,
    factor: Floats,
    offsets: Ints,
    messages: Floats,
    weight: float,
    posterior: Floats,
) -> None:
    """Sweep back and add weight * P(joint dose) to the posterior of each position."""
    at = _message_offsets(sums, i)
    start = sums.first_position[i]
    after = np.ones(1)
    for back in range(len(offsets) - 1):
        k = len(offsets) - 2 - back
        before = messages[at[k] : at[k + 1]]
        here = factor[offsets[k] : offsets[k + 1]]
        share = posterior[offsets[k] : offsets[k + 1]]
        earlier = np.zeros(len(before))
        p, last = start + k, sums.n_drawers[i] - 1
        if last < 0:
            share[0] += weight * before[0] * here[0] * after[0]
            earlier[0] = here[0] * after[0]
            after = earlier
            continue
        first, n_last = sums.first_move[p, last], sums.n_moves[p, last]
        for outer in range(_outer_moves(sums, p, last)):
            b, a, d = _outer_bases(sums, p, last, outer)
            for move in range(first, first + n_last):
                dose = d + sums.move_dose[move]
                onward = here[dose] * after[a + sums.move_after[move]]
                earlier[b + sums.move_before[move]] += onward
                share[dose] += weight * before[b + sums.move_before[move]] * onward
        after = earlier


@kernel
def _outer_moves(sums: Sums, p: int, last: int) -> int:
    """Number of joint moves of all drawers but the last."""
    n = 1
    for j in range(last):
        n *= sums.n_moves[p, j]
    return n


@kernel
def _outer_bases(sums: Sums, p: int, last: int, outer: int) -> tuple[int, int, int]:
    """Joint state before, state after and dose (last drawer at 0) of an outer joint move."""
    before, after, dose = 0, 0, 0
    step_before = sums.n_before[p, last]
    step_after = sums.n_after[p, last]
    step_dose = sums.n_doses[p, last]
    for back in range(last):
        j = last - 1 - back
        move = sums.first_move[p, j] + outer % sums.n_moves[p, j]
        outer //= sums.n_moves[p, j]
        before += sums.move_before[move] * step_before
        after += sums.move_after[move] * step_after
        dose += sums.move_dose[move] * step_dose
        step_before *= sums.n_before[p, j]
        step_after *= sums.n_after[p, j]
        step_dose *= sums.n_doses[p, j]
    return before, after, dose


@kernel
def _add_ln(one: float, other: float) -> float:
    """ln(exp(one) + exp(other))."""
    high, low = max(one, other), min(one, other)
    return high if low == -inf else high + log(1.0 + exp(low - high))


@kernel
def _forward_ln(sums: Sums, i: int, ln_factor: Floats, offsets: Ints) -> Floats:
    """`_forward` in logarithms."""
    at = _message_offsets(sums, i)
    messages = np.full(at[-1], -inf)
    messages[0] = 0.0
    start, last = sums.first_position[i], sums.n_drawers[i] - 1
    for k in range(len(offsets) - 1):
        p = start + k
        if last < 0:
            messages[at[k + 1]] = messages[at[k]] + ln_factor[offsets[k]]
            continue
        first, n_last = sums.first_move[p, last], sums.n_moves[p, last]
        for outer in range(_outer_moves(sums, p, last)):
            b, a, d = _outer_bases(sums, p, last, outer)
            for move in range(first, first + n_last):
                target = at[k + 1] + a + sums.move_after[move]
                step = ln_factor[offsets[k] + d + sums.move_dose[move]]
                messages[target] = _add_ln(
                    messages[target], messages[at[k] + b + sums.move_before[move]] + step
                )
    return messages


@kernel
def _backward_ln(
    sums: Sums,
    i: int,
    ln_factor: Floats,
    offsets: Ints,
    messages: Floats,
    weight: float,
    value: float,
    posterior: Floats,
) -> None:
    """`_backward` in logarithms; `value` is the log of the sum that posteriors are shares of."""
    at = _message_offsets(sums, i)
    start, last = sums.first_position[i], sums.n_drawers[i] - 1
    after = np.zeros(1)
    for back in range(len(offsets) - 1):
        k = len(offsets) - 2 - back
        p = start + k
        earlier = np.full(at[k + 1] - at[k], -inf)
        if last < 0:
            earlier[0] = ln_factor[offsets[k]] + after[0]
            posterior[offsets[k]] += weight * exp(messages[at[k]] + earlier[0] - value)
            after = earlier
            continue
        first, n_last = sums.first_move[p, last], sums.n_moves[p, last]
        for outer in range(_outer_moves(sums, p, last)):
            b, a, d = _outer_bases(sums, p, last, outer)
            for move in range(first, first + n_last):
                dose = offsets[k] + d + sums.move_dose[move]
                source = b + sums.move_before[move]
                onward = ln_factor[dose] + after[a + sums.move_after[move]]
                earlier[source] = _add_ln(earlier[source], onward)
                posterior[dose] += weight * exp(messages[at[k] + source] + onward - value)
        after = earlier


# What is read off the posterior.


@kernel
def _add_moments(
    sums: Sums,
    i: int,
    posterior: Floats,
    slope: Floats,
    scale_slope: Floats,
    moments: Moments,
) -> None:
    """Posterior means of the slopes, alone and weighted by each drawer's copies."""
    offsets = _dose_offsets(sums, i)
    start, n_drawers = sums.first_position[i], sums.n_drawers[i]
    for k in range(len(offsets) - 1):
        p = start + k
        for dose in range(offsets[k + 1] - offsets[k]):
            share = posterior[offsets[k] + dose]
            if share == 0.0:
                continue
            moments.scale[p] += share * scale_slope[offsets[k] + dose]
            pull = share * slope[offsets[k] + dose]
            moments.known[p] += pull
            rest = dose
            for back in range(n_drawers):
                j = n_drawers - 1 - back
                local = sums.first_dose[p, j] + rest % sums.n_doses[p, j]
                rest //= sums.n_doses[p, j]
                moments.here[p, j] += pull * sums.dose_here[local]
                moments.above[p, j] += pull * sums.dose_above[local]
                moments.below[p, j] += pull * sums.dose_below[local]


@kernel
def _clamp(
    sums: Sums, p: int, i: int, drawer: int, copies: int, offsets: Ints, ln_factor: Floats
) -> None:
    """Forbid every joint dose in which a drawer has not just this many copies at a position."""
    k = p - sums.first_position[i]
    step = 1
    for j in range(drawer + 1, sums.n_drawers[i]):
        step *= sums.n_doses[p, j]
    for dose in range(offsets[k + 1] - offsets[k]):
        local = sums.first_dose[p, drawer] + (dose // step) % sums.n_doses[p, drawer]
        if sums.dose_here[local] != copies:
            ln_factor[offsets[k] + dose] = -inf


@kernel
def _share(
    sums: Sums, p: int, i: int, drawer: int, copies: int, offsets: Ints, posterior: Floats
) -> float:
    """Posterior probability that a drawer has this many copies at a position."""
    k = p - sums.first_position[i]
    step = 1
    for j in range(drawer + 1, sums.n_drawers[i]):
        step *= sums.n_doses[p, j]
    total = 0.0
    for dose in range(offsets[k + 1] - offsets[k]):
        local = sums.first_dose[p, drawer] + (dose // step) % sums.n_doses[p, drawer]
        if sums.dose_here[local] == copies:
            total += posterior[offsets[k] + dose]
    return total
