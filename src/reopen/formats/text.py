"""Bytes of a delimited text file to rows of cells, each with its line number.

For: encodings, separators, quotes, line numbers. Not for: what a column or a cell means.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reopen.errors import UnreadableFile, Where

SEPARATORS = "\t;,"
_NAMES = {"\t": "tab", ";": "semicolon", ",": "comma"}

# First bytes of files that people take for tables, and what to do with them.
_NOT_TEXT = {
    b"PK\x03\x04": ("a workbook or ZIP archive", "Save the sheet as CSV, or unpack it."),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook", "Save the sheet as CSV."),
    b"ABIF": ("a raw electropherogram", "Export the genotypes table from the analysis software."),
    b"\x1f\x8b": ("a gzip archive", "Unpack it first."),
    b"%PDF": ("a PDF document", "Export the table as text from the software that made it."),
}
_HTML = re.compile(r"\s*<(?:!doctype html|html)\b", re.IGNORECASE)
_TOML = re.compile(r"\s*(?:#|\[|[\w-]+\s*=)")


def sha256(data: bytes) -> str:
    """SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def decode(file: str, data: bytes) -> tuple[str, str]:
    """The text of a file and the encoding it was in.

    UTF-8 and UTF-16, with a byte order mark or without one, else Windows-1252.
    Raises UnreadableFile for an empty file and for bytes that are no text.
    """
    refuse_others(file, data)
    for encoding in encodings(data):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.removeprefix("\ufeff"), encoding
    raise not_text(file)


def refuse_others(file: str, data: bytes) -> None:
    """Raise UnreadableFile where a file's first bytes are those of no text, or of none at all."""
    where = Where(file)
    if not data.strip(b"\0\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise UnreadableFile(
            "The file is empty.",
            rule="A table has a header and rows.",
            way_on="Export it again.",
            where=where,
        )
    for magic, (kind, way_on) in _NOT_TEXT.items():
        if data.startswith(magic):
            raise UnreadableFile(
                f"The file is {kind}.",
                rule="Tables are read as text.",
                way_on=way_on,
                where=where,
            )


def not_text(file: str) -> UnreadableFile:
    """The refusal of bytes that no encoding explains."""
    return UnreadableFile(
        "The bytes of the file are not text.",
        rule="A table is text in UTF-8, UTF-16 or Windows-1252.",
        way_on="Export it again as text or CSV.",
        where=Where(file),
    )


def encodings(data: bytes) -> tuple[str, ...]:
    """Encodings that a file with these first bytes may be in, the likeliest first."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ("utf-16",)
    head = data[:400]
    if head[1::2].count(0) > len(head) // 4:  # Latin letters in UTF-16 are half zero bytes
        return ("utf-16-le",)
    if head[0::2].count(0) > len(head) // 4:
        return ("utf-16-be",)
    return ("utf-8-sig", "cp1252")


@dataclass(frozen=True, slots=True)
class Table:
    """A delimited text: its header, and its rows read anew at each pass.

    header       the column titles, without surrounding spaces
    header_line  1-based line the header stands on
    """

    file: str
    sha256: str
    separator: str
    header: tuple[str, ...]
    header_line: int
    notices: tuple[str, ...]
    _text: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Each row below the header with the 1-based line it starts on; empty rows left out.

        Cells come without surrounding spaces. A row may be shorter or longer than the header.
        Raises UnreadableFile for a quote that is never closed.
        """
        lines = io.StringIO(self._text, newline="")
        for line, cells in csv_rows(self.file, lines, self.separator):
            if line > self.header_line:
                yield line, cells

    @property
    def is_part(self) -> bool:
        """Whether these are some rows of a larger table, which may be none."""
        return False

    @property
    def separator_name(self) -> str:
        return _NAMES[self.separator]


def read_table(file: str, data: bytes) -> Table:
    """A table from bytes: encoding and separator are found out, never assumed.

    Raises UnreadableFile where there is no header of at least two columns.
    """
    text, encoding = decode(file, data)
    if mistaken := _mistaken(text):
        kind, way_on = mistaken
        raise UnreadableFile(
            f"This looks like {kind}, not like a table.",
            rule="Columns are separated by tabs, commas or semicolons.",
            way_on=way_on,
            where=Where(file),
        )
    separator = sniff_separator(text)
    notices = []
    if encoding == "cp1252":
        notices.append("The text was read as Windows-1252, since it is not UTF-8.")
    lines = io.StringIO(text, newline="")
    first = next(csv_rows(file, lines, separator), None) if separator else None
    if first is None or separator is None:
        raise UnreadableFile(
            f"The first line has no columns: {_first_line(text).strip()[:60]!r}.",
            rule="Columns are separated by tabs, commas or semicolons.",
            way_on="Export the table as tab-separated text or CSV, with its header.",
            where=Where(file, 1),
        )
    line, header = first
    return Table(file, sha256(data), separator, tuple(header), line, tuple(notices), text)


def _mistaken(text: str) -> tuple[str, str] | None:
    """What a text is that people take for a table, and what to do with it."""
    if _HTML.match(text):
        return "HTML", "Give the files that the page was made from."
    if text.lstrip().startswith("{"):
        return "JSON", "Give the files that it was made from."
    return ("TOML", "Settings are given with --settings.") if _is_toml(text) else None


def _is_toml(text: str) -> bool:
    if not _TOML.match(text):
        return False
    try:
        return bool(tomllib.loads(text))
    except tomllib.TOMLDecodeError:
        return False


def sniff_separator(text: str) -> str | None:
    """The separator that splits the first line into most columns, None if none does.

    Excel's own declaration ("sep=;") is obeyed.
    """
    line = _first_line(text)
    declared = re.fullmatch(r"sep=(.)", line.strip("\r\n"))
    if declared and declared[1] in SEPARATORS:
        return declared[1]
    bare = re.sub(r'"[^"]*"', "", line)
    counts = {separator: bare.count(separator) for separator in SEPARATORS}
    best = max(SEPARATORS, key=lambda separator: counts[separator])
    return best if counts[best] else None


def _first_line(text: str) -> str:
    return next((line for line in io.StringIO(text) if line.strip(" \t;,\r\n")), "")


def csv_rows(
    file: str, lines: Iterable[str], separator: str, first_line: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it starts on, its cells without surrounding spaces; no empty ones.

    first_line  the 1-based line of the file that the first of `lines` is
    Raises UnreadableFile for a quote that is never closed.
    """
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True, strict=True)
    start = first_line
    try:
        for row in reader:
            line, start = start, first_line + reader.line_num
            cells = [cell.strip() for cell in row]
            if any(cells) and not (line == 1 and row[0].startswith("sep=")):
                yield line, cells
    except csv.Error as error:
        raise UnreadableFile(
            f"The quotation marks do not pair up ({error}).",
            rule="A quoted cell ends with a quotation mark before the next separator.",
            way_on="Correct the row that starts here, or export the table without quotation marks.",
            where=Where(file, start),
        ) from None
