"""The genotypes of one unknown contributor: the weight of the evidence together with each of them.

A genotype fixes one drawer's moves. What lies before its first copy is one forward message, what
follows its second one is one backward message, both the same for all genotypes; between them the
sum runs over the moves of the others alone.

Not for: single copies drawn beside one that is shared (`copies`), joint genotypes of several
contributors (`paths`). Twin: tests/twins/mixture.py.
"""

from __future__ import annotations

from math import inf, log
from typing import NamedTuple

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.factors import dose_offsets, ln_factors, scaled_factors
from reopen.kernels.mixtures import FAINT
from reopen.kernels.paths import copies_here, steps, ways
from reopen.kernels.shapes import LANES, Floats, Ints, Shapes, Sums
from reopen.kernels.sweeps import add_ln, forbidden, forward, ln_weighted, message_offsets


class Others(NamedTuple):
    """Joint moves of all drawers but one, by position; states count those drawers alone."""

    first: Ints  # position + 1
    before: Ints  # move
    after: Ints  # move
    dose: Ints  # move; joint dose where the one drawer has its dose 0
    n_states: Ints  # position + 1


@kernel
def ln_pairs(
    sums: Sums, shapes: Shapes, i: int, drawer: int, begin: Ints, tables: Floats
) -> Floats:
    """Joint ln weight of the evidence of sum i and each genotype of one of its two-copy drawers.

    begin, tables  of `factors.cdf_tables` for these shapes
    Shape (position, position), upper triangle, over the positions of the sum; -inf elsewhere. The
    logsumexp of all is ln_sums()[i].
    """
    n = sums.first_position[i + 1] - sums.first_position[i]
    pairs, offsets = np.full((n, n), -inf), dose_offsets(sums, i)
    shape, factor = np.empty(offsets[-1]), np.empty(offsets[-1])
    ln_top = scaled_factors(sums, shapes, i, begin, tables, offsets, shape, factor)
    if ln_top == -inf:
        return pairs
    doses, states = ways(sums, i, drawer)
    others = _others(sums, i, drawer)
    total = _totals(sums, i, drawer, factor, offsets, doses, states, others)
    ln_factor = ln_factors(sums, shapes, i) if total.min() <= FAINT else np.empty(0)
    for way in range(len(doses)):
        first, second = _places(sums, i, drawer, doses[way])
        if total[way] > FAINT:
            pairs[first, second] = log(total[way]) + ln_top
        else:
            pairs[first, second] = _in_logs(sums, i, drawer, ln_factor, offsets, doses[way], others)
    return pairs


@kernel
def ln_pairs_in_logs(sums: Sums, shapes: Shapes, i: int, drawer: int) -> Floats:
    """The same, all of it in logarithms: slow, and nothing is too small."""
    n = sums.first_position[i + 1] - sums.first_position[i]
    pairs, offsets = np.full((n, n), -inf), dose_offsets(sums, i)
    ln_factor, others = ln_factors(sums, shapes, i), _others(sums, i, drawer)
    doses, _ = ways(sums, i, drawer)
    for way in range(len(doses)):
        first, second = _places(sums, i, drawer, doses[way])
        pairs[first, second] = _in_logs(sums, i, drawer, ln_factor, offsets, doses[way], others)
    return pairs


@kernel
def _places(sums: Sums, i: int, drawer: int, doses: Ints) -> tuple[int, int]:
    """Where the two copies of a way lie."""
    first = -1
    for k in range(len(doses)):
        copies = copies_here(sums, sums.first_position[i] + k, drawer, doses[k])
        if copies == 2:
            return k, k
        if copies == 1 and first >= 0:
            return first, k
        if copies == 1:
            first = k
    return first, first


@kernel
def _others(sums: Sums, i: int, drawer: int) -> Others:
    start, end = sums.first_position[i], sums.first_position[i + 1]
    first = np.zeros(end - start + 1, np.int64)
    n_states = np.ones(end - start + 1, np.int64)
    for p in range(start, end):
        size = 1
        for j in range(sums.n_drawers[i]):
            if j != drawer:
                size *= sums.n_moves[p, j]
                n_states[p - start] *= sums.states_before[p, j]
        first[p - start + 1] = first[p - start] + size
    for j in range(sums.n_drawers[i]):
        if j != drawer:
            n_states[end - start] *= sums.states_after[end - 1, j]
    before, after = np.zeros(first[-1], np.int64), np.zeros(first[-1], np.int64)
    dose = np.zeros(first[-1], np.int64)
    for p in range(start, end):
        _, _, up_dose = steps(sums, i, p)
        inner, in_before, in_after = 1, 1, 1
        for j in range(sums.n_drawers[i]):
            if j == drawer:
                continue
            n_moves = sums.n_moves[p, j]
            for at in range(first[p - start], first[p - start + 1]):
                move = sums.first_move[p, j] + ((at - first[p - start]) // inner) % n_moves
                before[at] += in_before * sums.move_before[move]
                after[at] += in_after * sums.move_after[move]
                dose[at] += up_dose[j] * sums.move_dose[move]
            inner *= n_moves
            in_before *= sums.states_before[p, j]
            in_after *= sums.states_after[p, j]
    return Others(first, before, after, dose, n_states)


@kernel
def _totals(
    sums: Sums,
    i: int,
    drawer: int,
    factor: Floats,
    offsets: Ints,
    doses: Ints,
    states: Ints,
    others: Others,
) -> Floats:
    """The scaled sum of each way."""
    total = np.zeros(len(doses))
    begin, end = _alone(sums, i, drawer, states)
    for subset in range(sums.first_subset[i], sums.first_subset[i + 1], LANES):
        by_lane = _by_lane(sums, i, factor, offsets, subset)
        messages = forward(sums, i, factor, offsets, subset)
        onward = _onward(sums, i, by_lane, offsets, subset)
        for way in range(len(doses)):
            total[way] += _between(
                sums, i, drawer, by_lane, offsets, messages, onward, doses[way], states[way],
                begin[way], end[way], others,
            )  # fmt: skip
    return total


@kernel
def _alone(sums: Sums, i: int, drawer: int, states: Ints) -> tuple[Ints, Ints]:
    """Between which positions each way must be followed: no other way leads to its state before
    the first of them, and none leads away from its state before the second."""
    start, n = sums.first_position[i], states.shape[1] - 1
    to = np.zeros((n + 1, states.max() + 1), np.int64)
    away = np.zeros((n + 1, states.max() + 1), np.int64)
    to[0, states[0, 0]] = away[n, states[0, n]] = 1
    for k in range(n):
        first = sums.first_move[start + k, drawer]
        for move in range(first, first + sums.n_moves[start + k, drawer]):
            to[k + 1, sums.move_after[move]] += to[k, sums.move_before[move]]
    for k in range(n - 1, -1, -1):
        first = sums.first_move[start + k, drawer]
        for move in range(first, first + sums.n_moves[start + k, drawer]):
            away[k, sums.move_before[move]] += away[k + 1, sums.move_after[move]]
    begin, end = np.zeros(len(states), np.int64), np.zeros(len(states), np.int64)
    for way in range(len(states)):
        while begin[way] < n and to[begin[way] + 1, states[way, begin[way] + 1]] == 1:
            begin[way] += 1
        end[way] = begin[way]
        while away[end[way], states[way, end[way]]] > 1:
            end[way] += 1
    return begin, end


@kernel
def _by_lane(sums: Sums, i: int, factor: Floats, offsets: Ints, subset: int) -> Floats:
    """Factors (joint dose, lane): 0 for a drop-in that the lane's subset forbids."""
    found = np.empty((len(factor), LANES))
    for lane in range(LANES):
        found[:, lane] = factor
        for k in range(len(offsets) - 1):
            p = sums.first_position[i] + k
            dropin = sums.known_reach[p] == 0 and sums.n_seen[p] > 0
            if dropin and forbidden(sums, i, p, subset + lane):
                found[offsets[k], lane] = 0.0
    return found


@kernel
def _onward(sums: Sums, i: int, by_lane: Floats, offsets: Ints, subset: int) -> Floats:
    """Backward messages, flat as `forward` has them, times the subsets' weights."""
    at = message_offsets(sums, i) * LANES
    onward = np.zeros(at[-1])
    for lane in range(LANES):
        if subset + lane < sums.first_subset[i + 1]:
            onward[at[-2] + lane] = sums.subset_weight[subset + lane]
    for k in range(len(offsets) - 2, -1, -1):
        pattern = sums.pattern[sums.first_position[i] + k]
        for outer in range(sums.first_outer[pattern], sums.first_outer[pattern + 1]):
            before = at[k] + np.int64(sums.outer_before[outer])
            after = at[k + 1] + np.int64(sums.outer_after[outer])
            dose = offsets[k] + np.int64(sums.outer_dose[outer])
            for m in range(sums.first_inner[pattern], sums.first_inner[pattern + 1]):
                source = before + np.int64(sums.inner_before[m])
                target = after + np.int64(sums.inner_after[m])
                here = dose + np.int64(sums.inner_dose[m])
                onward[source] += onward[target] * by_lane[here, 0]
                onward[source + 1] += onward[target + 1] * by_lane[here, 1]
    return onward


@kernel
def _between(
    sums: Sums,
    i: int,
    drawer: int,
    by_lane: Floats,
    offsets: Ints,
    messages: Floats,
    onward: Floats,
    doses: Ints,
    states: Ints,
    begin: int,
    end: int,
    others: Others,
) -> float:
    """The sum of one way, followed from its state before `begin` to that before `end`."""
    at = message_offsets(sums, i) * LANES
    here = np.empty((others.n_states[begin], LANES))
    for state in range(len(here)):
        joint = at[begin] + LANES * _joint(sums, i, drawer, begin, state, states[begin])
        here[state, 0], here[state, 1] = messages[joint], messages[joint + 1]
    for k in range(begin, end):
        up_dose = steps(sums, i, sums.first_position[i] + k)[2][drawer] * doses[k]
        there = np.zeros((others.n_states[k + 1], LANES))
        for move in range(others.first[k], others.first[k + 1]):
            before, after = others.before[move], others.after[move]
            dose = offsets[k] + up_dose + others.dose[move]
            there[after, 0] += here[before, 0] * by_lane[dose, 0]
            there[after, 1] += here[before, 1] * by_lane[dose, 1]
        here = there
    total = 0.0
    for state in range(len(here)):
        joint = at[end] + LANES * _joint(sums, i, drawer, end, state, states[end])
        total += here[state, 0] * onward[joint] + here[state, 1] * onward[joint + 1]
    return total


@kernel
def _joint(sums: Sums, i: int, drawer: int, k: int, state: int, own: int) -> int:
    """The joint state before a position (or after the last), from the others' and the drawer's."""
    p = sums.first_position[i] + k
    n = sums.states_before if p < sums.first_position[i + 1] else sums.states_after
    p = min(p, sums.first_position[i + 1] - 1)
    low = 1
    for j in range(drawer):
        low *= n[p, j]
    return int(state % low + low * (own + n[p, drawer] * (state // low)))


@kernel
def _in_logs(
    sums: Sums,
    i: int,
    drawer: int,
    ln_factor: Floats,
    offsets: Ints,
    doses: Ints,
    others: Others,
) -> float:
    """ln of the sum of one way: slow, and nothing is too small."""
    first, end = sums.first_subset[i], sums.first_subset[i + 1]
    parts = np.empty(end - first)
    for subset in range(first, end):
        here = np.zeros(1)
        for k in range(len(offsets) - 1):
            p = sums.first_position[i] + k
            own = steps(sums, i, p)[2][drawer] * doses[k]
            dropin = sums.known_reach[p] == 0 and sums.n_seen[p] > 0
            no_dropin = dropin and forbidden(sums, i, p, subset)
            there = np.full(others.n_states[k + 1], -inf)
            for move in range(others.first[k], others.first[k + 1]):
                dose = own + others.dose[move]
                if dose > 0 or not no_dropin:
                    value = here[others.before[move]] + ln_factor[offsets[k] + dose]
                    there[others.after[move]] = add_ln(there[others.after[move]], value)
            here = there
        parts[subset - first] = here[0]
    return ln_weighted(sums, i, parts)
