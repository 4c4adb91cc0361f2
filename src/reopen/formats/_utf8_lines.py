"""The text of a large file as whole lines in UTF-8, whatever encoding it is in.

The rules are those of `text.decode`. Not for: what the lines mean.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Iterator
from pathlib import Path

from reopen.errors import cannot_open
from reopen.formats.text import encodings, not_text, refuse_others

_PIECE = 1 << 22


def survey(path: Path) -> tuple[str, str]:
    """SHA-256 and encoding of a file. Raises UnreadableFile where it is no text."""
    sha, utf8 = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")()
    is_utf8, head = True, b""
    for data in _pieces(path, _PIECE):
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


def utf8_lines(path: Path, encoding: str, size: int) -> Iterator[bytes]:
    """Whole lines, about so many bytes at a time; without a byte order mark."""
    decoder = codecs.getincrementaldecoder(encoding)()
    rest, bom = b"", codecs.BOM_UTF8
    for data in _pieces(path, size):
        text = data if encoding == "utf-8" else _transcoded(path, decoder, data)
        whole, end, rest = (rest + text).rpartition(b"\n")
        if end:
            yield (whole + end).removeprefix(bom)
            bom = b""
    if encoding != "utf-8":
        rest += _transcoded(path, decoder, b"", last=True)
    if rest:
        yield rest.removeprefix(bom)


def _pieces(path: Path, size: int) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while data := file.read(size):
                yield data
    except OSError as error:
        raise cannot_open(path, error) from None


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
