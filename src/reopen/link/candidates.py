"""Pairs of profiles that one comparison of all with all lifts above a threshold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reopen.kernels.shapes import Floats, Ints
from reopen.records import Allele, Locus, Population, Reference
from reopen.weigh.compare import LocusTable, genotype_numbers, locus_table, random_match_log10

_BLOCK = 256


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
    rows = log10[list(group)]
    top = rows.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        mean = np.log10(np.mean(10.0 ** (rows - safe), axis=0))
    return np.where(np.isfinite(top), safe + mean, -np.inf), rows.argmax(axis=0)


def duplicates(
    references: Sequence[Reference], tables: Mapping[Locus, LocusTable], least_log10: float
) -> list[Duplicate]:
    """Pairs of references that agree wherever both are typed, and reach the threshold."""
    numbers = genotype_numbers(references, tables)
    n = len(references)
    if n < 2 or not numbers:
        return []
    typed = np.stack(list(numbers.values()))
    found = []
    for start in range(0, n, _BLOCK):
        block = typed[:, start : start + _BLOCK]
        differ = np.zeros((block.shape[1], n), dtype=bool)
        common = np.zeros((block.shape[1], n), dtype=np.int16)
        for mine, all_of_them in zip(block, typed, strict=True):
            both = (mine[:, None] >= 0) & (all_of_them[None, :] >= 0)
            common += both
            differ |= both & (mine[:, None] != all_of_them[None, :])
        for i, j in np.argwhere(~differ & (common > 0)):
            one, other = start + int(i), int(j)
            if one < other:
                duplicate = _weighed(references, one, other, tables)
                if sum(duplicate.per_locus.values()) >= least_log10:
                    found.append(duplicate)
    return found


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
