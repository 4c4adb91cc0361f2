"""A CODIS file (CMF) of any size as specimens, one after the other, in memory that does not grow.

The text is cut at </SPECIMEN>. Comments, CDATA and further declarations may hold that as text:
a file that has any of them cannot be cut, and is read whole.
Not for: what a specimen holds (`_database_cmf`, `codis`).
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import numpy as np
import pyarrow as pa

from reopen.errors import UnreadableFile, Where
from reopen.formats._names import name_numbers
from reopen.formats._xml import Element, broken_xml, read_xml

BLOCK_BYTES = 1 << 18  # stays in a processor's cache
_NAMES = 1 << 16  # that are numbered together
_EDGE_BYTES = 1 << 16  # in which the header, and what follows the last specimen, are looked for
_LONGEST = 1 << 26  # characters between two names
_END, _NAME, _NAME_END = "</SPECIMEN>", "<SPECIMENID>", "</SPECIMENID>"
_START = re.compile(r"<SPECIMEN[\s>/]")
_DECLARATION = re.compile(r"\s*<\?xml\s[^>]*\?>")
_ENCODING = re.compile(rb"<\?xml\s[^>]*?encoding\s*=\s*[\"']([\w.-]+)[\"']")
_ROOT = re.compile(r"\s*<CODIS(?:Rapid)?ImportFile[\s>]")
_OF_BYTES = ("utf-8", "ascii", "iso8859-1", "cp1252")  # encodings whose marks are single bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """One specimen's text, with the space before it. line: the one on which the text begins."""

    line: int
    text: str


class CmfStream:
    """A file of specimens.

    sha256      of its bytes
    names       a number for each SPECIMENID (`name_numbers`), in order
    can_be_cut  whether its specimens can be told apart without reading it whole
    """

    def __init__(self, path: Path, block_bytes: int = BLOCK_BYTES):
        self.path, self._block_bytes = path, block_bytes
        with path.open("rb") as file:
            first = file.read(_EDGE_BYTES)
        self._encoding = _encoding_of(first)
        self.sha256, self.names, self.can_be_cut = "", np.empty(0, dtype=np.uint64), False
        if self._encoding:
            self._survey()

    def pieces(self, progress: Callable[[int], None] = lambda read: None) -> Iterator[Piece]:
        """All specimens in order. progress: is told how many bytes have been read."""
        line, rest, read, header = 1 + self._header.count("\n"), "", 0, len(self._header)
        for text in self._texts():
            read += len(text)
            progress(read)
            rest += text
            if header:
                header, rest = max(header - len(rest), 0), rest[header:]
            *whole, rest = rest.split(_END)
            for one in whole:
                yield Piece(line, one + _END)
                line += one.count("\n")

    def around(self, specimen: str) -> Element:
        """The file's root with its header and end, and one specimen of this text."""
        return self._read(self._header + specimen + self._end, 1)

    def parsed(self, piece: Piece) -> Element:
        """The file's root with a specimen in it, which knows its lines.

        Raises UnreadableFile where the XML is broken.
        """
        return self._read(self._header.replace("\n", " ") + piece.text + self._end, piece.line)

    def _read(self, text: str, line: int) -> Element:
        """The element of a text that begins on this line of the file."""
        try:
            root = read_xml(self.path.name, text.encode())
        except UnreadableFile as error:
            at = error.where.line if error.where else None
            raise error.at(Where(self.path.name, at and at + line - 1)) from None
        _shift(root, line - 1)
        return root

    def _survey(self) -> None:
        """Read the file once: its hash, its names, and whether it can be cut."""
        sha = hashlib.sha256()
        names, found, rest, plain = [], list[str](), "", True
        for text in self._texts(sha.update):
            rest += text
            # the marks alone are rare and quickly looked for; "<" is everywhere
            plain = plain and not any(mark in rest and f"<{mark}" in rest for mark in "!?")
            *whole, rest = rest.split(_NAME_END)
            found += [unescape(part.rpartition(_NAME)[2]).strip() for part in whole]
            if len(found) >= _NAMES:
                names.append(name_numbers(pa.array(found, pa.string())))
                found = []
            if len(rest) > _LONGEST:  # no specimen, or not as they are written
                rest, plain = "", False
        names.append(name_numbers(pa.array(found, pa.string())))
        self.sha256, self.names = sha.hexdigest(), np.concatenate(names)
        self.can_be_cut = plain and self._find_edges()

    def _find_edges(self) -> bool:
        """Learn the text before the first specimen and after the last one."""
        head = next(self._texts(), "")
        start = _START.search(head)
        with self.path.open("rb") as file:
            file.seek(max(self.path.stat().st_size - _EDGE_BYTES, 0))
            _, mark, end = file.read().rpartition(_END.encode())
        if start is None or not mark or not _ROOT.match(head):
            return False
        self._header = head[: start.start()]
        self._end = end.decode(self._encoding, errors="replace")
        return _START.search(self._end) is None

    def _texts(self, tell: Callable[[bytes], object] = lambda data: None) -> Iterator[str]:
        """The text in pieces, its declaration (which spoke of bytes) turned into space."""
        decoder = codecs.getincrementaldecoder(self._encoding)()
        first = True
        with self.path.open("rb") as file:
            while True:
                data = file.read(
                    max(self._block_bytes, _EDGE_BYTES) if first else self._block_bytes
                )
                tell(data)
                try:
                    text = decoder.decode(data, final=not data)
                except UnicodeDecodeError as error:
                    raise broken_xml(self.path.name, str(error), None) from None
                if first:
                    text = _without_declaration(text.removeprefix("\ufeff"))
                    first = False
                if text:
                    yield text
                if not data:
                    return


def _encoding_of(head: bytes) -> str:
    """The encoding of an XML file, or "" where it cannot be cut."""
    declared = _ENCODING.search(head[:200])
    try:
        name = codecs.lookup(declared[1].decode() if declared else "utf-8").name
    except LookupError:
        return ""
    marked = head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in head
    return "" if marked or name not in _OF_BYTES else name


def _without_declaration(text: str) -> str:
    """The text with space in the place of its declaration, so that lines stay as they are."""
    found = _DECLARATION.match(text)
    return re.sub(r"[^\n]", " ", found[0]) + text[found.end() :] if found else text


def _shift(element: Element, lines: int) -> None:
    element.line += lines
    for child in element.children:
        _shift(child, lines)
