"""A unit in one SQLite file: rollback journal, every commit on the disk before it is acknowledged.

The write-ahead log (WAL) is never used: its reset could lose commits in libraries before 3.51.3
(but 3.50.7 and 3.44.6; https://sqlite.org/wal.html#walresetbug), and a unit is one file. A file
that another program left in that mode is put back. Not here: the schema.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from reopen.errors import CannotStore
from reopen.store.database import WAIT_S, Database, Row, Value, marks

APPLICATION_ID = 0x52454F50  # 'REOP', in the file's header
_HEADER = b"SQLite format 3\0"
_SETTINGS = (
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = EXTRA",  # the journal's removal is on the disk too
    "PRAGMA fullfsync = ON",  # macOS: through the drive's own cache
    "PRAGMA secure_delete = ON",  # what is expunged is overwritten
    "PRAGMA trusted_schema = OFF",
    "PRAGMA cell_size_check = ON",
    "PRAGMA cache_size = -65536",
)


class Sqlite(Database):
    dialect = "SQLite"
    types = {"bytes": "BLOB", "text": "TEXT", "integer": "INTEGER", "keyed": "WITHOUT ROWID"}  # noqa: RUF012
    holding = "instr({column}, ?) > 0"

    def __init__(self, path: Path, *, new: bool = False):
        super().__init__(str(path))
        if not new:
            _must_be_unit(path)
        with _told(self.where):
            mode = "rwc" if new else "rw"
            self._connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                timeout=WAIT_S,
                isolation_level=None,
                check_same_thread=False,  # a pool may lend it on: still one thread at a time
            )
        try:
            self._set_up(new)
        except BaseException:
            self._connection.close()
            raise

    def _set_up(self, new: bool) -> None:
        for setting in _SETTINGS:
            self.execute(setting)
        if new:
            self.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        if self.rows("PRAGMA journal_mode")[0][0] != "delete":
            mode = self.rows("PRAGMA journal_mode = DELETE")[0][0]
            if mode != "delete":
                raise CannotStore(
                    f"{self.where} keeps its journal in the mode {mode!r}.",
                    rule="A unit uses the rollback journal: some SQLite libraries can lose commits "
                    "when a write-ahead log is reset.",
                    way_on="Close other programs that have the file open, then try again.",
                )

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        with _told(self.where):
            return self._connection.execute(sql, parameters).rowcount

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        with _told(self.where):
            return self._connection.execute(sql, parameters).fetchall()

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks(columns)})"
        with _told(self.where):
            self._connection.executemany(sql, rows)

    def stream(self, sql: str) -> Iterator[Row]:
        with _told(self.where):
            yield from self._connection.execute(sql)

    def copy_to(self, path: Path) -> None:
        """Write the whole unit as one moment saw it to a new file, without what was deleted."""
        self.execute("VACUUM INTO ?", (str(path),))

    def tables(self) -> tuple[str, ...]:
        # in the order they were made
        return tuple(
            name
            for (name,) in self.rows(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
                " AND name NOT LIKE 'sqlite%' ORDER BY rowid"
            )
        )

    def columns(self, table: str) -> tuple[str, ...]:
        return tuple(row[1] for row in self.rows(f"PRAGMA table_info({table})"))

    def close(self) -> None:
        self._connection.close()

    def _begin_write(self) -> None:
        self.execute("BEGIN IMMEDIATE")

    def _begin_read(self) -> None:
        self.execute("BEGIN")

    def _give_up(self) -> None:
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _must_be_unit(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(72)
    except OSError as error:
        raise CannotStore(
            f"{path} cannot be read: {error.strerror}.",
            rule="A unit is one file, or an address that begins with postgresql://.",
            way_on=f"Check the name, or make a unit there: reopen init {path}",
        ) from error
    if head[:16] != _HEADER or int.from_bytes(head[68:72], "big") != APPLICATION_ID:
        raise CannotStore(
            f"{path} is not a unit's file.",
            rule="A unit's file is made by reopen init, or comes from reopen backup.",
            way_on="Check the name; a file that was a unit's can be restored from its backup.",
        )


@contextmanager
def _told(where: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        rule, way_on = _reason(error)
        raise CannotStore(f"{where}: {error}.", rule=rule, way_on=way_on) from error


def _reason(error: sqlite3.Error) -> tuple[str, str]:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kept = "Nothing of this step was kept; what was acknowledged before is safe."
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return kept, "Somebody else is writing. Wait for them, then try again."
    if code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return kept, "Check the disk and make room on it, then try again."
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return kept, "The file and its folder have to be writable by you, on a disk with room."
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return (
            "The file is damaged.",
            "Keep a copy of it as it is, run reopen doctor, and restore the last backup.",
        )
    return kept, "Run reopen doctor on the unit."
