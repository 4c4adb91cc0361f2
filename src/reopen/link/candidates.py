"""Pairs of profiles that one comparison of all with all lifts above a threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.shapes import Floats, Ints
from reopen.records import Allele, Locus, Population, Reference
from reopen.weigh.compare import LocusTable, genotype_numbers, locus_table, random_match_log10
from reopen.weigh.sifting import mean_log10

_KEY_LOCI = 4


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two references with no difference at any locus that both have."""

    one: int
    other: int
    per_locus: Mapping[Locus, float]


def search_tables(
    loci: Sequence[Locus], population: Population, met: Mapping[Locus, set[Allele]]
) -> dict[Locus, LocusTable]:
    """Frequencies of every locus that the population lists, with every allele met."""
    return {
        locus: table
        for locus in loci
        if (table := locus_table(locus, population, met.get(locus, set()))) is not None
    }


def any_contributor(log10: Floats, group: Sequence[int]) -> tuple[Floats, Ints]:
    """log10 LR that a reference is one of a stain's contributors, whichever; and the likeliest one.

    log10  (person, reference); group: the rows of the stain's contributors
    The mean over contributors: before looking, each place is equally likely. Returns two arrays of
    shape (reference,).
    """
    return mean_log10(log10[list(group)])


def duplicates(
    references: Sequence[Reference], tables: Mapping[Locus, LocusTable], least_log10: float
) -> list[Duplicate]:
    """Pairs of references that agree wherever both are typed, and reach the threshold.

    None is missed: people typed at all of a few loci can only agree within groups of equal
    genotypes there; the others are compared with everybody.
    """
    numbers = genotype_numbers(references, tables)
    if len(references) < 2 or not numbers:
        return []
    typed = np.stack(list(numbers.values()))
    fullest = np.argsort(-(typed >= 0).sum(axis=1), kind="stable")[:_KEY_LOCI]
    keys = typed[fullest].T
    complete = np.flatnonzero((keys >= 0).all(axis=1))
    pairs = _within_groups(typed, complete, keys[complete])
    pairs += _with_everybody(typed, np.flatnonzero((keys < 0).any(axis=1)))
    weighed = [_weighed(references, one, other, tables) for one, other in sorted(pairs)]
    return [pair for pair in weighed if sum(pair.per_locus.values()) >= least_log10]


def _within_groups(typed: Ints, people: Ints, keys: Ints) -> list[tuple[int, int]]:
    """Agreeing pairs among people with equal keys; typed is (locus, person), keys (person, key)."""
    if not len(people):
        return []
    _, group = np.unique(keys, axis=0, return_inverse=True)
    order = np.argsort(group.ravel(), kind="stable")
    starts = np.flatnonzero(np.diff(group.ravel()[order], prepend=-1))
    found = []
    for members in np.split(people[order], starts[1:]):
        for k, one in enumerate(members[:-1]):
            agree = _agree(typed, int(one), members[k + 1 :])
            found += [(int(one), int(other)) for other in members[k + 1 :][agree]]
    return found


def _with_everybody(typed: Ints, people: Ints) -> list[tuple[int, int]]:
    """Agreeing pairs of these people with all others."""
    everybody = np.arange(typed.shape[1])
    found = set()
    for one in map(int, people):
        for other in map(int, everybody[_agree(typed, one, everybody)]):
            if other != one:
                found.add((min(one, other), max(one, other)))
    return list(found)


def _agree(typed: Ints, one: int, others: Ints) -> NDArray[np.bool_]:
    """Who shares a typed locus with one person and differs at none."""
    mine, theirs = typed[:, [one]], typed[:, others]
    both = (mine >= 0) & (theirs >= 0)
    return np.asarray(both.any(axis=0) & ~(both & (mine != theirs)).any(axis=0))


def _weighed(
    references: Sequence[Reference], one: int, other: int, tables: Mapping[Locus, LocusTable]
) -> Duplicate:
    first, second = references[one].genotypes, references[other].genotypes
    terms = {
        locus: -random_match_log10(genotype, tables[locus])
        for locus, genotype in first.items()
        if locus in tables
        and locus in second
        and not genotype.is_triallelic
        and not second[locus].is_triallelic
    }
    return Duplicate(one, other, terms)
