"""One door to the database: a SQLite file or a PostgreSQL server, with one subset of SQL.

`?` marks a parameter; `insert` is the fast way for many rows. One writer at a time: `writing` takes
the unit's lock before it reads what it builds on. Errors of the libraries come out as `CannotStore`
with the way on. Not here: what the tables mean.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from reopen.errors import CannotStore
from reopen.store.kept import Kept

Value = str | int | float | bytes | None
Row = tuple[Any, ...]
Each = TypeVar("Each")

WAIT_S = 60.0
"""How long a writer waits for another before it says so."""
AT_ONCE = 500
"""Parameters in one statement: well under the limits of both databases."""


class Database(ABC):
    """A connection. Belongs to one thread at a time.

    where      the file or address, without a password
    dialect    'SQLite' or 'PostgreSQL'
    types      words of the migrations that differ: {bytes}, {text}, {keyed}
    holding    SQL: whether a column of bytes, {column}, holds those of a parameter
    in_writing whether a `writing` block is open
    kept       records read lately, where a program keeps them
    """

    dialect: str
    types: dict[str, str]
    holding: str

    def __init__(self, where: str):
        self.where = where
        self.kept: Kept | None = None
        self.in_writing = False
        self.in_reading = False

    @abstractmethod
    def execute(self, sql: str, parameters: Sequence[Value] = ()) -> int:
        """Run a statement that returns no rows; how many rows it touched."""

    @abstractmethod
    def rows(self, sql: str, parameters: Sequence[Value] = ()) -> list[Row]:
        """All rows of a query. Ask for what fits in memory; page by key for more."""

    @abstractmethod
    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Value]]) -> None:
        """Add many rows to a table that has none of their keys."""

    @abstractmethod
    def stream(self, sql: str) -> Iterator[Row]:
        """The rows of a query of any size, inside a `reading` block that nothing interrupts."""

    def learn(self) -> None:
        """Let the database see how much it holds by now, where it plans its queries by that."""
        return

    def reuse(self, table: str) -> None:
        """Make room in a table whose rows were taken out, where that needs to be asked for."""
        return

    @abstractmethod
    def tables(self) -> tuple[str, ...]:
        """Names of all tables, each after those it points at."""

    @abstractmethod
    def columns(self, table: str) -> tuple[str, ...]:
        """Names of a table's columns."""

    def has_table(self, name: str) -> bool:
        return name in self.tables()

    @abstractmethod
    def close(self) -> None: ...

    @abstractmethod
    def _begin_write(self) -> None: ...

    @abstractmethod
    def _begin_read(self) -> None: ...

    def one(self, sql: str, parameters: Sequence[Value] = ()) -> Row | None:
        """The first row, if there is one."""
        return next(iter(self.rows(sql, parameters)), None)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction by the only writer: all of it is kept, or nothing."""
        if self.in_writing or self.in_reading:
            raise CannotStore(
                f"{self.where} is being read or written by this program already.",
                rule="Blocks that write stand alone: each is one transaction.",
                way_on="Finish the block that is open first.",
            )
        self._begin_write()
        self.in_writing = True
        try:
            yield
            self._commit()
        except BaseException:
            self._give_up()
            raise
        finally:
            self.in_writing = False

    @contextmanager
    def reading(self) -> Iterator[None]:
        """One moment of the unit, whatever others write meanwhile. Inside `writing`: that block.

        What the block put into temporary tables stays; it changes nothing else.
        """
        if self.in_writing or self.in_reading:
            yield
            return
        self._begin_read()
        self.in_reading = True
        try:
            yield
        finally:
            self.in_reading = False
            try:
                with suppress(CannotStore):
                    self._commit()
            finally:
                self._give_up()

    def _commit(self) -> None:
        self.execute("COMMIT")

    @abstractmethod
    def _give_up(self) -> None:
        """Roll back, without hiding the error that led here."""


def connect(where: str | Path, *, new: bool = False) -> Database:
    """A connection to a unit's file or 'postgresql://' address. Raises CannotStore.

    new  make the file, which must not be there yet
    """
    if is_server(where):
        from reopen.store.postgres import Postgres

        return Postgres(str(where))
    from reopen.store.sqlite import Sqlite

    return Sqlite(Path(where), new=new)


def is_server(where: str | Path) -> bool:
    """Whether this names a PostgreSQL database, not a file."""
    return str(where).startswith(("postgresql://", "postgres://"))


def marks(values: Sequence[object]) -> str:
    """'?, ?, ?' for `IN (...)`."""
    return ", ".join("?" * len(values))


def in_parts(values: Iterable[Each], size: int = AT_ONCE) -> Iterator[list[Each]]:
    """The values in lists of at most `size`."""
    rest = iter(values)
    while part := list(islice(rest, size)):
        yield part
