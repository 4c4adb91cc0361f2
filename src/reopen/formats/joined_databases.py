"""Several reference databases searched as one: their alleles numbered alike, their people told
apart by the database's name.

Not for: reading one database (`reference_database`), merging files into one (`database_import`),
which leaves out names that stand twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from reopen.errors import InvalidRecord
from reopen.formats.genotype_codes import LARGEST_ALLELES, Codes, code, n_codes, pairs, width_for
from reopen.formats.reference_database import DatabaseBlock, ReferenceDatabase
from reopen.records import Allele, Locus, Purpose, Reference, allele_order


class JoinedDatabases:
    """The people of several databases, one database after the other, each known by a place from 0.

    A person is called `DATABASE#NAME`, since two databases may have two people of one name.
    Raises InvalidRecord for two databases of one name, and for a locus with too many alleles.
    """

    def __init__(self, parts: Sequence[ReferenceDatabase]):
        self.parts = tuple(parts)
        names = [part.name for part in parts]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise InvalidRecord(
                f"Two databases called {twice[0]}.",
                rule="Whoever is found is named by the database and the name there.",
                way_on="Rename one of the files.",
            )
        self._starts = list(accumulate((part.n for part in parts), initial=0))
        self._alleles = _of_all(self.parts)
        self._renumbered = [
            {locus: _renumbering(part.alleles.get(locus), labels)
             for locus, labels in self._alleles.items()}
            for part in parts
        ]  # fmt: skip

    @property
    def name(self) -> str:
        return " and ".join(part.name for part in self.parts)

    @property
    def loci(self) -> tuple[Locus, ...]:
        return tuple(self._alleles)

    @property
    def alleles(self) -> Mapping[Locus, tuple[Allele, ...]]:
        """Locus -> the alleles of all databases, in the order of their numbers."""
        return self._alleles

    @property
    def n(self) -> int:
        """How many people."""
        return self._starts[-1]

    def blocks(self) -> Iterator[DatabaseBlock]:
        """All people, a block of up to a million at a time. Raises LogBroken as each database."""
        for part, first, renumbered in zip(
            self.parts, self._starts, self._renumbered, strict=False
        ):
            for block in part.blocks():
                own = dict(zip(part.loci, block.by_locus, strict=True))
                yield DatabaseBlock(
                    first + block.start,
                    tuple(_codes(own.get(locus), renumbered[locus], block.people)
                          for locus in self.loci),
                )  # fmt: skip

    def people(self, places: Iterable[int]) -> tuple[Reference, ...]:
        """The people at these places. Raises InvalidRecord for a place that is nobody's."""
        found = []
        for place in places:
            which = self._part_at(place)
            part = self.parts[which]
            (person,) = part.people([place - self._starts[which]])
            found.append(replace(person, id=f"{part.name}#{person.id}"))
        return tuple(found)

    def of_purpose(
        self, places: NDArray[np.int64], purposes: Collection[Purpose]
    ) -> NDArray[np.int64]:
        """Those of the places whose people are on file for one of these purposes."""
        kept = [np.zeros(0, dtype=np.int64)]
        for part, first in zip(self.parts, self._starts, strict=False):
            own = places[(places >= first) & (places < first + part.n)] - first
            kept.append(part.of_purpose(own, purposes) + first)
        return np.concatenate(kept)

    def people_by_loci(
        self, purposes: Collection[Purpose] | None = None
    ) -> dict[frozenset[Locus], int]:
        """How many people are typed at just these loci, as of one database."""
        found = Counter[frozenset[Locus]]()
        for part in self.parts:
            found.update(part.people_by_loci(purposes))
        return dict(found)

    def _part_at(self, place: int) -> int:
        if not 0 <= place < self.n:
            raise InvalidRecord(
                f"Nobody has place {place} in {self.name}.",
                rule=f"Its places go from 0 to {self.n - 1}.",
            )
        return int(np.searchsorted(self._starts, place, side="right")) - 1


def _of_all(parts: Sequence[ReferenceDatabase]) -> dict[Locus, tuple[Allele, ...]]:
    loci = dict.fromkeys(locus for part in parts for locus in part.loci)
    alleles = {}
    for locus in loci:
        every = {label for part in parts for label in part.alleles.get(locus, ())}
        if len(every) > LARGEST_ALLELES:
            raise InvalidRecord(
                f"{len(every)} alleles at {locus} in all databases together.",
                rule=f"A search tells up to {LARGEST_ALLELES} alleles of a locus apart.",
                way_on="Search the databases one by one.",
            )
        alleles[locus] = tuple(sorted(every, key=allele_order))
    return alleles


def _renumbering(own: Sequence[Allele] | None, every: Sequence[Allele]) -> Codes | None:
    """The joined code of each of a database's own codes, "not typed" last; None: they are alike.

    own  its alleles; None: it has no such locus
    """
    if own is None:
        own = ()
    elif tuple(own) == tuple(every):
        return None
    place = {label: number for number, label in enumerate(every)}
    numbers = np.array([place[label] for label in own], dtype=np.int64)
    a, b = pairs(np.arange(n_codes(len(own))))
    untyped = np.array([n_codes(len(every))], dtype=np.uint16)
    return np.append(code(numbers[a], numbers[b]), untyped).astype(width_for(len(every)))


def _codes(own: Codes | None, renumbered: Codes | None, people: int) -> Codes:
    if own is None:  # the database has no such locus: nobody is typed there
        assert renumbered is not None
        return np.full(people, renumbered[-1])
    return own if renumbered is None else renumbered[own]
