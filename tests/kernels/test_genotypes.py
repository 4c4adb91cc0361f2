"""Genotype numbers and probabilities."""

from __future__ import annotations

import numpy as np
import pytest

from reopen.kernels.genotypes import number, pairs, probabilities, square


@pytest.mark.parametrize("n", [1, 2, 3, 17])
def test_numbers_count_the_pairs_in_their_order(n: int) -> None:
    first, second = pairs(n)
    assert len(first) == n * (n + 1) // 2
    assert list(zip(first, second, strict=True)) == [(i, j) for i in range(n) for j in range(i, n)]
    everyone = np.arange(len(first))
    assert (number(first, second, n) == everyone).all()
    assert (number(second, first, n) == everyone).all()


def test_hardy_weinberg_and_nrc_4_4() -> None:
    frequency = np.array([0.2, 0.3, 0.5])
    at_zero = [0.04, 0.12, 0.2, 0.09, 0.3, 0.25]
    np.testing.assert_allclose(probabilities(frequency, 0.0), at_zero)
    # theta 0.1: P(aa) = 0.2 (0.1 + 0.9 x 0.2) = 0.056; P(ab) = 2 x 0.9 x 0.2 x 0.3 = 0.108
    found = probabilities(frequency, 0.1)
    np.testing.assert_allclose(found[:2], [0.056, 0.108])
    np.testing.assert_allclose(found.sum(), 1.0)


def test_squares_are_symmetric() -> None:
    values = np.arange(12.0).reshape(2, 6)
    matrix = square(values, 3)
    assert matrix.shape == (2, 3, 3)
    assert (matrix == matrix.transpose(0, 2, 1)).all()
    first, second = pairs(3)
    assert (matrix[:, first, second] == values).all()
