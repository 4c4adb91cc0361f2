"""People in strips: nobody who may reach the threshold is lost, against double precision.

`kept_plainly` is the slow twin of kernels/strips.py: product by product, in double precision.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from reopen.kernels import strips
from reopen.kernels.arrays import ArrayLibrary, budgets, may_reach, room_for_vectors
from reopen.kernels.pairs import Singles
from reopen.kernels.shapes import Floats

NUMPY = cast(ArrayLibrary, np)
Pairs = set[tuple[int, int]]


def vectors(rng: np.random.Generator, people: int, entries: list[int]) -> list[Singles]:
    """By locus, of length 1 and with the entry for rounding; some entries are 0."""
    found = []
    for n in entries:
        values = np.exp(rng.normal(0, 4, (people, n))) * (rng.random((people, n)) < 0.7)
        values[:, 0] += 1e-9
        room = room_for_vectors(people, n)
        room[:, :-1] = values / np.linalg.norm(values, axis=1, keepdims=True)
        found.append(room)
    return found


def kept_plainly(
    one: list[Singles], other: list[Singles], ln: list[Floats], loose: float = 0.0
) -> Pairs:
    """Pairs whose sizes times their scalar products at all loci are at least 1, with each product
    raised by what rounding may be and all by a hair where that is loose."""
    total = ln[0][:, None] + ln[1] + 0.01 * loose
    with np.errstate(divide="ignore"):
        for mine, others in zip(one, other, strict=True):
            a, b = mine[:, :-1].astype(np.float64), others[:, :-1].astype(np.float64)
            total += np.log(np.einsum("ie,je->ij", a, b) + loose * 4e-6)
    return {(int(i), int(j)) for i, j in zip(*np.nonzero(total >= 0), strict=True)}


def laid(of: list[Singles], ln: Floats, order: np.ndarray | None = None) -> strips.Strips:
    return strips.in_strips(of, budgets(ln, 0.0), np.arange(len(ln)) if order is None else order)


def in_parts(one: strips.Strips, other: strips.Strips, rows: int, columns: int) -> Pairs:
    found: Pairs = set()
    for first in range(0, one.people, rows):
        for strip in range(0, len(other.strips), columns):
            some = strips.may_reach(one, first, first + rows, other, strip, strip + columns)
            pairs = {(int(i), int(j)) for i, j in some}
            assert len(pairs) == len(some)
            assert not pairs & found, "each pair once"
            found |= pairs
    return found


SIZES = [(1, 1), (3, 5), (60, 50), (strips.WIDE, 2 * strips.WIDE), (401, 333)]


@pytest.mark.parametrize(("mine", "others"), SIZES)
def test_who_may_reach_is_kept_and_nearly_nobody_else(mine: int, others: int) -> None:
    """Whatever the loci's entries, and in whichever parts the people are taken."""
    rng = np.random.default_rng(mine)
    entries = [1, 2, 3, 4, 7, 28, 29]
    one, other = vectors(rng, mine, entries), vectors(rng, others, entries)
    ln = [rng.uniform(0, 14, mine), rng.uniform(0, 14, others)]
    must = kept_plainly(one, other, ln)
    may = kept_plainly(one, other, ln, loose=1.0)
    found = in_parts(laid(one, ln[0]), laid(other, ln[1]), mine + 3, 1 << 20)
    assert must <= found <= may
    assert found == in_parts(laid(one, ln[0]), laid(other, ln[1]), 8, 1)
    if mine * others > 1000:
        assert 0.02 < len(must) / (mine * others) < 0.9


def test_people_are_taken_in_the_order_asked_for() -> None:
    rng = np.random.default_rng(5)
    one, other = vectors(rng, 90, [5, 9]), vectors(rng, 300, [5, 9])
    ln = [rng.uniform(0, 3, 90), rng.uniform(0, 3, 300)]
    rows, columns = rng.permutation(90), rng.permutation(300)
    plainly = in_parts(laid(one, ln[0]), laid(other, ln[1]), 16, 1)
    found = in_parts(laid(one, ln[0], rows), laid(other, ln[1], columns), 16, 1)
    assert {(int(rows[i]), int(columns[j])) for i, j in found} == plainly
    assert 100 < len(plainly) < 26_000


def test_it_keeps_whom_a_library_keeps() -> None:
    rng = np.random.default_rng(6)
    entries = [int(n) for n in rng.integers(3, 40, 21)]
    people = vectors(rng, 500, entries)
    ln = rng.uniform(0, 45, 500)
    half = budgets(ln, 0.0)
    of_library = may_reach(NUMPY, people, people, half, half)  # type: ignore[arg-type]
    expected = set(zip(*map(np.ndarray.tolist, of_library), strict=True))
    own = laid(people, ln)
    found = in_parts(own, own, 100, 2)
    assert found <= expected, "a library may leave the last loci out"
    assert len(kept_plainly(people, people, [ln, ln]) - found) == 0
    assert len(found) > 500


def test_what_is_beyond_single_precision_stays_and_nobody_is_invented() -> None:
    """Infinite budgets, what is no number, and the empty places of the last strip."""
    rng = np.random.default_rng(7)
    one, other = vectors(rng, 6, [4, 4, 4]), vectors(rng, 5, [4, 4, 4])
    ln = [np.array([0.0, 0.0, 0.0, 0.0, 400.0, 800.0]), np.array([-9.0, -9.0, -9.0, 400.0, 0.0])]
    found = in_parts(laid(one, ln[0]), laid(other, ln[1]), 4, 1)
    assert {(i, 3) for i in range(6)} | {(i, j) for i in (4, 5) for j in range(5)} <= found
    assert all(i < 6 and j < 5 for i, j in found)
    assert (0, 0) not in found
    one[1][0] = np.nan
    assert {(0, j) for j in range(5)} <= in_parts(laid(one, ln[0]), laid(other, ln[1]), 4, 1)


def test_products_stay_far_from_those_that_are_slow() -> None:
    """Thirty loci at which two people have nothing in common, and one who has a budget."""
    unlike = np.array([[1.0, 0.0], [0.0, 1.0]], dtype=np.float32)
    room = room_for_vectors(2, 2)
    room[:, :-1] = unlike
    own = laid([room] * 30, np.array([40.0, 40.0]))
    assert in_parts(own, own, 4, 1) == {(0, 0), (1, 1)}
