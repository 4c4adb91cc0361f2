"""Several databases as one: the same people, found by other numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.formats.test_reference_database import build, drawn, person

from reopen.errors import InvalidRecord
from reopen.formats.genotype_codes import n_codes, pairs
from reopen.formats.joined_databases import JoinedDatabases
from reopen.formats.reference_database import ReferenceDatabase
from reopen.records import Frozen, Locus, Purpose, Reference


def fewer(people: tuple[Reference, ...], loci: int) -> tuple[Reference, ...]:
    return tuple(
        replace(one, genotypes=Frozen(list(one.genotypes.items())[-loci:])) for one in people
    )


@pytest.fixture
def parts(tmp_path: Path) -> tuple[ReferenceDatabase, ...]:
    """Two kits, and a database of one locus whose alleles come before the others' ones."""
    victims = [
        replace(one, id=f"V-{k}", purpose=Purpose.VICTIM) for k, one in enumerate(drawn(3, seed=4))
    ]
    return (
        build(tmp_path / "one.arrow", drawn(40, seed=2)),
        build(tmp_path / "two.arrow", (*fewer(drawn(30, seed=3), 9), *victims)),
        build(tmp_path / "three.arrow", [person("P-0", 2, TH01=("3", "99"))]),
    )


def typed(joined: JoinedDatabases) -> list[dict[Locus, tuple[str, ...]]]:
    """Everybody's genotypes, from the codes alone."""
    found: list[dict[Locus, tuple[str, ...]]] = []
    for block in joined.blocks():
        assert block.start == len(found)
        for at in range(block.people):
            genotypes = {}
            for locus, codes in zip(joined.loci, block.by_locus, strict=True):
                labels = joined.alleles[locus]
                if codes[at] < n_codes(len(labels)):
                    a, b = (int(one) for one in pairs(codes[at]))
                    genotypes[locus] = (str(labels[a]), str(labels[b]))
                else:
                    assert codes[at] == n_codes(len(labels))
            found.append(genotypes)
    return found


def test_codes_stand_for_the_same_genotypes(parts: tuple[ReferenceDatabase, ...]) -> None:
    joined = JoinedDatabases(parts)
    assert joined.n == 74
    expected = [
        {locus: tuple(map(str, one.pair)) for locus, one in each.genotypes.items()}
        for part in parts
        for each in part.people(range(part.n))
    ]
    assert [{at: tuple(pair) for at, pair in each.items()} for each in typed(joined)] == expected


def test_people_are_named_by_their_database(parts: tuple[ReferenceDatabase, ...]) -> None:
    joined = JoinedDatabases(parts)
    people = joined.people([0, 39, 40, 72, 73])
    names = ["one.arrow#P-0", "one.arrow#P-39", "two.arrow#P-0", "two.arrow#V-2"]
    assert [one.id for one in people] == [*names, "three.arrow#P-0"]
    assert people[4].genotypes == parts[2].people([0])[0].genotypes
    with pytest.raises(InvalidRecord, match="Nobody has place 74"):
        joined.people([74])


def test_people_are_counted_by_loci_and_purpose(parts: tuple[ReferenceDatabase, ...]) -> None:
    joined = JoinedDatabases(parts)
    people = joined.people(range(joined.n))
    expected = Counter(frozenset(one.genotypes) for one in people)
    assert joined.people_by_loci() == expected
    dead = [one for one in people if one.purpose is Purpose.VICTIM]
    assert sum(joined.people_by_loci([Purpose.VICTIM]).values()) == len(dead) == 3
    places = joined.of_purpose(np.array([0, 40, 70, 71, 73]), [Purpose.VICTIM])
    assert places.tolist() == [70, 71]


def test_two_of_one_name_are_refused(parts: tuple[ReferenceDatabase, ...]) -> None:
    with pytest.raises(InvalidRecord, match=r"Two databases called one\.arrow"):
        JoinedDatabases([parts[0], parts[1], parts[0]])


def test_more_alleles_than_can_be_told_apart(tmp_path: Path) -> None:
    def many(name: str, first: int) -> ReferenceDatabase:
        labels = range(first, first + 200)
        people = [person(f"P{k}", 2, TH01=(str(k), str(k + 1))) for k in labels]
        return build(tmp_path / name, people)

    with pytest.raises(InvalidRecord, match="402 alleles at TH01"):
        JoinedDatabases([many("a.arrow", 1), many("b.arrow", 300)])
