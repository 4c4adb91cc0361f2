"""Files of many people into one reference database: any form that `profiles` reads.

Databases in text (SmartRank, STRmix, EuroForMix, tidy and others) and CODIS files are read in
blocks; other forms are read whole. What is refused, and why, is the same as when a file is read
by itself.
Not for: stains, which are not kept in a reference database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from reopen.errors import UnreadableFile, Where, cannot_open
from reopen.formats import codis
from reopen.formats._cmf_stream import BLOCK_BYTES as CMF_BYTES
from reopen.formats._cmf_stream import CmfStream
from reopen.formats._column_stream import column_stream
from reopen.formats._database_cmf import CmfImport
from reopen.formats._database_people import people_of
from reopen.formats._database_text import TextImport, text_rows
from reopen.formats._text_stream import BLOCK_BYTES, TextStream
from reopen.formats.database_builder import DatabaseBuilder
from reopen.formats.profiles import is_table, read_profiles, unknown_form
from reopen.formats.reference_database import ReferenceDatabase
from reopen.formats.samples import Options
from reopen.records import Purpose

_HEAD_BYTES = 1 << 16

Progress = Callable[[str, int, int], None]


def build_database(
    out: str | Path,
    files: Sequence[str | Path],
    *,
    kit: str = "",
    decimal_comma: bool | None = None,
    purpose: Purpose = Purpose.DATABASE,
    progress: Progress = lambda step, done, of: None,
    block_bytes: int = BLOCK_BYTES,
) -> ReferenceDatabase:
    """A database of all references of some files, and beside it the list of what was refused.

    out            written whole or not at all; the list is called after it, `NAME.refused.csv`
    kit, decimal_comma, purpose  as of `read_profiles`
    progress       is told the file, the bytes read and the bytes there are

    Raises UnreadableFile for a file that is not read, CannotStore where `out` cannot be written.
    """
    options = Options("references", kit, decimal_comma, purpose)
    with DatabaseBuilder(out) as builder:
        for file in map(Path, files):
            builder.begin(file.name)
            with _unchanged(file):
                _take(file, options, builder, progress, block_bytes)
        return builder.finish()


def _take(
    file: Path, options: Options, builder: DatabaseBuilder, progress: Progress, block_bytes: int
) -> None:
    head, size = _beginning(file), file.stat().st_size

    def tell(read: int) -> None:
        progress(f"reading {file.name}", min(read, size), size)

    columns = column_stream(file, head)
    if columns is not None:
        rows = text_rows(columns.head, options, builder.numbers, columns.purpose_at)
        if rows is None:
            raise unknown_form(columns.head)
        columns.refuse_numbers(rows.alleles_at)
        TextImport(columns, rows, builder, options).run(
            lambda read: progress(f"reading {file.name}", read, columns.n)
        )
        return
    if is_table(head):
        stream = TextStream(file, block_bytes)
        rows = text_rows(stream.head, options, builder.numbers)
        if rows is not None:
            TextImport(stream, rows, builder, options).run(tell)
            return
    if codis.recognises(head):
        cmf = CmfStream(file, min(block_bytes, CMF_BYTES))
        if cmf.can_be_cut:
            CmfImport(cmf, builder, options).run(tell)
            return
    _take_whole(file, options, builder)


@contextmanager
def _unchanged(file: Path) -> Iterator[None]:
    """A large file is read in several passes: refuse one that is written to meanwhile."""
    before = _state(file)
    yield
    if _state(file) != before:
        raise UnreadableFile(
            "The file was written to while it was read.",
            rule="A database is of files as they stood, known by their hash.",
            way_on="Wait until the export is complete, and build the database again.",
            where=Where(str(file)),
        )


def _state(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except OSError:
        return None  # told where it is opened
    return status.st_size, status.st_mtime_ns


def _beginning(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_HEAD_BYTES)
    except OSError as error:
        raise cannot_open(file, error) from None


def _take_whole(file: Path, options: Options, builder: DatabaseBuilder) -> None:
    imported = read_profiles(
        file,
        role="references",
        kit=options.kit,
        decimal_comma=options.decimal_comma,
        purpose=options.purpose,
    )
    people, too_many = people_of(imported.references, builder.numbers)
    builder.take(people)
    builder.refuse((*imported.refused, *too_many))
    n = len(imported.controls)
    builder.end(imported.sha256, imported.format, imported.notices, controls=n)
