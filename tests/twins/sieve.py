"""Who reaches a threshold, by adding up each person's values with fractions, nothing given up.

Twin of: kernels/sieve.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf


def exact_sum(codes: Sequence[int], tables: Sequence[Sequence[float]]) -> Fraction | float:
    """The sum without any rounding; -inf where a term is."""
    values = [float(row[code]) for code, row in zip(codes, tables, strict=True)]
    return -inf if -inf in values else sum(map(Fraction, values), Fraction(0))


def reaches(
    people: Sequence[Sequence[int]], tables: Sequence[Sequence[float]], least: float
) -> list[int]:
    """People (each by their codes) whose exact sum is at least `least`."""
    return [k for k, codes in enumerate(people) if exact_sum(codes, tables) >= least]
