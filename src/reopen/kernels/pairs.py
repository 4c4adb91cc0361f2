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

    place: Ints  # (2, allele) of either one's own
    p: Floats  # allele
    numbers: Ints  # (2, genotype)
    prior: Floats  # genotype
    marginals: Floats  # (3, allele)


@kernel
def room_for(most: int) -> Room:
    """For loci of so many alleles."""
    n = most + 1
    width = n * (n + 1) // 2
    return Room(
        np.empty((2, n), dtype=np.int64),
        np.empty(n),
        np.empty((2, width), dtype=np.int64),
        np.empty(width),
        np.empty((3, n)),
    )


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
    """Lay a locus out for two traces that both have data there: how many alleles and rest."""
    n = _either_tells(one, i, other, j, locus, loci.frequency[locus], room.place, room.p)
    own, others = one.told[i, locus] + 1, other.told[j, locus] + 1
    _genotypes(n, room.place, own, others, room.p, loci.theta[locus], room.numbers, room.prior)
    return n


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
    """LR of two traces at a locus that is laid out, at a draw; those of fewer go round."""
    v = _values(one, i, locus, draw)
    w = _values(other, j, locus, draw)
    if theta > 0:
        return _ratio(v, w, n, room.numbers, room.prior, room.p, theta, room.marginals)
    return _ratio_at_theta_0(v, w, room.numbers, room.prior, n * (n + 1) // 2)


@kernel
def _values(traces: Traces, i: int, locus: int, draw: int) -> Floats:
    own = traces.told[i, locus] + 1
    size = own * (own + 1) // 2
    start = traces.first_value[i, locus] + draw % traces.draws[i] * size
    return traces.value[start : start + size]


@kernel
def _either_tells(
    one: Traces,
    i: int,
    other: Traces,
    j: int,
    locus: int,
    frequency: Floats,
    place: Ints,
    p: Floats,
) -> int:
    """Alleles that one of two traces tells apart, and the rest: how many.

    place  (2, allele) their places among each one's own, p (allele,) their frequencies
    """
    n = one.told[i, locus]
    rest = 1.0
    mine = one.allele[one.first_allele[i, locus] : one.first_allele[i, locus] + n]
    for a in range(n):
        place[0, a], place[1, a] = a, other.told[j, locus]
        p[a] = frequency[mine[a]]
    start = other.first_allele[j, locus]
    for b in range(other.told[j, locus]):
        allele = other.allele[start + b]
        known = False
        for a in range(one.told[i, locus]):
            if mine[a] == allele:
                place[1, a] = b
                known = True
        if not known:
            place[0, n], place[1, n] = one.told[i, locus], b
            p[n] = frequency[allele]
            n += 1
    for a in range(n):
        rest -= p[a]
    place[0, n], place[1, n] = one.told[i, locus], other.told[j, locus]
    p[n] = max(rest, 0.0)
    return int(n + 1)


@kernel
def _genotypes(
    n: int,
    place: Ints,
    own: int,
    others: int,
    p: Floats,
    theta: float,
    numbers: Ints,
    prior: Floats,
) -> None:
    """Each genotype's number among either one's own, (2, genotype), and its probability."""
    g = 0
    for a in range(n):
        for b in range(a, n):
            numbers[0, g] = number_of(place[0, a], place[0, b], own)
            numbers[1, g] = number_of(place[1, a], place[1, b], others)
            prior[g] = probability(p[a], p[b], a == b, theta)
            g += 1


@kernel
def number_of(a: int, b: int, n: int) -> int:
    """As `genotypes.number`."""
    low, high = min(a, b), max(a, b)
    return low * n - low * (low - 1) // 2 + (high - low)


@kernel
def probability(p: float, q: float, same: bool, theta: float) -> float:
    """As `genotypes.probabilities`."""
    return p * (theta + (1 - theta) * p) if same else 2 * (1 - theta) * p * q


@kernel
def _ratio_at_theta_0(v: Floats, w: Floats, numbers: Ints, prior: Floats, n: int) -> float:
    """LR at one locus and draw of people from one urn without coancestry; n genotypes."""
    same, of_one, of_other = 0.0, 0.0, 0.0
    for g in range(n):
        x, y = v[numbers[0, g]] * prior[g], w[numbers[1, g]]
        same += x * y
        of_one += x
        of_other += y * prior[g]
    return same / (of_one * of_other)


@kernel
def _ratio(
    v: Floats,
    w: Floats,
    n: int,
    numbers: Ints,
    prior: Floats,
    p: Floats,
    theta: float,
    marginals: Floats,
) -> float:
    """LR at one locus and draw, n alleles; the closed form of `compare.unrelated_given_each` under
    the sum over the other's genotypes."""
    copies, diagonal, beside = marginals[0], marginals[1], marginals[2]
    marginals[:, :n] = 0.0
    same, of_one, g = 0.0, 0.0, 0
    for a in range(n):
        diagonal[a] = w[numbers[1, g]]
        for b in range(a, n):
            x, y = v[numbers[0, g]] * prior[g], w[numbers[1, g]]
            same += x * y
            of_one += x
            copies[a] += x
            copies[b] += x
            beside[a] += y * p[b]
            if b > a:
                beside[b] += y * p[a]
            g += 1
    plain, linear, quadratic = 0.0, 0.0, 2 * same
    for a in range(n):
        drawn = (1 - theta) * p[a]
        plain += drawn * ((1 - theta) * beside[a] + theta * diagonal[a])
        linear += copies[a] * (2 * (1 - theta) * beside[a] + theta * diagonal[a])
        quadratic += copies[a] * diagonal[a]
    chance = of_one * plain + theta * linear + theta * theta * quadratic
    return same * (1 + theta) * (1 + 2 * theta) / chance
