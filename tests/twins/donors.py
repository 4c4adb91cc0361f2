"""Traces of one donor, of two, of several, as sums over genotypes and over alleles from an urn.

Sources: Balding and Nichols 1994 (the urn); Thompson 1975 (alleles identical by descent). Twin of:
kernels/donors.py and weigh/one_donor.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations_with_replacement, product
from math import log, prod

from tests.twins.compare import Pair, Value, probability
from tests.twins.kin import related

Table = Mapping[str, float]


def one_donor(traces: Sequence[Value], frequency: Table, theta: float) -> float:
    """sum_g P(g) prod_t v_t(g)."""
    return sum(
        probability(g, Counter(), frequency, theta) * prod(v(g) for v in traces)
        for g in combinations_with_replacement(frequency, 2)
    )


def two_donors(
    one: Sequence[Value],
    other: Sequence[Value],
    ibd: Sequence[float],
    frequency: Table,
    theta: float,
) -> float:
    """sum_gh P(g, h | related) prod v(g) prod w(h); related takes its sum over g."""

    def first(g: Pair) -> float:
        return prod(v(g) for v in one)

    return sum(
        related(first, h, ibd, frequency, theta) * prod(w(h) for w in other)
        for h in combinations_with_replacement(frequency, 2)
    )


def in_turn(blocks: Sequence[Sequence[Value]], frequency: Table, theta: float) -> float:
    """sum_g P(g) w(g) prod over the others, in turn, of sum_h x(h) P(h | g as often as before)."""
    genotypes = list(combinations_with_replacement(frequency, 2))
    first, *others = blocks
    return sum(
        probability(g, Counter(), frequency, theta)
        * prod(v(g) for v in first)
        * prod(
            sum(
                probability(h, Counter(g * n), frequency, theta) * prod(w(h) for w in other)
                for h in genotypes
            )
            for n, other in enumerate(others, start=1)
        )
        for g in genotypes
    )


def information(block: Sequence[Value], frequency: Table, theta: float) -> float:
    """Divergence of the posterior of a genotype from its prior, in nats."""
    total = one_donor(block, frequency, theta)
    found = 0.0
    for g in combinations_with_replacement(frequency, 2):
        prior = probability(g, Counter(), frequency, theta)
        posterior = prior * prod(v(g) for v in block) / total
        if posterior > 0:
            found += posterior * log(posterior / prior)
    return found


def urn_of_all(blocks: Sequence[Sequence[Value]], frequency: Table, theta: float) -> float:
    """Different, unrelated donors, the alleles of all of them drawn from one urn."""
    genotypes = list(combinations_with_replacement(frequency, 2))
    total = 0.0
    for people in product(genotypes, repeat=len(blocks)):
        seen: Counter[str] = Counter()
        value = 1.0
        for g, block in zip(people, blocks, strict=True):
            value *= probability(g, seen, frequency, theta) * prod(v(g) for v in block)
            seen.update(g)
        total += value
    return total


def partitions(things: Sequence[int]) -> Iterator[list[list[int]]]:
    """Every way to divide things into groups."""
    if not things:
        yield []
        return
    first, rest = things[0], things[1:]
    for groups in partitions(rest):
        yield [[first], *groups]
        for k, group in enumerate(groups):
            yield [*groups[:k], [first, *group], *groups[k + 1 :]]
