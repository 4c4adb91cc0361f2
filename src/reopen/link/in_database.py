"""Who of a database too large to hold reaches somebody, one block of people after the other.

Everybody is looked at and nobody who reaches the threshold is lost; those found are then weighed
like any reference (`searched_people`). Not here: how a database lies on disk (`formats`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol

import numpy as np

from reopen.kernels.shapes import Floats, Ints
from reopen.kernels.sieve import Codes
from reopen.link.chance_links import LocusSets
from reopen.link.searched_people import AtHand, Reached, telling
from reopen.link.stains import SolvedStain
from reopen.records import Allele, Locus, NotWeighed, Purpose, Reference
from reopen.weigh.compare import LocusTable, contributors
from reopen.weigh.relations import typed_people
from reopen.weigh.sifting import Found, rows_on_codes, same_person_tables, search_blocks

_SLACK = 1e-6  # of log10 LR, far above the rounding error of a mean: those found are weighed again


class Block(Protocol):
    """Some people of a database, one after the other."""

    @property
    def start(self) -> int:
        """Place of the first one in the database."""

    @property
    def by_locus(self) -> tuple[Codes, ...]:
        """Codes at each locus of the database, each (person,): b (b + 1) / 2 + a for the a-th and
        b-th allele, a <= b from 0, and the number after the last one for nobody typed."""


class Database(Protocol):
    """Typed people, each known by a place from 0."""

    @property
    def name(self) -> str: ...

    @property
    def loci(self) -> tuple[Locus, ...]: ...

    @property
    def alleles(self) -> Mapping[Locus, tuple[Allele, ...]]: ...

    @property
    def n(self) -> int: ...

    def blocks(self) -> Iterator[Block]: ...

    def people(self, places: Iterable[int]) -> tuple[Reference, ...]: ...

    def of_purpose(self, places: Ints, purposes: Collection[Purpose]) -> Ints: ...

    def people_by_loci(
        self, purposes: Collection[Purpose] | None = None
    ) -> dict[frozenset[Locus], int]: ...


@dataclass(frozen=True)
class OnFile:
    """The people of a database whom a search may look at.

    tables   of the search, with every allele of the database
    taken    names that others in the search have: a link names people by their ids
    purposes of those who are looked at; None: everybody
    """

    database: Database
    tables: Mapping[Locus, LocusTable]
    taken: Collection[str] = ()
    workers: int = 1
    purposes: tuple[Purpose, ...] | None = None
    _blocks: list[Block] = field(default_factory=list, repr=False)

    def kept_for(self, purposes: Sequence[Purpose]) -> OnFile:
        """Those alone who are on file for one of these purposes."""
        return replace(self, purposes=tuple(purposes))

    @cached_property
    def by_loci(self) -> LocusSets:
        """How many there are, by the loci that they are typed at."""
        return self.database.people_by_loci(self.purposes)

    @property
    def n(self) -> int:
        return sum(self.by_loci.values())

    def of_other_purposes(self, what: str) -> list[NotWeighed]:
        """A note on those who are not looked at. what: who is sought."""
        others = self.database.n - self.n
        reason = f"what was given for such a purpose is not searched for {what}"
        named = f"people of {self.database.name} kept for other purposes: {others:,}"
        return [NotWeighed(named, reason)] if others else []

    def reaching(
        self, rows: Mapping[Locus, Floats], least_log10: float, listed_from: float
    ) -> Reached:
        """As `searched_people.People`."""
        least = min(least_log10, listed_from)
        found = self._sifted(rows, least)
        person, log10 = found.person, found.log10
        if self.purposes is not None:
            allowed = np.isin(person, self.database.of_purpose(person, self.purposes))
            person, log10 = person[allowed], log10[allowed]
        near = person[log10 >= listed_from - _SLACK]
        reached = self.at_hand(near.tolist()).reaching(rows, listed_from, listed_from)
        every = log10[log10 >= least_log10]
        apart = self._without_locus(telling(rows)) if least <= 0 else 0
        return replace(
            reached,
            below=max(len(every) - apart - len(reached.people), 0),
            highest=float(every[every < listed_from].max(initial=-np.inf)),
        )

    def _without_locus(self, loci: frozenset[Locus]) -> int:
        """How many have none of these loci."""
        return sum(n for typed, n in self.by_loci.items() if not typed & loci)

    def at_hand(self, places: Iterable[int]) -> AtHand:
        """Some of the people, taken into memory."""
        people = self.named(self.database.people(places))
        return AtHand(people, typed_people(people, self.tables))

    def named(self, people: Sequence[Reference]) -> tuple[Reference, ...]:
        """With names that nobody else in the search has: `DATABASE#NAME` where need be."""
        return tuple(
            replace(one, id=f"{self.database.name}#{one.id}") if one.id in self.taken else one
            for one in people
        )

    def reaching_stains(
        self, solved: Sequence[SolvedStain], least_log10: float, draws: int | None = None
    ) -> Ints:
        """Places of everybody who reaches some stain, ascending; a few may miss it by a hair.

        draws  over which LRs are averaged; None is those of the stain with most
        """
        draws = draws or max((item.draws for item in solved), default=1)
        found = [self._reaching_one(item, least_log10, draws) for item in solved]
        return np.unique(np.concatenate([*found, np.zeros(0, dtype=np.int64)]))

    def _reaching_one(self, item: SolvedStain, least_log10: float, draws: int) -> Ints:
        used = draws if draws % item.draws else item.draws
        at_draws = [one for draw in range(used) for one in item.at_draw(draw)]
        people, _ = contributors(at_draws, self.tables)
        return self._sifted(same_person_tables(people), least_log10).person

    def _sifted(self, rows: Mapping[Locus, Floats], least_log10: float) -> Found:
        if not self._blocks:
            self._blocks.extend(self.database.blocks())  # each is looked through when it is made
        on_codes = rows_on_codes(rows, self.tables, self.database.alleles)
        blocks = (
            (block.start, dict(zip(self.database.loci, block.by_locus, strict=True)))
            for block in self._blocks
        )
        return search_blocks(on_codes, blocks, least_log10 - _SLACK, self.workers)
