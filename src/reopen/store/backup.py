"""Backups: the whole unit, as it was at one moment, in one file that is a unit itself.

Taken while others work, checked against its log before it gets its name, and restored to a file or
to PostgreSQL, so that a unit can also move from one to the other. A restored unit does not know
what was entered after the backup: give it the newest checkpoint that anybody holds, and it is
refused where entries are missing. Not here: when to make one, and where to keep it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from reopen.errors import CannotStore
from reopen.ledger.verify import Checkpoint
from reopen.store import check, migrations
from reopen.store.check import Verified
from reopen.store.database import Database, connect, is_server
from reopen.store.places import new_file
from reopen.store.sqlite import Sqlite
from reopen.store.unit import Clock, Unit, now, open_unit


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was written and checked.

    verified  what its log and rows were found to be
    sha256    of the file, for the record beside it
    """

    path: Path
    bytes: int
    sha256: str
    verified: Verified


def back_up(unit: Unit, to: Path) -> BackedUp:
    """Write the unit to a new file and check it there.

    Raises CannotStore where the file is there already or the disk is full, LogBroken where what
    was written does not agree with its log; then no file is left.
    """
    with new_file(to) as unfinished:
        _copy(unit.db, unfinished)
        with closing(connect(unfinished)) as copy:
            verified = check.verify(copy)
    with to.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    return BackedUp(to, to.stat().st_size, digest, verified)


def restore(
    backup: Path, where: str | Path, *, earlier: Sequence[Checkpoint] = (), clock: Clock = now
) -> Verified:
    """Make a unit from a backup, where none is yet; the backup stays as it is.

    earlier  checkpoints of the unit that somebody has kept: a backup older than one of them lacks
             entries, and is refused

    Raises CannotStore where something is there already, LogBroken where the backup does not agree
    with its log.
    """
    if is_server(where):
        with TemporaryDirectory() as folder, closing(connect(where)) as target:
            with _up_to_date(backup, Path(folder) / "unit", clock) as source:
                verified = check.verify(source, earlier=earlier)
                _fill(source, target)
            check.verify(target, earlier=earlier)
            return verified
    with (
        new_file(Path(where)) as unfinished,
        _up_to_date(backup, unfinished, clock) as copy,
    ):
        return check.verify(copy, earlier=earlier)


@contextmanager
def _up_to_date(backup: Path, path: Path, clock: Clock) -> Iterator[Database]:
    """A copy of the backup with this program's schema."""
    with closing(connect(backup)) as source:
        _copy(source, path)
    with open_unit(path, clock=clock) as unit:
        yield unit.db


def _copy(source: Database, path: Path) -> None:
    if isinstance(source, Sqlite):
        source.copy_to(path)
        return
    with closing(connect(path, new=True)) as target, source.reading():
        _fill(source, target)


def _fill(source: Database, target: Database) -> None:
    """Copy every table into a database that has none yet."""
    with target.writing():
        if target.has_table("unit"):
            raise CannotStore(
                f"{target.where} holds a unit already.",
                rule="A unit is never restored in the place of another.",
                way_on="Choose an empty schema: add ?options=-csearch_path%3DNAME to the address.",
            )
        migrations.apply(target)
        with source.reading():
            for table in target.tables():
                columns = target.columns(table)
                if table != "migration":
                    rows = source.stream(f"SELECT {', '.join(columns)} FROM {table}")
                    target.insert(table, columns, rows)
