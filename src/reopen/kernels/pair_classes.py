"""Which genotypes to put together, so that short vectors bound nearly as well as long ones.

The longer a vector, the longer a product of two takes; the shorter, the more pairs it leaves.
Genotypes that the same people may have are put together first: they cost the least. Any classes
keep the bound (`pair_bounds`), so that a few people may say which. Not for: what people are told
by at all.
"""

from __future__ import annotations

import numpy as np

from reopen.kernels.accelerate import bounding_kernel
from reopen.kernels.arrays import room_for_vectors
from reopen.kernels.pairs import Singles
from reopen.kernels.shapes import Floats, Ints


def put_together(unit: Singles, classes: Ints) -> Singles:
    """Shorter vectors of length 1: the entries of each class as the root of the sum of squares.

    unit     (person, entry + 1) of `arrays.room_for_vectors` at one locus
    classes  (entry,) of each, from 0, every one met
    By Cauchy and Schwarz no product becomes smaller.
    """
    short = room_for_vectors(len(unit), int(classes.max()) + 1)
    _add_up(unit, classes, short)
    return short


@bounding_kernel
def _add_up(unit: Singles, classes: Ints, short: Singles) -> None:
    squares = np.empty(short.shape[1] - 1)
    for person in range(len(unit)):
        squares[:] = 0.0
        for entry in range(len(classes)):
            own = float(unit[person, entry])
            squares[classes[entry]] += own * own
        for entry in range(len(squares)):
            short[person, entry] = np.sqrt(squares[entry])


@bounding_kernel
def classes_of(squares: Singles, dear: float) -> Ints:
    """The class of each entry, from 0; (person, entry) -> (entry,).

    squares  of the entries of vectors, of some people; (entry, person)
    dear     how much, as a share of itself, the mean product of two people may grow by each class
             that is saved

    Two classes are joined as long as that is cheap, those first by which the mean product of two
    people, the sum over classes of the mean entry's square, grows least.
    """
    n = len(squares)
    held = squares.copy()
    own = np.arange(n)
    mean = np.empty(n)
    for a in range(n):
        mean[a] = np.sqrt(held[a]).mean()
    least, partner = np.full(n, np.inf), np.zeros(n, dtype=np.int64)
    for a in range(n):
        _ask(held, mean, own, a, least, partner)
    product = (mean * mean).sum()
    while True:
        a = int(least.argmin())
        if not least[a] <= dear * product:
            break
        b = int(partner[a])
        product += least[a]
        held[a] += held[b]
        mean[a] = np.sqrt(held[a]).mean()
        own[own == b] = a
        least[b] = np.inf
        for c in range(n):
            if own[c] == c and (c == a or partner[c] == a or partner[c] == b):
                _ask(held, mean, own, c, least, partner)
    return _from_0(own)


@bounding_kernel
def _ask(held: Singles, mean: Floats, own: Ints, a: int, least: Floats, partner: Ints) -> None:
    """With which later class it is cheapest to join one, and what that costs."""
    least[a] = np.inf
    for b in range(a + 1, len(mean)):
        if own[b] != b:
            continue
        joined = np.float32(0)
        for person in range(held.shape[1]):
            joined += np.sqrt(held[a, person] + held[b, person])
        joined /= held.shape[1]
        cost = joined * joined - mean[a] * mean[a] - mean[b] * mean[b]
        if cost < least[a]:
            least[a], partner[a] = cost, b


@bounding_kernel
def _from_0(own: Ints) -> Ints:
    """Classes numbered in the order of their first entries."""
    number = np.empty_like(own)
    n = 0
    for entry in range(len(own)):
        if own[entry] == entry:
            number[entry] = n
            n += 1
        else:
            number[entry] = number[own[entry]]
    return number
