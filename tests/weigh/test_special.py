"""Gamma-function arithmetic against SciPy, and where SciPy underflows, against exact series."""

from __future__ import annotations

from decimal import Decimal, localcontext
from math import exp, inf, isclose, lgamma, log

import numpy as np
import pytest
from scipy import special

from reopen.kernels.special import ln_gamma_and_digamma, ln_gamma_cdf

SHAPES = (1e-8, 1e-3, 0.3, 1.0, 2.0, 7.99, 8.0, 25.0, 400.0, 2500.0)


@pytest.mark.parametrize("x", SHAPES)
def test_ln_gamma_and_digamma(x: float) -> None:
    ln_gamma, digamma = ln_gamma_and_digamma(x)
    assert isclose(ln_gamma, lgamma(x), rel_tol=3e-13, abs_tol=3e-13)
    assert isclose(digamma, special.digamma(x), rel_tol=3e-13, abs_tol=3e-13)


def test_known_values() -> None:
    """Gamma(1/2) is the root of pi; digamma(1) is minus Euler's constant."""
    assert isclose(ln_gamma_and_digamma(0.5)[0], log(np.pi) / 2, rel_tol=1e-12)
    assert isclose(ln_gamma_and_digamma(1.0)[1], -np.euler_gamma, rel_tol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("times", [0.01, 0.5, 0.9, 1.0, 1.2, 3.0])
def test_the_distribution_function(shape: float, times: float) -> None:
    x = max(shape * times, 1e-3)
    value, _, in_ln_x = ln_gamma_cdf(shape, x)
    exact = special.gammainc(shape, x)
    if exact > 1e-280:
        assert isclose(value, log(exact), rel_tol=1e-11, abs_tol=1e-11)
        ln_density = shape * log(x) - x - lgamma(shape)
        assert isclose(in_ln_x, exp(ln_density) / exact, rel_tol=1e-9, abs_tol=1e-12)


def test_exponential_law() -> None:
    """Shape 1: P = 1 - exp(-x)."""
    for x in (1e-12, 1e-3, 1.0, 30.0):
        assert isclose(ln_gamma_cdf(1.0, x)[0], log(-np.expm1(-x)), rel_tol=1e-12, abs_tol=5e-13)


def exactly(shape: int, x: float) -> float:
    """ln P(shape, x) for a whole shape, with 400 digits: 1 - exp(-x) sum x^k / k!."""
    with localcontext() as context:
        context.prec = 400
        term, total = Decimal(1), Decimal(0)
        for k in range(shape):
            total += term
            term *= Decimal(x) / (k + 1)
        below = 1 - (-Decimal(x)).exp() * total
        return float(below.ln())


@pytest.mark.parametrize(("shape", "x"), [(100, 0.05), (100, 1.0), (200, 3.0), (50, 1e-3)])
def test_what_is_too_small_for_a_floating_point_number(shape: int, x: float) -> None:
    expected = exactly(shape, x)
    assert expected < -300
    assert isclose(ln_gamma_cdf(float(shape), x)[0], expected, rel_tol=1e-12)


@pytest.mark.parametrize(("shape", "x"), [(2.0, 1_000.0), (0.5, 5e4), (400.0, 3e4), (1e-5, 2e3)])
def test_a_certain_drop_out_has_no_slope(shape: float, x: float) -> None:
    """Far above the peak's own height: P is 1, for all that a floating-point number can tell."""
    value, in_shape, in_ln_x = ln_gamma_cdf(shape, x)
    assert abs(value) < 1e-9
    assert value <= 0
    assert abs(in_shape) < 1e-9
    assert abs(in_ln_x) < 1e-100


@pytest.mark.parametrize("shape", [0.02, 0.7, 3.0, 40.0, 900.0])
@pytest.mark.parametrize("times", [0.02, 0.6, 1.0, 1.4])
def test_slopes_are_the_differences(shape: float, times: float) -> None:
    x = shape * times
    _, in_shape, in_ln_x = ln_gamma_cdf(shape, x)
    h = 1e-4

    def difference(along_shape: float, along_x: float) -> float:
        def at(step: float) -> float:
            return ln_gamma_cdf(shape * exp(step * along_shape), x * exp(step * along_x))[0]

        return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)

    assert isclose(in_shape * shape, difference(1, 0), rel_tol=1e-6, abs_tol=1e-7)
    assert isclose(in_ln_x, difference(0, 1), rel_tol=1e-6, abs_tol=1e-7)


def test_nothing_is_above_one_or_not_a_number() -> None:
    rng = np.random.default_rng(1)
    for shape, x in 10 ** rng.uniform(-6, 3.5, size=(500, 2)):
        found = ln_gamma_cdf(shape, x)
        assert np.isfinite(found).all()
        assert found[0] <= 0 < inf
        assert found[1] <= 1e-9, "more DNA never makes drop-out likelier"
        assert found[2] >= 0, "a higher threshold never makes it less likely"
