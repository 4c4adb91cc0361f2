"""Who reaches a threshold: each person's values added as fractions; means of LRs as written.

Twin of: kernels/sieve.py, weigh/sifting.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import exp, inf


def exact_sum(codes: Sequence[int], tables: Sequence[Sequence[float]]) -> Fraction | float:
    """The sum without any rounding; -inf where a term is."""
    values = [float(row[code]) for code, row in zip(codes, tables, strict=True)]
    return -inf if -inf in values else sum(map(Fraction, values), Fraction(0))


def reaches(
    people: Sequence[Sequence[int]], tables: Sequence[Sequence[float]], least: float
) -> list[int]:
    """People (each by their codes) whose exact sum is at least `least`."""
    return [k for k, codes in enumerate(people) if exact_sum(codes, tables) >= least]


def mean_lr(codes: Sequence[int], rows: Sequence[Sequence[Sequence[float]]]) -> float:
    """Mean over rows (each a table by locus) of the product of exp(value) over loci."""
    products = []
    for tables in rows:
        product = 1.0
        for code, row in zip(codes, tables, strict=True):
            product *= exp(row[code])
        products.append(product)
    return sum(products) / len(products)
