"""Short vectors of uncertain people, whose products over loci bound the LR of every two of them.

At a locus the LR is at most sum_g v(g) w(g) P(g) / (c V W), with V = sum_g v(g) P(g), W that of w,
and c = (1 - theta) / ((1 + theta) (1 + 2 theta)): from the urn of Balding and Nichols (1994) no two
alleles come less often than c times what they would without the two seen before. With
x(g) = v(g) sqrt(P(g)) / V that is x . y / c. Genotypes may be put together in classes, each with
the root of the sum of squares: by Cauchy and Schwarz no product becomes smaller. And a mean over
draws of products over n loci is at most the product of the loci's products of power means,
(mean of x^2n)^(1/2n), by Hoelder's inequality for 2n factors. So what is given up by these vectors
cannot reach the threshold. Not for: the LRs themselves (`pairs`).
Source: Hardy, Littlewood and Polya 1934, Inequalities, theorems 7 and 11.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.accelerate import kernel
from reopen.kernels.pairs import Loci, Singles, Traces, number_of, probability
from reopen.kernels.shapes import Floats, Ints

Marks: TypeAlias = NDArray[np.bool_]


def n_classes(groups: int) -> int:
    """Classes of genotypes from groups of alleles: every two groups."""
    return groups * (groups + 1) // 2


@kernel
def bounding_vectors(
    traces: Traces,
    loci: Loci,
    group: Ints,
    groups: int,
    draws: int,
    start: int,
    unit: Singles,
    ln_size: Floats,
) -> None:
    """Fill in each trace's vectors and the logarithm of the product of their lengths over loci.

    group    (locus, allele) the alleles' groups, from 0
    draws    over which LRs are averaged; traces of fewer go round
    start    place of the first trace in what is filled
    unit     (locus, trace, class) of length 1; an entry after the last class is left alone
    ln_size  (trace,); theta's 1/c, the half of it for each of two traces, is in it
    """
    n_loci = len(loci.theta)
    classes = groups * (groups + 1) // 2
    unseen = np.empty(groups)
    for trace in range(len(traces.draws)):
        squares = np.empty((traces.draws[trace], classes))
        ln_size[start + trace] = 0.0
        for locus in range(n_loci):
            _unseen(traces, trace, loci, locus, group, unseen)
            _squares(traces, trace, loci, locus, group[locus], unseen, squares)
            mean = _power_mean(squares, n_loci, draws)
            size = mean.sum()
            unit[locus, start + trace, :classes] = np.sqrt(mean / size)
            theta = loci.theta[locus]
            urn = (1 + theta) * (1 + 2 * theta) / (1 - theta)
            ln_size[start + trace] += 0.5 * np.log(size * urn)


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
) -> None:
    """sum over each class of x(g)^2, (draw, class)."""
    groups, theta = len(unseen), loci.theta[locus]
    n = max(traces.told[trace, locus], 0)
    own = traces.allele[traces.first_allele[trace, locus] :][:n]
    n_values = (n + 1) * (n + 2) // 2
    squares[:] = 0.0
    for draw in range(len(squares)):
        line = squares[draw]
        total = 0.0
        for a in range(n + 1):
            for b in range(a, n + 1):
                v = 1.0
                if traces.told[trace, locus] >= 0:
                    start = traces.first_value[trace, locus] + draw * n_values
                    v = traces.value[start + number_of(a, b, n + 1)]
                if b < n:
                    p, q = loci.frequency[locus, own[a]], loci.frequency[locus, own[b]]
                    x = v * probability(p, q, a == b, theta)
                    line[number_of(group[own[a]], group[own[b]], groups)] += v * x
                    total += x
                    continue
                for h in range(groups):
                    if a < n:
                        p = loci.frequency[locus, own[a]]
                        x = v * probability(p, unseen[h], False, theta)
                        line[number_of(group[own[a]], h, groups)] += v * x
                        total += x
                        continue
                    for k in range(h, groups):
                        x = v * probability(unseen[h], unseen[k], h == k, theta)
                        line[number_of(h, k, groups)] += v * x
                        total += x
        line /= total * total


@kernel
def _power_mean(squares: Floats, power: int, draws: int) -> Floats:
    """(mean of x^2n)^(1/n) from the x^2 of draws that go round; (draw, class) -> (class,)."""
    own, classes = squares.shape
    mean: Floats = squares[0].copy()
    if own == 1:
        return mean
    for c in range(classes):
        top = squares[:, c].max()
        if top == 0:
            mean[c] = 0.0
            continue
        total = 0.0
        for draw in range(own):
            times = draws // own + (draw < draws % own)
            total += times * (squares[draw, c] / top) ** power
        mean[c] = top * (total / draws) ** (1 / power)
    return mean


@kernel
def reach_in_turn(
    one: Singles,
    other: Singles,
    one_budget: Floats,
    other_budget: Floats,
    first: Ints,
    second: Ints,
    order: Ints,
    reach: Marks,
) -> None:
    """Whether pairs may reach the threshold, locus by locus until one is given up.

    one, other  (locus, person, entry) of `arrays.room_for_vectors`
    budgets     (person,) of `arrays.budgets`
    first, second, reach  (pair,)
    """
    for pair in range(len(first)):
        i, j = first[pair], second[pair]
        left = one_budget[i] * other_budget[j]
        for locus in order:
            left *= np.dot(one[locus, i], other[locus, j])
            if left < 1:
                break
        reach[pair] = not left < 1
