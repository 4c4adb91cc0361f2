"""A delimited text of many people into a database, block by block.

Plain rows are read as columns. A row that is odd in any way (a cell that is no allele, three
alleles, a name that may be a control's) is read by the ordinary reader of its form, and so are all
rows of a name that stands twice: rules and messages are those of `reopen.formats.profiles`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import islice
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from reopen.formats import euroformix, genemapper, tidy, wide
from reopen.formats._database_cells import Bools
from reopen.formats._database_long import LongRows
from reopen.formats._database_people import AlleleNumbers, People, people_of
from reopen.formats._database_staging import PURPOSES
from reopen.formats._database_wide import WideRows
from reopen.formats._names import Numbers, among, met_twice, name_numbers
from reopen.formats._text_stream import Row, SomeRows, Stream, TextBlock
from reopen.formats.assemble import amel_as_numbers, understood
from reopen.formats.cells import AMEL, Cells
from reopen.formats.columns import read_titles
from reopen.formats.database_builder import DatabaseBuilder
from reopen.formats.imported import Imported
from reopen.formats.samples import Options
from reopen.formats.text import Table
from reopen.records import Allele, Locus, Purpose, Reference

ROWS_AT_ONCE = 200_000  # of names that stand twice: read again together
_HEAD_ROWS = 200
_SEXES = {AMEL: {Allele("1"): Allele("X"), Allele("2"): Allele("Y")}}

Progress = Callable[[int], None]


class TextRows(Protocol):
    """How the rows of one form become people.

    form     what it is called
    name_at  the column of names
    cells    reads alleles
    amel     distinct cells of amelogenin that were met; kits: kits that the file names
    respelt  locus names of the file that are spelt otherwise here
    alleles_at  the columns of alleles
    """

    form: str
    name_at: int
    alleles_at: tuple[int, ...]
    cells: Cells
    amel: set[str]
    kits: set[str]
    respelt: dict[str, Locus]

    def whole(self, block: TextBlock) -> tuple[TextBlock, TextBlock]:
        """The rows of people who are there whole, and those that may go on in the next block."""

    def firsts(self, block: TextBlock) -> Bools:
        """Which rows begin a person's record."""

    def people(self, block: TextBlock) -> tuple[People, Bools]:
        """The people whose rows are plain, and which rows are odd."""

    def read(self, table: Table) -> Imported:
        """The same table by the ordinary reader."""


def text_rows(
    head: Table, options: Options, numbers: AlleleNumbers, purpose_at: int | None = None
) -> TextRows | None:
    """The rows of a table of which this is the beginning; None for forms that are read whole."""
    options = replace(options, amel_as_numbers=False)  # the whole file will tell
    titles = read_titles(head)
    for recognises, read in (
        (genemapper.recognises_long, genemapper.read_genotypes),
        (euroformix.recognises, euroformix.read),
    ):
        if recognises(head):
            columns = titles.numbered["allele"]
            return LongRows(head, options, numbers, read, columns, one_allele_a_row=False)
    if tidy.recognises(head):
        at = tidy.only_alleles(head)
        if at is None:
            return None
        return LongRows(head, options, numbers, tidy.read, (at,), one_allele_a_row=True)
    if not genemapper.recognises_wide(head) and wide.recognises(head):
        return WideRows(head, options, numbers, purpose_at)
    return None


class TextImport:
    """One file on its way into a database."""

    def __init__(self, stream: Stream, rows: TextRows, builder: DatabaseBuilder, options: Options):
        self._stream, self._rows, self._builder, self._options = stream, rows, builder, options
        self._names: list[Numbers] = []  # of all records, also refused ones
        self._told: dict[str, None] = {}
        self._controls: set[int] = set()

    def run(self, progress: Progress) -> None:
        """Take everybody, then look at the names that stand twice."""
        first = islice(self._stream.head.rows(), _HEAD_ROWS)
        self._tell(self._read(first, is_head=True).notices)
        for block in self._records(progress):
            people, odd = self._rows.people(block)
            self._builder.take(people)
            names = _stripped(block.column(self._rows.name_at))
            self._names.append(name_numbers(names.filter(pa.array(self._rows.firsts(block)))))
            self._take([*_cells(block, np.flatnonzero(odd)), *block.longer])
        self._settle()
        amel = amel_as_numbers(self._rows.amel)
        notices = [
            *self._stream.notices,
            *self._told,
            *understood(
                self._rows.respelt,
                self._rows.cells.rounded,
                self._rows.kits,
                self._options.kit,
                amel,
            ),
        ]
        self._builder.end(
            self._stream.sha256,
            self._rows.form,
            notices,
            controls=len(self._controls),
            relabelled=_SEXES if amel else None,
        )

    def _records(self, progress: Progress) -> Iterator[TextBlock]:
        """Blocks that no record crosses the end of."""
        waiting: TextBlock | None = None
        for block in self._stream.blocks(self._rows.name_at, progress):
            ready, waiting = self._rows.whole(waiting.before(block) if waiting else block)
            yield ready
        if waiting:
            yield waiting

    def _settle(self) -> None:
        """Read the names that stand twice again, all their rows together."""
        names = np.concatenate(self._names)
        for twice in _portions(names, met_twice(names)):
            rows: list[Row] = []
            for block in self._stream.blocks(self._rows.name_at):
                found = name_numbers(_stripped(block.column(self._rows.name_at)))
                rows += _cells(block, among(found, twice))
            lines = {line for line, _ in rows}
            self._builder.take_back(twice, lines)
            self._controls -= lines
            self._take(rows)

    def _take(self, rows: Sequence[Row]) -> None:
        if not rows:
            return
        imported = self._read(sorted(rows, key=lambda row: row[0]))
        references = self._with_purposes(imported.references, rows)
        people, too_many = people_of(references, self._builder.numbers)
        self._builder.take(people)
        self._builder.refuse((*imported.refused, *too_many))
        self._controls.update(c.where.line for c in imported.controls if c.where and c.where.line)
        self._tell(imported.notices)

    def _with_purposes(
        self, references: Sequence[Reference], rows: Sequence[Row]
    ) -> Sequence[Reference]:
        """The people of some rows, with the purposes that the rows say."""
        at = self._stream.purpose_at
        if at is None:
            return references
        said = {line: Purpose(cells[at]) for line, cells in rows if cells[at] in PURPOSES}
        return [
            replace(person, purpose=said.get(person.where.line, person.purpose))
            if person.where and person.where.line
            else person
            for person in references
        ]

    def _read(self, rows: Iterable[Row], *, is_head: bool = False) -> Imported:
        head = self._stream.head
        said = {field.name: getattr(head, field.name) for field in fields(Table)}
        return self._rows.read(SomeRows(**said, found=tuple(rows), is_head=is_head))

    def _tell(self, notices: Iterable[str]) -> None:
        """Note what is said of single rows and columns; `understood` says the rest of the file."""
        of_file = ["Locus names respelt", "Spreadsheet rounding", "The file names the kit"]
        if self._stream.purpose_at is not None:
            of_file.append("Columns not read: purpose.")  # it is read here
        self._told |= {one: None for one in notices if not one.startswith(tuple(of_file))}


def _stripped(names: pa.Array) -> pa.Array:
    """Names without surrounding spaces, as the ordinary reader has them."""
    edges = pc.match_substring_regex(names, "^[^!-~]|[^!-~]$")
    if not pc.any(edges).as_py():
        return names
    return pa.array([name.strip() for name in names.to_pylist()], pa.string())


def _cells(block: TextBlock, rows: Iterable[int]) -> list[Row]:
    return [(int(block.lines[row]), block.cells(int(row))) for row in rows]


def _portions(names: Numbers, twice: Numbers) -> Iterator[Numbers]:
    """The names that stand twice, as many at a time as have ROWS_AT_ONCE records."""
    twice = twice[twice != _NAMELESS]
    times = np.bincount(np.searchsorted(twice, names[among(names, twice)]), minlength=len(twice))
    portion = np.cumsum(times) // ROWS_AT_ONCE
    for number in np.unique(portion):
        yield twice[portion == number]


_NAMELESS = name_numbers(pa.array([""]))[0]
