"""The sum over genotypes where peaks are seen or not, and heights are not looked at.

Copies drawn from the population are taken in groups: all copies of a group drop out with one
probability, so only how many of them lie at each allele matters. Alleles are gone through one after
the other; what is carried along is how many copies of each group are placed, and which replicates
have had a drop-in so far. Every term is a probability, so nothing cancels. Knows no nouns.

Twin: tests/twins/qualitative.py.
"""

from __future__ import annotations

from math import inf, log
from typing import NamedTuple

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.shapes import Floats, Ints


class SeenOrNot(NamedTuple):
    """One sum: alleles of a locus, the copies drawn, and what does not depend on drop-out.

    State b of a sum stands for copies placed of each group; adding n copies gives state b + n.
    """

    urn: Floats  # (allele, copies); weight of drawing so many copies of an allele
    fixed_reach: Ints  # allele; 1 where a known person carries it
    lost: Ints  # allele; replicates without it
    seen: Ints  # allele; replicates with it
    seen_mask: Ints  # allele; bit r: seen in replicate r
    ln_dropin: Floats  # allele; ln probability that all its peaks are drop-in, 0 if it has none
    n_replicates: int
    ln_no_dropin: float  # of one replicate
    counts: Ints  # (state, group); copies of each group
    ln_ways: Floats  # state; -ln of the product of the factorials of its counts
    before: Ints  # move; state before
    placed: Ints  # move; copies placed, as a state
    ln_constant: float


@kernel
def ln_sum(sums: SeenOrNot, drop: Floats, fixed_drop: Floats) -> float:
    """ln of the probability of what was seen.

    drop        (group,) probability that a copy of the group drops out of a replicate
    fixed_drop  (allele,) probability that all copies of known people drop out
    """
    n_states = len(sums.ln_ways)
    n_masks = 1 << sums.n_replicates
    value = np.zeros((n_masks, n_states))
    value[0, 0] = 1.0
    ln_scale = sums.ln_constant
    for allele in range(len(sums.seen)):
        ln_factor = _ln_factors(sums, drop, fixed_drop[allele], allele)
        top = ln_factor.max()
        if top == -inf:
            return -inf
        value = _placed(sums, value, np.exp(ln_factor - top), allele)
        largest = value.max()
        if not largest > 0.0:
            return -inf
        value /= largest
        ln_scale += top + log(largest)
    total = 0.0
    for mask in range(n_masks):
        without = sums.n_replicates
        for r in range(sums.n_replicates):
            without -= mask >> r & 1
        if value[mask, n_states - 1] > 0.0:
            total += value[mask, n_states - 1] * np.exp(without * sums.ln_no_dropin)
    return ln_scale + log(total) if total > 0.0 else -inf


@kernel
def _ln_factors(sums: SeenOrNot, drop: Floats, fixed_drop: float, allele: int) -> Floats:
    """ln of an allele's factor for every number of copies there; shape (state,)."""
    factors = np.empty(len(sums.ln_ways))
    for state in range(len(factors)):
        copies = 0
        dropped = fixed_drop
        for group in range(len(drop)):
            for _ in range(sums.counts[state, group]):
                dropped *= drop[group]
            copies += sums.counts[state, group]
        if copies == 0 and sums.fixed_reach[allele] == 0:
            ln = sums.ln_dropin[allele]
        else:
            ln = _ln_power(dropped, sums.lost[allele]) + _ln_power(1.0 - dropped, sums.seen[allele])
        weight = sums.urn[allele, copies]
        factors[state] = ln + log(weight) + sums.ln_ways[state] if weight > 0.0 else -inf
    return factors


@kernel
def _ln_power(probability: float, times: int) -> float:
    """ln(probability^times), with 0^0 = 1."""
    if times == 0:
        return 0.0
    return times * log(probability) if probability > 0.0 else -inf


@kernel
def _placed(sums: SeenOrNot, value: Floats, factor: Floats, allele: int) -> Floats:
    """The values after an allele; without a copy there, its peaks are drop-in."""
    after = np.zeros_like(value)
    dropin = sums.seen_mask[allele] if sums.fixed_reach[allele] == 0 else 0
    for mask in range(len(value)):
        for move in range(len(sums.before)):
            before, placed = sums.before[move], sums.placed[move]
            to = mask | dropin if placed == 0 else mask
            after[to, before + placed] += value[mask, before] * factor[placed]
    return after
