"""Columns of allele cells to genotype codes: each distinct text is looked at once.

A row is *odd* where a cell is anything but nothing or one named allele, or where more than two
alleles stand: it is left to the ordinary reader, which says why. Not for: which column is whose.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reopen.errors import InvalidRecord
from reopen.formats._database_people import UNTYPED, AlleleNumbers, alike
from reopen.formats._text_stream import TextBlock
from reopen.formats.cells import Cells
from reopen.formats.genotype_codes import Codes, code
from reopen.records import Locus

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]

NO_LOW, NO_HIGH = np.int32(1 << 20), np.int32(-1)


class Typed(NamedTuple):
    """What some cells of each row hold: how many alleles, the lowest and the highest number."""

    alleles: Ints
    low: Ints
    high: Ints
    odd: Bools

    def with_more(self, other: Typed) -> Typed:
        """The same rows, with other cells of theirs."""
        return Typed(
            self.alleles + other.alleles,
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.odd | other.odd,
        )

    def codes(self) -> Codes:
        """Genotype codes; UNTYPED where there is no allele."""
        typed = self.alleles > 0
        both = code(np.where(typed, self.low, 0), np.where(typed, self.high, 0))
        return np.where(typed, both, np.uint16(UNTYPED)).astype(np.uint16)

    @property
    def once(self) -> Bools:
        alone: Bools = self.alleles == 1
        return alone

    @property
    def strange(self) -> Bools:
        """Rows that are odd, or have more alleles than a pair."""
        strange: Bools = self.odd | (self.alleles > 2)
        return strange


class AlleleCells:
    """The allele cells of one file."""

    def __init__(self, cells: Cells, numbers: AlleleNumbers):
        self.cells = cells
        self._numbers = numbers
        self._known: dict[tuple[Locus, str, bool], tuple[int, int, int, bool]] = {}

    def read(self, column: pa.DictionaryArray, locus: Locus, *, listed: bool) -> Typed:
        """What each row's cell holds at a locus. listed: a cell may name several alleles."""
        table = [self._look(text, locus, listed) for text in column.dictionary.to_pylist()]
        alleles, low, high, odd = np.array(table or [(0, 0, 0, False)], dtype=np.int32).T
        at = column.indices.to_numpy()
        return Typed(alleles[at], low[at], high[at], odd[at].astype(np.bool_))

    def _look(self, text: str, locus: Locus, listed: bool) -> tuple[int, int, int, bool]:
        key = (locus, text, listed)
        if key not in self._known:
            self._known[key] = self._read(text.strip(), locus, listed)
        return self._known[key]

    def _read(self, text: str, locus: Locus, listed: bool) -> tuple[int, int, int, bool]:
        try:
            parts = self.cells.listed(text, locus) if listed and text else (text,)
            labels = [label for label in map(self.cells.label, parts) if label is not None]
            numbers = [self._numbers.number(locus, label) for label in labels]
        except InvalidRecord:
            return 0, int(NO_LOW), int(NO_HIGH), True
        return (
            len(numbers),
            min(numbers, default=int(NO_LOW)),
            max(numbers, default=int(NO_HIGH)),
            False,
        )


def texts(column: pa.DictionaryArray) -> list[str]:
    """The distinct cells of a column, without surrounding spaces."""
    return [text.strip() for text in column.dictionary.to_pylist()]


# names of controls, of which `samples.control_kind` is asked further
_OF_CONTROLS = "ladder|control|ctrl|ctl|ktr|kontroll?|blank"


def odd_names(names: pa.Array, title: str) -> Bools:
    """Rows whose name is empty, has surrounding spaces or others than plain letters at its ends,
    may be a control's, or repeats the column's title."""
    found = pc.or_(
        pc.match_substring_regex(names, "^$|^[^!-~]|[^!-~]$"),
        pc.match_substring_regex(names, _OF_CONTROLS, ignore_case=True),
    )
    odd: Bools = pc.or_(found, pc.equal(names, title)).to_numpy(zero_copy_only=False)
    return odd


def kits_of(block: TextBlock, at: int | None, kit: str, named: set[str]) -> pa.DictionaryArray:
    """The kit of each row: the one it names, else the one that the importer named.

    named  kits that the file names; those met here are added
    """
    if at is None:
        return alike(kit, len(block))
    column = block.column(at)
    known = texts(column)
    named.update(filter(None, known))
    kits = pa.array([text or kit for text in known], pa.string())
    return pa.DictionaryArray.from_arrays(column.indices, kits)
