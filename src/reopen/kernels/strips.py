"""Products over loci of scalar products, all with all, on a processor: who may reach a threshold.

What `arrays` does with any library's matrix products, in one pass: a few people are multiplied with
a strip of many side by side at a locus, and their products so far, which stay close by, with that;
who is given up by all of a strip is multiplied no further. The same vectors, the same rounding
entry, the same bound. Not for: a GPU (`arrays`). Twin: tests/kernels/test_strips.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from reopen.kernels.accelerate import bounding_kernel
from reopen.kernels.pairs import Singles
from reopen.kernels.shapes import Ints

WIDE = 192
"""People side by side in a strip: a locus of it stays in the first cache."""

_HIGH = 4  # people multiplied with a strip together
_STEP = 4  # entries taken together
_LEAST = np.float32(2.0**-100)  # products are no smaller, or processors slow down
_ONE = np.float32(1)


class Strips(NamedTuple):
    """People and their vectors; as many more without any budget as fill the last strip.

    people  how many there are
    starts  (locus + 1,) a locus's first entry; every locus has as many as are taken together
    rows    flat; locus by locus (person, entry)
    strips  (strip, flat); locus by locus (entry, person of the strip)
    budget  (person,), of `arrays.budgets`
    """

    people: int
    starts: Ints
    rows: Singles
    strips: Singles
    budget: Singles


def in_strips(vectors: Sequence[Singles], budget: Singles, order: Ints) -> Strips:
    """Vectors laid out for `may_reach`.

    vectors  by locus, (person, entry) of `arrays.room_for_vectors`
    budget   (person,)
    order    (person,) places of those who come first, second and so on
    """
    people = len(order)
    n = -(-people // WIDE)
    widths = [-(-own.shape[1] // _STEP) * _STEP for own in vectors]
    starts = np.cumsum([0, *widths], dtype=np.int64)
    rows = np.zeros(n * WIDE * starts[-1], dtype=np.float32)
    strips = np.zeros((n, starts[-1] * WIDE), dtype=np.float32)
    for own, start, width in zip(vectors, starts, widths, strict=False):
        _lay(own, order, width, rows[start * n * WIDE :], strips[:, start * WIDE :])
    every = np.zeros(n * WIDE, dtype=np.float32)
    every[:people] = budget[order]
    return Strips(people, starts, rows, strips, every)


@bounding_kernel
def _lay(own: Singles, order: Ints, width: int, rows: Singles, strips: Singles) -> None:
    """Fill in a locus of the rows and strips, both from its first entry on."""
    for place in range(len(order)):
        vector = own[order[place]]
        strip, column = place // WIDE, place % WIDE
        for entry in range(len(vector)):
            rows[place * width + entry] = vector[entry]
            strips[strip, entry * WIDE + column] = vector[entry]


@bounding_kernel
def may_reach(
    one: Strips, first: int, stop: int, other: Strips, first_strip: int, stop_strip: int
) -> Ints:
    """Pairs that may reach the threshold: (pair, 2), places of the one and of the other.

    first, stop              of the one's people; the first is a multiple of 4
    first_strip, stop_strip  of the other's

    The budget of a pair is multiplied by its product at each locus; below 1 it is given up. A
    budget beyond single precision is infinite and the pair stays, as does anything that is no
    number.
    """
    stop = min(stop, one.people)
    high = (stop - first + _HIGH - 1) // _HIGH
    left = np.empty((high, _HIGH * WIDE), dtype=np.float32)
    products = np.empty(_HIGH * WIDE, dtype=np.float32)
    live = np.empty(high, dtype=np.int64)
    found, n_found = np.empty((1024, 2), dtype=np.int64), 0
    for strip in range(first_strip, min(stop_strip, len(other.strips))):
        n = _begun(one, first, other, strip, left, live)
        for locus in range(len(one.starts) - 1):
            n = _at_locus(one, first, other, strip, locus, left, live[:n], products)
        found = _with_room(found, n_found + n * _HIGH * WIDE)
        n_found = _gathered(one, first, stop, other, strip, left, live[:n], found, n_found)
    return found[:n_found]


@bounding_kernel
def _begun(one: Strips, first: int, other: Strips, strip: int, left: Singles, live: Ints) -> int:
    """Fill in the budgets of pairs, and which four people have one left with anybody; how many."""
    n = 0
    for four in range(len(left)):
        some = 0
        for row in range(_HIGH):
            own = one.budget[first + four * _HIGH + row]
            for k in range(WIDE):
                budget = own * other.budget[strip * WIDE + k]
                left[four, row * WIDE + k] = budget
                some += not budget < _ONE
        if some:
            live[n] = four
            n += 1
    return n


@bounding_kernel
def _at_locus(
    one: Strips,
    first: int,
    other: Strips,
    strip: int,
    locus: int,
    left: Singles,
    live: Ints,
    products: Singles,
) -> int:
    """Multiply what is left by the products at a locus; `live` keeps the fours with something left
    from its beginning on, so many."""
    start, end = one.starts[locus], one.starts[locus + 1]
    people, width = len(one.budget), end - start
    rows = one.rows[start * people : end * people]
    beside = other.strips[strip, start * WIDE : end * WIDE]
    n = 0
    for four in live:
        at = (first + four * _HIGH) * width
        _multiply(rows[at : at + _HIGH * width], width, beside, products)
        some = 0
        for k in range(_HIGH * WIDE):
            now = left[four, k] * products[k]
            left[four, k] = _LEAST if now < _LEAST else now
            some += not now < _ONE
        if some:
            live[n] = four
            n += 1
    return n


@bounding_kernel
def _multiply(rows: Singles, width: int, beside: Singles, products: Singles) -> None:
    """Products of four people with a strip: four entries together, so that they stay in registers.

    rows      flat (four people, entry)
    beside    flat (entry, person of the strip)
    products  flat (four people, person of the strip); filled in
    """
    for entry in range(0, width, _STEP):
        a, b, c, d = _four(rows, entry)
        e, f, g, h = _four(rows, width + entry)
        i, j, k, m = _four(rows, 2 * width + entry)
        n, o, p, q = _four(rows, 3 * width + entry)
        some = beside[entry * WIDE : (entry + _STEP) * WIDE]
        if entry == 0:  # twice the same, since clearing them first takes a tenth longer
            for at in range(WIDE):
                w, x, y, z = some[at], some[WIDE + at], some[2 * WIDE + at], some[3 * WIDE + at]
                products[at] = a * w + b * x + c * y + d * z
                products[WIDE + at] = e * w + f * x + g * y + h * z
                products[2 * WIDE + at] = i * w + j * x + k * y + m * z
                products[3 * WIDE + at] = n * w + o * x + p * y + q * z
            continue
        for at in range(WIDE):
            w, x, y, z = some[at], some[WIDE + at], some[2 * WIDE + at], some[3 * WIDE + at]
            products[at] += a * w + b * x + c * y + d * z
            products[WIDE + at] += e * w + f * x + g * y + h * z
            products[2 * WIDE + at] += i * w + j * x + k * y + m * z
            products[3 * WIDE + at] += n * w + o * x + p * y + q * z


@bounding_kernel
def _four(values: Singles, at: int) -> tuple[float, float, float, float]:
    return values[at], values[at + 1], values[at + 2], values[at + 3]


@bounding_kernel
def _with_room(found: Ints, needed: int) -> Ints:
    """The same with room for so many."""
    if needed <= len(found):
        return found
    more = np.empty((max(needed, 2 * len(found)), 2), dtype=np.int64)
    more[: len(found)] = found
    return more


@bounding_kernel
def _gathered(
    one: Strips,
    first: int,
    stop: int,
    other: Strips,
    strip: int,
    left: Singles,
    live: Ints,
    found: Ints,
    n: int,
) -> int:
    """Write down who is left, from place n on; up to where."""
    for four in live:
        for row in range(_HIGH):
            for k in range(WIDE):
                if left[four, row * WIDE + k] < _ONE:
                    continue
                mine, others = first + four * _HIGH + row, strip * WIDE + k
                if mine < stop and others < other.people:
                    found[n, 0], found[n, 1] = mine, others
                    n += 1
    return n
