"""The non-contributor test: against enumeration with the twin, and against simulation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations_with_replacement, product
from math import exp, inf, log
from random import Random

import numpy as np
import pytest
from tests.twins.mixture import Scene, genotype_probability, ln_marker, typed_counts
from tests.weigh.scenes import LOCI, NAMES, scenes

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.formats import library
from reopen.records import (
    FULL_SIBLINGS,
    REST,
    UNKNOWN,
    Allele,
    AlleleFrequencies,
    Contributor,
    Genotype,
    Locus,
    Peak,
    Population,
    Proposition,
    Propositions,
    Reference,
    Replicate,
    Stain,
    alleles,
    genotype,
    proposition,
)
from reopen.weigh.model import Dropin, PeakModel, PeakParameters
from reopen.weigh.noncontributors import NonContributors, non_contributors
from reopen.weigh.noncontributors_refitted import refitted_non_contributors, wilson_interval
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter

ONE, TWO = Locus("TH01"), Locus("vWA")
TABLE = dict(zip(alleles(["6", "7", "8", "9", "10"]), (0.1, 0.3, 0.2, 0.25, 0.15), strict=True))
MODEL = PeakModel(degradation=False, stutter=Stutter(back=True))
SUSPECT = Reference("suspect", {ONE: genotype("6", "8"), TWO: genotype("7", "7")})
OTHER = Reference("other", {ONE: genotype("7", "9"), TWO: genotype("7", "10")})
PARAMETERS = PeakParameters((0.6, 0.4), 600.0, 0.3, 1.0, 0.08)


@dataclass(frozen=True)
class Given:
    stain: Stain
    propositions: Propositions
    population: Population
    model: PeakModel = MODEL
    parameters: PeakParameters = PARAMETERS

    def found(self) -> NonContributors:
        return non_contributors(
            self.stain, self.propositions, SUSPECT, self.population, None, self.model,
            self.parameters,
        )  # fmt: skip


def population(theta: float) -> Population:
    return Population(AlleleFrequencies("invented", {ONE: TABLE, TWO: TABLE}, ""), theta)


def stain() -> Stain:
    peaks = {
        ONE: (Peak(Allele("6"), 310.0), Peak(Allele("7"), 220.0), Peak(Allele("8"), 400.0)),
        TWO: (Peak(Allele("6"), 70.0), Peak(Allele("7"), 900.0)),
    }
    return Stain("S", (Replicate("1", peaks),))


def pair(*known: Reference, unknowns: int) -> Propositions:
    return Propositions(
        proposition(SUSPECT, *known, unknowns=unknowns),
        proposition(*known, unknowns=unknowns + 1, non_contributors=(SUSPECT,)),
    )


def enumerated(given: Given) -> list[tuple[float, float]]:
    """(log10 LR, probability) of every random person, by the twin.

    A person has the probability that theta gives them, the peaks seen and the others typed.
    """
    sides = given.propositions
    known = sides.denominator.known
    n = sides.numerator.unknowns
    by_locus = []
    for locus in (ONE, TWO):

        def scene(side: Proposition, shares: tuple[float, ...], locus: Locus = locus) -> Scene:
            parameters = replace(given.parameters, proportions=shares)
            return Scene(given.stain, locus, side, given.population, None, given.model, parameters)

        own, *others = given.parameters.proportions
        in_order = (*others[: len(known)], own, *others[len(known) :])
        seen = scene(proposition(*known, unknowns=n + 1), in_order)
        one, other = [label for label in TABLE if label not in seen.alleles][:2]
        found = []
        for labels in combinations_with_replacement(seen.frequency, 2):
            prior = genotype_probability(seen, labels, typed_counts(seen))
            ways = [(tuple(one if a == REST else Allele(a) for a in labels), prior)]
            if labels == (REST, REST):
                ways = [((one, one), prior * seen.alike), ((one, other), prior * (1 - seen.alike))]
            for labelled, way in ways:
                who = Reference("random", {locus: Genotype(labelled)})
                ln_first = ln_marker(
                    scene(proposition(who, *known, unknowns=n), given.parameters.proportions)
                )
                against = proposition(*known, unknowns=n + 1, non_contributors=(who,))
                ln_second = ln_marker(scene(against, in_order))
                found.append(((ln_first - ln_second) / log(10), way * exp(ln_second)))
        total = sum(weight for _, weight in found)
        by_locus.append([(value, weight / total) for value, weight in found])
    return [(a + b, p * q) for (a, p), (b, q) in product(*by_locus)]


CASES = {
    "alone": Given(stain(), pair(unknowns=1), population(0.0)),
    "theta": Given(stain(), pair(unknowns=1), population(0.05)),
    "beside a known person": Given(
        stain(), pair(OTHER, unknowns=1), population(0.03),
        parameters=PeakParameters((0.5, 0.3, 0.2), 600.0, 0.3, 1.0, 0.08),
    ),
    "nobody unknown": Given(
        stain(), pair(OTHER, unknowns=0), population(0.02), MODEL, PARAMETERS
    ),
    "exclusions": Given(
        stain(), pair(unknowns=1), population(0.01), replace(MODEL, dropin=Dropin(0.0))
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_the_distribution_is_that_of_all_people_one_by_one(name: str) -> None:
    given = CASES[name]
    exact = enumerated(given)
    found = given.found()
    spread = found.distribution
    assert spread.impossible == pytest.approx(sum(p for v, p in exact if v == -inf), abs=1e-12)
    assert spread.largest == pytest.approx(max(v for v, _ in exact), abs=1e-9)
    for at in np.linspace(-6, spread.largest + 0.1, 41):
        truth = sum(p for v, p in exact if v >= at)
        low, high = spread.at_least(float(at))
        assert low - 1e-12 <= truth <= high + 1e-12
    low, high = spread.at_least(found.observed)
    truth = sum(p for v, p in exact if v >= found.observed - 1e-7)
    assert low - 1e-12 <= truth <= high + 1e-12


@pytest.mark.parametrize("name", CASES)
def test_the_mean_ratio_of_random_people_is_one(name: str) -> None:
    """Turing's check: exact at every locus, whatever theta."""
    found = CASES[name].found()
    assert found.distribution.mean_power == pytest.approx(1.0, abs=1e-12)
    for person in found.by_locus.values():
        assert (person.probability * 10.0**person.log10).sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_the_mean_is_one_with_every_part_of_the_model(seed: int) -> None:
    """Filters, replicates, LUS and text alleles, people not typed at a locus, theta by locus."""
    rng = Random(seed)
    scene = scenes(seed, relatives=False)[0]
    typed = {
        locus: Genotype(tuple(map(Allele, rng.choices(names, k=2))))
        for locus, names in NAMES.items()
        if locus == LOCI[0] or rng.random() < 0.8
    }
    suspect, known = Reference("suspect", typed), scene.proposition.known
    others, unknowns = scene.proposition.non_contributors, rng.choice((0, 1, 2))
    sides = Propositions(
        proposition(suspect, *known, unknowns=unknowns, non_contributors=others),
        proposition(*known, unknowns=unknowns + 1, non_contributors=(suspect, *others)),
    )
    shares = np.array([rng.uniform(0.1, 1) for _ in sides.numerator.contributors])
    parameters = replace(scene.parameters, proportions=tuple(map(float, shares / shares.sum())))
    # without rescaling, a table may sum to more than 1, and probabilities with it
    at = replace(scene.population, rescale=True)
    try:
        found = non_contributors(
            scene.stain, sides, suspect, at, scene.kit, scene.model, parameters
        )
    except CannotWeigh as error:
        assert "no peak at or above the threshold" in error.seen  # noqa: PT017
        return
    assert found.distribution.mean_power == pytest.approx(1.0, abs=1e-9)


def test_without_theta_random_people_are_those_of_the_population() -> None:
    found = CASES["alone"].found().by_locus[ONE]
    by_genotype = dict(zip(map(str, found.genotypes), found.probability, strict=True))
    assert by_genotype["6/6"] == pytest.approx(0.01)
    assert by_genotype["6/7"] == pytest.approx(0.06)
    # 9 and 10 are not seen, and stand for each other: one of them twice, or both
    assert by_genotype["9/9"] == pytest.approx(TABLE[Allele("9")] ** 2 + TABLE[Allele("10")] ** 2)
    assert by_genotype["9/10"] == pytest.approx(2 * TABLE[Allele("9")] * TABLE[Allele("10")])


def test_the_observed_ratio_is_that_of_the_suspects_genotype() -> None:
    found = CASES["alone"].found()
    own = 0.0
    for locus, person in found.by_locus.items():
        place = person.genotypes.index(SUSPECT.genotypes[locus])
        own += float(person.log10[place])
    assert found.observed == pytest.approx(own, abs=1e-9)


def test_a_locus_at_which_the_suspect_was_not_typed_says_nothing() -> None:
    partly = Reference("suspect", {ONE: SUSPECT.genotypes[ONE]})
    sides = Propositions(
        proposition(partly, unknowns=1), proposition(unknowns=2, non_contributors=(partly,))
    )
    found = non_contributors(stain(), sides, partly, population(0.0), None, MODEL, PARAMETERS)
    assert set(found.by_locus) == {ONE}
    assert found.observed == pytest.approx(
        float(found.by_locus[ONE].log10[found.by_locus[ONE].genotypes.index(genotype("6", "8"))])
    )


def test_a_brother_instead_of_the_suspect() -> None:
    """The denominator's person is the random person's brother, and has the suspect's share."""
    brother = Proposition((UNKNOWN, Contributor(None, FULL_SIBLINGS, SUSPECT)))
    sides = Propositions(proposition(SUSPECT, unknowns=1), brother)
    found = non_contributors(stain(), sides, SUSPECT, population(0.02), None, MODEL, PARAMETERS)
    # not exact: whether a brother's two unseen alleles are one does not depend on descent
    assert found.distribution.mean_power == pytest.approx(1.0, abs=1e-8)
    plain = Given(stain(), pair(unknowns=1), population(0.02)).found()
    assert found.observed < plain.observed


def test_simulated_people_follow_the_distribution() -> None:
    """Real kit, real frequencies: people drawn and weighed one by one with parameters kept."""
    rng = np.random.default_rng(8)
    at = Population(library.population("nist1036-cauc"), 0.0)
    kit = library.kit("SGM Plus")
    people = draw_references(rng, at, ["A", "B"])
    parameters = PeakParameters((0.35, 0.65), 700.0, 0.3, 0.8, 0.07)
    trace = draw_stain(rng, people, at, kit, parameters, id="S")
    suspect = people[0]
    sides = Propositions(
        proposition(suspect, unknowns=1), proposition(unknowns=2, non_contributors=(suspect,))
    )
    found = non_contributors(trace, sides, suspect, at, kit, PeakModel(), parameters)
    drawn = draw_references(rng, at, [f"R{k}" for k in range(400)])
    values = []
    for person in drawn:
        total = 0.0
        for locus, random_person in found.by_locus.items():
            seen = _seen(trace, locus)
            unseen = dict.fromkeys(
                a for g in random_person.genotypes for a in g.alleles if a not in seen
            )
            own = dict.fromkeys(a for a in person.genotypes[locus].pair if a not in seen)
            stands = dict(zip(own, unseen, strict=False))
            pair_ = tuple(stands.get(a, a) for a in person.genotypes[locus].pair)
            total += float(random_person.log10[random_person.genotypes.index(Genotype(pair_))])
        values.append(total)
    for probability in (0.25, 0.5, 0.75):
        low, high = found.distribution.quantile(probability)
        below = sum(v <= (low + high) / 2 for v in values) / len(values)
        assert below == pytest.approx(probability, abs=4 * (0.25 / len(values)) ** 0.5)


def _seen(trace: Stain, locus: Locus) -> set[Allele]:
    return {p.allele for p in trace.replicates[0].peaks[locus] if (p.height_rfu or 0) >= 50}


def test_people_refitted_are_counted_with_an_interval() -> None:
    given = CASES["alone"]
    fixed = given.found()
    found = refitted_non_contributors(
        given.stain, given.propositions, SUSPECT, given.population, None, given.model, fixed, 1.5,
        people=12, seed=4,
    )  # fmt: skip
    assert len(found.log10) + len(found.not_weighed) == 12
    assert list(found.log10) == sorted(found.log10)
    share, low, high = found.share_at_least(1.5)
    assert low <= share <= high
    again = refitted_non_contributors(
        given.stain, given.propositions, SUSPECT, given.population, None, given.model, fixed, 1.5,
        people=12, seed=4, workers=2,
    )  # fmt: skip
    assert again.log10 == found.log10


@pytest.mark.parametrize(
    ("reached", "n", "low", "high"),
    # Newcombe 1998, Stat Med 17, 857-872, table I: the score method
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
     (1, 29, 0.0061, 0.1718)],
)  # fmt: skip
def test_the_interval_is_wilsons(reached: int, n: int, low: float, high: float) -> None:
    assert wilson_interval(reached, n) == pytest.approx((low, high), abs=5e-5)


def test_what_cannot_be_tested_is_refused_with_its_reason() -> None:
    given = CASES["alone"]
    with pytest.raises(CannotWeigh, match="differ in one person only"):
        non_contributors(
            stain(),
            Propositions(proposition(SUSPECT, unknowns=1), proposition(unknowns=3)),
            SUSPECT, given.population, None, MODEL, PARAMETERS,
        )  # fmt: skip
    with pytest.raises(CannotWeigh, match="first proposition, not the second"):
        non_contributors(
            stain(), given.propositions, OTHER, given.population, None, MODEL, PARAMETERS
        )
    strict = replace(MODEL, dropin=Dropin(0.0), stutter=Stutter(back=False))
    alone = Propositions(proposition(SUSPECT), proposition(unknowns=1))
    with pytest.raises(CannotWeigh, match="first proposition cannot produce the peaks"):
        non_contributors(
            stain(), alone, SUSPECT, given.population, None, strict,
            PeakParameters((1.0,), 600.0, 0.3),
        )  # fmt: skip
    with pytest.raises(InvalidRecord, match="0 random people"):
        refitted_non_contributors(
            given.stain, given.propositions, SUSPECT, given.population, None, given.model,
            given.found(), 1.0, people=0,
        )  # fmt: skip
