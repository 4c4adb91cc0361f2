"""Victims and families at linked loci, where not everybody is typed at all of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reopen.link.dvi_people import sought
from reopen.link.dvi_terms import FamilyTerms
from reopen.records import (
    AlleleFrequencies,
    Family,
    KinshipModel,
    LinkedPair,
    Locus,
    MapPosition,
    Member,
    Pedigree,
    Population,
    Reference,
    Sex,
    alleles,
    genotype,
)
from reopen.weigh.kinship import pedigree_likelihood

ONE, OTHER = Locus("D1S1"), Locus("D1S2")
A, B, C = alleles(("10", "11", "12"))
POPULATION = Population(
    AlleleFrequencies("drawn", {at: {A: 0.5, B: 0.3, C: 0.2} for at in (ONE, OTHER)}, "a test"), 0.0
)
PEDIGREE = Pedigree(
    (
        Member("father", Sex.MALE),
        Member("mother", Sex.FEMALE),
        Member("sister", Sex.FEMALE, "father", "mother"),
        Member("brother", Sex.MALE, "father", "mother"),
        Member("Ana", Sex.FEMALE, "father", "mother"),
    ),
    "Silva",
)
RELATIVES = {
    "sister": Reference("sister", {ONE: genotype(A, B), OTHER: genotype(B, B)}),
    "brother": Reference("brother", {ONE: genotype(B, C), OTHER: genotype(A, B)}),
}
MODELS = {
    "pair": KinshipModel(linked=(LinkedPair(ONE, OTHER, 0.05),)),
    "chromosome": KinshipModel(positions={ONE: MapPosition("1", 3), OTHER: MapPosition("1", 9)}),
}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("theta", [0.0, 0.05])
@pytest.mark.parametrize("typed", [(ONE, OTHER), (ONE,), (OTHER,)])
def test_a_victim_typed_at_some_of_the_linked_loci(
    model: str, theta: float, typed: tuple[Locus, ...]
) -> None:
    """The LR of the family with the victim put in, against the two apart, each weighed whole."""
    population = replace(POPULATION, theta=theta)
    victim = Reference("V1", dict.fromkeys(typed, genotype(A, B)))
    family = Family("Silva", PEDIGREE, RELATIVES, ("Ana",))
    found = FamilyTerms(
        (family,), sought((family,)), {"V1": victim}, population, MODELS[model]
    ).per_locus("Silva", (("Ana", "V1"),))
    together, _ = pedigree_likelihood(
        PEDIGREE, {**RELATIVES, "Ana": victim}, population, MODELS[model]
    )
    stranger = replace(PEDIGREE, members=(*PEDIGREE.members, Member("V1", Sex.FEMALE)))
    apart, _ = pedigree_likelihood(stranger, {**RELATIVES, "V1": victim}, population, MODELS[model])
    assert sum(found.values()) == pytest.approx(together.ln - apart.ln, abs=1e-12)


def test_exclusions_along_a_chromosome_are_counted_locus_by_locus() -> None:
    """The mother and a victim share no allele at either locus, and nothing mutates."""
    pedigree = Pedigree(
        (
            Member("father", Sex.MALE),
            Member("mother", Sex.FEMALE),
            Member("Ana", Sex.FEMALE, "father", "mother"),
        )
    )
    mother = Reference("mother", dict.fromkeys((ONE, OTHER), genotype(A)))
    victim = Reference("V1", dict.fromkeys((ONE, OTHER), genotype(B, C)))
    family = Family("Silva", pedigree, {"mother": mother}, ("Ana",))
    terms = FamilyTerms(
        (family,), sought((family,)), {"V1": victim}, POPULATION, MODELS["chromosome"]
    )
    assert terms.impossible("Silva", (("Ana", "V1"),)) == (ONE, OTHER)
    assert terms.loci("V1") == 2
