"""Short vectors of uncertain people, whose products over loci bound the LR of every two of them.

At a locus the LR is at most sum_g v(g) w(g) P(g) / (c V W), with V = sum_g v(g) P(g), W that of w,
and c = (1 - theta) / ((1 + theta) (1 + 2 theta)): from the urn of Balding and Nichols (1994) no two
alleles come less often than c times what they would without the two seen before. With
x(g) = v(g) sqrt(P(g)) / V that is x . y / c. Genotypes may be put together in classes, each with
the root of the sum of squares: by Cauchy and Schwarz no product becomes smaller. So what is given
up by these vectors cannot reach the threshold. For people at one draw of their stain's parameters.
Not for: the LRs themselves (`pairs`).
Source: Hardy, Littlewood and Polya 1934, Inequalities, theorem 7.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.accelerate import bounding_kernel, kernel
from reopen.kernels.pairs import (
    Loci,
    Room,
    Singles,
    Traces,
    laid_out,
    number_of,
    probability,
    ratio_at,
    room_for,
)
from reopen.kernels.shapes import Floats, Ints

Marks: TypeAlias = NDArray[np.bool_]


class Side(NamedTuple):
    """People at one draw each, with what bounds their LRs."""

    traces: Traces
    unit: Singles  # (person, entry), each as `arrays.room_for_vectors` has it, locus by locus
    length: Floats  # (locus, person)
    budget: Floats  # person; of `arrays.budgets`


def n_classes(groups: int) -> int:
    """Classes of genotypes from groups of alleles: every two groups."""
    return groups * (groups + 1) // 2


@kernel
def bounding_vectors(
    traces: Traces, loci: Loci, group: Ints, starts: Ints, unit: Singles, length: Floats
) -> None:
    """Fill in each trace's vectors and their lengths.

    traces  at one draw each
    group   (locus, allele) the alleles' groups, from 0
    starts  (locus + 1,) a locus's first entry, of one for every two groups and one left alone
    unit    (trace, entry) of length 1 at each locus
    length  (locus, trace); the root of theta's 1/c is in it
    """
    groups = group.max() + 1 if len(group) else 1
    all_unseen, all_squares = np.empty(groups), np.empty(groups * (groups + 1) // 2)
    for trace in range(len(traces.draws)):
        for locus in range(len(loci.theta)):
            start, classes = starts[locus], starts[locus + 1] - starts[locus] - 1
            unseen, squares = all_unseen[: group[locus].max() + 1], all_squares[:classes]
            _unseen(traces, trace, loci, locus, group, unseen)
            total = _squares(traces, trace, loci, locus, group[locus], unseen, squares)
            size = squares.sum()
            for entry in range(classes):
                unit[trace, start + entry] = np.sqrt(squares[entry] / size)
            theta = loci.theta[locus]
            urn = (1 + theta) * (1 + 2 * theta) / (1 - theta)
            length[locus, trace] = np.sqrt(size * urn) / total


@kernel
def _unseen(
    traces: Traces, trace: int, loci: Loci, locus: int, group: Ints, unseen: Floats
) -> None:
    """Frequency, by group, of the alleles that a trace does not tell apart."""
    unseen[:] = 0.0
    for allele in range(loci.frequency.shape[1]):
        unseen[group[locus, allele]] += loci.frequency[locus, allele]
    start = traces.first_allele[trace, locus]
    for k in range(traces.told[trace, locus]):
        allele = traces.allele[start + k]
        unseen[group[locus, allele]] -= loci.frequency[locus, allele]
    for own in range(len(unseen)):
        unseen[own] = max(unseen[own], 0.0)


@kernel
def _squares(
    traces: Traces,
    trace: int,
    loci: Loci,
    locus: int,
    group: Ints,
    unseen: Floats,
    squares: Floats,
) -> float:
    """Fill in the sum over each class of v(g)^2 P(g), (class,); the sum of v(g) P(g)."""
    groups, theta = len(unseen), loci.theta[locus]
    n = max(traces.told[trace, locus], 0)
    own = traces.allele[traces.first_allele[trace, locus] :][:n]
    value = traces.value[traces.first_value[trace, locus] :]
    squares[:] = 0.0
    rest, total, g = unseen.sum(), 0.0, 0
    for a in range(n):
        p = loci.frequency[locus, own[a]]
        for b in range(a, n):
            q = loci.frequency[locus, own[b]]
            x = value[g] * probability(p, q, a == b, theta)
            squares[number_of(group[own[a]], group[own[b]], groups)] += value[g] * x
            total += x
            g += 1
        for h in range(groups):
            x = value[g] * probability(p, unseen[h], False, theta)
            squares[number_of(group[own[a]], h, groups)] += value[g] * x
        total += value[g] * probability(p, rest, False, theta)
        g += 1
    v = value[g] if traces.told[trace, locus] >= 0 else 1.0
    for h in range(groups):
        row = number_of(h, h, groups) - h
        for k in range(h, groups):
            squares[row + k] += v * v * probability(unseen[h], unseen[k], h == k, theta)
    return total + v * probability(rest, rest, True, theta)


@bounding_kernel
def reach_in_turn(
    one: Side,
    other: Side,
    first: Ints,
    second: Ints,
    loci: Loci,
    starts: Ints,
    order: Ints,
    reach: Marks,
) -> None:
    """Whether pairs reach the threshold: by bounds, locus by locus until one is given up, then by
    LRs that take the place of the bounds, the largest first, again until one is given up.

    first, second, reach  (pair,) places on either side
    starts                as in `bounding_vectors`
    order                 of the loci
    """
    bound, room = np.empty(len(order)), room_for(loci.frequency.shape[1])
    mine, others = one.traces, other.traces
    for pair in range(len(first)):
        i, j = first[pair], second[pair]
        left = one.budget[i] * other.budget[j]
        for locus in order:
            entries = slice(starts[locus], starts[locus + 1])
            bound[locus] = _product(one.unit[i, entries], other.unit[j, entries])
            left *= bound[locus]
            if left < 1:
                break
        if not left < 1:
            for locus in order:
                bound[locus] *= one.length[locus, i] * other.length[locus, j]
            for locus in np.argsort(-bound):
                left *= _ratio(mine, i, others, j, locus, loci, room) / bound[locus]
                if left < 1:
                    break
        reach[pair] = not left < 1


@bounding_kernel
def _product(one: Singles, other: Singles) -> float:
    total = np.float32(0)
    for entry in range(len(one)):
        total += one[entry] * other[entry]
    return float(total)


@kernel
def _ratio(one: Traces, i: int, other: Traces, j: int, locus: int, loci: Loci, room: Room) -> float:
    """LR at a locus, 1 without data."""
    if one.told[i, locus] < 0 or other.told[j, locus] < 0:
        return 1.0
    n = laid_out(one, i, other, j, locus, loci, room)
    return ratio_at(one, i, other, j, locus, 0, n, loci.theta[locus], room)
