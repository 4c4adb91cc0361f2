"""Candidate pairs: duplicates against comparing every pair; the mean over contributors."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from reopen.link.candidates import any_contributor, duplicates, search_tables
from reopen.records import (
    AlleleFrequencies,
    Genotype,
    Locus,
    Population,
    Reference,
    allele,
    genotype,
)

LOCI = tuple(Locus(f"L{k}") for k in range(6))
LABELS = tuple(allele(str(k)) for k in (8, 9, 10))
POPULATION = Population(
    AlleleFrequencies("invented", {locus: dict.fromkeys(LABELS, 1 / 3) for locus in LOCI}, ""),
    theta=0.0,
)
TABLES = search_tables(LOCI, POPULATION, {})


def _random_people(seed: int, n: int) -> list[Reference]:
    """Few alleles, so that many agree; some loci not typed, some with three alleles."""
    rng = np.random.default_rng(seed)
    people = []
    for k in range(n):
        typed = {}
        for locus in LOCI:
            kind = rng.random()
            if kind < 0.15:
                continue
            size = 3 if kind < 0.2 else 2
            typed[locus] = Genotype(tuple(rng.choice(LABELS, size).tolist()))
        people.append(Reference(f"P{k}", typed))
    return people


def _agree(one: Reference, other: Reference) -> bool:
    common = [
        locus
        for locus in one.genotypes
        if locus in other.genotypes
        and not one.genotypes[locus].is_triallelic
        and not other.genotypes[locus].is_triallelic
    ]
    return bool(common) and all(
        one.genotypes[locus].pair == other.genotypes[locus].pair for locus in common
    )


@pytest.mark.parametrize("seed", range(12))
def test_duplicates_are_the_pairs_that_agree_wherever_both_are_typed(seed: int) -> None:
    people = _random_people(seed, 60)
    found = {(pair.one, pair.other) for pair in duplicates(people, TABLES, -1.0)}
    plain = {(i, j) for i, j in combinations(range(60), 2) if _agree(people[i], people[j])}
    assert found == plain
    assert plain


def test_a_duplicate_weighs_the_inverse_match_probability() -> None:
    """Homozygous 1/9, heterozygous 2/9: 9 times 4.5 is 40.5, by hand."""
    typed = {LOCI[0]: genotype("8", "8"), LOCI[1]: genotype("8", "9")}
    pair = [Reference("A", typed), Reference("B", typed)]
    (found,) = duplicates(pair, TABLES, 0.0)
    assert 10 ** sum(found.per_locus.values()) == pytest.approx(40.5)
    assert duplicates(pair, TABLES, 1.7) == []


def test_nobody_with_nobody() -> None:
    assert duplicates([], TABLES, 0.0) == []
    assert duplicates([Reference("A", {})], TABLES, 0.0) == []
    assert duplicates([Reference("A", {}), Reference("B", {})], TABLES, 0.0) == []


def test_any_contributor_is_the_mean_over_places() -> None:
    """(100 + 10) / 2 = 55; an exclusion as one of two halves the other; two exclusions exclude."""
    log10 = np.array([[2.0, 3.0, -np.inf], [1.0, -np.inf, -np.inf]])
    total, place = any_contributor(log10, range(2))
    assert 10 ** total[:2] == pytest.approx([55.0, 500.0])
    assert total[2] == -np.inf
    assert place[:2].tolist() == [0, 0]
