"""Who of a database reaches a stain: nobody who does is lost, whatever kits the people have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reopen.formats import library
from reopen.formats._database_people import people_of
from reopen.formats.database_builder import DatabaseBuilder
from reopen.formats.reference_database import ReferenceDatabase
from reopen.link.among_typed import among_typed
from reopen.link.candidates import search_tables
from reopen.link.in_database import OnFile
from reopen.link.stains import LinkOptions, SolvedStain, solve
from reopen.records import Frozen, Population, Reference
from reopen.weigh.averaged import Averaging
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.relations import typed_people
from reopen.weigh.simulate import draw_references, draw_stain

KIT = library.kit("GlobalFiler")
LOCI = [marker.locus for marker in KIT.markers if marker.kind == "autosomal"]
POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)


def on_fewer_loci(person: Reference, loci: int) -> Reference:
    """As an older kit would have typed them."""
    kept = list(person.genotypes.items())[:loci]
    return replace(person, genotypes=Frozen(kept))


DRAWN = draw_references(
    np.random.default_rng(1), POPULATION, [f"P{k}" for k in range(3000)], loci=LOCI
)
PEOPLE = tuple(
    on_fewer_loci(person, (len(LOCI), 15, 10, 3)[k % 4]) for k, person in enumerate(DRAWN)
)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> ReferenceDatabase:
    path = tmp_path_factory.mktemp("database") / "people.arrow"
    with DatabaseBuilder(path) as builder:
        builder.begin("people.csv")
        taken, refused = people_of(PEOPLE, builder.numbers)
        builder.take(taken)
        builder.refuse(refused)
        builder.end("0" * 64, "drawn")
        return builder.finish()


@pytest.fixture(scope="module")
def solved() -> list[SolvedStain]:
    """A stain of two with six draws, one of one person at four, one at its fit alone."""
    rng = np.random.default_rng(2)
    found = []
    for shares, draws in (((0.7, 0.3), 6), ((1.0,), 4), ((0.8, 0.2), 0)):
        peaks = PeakParameters(shares, 160.0, 0.4, 0.9, 0.07)
        donors = DRAWN[: len(shares)]
        stain = draw_stain(rng, donors, POPULATION, KIT, peaks, id=f"{len(shares)} at {draws}")
        averaging = Averaging(draws=draws) if draws else None
        options = LinkOptions(contributors=len(shares), averaging=averaging)
        found.append(solve(stain, POPULATION, KIT, PeakModel(), options))
    return found


@pytest.mark.parametrize("least", [-1.0, 0.0, 3.0])
def test_nobody_who_reaches_a_stain_is_lost(
    database: ReferenceDatabase, solved: list[SolvedStain], least: float
) -> None:
    met = {locus: set(labels) for locus, labels in database.alleles.items()}
    tables = search_tables(LOCI, POPULATION, met)
    typed = typed_people(PEOPLE, tables)
    draws = max(item.draws for item in solved)
    places = OnFile(database, tables).reaching_stains(solved, least)
    every = [among_typed(item, typed, least, draws) for item in solved]
    expected = {database_name(k) for found in every for k in found.person}
    named = set(database.ids(places))
    assert expected <= named
    assert len(named) <= len(expected) + 3
    assert "P0" in named  # who left all three stains
    assert list(places) == sorted(set(places))


def database_name(place: int) -> str:
    return PEOPLE[place].id


def test_a_database_without_anybody_who_reaches(
    database: ReferenceDatabase, solved: list[SolvedStain]
) -> None:
    met = {locus: set(labels) for locus, labels in database.alleles.items()}
    tables = search_tables(LOCI, POPULATION, met)
    assert len(OnFile(database, tables).reaching_stains(solved, 60.0)) == 0
    assert len(OnFile(database, tables).reaching_stains([], 3.0)) == 0
