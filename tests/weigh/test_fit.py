"""Fits: a maximum worked out by hand, never below a start, endings by name, order no matter."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isclose, log

import numpy as np
import pytest
from scipy.optimize import OptimizeResult, brentq
from scipy.special import digamma

from reopen.errors import CannotWeigh
from reopen.records import (
    FULL_SIBLINGS,
    Allele,
    AlleleFrequencies,
    Contributor,
    Ending,
    Kit,
    Locus,
    Marker,
    Peak,
    Population,
    Proposition,
    Propositions,
    Reference,
    Replicate,
    Stain,
    genotype,
    proposition,
)
from reopen.weigh import fit as fitting
from reopen.weigh.coordinates import Coordinates
from reopen.weigh.encode import encode
from reopen.weigh.evaluate import weigh
from reopen.weigh.fit import FitOptions, fit, given
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import Dropin, PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter, StutterKind

LOCI = [Locus(f"L{k}") for k in range(8)]
LABELS = [Allele(str(k)) for k in range(8, 16)]
KIT = Kit(
    "Invented",
    tuple(
        Marker(locus, "blue", {a: 90.0 + 30 * k + 4 * i for i, a in enumerate(LABELS)})
        for k, locus in enumerate(LOCI)
    ),
    source="invented",
)
SHARES = (0.05, 0.1, 0.15, 0.2, 0.2, 0.15, 0.1, 0.05)
POPULATION = Population(
    AlleleFrequencies(
        "Invented people",
        {locus: dict(zip(LABELS, SHARES, strict=True)) for locus in LOCI},
        "invented",
    )
)
MODEL = PeakModel()
PLAIN = PeakModel(degradation=False, stutter=Stutter(back=False))


def likelihood(stain: Stain, proposed: Proposition, model: PeakModel = MODEL) -> MixtureLikelihood:
    return MixtureLikelihood(encode(stain, proposed, POPULATION, KIT, model))


def drawn(seed: int, *shares: float, replicates: int = 1) -> tuple[Stain, tuple[Reference, ...]]:
    """A stain of as many people as there are shares, and its true donors."""
    rng = np.random.default_rng(seed)
    people = draw_references(rng, POPULATION, [f"donor {k}" for k in range(len(shares))])
    truth = PeakParameters(shares, 700.0, 0.25, 0.8, 0.07)
    stain = draw_stain(
        rng, people, POPULATION, KIT, truth, MODEL, id=f"seed {seed}", replicates=replicates
    )
    return stain, people


def test_a_maximum_worked_out_by_hand() -> None:
    """Heterozygous donor, no stutter: heights are one gamma sample. Its best mean is the sample's
    mean, its best shape k solves ln k - digamma(k) = ln(mean) - mean(ln)."""
    rng = np.random.default_rng(5)
    donor = Reference("A", {locus: genotype("9", "12") for locus in LOCI})
    heights = rng.gamma(9.0, 60.0, size=(len(LOCI), 2))
    peaks = {
        locus: (Peak(Allele("9"), float(a)), Peak(Allele("12"), float(b)))
        for locus, (a, b) in zip(LOCI, heights, strict=True)
    }
    stain = Stain("S", (Replicate("S", peaks),))
    found, record = fit(likelihood(stain, proposition(donor), PLAIN), PLAIN)
    gap = log(heights.mean()) - np.log(heights).mean()
    shape = brentq(lambda k: log(k) - digamma(k) - gap, 0.1, 1000.0)
    assert record.ending is Ending.CONVERGED
    assert isclose(found.height_rfu, heights.mean(), rel_tol=1e-4)
    assert isclose(found.variability, shape**-0.5, rel_tol=1e-3)


SCENES = [
    (1, (1.0,), 0, 1),
    (2, (0.7, 0.3), 0, 2),
    (3, (0.7, 0.3), 1, 1),
    (4, (0.5, 0.3, 0.2), 1, 2),
    (5, (0.9, 0.1), 0, 2),
    (6, (0.6, 0.4), 2, 0),
]


@pytest.mark.parametrize(("seed", "shares", "known", "unknowns"), SCENES)
def test_no_fit_ends_below_its_starts_or_the_truth(
    seed: int, shares: tuple[float, ...], known: int, unknowns: int
) -> None:
    stain, people = drawn(seed, *shares)
    weighed = likelihood(stain, proposition(*people[:known], unknowns=unknowns))
    found, record = fit(weighed, MODEL)
    coordinates = fitting.Coordinates(len(shares), True, ("back",))
    starts = fitting._coarse_search(weighed, coordinates)
    best_start = max(weighed.ln_likelihood(start) for start in starts)
    truth = PeakParameters(shares, 700.0, 0.25, 0.8, 0.07)
    assert record.ln_likelihood >= best_start
    assert record.ln_likelihood >= weighed.ln_likelihood(truth)
    assert record.ln_likelihood == weighed.ln_likelihood(found)
    assert isclose(sum(record.by_locus.values()), record.ln_likelihood)
    assert isclose(sum(record.proportions), 1.0)
    assert record.ending.is_settled, (record.ending, record.remark)


@pytest.mark.parametrize(("seed", "shares", "known", "unknowns"), SCENES[:4])
def test_the_slope_at_the_top_is_nothing(
    seed: int, shares: tuple[float, ...], known: int, unknowns: int
) -> None:
    stain, people = drawn(seed, *shares)
    weighed = likelihood(stain, proposition(*people[:known], unknowns=unknowns))
    found, _ = fit(weighed, MODEL)
    _, gradient = weighed.with_gradient(found)
    slopes = fitting.Coordinates(len(shares), True, ("back",)).gradient(found, gradient)
    assert np.abs(slopes).max() < 0.05


# Order.


def test_unknown_contributors_come_largest_first() -> None:
    stain, _ = drawn(4, 0.2, 0.3, 0.5)
    found, record = fit(likelihood(stain, proposition(unknowns=3)), MODEL)
    assert list(found.proportions) == sorted(found.proportions, reverse=True)
    assert record.proportions == found.proportions


def test_known_and_related_contributors_keep_their_places() -> None:
    stain, people = drawn(3, 0.3, 0.7)
    siblings = Contributor(None, FULL_SIBLINGS, people[1])
    found, _ = fit(likelihood(stain, Proposition((Contributor(people[0]), siblings))), MODEL)
    assert found.proportions[0] < found.proportions[1]


def backwards(stain: Stain) -> Stain:
    replicates = [
        Replicate(r.name, {k: tuple(reversed(v)) for k, v in reversed(list(r.peaks.items()))})
        for r in reversed(stain.replicates)
    ]
    return Stain(stain.id, tuple(replicates))


def test_the_order_of_peaks_loci_and_replicates_does_not_matter() -> None:
    stain, people = drawn(7, 0.65, 0.35, replicates=2)
    proposed = proposition(people[0], unknowns=1)
    one, first = fit(likelihood(stain, proposed), MODEL)
    two, second = fit(likelihood(backwards(stain), proposed), MODEL)
    assert isclose(first.ln_likelihood, second.ln_likelihood, abs_tol=1e-5)
    for locus in LOCI:
        assert isclose(first.by_locus[locus], second.by_locus[locus], abs_tol=1e-2)
    np.testing.assert_allclose(one.proportions, two.proportions, atol=1e-3)
    forth = likelihood(stain, proposed).ln_by_locus(one)
    back = likelihood(backwards(stain), proposed).ln_by_locus(one)
    np.testing.assert_allclose(forth, back[::-1], rtol=1e-12)


def test_the_order_of_known_contributors_does_not_matter() -> None:
    stain, (a, b, _) = drawn(8, 0.5, 0.3, 0.2)
    one, first = fit(likelihood(stain, proposition(a, b, unknowns=1)), MODEL)
    two, second = fit(likelihood(stain, proposition(b, a, unknowns=1)), MODEL)
    assert isclose(first.ln_likelihood, second.ln_likelihood, abs_tol=1e-4)
    np.testing.assert_allclose(np.array(one.proportions)[[1, 0, 2]], two.proportions, atol=5e-3)


def test_a_fit_repeats_itself() -> None:
    stain, _ = drawn(2, 0.7, 0.3)
    assert len({fit(likelihood(stain, proposition(unknowns=2)), MODEL) for _ in range(2)}) == 1


# Endings.


def test_peaks_that_nobody_can_leave_are_unexplained() -> None:
    stain, people = drawn(2, 0.7, 0.3)
    strict = replace(MODEL, dropin=Dropin(0.0))
    _, record = fit(likelihood(stain, proposition(people[1]), strict), strict)
    assert record.ending is Ending.UNEXPLAINED
    assert record.ln_likelihood == -inf
    loci = record.remark.removeprefix("peaks at ").split(", ")
    assert loci == [k for k, v in record.by_locus.items() if v == -inf]
    assert not record.ending.is_settled


def test_a_contributor_without_a_share_lies_on_the_boundary() -> None:
    """A known person of whom nothing is seen, beside a clear donor."""
    donor = Reference("A", {locus: genotype("9", "14") for locus in LOCI})
    other = Reference("B", {locus: genotype("11", "12") for locus in LOCI})
    peaks = {
        locus: (Peak(Allele("9"), 900.0 + 9 * k), Peak(Allele("14"), 950.0 - 9 * k))
        for k, locus in enumerate(LOCI)
    }
    stain = Stain("S", (Replicate("S", peaks),))
    model = replace(PLAIN, threshold_rfu=20.0)
    _, record = fit(likelihood(stain, proposition(donor, other), model), model)
    assert record.ending is Ending.BOUNDARY
    assert "contributor 2 has no share" in record.remark


def test_too_few_steps_are_told() -> None:
    stain, _ = drawn(2, 0.7, 0.3)
    options = FitOptions(starts=2, more_starts=0, most_steps=1)
    _, record = fit(likelihood(stain, proposition(unknowns=2)), MODEL, options)
    assert record.ending is Ending.STEPS
    assert record.remark == "1 steps"


def test_starts_that_disagree_are_told() -> None:
    coordinates = fitting.Coordinates(1, False, ())
    ends = [OptimizeResult(fun=value, status=0, nit=9) for value in (10.0, 10.5, 11.0)]
    agreeing = fitting._agreement(ends)
    assert agreeing == 1
    p = PeakParameters((1.0,), 500.0, 0.3)
    assert fitting._ending(ends[0], agreeing, 3, p, coordinates) == (Ending.UNSTABLE, "3 starts")
    near = [*ends, OptimizeResult(fun=10.00001, status=0, nit=9)]
    assert fitting._agreement(near) == 2


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        ({"height_rfu": 1e7}, "height at 1e+07"),
        ({"variability": 0.02}, "variability at 0.02"),
        ({"degradation": 1e-4}, "degradation at 0.0001"),
        ({"back_stutter": 0.45}, "back stutter at 0.45"),
        ({"forward_stutter": 0.25}, "forward stutter at 0.25"),
    ],
)
def test_every_edge_is_named(change: dict[str, float], remark: str) -> None:
    coordinates = fitting.Coordinates(1, True, ("back", "forward"))
    p = replace(PeakParameters((1.0,), 500.0, 0.3, 0.9, 0.05, 0.01), **change)
    end = OptimizeResult(fun=10.0, status=0, nit=9)
    assert fitting._ending(end, 2, 3, p, coordinates) == (Ending.BOUNDARY, remark)


def test_given_parameters_are_recorded_as_given() -> None:
    stain, _ = drawn(1, 1.0)
    p = PeakParameters((1.0,), 700.0, 0.25, 0.8, 0.07)
    record = given(likelihood(stain, proposition(unknowns=1)), p)
    assert record.ending is Ending.FIXED
    assert (record.height_rfu, record.proportions) == (700.0, (1.0,))


def test_coordinates_go_there_and_back() -> None:
    coordinates = fitting.Coordinates(3, True, ("back", "forward"))
    p = PeakParameters((0.5, 0.2, 0.3), 800.0, 0.2, 0.7, 0.08, 0.01)
    again = coordinates.to_parameters(coordinates.to_point(p))
    np.testing.assert_allclose(again.proportions, p.proportions)
    assert isclose(again.forward_stutter, 0.01)
    assert len(coordinates.bounds) == len(coordinates.to_point(p)) == 7


# The ratio of two fits.


def test_swapping_propositions_flips_the_sign() -> None:
    stain, people = drawn(3, 0.7, 0.3)
    sides = (proposition(people[0], unknowns=1), proposition(unknowns=2))
    forth = weigh(stain, Propositions(*sides), POPULATION, KIT, MODEL)
    back = weigh(stain, Propositions(*sides[::-1]), POPULATION, KIT, MODEL)
    assert forth.log10 == -back.log10
    assert forth.log10 > 3
    assert all(back.per_locus[k] == -v for k, v in forth.per_locus.items())
    assert isclose(sum(forth.per_locus.values()), forth.log10)


def test_a_clear_donor_reaches_1_over_the_match_probability_and_no_more() -> None:
    """One donor, tall peaks: the LR is the profile's; theta 0, so it is 1 / prod of P(genotype)."""
    stain, (donor,) = drawn(11, 1.0)
    population = replace(POPULATION, theta=0.0)
    sides = Propositions(proposition(donor), proposition(unknowns=1))
    found = weigh(stain, sides, population, KIT, MODEL)
    total = 0.0
    for locus in LOCI:
        a, b = donor.genotypes[locus].pair
        p, q = (SHARES[LABELS.index(x)] for x in (a, b))
        total -= log(p * q * (1 if a == b else 2)) / log(10)
    assert found.log10 <= total + 1e-6
    assert found.log10 > total - 0.5


def test_a_numerator_that_cannot_produce_the_peaks_is_an_exclusion() -> None:
    stain, _ = drawn(11, 1.0)
    other = Reference("other", {locus: genotype("8", "8") for locus in LOCI})
    strict = replace(MODEL, dropin=Dropin(0.0))
    sides = Propositions(proposition(other), proposition(unknowns=1))
    found = weigh(stain, sides, POPULATION, KIT, strict)
    assert found.log10 == -inf
    assert not found.is_settled
    with pytest.raises(CannotWeigh, match="cannot come from other"):
        weigh(stain, Propositions(*reversed(_pair(sides))), POPULATION, KIT, strict)


def _pair(sides: Propositions) -> tuple[Proposition, Proposition]:
    return sides.numerator, sides.denominator


@pytest.mark.parametrize("seed", range(5))
def test_starts_at_random_end_where_the_grid_does(seed: int) -> None:
    stain, _ = drawn(3, 0.7, 0.3)
    weighed = likelihood(stain, proposition(unknowns=2))
    _, usual = fit(weighed, MODEL)
    _, other = fit(weighed, MODEL, FitOptions(seed=seed))
    assert other.ln_likelihood == pytest.approx(usual.ln_likelihood, abs=1e-3)


def test_the_largest_shares_of_all_kinds_leave_a_peak_something() -> None:
    kinds: tuple[StutterKind, ...] = ("back", "forward", "double_back", "two_base")
    coordinates = Coordinates(1, True, kinds)
    edge = coordinates.to_parameters(np.array(coordinates.bounds)[:, 1])
    assert sum(edge.stutter.values()) < 1


def test_a_few_peaks_do_not_say_that_heights_never_vary() -> None:
    """Two peaks of 70 and 75 RFU, threshold 50: without the wall both are homozygotes' at a
    variability of next to nothing, since copies of 35 RFU are then never seen."""
    peaks = {LOCI[0]: (Peak(Allele("9"), 70.0),), LOCI[1]: (Peak(Allele("14"), 75.0),)}
    peaks |= dict.fromkeys(LOCI[2:], ())
    stain = Stain("S", (Replicate("S", peaks),))
    free = replace(PLAIN, conventions=replace(PLAIN.conventions, least_scale=0.0))
    found, record = fit(likelihood(stain, proposition(unknowns=1), PLAIN), PLAIN)
    unbounded, _ = fit(likelihood(stain, proposition(unknowns=1), free), free)
    assert unbounded.height_rfu * unbounded.variability**2 < 5
    assert found.height_rfu * found.variability**2 > 0.2 * 50 * 0.97
    assert record.ending is Ending.BOUNDARY
