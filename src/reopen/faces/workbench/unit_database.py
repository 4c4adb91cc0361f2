"""The database that a unit's searches look in: a file beside the unit, known by its content.

A unit keeps who was found, not the database. Loads Arrow, for which no search without a database
should wait. Not here: searching it (`link.in_database`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from pathlib import Path

from reopen.errors import InvalidRecord, UnreadableFile, Where
from reopen.faces.workbench.unit_search import Terms
from reopen.formats.reference_database import ReferenceDatabase
from reopen.records import Locus, NotWeighed, Purpose, Reference


class DatabaseBeside(ReferenceDatabase):
    """Its people are named DATABASE#NAME, so that none is taken for a profile of the unit.

    Staff are left out: who may see that one of them is linked is said of staff profiles that the
    unit holds, and of nobody else.

    called  its file's name when it was searched
    """

    def __init__(self, path: str | Path, called: str):
        super().__init__(path)
        self._called = called

    @property
    def name(self) -> str:
        return self._called

    def people(self, places: Iterable[int]) -> tuple[Reference, ...]:
        return tuple(
            replace(one, id=f"{self.name}#{one.id}")
            for one in super().people(places)
            if one.purpose is not Purpose.STAFF
        )

    def people_by_loci(
        self, purposes: Collection[Purpose] | None = None
    ) -> dict[frozenset[Locus], int]:
        wanted = Purpose if purposes is None else purposes
        return super().people_by_loci([one for one in wanted if one is not Purpose.STAFF])

    def left_out(self) -> list[NotWeighed]:
        """A note on the staff, where it holds any."""
        staff = sum(super().people_by_loci([Purpose.STAFF]).values())
        reason = "not compared: import them with --staff, so that only who may see it sees a hit"
        return [NotWeighed(f"staff in {self.name}: {staff:,}", reason)] if staff else []


def database_now(terms: Terms, lies: str = "") -> DatabaseBeside:
    """The database of these terms as it lies there now.

    lies  where, if not where the terms say

    Raises UnreadableFile, and LogBroken for one that was cut off.
    """
    try:
        return DatabaseBeside(lies or terms.database, Path(terms.database).name)
    except UnreadableFile as error:
        raise UnreadableFile(
            error.seen,
            rule="The unit's searches look in this database.",
            way_on="Name where it lies now: --database FILE. Or search without: --database none.",
            where=error.where,
        ) from None


def database_then(terms: Terms, lies: str = "") -> DatabaseBeside:
    """The database of a search, with the content that it had then; all of it is read.

    lies  as for `database_now`

    Raises UnreadableFile, LogBroken, and InvalidRecord where the content is another.
    """
    database = database_now(terms, lies)
    if database.hash != terms.database_hash:
        raise InvalidRecord(
            f"The database holds others than when it was searched: SHA-256 {database.hash}, "
            f"then {terms.database_hash}.",
            rule="A search is done again with the same people.",
            way_on="Name a copy of the database as it was then: --database FILE.",
            where=Where(str(database.path)),
        )
    database.check()
    return database
