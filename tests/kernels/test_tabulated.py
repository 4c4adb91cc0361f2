"""Tabulated functions against SciPy's, over all shapes that fits meet."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest
from scipy.special import digamma, gammaln, hyp1f1, polygamma

from reopen.kernels.special import trigamma
from reopen.kernels.tabulated import (
    LARGEST_SHAPE,
    cdf_cells,
    cdf_table,
    digamma_of_one_more,
    exp_of,
    ln_cdf,
    ln_cdf_slope,
    ln_gamma_of_one_more,
)

SHAPES = (0.0, 1e-12, 1e-3, 0.3, 0.999999, 1.0, 1.5, 7.3, 63.0, 500.1, 8000.0)


@pytest.mark.parametrize("shape", SHAPES)
def test_ln_gamma_and_its_slope(shape: float) -> None:
    assert ln_gamma_of_one_more(shape) == pytest.approx(
        gammaln(1 + shape), rel=1e-12, abs=1e-12 * (1 + shape)
    )
    assert digamma_of_one_more(shape) == pytest.approx(digamma(1 + shape), abs=1e-9)


def test_no_cell_is_worse_than_said() -> None:
    anywhere = np.random.default_rng(1).uniform(0, np.log1p(LARGEST_SHAPE), 20_000)
    for shape in np.expm1(anywhere):
        assert abs(ln_gamma_of_one_more(shape) - gammaln(1 + shape)) < 1e-12 * (1 + shape)


def ln_below(shape: float, x: float) -> float:
    """ln P(shape, x) by its confluent form, which holds below 0 too (DLMF 8.5.1)."""
    return float(shape * log(x) - x - gammaln(shape + 1) + log(hyp1f1(1, shape + 1, x)))


def slope_of(shape: float, x: float, h: float = 1e-3) -> float:
    """Five-point difference; its error is of order h to the fourth."""
    near = ln_below(shape + h, x) - ln_below(shape - h, x)
    far = ln_below(shape + 2 * h, x) - ln_below(shape - 2 * h, x)
    return (8 * near - far) / (12 * h)


@pytest.mark.parametrize("x", [0.02, 0.8, 5.0, 60.0])
def test_ln_cdf_and_its_slope(x: float) -> None:
    table = cdf_table(x, cdf_cells(400.0))
    for shape in (1e-9, 0.01, 0.7, 3.1, 40.0, 399.0):
        assert ln_cdf(shape, table) == pytest.approx(ln_below(shape, x), abs=1e-9 * (1 + shape))
        assert ln_cdf_slope(shape, table) == pytest.approx(slope_of(shape, x), abs=1e-6)
    assert ln_cdf(0.0, table) == 0.0, "nothing leaves no peak"


@pytest.mark.parametrize("x", [0.0, 1e-9, -1e-9, -0.3466, -1.0, -100.5, -699.9, 3.3, 600.0])
def test_exp(x: float) -> None:
    assert exp_of(x) == pytest.approx(exp(x), rel=5e-16)


def test_exp_of_less_than_can_be_told_is_nothing() -> None:
    assert exp_of(-701.0) == 0.0
    assert exp_of(-np.inf) == 0.0


@pytest.mark.parametrize("x", [1e-3, 0.5, 1.0, 7.99, 8.0, 123.4])
def test_trigamma(x: float) -> None:
    assert trigamma(x) == pytest.approx(polygamma(1, x), rel=1e-11)


def test_the_grid_doubles() -> None:
    """The number of cells grows with the logarithm of the largest shape."""
    assert [cdf_cells(2.0**k - 1) for k in range(5)] == [1, 129, 257, 385, 513]
