"""Two related people as sums over ordered alleles drawn from an urn, one person's allele at a time.

Sources: Thompson 1975 (alleles identical by descent); Balding and Nichols 1994 (the urn). Twin of:
kernels/kin.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations_with_replacement, product

from tests.twins.compare import Pair, draw

Matrix = Mapping[tuple[str, str], float]


def urn(alleles: Sequence[str], frequency: Mapping[str, float], theta: float) -> float:
    """P of drawing these alleles one after another."""
    seen: Counter[str] = Counter()
    total = 1.0
    for allele in alleles:
        total *= draw(allele, seen, frequency, theta)
        seen[allele] += 1
    return total


def related(
    v: Callable[[Pair], float],
    h: Pair,
    ibd: Sequence[float],
    frequency: Mapping[str, float],
    theta: float,
) -> float:
    """sum_g v(g) P(g, h | related): both people's four alleles, some of them one draw."""
    total = 0.0
    for k, (one, other) in zip(
        (ibd[0], ibd[1], ibd[2]),
        (((0, 1), (2, 3)), ((0, 1), (0, 2)), ((0, 1), (0, 1))),
        strict=True,
    ):
        draws = 1 + max(*one, *other)
        for alleles in product(frequency, repeat=draws):
            if sorted(alleles[i] for i in other) == sorted(h):
                g = (alleles[one[0]], alleles[one[1]])
                total += k * v(g) * urn(alleles, frequency, theta)
    return total


def parent_and_child(
    v: Callable[[Pair], float],
    h: Pair,
    frequency: Mapping[str, float],
    theta: float,
    handed: Matrix,
    other: Matrix,
    *,
    first_is_parent: bool,
) -> float:
    """sum_g v(g) P(g, h), one the parent of the other, every allele mutating as it is handed on."""
    total = 0.0
    for a, b, x in product(frequency, repeat=3):
        founders = urn((a, b, x), frequency, theta)
        for kept, c, d in product((a, b), frequency, frequency):
            weight = founders * 0.5 * handed[kept, c] * other[x, d]
            parent, child = (a, b), (c, d)
            g, found = (parent, child) if first_is_parent else (child, parent)
            if sorted(found) == sorted(h):
                total += v(g) * weight
    return total


def genotypes(frequency: Mapping[str, float]) -> list[Pair]:
    return list(combinations_with_replacement(frequency, 2))
