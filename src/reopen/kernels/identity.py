"""Two typed people, either of whom may be inbred: genotypes given how their alleles descend.

The nine condensed states of identity by descent of Jacquard (1974), of the alleles {x1, x2} of one
person and {y1, y2} of the other. Twin: tests/twins/identity.py.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from reopen.kernels.shapes import Floats, Ints

# The draw that each of x1, x2, y1, y2 is, in the order of Jacquard's states: 1 all four alike,
# 2 each inbred, 3 and 4 the first inbred, 5 and 6 the second, 7 both alleles shared, 8 one, 9 none.
STATES = (
    (0, 0, 0, 0),
    (0, 0, 1, 1),
    (0, 0, 0, 1),
    (0, 0, 1, 2),
    (0, 1, 0, 0),
    (0, 1, 2, 2),
    (0, 1, 0, 1),
    (0, 1, 0, 2),
    (0, 1, 2, 3),
)


def identity_probabilities(
    first: Ints,
    second: Ints,
    frequency: Floats,
    theta: float,
    states: Collection[int] = range(len(STATES)),
) -> Floats:
    """P(both genotypes | state) for many pairs of people at one locus; (pair, state).

    first, second  (pair, 2) allele numbers, in any order; frequency  (allele,), sums to 1
    states  those wanted; the columns of others are 0
    Source: Jacquard 1974, with the urn of Balding and Nichols 1994 for alleles not shared.
    """
    total = np.zeros((len(first), len(STATES)))
    swapped = slice(None, None, -1)
    for x in (first, first[:, swapped]):
        for y in (second, second[:, swapped]):
            alleles = np.hstack([x, y])
            for state in states:
                total[:, state] += _ordered(alleles, STATES[state], frequency, theta)
    # A homozygote's two orders are one.
    orders = np.where(first[:, 0] == first[:, 1], 2, 1) * np.where(
        second[:, 0] == second[:, 1], 2, 1
    )
    return np.asarray(total / orders[:, None])


def _ordered(alleles: Ints, draws: tuple[int, ...], frequency: Floats, theta: float) -> Floats:
    """P of four alleles in order; 0 where one draw would be two alleles."""
    drawn: list[Ints] = []
    possible = np.ones(len(alleles))
    for place, draw in enumerate(draws):
        if draw == len(drawn):
            copies = sum((allele == alleles[:, place] for allele in drawn), np.zeros(len(alleles)))
            chance = copies * theta + (1 - theta) * frequency[alleles[:, place]]
            possible = possible * chance / (1 + (len(drawn) - 1) * theta)
            drawn.append(alleles[:, place])
        else:
            possible = possible * (drawn[draw] == alleles[:, place])
    return np.asarray(possible)
