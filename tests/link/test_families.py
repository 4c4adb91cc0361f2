"""A search for the missing, in a small invented unit whose truth is known."""

from __future__ import annotations

from dataclasses import replace
from math import isclose, log10

import numpy as np
import pytest
from tests.link.invented import FREQUENCIES, KIT, LOCI, MODEL, ONE_DONOR, PEAKS, SON_MISSING

from reopen.errors import InvalidRecord
from reopen.link import LinkOptions, LinkResult, Sought, link
from reopen.records import (
    FULL_SIBLINGS,
    PARENT_CHILD,
    Family,
    Genotype,
    Link,
    LinkKind,
    Member,
    Pedigree,
    Population,
    Purpose,
    Reference,
    Remains,
    Sex,
    Stain,
    genotype,
)
from reopen.weigh.compare import locus_table, reference_likelihoods
from reopen.weigh.families import against_family, family_table
from reopen.weigh.model import PeakParameters
from reopen.weigh.relations import Kin, compare_as
from reopen.weigh.remains import remains_likelihoods
from reopen.weigh.simulate import draw_child, draw_family, draw_reference, draw_stain

POPULATION = Population(FREQUENCIES, theta=0.0)
SPOUSE = Pedigree(
    (
        Member("missing", Sex.MALE),
        Member("wife", Sex.FEMALE),
        Member("daughter", Sex.FEMALE, "missing", "wife"),
    )
)


def degraded(rng: np.random.Generator, profile: Reference, dropout: float) -> Reference:
    """The profile as typed when each allele drops out by itself."""
    typed = {}
    for locus, seen_whole in profile.genotypes.items():
        seen = [allele for allele in seen_whole.pair if rng.random() > dropout]
        if seen:
            typed[locus] = Genotype(tuple(dict.fromkeys(seen)))
    return replace(profile, genotypes=typed)


class Unit:
    """Two families. Of the Ames family the son is remains R1 (degraded), left the stain, and was a
    father himself: his wife and daughter were sampled in another case. Of the Bell family the son
    is among the references. The donor of the second stain has a son in the database."""

    def __init__(self) -> None:
        rng = np.random.default_rng(11)
        ames = draw_family(rng, POPULATION, "father", "mother", ["sister", "son"], loci=LOCI)
        bell = draw_family(rng, POPULATION, "father", "mother", ["sister", "son"], loci=LOCI)
        wife = draw_reference(rng, POPULATION, "wife", loci=LOCI)
        self.son = ames.children[1]
        daughter = draw_child(rng, self.son, wife, "daughter")
        self.donor = draw_reference(rng, POPULATION, "donor", loci=LOCI)
        heir = draw_child(rng, self.donor, wife, "heir")
        self.families = (
            Family("Ames", SON_MISSING, _typed(ames.mother, ames.children[0]), ("son",)),
            Family("Bell", SON_MISSING, _typed(bell.mother, bell.children[0]), ("son",)),
            Family("Cole", SPOUSE, {"wife": wife, "daughter": daughter}, ("missing",)),
        )
        found = replace(bell.children[1], id="found", purpose=Purpose.DATABASE)
        stranger = draw_reference(rng, POPULATION, "stranger", loci=LOCI)
        officer = replace(bell.children[1], id="officer", purpose=Purpose.STAFF)
        self.references = (found, heir, officer, stranger, replace(ames.mother, id="mother"))
        self.remains = (
            Remains("R1", degraded(rng, self.son, 0.1), Sex.MALE, 0.1),
            Remains("R2", replace(found, id="R2"), Sex.FEMALE),
            Remains("R3", draw_reference(rng, POPULATION, "R3", loci=LOCI)),
        )
        drawn = [
            draw_stain(rng, [who], POPULATION, KIT, ONE_DONOR, PEAKS, id=name)
            for name, who in (("jacket", self.son), ("knife", self.donor))
        ]
        self.stains = tuple(Stain(one.id, one.replicates, KIT.name) for one in drawn)


def _typed(*people: Reference) -> dict[str, Reference]:
    return {who.id: replace(who, id=f"{who.id} of a family") for who in people}


UNIT = Unit()


def search(sought: Sought, stains: tuple[Stain, ...] = UNIT.stains) -> LinkResult:
    return link(
        stains,
        UNIT.references,
        POPULATION,
        {KIT.name: KIT},
        PEAKS,
        LinkOptions(workers=1, contributors=1, in_full=False),
        sought=sought,
    )


@pytest.fixture(scope="module")
def result() -> LinkResult:
    return search(
        Sought(UNIT.families, UNIT.remains, (PARENT_CHILD, FULL_SIBLINGS), MODEL, most_chance=0.1)
    )


def ends(link: Link) -> tuple[str, str]:
    return link.one.profile, link.other.profile


def found(result: LinkResult, kind: LinkKind) -> dict[tuple[str, str], Link]:
    return {ends(item): item for item in result.links if item.kind is kind}


def test_remains_stains_and_references_find_their_families(result: LinkResult) -> None:
    assert set(found(result, LinkKind.REMAINS_FAMILY)) == {("R1", "Ames"), ("R1", "Cole")}
    assert set(found(result, LinkKind.REFERENCE_FAMILY)) == {("found", "Bell")}
    assert set(found(result, LinkKind.STAIN_FAMILY)) == {("jacket", "Ames"), ("jacket", "Cole")}
    assert set(found(result, LinkKind.FAMILY_FAMILY)) == {("Ames", "Cole")}
    assert set(found(result, LinkKind.STAIN_REMAINS)) == {("jacket", "R1")}
    assert set(found(result, LinkKind.STAIN_RELATIVE)) == {("knife", "heir")}


def test_the_dead_have_a_child_in_the_database(result: LinkResult) -> None:
    """Remains of the donor, some alleles lost: the heir is found, the stranger is not."""
    bones = degraded(np.random.default_rng(4), UNIT.donor, 0.1)
    found_by = search(
        Sought(
            remains=(Remains("bones", bones, dropout=0.1), UNIT.remains[2]),
            relations=(FULL_SIBLINGS, PARENT_CHILD),
            model=MODEL,
            most_chance=0.1,
        ),
        (),
    )
    item = found(found_by, LinkKind.REMAINS_RELATIVE)["bones", "heir"]
    assert set(found(found_by, LinkKind.REMAINS_RELATIVE)) == {("bones", "heir")}
    assert item.relation == PARENT_CHILD.name
    whole = found(result, LinkKind.STAIN_RELATIVE)["knife", "heir"]
    assert 3 < item.log10 < whole.log10
    assert item.remarks[0].startswith("as full siblings: log10 LR ")


def test_remains_of_the_other_sex_are_not_the_missing(result: LinkResult) -> None:
    """R2 has the genotype of the Bells' son; it is said to be a woman's."""
    assert ("R2", "Bell") not in found(result, LinkKind.REMAINS_FAMILY)
    assert set(found(result, LinkKind.REMAINS_REFERENCE)) == {("R2", "found"), ("R2", "officer")}


def test_staff_and_relatives_are_not_searched(result: LinkResult) -> None:
    assert not any(
        "officer" in ends(item) for item in result.links if item.kind is LinkKind.REFERENCE_FAMILY
    )
    assert any(
        "references kept for other purposes (family, staff): 2" in str(x)
        for x in result.not_weighed
    )


def test_terms_sum_to_the_total(result: LinkResult) -> None:
    for item in result.links:
        assert isclose(sum(item.terms.values()), item.log10, abs_tol=1e-9)
        assert item.loci > 5


def test_links_are_the_comparison_with_the_family(result: LinkResult) -> None:
    met = {locus: {a for r in (*UNIT.references, *(x.profile for x in UNIT.remains))
                   for a in r.genotypes[locus].alleles if locus in r.genotypes}
           if all(locus in x.profile.genotypes for x in UNIT.remains) else set()
           for locus in LOCI}  # fmt: skip
    for family, kind, who in (
        (UNIT.families[0], LinkKind.REMAINS_FAMILY, UNIT.remains[0]),
        (UNIT.families[1], LinkKind.REFERENCE_FAMILY, UNIT.references[0]),
    ):
        table = family_table(family, "son", POPULATION, MODEL, met)
        expected = against_family(table, who)
        item = found(result, kind)[who.id, family.id]
        assert dict(item.per_locus) == pytest.approx(dict(expected.per_locus), abs=1e-9)


def test_a_relative_is_the_comparison_of_two_people(result: LinkResult) -> None:
    """The stain is clean: near the LR of the donor's own profile."""
    item = found(result, LinkKind.STAIN_RELATIVE)["knife", "heir"]
    assert item.relation == PARENT_CHILD.name
    heir = UNIT.references[1]
    pair = reference_likelihoods(UNIT.donor), reference_likelihoods(heir)
    expected = compare_as(Kin(PARENT_CHILD), *pair, POPULATION, MODEL)
    assert item.log10 == pytest.approx(expected.log10, abs=0.5)
    assert 0 < item.expected_chance <= 0.1


def test_chance_is_below_the_bound_of_one_over_the_lr(result: LinkResult) -> None:
    item = found(result, LinkKind.REFERENCE_FAMILY)["found", "Bell"]
    comparisons = result.comparisons[LinkKind.REFERENCE_FAMILY]
    assert comparisons == 3 * 3  # missing members; staff and relatives are left out
    assert 0 < item.expected_chance <= comparisons * 10**-item.log10


def test_the_family_and_its_other_half_are_weighed_as_one_pedigree(result: LinkResult) -> None:
    """Grandmother and aunt with granddaughter: the tables join without a full pedigree.

    sum over g of P(Ames, g) P(Cole, g) / P(g), over the product of both families' own.
    """
    item = found(result, LinkKind.FAMILY_FAMILY)["Ames", "Cole"]
    ames, cole = (
        family_table(family, member, POPULATION, MODEL)
        for family, member in ((UNIT.families[0], "son"), (UNIT.families[2], "missing"))
    )
    for locus, term in item.per_locus.items():
        listed = set(ames.by_locus[locus].alleles)
        if listed != set(cole.by_locus[locus].alleles):
            continue  # an unlisted allele changes the others' frequencies
        table = locus_table(locus, POPULATION, listed)
        assert table is not None
        one, two = (np.exp(x.by_locus[locus].ln_related) for x in (ames, cole))
        joined = (one * two / table.prior).sum() / (one.sum() * two.sum())
        assert term == pytest.approx(log10(joined), abs=1e-9)


def test_the_mother_of_a_child_is_in_a_mixture() -> None:
    """The lesser of two contributors is the missing mother; her child and its father are typed."""
    rng = np.random.default_rng(21)
    mother, father, other = (draw_reference(rng, POPULATION, x, loci=LOCI) for x in "MFO")
    child = draw_child(rng, father, mother, "child")
    how = PeakParameters((0.7, 0.3), 1500.0, 0.15, 0.9)
    drawn = draw_stain(rng, [other, mother], POPULATION, KIT, how, PEAKS, id="rope")
    pedigree = Pedigree(
        (
            Member("father", Sex.MALE),
            Member("mother", Sex.FEMALE),
            Member("child", Sex.UNKNOWN, "father", "mother"),
        )
    )
    family = Family("Ewing", pedigree, {"father": father, "child": child}, ("mother",))
    result = link(
        [Stain("rope", drawn.replicates, KIT.name)],
        (),
        POPULATION,
        {KIT.name: KIT},
        PEAKS,
        LinkOptions(workers=1, contributors=2, least_log10=2),
        sought=Sought((family,), model=MODEL),
    )
    (item,) = result.links
    assert item.kind is LinkKind.STAIN_FAMILY
    assert (item.one.contributor, item.one.of) == (2, 2)
    assert item.other_terms.keys() == {"which contributor it is"}
    assert item.other_terms["which contributor it is"] == pytest.approx(-log10(2), abs=0.01)
    known = against_family(family_table(family, "mother", POPULATION, MODEL), mother)
    assert 3 < item.log10 < known.log10


def test_a_needed_mutation_is_named() -> None:
    rng = np.random.default_rng(3)
    mother = draw_reference(rng, POPULATION, "mother", loci=LOCI)
    father = draw_reference(rng, POPULATION, "father", loci=LOCI)
    son = draw_child(rng, father, mother, "son")
    at = next(
        locus
        for locus in LOCI
        if {"13", "14"}.isdisjoint(mother.genotypes[locus].alleles)
        and "13" in POPULATION.frequencies.by_locus[locus]
        and locus != "TH01"
    )
    changed = replace(son, genotypes={**son.genotypes, at: genotype("13", "14")})
    family = Family("Dunn", SON_MISSING, {"mother": mother}, ("son",))
    found_by = link(
        (),
        (changed,),
        POPULATION,
        {},
        options=LinkOptions(least_log10=-50),
        sought=Sought((family,), model=MODEL),
    )
    (item,) = found_by.links
    assert item.remarks == (f"a mutation is needed at {at}",)
    assert item.per_locus[at] < -1
    strict = link(
        (),
        (changed,),
        POPULATION,
        {},
        options=LinkOptions(least_log10=-50),
        sought=Sought((family,)),
    )
    assert strict.links == ()


def test_the_order_of_families_does_not_matter() -> None:
    one = search(Sought(UNIT.families, UNIT.remains, model=MODEL), ())
    other = search(Sought(UNIT.families[::-1], UNIT.remains[::-1], model=MODEL), ())

    def told(result: LinkResult) -> set[tuple[frozenset[str], float]]:
        return {(frozenset(ends(x)), round(x.log10, 9)) for x in result.links}

    assert told(one) == told(other)


def test_an_impossible_family_is_listed_and_the_others_searched() -> None:
    """Mother and sister exclude each other where nothing mutates."""
    swapped = {**UNIT.families[0].profiles, "mother": UNIT.references[3]}
    wrong = Family("Wrong", SON_MISSING, swapped, ("son",))
    found_by = search(Sought((wrong, UNIT.families[1])), ())
    assert {ends(x) for x in found_by.links if x.kind is LinkKind.REFERENCE_FAMILY} == {
        ("found", "Bell")
    }
    assert any("family Wrong" in str(x) and "exclude each other" in str(x)
               for x in found_by.not_weighed)  # fmt: skip


def test_a_degraded_profile_leaves_genotypes_open() -> None:
    """P(a | ab) over P(a | aa) is d / (1 + d); two alleles seen are both there."""
    at, other = LOCI[:2]
    profile = Reference("R", {at: genotype("15"), other: genotype("15", "16")})
    likelihoods = remains_likelihoods(Remains("R", profile, dropout=0.2))
    assert likelihoods.by_locus[at].ln == pytest.approx((0.0, np.log(0.2 / 1.2), -np.inf))
    assert likelihoods.by_locus[other].ln[1] == 0.0
    read = remains_likelihoods(Remains("R", profile), frozenset({at}))
    assert read.by_locus[at].ln == (0.0, 0.0, -np.inf)


def test_two_families_by_one_name() -> None:
    with pytest.raises(InvalidRecord, match="Two families called Ames"):
        Sought((UNIT.families[0], UNIT.families[0]))


def test_chance_hits_are_above_nothing() -> None:
    with pytest.raises(InvalidRecord, match="0 chance hits allowed"):
        Sought(most_chance=0)
