"""Genotypes that the same people may have are put together, by the least growth of the product."""

from __future__ import annotations

import numpy as np
import pytest

from reopen.kernels.arrays import room_for_vectors
from reopen.kernels.pair_classes import classes_of, put_together
from reopen.kernels.pairs import Singles


def squares(*people: list[float]) -> Singles:
    """(entry, person) of people who may have these genotypes, as (person, entry)."""
    return np.array(people, dtype=np.float32).T.copy()


def test_what_the_same_people_have_is_one_class_for_free() -> None:
    """Two people who are either 0 or 2, two who are 1 or 3: 0 with 2 and 1 with 3 lose nothing,
    as (sqrt(1/2) + sqrt(1/2))^2 / 2 is not less than 1: such a merge makes products larger; but
    0 with 1 doubles the product of people who had nothing in common."""
    told = squares([0.5, 0, 0.5, 0], [0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, 0.5, 0, 0.5])
    assert classes_of(told, 0.01).tolist() == [0, 1, 0, 1]


def test_the_cheapest_first() -> None:
    """Mean entries of people who are sure: shares 1/2, 1/4, 1/8, 1/8. Joining two shares p and q
    adds 2 p q to the sum of squares 22/64, so that the two last go first, at 2/64."""
    sure = [[1, 0, 0, 0]] * 4 + [[0, 1, 0, 0]] * 2 + [[0, 0, 1, 0], [0, 0, 0, 1]]
    told = squares(*[list(map(float, person)) for person in sure])
    assert classes_of(told, 0.09).tolist() == [0, 1, 2, 3], "2/22 is more"
    assert classes_of(told, 0.095).tolist() == [0, 1, 2, 2]
    # then 24/64: the two of a quarter for 8/64 = 1/3
    assert classes_of(told, 0.33).tolist() == [0, 1, 2, 2]
    assert classes_of(told, 0.34).tolist() == [0, 1, 1, 1]
    assert classes_of(told, 10.0).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("dear", [0.001, 0.1, 1.0])
def test_shorter_vectors_keep_their_length_and_lose_no_product(dear: float) -> None:
    rng = np.random.default_rng(3)
    unit = room_for_vectors(50, 20)
    values = rng.random((50, 20)) * (rng.random((50, 20)) < 0.4) + 1e-9
    unit[:, :-1] = values / np.linalg.norm(values, axis=1, keepdims=True)
    classes = classes_of(np.square(unit[:, :-1]).T.copy(), dear)
    assert sorted(set(classes.tolist())) == list(range(classes.max() + 1))
    short = put_together(unit, classes)
    assert short.shape[1] == classes.max() + 2
    np.testing.assert_allclose(np.linalg.norm(short[:, :-1], axis=1), 1, atol=1e-6)
    exact = unit[:, :-1].astype(np.float64) @ unit[:, :-1].T.astype(np.float64)
    assert (short @ short.T >= exact).all()
