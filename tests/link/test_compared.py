"""A search of what is new, after earlier ones, finds what a search of everything at once finds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reopen.formats import library
from reopen.link import LinkOptions, LinkResult, link
from reopen.link.compared import Before, Searched
from reopen.link.sought import Sought
from reopen.records import (
    Family,
    Link,
    Locus,
    Member,
    Pedigree,
    Population,
    Reference,
    Sex,
    Stain,
    genotype,
)
from reopen.weigh.averaged import Averaging
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter

KIT = library.kit("SGM Plus")
POPULATION = Population(library.population("nist1036-cauc"))
MODEL = PeakModel(stutter=Stutter(back=False))
OPTIONS = LinkOptions(contributors=1, averaging=Averaging(draws=4))


def unit() -> tuple[list[Stain], list[Reference]]:
    rng = np.random.default_rng(11)
    donor, other, third = draw_references(rng, POPULATION, ["donor", "other", "third"])
    people = [donor, replace(donor, id="donor again"), other, third]
    how = PeakParameters((1.0,), 900.0, 0.2, 0.85)
    stains = [
        replace(draw_stain(rng, [person], POPULATION, KIT, how, MODEL, id=name), kit=KIT.name)
        for name, person in (("A", donor), ("B", other), ("C", donor))
    ]
    return stains, people


def search(
    stains: list[Stain],
    people: list[Reference],
    *searches: Searched,
    sought: Sought | None = None,
) -> LinkResult:
    return link(
        stains, people, POPULATION, {KIT.name: KIT}, MODEL, OPTIONS, sought=sought,
        before=Before(searches),
    )  # fmt: skip


def pairs(links: tuple[Link, ...]) -> dict[tuple[str, str, str], Link]:
    return {(one.kind, one.one.profile, one.other.profile): one for one in links}


def ids(result: LinkResult) -> frozenset[str]:
    return frozenset(
        [one.stain.id for one in result.stains] + [one.id for one in result.references]
    )


def same(first: dict[tuple[str, str, str], Link], second: dict[tuple[str, str, str], Link]) -> None:
    assert first.keys() == second.keys()
    for pair, one in first.items():
        other = second[pair]
        assert dict(one.per_locus) == pytest.approx(dict(other.per_locus), abs=1e-9)
        assert one.log10 == pytest.approx(other.log10, abs=1e-9)
        assert one.weight == pytest.approx(other.weight, abs=1e-9)
        assert one.expected_chance == pytest.approx(other.expected_chance, rel=1e-9)


def test_what_is_new_is_compared_with_everything_and_nothing_twice() -> None:
    stains, people = unit()
    at_once = search(stains, people)
    first = search(stains[:2], people[:3])
    known = Searched(ids(first), ids(first), first.tables)
    second = search(stains, people, known)
    assert not pairs(first.links).keys() & pairs(second.links).keys()
    assert {pair[1:] for pair in pairs(second.links)} == {
        ("C", "donor"), ("C", "donor again"), ("A", "C")
    }  # fmt: skip
    assert second.comparisons == at_once.comparisons
    # chance bounds of the first search rest on its fewer comparisons; here all of them do
    renewed = {
        pair: replace(one, expected_chance=pairs(at_once.links)[pair].expected_chance)
        for pair, one in pairs(first.links).items()
    }
    same({**renewed, **pairs(second.links)}, pairs(at_once.links))
    every = Searched(ids(second) - known.every, ids(second), second.tables)
    assert search(stains, people, known, every).links == ()


def test_two_groups_compared_apart_are_compared_with_each_other() -> None:
    stains, people = unit()
    groups = [({"A", "donor"}), ({"C", "donor again"})]
    tables = search(stains, people).tables
    apart = [Searched(frozenset(group), frozenset(group), tables) for group in groups]
    found = {pair[1:] for pair in pairs(search(stains, people, *apart).links)}
    assert found == {
        ("A", "donor again"), ("C", "donor"), ("A", "C"), ("B", "other"),
        ("donor", "donor again"),
    }  # fmt: skip


def test_an_allele_never_met_lets_everything_be_compared_again() -> None:
    stains, people = unit()
    first = search(stains, people)
    known = Searched(ids(first), ids(first), first.tables)
    rare = Reference("rare", {Locus("TH01"): genotype("6", "44")})
    second = search(stains, [*people, rare], known)
    assert second.tables != first.tables
    same(pairs(second.links), pairs(search(stains, [*people, rare]).links))


def test_families_are_left_out_with_those_they_were_compared_with() -> None:
    stains, people = unit()
    child = Family(
        "F",
        Pedigree(
            (
                Member("mother", Sex.FEMALE),
                Member("missing", Sex.MALE),
                Member("child", Sex.MALE, "missing", "mother"),
            ),
            "F",
        ),
        {"child": replace(people[0], id="child")},
        ("missing",),
    )
    sought = Sought(families=(child,))
    found = search(stains, people, sought=sought)
    families = [one for one in found.links if one.other.member]
    assert families
    known = Searched(frozenset({"F"}), frozenset({"F", *ids(found)}), found.tables)
    again = search(stains, people, known, sought=sought)
    assert not [one for one in again.links if one.other.member]
    assert len(again.links) == len(found.links) - len(families)


def test_stains_solved_before_are_not_solved_again() -> None:
    stains, people = unit()
    first = search(stains, people)
    solved = {one.stain.id: one for one in first.stains}
    again = link(stains, people, POPULATION, {KIT.name: KIT}, MODEL, OPTIONS, solved_before=solved)
    assert all(one is solved[one.stain.id] for one in again.stains)
    assert again.links == first.links
