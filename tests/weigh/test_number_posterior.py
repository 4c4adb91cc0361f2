"""The number of contributors: Bayes' rule by hand, simulated stains, averages over numbers."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log, log10

import pytest
from tests.weigh.test_fit import KIT, LOCI, MODEL, PLAIN, POPULATION, drawn

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import IntegralEnding, Peak, Replicate, Stain
from reopen.weigh.importance import Sizes
from reopen.weigh.integrated import Integration
from reopen.weigh.model import Dropin, PeakModel
from reopen.weigh.number_posterior import (
    Setting,
    bounds,
    number_posterior,
    weigh_over_numbers,
)

ROUGH = Integration(sizes=Sizes(256, 512, 0.1))


def setting(stain: Stain, model: PeakModel = PLAIN, **other: object) -> Setting:
    return Setting(stain, POPULATION, KIT, model, **{"how": ROUGH, "most": 3, **other})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def two() -> tuple[Stain, tuple]:
    return drawn(2, 0.6, 0.4)


@pytest.mark.parametrize(("seed", "shares"), [(1, (1.0,)), (2, (0.6, 0.4)), (5, (0.65, 0.35))])
def test_the_true_number_of_a_clear_stain_is_the_most_probable(
    seed: int, shares: tuple[float, ...]
) -> None:
    stain, _ = drawn(seed, *shares, replicates=2)
    found = number_posterior(setting(stain, MODEL))
    assert found.most_probable == len(shares)
    assert sum(one.probability for one in found.numbers if not one.is_bound) == pytest.approx(1)


def test_probabilities_are_bayes_rule(two: tuple[Stain, tuple]) -> None:
    prior = {1: 0.2, 2: 0.5, 3: 0.3}
    found = number_posterior(setting(two[0], prior=prior)).numbers
    terms = {
        one.number: prior[one.number] * exp(one.marginal.ln - found[1].marginal.ln)  # type: ignore[union-attr]
        for one in found
        if one.marginal
    }
    for one in found:
        if one.marginal:
            assert one.probability == pytest.approx(terms[one.number] / sum(terms.values()))


def test_the_error_of_two_probabilities(two: tuple[Stain, tuple]) -> None:
    """d p / d ln(ratio) = p (1 - p), worked out by hand."""
    one, other = number_posterior(setting(two[0], prior={2: 0.5, 3: 0.5}, most=3)).numbers[-2:]
    assert (one.number, other.number) == (2, 3)
    assert one.marginal is not None
    assert other.marginal is not None
    error = (one.marginal.relative_error**2 + other.marginal.relative_error**2) ** 0.5
    expected = one.probability * (1 - one.probability) * error
    assert one.error == pytest.approx(expected, rel=1e-6)
    assert other.error == pytest.approx(expected, rel=1e-6)


def test_a_number_without_prior_has_no_probability(two: tuple[Stain, tuple]) -> None:
    found = number_posterior(setting(two[0], prior={2: 1.0}))
    assert {one.number: one.probability for one in found.numbers}[2] == 1.0
    assert found.most_probable == 2
    assert found.plausible() == (2,)


def test_further_numbers_are_bounds_never_zero(two: tuple[Stain, tuple]) -> None:
    found = number_posterior(setting(two[0], most=3)).numbers
    left = [one for one in found if one.is_bound]
    assert [one.number for one in left] == [4, 5, 6]
    assert all(one.probability > 0 for one in left)


def test_bounds_by_hand() -> None:
    # Likelihoods 1 and 1/10: the next ratio is at most 2/10, so the next at most 1/11 * 1/5, ...
    one = [1.0, 1.0]
    assert bounds([0.0, log(0.1)], one, one) == pytest.approx([2 / 110, 4 / 1100])
    # Twice the prior of the next number doubles its bound; without a prior there is nothing.
    assert bounds([0.0, log(0.1)], one, [2.0, 0.0]) == pytest.approx([4 / 110, 0.0])
    assert bounds([0.0], [1.0], one) == one
    assert bounds([0.0, log(0.6)], one, [1.0]) == [1.0]
    assert bounds([-5.0, 0.0], one, [1.0]) == [1.0]
    assert bounds([0.0, log(0.1)], one, []) == []
    assert bounds([float("-inf"), float("-inf")], one, [1.0]) == [1.0]


def test_people_who_cannot_have_left_the_peaks_alone_have_probability_zero() -> None:
    model = replace(PLAIN, dropin=Dropin(0.0))
    peaks = (Peak("9", 500.0), Peak("11", 400.0), Peak("13", 450.0))  # type: ignore[arg-type]
    stain = Stain("S", (Replicate("S", {LOCI[0]: peaks}),))
    one, other, *_ = number_posterior(setting(stain, model)).numbers
    assert one.probability == 0.0
    assert one.marginal is not None
    assert one.marginal.ending is IntegralEnding.UNEXPLAINED
    assert other.probability > 0
    with pytest.raises(CannotWeigh, match="from 1 to 1 people"):
        number_posterior(setting(stain, model, most=1))


@pytest.mark.parametrize("prior", [{}, {0: 1.0}, {1: -1.0, 2: 2.0}, {2: 0.0}, {1: float("nan")}])
def test_a_prior_that_is_none_is_refused(prior: dict[int, float], two: tuple[Stain, tuple]) -> None:
    with pytest.raises(InvalidRecord, match="prior of the number"):
        setting(two[0], prior=prior)


def test_the_average_is_over_the_denominators_probabilities(two: tuple[Stain, tuple]) -> None:
    """sum P(N) p(N) / sum P(N) d(N) = sum P(N | denominator) LR(N), both sides worked out."""
    stain, people = two
    found = weigh_over_numbers(setting(stain, prior={2: 0.5, 3: 0.5}), people[0])
    shares = {one.number: one.probability for one in found.denominator.numbers if one.marginal}
    expected = log10(sum(shares[n] * 10**ratio.log10 for n, ratio in found.by_number.items()))
    assert set(found.by_number) == {2, 3}
    assert found.log10 == pytest.approx(expected, abs=1e-9)
    assert found.interval[0] < found.log10 < found.interval[1]
    assert found.number_matters is (abs(found.by_number[2].log10 - found.by_number[3].log10) > 1)


def test_one_number_alone_gives_its_own_ratio(two: tuple[Stain, tuple]) -> None:
    stain, (first, second) = two
    found = weigh_over_numbers(setting(stain, prior={2: 1.0}, most=2), first, [second])
    assert list(found.by_number) == [2]
    assert found.log10 == pytest.approx(found.by_number[2].log10, abs=1e-12)
    assert str(found.by_number[2].propositions.denominator) == "donor 1 + 1 unknown person"
