"""The databases that a search looks in: one opened, and what the search says of them.

Not here: how databases are built and shown (`databases`), searched (`link.in_database`), files and
units that are searched like one (`searched_places`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from reopen.records import Run

if TYPE_CHECKING:
    from reopen.formats.joined_databases import JoinedDatabases
    from reopen.formats.reference_database import ReferenceDatabase

Searched: TypeAlias = "ReferenceDatabase | JoinedDatabases"


def opened(path: str | Path) -> ReferenceDatabase:
    """A database file. Raises UnreadableFile, and LogBroken for one that was cut off."""
    # Imported here, since it loads Arrow, for which no search without a database should wait.
    from reopen.formats.reference_database import open_database

    return open_database(path)


def assumptions_of_database(database: Searched | None) -> tuple[str, ...]:
    if database is None:
        return ()
    told = (
        f"Stains, remains and families are compared with the {database.n:,} people of the database "
        f"{database.name} too; who reaches the least weight is listed. Its people are not "
        "compared with each other, nor with references."
    )
    return (told,)


def with_database(run: Run, database: Searched | None) -> Run:
    """The run of a search with the databases it looked in, by the hashes of their content."""
    if database is None:
        return run
    return replace(
        run,
        parameters={**run.parameters, "people in the database": database.n},
        inputs={**run.inputs, **{f"database {one.name}": one.hash for one in database.parts}},
    )
