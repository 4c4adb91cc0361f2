"""The sieve misses nobody: against exact fractions, with tables made to trip it."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.twins.sieve import exact_sum, reaches

from reopen.kernels.kin import add_up
from reopen.kernels.sieve import prepared, sieve, sift

TYPES = (np.uint8, np.uint16)
VALUES = st.one_of(
    st.just(-inf),
    st.sampled_from([0.0, 1.0, -1.0, 0.1, 0.2, 0.3, 1e-300, -1e15, 1e15, 1e9 / 3]),
    st.floats(-60, 20, allow_nan=False),
)


@st.composite
def searches(draw: st.DrawFn) -> tuple[list[np.ndarray], list[np.ndarray], float]:
    """People, tables, and a threshold that is often exactly, or all but, somebody's sum."""
    loci = draw(st.integers(1, 9))
    people = draw(st.integers(1, 30))
    tables, codes = [], []
    for _ in range(loci):
        row = np.array(draw(st.lists(VALUES, min_size=1, max_size=6)))
        found = draw(st.lists(st.integers(0, len(row) - 1), min_size=people, max_size=people))
        tables.append(row)
        codes.append(np.array(found, dtype=draw(st.sampled_from(TYPES))))
    sums = [added(codes, tables, k) for k in range(people)]
    near = draw(st.sampled_from([*sums, 0.0]))
    step = draw(st.sampled_from([-inf, 0.0, inf]))
    least = near if not np.isfinite(near) or step == 0 else float(np.nextafter(near, step))
    return codes, tables, least


def added(codes: list[np.ndarray], tables: list[np.ndarray], person: int) -> float:
    """The person's sum in float64, as searches add it."""
    total = np.zeros(1)
    width = max(map(len, tables))
    padded = np.array([np.pad(row, (0, width - len(row))) for row in tables])
    add_up(np.array([[row[person]] for row in codes], dtype=np.uint16), padded, total)
    return float(total[0])


@given(searches())
@settings(max_examples=400, deadline=None)
def test_nobody_who_reaches_the_threshold_is_missed(
    search: tuple[list[np.ndarray], list[np.ndarray], float],
) -> None:
    codes, tables, least = search
    found = sieve(codes, tables, least).tolist()
    people = [[int(row[k]) for row in codes] for k in range(len(codes[0]))]
    rows = [row.tolist() for row in tables]
    assert set(reaches(people, rows, least)) <= set(found)
    assert {k for k in range(len(people)) if added(codes, tables, k) >= least} <= set(found)
    assert found == sorted(set(found))


@pytest.mark.parametrize("width", TYPES)
@pytest.mark.parametrize("loci", [1, 3, 4, 5, 8, 21])
def test_it_keeps_little_more_than_those_who_reach(width: type, loci: int) -> None:
    rng = np.random.default_rng(loci)
    tables = rng.normal(-2, 3, size=(loci, 200))
    codes = rng.integers(0, 200, size=(loci, 70_001)).astype(width)
    total = sum(table[row] for table, row in zip(tables, codes, strict=True))
    least = float(np.quantile(total, 0.999))
    found = sieve(codes, tables, least)
    budget = tables.max(axis=1).sum() - least
    assert np.isin(np.flatnonzero(total >= least), found).all()
    assert total[found].min() >= least - (loci + 1) * 2.0**-28 * budget - 1e-6


def test_codes_of_both_widths_in_one_search() -> None:
    rng = np.random.default_rng(3)
    sizes = [30, 2000, 90, 250, 700, 40, 55]
    tables = [rng.normal(-1, 2, size=n) for n in sizes]
    codes = [
        rng.integers(0, n, size=5000).astype(np.uint8 if n < 256 else np.uint16) for n in sizes
    ]
    total = sum(table[row] for table, row in zip(tables, codes, strict=True))
    assert np.array_equal(sieve(codes, tables, 3.0), np.flatnonzero(total >= 3.0))


def test_who_is_kept_does_not_depend_on_the_people_it_was_prepared_on() -> None:
    rng = np.random.default_rng(4)
    tables = rng.normal(-1, 2, size=(10, 50))
    some, others = rng.integers(0, 50, size=(2, 10, 3000)).astype(np.uint8)
    one, two = prepared(some, tables, 2.0), prepared(others * 0, tables, 2.0)
    assert [step.loci for step in one.steps] != [step.loci for step in two.steps]
    assert np.array_equal(sift(others, one), sift(others, two))


def test_ties_with_the_threshold_are_kept() -> None:
    tables = [np.array([0.1, -inf]), np.array([0.2, 0.1]), np.array([0.3, -5.0])]
    codes = np.array([[0, 0, 1], [0, 1, 0], [0, 0, 0]], dtype=np.uint8)
    assert sieve(codes, tables, 0.1 + 0.2 + 0.3).tolist() == [0]
    assert sieve(codes, tables, 0.5).tolist() == [0, 1]


def test_edges() -> None:
    codes = np.zeros((2, 3), dtype=np.uint8)
    finite, excluded = np.zeros((2, 4)), np.full((2, 4), -inf)
    assert sieve(codes, finite, 0.0).tolist() == [0, 1, 2]
    assert sieve(codes, finite, 1e-3).tolist() == []
    assert sieve(codes, excluded, 0.0).tolist() == []
    assert sieve(codes, excluded, -inf).tolist() == [0, 1, 2]
    assert sieve(codes[:, :0], finite, 0.0).tolist() == []
    assert sieve(codes[:0], finite[:0], 0.0).tolist() == []
    assert exact_sum([0], [[-inf]]) == -inf
