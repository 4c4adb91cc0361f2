"""Two uncertain people against each other, pair by pair: exactly, and in vectors that bound it.

People are told by a few alleles and one rest. A rest is an allele whose frequency is that of all
it stands for: urns stay urns when colours are put together, so that sums over genotypes of the
alleles that either person tells apart, and one rest, are those over all genotypes. Not for: matrix
products of many with many (`arrays`), which pairs are worth it (`weigh.pairing`). Twin:
tests/twins/pairs.py.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.accelerate import kernel
from reopen.kernels.shapes import Floats, Ints

Singles: TypeAlias = NDArray[np.float32]


class Traces(NamedTuple):
    """Likelihoods of people at draws, ragged: each has its own alleles at each locus."""

    draws: Ints  # trace
    told: Ints  # (trace, locus); alleles told apart, -1 without data
    first_allele: Ints  # (trace, locus)
    allele: Ints  # flat; place in the locus's table
    first_value: Ints  # (trace, locus)
    value: Floats  # flat (draw, genotype): pairs of told alleles and, last, the rest; largest 1


class Loci(NamedTuple):
    """What a search knows of its loci."""

    frequency: Floats  # (locus, allele), padded by 0
    theta: Floats  # locus


class Room(NamedTuple):
    """Where one locus of two people is laid out, used again and again."""

    place: Ints  # (2, allele); of alleles that either tells apart, and one rest, among each's own
    p: Floats  # allele; their frequencies
    sums: Floats  # (2, allele)


@kernel
def room_for(most: int) -> Room:
    """For loci of so many alleles."""
    n = most + 1
    return Room(np.empty((2, n), dtype=np.int64), np.empty(n), np.empty((2, n)))


@kernel
def to_likelihoods(traces: Traces) -> None:
    """exp of each draw's values less their largest, in place."""
    for trace in range(len(traces.draws)):
        for locus in range(traces.told.shape[1]):
            n = traces.told[trace, locus] + 1
            size = n * (n + 1) // 2
            start = traces.first_value[trace, locus]
            for _ in range(traces.draws[trace]):
                own = traces.value[start : start + size]
                own[:] = np.exp(own - own.max()) if size else own
                start += size


@kernel
def ln_same_person(
    one: Traces, first: Ints, other: Traces, second: Ints, loci: Loci, ln_ratio: Floats
) -> None:
    """ln LR of pairs of traces, the same person against unrelated, at each draw.

    first, second  (pair,) places in `one` and in `other`
    ln_ratio       (pair, draw) is filled; -inf where a locus excludes. Draws are taken side by
                   side, the k-th with the k-th, those of fewer going round
    At a locus sum_g v(g) w(g) P(g) / sum_gh v(g) w(h) P(g) P(h | g), as `compare.same_person_lr`.
    """
    n_loci, most = loci.frequency.shape
    room = room_for(most)
    for pair in range(len(first)):
        i, j = first[pair], second[pair]
        ln_ratio[pair] = 0.0
        for locus in range(n_loci):
            if one.told[i, locus] < 0 or other.told[j, locus] < 0:
                continue
            n = laid_out(one, i, other, j, locus, loci, room)
            for draw in range(ln_ratio.shape[1]):
                ratio = ratio_at(one, i, other, j, locus, draw, n, loci.theta[locus], room)
                ln_ratio[pair, draw] += np.log(ratio)


@kernel
def laid_out(one: Traces, i: int, other: Traces, j: int, locus: int, loci: Loci, room: Room) -> int:
    """Lay a locus out for two traces that both have data there: how many alleles, with the rest.

    Alleles that the first tells apart come first, the rest last.
    """
    mine, others = room.place[0], room.place[1]
    p, frequency = room.p, loci.frequency[locus]
    told, others_told = one.told[i, locus], other.told[j, locus]
    start, others_start = one.first_allele[i, locus], other.first_allele[j, locus]
    rest = 1.0
    for a in range(told):
        p[a] = frequency[one.allele[start + a]]
        mine[a], others[a] = a, others_told
        rest -= p[a]
    n = told
    for b in range(others_told):
        allele = other.allele[others_start + b]
        at = n
        for a in range(told):
            if one.allele[start + a] == allele:
                at = a
        others[at] = b
        if at == n:
            p[n], mine[n] = frequency[allele], told
            rest -= p[n]
            n += 1
    p[n], mine[n], others[n] = max(rest, 0.0), told, others_told
    return int(n + 1)


@kernel
def ratio_at(
    one: Traces,
    i: int,
    other: Traces,
    j: int,
    locus: int,
    draw: int,
    n: int,
    theta: float,
    room: Room,
) -> float:
    """LR of two traces at a locus that is laid out, at a draw; those of fewer go round.

    Genotypes of one, times their probabilities, and of the other are summed by allele: the closed
    form of `compare.unrelated_given_each` under the sum over the other's genotypes.
    """
    mine, others, p = room.place[0], room.place[1], room.p
    copies, beside = room.sums[0], room.sums[1]
    own, others_own = one.told[i, locus] + 1, other.told[j, locus] + 1
    v = one.value[_start(one, i, locus, draw) :]
    w = other.value[_start(other, j, locus, draw) :]
    copies[:n] = 0.0
    beside[:n] = 0.0
    same, of_one, plain, linear, quadratic = 0.0, 0.0, 0.0, 0.0, 0.0
    for a in range(n):
        first, second = mine[a], others[a]
        row = first * own - first * (first - 1) // 2 - first  # mine never descend
        x = v[row + first] * probability(p[a], p[a], True, theta)
        y = w[number_of(second, second, others_own)]
        same += x * y
        of_one += x
        homozygous, with_it, beside_it = y, 2 * x, y * p[a]
        unlike = 2 * (1 - theta) * p[a]
        for b in range(a + 1, n):
            x = v[row + mine[b]] * (unlike * p[b])
            y = w[number_of(second, others[b], others_own)]
            same += x * y
            of_one += x
            with_it += x
            beside_it += y * p[b]
            copies[b] += x
            beside[b] += y * p[a]
        with_it += copies[a]
        beside_it += beside[a]
        plain += (1 - theta) * p[a] * ((1 - theta) * beside_it + theta * homozygous)
        linear += with_it * (2 * (1 - theta) * beside_it + theta * homozygous)
        quadratic += with_it * homozygous
    chance = of_one * plain + theta * linear + theta * theta * (2 * same + quadratic)
    return same * (1 + theta) * (1 + 2 * theta) / chance


@kernel
def _start(traces: Traces, i: int, locus: int, draw: int) -> int:
    """Of a trace's values at a draw."""
    own = traces.told[i, locus] + 1
    return int(traces.first_value[i, locus] + draw % traces.draws[i] * (own * (own + 1) // 2))


@kernel
def number_of(a: int, b: int, n: int) -> int:
    """As `genotypes.number`."""
    low, high = min(a, b), max(a, b)
    return low * n - low * (low - 1) // 2 + (high - low)


@kernel
def probability(p: float, q: float, same: bool, theta: float) -> float:
    """As `genotypes.probabilities`."""
    return p * (theta + (1 - theta) * p) if same else 2 * (1 - theta) * p * q
