"""Who of a database too large to hold reaches a stain, one block of people after the other.

Everybody is looked at and nobody who reaches the threshold is lost; those found are then weighed
like any reference (`search`). Not here: how a database lies on disk (`formats`), relatives.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np

from reopen.kernels.shapes import Ints
from reopen.kernels.sieve import Codes
from reopen.link.stains import LinkOptions, Progress, SolvedStain, quiet
from reopen.records import Allele, Locus, NotWeighed, Reference
from reopen.weigh.compare import LocusTable, contributors
from reopen.weigh.sifting import rows_on_codes, same_person_tables, search_blocks

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
    def loci(self) -> tuple[Locus, ...]: ...

    @property
    def alleles(self) -> Mapping[Locus, tuple[Allele, ...]]: ...

    @property
    def n(self) -> int: ...

    def blocks(self) -> Iterator[Block]: ...

    def people(self, places: Iterable[int]) -> tuple[Reference, ...]: ...

    def people_by_loci(self) -> dict[frozenset[Locus], int]: ...


def filed_people(
    database: Database | None,
    others: Sequence[Reference],
    solved: Sequence[SolvedStain],
    tables: Mapping[Locus, LocusTable],
    options: LinkOptions,
    progress: Progress = quiet,
) -> tuple[tuple[Reference, ...], list[NotWeighed]]:
    """Everybody of the database who reaches some stain, and those who cannot be told from others.

    others  people who are compared with the stains besides: a link names people by their ids
    """
    if database is None:
        return (), []
    progress("searching the database", 0, 1)
    workers = options.workers or os.cpu_count() or 1
    found = database.people(reaching(database, solved, tables, options.least_log10, workers))
    progress("searching the database", 1, 1)
    taken = {one.id for one in others}
    reason = "a reference has this name already, so that a link could not say whom it means"
    hidden = [
        NotWeighed(f"{one.id} of the database", reason, one.where)
        for one in found
        if one.id in taken
    ]
    return tuple(one for one in found if one.id not in taken), hidden


def reaching(
    database: Database,
    solved: Sequence[SolvedStain],
    tables: Mapping[Locus, LocusTable],
    least_log10: float,
    workers: int = 1,
) -> Ints:
    """Places of everybody who reaches some stain, ascending; a few may miss it by a hair.

    tables  of the search, with every allele of the database
    """
    draws = max((item.draws for item in solved), default=1)
    found = [_reaching_one(database, item, tables, least_log10, draws, workers) for item in solved]
    return np.unique(np.concatenate([*found, np.zeros(0, dtype=np.int64)]))


def _reaching_one(
    database: Database,
    item: SolvedStain,
    tables: Mapping[Locus, LocusTable],
    least_log10: float,
    draws: int,
    workers: int,
) -> Ints:
    used = draws if draws % item.draws else item.draws
    people, _ = contributors([one for draw in range(used) for one in item.at_draw(draw)], tables)
    rows = rows_on_codes(same_person_tables(people), tables, database.alleles)
    blocks = (
        (block.start, dict(zip(database.loci, block.by_locus, strict=True)))
        for block in database.blocks()
    )
    return search_blocks(rows, blocks, least_log10 - _SLACK, workers).person
