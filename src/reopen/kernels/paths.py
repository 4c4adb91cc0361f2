"""Single joint genotypes instead of their sum: each is one path through the states of a sum.

Copies at the positions fix every drawer's moves, so joint genotypes and paths are one to one. The
factor of a replicate without drop-in, which sums bring in by inclusion and exclusion, is here a
number of the whole path: the set of replicates with drop-in is carried along as bits, and no term
is negative.

Not for: sums over genotypes (`mixtures`), genotypes as records (`weigh`).
"""

from __future__ import annotations

from math import exp, inf, log

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.factors import dose_offsets, ln_factors
from reopen.kernels.shapes import Floats, Ints, Shapes, Sums


@kernel
def dose_factors(sums: Sums, shapes: Shapes, i: int) -> tuple[Ints, Floats]:
    """Offsets (position + 1,) into a flat array over (position, joint dose), and the ln factors."""
    return dose_offsets(sums, i), ln_factors(sums, shapes, i)


@kernel
def steps(sums: Sums, i: int, p: int) -> tuple[Ints, Ints, Ints]:
    """By how much a joint state before, a joint state after and a joint dose at a position go up
    with each drawer's own; shape (drawer,)."""
    n = sums.n_drawers[i]
    before, after, dose = np.ones(n, np.int64), np.ones(n, np.int64), np.ones(n, np.int64)
    for j in range(1, n):
        before[j] = before[j - 1] * sums.states_before[p, j - 1]
        after[j] = after[j - 1] * sums.states_after[p, j - 1]
        dose[j] = dose[j - 1] * sums.n_doses[p, j - 1]
    return before, after, dose


@kernel
def copies_here(sums: Sums, p: int, drawer: int, dose: int) -> int:
    """Copies that a drawer has at a position by its own dose there."""
    return int(sums.dose_copies[sums.first_dose[p, drawer] + dose, 0])


@kernel
def _counted(sums: Sums, i: int) -> int:
    """Replicates whose drop-in makes a difference (bits): none where it has probability zero."""
    every = 0
    for subset in range(sums.first_subset[i], sums.first_subset[i + 1]):
        every |= sums.subset_mask[subset]
    return int(every)


@kernel
def _n_sets(sums: Sums, i: int) -> int:
    """How many sets of replicates can be written with the bits that count."""
    n = 1
    while n <= _counted(sums, i):
        n *= 2
    return n


@kernel
def ln_of_dropin_sets(sums: Sums, i: int) -> Floats:
    """ln of what a path counts by the set of replicates with drop-in (bits); shape (set,)."""
    values = np.full(_n_sets(sums, i), -inf)
    for bits in range(len(values)):
        total = 0.0
        for subset in range(sums.first_subset[i], sums.first_subset[i + 1]):
            if sums.subset_mask[subset] & bits == 0:
                total += sums.subset_weight[subset]
        if total > 0.0:
            values[bits] = log(total)
    return values


@kernel
def dropin_bits(sums: Sums, i: int, p: int) -> int:
    """Replicates that have drop-in at a position where joint dose 0 leaves a peak (bits)."""
    if sums.known_reach[p] == 1 or sums.n_seen[p] == 0:
        return 0
    return int(sums.seen_mask[p] & _counted(sums, i))


@kernel
def ways(sums: Sums, i: int, drawer: int) -> tuple[Ints, Ints]:
    """All ways in which one drawer of sum i may place its copies.

    Returns its dose at each position, (way, position), and its states before them and after the
    last, (way, position + 1).
    """
    start, end = sums.first_position[i], sums.first_position[i + 1]
    n = end - start
    doses, states = np.zeros((1, n), np.int64), np.zeros((1, n + 1), np.int64)
    for k in range(n):
        first, n_moves = sums.first_move[start + k, drawer], sums.n_moves[start + k, drawer]
        found = np.zeros((len(states) * n_moves, n), np.int64)
        through = np.zeros((len(states) * n_moves, n + 1), np.int64)
        written = 0
        for way in range(len(states)):
            for move in range(first, first + n_moves):
                if sums.move_before[move] == states[way, k]:
                    found[written], through[written] = doses[way], states[way]
                    found[written, k] = sums.move_dose[move]
                    through[written, k + 1] = sums.move_after[move]
                    written += 1
        doses, states = found[:written].copy(), through[:written].copy()
    return doses, states


@kernel
def paths(sums: Sums, i: int, drawer: int) -> tuple[Ints, Ints]:
    """All ways in which one drawer of sum i may place its copies.

    Returns its dose and its copies at each position; both of shape (way, position).
    """
    doses, _ = ways(sums, i, drawer)
    copies = np.zeros_like(doses)
    for way in range(len(doses)):
        for k in range(doses.shape[1]):
            p = sums.first_position[i] + k
            copies[way, k] = copies_here(sums, p, drawer, doses[way, k])
    return doses, copies


@kernel
def joint_moves(sums: Sums, i: int, p: int) -> tuple[Ints, Ints, Ints]:
    """All joint moves at a position: state before, state after, dose; each of shape (move,)."""
    n_drawers = sums.n_drawers[i]
    size = 1
    for j in range(n_drawers):
        size *= sums.n_moves[p, j]
    before, after = np.zeros(size, np.int64), np.zeros(size, np.int64)
    dose = np.zeros(size, np.int64)
    up_before, up_after, up_dose = steps(sums, i, p)
    inner = 1
    for j in range(n_drawers):
        first, n_moves = sums.first_move[p, j], sums.n_moves[p, j]
        for m in range(size):
            move = first + (m // inner) % n_moves
            before[m] += up_before[j] * sums.move_before[move]
            after[m] += up_after[j] * sums.move_after[move]
            dose[m] += up_dose[j] * sums.move_dose[move]
        inner *= n_moves
    return before, after, dose


@kernel
def _states(sums: Sums, i: int) -> Ints:
    """Number of joint states before each position and after the last; shape (position + 1,)."""
    start, end = sums.first_position[i], sums.first_position[i + 1]
    found = np.ones(end - start + 1, np.int64)
    for p in range(start, end):
        for j in range(sums.n_drawers[i]):
            found[p - start] *= sums.states_before[p, j]
    for j in range(sums.n_drawers[i]):
        found[end - start] *= sums.states_after[end - 1, j]
    return found


@kernel
def _layout(sums: Sums, i: int) -> tuple[Ints, Ints]:
    """Offsets of flat messages over (position, set of replicates with drop-in, joint state), and
    the number of joint states."""
    n_states = _states(sums, i)
    at = np.zeros(len(n_states) + 1, np.int64)
    for k in range(len(n_states)):
        at[k + 1] = at[k] + _n_sets(sums, i) * n_states[k]
    return at, n_states


@kernel
def best_to_go(sums: Sums, i: int, offsets: Ints, ln_factor: Floats) -> tuple[Ints, Ints, Floats]:
    """The ln weight of the best path onward from each state.

    Returns offsets (position + 2,) into a flat array over (position, set of replicates with
    drop-in so far, joint state), the number of joint states (position + 1,), and that array.
    """
    at, n_states = _layout(sums, i)
    n_sets = _n_sets(sums, i)
    best = np.full(at[-1], -inf)
    best[at[-2] :] = ln_of_dropin_sets(sums, i)
    for k in range(len(n_states) - 2, -1, -1):
        p = sums.first_position[i] + k
        bits = dropin_bits(sums, i, p)
        before, after, dose = joint_moves(sums, i, p)
        for m in range(len(before)):
            step = ln_factor[offsets[k] + dose[m]]
            for earlier in range(n_sets):
                later = earlier | bits if dose[m] == 0 else earlier
                value = step + best[at[k + 1] + later * n_states[k + 1] + after[m]]
                here = at[k] + earlier * n_states[k] + before[m]
                best[here] = max(best[here], value)
    return at, n_states, best


@kernel
def _forward_of_paths(sums: Sums, i: int, offsets: Ints, ln_factor: Floats) -> Floats:
    """ln of the summed weight of all paths up to each state; laid out as `best_to_go`."""
    at, n_states = _layout(sums, i)
    n_sets = _n_sets(sums, i)
    messages = np.full(at[-1], -inf)
    messages[0] = 0.0
    for k in range(len(n_states) - 1):
        p = sums.first_position[i] + k
        bits = dropin_bits(sums, i, p)
        before, after, dose = joint_moves(sums, i, p)
        for m in range(len(before)):
            step = ln_factor[offsets[k] + dose[m]]
            if step == -inf:
                continue
            for earlier in range(n_sets):
                came = messages[at[k] + earlier * n_states[k] + before[m]]
                if came > -inf:
                    later = earlier | bits if dose[m] == 0 else earlier
                    to = at[k + 1] + later * n_states[k + 1] + after[m]
                    messages[to] = _add_ln(messages[to], came + step)
    return messages


@kernel
def draw_paths(sums: Sums, shapes: Shapes, i: int, uniform: Floats) -> Ints:
    """Independent draws of joint genotypes of sum i, given the peaks: copies of each drawer.

    uniform  (draw, position + 1) random numbers from 0 to 1
    Shape (draw, drawer, position). Exact: backward sampling from the forward sums. All draws are
    made in one sweep, so that many cost little more than one.
    """
    offsets, ln_factor = dose_factors(sums, shapes, i)
    at, n_states = _layout(sums, i)
    n_draws, n_positions = len(uniform), len(n_states) - 1
    messages = _forward_of_paths(sums, i, offsets, ln_factor)
    copies = np.zeros((n_draws, sums.n_drawers[i], n_positions), np.int64)
    state = _draw_sets(messages[at[-2] :] + ln_of_dropin_sets(sums, i), uniform[:, n_positions])
    for back in range(n_positions):
        k = n_positions - 1 - back
        p = sums.first_position[i] + k
        before = messages[at[k] : at[k + 1]]
        after = messages[at[k + 1] : at[k + 2]]
        state, dose = _draw_back(
            sums, i, p, ln_factor[offsets[k] : offsets[k + 1]], before, after, state, uniform[:, k]
        )
        _, _, up = steps(sums, i, p)
        for draw in range(n_draws):
            for j in range(sums.n_drawers[i]):
                own = (dose[draw] // up[j]) % sums.n_doses[p, j]
                copies[draw, j, k] = copies_here(sums, p, j, own)
    return copies


@kernel
def _draw_sets(ln_weight: Floats, uniform: Floats) -> Ints:
    """Where each draw ends: the set of replicates with drop-in, by its weight."""
    weight = np.exp(ln_weight - ln_weight.max())
    carried = np.cumsum(weight / weight.sum())
    found = np.searchsorted(carried, uniform)
    last = len(weight) - 1
    while weight[last] == 0.0:
        last -= 1
    return np.minimum(found, last)


@kernel
def _draw_back(
    sums: Sums,
    i: int,
    p: int,
    ln_factor: Floats,
    before: Floats,
    after: Floats,
    state: Ints,
    uniform: Floats,
) -> tuple[Ints, Ints]:
    """One step back for every draw: its (set, joint state) before position p, and its dose there.

    Draws in the same state are put in the order of their random numbers, and handed out as the
    moves into that state add up to them.
    """
    n_sets = _n_sets(sums, i)
    n_before, n_after = len(before) // n_sets, len(after) // n_sets
    order = np.argsort(uniform)
    order = order[np.argsort(state[order], kind="mergesort")]
    first = np.searchsorted(state[order], np.arange(len(after) + 1))
    given = first[:-1].copy()
    carried = np.zeros(len(after))
    came_from, dose_of = np.zeros(len(state), np.int64), np.zeros(len(state), np.int64)
    last_from, last_dose = np.zeros(len(after), np.int64), np.zeros(len(after), np.int64)
    bits = dropin_bits(sums, i, p)
    source, target, dose = joint_moves(sums, i, p)
    for m in range(len(source)):
        for earlier in range(n_sets):
            later = earlier | bits if dose[m] == 0 else earlier
            to, fro = later * n_after + target[m], earlier * n_before + source[m]
            if given[to] == first[to + 1]:
                continue
            weight = exp(before[fro] + ln_factor[dose[m]] - after[to])
            if weight == 0.0:
                continue
            carried[to] += weight
            last_from[to], last_dose[to] = fro, dose[m]
            while given[to] < first[to + 1] and uniform[order[given[to]]] <= carried[to]:
                came_from[order[given[to]]], dose_of[order[given[to]]] = fro, dose[m]
                given[to] += 1
    for to in range(len(after)):  # what rounding has left over
        for place in range(given[to], first[to + 1]):
            came_from[order[place]], dose_of[order[place]] = last_from[to], last_dose[to]
    return came_from, dose_of


@kernel
def _add_ln(one: float, other: float) -> float:
    high, low = max(one, other), min(one, other)
    return high if low == -inf else high + log(1.0 + exp(low - high))
