"""Sensitivity: each change is the weighing it says, and what cannot be weighed has a reason."""

from __future__ import annotations

from dataclasses import replace
from math import inf, log10

import pytest

from reopen.errors import InvalidRecord
from reopen.records import (
    FULL_SIBLINGS,
    UNKNOWN,
    Allele,
    AlleleFrequencies,
    Contributor,
    Kit,
    LikelihoodRatio,
    Locus,
    Marker,
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
from reopen.weigh.evaluate import weigh
from reopen.weigh.model import Dropin, Filters, PeakModel
from reopen.weigh.sensitivity import Basis, Effect, Variant, sensitivity, usual_variants
from reopen.weigh.stutter import Stutter

LOCI = (Locus("TH01"), Locus("vWA"))
TABLE = dict.fromkeys(alleles(str(k) for k in range(10, 20)), 0.1)
FREQUENCIES = AlleleFrequencies("invented", dict.fromkeys(LOCI, TABLE), "")
RARER = AlleleFrequencies(
    "other people",
    {locus: {a: 0.19 if int(a) > 14 else 0.01 for a in TABLE} for locus in LOCI},
    "",
)
KIT = Kit(
    "invented",
    tuple(Marker(locus, "blue", {a: 100.0 + 4 * int(a) for a in TABLE}) for locus in LOCI),
    "",
)
SUSPECT = Reference("P", {LOCI[0]: genotype("10", "12"), LOCI[1]: genotype("11", "14")})


def stain(*more: Peak) -> Stain:
    first = (Peak(Allele("10"), 900.0), Peak(Allele("12"), 1000.0), *more)
    second = (Peak(Allele("11"), 1100.0), Peak(Allele("14"), 950.0))
    return Stain("S", (Replicate("1", dict(zip(LOCI, (first, second), strict=True))),))


def basis(model: PeakModel | None = None, *, theta: float = 0.0, unknowns: int = 0) -> Basis:
    sides = Propositions(
        proposition(SUSPECT, unknowns=unknowns),
        proposition(unknowns=unknowns + 1, non_contributors=(SUSPECT,)),
    )
    plain = PeakModel(degradation=False, stutter=Stutter(back=False))
    return Basis(stain(), sides, Population(FREQUENCIES, theta), KIT, model or plain)


def weighed(case: Basis) -> LikelihoodRatio:
    return weigh(case.stain, case.propositions, case.population, case.kit, case.model)


@pytest.fixture(scope="module")
def effects() -> dict[tuple[str, str], Effect]:
    case = basis()
    found = sensitivity(case, weighed(case), usual_variants(case, [RARER, FREQUENCIES]))
    return {(e.assumption, e.value): e for e in found.effects}


def test_theta_by_hand(effects: dict[tuple[str, str], Effect]) -> None:
    """One clean heterozygous donor: the match probability of NRC II, 4.10b, at each locus."""
    theta, p = 0.03, 0.1
    match = 2 * (theta + (1 - theta) * p) ** 2 / ((1 + theta) * (1 + 2 * theta))
    assert effects["theta", "0.03"].log10 == pytest.approx(-2 * log10(match), abs=0.02)
    assert ("theta", "0") not in effects  # that is how it was weighed


def test_the_population_by_hand(effects: dict[tuple[str, str], Effect]) -> None:
    """All four alleles of the donor have 0.01 there in place of 0.1: 2 * 0.01^2 at each locus."""
    found = effects["population", "other people"].log10
    assert found == pytest.approx(-2 * log10(2 * 0.01**2), abs=0.02)
    assert ("population", "invented") not in effects


def test_what_is_asked_is_listed_once(effects: dict[tuple[str, str], Effect]) -> None:
    assert list(effects) == [
        ("analytical threshold", "half, 25 RFU"),
        ("analytical threshold", "double, 100 RFU"),
        ("drop-in probability", "0"),
        ("drop-in probability", "half, 0.025"),
        ("drop-in probability", "double, 0.1"),
        ("theta", "0.01"),
        ("theta", "0.03"),
        ("minimum frequency", "half, 0.05"),
        ("minimum frequency", "double, 0.2"),
        ("stutter", "backward"),
        ("stutter", "backward and forward"),
        ("degradation", "on"),
        ("contributors", "one fewer"),
        ("contributors", "one more"),
        ("population", "other people"),
    ]


def test_each_effect_is_that_weighing(effects: dict[tuple[str, str], Effect]) -> None:
    case = basis()
    stricter = replace(case, model=replace(case.model, threshold_rfu=100.0))
    assert effects["analytical threshold", "double, 100 RFU"].log10 == weighed(stricter).log10
    stuttering = replace(case, model=replace(case.model, stutter=Stutter(back=True)))
    assert effects["stutter", "backward"].log10 == weighed(stuttering).log10
    degraded = replace(case, model=replace(case.model, degradation=True))
    assert effects["degradation", "on"].log10 == weighed(degraded).log10
    more = basis(unknowns=1)
    assert effects["contributors", "one more"].log10 == weighed(more).log10


def test_what_cannot_be_weighed_is_no_number(effects: dict[tuple[str, str], Effect]) -> None:
    found = effects["contributors", "one fewer"]
    assert found.log10 is None
    assert "Nobody unknown and unrelated is among: P." in found.reason


def test_a_denominator_made_impossible_is_told() -> None:
    """A fifth peak at TH01, of nobody: without drop-in one person cannot leave three peaks."""
    case = replace(basis(), stain=stain(Peak(Allele("17"), 60.0)))
    ratio = weighed(case)
    found = sensitivity(case, ratio, [v for v in usual_variants(case) if v.value == "0"])
    (effect,) = found.effects
    assert effect.log10 is None
    assert "cannot come from 1 unknown person: peaks at TH01" in effect.reason
    assert found.weighed == ()
    assert found.range == (ratio.log10, ratio.log10)


def test_an_exclusion_is_a_number_without_a_remark() -> None:
    stranger = Reference("Q", {LOCI[0]: genotype("15", "16"), LOCI[1]: genotype("11", "14")})
    sides = Propositions(
        proposition(stranger), proposition(unknowns=1, non_contributors=(stranger,))
    )
    strict = PeakModel(degradation=False, stutter=Stutter(back=False), dropin=Dropin(0.0))
    case = replace(basis(strict), propositions=sides)
    variants = [v for v in usual_variants(case) if v.assumption == "theta"]
    for effect in sensitivity(case, weighed(case), variants).effects:
        assert (effect.log10, effect.remark, effect.reason) == (-inf, "", "")


def test_own_variants() -> None:
    case = basis()
    own = Variant("kit", "none", lambda b: replace(b, kit=None))
    refused = Variant("theta", "2", lambda b: replace(b, population=replace(b.population, theta=2)))
    ratio = weighed(case)
    same, impossible = sensitivity(case, ratio, [own, refused], workers=2).effects
    assert same.log10 == pytest.approx(ratio.log10, abs=1e-6)
    assert impossible.log10 is None
    assert "theta = 2" in impossible.reason


def test_a_locus_that_falls_away_is_told() -> None:
    case = basis()
    fewer = AlleleFrequencies("fewer loci", {LOCI[0]: TABLE}, "")
    (variant,) = [v for v in usual_variants(case, [fewer]) if v.assumption == "population"]
    (effect,) = sensitivity(case, weighed(case), [variant]).effects
    assert effect.log10 is not None
    assert effect.remark == "1 loci in place of 2"


def test_settings_by_locus_and_removed_stutter() -> None:
    model = PeakModel(
        stutter=Stutter(back=False),
        threshold_rfu={LOCI[0]: 40.0, LOCI[1]: 60.0},
        dropin=Dropin(0.0),
        filters=Filters(back=0.15),
    )
    found = {(v.assumption, v.value): v for v in usual_variants(basis(model, theta=0.01))}
    assert ("analytical threshold", "half, 20 to 30 by locus RFU") in found
    assert not any(assumption == "drop-in probability" for assumption, _ in found)
    assert not any(assumption == "stutter" for assumption, _ in found)
    assert ("degradation", "off") in found
    changed = found["analytical threshold", "half, 20 to 30 by locus RFU"].change(basis(model))
    assert changed.model.threshold_rfu == {LOCI[0]: 20.0, LOCI[1]: 30.0}


def test_a_related_person_stays_last_and_stays() -> None:
    brother = Proposition((UNKNOWN, Contributor(None, FULL_SIBLINGS, SUSPECT)))
    case = replace(basis(), propositions=Propositions(proposition(SUSPECT, unknowns=1), brother))
    fewer, more = [v.change(case) for v in usual_variants(case) if v.assumption == "contributors"]
    assert fewer.propositions.denominator.contributors == brother.contributors[1:]
    assert more.propositions.denominator.contributors == (UNKNOWN, *brother.contributors)


def test_a_setting_doubled_beyond_its_range_is_refused_when_weighed() -> None:
    case = basis(PeakModel(degradation=False, stutter=Stutter(back=False), dropin=Dropin(0.6)))
    (variant,) = [v for v in usual_variants(case) if v.value == "double, 1.2"]
    with pytest.raises(InvalidRecord, match="dropin_probability"):
        variant.change(case)
