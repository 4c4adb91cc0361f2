"""Exact tests by enumeration in fractions. Twins of `reopen.prove.exact`."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, product
from math import prod


def tables_p(strata: Sequence[tuple[int, int, int, int]]) -> Fraction:
    """P(at least so many marked ones out), by listing every choice of those out.

    strata: (marked_out, marked, others_out, others)
    """
    seen = sum(stratum[0] for stratum in strata)
    counts = []
    for marked_out, marked, others_out, others in strata:
        people = [True] * marked + [False] * others
        choices = list(combinations(people, marked_out + others_out))
        counts.append([sum(choice) for choice in choices])
    every = list(product(*counts))
    return Fraction(sum(sum(each) >= seen for each in every), len(every))


def sum_tail(chances: Sequence[Fraction], least: int) -> Fraction:
    """P(at least so many happen), by listing every outcome."""
    total = Fraction(0)
    for outcome in product((0, 1), repeat=len(chances)):
        if sum(outcome) >= least:
            total += prod(
                (chance if happened else 1 - chance)
                for chance, happened in zip(chances, outcome, strict=True)
            )
    return total
