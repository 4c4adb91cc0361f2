"""Integrated ratios: against cubature and normal theory, their bounds, exclusions and seeds."""

from __future__ import annotations

from dataclasses import replace
from math import exp, inf, log, log10, sqrt

import numpy as np
import pytest
from scipy import stats
from tests.weigh.test_evidence import (
    ALONE,
    MIXED,
    ONE,
    PLAIN,
    POPULATION,
    PRIORS,
    THREE,
    TWO,
    ln_belief,
    nodes,
    stain,
)

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import (
    IntegralEnding,
    MarginalLikelihood,
    Proposition,
    Propositions,
    Reference,
    genotype,
    proposition,
)
from reopen.weigh.coordinates import Coordinates
from reopen.weigh.encode import encode
from reopen.weigh.evidence import Evidence
from reopen.weigh.importance import Draws, Sizes
from reopen.weigh.integrated import Integration, distribution, integrate_ratio, interval
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import Dropin, PeakParameters

DONOR = Reference(
    "D", {ONE: genotype("9", "10"), TWO: genotype("8", "8"), THREE: genotype("10", "10")}
)
STRANGER = Reference(
    "X", {ONE: genotype("8", "11"), TWO: genotype("9", "11"), THREE: genotype("8", "11")}
)
HOW = Integration(PRIORS, Sizes(512, 2**13, 0.006))


def one_of(n: int, person: Reference = DONOR) -> Propositions:
    return Propositions(
        proposition(person, unknowns=n - 1),
        proposition(unknowns=n, non_contributors=(person,)),
    )


def by_cubature(who: Proposition) -> float:
    """ln marginal likelihood of a stain of one person."""
    likelihood = MixtureLikelihood(encode(ALONE, who, POPULATION, None, PLAIN))
    total = 0.0
    for x, wide in zip(*nodes(log(40), log(6e3), 60), strict=True):
        for y, high in zip(*nodes(log(0.04), log(2.5), 30), strict=True):
            value = likelihood.ln_likelihood(PeakParameters((1.0,), exp(x), exp(y)))
            total += exp(value + ln_belief(exp(x), exp(y)) + 40) * wide * high
    return log(total) - 40


def test_the_ratio_of_two_cubatures() -> None:
    pair = one_of(1)
    expected = (by_cubature(pair.numerator) - by_cubature(pair.denominator)) / log(10)
    found = integrate_ratio(ALONE, pair, POPULATION, None, PLAIN, HOW)
    assert found.is_settled
    assert found.log10 == pytest.approx(expected, abs=0.02)
    assert found.interval[0] < found.log10 < found.interval[1]


def test_no_ratio_passes_the_match_probability() -> None:
    """The genotype's own probability, given the person was seen once: Balding and Nichols 1994."""

    def seen_again(p: float, copies: int, drawn: int) -> float:
        theta = 0.02
        return (copies * theta + (1 - theta) * p) / (1 + (1 + drawn) * theta)

    match = 2 * seen_again(0.3, 1, 0) * seen_again(0.4, 1, 1)
    for p in (0.1, 0.4):
        match *= seen_again(p, 2, 0) * seen_again(p, 3, 1)
    for n in (1, 2):
        assert integrate_ratio(ALONE, one_of(n), POPULATION, None, PLAIN, HOW).log10 < (
            -log10(match) + 0.01
        )


def test_exchanged_propositions_change_the_sign() -> None:
    pair = one_of(2)
    turned = Propositions(pair.denominator, pair.numerator)
    one, other = (integrate_ratio(MIXED, p, POPULATION, None, PLAIN, HOW) for p in (pair, turned))
    assert one.log10 == pytest.approx(-other.log10, abs=0.02)


def test_a_seed_gives_the_number_again_and_another_one_stays_in_the_interval() -> None:
    pair, how = one_of(2), replace(HOW, sizes=Sizes(256, 512, 0.0))
    one, again, other = (
        integrate_ratio(MIXED, pair, POPULATION, None, PLAIN, replace(how, seed=seed))
        for seed in (1, 1, 2)
    )
    assert one == again
    assert one.log10 != other.log10
    apart = (one.interval[1] - one.interval[0]) / 2 + (other.interval[1] - other.interval[0]) / 2
    assert abs(one.log10 - other.log10) < apart
    assert one.run.seed == 1
    assert one.run.parameters["quantile"] == 0.05
    assert "median 10" in str(one.run.parameters["prior_height_in_thresholds"])


def test_an_exclusion_is_no_number() -> None:
    model = replace(PLAIN, dropin=Dropin(0.0))
    seen = stain(L1={"9": 400.0, "10": 520.0}, L2={"8": 350.0})
    found = integrate_ratio(seen, one_of(1, STRANGER), POPULATION, None, model, HOW)
    assert found.log10 == -inf
    assert found.interval == (-inf, -inf)
    assert found.distribution is None
    assert found.is_settled


def test_a_denominator_that_cannot_be_is_refused() -> None:
    model = replace(PLAIN, dropin=Dropin(0.0))
    with pytest.raises(CannotWeigh, match="cannot come from"):
        integrate_ratio(MIXED, one_of(1), POPULATION, None, model, HOW)


def drawn(mean: float, spread: float, seed: int) -> Evidence:
    """Draws whose log10 likelihood is normal, half of them drawn wide and weighed down."""
    rng = np.random.default_rng(seed)
    values = np.concatenate([rng.normal(mean, spread, 4000), rng.normal(mean, 2 * spread, 4000)])
    target = stats.norm.logpdf(values, mean, spread)
    mixture = np.logaddexp(target, stats.norm.logpdf(values, mean, 2 * spread)) - log(2)
    draws = Draws(
        values[:, None], target - mixture, values[:, None] * log(10), 0.0, 0.0, 8000.0, 8000
    )
    ending = MarginalLikelihood(0.0, 0.0, 8000.0, 8000, IntegralEnding.REACHED)
    return Evidence(ending, Coordinates(1, False, ()), draws)


@pytest.mark.parametrize("level", [0.05, 0.1, 0.5])
def test_the_distribution_of_two_normal_posteriors(level: float) -> None:
    found = distribution(drawn(3.0, 0.3, 1), drawn(-1.0, 0.4, 2), level, seed=1)
    assert found is not None
    law = stats.norm(4.0, 0.5)
    assert found.median == pytest.approx(4.0, abs=0.03)
    assert found.credible == pytest.approx(law.ppf([0.025, 0.975]), abs=0.06)
    assert found.quantile == pytest.approx(law.ppf(level), abs=0.05)
    low, high = found.interval
    assert low <= found.quantile <= high
    assert high - low < 0.2


def test_the_interval_is_that_of_two_independent_errors() -> None:
    low, high = interval(2.0, 0.03, 0.04)
    assert (high - low) / 2 == pytest.approx(stats.t(7).ppf(0.975) * 0.05 / log(10), rel=0.01)
    assert (low + high) / 2 == pytest.approx(2.0)


@pytest.mark.parametrize("level", [0.0, 1.0, 5.0])
def test_a_quantile_is_at_a_probability(level: float) -> None:
    with pytest.raises(InvalidRecord, match="quantile"):
        integrate_ratio(ALONE, one_of(1), POPULATION, None, PLAIN, Integration(quantile=level))


def test_the_conservative_quantile_is_below_the_median() -> None:
    found = integrate_ratio(MIXED, one_of(2), POPULATION, None, PLAIN, HOW).distribution
    assert found is not None
    assert found.credible[0] < found.quantile < found.median < found.credible[1]
    assert sqrt(found.level) < 0.3
