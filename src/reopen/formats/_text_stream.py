"""A large delimited text as blocks of columns: the rows of `text.Table`, at Arrow's speed.

A block without quotation marks and with the right number of cells in every line is read by Arrow;
any other block by the ordinary reader of rows, so that both give the same cells. Lines are counted
throughout. Not for: what a column means.
"""

from __future__ import annotations

import codecs
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from reopen.errors import UnreadableFile, Where
from reopen.formats.text import csv_rows, encodings, not_text, read_table, refuse_others

BLOCK_BYTES = 1 << 24
_HEAD_BYTES = 1 << 20
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


class TextStream:
    """A file whose header and first rows are known, read block by block as often as needed.

    head    the table's beginning: enough to tell its form
    sha256  of the file's bytes
    """

    def __init__(self, path: str | Path, block_bytes: int = BLOCK_BYTES):
        self.path = Path(path)
        self.block_bytes = block_bytes
        self.sha256, self._encoding = _survey(self.path)
        head = next(self._texts(max(_HEAD_BYTES, block_bytes)), b"")
        self.head = read_table(self.path.name, head)
        if self._encoding == "cp1252":
            notice = "The text was read as Windows-1252, since it is not UTF-8."
            self.notices: tuple[str, ...] = (notice,)
        else:
            self.notices = ()

    def blocks(
        self, name_at: int, progress: Callable[[int], None] = lambda read: None
    ) -> Iterator[TextBlock]:
        """The rows below the header, in order. name_at: the column that is kept as plain text.

        progress  is told how many bytes have been read
        Raises UnreadableFile for a quotation mark without a partner.
        """
        line, read, waiting, tries = 1, 0, b"", 0
        for text in self._texts(self.block_bytes):
            read += len(text)
            progress(read)
            waiting += _without_quotes(text, self.head.separator)
            if line == 1 and b'"' not in (above := self._header_of(waiting)):
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
        return b"".join(text.splitlines(keepends=True)[: self.head.header_line])

    def _block(self, text: bytes, line: int, name_at: int) -> TextBlock:
        width = len(self.head.header)
        if line > self.head.header_line and self._is_plain(text, width):
            columns = _columns(text, self.head.separator, width, name_at)
            return TextBlock(np.arange(line, line + len(columns)), columns)
        return self._row_by_row(text, line, width, name_at)

    def _is_plain(self, text: bytes, width: int) -> bool:
        """Whether every line has a cell for each title, and no cell holds a separator."""
        if b'"' in text or text.count(b"\r") != text.count(b"\r\n"):
            return False
        characters = np.frombuffer(text, dtype=np.uint8)
        ends = np.flatnonzero(characters == ord("\n"))
        if not text.endswith(b"\n"):
            ends = np.append(ends, len(characters))
        between = np.flatnonzero(characters == ord(self.head.separator))
        cells = np.diff(np.searchsorted(between, ends), prepend=0) + 1
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

    def _texts(self, size: int) -> Iterator[bytes]:
        """Whole lines as UTF-8, about so many bytes at a time."""
        decoder = codecs.getincrementaldecoder(self._encoding)()
        rest, bom = b"", codecs.BOM_UTF8
        for data in _pieces(self.path, size):
            text = data if self._encoding == "utf-8" else _transcoded(self.path, decoder, data)
            whole, end, part = (rest + text).rpartition(b"\n")
            rest = part
            if end:
                yield (whole + end).removeprefix(bom)
                bom = b""
        if self._encoding != "utf-8":
            rest += _transcoded(self.path, decoder, b"", last=True)
        if rest:
            yield rest.removeprefix(bom)


def _without_quotes(text: bytes, separator: str) -> bytes:
    """The same cells, without the quotation marks of those that do not need them."""
    if b'"' not in text:
        return text
    mark = re.escape(separator.encode())
    needless = rb'(?<![^\n%b])"([^"\r\n%b]*)"(?=[\r\n%b]|\Z)' % (mark, mark, mark)
    return re.sub(needless, rb"\1", text)


def _columns(text: bytes, separator: str, width: int, name_at: int) -> pa.Table:
    names = [str(k) for k in range(width)]
    coded = pa.dictionary(pa.int32(), pa.string())
    return pa.csv.read_csv(
        pa.py_buffer(text),
        pa.csv.ReadOptions(use_threads=False, block_size=len(text) + 1, column_names=names),
        pa.csv.ParseOptions(delimiter=separator, quote_char=False, ignore_empty_lines=False),
        pa.csv.ConvertOptions(
            check_utf8=False,
            column_types={
                name: pa.string() if k == name_at else coded for k, name in enumerate(names)
            },
            strings_can_be_null=False,
        ),
    ).combine_chunks()


def _survey(path: Path) -> tuple[str, str]:
    """SHA-256 and encoding of a file. Raises UnreadableFile where it is no text."""
    sha, utf8 = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    is_utf8, head = True, b""
    for data in _pieces(path, _HEAD_BYTES):
        sha.update(data)
        head = head or data
        try:
            is_utf8 = is_utf8 and b"\0" not in data and utf8.decode(data) is not None
        except UnicodeDecodeError:
            is_utf8 = False
    refuse_others(path.name, head)
    first = encodings(head)
    if "cp1252" not in first:
        return sha.hexdigest(), first[0]
    return sha.hexdigest(), "utf-8" if is_utf8 else "cp1252"


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while data := file.read(size):
                yield data
    except OSError as error:
        raise UnreadableFile(
            f"The file cannot be opened: {error.strerror or error}.",
            way_on="Check its name, and that you may read it.",
            where=Where(str(path)),
        ) from None


def _transcoded(
    path: Path, decoder: codecs.IncrementalDecoder, data: bytes, *, last: bool = False
) -> bytes:
    try:
        text = decoder.decode(data, last)
    except UnicodeDecodeError:
        raise not_text(path.name) from None
    if "\0" in text:
        raise not_text(path.name)
    return text.encode()
