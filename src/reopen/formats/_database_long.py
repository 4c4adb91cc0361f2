"""Tables with several rows per person (`long`, `tidy`), a block of rows at a time.

A person's rows mostly stand together; a name that comes back later is found by the reader of the
whole file (`_database_text`).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reopen.errors import InvalidRecord
from reopen.formats._database_cells import (
    NO_HIGH,
    NO_LOW,
    Bools,
    Ints,
    Typed,
    kits_of,
    odd_names,
    texts,
)
from reopen.formats._database_people import AlleleNumbers, People, alike
from reopen.formats._text_stream import TextBlock
from reopen.formats.cells import AMEL, Cells
from reopen.formats.columns import read_titles
from reopen.formats.imported import Imported
from reopen.formats.samples import Options, control_kind
from reopen.formats.text import Table
from reopen.records import Allele, Locus, canonical_locus

_NOTHING, _ODD = -1, -2


class LongRows:
    """The people of a long or tidy table. `TextRows` says what each part is for.

    alleles_at        positions of the columns of alleles
    one_allele_a_row  tidy: the rows of a locus are added up, and a cell may list alleles
    """

    def __init__(
        self,
        head: Table,
        options: Options,
        numbers: AlleleNumbers,
        read: Callable[[Table, Options], Imported],
        alleles_at: tuple[int, ...],
        *,
        one_allele_a_row: bool,
    ):
        named = read_titles(head).named
        self.form = ""
        self.name_at = named.get("sample", named.get("file", 0))
        self.cells = Cells(options.decimal_comma)
        self.amel: set[str] = set()
        self.kits: set[str] = set()
        self.respelt: dict[str, Locus] = {}
        self._read, self._options, self._numbers = read, options, numbers
        self._one_a_row, self.alleles_at, self._named = one_allele_a_row, alleles_at, named
        self._name_title, self._marker_title = (
            head.header[self.name_at],
            head.header[named["marker"]],
        )
        self._loci: dict[Locus, int] = {}
        self._labels: dict[Allele, int] = {}

    def read(self, table: Table) -> Imported:
        imported = self._read(table, self._options)
        self.form = imported.format
        return imported

    def whole(self, block: TextBlock) -> tuple[TextBlock, TextBlock]:
        last = int(np.flatnonzero(self.firsts(block))[-1]) if len(block) else 0
        return block.until(last), block.since(last)

    def firsts(self, block: TextBlock) -> Bools:
        new = np.ones(len(block), dtype=np.bool_)
        if len(block) > 1:
            names = block.column(self.name_at)
            differ = pc.not_equal(names.slice(1), names.slice(0, len(names) - 1))
            new[1:] = differ.to_numpy(zero_copy_only=False)
            for role in ("file", "replicate"):
                if role in self._named and self._named[role] != self.name_at:
                    run = block.column(self._named[role]).indices.to_numpy()
                    new[1:] |= run[1:] != run[:-1]
        return new

    def people(self, block: TextBlock) -> tuple[People, Bools]:
        first = self.firsts(block)
        person = np.cumsum(first) - 1
        n = int(np.count_nonzero(first))
        locus, odd = self._loci_of(block)
        typed = self._alleles_of(block, locus)
        odd |= typed.odd | odd_names(block.column(self.name_at), self._name_title)
        odd |= self._of_controls(block)
        loci = max(len(self._loci), 1)
        place = person * loci + np.maximum(locus, 0)
        counts = np.bincount(place, minlength=n * loci)
        if not self._one_a_row:
            odd |= counts[place] > 1  # a locus in two rows
        by_person = _added_up(typed, place, n, loci)
        strange = by_person.strange.any(axis=1) | (by_person.alleles.sum(axis=1) == 0)
        strange |= np.bincount(person, odd, minlength=n) > 0
        good = ~strange
        firsts = np.flatnonzero(first)[good]
        kits = kits_of(block, self._named.get("kit"), self._options.kit, self.kits)
        codes, once = by_person.codes(), by_person.once
        people = People(
            block.column(self.name_at).take(pa.array(firsts)),
            block.lines[firsts],
            alike(self._options.purpose, len(firsts)),
            kits.take(pa.array(firsts)),
            {name: codes[good, k] for name, k in self._loci.items()},
            {name: once[good, k] for name, k in self._loci.items()},
        )
        return people, strange[person]

    def _loci_of(self, block: TextBlock) -> tuple[Ints, Bools]:
        """The number of each row's locus, and whether it names none."""
        column = block.column(self._named["marker"])
        names, numbers = texts(column), []
        for name in names:
            try:
                locus = canonical_locus(name)
            except InvalidRecord:
                numbers.append(_ODD)
                continue
            numbers.append(self._loci.setdefault(locus, len(self._loci)))
        at = column.indices.to_numpy()
        found, loci = np.array(numbers, dtype=np.int32)[at], list(self._loci)
        for k in np.unique(at[(found >= 0) & self._has_name(block)]):
            if names[k] not in (locus := loci[numbers[k]], self._marker_title):
                self.respelt[names[k]] = locus
        return found, found < 0

    def _has_name(self, block: TextBlock) -> Bools:
        """Rows that belong to somebody; others are refused before their locus is looked at."""
        if self._named.get("file", self.name_at) != self.name_at:
            return np.ones(len(block), dtype=np.bool_)  # the file's name takes its place
        has: Bools = pc.not_equal(block.column(self.name_at), "").to_numpy(zero_copy_only=False)
        return has

    def _alleles_of(self, block: TextBlock, locus: Ints) -> Typed:
        """What the allele cells of each row hold."""
        labels = list(
            chain.from_iterable(self._labels_of(block, at, locus) for at in self.alleles_at)
        )
        total = _numbered(self._number_of(labels[0], locus))
        for some in labels[1:]:
            total = total.with_more(_numbered(self._number_of(some, locus)))
        return total

    def _labels_of(self, block: TextBlock, at: int, locus: Ints) -> list[Ints]:
        """Numbers of the labels in each row's cell, the first and (in a tidy table) the second."""
        column = block.column(at)
        known = texts(column)
        indices = column.indices.to_numpy()
        parts = [self._parts(text) for text in known]
        if AMEL in self._loci:
            met = np.unique(indices[locus == self._loci[AMEL]])
            self.amel.update(part for k in met for part in parts[k])
        table = [self._two_labels(some) for some in parts]
        each = np.array(table, dtype=np.int32).reshape(len(known), 2)[indices]
        return [each[:, 0], each[:, 1]] if self._one_a_row else [each[:, 0]]

    def _parts(self, text: str) -> tuple[str, ...]:
        if not self._one_a_row:
            return (text,)
        try:
            return self.cells.listed(text, Locus(""))
        except InvalidRecord:
            return (text,)

    def _two_labels(self, parts: tuple[str, ...]) -> tuple[int, int]:
        try:
            labels = [label for label in map(self.cells.label, parts) if label is not None]
        except InvalidRecord:
            return _ODD, _NOTHING
        if len(labels) > 2:
            return _ODD, _NOTHING
        numbers = [self._labels.setdefault(label, len(self._labels)) for label in labels]
        one, other = [*numbers, _NOTHING, _NOTHING][:2]
        return one, other

    def _number_of(self, labels: Ints, locus: Ints) -> Ints:
        """The number of each row's allele at its locus; _ODD where it has none and should."""
        found = np.where(labels == _NOTHING, _NOTHING, _ODD).astype(np.int32)
        named = (labels >= 0) & (locus >= 0)
        width = len(self._labels)
        pairs, at = np.unique(
            locus[named].astype(np.int64) * width + labels[named], return_inverse=True
        )
        names, loci = list(self._labels), list(self._loci)
        numbers = [self._known_number(loci[p // width], names[p % width]) for p in pairs.tolist()]
        found[named] = np.array(numbers, dtype=np.int32)[at]
        return found

    def _known_number(self, locus: Locus, label: Allele) -> int:
        try:
            return self._numbers.number(locus, label)
        except InvalidRecord:
            return _ODD

    def _of_controls(self, block: TextBlock) -> Bools:
        """Rows that their own column calls a ladder or a control."""
        if "type" not in self._named:
            return np.zeros(len(block), dtype=np.bool_)
        column = block.column(self._named["type"])
        kinds = [control_kind(text) is not None for text in texts(column)]
        of_controls: Bools = np.array(kinds, dtype=np.bool_)[column.indices.to_numpy()]
        return of_controls


def _numbered(numbers: Ints) -> Typed:
    there = numbers >= 0
    return Typed(
        there.astype(np.int32),
        np.where(there, numbers, NO_LOW),
        np.where(there, numbers, NO_HIGH),
        numbers == _ODD,
    )


def _added_up(rows: Typed, place: NDArray[np.intp], people: int, loci: int) -> Typed:
    """The rows of each place together, (person, locus). place: person * loci + locus, (row,)."""
    n, shape = people * loci, (people, loci)
    low, high = np.full(n, NO_LOW), np.full(n, NO_HIGH)
    np.minimum.at(low, place, rows.low)
    np.maximum.at(high, place, rows.high)
    alleles = np.bincount(place, rows.alleles, minlength=n).astype(np.int32)
    none_odd = np.zeros(shape, dtype=np.bool_)
    return Typed(alleles.reshape(shape), low.reshape(shape), high.reshape(shape), none_odd)
