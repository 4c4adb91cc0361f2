"""Tables with one row per person (`wide`), a block of rows at a time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from reopen.errors import InvalidRecord
from reopen.formats import wide
from reopen.formats._database_cells import AlleleCells, Bools, kits_of, odd_names, texts
from reopen.formats._database_people import AlleleNumbers, People, alike
from reopen.formats._database_staging import PURPOSES
from reopen.formats._text_stream import TextBlock
from reopen.formats.cells import AMEL, Cells
from reopen.formats.columns import read_titles
from reopen.formats.imported import Imported
from reopen.formats.samples import Options
from reopen.formats.text import Table
from reopen.records import Locus


class WideRows:
    """The people of a wide table. `TextRows` says what each part is for.

    purpose_at  the column that says why a person is on file, where the table has one of ours
    """

    def __init__(
        self,
        head: Table,
        options: Options,
        numbers: AlleleNumbers,
        purpose_at: int | None = None,
    ):
        found = wide.plan(head)
        assert found is not None, "asked only of tables that were recognised"
        titles = read_titles(head)
        self.form = wide.form(head, found)
        self.name_at = wide.name_position(titles)
        self.cells = Cells(options.decimal_comma)
        self.amel: set[str] = set()
        self.kits: set[str] = set()
        self.respelt: dict[str, Locus] = {}
        self.alleles_at = tuple(p for positions in found.loci.values() for p in positions)
        self._plan, self._options, self._purpose_at = found, options, purpose_at
        self._name_title, self._kit_at = head.header[self.name_at], titles.named.get("kit")
        self._alleles = AlleleCells(self.cells, numbers)

    def read(self, table: Table) -> Imported:
        return wide.read(table, self._options, self._plan)

    def whole(self, block: TextBlock) -> tuple[TextBlock, TextBlock]:
        return block, block.since(len(block))

    def firsts(self, block: TextBlock) -> Bools:
        return np.ones(len(block), dtype=np.bool_)

    def people(self, block: TextBlock) -> tuple[People, Bools]:
        names = block.column(self.name_at)
        odd = odd_names(names, self._name_title)
        codes, once = {}, {}
        nobody = np.ones(len(block), dtype=np.bool_)
        for locus, positions in self._plan.loci.items():
            columns = [block.column(position) for position in positions]
            listed = len(columns) == 1
            typed = self._alleles.read(columns[0], locus, listed=listed)
            for column in columns[1:]:
                typed = typed.with_more(self._alleles.read(column, locus, listed=False))
            if locus == AMEL:
                self._meet(columns, listed)
            odd |= typed.strange
            nobody &= typed.alleles == 0
            codes[locus], once[locus] = typed.codes(), typed.once
        odd |= nobody
        plain = ~odd
        kits = kits_of(block, self._kit_at, self._options.kit, self.kits)
        people = People(
            names.filter(pa.array(plain)),
            block.lines[plain],
            self._purposes(block).filter(pa.array(plain)),
            kits.filter(pa.array(plain)),
            {locus: some[plain] for locus, some in codes.items()},
            {locus: some[plain] for locus, some in once.items()},
        )
        return people, odd

    def _purposes(self, block: TextBlock) -> pa.DictionaryArray:
        if self._purpose_at is None:
            return alike(self._options.purpose, len(block))
        column = block.column(self._purpose_at)
        said = [text if text in PURPOSES else self._options.purpose for text in texts(column)]
        return pa.DictionaryArray.from_arrays(column.indices, pa.array(said, pa.string()))

    def _meet(self, columns: Sequence[pa.DictionaryArray], listed: bool) -> None:
        for column in columns:
            for text in texts(column):
                try:
                    self.amel.update(self.cells.listed(text, AMEL) if listed else (text,))
                except InvalidRecord:
                    continue  # the row is odd, and refused by name
