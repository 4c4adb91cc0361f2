"""The upper tail of a mean LR over every person there can be, one by one. Twin of: weigh/chance.py,
weigh/tilted.py."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import exp, prod


def probability(
    ratios: Sequence[Sequence[Sequence[float]]],
    chances: Sequence[Sequence[float]],
    shares: Sequence[float],
    least: float,
) -> float:
    """P(the mean over rows of products over loci is at least `least`).

    ratios  by locus, row and genotype, ln LR; chances by locus and genotype; shares by row
    """
    total = 0.0
    for person in product(*(range(len(chance)) for chance in chances)):
        lr = sum(
            share * exp(sum(table[row][g] for table, g in zip(ratios, person, strict=True)))
            for row, share in enumerate(shares)
        )
        if lr >= least * (1 - 1e-9):
            total += prod(chance[g] for chance, g in zip(chances, person, strict=True))
    return total
