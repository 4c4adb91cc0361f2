"""What the board keeps beside a unit: how people sign in, sessions, work behind, where nodes lie.

None of it is evidence and none of it is in the unit's log. If the file is lost, people are invited
again and work that was under way is begun again; the unit lacks nothing.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from reopen.errors import CannotStore

Cell = str | int | float | bytes | None

VERSION = 2
_SCHEMA = """
CREATE TABLE password (actor TEXT PRIMARY KEY, hash TEXT NOT NULL, since REAL NOT NULL);
CREATE TABLE passkey (
    id BLOB PRIMARY KEY, actor TEXT NOT NULL, public_key BLOB NOT NULL, uses INTEGER NOT NULL,
    name TEXT NOT NULL, since REAL NOT NULL);
CREATE TABLE invitation (
    hash BLOB PRIMARY KEY, actor TEXT NOT NULL, invited_by TEXT NOT NULL, until REAL NOT NULL);
CREATE TABLE session (
    hash BLOB PRIMARY KEY, actor TEXT NOT NULL, csrf BLOB NOT NULL, began REAL NOT NULL,
    seen REAL NOT NULL, purpose TEXT NOT NULL DEFAULT '', supervisor TEXT NOT NULL DEFAULT '',
    supervised_until REAL NOT NULL DEFAULT 0);
CREATE TABLE work (
    id TEXT PRIMARY KEY, actor TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL,
    asked TEXT NOT NULL, stage TEXT NOT NULL, step TEXT NOT NULL DEFAULT '',
    done INTEGER NOT NULL DEFAULT 0, of_all INTEGER NOT NULL DEFAULT 0, began REAL NOT NULL,
    ended REAL, said TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '');
CREATE TABLE node_place (
    actor TEXT NOT NULL, node TEXT NOT NULL, x REAL NOT NULL, y REAL NOT NULL,
    PRIMARY KEY (actor, node));
"""
_SINCE_2 = """
CREATE TABLE identity (
    issuer TEXT NOT NULL, subject TEXT NOT NULL, actor TEXT NOT NULL, since REAL NOT NULL,
    PRIMARY KEY (issuer, subject))
"""


class State:
    """The file, open. Safe to use from several threads: one statement or block at a time.

    Raises CannotStore where the file cannot be used, or is of a later version.
    """

    def __init__(self, path: Path):
        self.path = path
        self._lock = RLock()
        with self._told():
            path.touch(mode=0o600)
            os.chmod(path, 0o600)
            self._db = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=30
            )
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA secure_delete = ON")  # what is let go leaves no trace of it
            self._set_up()

    @property
    def folder(self) -> Path:
        """Where work keeps its files; only the server's own user may look in."""
        folder = self.path.with_name(self.path.name + ".work")
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def rows(self, sql: str, parameters: Sequence[Cell] = ()) -> list[sqlite3.Row]:
        with self._told():
            return self._db.execute(sql, parameters).fetchall()

    def one(self, sql: str, parameters: Sequence[Cell] = ()) -> sqlite3.Row | None:
        return next(iter(self.rows(sql, parameters)), None)

    def run(self, sql: str, parameters: Sequence[Cell] = ()) -> int:
        """Run a statement; how many rows it touched."""
        with self._told():
            return self._db.execute(sql, parameters).rowcount

    @contextmanager
    def together(self) -> Iterator[None]:
        """All statements of the block are kept, or none."""
        with self._told():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _set_up(self) -> None:
        with self.together():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
            if version > VERSION:
                raise CannotStore(
                    f"{self.path} was written by a later version of the board.",
                    rule=f"This one knows versions up to {VERSION}; the file is of {version}.",
                    way_on="Update reopen, or name another file with --state.",
                )
            if version == 0:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
            if version < VERSION:
                self._db.execute(_SINCE_2)
                self._db.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def _told(self) -> Iterator[None]:
        with self._lock:
            try:
                yield
            except (sqlite3.Error, OSError) as error:
                raise CannotStore(
                    f"The board's own file {self.path} cannot be used: {error}.",
                    rule="It holds sign-ins and work under way, and lies beside the unit.",
                    way_on="Check that the folder can be written to, or name another with --state.",
                ) from error
