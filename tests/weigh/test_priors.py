"""Priors: proper, as SciPy's laws give them, and in step with their gradient and their Jacobian."""

from __future__ import annotations

from math import exp, inf, log

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from reopen.errors import InvalidRecord
from reopen.weigh.coordinates import Coordinates
from reopen.weigh.model import PeakParameters
from reopen.weigh.priors import FLAT, LogNormal, Priors, Uniform

THREE = Coordinates(3, degradation=True, kinds=("back", "forward"), least_height=25.0)
PARAMETERS = PeakParameters((0.5, 0.3, 0.2), 900.0, 0.3, 0.8, 0.06, 0.008)


@pytest.mark.parametrize(
    "law", [LogNormal(0.25, 0.5), LogNormal(3.0, 1.2, low=2.0, high=7.0), Uniform(0.5, 4.0)]
)
def test_a_law_is_proper(law: LogNormal | Uniform) -> None:
    ends = [log(max(law.low, 1e-4)), log(min(law.high, 1e4))]
    total, _ = quad(lambda x: exp(law.ln_density_of_ln(exp(x))), *ends)
    assert total == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize(
    ("law", "outside"), [(LogNormal(1.0, 1.0, 0.5, 2.0), 2.1), (Uniform(1, 2), 0.9)]
)
def test_nothing_is_believed_outside_a_range(law: LogNormal | Uniform, outside: float) -> None:
    assert law.ln_density_of_ln(outside) == -inf


def test_the_density_is_that_of_scipys_laws() -> None:
    priors = Priors(
        concentration=2.0,
        height_in_thresholds=LogNormal(40.0, 1.7),
        variability=LogNormal(0.25, 0.5),
        degradation=LogNormal(0.75, 0.4),
        back_stutter=LogNormal(0.07, 0.5, high=0.45),
        forward_stutter=Uniform(0.0, 0.25),
    )
    p = PARAMETERS
    expected = (
        stats.dirichlet.logpdf(p.proportions, [2.0] * 3)
        + stats.lognorm.logpdf(p.height_rfu, 1.7, scale=40 * 50)
        + stats.lognorm.logpdf(p.variability, 0.5, scale=0.25)
        + stats.lognorm.logpdf(p.degradation, 0.4, scale=0.75)
        + stats.lognorm.logpdf(p.back_stutter, 0.5, scale=0.07)
        - stats.lognorm.logcdf(0.45, 0.5, scale=0.07)
        + log(1 / 0.25)
    )
    assert priors.ln_density(p, THREE) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("priors", [Priors(), Priors(concentration=0.5), FLAT])
def test_the_coordinates_add_the_jacobian(priors: Priors) -> None:
    point = THREE.to_point(PARAMETERS)

    def natural(at: np.ndarray) -> np.ndarray:
        p = THREE.to_parameters(at)
        free = (*p.proportions[:-1], p.height_rfu, p.variability, p.degradation)
        return np.array([*free, p.back_stutter, p.forward_stutter])

    steps = np.eye(len(point)) * 1e-5
    jacobian = np.array([(natural(point + e) - natural(point - e)) / 2e-5 for e in steps])
    expected = priors.ln_density(PARAMETERS, THREE) + log(abs(np.linalg.det(jacobian)))
    assert priors.ln_density_at(point, THREE) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("priors", [Priors(), Priors(concentration=0.5), FLAT])
def test_the_gradient_is_that_of_finite_differences(priors: Priors) -> None:
    point = THREE.to_point(PARAMETERS)
    steps = np.eye(len(point)) * 1e-5
    expected = [
        (priors.ln_density_at(point + e, THREE) - priors.ln_density_at(point - e, THREE)) / 2e-5
        for e in steps
    ]
    assert priors.gradient_at(point, THREE) == pytest.approx(expected, abs=1e-7)


def test_a_law_of_what_is_not_fitted_takes_no_part() -> None:
    plain = Coordinates(1, degradation=False, kinds=(), least_height=25.0)
    alone = PeakParameters((1.0,), 900.0, 0.3)
    other = Priors(degradation=Uniform(5.0, 6.0), back_stutter=Uniform(0.3, 0.4))
    assert other.ln_density(alone, plain) == Priors().ln_density(alone, plain)


def test_heights_are_believed_in_units_of_the_threshold() -> None:
    low = Coordinates(1, False, (), least_height=25.0)
    high = Coordinates(1, False, (), least_height=75.0)
    one, three = PeakParameters((1.0,), 900.0, 0.3), PeakParameters((1.0,), 2700.0, 0.3)
    at_low = Priors().ln_density_at(low.to_point(one), low)
    assert Priors().ln_density_at(high.to_point(three), high) == pytest.approx(at_low, abs=1e-12)


def test_draws_are_of_the_laws() -> None:
    rng = np.random.default_rng(3)
    priors = Priors(
        variability=LogNormal(0.25, 0.5, low=0.2, high=0.4), back_stutter=Uniform(0, 0.3)
    )
    drawn = [priors.draw(rng, THREE) for _ in range(800)]
    laws = {
        "height_rfu": stats.lognorm(1.7, scale=30 * 50),
        "degradation": stats.lognorm(0.5, scale=0.75),
        "back_stutter": stats.uniform(0, 0.3),
    }
    for name, law in laws.items():
        assert stats.kstest([getattr(p, name) for p in drawn], law.cdf).pvalue > 0.001
    assert stats.kstest([p.proportions[0] for p in drawn], stats.beta(1, 2).cdf).pvalue > 0.001
    ends = stats.norm.cdf(np.log(np.array([0.2, 0.4]) / 0.25) / 0.5)
    ranks = (stats.norm.cdf(np.log([p.variability / 0.25 for p in drawn]) / 0.5) - ends[0]) / (
        ends[1] - ends[0]
    )
    assert stats.kstest(ranks, stats.uniform.cdf).pvalue > 0.001


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: LogNormal(0.0, 1.0),
        lambda: LogNormal(1.0, -1.0),
        lambda: LogNormal(1.0, 1.0, low=2.0, high=1.0),
        lambda: Uniform(0.0, inf),
        lambda: Uniform(-1.0, 1.0),
        lambda: Priors(concentration=0.0),
        lambda: Priors(back_stutter=Uniform(0.0, 0.9)),
    ],
)
def test_priors_that_are_none_are_refused(wrong: object) -> None:
    with pytest.raises(InvalidRecord):
        wrong()  # type: ignore[operator]
