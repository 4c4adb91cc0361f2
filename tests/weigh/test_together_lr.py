"""The LR of several kits: sums where kits share nothing, bounds where they share proportions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reopen.errors import CannotWeigh
from reopen.records import (
    Allele,
    AlleleFrequencies,
    Ending,
    Kit,
    Locus,
    Marker,
    Peak,
    Population,
    Propositions,
    Reference,
    Replicate,
    Stain,
    genotype,
    proposition,
)
from reopen.weigh.evaluate import fit_proposition, weigh
from reopen.weigh.model import Dropin, PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.together import TypedStain
from reopen.weigh.together_lr import fit_together, weigh_together

LABELS = tuple(Allele(str(n)) for n in (8, 10, 12, 14, 16, 18))
LOCI = tuple(Locus(name) for name in ("A", "B", "C", "D", "E", "F"))
TABLE = dict(zip(LABELS, (0.05, 0.1, 0.15, 0.2, 0.2, 0.3), strict=True))
POPULATION = Population(
    AlleleFrequencies("Invented", dict.fromkeys(LOCI, TABLE), "invented"), theta=0.01
)
MODEL = PeakModel(dropin=Dropin(0.02, 0.02))


def kit(name: str, loci: tuple[Locus, ...], longest: float) -> Kit:
    sizes = np.linspace(90.0, longest, len(loci))
    markers = [
        Marker(locus, "blue", {a: float(at) + 4.0 * int(a) for a in LABELS})
        for locus, at in zip(loci, sizes, strict=True)
    ]
    return Kit(name, tuple(markers), source="invented")


ONE, TWO = kit("One", LOCI[:4], 330.0), kit("Two", LOCI[2:], 280.0)
APART = kit("Apart", LOCI[4:], 280.0)


def drawn(seed: int, shares: tuple[float, ...], kits: tuple[Kit, ...]) -> list[TypedStain]:
    rng = np.random.default_rng(seed)
    people = draw_references(rng, POPULATION, [f"P{k}" for k in range(len(shares))])
    truths = (
        PeakParameters(shares, 900.0, 0.2, 0.8, 0.06),
        PeakParameters(shares, 300.0, 0.35, 0.9, 0.1),
    )
    return [
        TypedStain(
            draw_stain(rng, people, POPULATION, typed, truth, MODEL, id=typed.name), typed, MODEL
        )
        for typed, truth in zip(kits, truths, strict=True)
    ]


def people(seed: int, n: int) -> tuple[Reference, ...]:
    return draw_references(np.random.default_rng(seed), POPULATION, [f"P{k}" for k in range(n)])


def test_one_person_in_kits_without_a_common_locus_is_two_lrs() -> None:
    """Nothing is shared, neither loci nor proportions: the LRs multiply."""
    stains = drawn(1, (1.0,), (ONE, APART))
    (donor,) = people(1, 1)
    pair = Propositions(proposition(donor), proposition(unknowns=1, non_contributors=(donor,)))
    ratio = weigh_together(stains, pair, POPULATION)
    each = [weigh(s.stain, pair, POPULATION, s.kit, s.model).log10 for s in stains]
    assert ratio.log10 == pytest.approx(sum(each), abs=1e-4)
    assert ratio.is_settled
    assert sum(ratio.per_locus.values()) == pytest.approx(ratio.log10)


def test_proportions_that_are_shared_cannot_fit_better() -> None:
    """Two people, no common locus: the joint maximum lies between that of the truth and the sum
    of the kits' own maxima."""
    stains = drawn(2, (0.7, 0.3), (ONE, APART))
    side = proposition(unknowns=2)
    joint, likelihood = fit_together(stains, side, POPULATION)
    alone = [
        fit_proposition(s.stain, side, POPULATION, s.kit,
                        replace(s.model, conventions=replace(s.model.conventions,
                                                             unseen_alleles="one peak",
                                                                 least_scale=0.0)))
        for s in stains
    ]  # fmt: skip
    truth = [
        PeakParameters((0.7, 0.3), 900.0, 0.2, 0.8, 0.06),
        PeakParameters((0.7, 0.3), 300.0, 0.35, 0.9, 0.1),
    ]
    assert joint.ln_likelihood >= likelihood.ln_likelihood(truth)
    assert joint.ln_likelihood <= sum(one.fit.ln_likelihood for one in alone) + 1e-6
    assert len({p.proportions for p in joint.by_kit.values()}) == 1
    assert set(joint.by_kit) == {"One", "Apart"}


def test_donors_of_a_mixture_in_two_kits_are_supported_and_others_are_not() -> None:
    stains = drawn(3, (0.65, 0.35), (ONE, TWO))
    donors, stranger = people(3, 2), people(99, 1)[0]
    for person in (*donors, replace(stranger, id="stranger")):
        pair = Propositions(
            proposition(person, unknowns=1),
            proposition(unknowns=2, non_contributors=(person,)),
        )
        ratio = weigh_together(stains, pair, POPULATION)
        assert (ratio.log10 > 0) is (person in donors)
        assert set(ratio.per_locus) == set(LOCI)  # what either kit types


def test_peaks_that_a_proposition_cannot_make_have_a_named_ending() -> None:
    """Three alleles, one person, no drop-in."""
    model = replace(MODEL, dropin=Dropin(0.0))
    peaks = {LOCI[2]: tuple(Peak(a, 500.0) for a in (LABELS[0], LABELS[2], LABELS[5]))}
    stains = [
        TypedStain(Stain(typed.name, (Replicate("1", peaks),)), typed, model)
        for typed in (ONE, TWO)
    ]
    suspect = Reference("suspect", {LOCI[2]: genotype("8", "12")})
    found, _ = fit_together(stains, proposition(suspect), POPULATION)
    assert found.ending is Ending.UNEXPLAINED
    assert found.remark == "peaks at C"
    pair = Propositions(proposition(suspect), proposition(unknowns=1))
    with pytest.raises(CannotWeigh, match="cannot come from 1 unknown person: peaks at C"):
        weigh_together(stains, pair, POPULATION)
    two = Propositions(proposition(suspect), proposition(unknowns=2))
    assert weigh_together(stains, two, POPULATION).log10 == float("-inf")
