"""Typed people among whom somebody is sought, at hand or in a database too large to hold.

A stain's donor, a person or a family is rows of tables; who is sought among is asked for those who
reach a threshold, and how many there are. Not for: what a link of them says (`relatives`,
`families`, `persons`), how a database is looked through (`in_database`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.shapes import Floats, Ints
from reopen.link.chance_links import LocusSets, locus_sets
from reopen.records import Locus, Reference
from reopen.weigh.relations import TypedPeople
from reopen.weigh.sifting import Search


@dataclass(frozen=True, slots=True)
class Reached:
    """People who are listed, in the order of their places.

    typed        the same people, ready to be looked up
    log10, best  as in `sifting.Found`
    below        how many more reach the least weight and are not listed
    highest      log10 LR of the strongest of those; -inf where there is none
    """

    people: tuple[Reference, ...]
    typed: TypedPeople
    log10: Floats
    best: Ints
    below: int
    highest: float


class People(Protocol):
    """Typed people who may be searched."""

    @property
    def by_loci(self) -> LocusSets:
        """How many there are, by the loci that they are typed at."""

    def reaching(
        self, rows: Mapping[Locus, Floats], least_log10: float, listed_from: float
    ) -> Reached:
        """Those whose mean LR over the rows is 10^listed_from or more, and how many more have
        10^least_log10 or more. People without a locus in common are neither.

        rows  locus -> (row, genotype) ln LR on the tables of the search
        """


@dataclass(frozen=True)
class AtHand:
    """People held in memory."""

    references: Sequence[Reference]
    typed: TypedPeople

    @cached_property
    def by_loci(self) -> LocusSets:
        return locus_sets(self.typed, np.arange(len(self.references)))

    def reaching(
        self, rows: Mapping[Locus, Floats], least_log10: float, listed_from: float
    ) -> Reached:
        """As `People`."""
        least = min(least_log10, listed_from)
        found = Search(rows, self.typed.by_locus, least).found(self.typed.by_locus)
        compared = self._compared(rows, found.person) if least <= 0 else True
        listed = (found.log10 >= listed_from) & compared
        below = (found.log10 < listed_from) & compared
        person = found.person[listed]
        return Reached(
            tuple(self.references[k] for k in person.tolist()),
            TypedPeople(self.typed.tables, self.typed.numbers[:, person]),
            found.log10[listed],
            found.best[listed],
            int(np.count_nonzero(below)),
            float(found.log10[below].max(initial=-np.inf)),
        )

    def _compared(self, rows: Mapping[Locus, Floats], people: Ints) -> NDArray[np.bool_]:
        """Who of them has a locus in common with the rows; an LR of 1 of all others is none."""
        known = telling(rows)
        at = [place for place, locus in enumerate(self.typed.loci) if locus in known]
        return np.asarray(self.typed.is_typed()[at][:, people].any(axis=0))


def telling(rows: Mapping[Locus, Floats]) -> frozenset[Locus]:
    """Loci at which some row has data: elsewhere every genotype has an LR of 1."""
    return frozenset(locus for locus, table in rows.items() if table.any())
