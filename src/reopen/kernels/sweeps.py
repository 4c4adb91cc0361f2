"""Sums of products of factors along all paths of states, and their shares.

Joint states, doses and moves count the first drawer fastest. Messages hold two lanes: the sums of
two sets of replicates in which drop-in is forbidden differ in few factors, and are done together.
"""

from __future__ import annotations

from math import exp, inf, log

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.shapes import LANES, Floats, Ints, Sums

_ONE = np.uint64(1)


@kernel
def message_offsets(sums: Sums, i: int) -> Ints:
    """Where the joint states before each position begin in a flat array of messages."""
    start, end = sums.first_position[i], sums.first_position[i + 1]
    offsets = np.zeros(end - start + 2, dtype=np.int64)
    for p in range(start, end + 1):
        states = sums.n_before[p] if p < end else sums.n_after[p - 1]
        offsets[p - start + 1] = offsets[p - start] + states
    return offsets


@kernel
def forward(sums: Sums, i: int, factor: Floats, offsets: Ints, subset: int) -> Floats:
    """All forward messages of sum i for subsets `subset` and the next; the last are the sums.

    Unsigned places, one array, and no helpers: this loop and its twin below are where the time of
    a large mixture goes.
    """
    at = message_offsets(sums, i) * LANES
    messages = np.zeros(at[-1])
    messages[:LANES] = 1.0
    for k in range(len(offsets) - 1):
        p, d0 = sums.first_position[i] + k, np.uint64(offsets[k])
        source0, target0 = np.uint64(at[k]), np.uint64(at[k + 1])
        zero, zero_here = factor[d0], 0.0
        dropin = sums.known_reach[p] == 0 and sums.n_seen[p] > 0
        pattern = sums.pattern[p]
        if not dropin:
            zero_here = zero
        factor[d0] = zero_here
        first, end = sums.first_inner[pattern], sums.first_inner[pattern + 1]
        for outer in range(sums.first_outer[pattern], sums.first_outer[pattern + 1]):
            b = source0 + sums.outer_before[outer]
            a = target0 + sums.outer_after[outer]
            d = d0 + sums.outer_dose[outer]
            for m in range(first, end):
                value = factor[d + sums.inner_dose[m]]
                source, target = b + sums.inner_before[m], a + sums.inner_after[m]
                messages[target] += messages[source] * value
                messages[target + _ONE] += messages[source + _ONE] * value
        factor[d0] = zero
        if dropin:
            for lane in range(LANES):
                if forbidden(sums, i, p, subset + lane):
                    continue
                for m in range(sums.first_nothing[pattern], sums.first_nothing[pattern + 1]):
                    source = source0 + sums.nothing_before[m] + np.uint64(lane)
                    target = target0 + sums.nothing_after[m] + np.uint64(lane)
                    messages[target] += messages[source] * zero
    return messages


@kernel
def forbidden(sums: Sums, i: int, p: int, subset: int) -> bool:
    """Whether a drop-in at a position is forbidden in a subset, or the sum has no such subset."""
    if subset >= sums.first_subset[i + 1]:
        return True
    return bool(sums.seen_mask[p] & sums.subset_mask[subset] != 0)


@kernel
def backward(
    sums: Sums,
    i: int,
    factor: Floats,
    offsets: Ints,
    subset: int,
    messages: Floats,
    per_sum: float,
    posterior: Floats,
) -> None:
    """Sweep back and add each joint dose's part of the weighted sums, times `per_sum`."""
    at = message_offsets(sums, i) * LANES
    onward = np.zeros(at[-1])
    weight = np.zeros(len(factor))
    for lane in range(LANES):
        if subset + lane < sums.first_subset[i + 1]:
            onward[at[-2] + lane] = sums.subset_weight[subset + lane] * per_sum
    for k in range(len(offsets) - 2, -1, -1):
        p, d0 = sums.first_position[i] + k, np.uint64(offsets[k])
        source0, target0 = np.uint64(at[k]), np.uint64(at[k + 1])
        zero, zero_here = factor[d0], 0.0
        dropin = sums.known_reach[p] == 0 and sums.n_seen[p] > 0
        pattern = sums.pattern[p]
        if not dropin:
            zero_here = zero
        factor[d0] = zero_here
        first, end = sums.first_inner[pattern], sums.first_inner[pattern + 1]
        for outer in range(sums.first_outer[pattern], sums.first_outer[pattern + 1]):
            b = source0 + sums.outer_before[outer]
            a = target0 + sums.outer_after[outer]
            d = d0 + sums.outer_dose[outer]
            for m in range(first, end):
                dose = d + sums.inner_dose[m]
                value = factor[dose]
                source, target = b + sums.inner_before[m], a + sums.inner_after[m]
                one, other = onward[target], onward[target + _ONE]
                weight[dose] += messages[source] * one + messages[source + _ONE] * other
                onward[source] += one * value
                onward[source + _ONE] += other * value
        factor[d0] = zero
        if dropin:
            weight[d0] = 0.0
            for lane in range(LANES):
                if forbidden(sums, i, p, subset + lane):
                    continue
                for m in range(sums.first_nothing[pattern], sums.first_nothing[pattern + 1]):
                    source = source0 + sums.nothing_before[m] + np.uint64(lane)
                    came = onward[target0 + sums.nothing_after[m] + np.uint64(lane)]
                    weight[d0] += messages[source] * came
                    onward[source] += came * zero
    for dose in range(len(factor)):
        posterior[dose] += weight[dose] * factor[dose]


@kernel
def weighted_sum(sums: Sums, i: int, factor: Floats, offsets: Ints) -> tuple[float, float]:
    """The sum over all genotypes, drop-in included and excluded by subsets of replicates, and the
    smallest of its parts."""
    total, least = 0.0, inf
    for subset in range(sums.first_subset[i], sums.first_subset[i + 1], LANES):
        last = forward(sums, i, factor, offsets, subset)[-LANES:]
        for lane in range(LANES):
            if subset + lane < sums.first_subset[i + 1]:
                total += sums.subset_weight[subset + lane] * last[lane]
                least = min(least, last[lane])
    return total, least


# In logarithms: slow, and nothing is too small.


@kernel
def add_ln(one: float, other: float) -> float:
    """ln(exp(one) + exp(other))."""
    high, low = max(one, other), min(one, other)
    return high if low == -inf else high + log(1.0 + exp(low - high))


@kernel
def ln_weighted(sums: Sums, i: int, parts: Floats) -> float:
    """ln of the sum over subsets from the ln of each part, shape (subset,), and its signed weight;
    -inf where nothing is left."""
    top = parts.max()
    if top == -inf:
        return -inf
    total = 0.0
    for k in range(len(parts)):
        total += sums.subset_weight[sums.first_subset[i] + k] * exp(parts[k] - top)
    return log(total) + top if total > 0.0 else -inf


@kernel
def forward_ln(sums: Sums, i: int, ln_factor: Floats, offsets: Ints, subset: int) -> Floats:
    """`forward` in logarithms, for one subset."""
    at = message_offsets(sums, i)
    messages = np.full(at[-1], -inf)
    messages[0] = 0.0
    for k in range(len(offsets) - 1):
        p = sums.first_position[i] + k
        before, after, dose = joint_moves(sums, i, p)
        here = _allowed(sums, p, subset, ln_factor[offsets[k] : offsets[k + 1]])
        for m in range(len(before)):
            target = at[k + 1] + after[m]
            messages[target] = add_ln(messages[target], messages[at[k] + before[m]] + here[dose[m]])
    return messages


@kernel
def backward_ln(
    sums: Sums,
    i: int,
    ln_factor: Floats,
    offsets: Ints,
    subset: int,
    messages: Floats,
    value: float,
    posterior: Floats,
) -> None:
    """`backward` in logarithms; `value` is the log of the sum that posteriors are shares of."""
    at = message_offsets(sums, i)
    after = np.zeros(1)
    for k in range(len(offsets) - 2, -1, -1):
        p = sums.first_position[i] + k
        earlier = np.full(at[k + 1] - at[k], -inf)
        before, target, dose = joint_moves(sums, i, p)
        here = _allowed(sums, p, subset, ln_factor[offsets[k] : offsets[k + 1]])
        for m in range(len(before)):
            onward = here[dose[m]] + after[target[m]]
            earlier[before[m]] = add_ln(earlier[before[m]], onward)
            share = exp(messages[at[k] + before[m]] + onward - value)
            posterior[offsets[k] + dose[m]] += sums.subset_weight[subset] * share
        after = earlier


@kernel
def _allowed(sums: Sums, p: int, subset: int, ln_factor: Floats) -> Floats:
    """ln factors with -inf for a drop-in where the subset forbids it."""
    if sums.known_reach[p] == 1 or not sums.seen_mask[p] & sums.subset_mask[subset]:
        return ln_factor
    allowed = ln_factor.copy()
    allowed[0] = -inf
    return allowed


@kernel
def joint_moves(sums: Sums, i: int, p: int) -> tuple[Ints, Ints, Ints]:
    """All joint moves at a position: joint state before and after (not counted in lanes), dose."""
    if sums.n_drawers[i] == 0:
        nothing = np.zeros(1, dtype=np.int64)
        return nothing, nothing, nothing
    pattern = sums.pattern[p]
    first, end = sums.first_inner[pattern], sums.first_inner[pattern + 1]
    outer, last = sums.first_outer[pattern], sums.first_outer[pattern + 1]
    size = (end - first) * (last - outer)
    before, after = np.empty(size, dtype=np.int64), np.empty(size, dtype=np.int64)
    dose = np.empty(size, dtype=np.int64)
    at = 0
    for q in range(outer, last):
        for m in range(first, end):
            before[at] = (sums.outer_before[q] + sums.inner_before[m]) // LANES
            after[at] = (sums.outer_after[q] + sums.inner_after[m]) // LANES
            dose[at] = sums.outer_dose[q] + sums.inner_dose[m]
            at += 1
    return before, after, dose
