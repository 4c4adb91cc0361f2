"""The database that stains are compared with: opened, and what a search says of it.

Not here: how databases are built and shown (`databases`), searched (`link.in_database`).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from reopen.records import Run

if TYPE_CHECKING:
    from reopen.formats.reference_database import ReferenceDatabase


def opened(path: str | Path) -> ReferenceDatabase:
    """A database file. Raises UnreadableFile, and LogBroken for one that was cut off."""
    # Imported here, since it loads Arrow, for which no search without a database should wait.
    from reopen.formats.reference_database import open_database

    return open_database(path)


def assumptions_of_database(database: ReferenceDatabase | None) -> tuple[str, ...]:
    if database is None:
        return ()
    told = (
        f"Stains, remains and families are compared with the {database.n:,} people of the database "
        f"{database.path.name} too; who reaches the least weight is listed. Its people are not "
        "compared with each other, nor with references."
    )
    return (told,)


def with_database(run: Run, database: ReferenceDatabase | None) -> Run:
    """The run of a search with the database it looked in, by the hash of its content."""
    if database is None:
        return run
    return replace(
        run,
        parameters={**run.parameters, "people in the database": database.n},
        inputs={**run.inputs, f"database {database.path.name}": database.hash},
    )
