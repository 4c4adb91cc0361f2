"""SNPs along a chromosome: limits that are known, speed of hundreds, refusals."""

from __future__ import annotations

from dataclasses import replace
from math import log

import pytest

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import (
    AlleleFrequencies,
    KinshipModel,
    Locus,
    Member,
    Pedigree,
    Population,
    Reference,
    Sex,
    alleles,
    genotype,
)
from reopen.weigh.kinship import pedigree_likelihood
from reopen.weigh.kinship_chromosomes import MapPosition, chromosome_likelihood, haldane

SNPS = tuple(Locus(f"RS{k}") for k in range(300))
A, B = alleles(("A", "G"))
POPULATION = Population(
    AlleleFrequencies("drawn", {snp: {A: 0.3, B: 0.7} for snp in SNPS}, "a test"), 0.0
)
SIBS = Pedigree(
    (
        Member("father", Sex.MALE),
        Member("mother", Sex.FEMALE),
        Member("one", Sex.MALE, "father", "mother"),
        Member("other", Sex.MALE, "father", "mother"),
    )
)


def places(cm: float) -> dict[Locus, MapPosition]:
    return {snp: MapPosition("1", k * cm) for k, snp in enumerate(SNPS)}


def profiles(**typed: str) -> dict[str, Reference]:
    """Each person has one genotype at all SNPs."""
    return {id: Reference(id, {snp: genotype(*pair) for snp in SNPS}) for id, pair in typed.items()}


def test_loci_far_apart_are_unlinked() -> None:
    typed = profiles(one="AG", other="GG")
    found, _ = chromosome_likelihood(SIBS, typed, POPULATION, KinshipModel(), places(1e5))
    apart, _ = pedigree_likelihood(SIBS, typed, POPULATION, KinshipModel())
    assert found.ln == pytest.approx(apart.ln)


def test_loci_in_one_place_are_handed_on_together() -> None:
    """Sibs of the same homozygous genotype at n SNPs in one place share 2, 1 or 0 haplotypes:
    p^(2n) / 4 + p^(3n) / 2 + p^(4n) / 4."""
    typed = {id: Reference(id, {snp: genotype("A") for snp in SNPS[:5]}) for id in ("one", "other")}
    found, _ = chromosome_likelihood(SIBS, typed, POPULATION, KinshipModel(), places(0.0))
    q = 0.3**5
    assert found.ln == pytest.approx(log(q**2 / 4 + q**3 / 2 + q**4 / 4))


def test_chromosomes_are_told_apart() -> None:
    typed = profiles(one="AG", other="GG")
    where = places(1.0) | {snp: MapPosition("2", 0.0) for snp in SNPS[:10]}
    found, _ = chromosome_likelihood(SIBS, typed, POPULATION, KinshipModel(), where)
    assert list(found.by_locus) == ["2", "1"]


def test_a_locus_without_a_place_is_listed() -> None:
    where = places(1.0)
    del where[SNPS[3]]
    _, refused = chromosome_likelihood(SIBS, profiles(one="AG"), POPULATION, KinshipModel(), where)
    assert [item.what for item in refused] == [SNPS[3]]


def test_a_chromosome_is_all_on_x_or_not_at_all() -> None:
    model = KinshipModel(x_linked=frozenset(SNPS[:2]))
    with pytest.raises(InvalidRecord, match="RS0 is on X"):
        chromosome_likelihood(SIBS, profiles(one="A"), POPULATION, model, places(1.0))


def test_too_many_transmissions_are_refused_at_once() -> None:
    children = tuple(Member(f"c{k}", Sex.MALE, "father", "mother") for k in range(12))
    large = replace(SIBS, members=(*SIBS.members, *children))
    typed = profiles(**{child.id: "AG" for child in children})
    with pytest.raises(CannotWeigh, match="24 transmissions"):
        chromosome_likelihood(large, typed, POPULATION, KinshipModel(), places(1.0))


def test_haldane() -> None:
    assert haldane(25) == pytest.approx(0.19673467014)
    assert haldane(-25) == haldane(25)
