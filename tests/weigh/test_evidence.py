"""Marginal likelihoods against cubature: the slow twin's likelihood, SciPy's priors."""

from __future__ import annotations

from dataclasses import replace
from math import exp, inf, log

import numpy as np
import pytest
from scipy import stats
from tests.twins.mixture import Scene, ln_marker

from reopen.records import (
    FULL_SIBLINGS,
    Allele,
    AlleleFrequencies,
    Contributor,
    IntegralEnding,
    Locus,
    Peak,
    Population,
    Proposition,
    Reference,
    Replicate,
    Stain,
    genotype,
    proposition,
)
from reopen.weigh.encode import encode
from reopen.weigh.evidence import Posterior, evidence, images, laplace, modes, sizes_for
from reopen.weigh.fit import fit
from reopen.weigh.importance import Sizes
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import Dropin, PeakModel, PeakParameters
from reopen.weigh.priors import LogNormal, Priors
from reopen.weigh.stutter import Stutter

ONE, TWO, THREE = Locus("L1"), Locus("L2"), Locus("L3")
LABELS = tuple(Allele(a) for a in ("8", "9", "10", "11"))
POPULATION = Population(
    AlleleFrequencies(
        "Invented people",
        {
            locus: dict(zip(LABELS, (0.1, 0.3, 0.4, 0.2), strict=True))
            for locus in (ONE, TWO, THREE)
        },
        "invented",
    ),
    theta=0.02,
)
PLAIN = PeakModel(degradation=False, stutter=Stutter(back=False))
PRIORS = Priors(
    height_in_thresholds=LogNormal(10.0, 1.0), variability=LogNormal(0.3, 0.4, 0.02, 5.0)
)
EXACT = Sizes(points=512, most=2**14, target=0.004)


def stain(**by_locus: dict[str, float]) -> Stain:
    peaks = {
        Locus(locus): tuple(Peak(Allele(a), height) for a, height in heights.items())
        for locus, heights in by_locus.items()
    }
    return Stain("S", (Replicate("S", peaks),))


ALONE = stain(L1={"9": 400.0, "10": 520.0}, L2={"8": 350.0}, L3={"10": 900.0})
MIXED = stain(
    L1={"9": 400.0, "10": 520.0, "11": 130.0},
    L2={"8": 350.0, "9": 90.0, "10": 500.0},
    L3={"10": 900.0, "11": 210.0},
)


def posterior(
    seen: Stain, who: Proposition, model: PeakModel = PLAIN, priors: Priors = PRIORS
) -> tuple[Posterior, PeakParameters]:
    likelihood = MixtureLikelihood(encode(seen, who, POPULATION, None, model))
    return Posterior.of(likelihood, model, priors), fit(likelihood, model)[0]


def ln_belief(height: float, variability: float) -> float:
    """ln prior density of ln height and ln variability, by SciPy; cut-offs left out."""
    return float(
        stats.norm.logpdf(log(height), log(10.0 * 50.0), 1.0)
        + stats.norm.logpdf(log(variability), log(0.3), 0.4)
    )


def test_one_person_against_cubature_of_the_twin() -> None:
    """Two parameters; the likelihood is the slow sum over genotypes."""
    who = proposition(unknowns=1)
    total = 0.0
    for ln_height, wide in zip(*nodes(log(60), log(4e3), 24), strict=True):
        for ln_variability, high in zip(*nodes(log(0.05), log(2.0), 16), strict=True):
            p = PeakParameters((1.0,), exp(ln_height), exp(ln_variability))
            value = sum(
                ln_marker(Scene(ALONE, locus, who, POPULATION, None, PLAIN, p))
                for locus in (ONE, TWO, THREE)
            )
            total += exp(value + ln_belief(p.height_rfu, p.variability) + 40) * wide * high
    expected = log(total) - 40
    found = evidence(*posterior(ALONE, who), EXACT).marginal
    assert found.ending is IntegralEnding.REACHED
    assert found.ln == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize("unknowns", [1, 2])
def test_two_people_against_cubature(unknowns: int) -> None:
    """Share, height and variability; with a known person, and with two who may change places."""
    known = Reference("K", {locus: genotype("9", "10") for locus in (ONE, TWO, THREE)})
    who = proposition(*([known] if unknowns == 1 else []), unknowns=unknowns)
    seen = stain(L1={"9": 400.0, "10": 520.0, "11": 130.0}, L2={"8": 350.0, "10": 500.0})
    cut = replace(PRIORS, variability=LogNormal(0.3, 0.4, 0.15, 1.0))  # no ridge that a grid misses
    post, fitted = posterior(seen, who, priors=cut)
    total = 0.0
    for logit, wide in zip(*nodes(-12, 12, 40), strict=True):
        share = 1 / (1 + exp(-logit))
        for ln_height, high in zip(*nodes(log(25), log(1e4), 72), strict=True):
            for ln_variability, deep in zip(*nodes(log(0.15), log(1.0), 10), strict=True):
                p = PeakParameters((share, 1 - share), exp(ln_height), exp(ln_variability))
                value = post.likelihood.ln_likelihood(p) + ln_belief(p.height_rfu, p.variability)
                total += exp(value + 40) * share * (1 - share) * wide * high * deep
    kept = np.diff(stats.norm.cdf((np.log([0.15, 1.0]) - log(0.3)) / 0.4))
    expected = log(total / kept[0]) - 40
    found = evidence(post, fitted, EXACT).marginal
    assert found.relative_error < 0.02
    assert found.ln == pytest.approx(expected, abs=4 * found.relative_error + 0.003)


def nodes(low: float, high: float, n: int) -> tuple[list[float], list[float]]:
    """Gauss-Legendre points and weights of a range."""
    points, weights = np.polynomial.legendre.leggauss(n)
    half = (high - low) / 2
    return list(low + half * (points + 1)), list(half * weights)


def test_one_contributor_too_many_is_regular() -> None:
    """The third person's best share is none: an edge of the fit, but not of the integral."""
    post, fitted = posterior(ALONE, proposition(unknowns=3))
    one, other = (evidence(post, fitted, EXACT, seed).marginal for seed in (1, 2))
    assert one.ending is IntegralEnding.REACHED
    assert one.ln == pytest.approx(other.ln, abs=0.03)
    assert one.effective > 200


def test_a_person_with_no_more_data_than_priors_adds_no_more_than_the_prior() -> None:
    """A stain whose peaks do not depend on a parameter has the evidence without it."""
    post, fitted = posterior(ALONE, proposition(unknowns=1))
    other = replace(PRIORS, back_stutter=LogNormal(0.2, 0.1, high=0.4))
    assert evidence(Posterior.of(post.likelihood, PLAIN, other), fitted).marginal == (
        evidence(post, fitted).marginal
    )


def test_the_normal_approximation_nears_the_integral_with_much_data() -> None:
    rng = np.random.default_rng(7)
    loci = [Locus(f"L{k}") for k in range(60)]
    table = POPULATION.frequencies.by_locus[ONE]
    population = Population(AlleleFrequencies("Many loci", dict.fromkeys(loci, table), "invented"))
    peaks = {
        locus: (Peak(LABELS[1], float(y)), Peak(LABELS[2], float(z)))
        for locus, (y, z) in zip(loci, rng.gamma(12.0, 50.0, size=(60, 2)), strict=True)
    }
    seen, who = Stain("S", (Replicate("S", peaks),)), proposition(unknowns=1)
    likelihood = MixtureLikelihood(encode(seen, who, population, None, PLAIN))
    post, fitted = Posterior.of(likelihood, PLAIN, PRIORS), fit(likelihood, PLAIN)[0]
    assert laplace(post, fitted).ln == pytest.approx(evidence(post, fitted).marginal.ln, abs=0.05)
    assert laplace(post, fitted).ending is IntegralEnding.LAPLACE


def test_draws_are_of_the_posterior() -> None:
    """Means over weighted draws against the grid's."""
    who = proposition(unknowns=1)
    post, fitted = posterior(ALONE, who)
    heights, variabilities = (
        np.linspace(log(40), log(6e3), 60),
        np.linspace(log(0.04), log(2.5), 60),
    )
    density = np.array(
        [
            [
                exp(
                    post.likelihood.ln_likelihood(PeakParameters((1.0,), exp(x), exp(y)))
                    + ln_belief(exp(x), exp(y))
                    + 40
                )
                for y in variabilities
            ]
            for x in heights
        ]
    )
    expected = (density.sum(axis=1) @ heights) / density.sum()
    found = evidence(post, fitted, EXACT)
    assert found.draws is not None
    weights = np.exp(found.draws.ln_weights - found.draws.ln_weights.max())
    drawn = np.log([found.parameters(k).height_rfu for k in range(len(weights))])
    assert weights @ drawn / weights.sum() == pytest.approx(expected, abs=0.01)
    k = int(weights.argmax())
    assert found.draws.beside[k] == pytest.approx(
        post.likelihood.ln_by_locus(found.parameters(k)), abs=1e-12
    )


def test_maxima_that_differ_by_order_count_once() -> None:
    post, fitted = posterior(MIXED, proposition(unknowns=2))
    turned = PeakParameters(fitted.proportions[::-1], fitted.height_rfu, fitted.variability)
    tops = {round(mode.ln_mass, 4) for p in (fitted, turned) for mode in modes(post, p)}
    assert len(tops) == len(modes(post, fitted))


@pytest.mark.parametrize("unknowns", [2, 3, 4])
def test_the_posterior_does_not_change_when_contributors_change_places(unknowns: int) -> None:
    post, _ = posterior(MIXED, proposition(unknowns=unknowns))
    rng = np.random.default_rng(unknowns)
    point = np.append(rng.normal(size=unknowns - 1), [log(500.0), log(0.3)])
    maps = images(post)
    assert len(maps) == {2: 2, 3: 6, 4: 24}[unknowns]
    assert np.abs(np.linalg.det(maps)) == pytest.approx(1.0)
    values = [post(image @ point)[0] for image in maps]
    assert values == pytest.approx([post(point)[0]] * len(maps), abs=1e-9)


def test_a_relative_keeps_the_place() -> None:
    brother = Reference("B", {locus: genotype("9", "10") for locus in (ONE, TWO, THREE)})
    people = (Contributor(), Contributor(), Contributor(None, FULL_SIBLINGS, brother))
    post, _ = posterior(MIXED, Proposition(people))
    assert len(images(post)) == 2


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_that_of_finite_differences(seed: int) -> None:
    model = PeakModel(degradation=False, stutter=Stutter(back=True, forward=True))
    post, fitted = posterior(MIXED, proposition(unknowns=2), model, Priors())
    rng = np.random.default_rng(seed)
    point = post.coordinates.to_point(fitted) + rng.normal(scale=0.2, size=5)
    point[3:] = np.log([0.05, 0.01]) + rng.normal(scale=0.2, size=2)
    steps = np.eye(len(point)) * 1e-5
    expected = [(post(point + e)[0] - post(point - e)[0]) / 2e-5 for e in steps]
    value, slope = post.with_gradient(point)
    assert value == pytest.approx(post(point)[0], abs=1e-9)
    assert slope == pytest.approx(expected, abs=1e-4)


def test_a_fit_that_the_priors_rule_out_is_where_the_search_starts() -> None:
    """Its nearest allowed neighbour, that is: no evidence would be taken for an exclusion."""
    narrow = replace(PRIORS, variability=LogNormal(0.5, 0.1, 0.45, 0.6))
    post, fitted = posterior(ALONE, proposition(unknowns=1), priors=narrow)
    assert not 0.45 < fitted.variability < 0.6
    assert evidence(post, fitted).marginal.ending is IntegralEnding.REACHED


def test_peaks_that_cannot_be_have_no_evidence() -> None:
    model = replace(PLAIN, dropin=Dropin(0.0))
    post, fitted = posterior(MIXED, proposition(unknowns=1), model)
    found = evidence(post, fitted)
    assert found.marginal.ln == laplace(post, fitted).ln == -inf
    assert found.marginal.ending is IntegralEnding.UNEXPLAINED
    assert found.draws is None


def test_an_error_above_the_one_asked_for_has_a_name() -> None:
    post, fitted = posterior(MIXED, proposition(unknowns=2))
    found = evidence(post, fitted, Sizes(points=256, most=256, target=1e-6)).marginal
    assert found.ending is IntegralEnding.ABOVE_TARGET
    assert found.evaluations == 256
    few = evidence(post, fitted, Sizes(points=16, most=16, target=1e-6)).marginal
    assert few.effective < 50


def test_more_unknown_people_get_fewer_draws() -> None:
    most = [sizes_for(unknowns).most for unknowns in range(7)]
    assert most == sorted(most, reverse=True)
