"""Kin, families and remains in a database: who is found is who would be found among references,
with the same numbers, and the numbers are those of two people compared by themselves."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from tests.link.invented import FREQUENCIES, KIT, LOCI, MODEL, ONE_DONOR, PEAKS, SON_MISSING
from tests.twins.compare import Pair, probability
from tests.twins.kin import related

from reopen.formats._database_people import people_of
from reopen.formats.database_builder import DatabaseBuilder
from reopen.formats.reference_database import ReferenceDatabase
from reopen.link import LinkOptions, LinkResult, Sought, link
from reopen.records import (
    FULL_SIBLINGS,
    HALF_SIBLINGS,
    PARENT_CHILD,
    Family,
    Frozen,
    Genotype,
    Link,
    LinkKind,
    Population,
    Purpose,
    Reference,
    Relation,
    Remains,
)
from reopen.weigh.compare import LocusTable, contributors, locus_table
from reopen.weigh.relations import Kin, against_typed, related_tables, typed_people
from reopen.weigh.simulate import draw_child, draw_family, draw_reference, draw_stain

POPULATION = Population(FREQUENCIES, theta=0.01)
KINDS = (
    LinkKind.STAIN_REFERENCE,
    LinkKind.STAIN_RELATIVE,
    LinkKind.REMAINS_REFERENCE,
    LinkKind.REMAINS_RELATIVE,
    LinkKind.REFERENCE_FAMILY,
    LinkKind.REFERENCE_REFERENCE,
    LinkKind.REFERENCE_RELATIVE,
)


class World:
    """A donor, the donor's brother and a child; a family whose son is missing and on file; bones
    of somebody on file with a brother there; and strangers, many typed at fewer loci."""

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        home = draw_family(rng, POPULATION, "f", "m", ["donor", "brother"], loci=LOCI)
        self.donor = home.children[0]
        spouse = draw_reference(rng, POPULATION, "spouse", loci=LOCI)
        child = draw_child(rng, self.donor, spouse, "child")
        bell = draw_family(rng, POPULATION, "father", "mother", ["sister", "son"], loci=LOCI)
        mother, sister = bell.mother, bell.children[0]
        profiles = {"mother": replace(mother, id="m1"), "sister": replace(sister, id="s1")}
        self.family = Family("Bell", SON_MISSING, profiles, ("son",))
        strangers = [draw_reference(rng, POPULATION, f"P{k}", loci=LOCI) for k in range(300)]
        strangers = [fewer(one, (21, 15, 10, 6)[k % 4]) for k, one in enumerate(strangers)]
        victim = replace(bell.children[1], id="victim", purpose=Purpose.VICTIM)
        dead, heir = draw_family(rng, POPULATION, "f", "m", ["dead", "heir"], loci=LOCI).children
        kin = (home.children[1], child, bell.children[1], victim, dead, heir, self.donor)
        kin = tuple(one if one is victim else replace(one, purpose=Purpose.DATABASE) for one in kin)
        self.people = (*strangers[:150], *kin, *strangers[150:])
        lost = {
            at: Genotype(one.alleles[:1]) if k % 3 == 0 else one
            for k, (at, one) in enumerate(dead.genotypes.items())
        }
        self.remains = (
            Remains("bones", Reference("bones", lost), dropout=0.1),
            Remains("whole", replace(dead, id="whole")),
        )
        self.stain = draw_stain(rng, [self.donor], POPULATION, KIT, ONE_DONOR, PEAKS, id="knife")


def fewer(person: Reference, loci: int) -> Reference:
    """As an older kit would have typed them."""
    return replace(person, genotypes=Frozen(list(person.genotypes.items())[:loci]))


WORLD = World()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> ReferenceDatabase:
    path = tmp_path_factory.mktemp("database") / "nation.arrow"
    with DatabaseBuilder(path) as builder:
        builder.begin("people.csv")
        taken, refused = people_of(WORLD.people, builder.numbers)
        builder.take(taken)
        builder.refuse(refused)
        builder.end("0" * 64, "drawn")
        return builder.finish()


def search(
    references: tuple[Reference, ...] = (),
    database: ReferenceDatabase | None = None,
    least: float = 2.0,
    most_chance: float = 1.0,
) -> LinkResult:
    asked = replace(WORLD.donor, id="asked")
    sought = Sought(
        (WORLD.family,),
        WORLD.remains,
        (PARENT_CHILD, FULL_SIBLINGS),
        MODEL,
        most_chance=most_chance,
        people=(asked,),
    )
    options = LinkOptions(workers=1, contributors=1, in_full=False, least_log10=least)
    return link(
        [WORLD.stain],
        references,
        POPULATION,
        {KIT.name: KIT},
        PEAKS,
        options,
        sought=sought,
        database=database,
    )


def listed(result: LinkResult) -> dict[tuple[LinkKind, str, str], Link]:
    ids = {one.id for one in WORLD.people}
    return {
        (item.kind, item.one.profile, item.other.profile): item
        for item in result.links
        if not {item.one.profile, item.other.profile} <= ids
    }


@pytest.fixture(scope="module")
def at_hand() -> LinkResult:
    return search(references=WORLD.people)


@pytest.fixture(scope="module")
def on_file(database: ReferenceDatabase) -> LinkResult:
    return search(database=database)


def test_a_database_gives_what_references_give(at_hand: LinkResult, on_file: LinkResult) -> None:
    expected, found = listed(at_hand), listed(on_file)
    assert found.keys() == expected.keys()
    assert {kind for kind, _, _ in found} >= set(KINDS)
    for key, item in found.items():
        other = expected[key]
        assert item.log10 == pytest.approx(other.log10, abs=1e-12)
        assert dict(item.per_locus) == pytest.approx(dict(other.per_locus), abs=1e-12)
        assert item.remarks == other.remarks
        if item.kind is not LinkKind.REMAINS_REFERENCE:  # worked out from the profile on file
            assert item.expected_chance == pytest.approx(other.expected_chance, rel=1e-9)


def test_as_many_are_compared(at_hand: LinkResult, on_file: LinkResult) -> None:
    for kind in KINDS[:-2]:
        assert on_file.comparisons[kind] == at_hand.comparisons[kind]
    n = len(WORLD.people)
    assert on_file.comparisons[LinkKind.REFERENCE_REFERENCE] == n
    assert on_file.comparisons[LinkKind.REFERENCE_RELATIVE] == 2 * (n - 1)  # not the victim


def test_kin_are_found_and_victims_are_not(on_file: LinkResult) -> None:
    found = listed(on_file)
    assert (LinkKind.STAIN_REFERENCE, "knife", "donor") in found
    assert found[LinkKind.STAIN_RELATIVE, "knife", "child"].relation == PARENT_CHILD.name
    assert found[LinkKind.REFERENCE_RELATIVE, "asked", "brother"].relation == FULL_SIBLINGS.name
    assert (LinkKind.REFERENCE_FAMILY, "son", "Bell") in found
    assert (LinkKind.REFERENCE_REFERENCE, "asked", "donor") in found
    assert (LinkKind.REMAINS_REFERENCE, "bones", "dead") in found
    assert (LinkKind.REMAINS_REFERENCE, "whole", "dead") in found
    kin = {kind for kind, one, other in found if "victim" in (one, other)}
    assert not kin
    told = [str(one) for one in on_file.not_weighed]
    assert sum("people of nation.arrow kept for other purposes: 1" in one for one in told) == 2


def test_those_linked_are_among_the_references(on_file: LinkResult) -> None:
    ids = {one.id for one in on_file.references}
    ends = {end.profile for item in on_file.links for end in (item.one, item.other)}
    assert ids == ends - {"knife", "bones", "whole", "asked", "Bell"}


def test_what_chance_leaves_out_is_counted(database: ReferenceDatabase) -> None:
    few, many = (search(database=database, least=0.0, most_chance=n) for n in (0.1, 1e6))
    assert not many.left_out

    def of_relation(result: LinkResult, relation: str) -> set[str]:
        return {
            item.other.profile
            for item in result.links
            for told in (item.relation, *(remark[3:] for remark in item.remarks))
            if item.kind is LinkKind.REFERENCE_RELATIVE and told.startswith(relation)
        }

    for left in few.left_out:
        if left.kind is LinkKind.REFERENCE_RELATIVE:
            every = of_relation(many, left.relation) | {"donor"}  # in person, and so not listed
            kept = of_relation(few, left.relation) | {"donor"}
            assert left.n == len(every - kept)
            strongest = max(
                item.log10 for item in many.links
                if item.kind is left.kind and item.relation == left.relation
                and item.other.profile not in of_relation(few, left.relation)
            )  # fmt: skip
            assert left.highest_log10 == pytest.approx(strongest)
            assert left.least_log10 == 0.0
    assert {left.relation for left in few.left_out} == {PARENT_CHILD.name, FULL_SIBLINGS.name}


def test_one_person_among_many_is_two_people_compared(database: ReferenceDatabase) -> None:
    """Everybody's LR as a half-sibling and in person, from sums over ordered alleles (twins)."""
    asked = replace(WORLD.donor, id="asked")
    sought = Sought(relations=(HALF_SIBLINGS,), most_chance=1e9, people=(asked,))
    options = LinkOptions(workers=1, least_log10=0.0)
    found = link([], [], POPULATION, {}, PEAKS, options, sought=sought, database=database)
    links = {
        item.other.profile: item for item in found.links if item.kind is LinkKind.REFERENCE_RELATIVE
    }
    assert len(links) > 30
    met = {locus: set(labels) for locus, labels in database.alleles.items()}
    people = {one.id: one for one in WORLD.people}
    for name in ("brother", "child", *sorted(links)[:6]):
        item, other = links[name], people[name]
        assert item.per_locus.keys() == asked.genotypes.keys() & other.genotypes.keys()
        for locus, term in item.per_locus.items():
            table = locus_table(locus, POPULATION, met[locus])
            assert table is not None
            g, h = asked.genotypes[locus].pair, other.genotypes[locus].pair
            assert term == pytest.approx(half_siblings(table, g, h), abs=1e-9)
    [same] = [item for item in found.links if item.kind is LinkKind.REFERENCE_REFERENCE]
    assert same.other.profile == "donor"
    assert same.expected_chance == pytest.approx(expected_twins(found, asked, database), rel=1e-9)


@pytest.mark.parametrize("relation", [PARENT_CHILD, FULL_SIBLINGS, HALF_SIBLINGS])
def test_nobody_is_lost_or_changed_by_the_way_they_are_found(
    relation: Relation, database: ReferenceDatabase
) -> None:
    """A stain's donor with everybody on file, one by one: from an LR of 1 on they are the links."""
    sought = Sought(relations=(relation,), most_chance=1e9)
    options = LinkOptions(workers=1, contributors=1, averaging=None, in_full=False, least_log10=0.0)
    kits = {KIT.name: KIT}
    found = link(
        [WORLD.stain], [], POPULATION, kits, PEAKS, options, sought=sought, database=database
    )
    links = {
        item.other.profile: item.log10
        for item in found.links
        if item.kind is LinkKind.STAIN_RELATIVE
    }
    donor, _ = contributors(found.stains[0].deconvolution.likelihoods, found.by_locus)
    ratios = related_tables(donor, Kin(relation))
    on_file = [one for one in WORLD.people if one.purpose is Purpose.DATABASE]
    by_itself = {
        one.id: float(against_typed(ratios, 0, typed_people([one], found.by_locus))[0])
        for one in on_file
        if one.id != "donor"  # in person, and so not listed
    }
    expected = {name: log10 for name, log10 in by_itself.items() if log10 >= 0}
    assert "child" in expected
    assert links == pytest.approx(expected, abs=1e-9)


def half_siblings(table: LocusTable, g: Pair, h: Pair) -> float:
    """log10 LR by the twin, on the alleles of the two and all others as one.

    That two alleles are told apart does not change what the four drawn are worth.
    """
    frequency = {label: float(f) for label, f in zip(table.alleles, table.frequency, strict=True)}
    named = {*g, *h}
    few = {label: f for label, f in frequency.items() if label in named}
    few["rest"] = 1.0 - sum(few.values())

    def value(pair: Pair) -> float:
        return float(sorted(pair) == sorted(g))

    theta = table.theta
    kin = related(value, h, (0.5, 0.5, 0.0), few, theta)
    unrelated = related(value, h, (1.0, 0.0, 0.0), few, theta)
    return float(np.log10(kin / unrelated))


def expected_twins(found: LinkResult, asked: Reference, database: ReferenceDatabase) -> float:
    """How many of those on file agree by chance at every locus: n times P(g | g). Nobody typed at
    fewer reaches so much."""
    chance = 1.0
    for locus, genotype in asked.genotypes.items():
        table = found.by_locus[locus]
        frequency = dict(zip(table.alleles, table.frequency.tolist(), strict=True))
        chance *= probability(genotype.pair, Counter(genotype.pair), frequency, table.theta)
    return database.people_by_loci()[frozenset(asked.genotypes)] * chance
