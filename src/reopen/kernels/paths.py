"""Single joint genotypes instead of their sum: each is one path through the states of a sum.

Copies at the positions fix every drawer's moves, so joint genotypes and paths are one to one. The
factor of a replicate without drop-in, which sums bring in by inclusion and exclusion, is here a
number of the whole path: the set of replicates with drop-in is carried along as bits, and no term
is negative.

Not for: sums over genotypes (`mixtures`), genotypes as records (`weigh`).
"""

from __future__ import annotations

from math import inf, log

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
def ln_of_dropin_sets(sums: Sums, i: int) -> Floats:
    """ln of what a path counts by the set of replicates with drop-in (bits); shape (set,)."""
    values = np.full(_counted(sums, i) + 1, -inf)
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
def paths(sums: Sums, i: int, drawer: int) -> tuple[Ints, Ints]:
    """All ways in which one drawer of sum i may place its copies.

    Returns its dose and its copies at each position; both of shape (way, position).
    """
    start, end = sums.first_position[i], sums.first_position[i + 1]
    n = end - start
    doses, state = np.zeros((1, n), np.int64), np.zeros(1, np.int64)
    for k in range(n):
        p = start + k
        first, n_moves = sums.first_move[p, drawer], sums.n_moves[p, drawer]
        found, after = (
            np.zeros((len(state) * n_moves, n), np.int64),
            np.zeros(len(state) * n_moves, np.int64),
        )
        written = 0
        for way in range(len(state)):
            for move in range(first, first + n_moves):
                if sums.move_before[move] == state[way]:
                    found[written] = doses[way]
                    found[written, k] = sums.move_dose[move]
                    after[written] = sums.move_after[move]
                    written += 1
        doses, state = found[:written].copy(), after[:written].copy()
    copies = np.zeros_like(doses)
    for way in range(len(doses)):
        for k in range(n):
            copies[way, k] = copies_here(sums, start + k, drawer, doses[way, k])
    return doses, copies
