"""Two stains share a contributor: the mean LR over their contributors and over draws, one by one.

Twin of: kernels/pairs.py and weigh/pairing.py. The LR at a locus is that of tests/twins/compare.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from math import prod

from tests.twins import compare

from reopen.records import GenotypeLikelihoods, Locus

Draws = Sequence[Sequence[GenotypeLikelihoods]]
Frequencies = Mapping[Locus, Mapping[str, float]]


def every_pair(
    stains: Sequence[Draws], frequencies: Frequencies, theta: float
) -> dict[tuple[int, int], tuple[float, list[float]]]:
    """(one, other) -> the mean LR, and its mean over contributors at each draw."""
    draws = max(len(stain) for stain in stains)
    found = {}
    for one, other in combinations(range(len(stains)), 2):
        at = [_at_draw(stains[one], stains[other], k, frequencies, theta) for k in range(draws)]
        found[one, other] = sum(at) / draws, at
    return found


def _at_draw(one: Draws, other: Draws, k: int, frequencies: Frequencies, theta: float) -> float:
    """The k-th draw of one with the k-th of the other; those of fewer go round."""
    ratios = [
        prod(
            compare.same_person_lr(
                compare.value(a.by_locus[locus]),
                compare.value(b.by_locus[locus]),
                table,
                theta,
            )
            for locus, table in frequencies.items()
            if locus in a.by_locus and locus in b.by_locus
        )
        for a in one[k % len(one)]
        for b in other[k % len(other)]
    ]
    return sum(ratios) / len(ratios)
