"""A large delimited text as blocks of columns: the rows of `text.Table`, at Arrow's speed.

A block in which every line has a cell for each title, and quotation marks stand around whole cells,
is read by Arrow; any other by the ordinary reader of rows, so that both give the same cells. Lines
are counted throughout. Not for: what a column means.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from reopen.errors import UnreadableFile
from reopen.formats._utf8_lines import survey, utf8_lines
from reopen.formats.text import Table, csv_rows, read_table

Bools = NDArray[np.bool_]

BLOCK_BYTES = 1 << 23
_HEAD_BYTES = 1 << 22
_LONGEST_QUOTE = 4  # blocks in which a quotation mark may wait for its partner


@dataclass(frozen=True, slots=True)
class TextBlock:
    """Some rows of a table.

    lines    the 1-based line of each row, (row,)
    columns  a column of text for each title: the name's plain, the others as dictionaries
    longer   line and cells of rows that go on beyond the last title
    """

    lines: NDArray[np.int64]
    columns: pa.Table
    longer: tuple[tuple[int, list[str]], ...] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, position: int) -> pa.Array:
        """The cells below a title."""
        chunks = self.columns.column(position)
        return chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()

    def cells(self, row: int) -> list[str]:
        """The cells of a row."""
        return [column[row].as_py().strip() for column in self.columns.columns]

    def since(self, row: int) -> TextBlock:
        """The rows from one on."""
        return TextBlock(self.lines[row:], self.columns.slice(row))

    def until(self, row: int) -> TextBlock:
        """The rows before one."""
        return TextBlock(self.lines[:row], self.columns.slice(0, row), self.longer)

    def before(self, later: TextBlock) -> TextBlock:
        """These rows, and those of another block."""
        columns = pa.concat_tables([self.columns, later.columns]).unify_dictionaries()
        return TextBlock(
            np.concatenate([self.lines, later.lines]),
            columns.combine_chunks(),
            self.longer + later.longer,
        )


Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class SomeRows(Table):
    """Some rows of a table, wherever they stood: its first ones, or those that are odd."""

    found: tuple[Row, ...] = ()
    is_head: bool = False

    def rows(self) -> Iterator[Row]:
        return ((line, cells) for line, cells in self.found if any(cells))

    @property
    def is_part(self) -> bool:
        return not self.is_head


class Stream(Protocol):
    """A table of any size, read block by block as often as needed.

    head        its beginning: enough to tell its form
    sha256      of the file's bytes
    notices     how it was read
    purpose_at  the column of purposes, where it has one of ours
    """

    head: Table
    sha256: str
    notices: tuple[str, ...]
    purpose_at: int | None

    def blocks(
        self, name_at: int, progress: Callable[[int], None] = lambda read: None
    ) -> Iterator[TextBlock]:
        """The rows below the header, in order. name_at: the column that is kept as plain text.

        progress  is told how many bytes have been read
        """


class TextStream:
    """A delimited text as a `Stream`."""

    purpose_at: int | None = None

    def __init__(self, path: str | Path, block_bytes: int = BLOCK_BYTES):
        self.path = Path(path)
        self.block_bytes = block_bytes
        self.sha256, self._encoding = survey(self.path)
        head = next(utf8_lines(self.path, self._encoding, _HEAD_BYTES), b"")
        self.head: Table = read_table(self.path.name, head)
        if self._encoding == "cp1252":
            notice = "The text was read as Windows-1252, since it is not UTF-8."
            self.notices: tuple[str, ...] = (notice,)
        else:
            self.notices = ()

    def blocks(
        self, name_at: int, progress: Callable[[int], None] = lambda read: None
    ) -> Iterator[TextBlock]:
        """As `Stream` says. Raises UnreadableFile for a quotation mark without a partner."""
        line, read, waiting, tries = 1, 0, b"", 0
        for text in utf8_lines(self.path, self._encoding, self.block_bytes):
            read += len(text)
            progress(read)
            waiting += text
            if line == 1 and (above := self._header_of(waiting)).count(b'"') % 2 == 0:
                line, waiting = self.head.header_line + 1, waiting[len(above) :]
            try:
                block = self._block(waiting, line, name_at)
            except UnreadableFile:
                tries += 1
                if tries > _LONGEST_QUOTE:
                    raise
                continue  # a quoted cell may hold the end of the line
            line += waiting.count(b"\n")
            waiting, tries = b"", 0
            if len(block) or block.longer:
                yield block
        if waiting:
            yield self._block(waiting, line, name_at)

    def _header_of(self, text: bytes) -> bytes:
        """The lines up to and with the header's."""
        lines = text.split(b"\n", self.head.header_line)
        return text[: len(text) - len(lines[-1])] if len(lines) > self.head.header_line else text

    def _block(self, text: bytes, line: int, name_at: int) -> TextBlock:
        width = len(self.head.header)
        if line > self.head.header_line and self._is_plain(text, width):
            columns = _columns(text, self.head.separator, width, name_at)
            return TextBlock(np.arange(line, line + len(columns)), columns)
        return self._row_by_row(text, line, width, name_at)

    def _is_plain(self, text: bytes, width: int) -> bool:
        """Whether every line has a cell for each title, and quotation marks stand around cells."""
        if text.count(b"\r") != text.count(b"\r\n"):
            return False
        characters = np.frombuffer(text, dtype=np.uint8)
        separates, ends = characters == ord(self.head.separator), characters == ord("\n")
        if b'"' in text:
            quotes = characters == ord('"')
            inside = np.cumsum(quotes, dtype=np.uint8) & 1 == 1  # wraps, and stays odd or even
            separates &= ~inside
            borders = separates | ends | (characters == ord("\r"))
            if (ends & inside).any() or not _around_cells(quotes, borders):
                return False
        between, at_ends = np.flatnonzero(separates), np.flatnonzero(ends)
        if not text.endswith(b"\n"):
            at_ends = np.append(at_ends, len(characters))
        cells = np.diff(np.searchsorted(between, at_ends), prepend=0) + 1
        return bool((cells == width).all())

    def _row_by_row(self, text: bytes, line: int, width: int, name_at: int) -> TextBlock:
        lines, rows, longer = [], [], []
        content = io.StringIO(text.decode(), newline="")
        for at, cells in csv_rows(self.path.name, content, self.head.separator, line):
            if at <= self.head.header_line:
                continue
            if any(cells[width:]):
                longer.append((at, cells))
            else:
                lines.append(at)
                rows.append((cells + [""] * (width - len(cells)))[:width])
        columns = [pa.array([row[k] for row in rows], pa.string()) for k in range(width)]
        coded = [
            column if k == name_at else column.dictionary_encode()
            for k, column in enumerate(columns)
        ]
        table = pa.table(coded, names=[str(k) for k in range(width)])
        return TextBlock(np.array(lines, dtype=np.int64), table, tuple(longer))


def _around_cells(quotes: Bools, borders: Bools) -> bool:
    """Whether quotation marks stand in pairs, at the borders of cells and nowhere else."""
    marks, last = np.flatnonzero(quotes), len(borders) - 1
    opening, closing = marks[0::2], marks[1::2]
    if len(opening) != len(closing):
        return False
    before = borders[np.maximum(opening - 1, 0)] | (opening == 0)
    after = borders[np.minimum(closing + 1, last)] | (closing == last)
    return bool(before.all() and after.all())


def _columns(text: bytes, separator: str, width: int, name_at: int) -> pa.Table:
    names = [str(k) for k in range(width)]
    coded = pa.dictionary(pa.int32(), pa.string())
    return pa.csv.read_csv(
        pa.py_buffer(text),
        pa.csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
        pa.csv.ParseOptions(
            delimiter=separator, quote_char='"' if b'"' in text else False, ignore_empty_lines=False
        ),
        pa.csv.ConvertOptions(
            check_utf8=False,
            column_types={
                name: pa.string() if k == name_at else coded for k, name in enumerate(names)
            },
            strings_can_be_null=False,
        ),
    ).combine_chunks()
