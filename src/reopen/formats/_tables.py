"""Tables of one named value per column (kits, frequencies): rows by column name, with lines.

Not here: encodings and separators (`text`), and what the cells mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from reopen.errors import UnreadableFile, Where, cannot_open
from reopen.formats.text import read_table

LARGEST_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table: the text of each named column; a missing cell is empty."""

    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as column names and rows. separator is the character between its cells."""

    file: str
    sha256: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    separator: str
    notices: tuple[str, ...]

    def where(self, line: int | None = None, field: str = "") -> Where:
        return Where(self.file, line, field)


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file. Raises UnreadableFile where there is none or it is far too large."""
    try:
        if Path(path).stat().st_size > LARGEST_BYTES:
            raise UnreadableFile(
                "The file is larger than 200 MB.",
                rule="Tables of this kind are small.",
                way_on="Check that this is the right file.",
                where=Where(str(path)),
            )
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise cannot_open(path, error) from error


def sheet(file: str, data: bytes, respell: Callable[[str], str] = str) -> Sheet:
    """The table in a file's bytes, its columns named by `respell`.

    Raises UnreadableFile for a file without rows, for a column named twice, and for a row with
    more cells than the header.
    """
    table = read_table(file, data)
    columns = tuple(respell(name) for name in table.header)
    named = [name for name in columns if name]
    twice = next((name for name in named if named.count(name) > 1), None)
    if twice is not None:
        raise UnreadableFile(
            f"Column {twice!r} is there twice.",
            rule="Each column has a name of its own.",
            way_on="Take one of the two columns out.",
            where=Where(file, table.header_line, twice),
        )
    rows = []
    for line, cells in table.rows():
        if any(cells[len(columns) :]):
            raise UnreadableFile(
                f"A row of {len(cells)} cells under a header of {len(columns)}.",
                rule="A row has at most as many cells as the header.",
                way_on="Look for a separator inside a cell, such as a decimal comma; such cells "
                "need quotation marks, or the file another separator.",
                where=Where(file, line),
            )
        rows.append(Row(line, dict(zip(columns, cells, strict=False))))
    if not rows:
        raise UnreadableFile(
            "The file holds a header and nothing else.",
            rule="A table has at least one row.",
            way_on="Check that the export is complete.",
            where=Where(file),
        )
    return Sheet(file, table.sha256, columns, tuple(rows), table.separator, table.notices)
