"""A unit in a PostgreSQL database: one schema is one unit (the first of the search path).

Needs psycopg (`pip install "reopen[postgres]"`). Text sorts by code point, as in SQLite. Not here:
users and roles of the server, which its administrator sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from urllib.parse import urlsplit

from reopen.errors import CannotStore
from reopen.store.database import WAIT_S, Database, Row, Value

try:
    import psycopg
except ImportError:  # pragma: no cover - the library is optional
    psycopg = None  # type: ignore[assignment]


class Postgres(Database):
    dialect = "PostgreSQL"
    types = {"bytes": "BYTEA", "text": 'TEXT COLLATE "C"', "integer": "BIGINT", "keyed": ""}  # noqa: RUF012
    holding = "position(CAST(? AS BYTEA) IN {column}) > 0"

    def __init__(self, address: str):
        super().__init__(_without_password(address))
        if psycopg is None:
            raise CannotStore(
                f"{self.where} needs the library psycopg, which is not installed.",
                way_on='Install it: pip install "reopen[postgres]"',
            )
        with _told(self.where):
            self._connection = psycopg.connect(address, autocommit=True)
            self._connection.execute(f"SET lock_timeout = {int(WAIT_S * 1000)}")
            self._connection.execute("SET synchronous_commit = on")
            self._connection.execute("SET client_min_messages = warning")

    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        with _told(self.where):
            return self._connection.execute(_marked(sql), parameters or None).rowcount

    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        with _told(self.where):
            return self._connection.execute(_marked(sql), parameters or None).fetchall()

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        sql = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with (
            _told(self.where),
            self._connection.cursor() as cursor,
            cursor.copy(sql.encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def learn(self) -> None:
        # autovacuum does so too, but not within a long import
        self.execute("ANALYZE " + ", ".join(self.tables()))

    def reuse(self, table: str) -> None:
        # autovacuum does not reach temporary tables
        self.execute(f"VACUUM {table}")

    def stream(self, sql: str) -> Iterator[Row]:
        with _told(self.where), self._connection.cursor(name="stream") as cursor:
            cursor.itersize = 2000
            yield from cursor.execute(_marked(sql))

    def tables(self) -> tuple[str, ...]:
        # in the order they were made
        return tuple(
            name
            for (name,) in self.rows(
                "SELECT relname FROM pg_class WHERE relkind = 'r'"
                " AND relnamespace = current_schema()::regnamespace ORDER BY oid"
            )
        )

    def columns(self, table: str) -> tuple[str, ...]:
        rows = self.rows(
            "SELECT attname FROM pg_attribute WHERE attrelid = ?::regclass AND attnum > 0"
            " AND NOT attisdropped ORDER BY attnum",
            (table,),
        )
        return tuple(name for (name,) in rows)

    def close(self) -> None:
        self._connection.close()

    def _begin_write(self) -> None:
        self.execute("BEGIN")
        try:
            if self.has_table("unit"):
                self.execute("LOCK TABLE unit IN EXCLUSIVE MODE")
        except BaseException:
            self._give_up()
            raise

    def _begin_read(self) -> None:
        self.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def _commit(self) -> None:
        with _told(self.where):
            answer = self._connection.execute(b"COMMIT").statusmessage
        if answer != "COMMIT":  # PostgreSQL answers so, without an error, after a failed statement
            raise CannotStore(
                f"{self.where}: an earlier step of this block failed.",
                rule="A block is kept whole or not at all; nothing of this one is kept.",
                way_on="Do it again from its beginning.",
            )

    def _give_up(self) -> None:
        with suppress(psycopg.Error):
            self._connection.rollback()


@cache
def _marked(sql: str) -> bytes:
    """Our `?` as psycopg's `%s`."""
    return sql.replace("%", "%%").replace("?", "%s").encode()


def _without_password(address: str) -> str:
    parts = urlsplit(address)
    if parts.password is None:
        return address
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username}@{host}").geturl()


@contextmanager
def _told(where: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise CannotStore(
            f"{where}: {str(error).strip()}",
            rule="Nothing of this step was kept; what was acknowledged before is safe.",
            way_on=_way_on(error),
        ) from error


def _way_on(error: Exception) -> str:
    if isinstance(error, psycopg.errors.LockNotAvailable):
        return "Somebody else is writing. Wait for them, then try again."
    if isinstance(error, psycopg.errors.DiskFull):
        return "Make room on the server's disk, then try again."
    if isinstance(error, psycopg.OperationalError):
        return "Check that the server runs, the address, and that you may connect to it."
    return "Run reopen doctor on the unit."
