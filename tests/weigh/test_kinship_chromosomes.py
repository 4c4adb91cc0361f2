"""SNPs along a chromosome: limits that are known, speed of hundreds, refusals."""

from __future__ import annotations

from dataclasses import replace
from math import log

import pytest

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import (
    AlleleFrequencies,
    KinshipModel,
    LinkedPair,
    Locus,
    MapPosition,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    PedigreeLikelihood,
    Population,
    Reference,
    Sex,
    alleles,
    genotype,
)
from reopen.weigh.kinship import PedigreeWeigher, pedigree_likelihood, weigh_kinship
from reopen.weigh.kinship_chromosomes import haldane

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


def weighed(
    typed: dict[str, Reference], where: dict[Locus, MapPosition], model: KinshipModel | None = None
) -> PedigreeLikelihood:
    model = replace(model or KinshipModel(), positions=where)
    found, refused = pedigree_likelihood(SIBS, typed, POPULATION, model)
    assert not refused
    return found


def profiles(**typed: str) -> dict[str, Reference]:
    """Each person has one genotype at all SNPs."""
    return {id: Reference(id, {snp: genotype(*pair) for snp in SNPS}) for id, pair in typed.items()}


def test_loci_far_apart_are_unlinked() -> None:
    typed = profiles(one="AG", other="GG")
    found = weighed(typed, places(1e5))
    assert list(found.by_locus) == ["chromosome 1 (300 loci)"]
    apart, _ = pedigree_likelihood(SIBS, typed, POPULATION, KinshipModel())
    assert found.ln == pytest.approx(apart.ln)


def test_loci_in_one_place_are_handed_on_together() -> None:
    """Sibs of the same homozygous genotype at n SNPs in one place share 2, 1 or 0 haplotypes:
    p^(2n) / 4 + p^(3n) / 2 + p^(4n) / 4."""
    typed = {id: Reference(id, {snp: genotype("A") for snp in SNPS[:5]}) for id in ("one", "other")}
    found = weighed(typed, places(0.0))
    q = 0.3**5
    assert found.ln == pytest.approx(log(q**2 / 4 + q**3 / 2 + q**4 / 4))


def test_chromosomes_are_told_apart() -> None:
    typed = profiles(one="AG", other="GG")
    where = places(1.0) | {snp: MapPosition("2", 0.0) for snp in SNPS[:10]}
    found = weighed(typed, where)
    assert list(found.by_locus) == ["chromosome 2 (10 loci)", "chromosome 1 (290 loci)"]


def test_a_locus_without_a_place_or_in_a_pair_is_no_part_of_a_chromosome() -> None:
    where = places(1.0)
    del where[SNPS[3]]
    pair = LinkedPair(SNPS[4], SNPS[5], 0.1)
    typed = profiles(one="AG", other="GG")
    found = weighed(typed, where, KinshipModel(linked=(pair,)))
    assert set(found.by_locus) == {"chromosome 1 (297 loci)", "RS3", "RS4 + RS5"}


def test_one_locus_of_a_chromosome_is_a_locus() -> None:
    typed = profiles(one="AG", other="GG")
    assert "RS0" in weighed(typed, {SNPS[0]: MapPosition("1", 5.0)}).by_locus


def test_x_is_called_x() -> None:
    with pytest.raises(InvalidRecord, match="RS0 is placed on chromosome 1, and is among"):
        KinshipModel(x_linked=frozenset(SNPS[:2]), positions=places(1.0))
    with pytest.raises(InvalidRecord, match="RS0 is placed on chromosome X, and is not"):
        KinshipModel(positions={SNPS[0]: MapPosition("X", 1.0)})


@pytest.mark.parametrize(("chromosome", "cm"), [("", 1.0), (" ", 1.0), ("1", float("nan"))])
def test_a_place_is_a_chromosome_and_a_number(chromosome: str, cm: float) -> None:
    with pytest.raises(InvalidRecord):
        MapPosition(chromosome, cm)


@pytest.mark.parametrize("cm", [0.0, 1.0, 30.0, 1e6])
def test_siblings_at_two_loci_in_closed_form(cm: float) -> None:
    """Sibs A/A, A/A at two loci. Of a parent both get the same allele (1) or two (0): at the next
    locus it is the same again with psi = rho^2 + (1 - rho)^2. A locus has p^2 with two parents of
    whom both handed on the same, p^3 with one, p^4 with none. Source: Haseman and Elston 1972.
    """
    rho = haldane(cm)
    psi = rho**2 + (1 - rho) ** 2
    p = 0.3
    same = {(1, 1): psi / 2, (0, 0): psi / 2, (1, 0): (1 - psi) / 2, (0, 1): (1 - psi) / 2}
    expected = sum(
        a * b * p ** (4 - f1 - m1) * p ** (4 - f2 - m2)
        for (f1, f2), a in same.items()
        for (m1, m2), b in same.items()
    )
    typed = {id: Reference(id, {snp: genotype("A") for snp in SNPS[:2]}) for id in ("one", "other")}
    assert weighed(typed, places(cm)).ln == pytest.approx(log(expected), abs=1e-12)


def test_a_ratio_has_a_term_for_each_chromosome() -> None:
    """Against unrelated people the loci are independent, wherever they lie."""
    typed = profiles(one="AG", other="AG")
    stranger = Member("other", Sex.MALE)
    apart = replace(SIBS, members=(*SIBS.members[:3], stranger), name="apart")
    model = KinshipModel(positions=places(2.0))
    found = weigh_kinship(
        {"sibs": SIBS, "apart": apart}, typed, POPULATION, model,
        numerator="sibs", denominator="apart",
    )  # fmt: skip
    assert found.together == {"chromosome 1 (300 loci)": SNPS}
    assert found.loci_of("chromosome 1 (300 loci)") == SNPS
    assert found.loci_of("RS7") == ("RS7",)
    assert found.denominator.ln == pytest.approx(300 * 2 * log(2 * 0.3 * 0.7))
    assert found.log10 == pytest.approx((found.numerator.ln - found.denominator.ln) / log(10))


def test_loci_that_need_a_mutation_are_named_one_by_one() -> None:
    """A child A/A of a father G/G: each of the loci needs a mutation."""
    typed = profiles(father="GG", one="AA")
    equal = MutationModel(MutationKind.EQUAL, 0.001)
    model = KinshipModel(Mutation(equal, equal), positions=places(1.0))
    weigher = PedigreeWeigher(SIBS, POPULATION, model)
    assert weigher.needs_mutation(typed) == SNPS


def test_too_many_transmissions_are_refused_at_once() -> None:
    children = tuple(Member(f"c{k}", Sex.MALE, "father", "mother") for k in range(12))
    large = replace(SIBS, members=(*SIBS.members, *children))
    typed = profiles(**{child.id: "AG" for child in children})
    with pytest.raises(CannotWeigh, match="24 transmissions"):
        pedigree_likelihood(large, typed, POPULATION, KinshipModel(positions=places(1.0)))


def test_haldane() -> None:
    assert haldane(25) == pytest.approx(0.19673467014)
    assert haldane(-25) == haldane(25)
