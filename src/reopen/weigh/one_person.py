"""One sample under two names: profiles that are those of one person, or of identical twins.

Not for: remains that may be parts of one person (`link.dvi_remains`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from reopen.records import Locus, Population, Reference
from reopen.weigh.kappa import identity_likelihoods

LEAST_LOG10 = 3.0
_SLIP = 0.01  # of a locus that was typed otherwise, or lost an allele, the second time
_LEAST_EQUAL = 0.7  # share of the loci; less is not weighed
_SIBLINGS = (0.25, 0.5, 0.25)


@dataclass(frozen=True, slots=True)
class OnePerson:
    """Two profiles that look like one person's.

    log10      LR of one person against full siblings, who come next; LEAST_LOG10 or more
    loci       that both have
    different  those at which they differ
    """

    one: str
    other: str
    log10: float
    loci: tuple[Locus, ...]
    different: tuple[Locus, ...] = ()

    def __str__(self) -> str:
        shared = len(self.loci)
        equal = (
            f"equal at all {shared} loci that both have"
            if not self.different
            else f"equal at {shared - len(self.different)} of {shared} loci, all but "
            f"{', '.join(self.different)}"
        )
        return f"{self.one} and {self.other} are {equal}"


def same_profiles(
    profiles: Mapping[str, Reference], groups: Mapping[str, str], population: Population
) -> list[OnePerson]:
    """Every two profiles of different groups that look like one person's.

    groups  name -> group (a family) within which profiles are not compared
    """
    return [
        pair
        for one, other in combinations(profiles, 2)
        if groups[one] != groups[other]
        and (pair := as_one_person(one, other, profiles, population)) is not None
    ]


def as_one_person(
    one: str, other: str, profiles: Mapping[str, Reference], population: Population
) -> OnePerson | None:
    """Two profiles as one person's; None where that is not LEAST_LOG10 better than siblings."""
    first, second = profiles[one], profiles[other]
    both = list(_both(first, second, population))
    different = tuple(at for at in both if first.genotypes[at] != second.genotypes[at])
    if not both or len(different) > (1 - _LEAST_EQUAL) * len(both):
        return None
    _, by_shared = identity_likelihoods(first, second, population)
    none, _, all_shared = by_shared.T
    siblings = by_shared @ np.array(_SIBLINGS)
    log10 = float(np.log10(((1 - _SLIP) * all_shared + _SLIP * none) / siblings).sum())
    if log10 < LEAST_LOG10:
        return None
    return OnePerson(one, other, log10, tuple(both), different)


def _both(first: Reference, second: Reference, population: Population) -> Iterator[Locus]:
    for at, genotype in first.genotypes.items():
        theirs = second.genotypes.get(at)
        if theirs is None or genotype.is_triallelic or theirs.is_triallelic:
            continue
        if at in population.frequencies.by_locus:
            yield at
