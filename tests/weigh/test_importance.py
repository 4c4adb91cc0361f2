"""Importance sampling: integrals known from calculus, errors that are honest, seeds that hold."""

from __future__ import annotations

import itertools
from math import inf, lgamma, log, pi

import numpy as np
import pytest
from scipy.special import logsumexp

from reopen.weigh.importance import Proposal, Sizes, around, integrate

Floats = np.ndarray
SIZES = Sizes(points=256, most=8192, target=0.02)


def plain(d: int, centre: float = 0.0, spread: float = 1.0) -> Proposal:
    return around([(np.full(d, centre), np.eye(d) * spread**2, 1.0)], np.eye(d)[None])


def gammas(powers: Floats) -> object:
    """ln of the product of exp(a x - exp(x)), whose integral over the line is Gamma(a)."""

    def function(point: Floats) -> tuple[float, Floats]:
        return float((powers * point - np.exp(point)).sum()), point

    return function


def test_a_conjugate_model() -> None:
    """Normal data with a normal prior of their mean: the evidence is in every textbook."""
    rng = np.random.default_rng(5)
    data = rng.normal(1.5, 1.0, size=(20, 3))
    prior = 4.0

    def function(point: Floats) -> tuple[float, Floats]:
        likelihood = -0.5 * ((data - point) ** 2).sum() - data.size / 2 * log(2 * pi)
        belief = -0.5 * (point**2).sum() / prior - 1.5 * log(2 * pi * prior)
        return float(likelihood + belief), point

    n = len(data)
    covariance = np.eye(n) + prior
    exact = sum(
        -0.5 * column @ np.linalg.solve(covariance, column)
        - 0.5 * np.linalg.slogdet(covariance)[1]
        - n / 2 * log(2 * pi)
        for column in data.T
    )
    drawn = integrate(function, plain(3, 1.0), SIZES, seed=1)
    assert drawn.relative_error <= 0.02
    assert drawn.ln_integral == pytest.approx(exact, abs=4 * drawn.relative_error)
    weights = np.exp(drawn.ln_weights - logsumexp(drawn.ln_weights))
    mean = data.sum(axis=0) * prior / (n * prior + 1)
    assert weights @ drawn.points == pytest.approx(mean, abs=0.05)
    assert np.array_equal(drawn.beside, drawn.points)


@pytest.mark.parametrize(("centre", "spread"), [(0.0, 1.0), (-2.0, 0.5), (2.0, 4.0)])
def test_a_proposal_in_the_wrong_place_is_moved(centre: float, spread: float) -> None:
    powers = np.array([0.7, 3.0, 20.0])
    exact = sum(lgamma(a) for a in powers)
    drawn = integrate(gammas(powers), plain(3, centre, spread), SIZES, seed=2)
    assert drawn.relative_error <= 0.02
    assert drawn.ln_integral == pytest.approx(exact, abs=5 * drawn.relative_error)
    assert drawn.effective > 200


def places(n: int) -> Floats:
    """Permutations of n shares, as maps of their logarithms against the last one's."""
    maps = []
    for order in itertools.permutations(range(n)):
        full = np.vstack([np.eye(n - 1), np.zeros(n - 1)])[list(order)]
        maps.append(full[:-1] - full[-1])
    return np.array(maps)


def shares_in_any_order(counts: tuple[float, ...]) -> object:
    """ln of the sum over orders of the Dirichlet terms prod share^count, with their Jacobian."""
    orders = np.array(list(itertools.permutations(counts)))

    def function(point: Floats) -> tuple[float, Floats]:
        logits = np.append(point, 0.0)
        return float(logsumexp((orders + 1) @ (logits - logsumexp(logits)))), point

    return function


@pytest.mark.parametrize("counts", [(40.0, 12.0, 4.0), (9.0, 9.0, 0.5), (30.0, 3.0, 0.0, 0.0)])
def test_exchangeable_contributors_count_in_every_order(counts: tuple[float, ...]) -> None:
    n = len(counts)
    one = sum(lgamma(c + 1) for c in counts) - lgamma(sum(counts) + n)
    exact = one + lgamma(n + 1)
    top = np.log(np.maximum(counts, 0.5))
    mode = (top[:-1] - top[-1], np.eye(n - 1) * 0.3, 1.0)
    drawn = integrate(shares_in_any_order(counts), around([mode], places(n)), SIZES, seed=3)
    assert drawn.ln_integral == pytest.approx(exact, abs=4 * drawn.relative_error)
    assert drawn.effective > 150


def test_the_error_is_honest() -> None:
    powers = np.array([0.8, 5.0])
    exact = sum(lgamma(a) for a in powers)
    sizes = Sizes(points=128, most=256, target=0.0)
    drawn = [integrate(gammas(powers), plain(2, 0.5), sizes, seed) for seed in range(80)]
    off = np.array([(d.ln_integral - exact) / d.relative_error for d in drawn])
    # Student's t of seven degrees of freedom passes 2.36 in 5 % of cases: 4 of 80 are expected.
    assert (np.abs(off) > 2.36).sum() < 10
    mean = np.mean([np.exp(d.ln_integral - exact) for d in drawn])
    assert mean == pytest.approx(1.0, abs=0.01)


def test_a_seed_gives_its_draws_again() -> None:
    one, again, other = (
        integrate(gammas(np.array([2.0, 2.0])), plain(2), SIZES, seed) for seed in (1, 1, 2)
    )
    assert one.ln_integral == again.ln_integral
    assert np.array_equal(one.points, again.points)
    assert one.ln_integral != other.ln_integral


def test_a_seed_gives_its_draws_again_where_rounding_differs() -> None:
    """Processors differ in a mode's last digits; at one of equal shares no image is nearest."""
    function = shares_in_any_order((9.0, 9.0, 9.0))
    spread = 2.0 * (np.eye(2) + 1.0)  # too wide, to be fitted; as far to one side as to any other
    rng = np.random.default_rng(4)
    drawn = []
    for _ in range(6):
        mode = (rng.normal(0, 1e-9, 2), spread + np.diag(rng.normal(0, 1e-9, 2)), 1.0)
        drawn.append(integrate(function, around([mode], places(3)), SIZES, seed=7))
    for one in drawn[1:]:
        assert np.allclose(one.points, drawn[0].points, atol=1e-5)
        assert one.ln_integral == pytest.approx(drawn[0].ln_integral, abs=1e-6)


def test_more_draws_are_made_until_the_error_is_met_or_none_are_left() -> None:
    powers = np.array([0.5, 0.5, 0.5])
    few = integrate(gammas(powers), plain(3), Sizes(256, 512, 0.001), seed=1)
    many = integrate(gammas(powers), plain(3), Sizes(256, 2**16, 0.004), seed=1)
    assert few.evaluations <= 512
    assert few.relative_error > 0.001
    assert many.relative_error <= 0.004


def test_a_function_that_is_zero_everywhere_has_no_integral() -> None:
    drawn = integrate(lambda point: (-inf, point), plain(2), SIZES, seed=1)
    assert drawn.ln_integral == -inf
    assert drawn.effective == 0
