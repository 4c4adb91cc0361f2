"""Genotypes that may have been taken for others: by hand, sums over all that may be typed."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations_with_replacement
from math import exp, inf, log

import pytest

from reopen.errors import InvalidRecord
from reopen.records import (
    AlleleFrequencies,
    KinshipModel,
    Locus,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Sex,
    alleles,
    genotype,
)
from reopen.weigh.kinship import PedigreeWeigher, pedigree_likelihood

L = Locus("D1S1")
A, B, C = alleles(("10", "11", "12"))
P = {A: 0.5, B: 0.3, C: 0.2}
POPULATION = Population(AlleleFrequencies("drawn", {L: P}, "a test"), 0.0)
DUO = Pedigree(
    (
        Member("father", Sex.MALE),
        Member("mother", Sex.FEMALE),
        Member("child", Sex.MALE, "father", "mother"),
    )
)
ALONE = Pedigree((Member("one", Sex.MALE),))


def ln(pedigree: Pedigree, model: KinshipModel, **typed: str) -> float:
    profiles = {id: Reference(id, {L: genotype(*g.split("/"))}) for id, g in typed.items()}
    found, refused = pedigree_likelihood(pedigree, profiles, POPULATION, model)
    assert not refused
    return found.by_locus[L]


def test_a_father_and_child_who_share_nothing() -> None:
    """Father typed 10/10, child 12/12, the child's genotype mistaken with 0.01. The child has 10
    and another: it is 10/10 (0.5), 10/11 (0.3) or 10/12 (0.2), and 12/12 is drawn among the rest
    with p^2 / (1 - P(what it is)).
    """
    expected = 0.25 * 0.01 * (
        0.5 * 0.04 / (1 - 0.25) + 0.3 * 0.04 / (1 - 0.3) + 0.2 * 0.04 / (1 - 0.2)
    )  # fmt: skip
    model = KinshipModel(typing_error={"child": 0.01})
    assert ln(DUO, model, father="10/10", child="12/12") == pytest.approx(log(expected), abs=1e-12)
    assert ln(DUO, KinshipModel(), father="10/10", child="12/12") == -inf


def test_one_person_alone() -> None:
    """P(typed 10/11) = 0.3 (1 - e) + e times the sum over others of P(other) 0.3 / (1 - P)."""
    others = [0.25, 0.09, 0.04, 2 * 0.5 * 0.2, 2 * 0.3 * 0.2]
    expected = 0.3 * 0.9 + 0.1 * sum(p * 0.3 / (1 - p) for p in others)
    assert exp(ln(ALONE, KinshipModel(typing_error=0.1), one="10/11")) == pytest.approx(expected)


@pytest.mark.parametrize("theta", [0.0, 0.1])
def test_all_that_may_be_typed_sums_to_one(theta: float) -> None:
    population = replace(POPULATION, theta=theta)
    weigher = PedigreeWeigher(DUO, population, KinshipModel(typing_error=0.2))
    kinds = list(combinations_with_replacement((A, B, C), 2))
    total = 0.0
    for one in kinds:
        for other in kinds:
            typed = {"father": genotype(*one), "child": genotype(*other)}
            profiles = {id: Reference(id, {L: g}) for id, g in typed.items()}
            total += exp(weigher.likelihood(profiles)[0].ln)
    assert total == pytest.approx(1, abs=1e-12)


def test_no_error_is_no_change() -> None:
    typed = {"father": "10/11", "child": "11/12"}
    assert ln(DUO, KinshipModel(typing_error=0.0), **typed) == ln(DUO, KinshipModel(), **typed)
    slight = ln(DUO, KinshipModel(typing_error=1e-9), **typed)
    assert slight == pytest.approx(ln(DUO, KinshipModel(), **typed), abs=1e-7)


def test_a_locus_of_one_allele_cannot_be_mistaken() -> None:
    population = Population(AlleleFrequencies("drawn", {L: {A: 1.0}}, "a test"), 0.0)
    profiles = {"one": Reference("one", {L: genotype(A)})}
    model = KinshipModel(typing_error=0.1)
    assert pedigree_likelihood(ALONE, profiles, population, model)[0].ln == pytest.approx(0)


@pytest.mark.parametrize("rate", [0.0, 0.001])
def test_what_needs_an_error_is_named(rate: float) -> None:
    """With mutation too, a locus that both explain is told by how it was typed."""
    of = MutationModel(MutationKind.EQUAL, rate) if rate else MutationModel()
    weigher = PedigreeWeigher(DUO, POPULATION, KinshipModel(Mutation(of, of), typing_error=0.01))
    far = {"father": genotype(A), "child": genotype(C)}
    near = {"father": genotype(A), "child": genotype(A, C)}
    assert weigher.needs_mutation({id: Reference(id, {L: g}) for id, g in far.items()}) == (L,)
    assert weigher.needs_mutation({id: Reference(id, {L: g}) for id, g in near.items()}) == ()


@pytest.mark.parametrize("error", [-0.1, 1.0, {"mother": 1.5}])
def test_an_error_is_a_probability(error: float | dict[str, float]) -> None:
    with pytest.raises(InvalidRecord, match="typing error"):
        KinshipModel(typing_error=error)
