"""Stains among typed people: the sieve leaves the numbers of the dense comparison as they are."""

from __future__ import annotations

import numpy as np
import pytest

from reopen.formats import library
from reopen.kernels.shapes import Floats, Ints
from reopen.link.among_typed import among_typed, without_compared
from reopen.link.candidates import search_tables
from reopen.link.compared import Before, Searched
from reopen.link.stains import LinkOptions, SolvedStain, solve
from reopen.records import REST, Allele, Locus, Population, Reference
from reopen.weigh.averaged import Averaging
from reopen.weigh.compare import LocusTable, against_references, contributors, genotype_numbers
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.relations import typed_people
from reopen.weigh.simulate import draw_references, draw_stain

KIT = library.kit("GlobalFiler")
LOCI = [marker.locus for marker in KIT.markers if marker.kind == "autosomal"]
POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
PEOPLE = draw_references(
    np.random.default_rng(1), POPULATION, [f"P{k}" for k in range(600)], loci=LOCI
)


@pytest.fixture(scope="module")
def stains() -> list[SolvedStain]:
    """A stain of two with six draws, and one of one person at its fit."""
    rng = np.random.default_rng(2)
    solved = []
    for shares, averaging in (((0.7, 0.3), Averaging(draws=6)), ((1.0,), None)):
        peaks = PeakParameters(shares, 160.0, 0.4, 0.9, 0.07)
        donors = PEOPLE[: len(shares)]
        stain = draw_stain(rng, donors, POPULATION, KIT, peaks, id=f"of {len(shares)}")
        options = LinkOptions(contributors=len(shares), averaging=averaging)
        solved.append(solve(stain, POPULATION, KIT, PeakModel(), options))
    return solved


@pytest.fixture(scope="module")
def tables(stains: list[SolvedStain]) -> dict[Locus, LocusTable]:
    met: dict[Locus, set[Allele]] = {}
    for item in stains:
        for draw in range(item.draws):
            for one in item.at_draw(draw):
                for locus, likelihoods in one.by_locus.items():
                    met.setdefault(locus, set()).update(set(likelihoods.alleles) - {REST})
    for person in PEOPLE:
        for locus, genotype in person.genotypes.items():
            met.setdefault(locus, set()).update(genotype.alleles)
    return search_tables(LOCI, POPULATION, met)


def dense(
    item: SolvedStain, tables: dict[Locus, LocusTable], people: tuple[Reference, ...], draws: int
) -> tuple[Floats, Ints]:
    """log10 of the mean LR over draws and places, and the best draw, everybody weighed."""
    numbers = genotype_numbers(people, tables)
    lrs = []
    for draw in range(draws):
        known, _ = contributors(item.at_draw(draw), tables)
        lrs.append((10.0 ** against_references(known, numbers)).mean(axis=0))
    with np.errstate(divide="ignore"):
        return np.log10(np.mean(lrs, axis=0)), np.argmax(lrs, axis=0)


@pytest.mark.parametrize("least", [-12.0, 0.0, 3.0])
@pytest.mark.parametrize("draws", [None, 12, 7])
def test_who_is_found_and_how_strongly(
    stains: list[SolvedStain],
    tables: dict[Locus, LocusTable],
    least: float,
    draws: int | None,
) -> None:
    for item in stains:
        found = among_typed(item, typed_people(PEOPLE, tables), least, draws)
        log10, best = dense(item, tables, PEOPLE, draws or item.draws)
        assert np.array_equal(found.person, np.flatnonzero(log10 >= least))
        np.testing.assert_allclose(found.log10, log10[found.person], rtol=0, atol=1e-9)
        assert np.array_equal(found.best, best[found.person])
        assert 0 in found.person
        assert len(found.person) > 10 or least > -12 or item.draws == 1


def test_its_numbers_depend_on_no_other_person(
    stains: list[SolvedStain], tables: dict[Locus, LocusTable]
) -> None:
    for item in stains:
        found = among_typed(item, typed_people(PEOPLE, tables), -6.0, draws=6)
        alone = among_typed(item, typed_people(PEOPLE[:1], tables), -6.0, draws=6)
        assert 0 in found.person[:1]
        assert alone.log10.tolist() == found.log10[:1].tolist()


def test_without_people_nobody_is_found(
    stains: list[SolvedStain], tables: dict[Locus, LocusTable]
) -> None:
    assert among_typed(stains[0], typed_people([], tables), -99.0).person.tolist() == []
    assert among_typed(stains[0], typed_people(PEOPLE, {}), -99.0).person.tolist() == []


def test_pairs_compared_before_are_left_out(
    stains: list[SolvedStain], tables: dict[Locus, LocusTable]
) -> None:
    found = among_typed(stains[0], typed_people(PEOPLE, tables), 3.0)
    earlier = Before((Searched(frozenset({"P0"}), frozenset({"P0", "P1", "of 2"}), ""),))
    left = without_compared(found, "of 2", PEOPLE, earlier)
    assert set(found.person) - set(left.person) == {0}
    assert left.log10.tolist() == found.log10[found.person != 0].tolist()
    assert without_compared(found, "of 1", PEOPLE, earlier).person.tolist() == found.person.tolist()
