"""Tables of allele frequencies of a user's own, checked for the defects such tables have.

Two forms are read, with any separator and with decimal points or commas:
tidy  a row per allele, with columns locus, allele, frequency and perhaps population and n
wide  a first column "Allele", then a column per locus, empty or 0 where the allele was not seen
      (EuroForMix, LRmix, SmartRank, STRmix; a last row "N" gives the alleles counted)

What is refused, one locus at a time: frequencies that do not sum to 1 within 0.01, that are
negative or over 1, and alleles listed twice. Populations of identical numbers are refused, since
one of them is not what it says. What is doubtful only is told (`frequency_lint`). Nothing is
rescaled or floored here (`records.Population`).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from math import isfinite
from pathlib import Path

from reopen.errors import InvalidRecord, UnreadableFile, Where
from reopen.formats._tables import Sheet, read_bytes, sheet
from reopen.formats.cells import Cells
from reopen.formats.frequency_lint import lint
from reopen.records import Allele, AlleleFrequencies, Locus, NotWeighed, canonical_locus

SUM_TOLERANCE = 0.01

ANY_OTHER = Allele("Rest (99)")
"""EuroForMix writes 99 for all alleles that are not listed; as a number it would be a repeat."""

_COLUMNS = {
    "marker": "locus",
    "system": "locus",
    "freq": "frequency",
    "frequencies": "frequency",
    "pop": "population",
    "count": "n",
    "alleles": "allele",
}
_USED = ("population", "locus", "allele", "frequency", "n")
_BIN = re.compile(r"[<>≤≥]=?\s*\d+(?:\.\d)?|(?:rest|other)\b.*|\d+(?:\.\d)?\s*\+", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?")
_NOTHING = re.compile(r"0*[.,]?0*|-|N\.?A\.?|NULL", re.IGNORECASE)
_UNSEEN = frozenset({"", "-", "NA", "NULL", "NAN"})


@dataclass(frozen=True, slots=True)
class FrequencyImport:
    """The content of one file of allele frequencies.

    form     the form that was recognised
    tables   one per population
    refused  populations and loci that could not be taken, each with its reason
    notices  what was understood in a way the user may want to know
    """

    file: str
    form: str
    sha256: str
    tables: tuple[AlleleFrequencies, ...]
    refused: tuple[NotWeighed, ...] = ()
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """One frequency as it stands in the file."""

    population: str
    locus: str
    label: str
    frequency: str
    n: str
    where: Where


def read_frequencies(
    path: str | Path, *, name: str | None = None, decimal_comma: bool | None = None
) -> FrequencyImport:
    """The allele frequencies of a file, one table per population.

    name           of the population, where the file gives none (else the file's own name); put
                   before the names of the file where it gives them
    decimal_comma  True or False where it is known; None: both marks are understood
    Raises UnreadableFile where the file is no frequency table.
    """
    table = sheet(Path(path).name, read_bytes(path), _respelt)
    if {"locus", "allele", "frequency"} <= set(table.columns):
        form, entries = "tidy frequency table", list(_tidy(table))
    elif table.columns[0] == "allele" and len(table.columns) > 1:
        form, entries = "frequency table with a column per locus", list(_wide(table))
    else:
        raise UnreadableFile(
            f"The header is: {', '.join(table.columns)[:200]}.",
            rule="A frequency table has columns locus, allele and frequency; or its first column "
            "is Allele and there is one for each locus.",
            way_on="Rename the columns.",
            where=table.where(),
        )
    reading = _Reading(table, form, name or "", Path(path).stem, Cells(decimal_comma))
    return reading.result(entries)


def _respelt(column: str) -> str:
    name = column.lower().replace(" ", "_")
    name = _COLUMNS.get(name, name)
    return name if name in _USED else column


def _tidy(table: Sheet) -> Iterator[_Entry]:
    for row in table.rows:
        where = table.where(row.line, "frequency")
        population, locus, label, frequency, n = (row[column] for column in _USED)
        yield _Entry(population, locus, label, frequency, n, where)


def _wide(table: Sheet) -> Iterator[_Entry]:
    counts = next((row for row in table.rows if row["allele"].upper() in ("N", "COUNT")), None)
    for row in table.rows:
        for locus in table.columns[1:]:
            cell = row[locus]
            if row is not counts and locus and cell.upper() not in _UNSEEN:
                n = counts[locus] if counts else ""
                yield _Entry("", locus, row["allele"], cell, n, table.where(row.line, locus))


class _Reading:
    """One file on its way to a FrequencyImport: collects refusals and notices."""

    def __init__(self, table: Sheet, form: str, name: str, stem: str, cells: Cells):
        self.table = table
        self.form = form
        self.name = name
        self.stem = stem
        self.cells = cells
        self.refused: list[NotWeighed] = []
        self.notices = list(table.notices)

    def result(self, entries: list[_Entry]) -> FrequencyImport:
        populations: dict[str, list[_Entry]] = {}
        for entry in entries:
            populations.setdefault(self._title(entry.population), []).append(entry)
        tables = [t for title, own in populations.items() if (t := self._table(title, own))]
        tables = self._told_apart(tables)
        self._tell_unused_columns()
        if self.cells.rounded:
            pairs = ", ".join(f"{seen} as {kept}" for seen, kept in self.cells.rounded.items())
            self.notices.append(f"Spreadsheet noise in allele names was rounded: {pairs}.")
        self.notices.extend(str(finding) for finding in lint(tables))
        return FrequencyImport(
            file=self.table.file,
            form=self.form,
            sha256=self.table.sha256,
            tables=tuple(tables),
            refused=tuple(self.refused),
            notices=tuple(self.notices),
        )

    def _title(self, population: str) -> str:
        return f"{self.name} {population}".strip() or self.stem

    def _table(self, title: str, entries: list[_Entry]) -> AlleleFrequencies | None:
        """The table of one population, or None where no locus of it can be used."""
        by_locus: dict[Locus, dict[Allele, float]] = {}
        counts: dict[Locus, int] = {}
        for locus, own in self._by_locus(title, entries).items():
            try:
                by_locus[locus] = self._locus(own)
            except InvalidRecord as error:
                self._leave_out(title, locus, error, own)
            else:
                if (n := self._counted(title, locus, own)) is not None:
                    counts[locus] = n
        if not by_locus:
            return None
        self._tell_bins(title, by_locus)
        source = f"{self.table.file}, SHA-256 {self.table.sha256}"
        return AlleleFrequencies(name=title, by_locus=by_locus, source=source, counts=counts)

    def _by_locus(self, title: str, entries: list[_Entry]) -> dict[Locus, list[_Entry]]:
        groups: dict[Locus, list[_Entry]] = {}
        for entry in entries:
            try:
                groups.setdefault(canonical_locus(entry.locus), []).append(entry)
            except InvalidRecord as error:
                self._refuse(f"{title}, a row without a locus", error, entry)
        return groups

    def _locus(self, entries: list[_Entry]) -> dict[Allele, float]:
        """Frequency of each allele seen at one locus. Raises where the locus cannot be used."""
        spellings = dict.fromkeys(entry.locus for entry in entries)
        if len(spellings) > 1:
            raise _bad(f"One locus under two names: {', '.join(spellings)}", entries[0].where)
        found: dict[Allele, float] = {}
        for entry in entries:
            frequency = self._frequency(entry)
            label = self._label(entry)
            if label in found:
                raise _bad(f"Allele {label} is listed twice", entry.where)
            found[label] = frequency
        found = {label: frequency for label, frequency in found.items() if frequency > 0}
        _check_sum(found, entries[0].where)
        return found

    def _label(self, entry: _Entry) -> Allele:
        """A label as records have them; a bin (">27", "Rest allele") under its own."""
        if entry.label == "99":
            return ANY_OTHER
        if _BIN.fullmatch(entry.label):
            return Allele(entry.label)
        try:
            label = self.cells.label(entry.label)
        except InvalidRecord as error:
            raise error.at(entry.where) from None
        if label is None:
            raise _bad("A frequency without an allele", entry.where)
        return label

    def _frequency(self, entry: _Entry) -> float:
        text = entry.frequency
        if text.upper() in _UNSEEN:
            return 0.0
        if "," in text and self.cells.decimal_comma is False:
            raise _bad(f"{text!r} has a comma, and decimal commas were ruled out", entry.where)
        value = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else float("nan")
        if not isfinite(value):
            raise _bad(f"{text!r} is not a number", entry.where)
        if not 0 <= value <= 1:
            raise _bad(
                f"Frequency {text} of allele {entry.label}",
                entry.where,
                _as_percent_or_count(value),
            )
        return value

    def _counted(self, title: str, locus: Locus, entries: list[_Entry]) -> int | None:
        """How many alleles were counted at a locus, where all its rows say the same."""
        told = {entry.n for entry in entries if entry.n.upper() not in _UNSEEN}
        if not told:
            return None
        text = told.pop()
        if told or not re.fullmatch(r"\d{1,9}(?:[.,]0*)?", text):
            self.notices.append(f"{title}, {locus}: the number of alleles counted is not clear.")
            return None
        return int(re.split("[.,]", text)[0])

    def _told_apart(self, tables: list[AlleleFrequencies]) -> list[AlleleFrequencies]:
        """The tables without those whose numbers are the same as another's."""
        same: set[str] = set()
        for one, other in combinations(tables, 2):
            if one.by_locus == other.by_locus:
                same |= {one.name, other.name}
                continue
            shared = [
                locus
                for locus, table in one.by_locus.items()
                if len(table) > 3 and table == other.by_locus.get(locus)
            ]
            if shared:
                self.notices.append(
                    f"{one.name} and {other.name} have identical numbers at {', '.join(shared)}."
                )
        for name in (table.name for table in tables if table.name in same):
            others = ", ".join(sorted(same - {name}))
            self.refused.append(
                NotWeighed(
                    name,
                    f"The numbers are identical to those of: {others}. Two populations do not have "
                    "the same frequencies, so one table is not what it says. Ask the source.",
                    Where(self.table.file),
                )
            )
        return [table for table in tables if table.name not in same]

    def _tell_bins(self, title: str, by_locus: dict[Locus, dict[Allele, float]]) -> None:
        bins = [
            f"{locus} {label}"
            for locus, table in by_locus.items()
            for label in table
            if _BIN.fullmatch(label)
        ]
        if bins:
            self.notices.append(
                f"{title}: kept under their own names, bins of several alleles: {', '.join(bins)}."
            )

    def _tell_unused_columns(self) -> None:
        unused = [column for column in self.table.columns if column and column not in _USED]
        if unused and self.form.startswith("tidy"):
            self.notices.append(f"Columns that are not used: {', '.join(unused)}.")

    def _leave_out(
        self, title: str, locus: Locus, error: InvalidRecord, entries: list[_Entry]
    ) -> None:
        """A refusal, unless nothing was counted or the locus is AMEL, which STRmix's tables give
        as genotypes (X,X): those are no reason to stop at the whole table."""
        if all(_NOTHING.fullmatch(entry.frequency) for entry in entries):
            self.notices.append(f"{title}, {locus}: no frequency above zero, so left out.")
        elif locus == "AMEL":
            self.notices.append(f"{title}, {locus}: left out. {error.seen}")
        else:
            self._refuse(f"{title}, {locus}", error, entries[0])

    def _refuse(self, what: str, error: InvalidRecord, entry: _Entry) -> None:
        reason = " ".join(part for part in (error.seen, error.rule, error.way_on) if part)
        self.refused.append(NotWeighed(what, reason, error.where or entry.where))


def _check_sum(found: dict[Allele, float], where: Where) -> None:
    total = sum(found.values())
    if abs(total - 1) <= SUM_TOLERANCE + 1e-9:
        return
    hint = "Look for a misplaced decimal point, a missing allele or a bin left out."
    for label, frequency in found.items():
        for other in (frequency / 10, frequency * 10):
            if abs(total - frequency + other - 1) <= SUM_TOLERANCE:
                hint = (
                    f"With {other:.6g} for allele {label}, where the file has {frequency:.6g}, "
                    "they would: check its decimal point in the source."
                )
    raise InvalidRecord(
        f"The frequencies sum to {total:.6g}.",
        rule=f"The frequencies of a locus sum to 1 within {SUM_TOLERANCE}.",
        way_on=hint,
        where=Where(where.file, None, where.field),
    )


def _as_percent_or_count(value: float) -> str:
    if value < 0:
        return "Correct the cell."
    if value <= 100:
        return "If the file gives per cent or counts, divide by their sum first."
    return "If the file gives counts, divide by their sum first."


def _bad(seen: str, where: Where, way_on: str = "Correct the table.") -> InvalidRecord:
    return InvalidRecord(
        f"{seen}.",
        rule="Each allele of a locus is listed once, with a frequency between 0 and 1.",
        way_on=way_on,
        where=where,
    )


def write_frequencies(tables: Iterable[AlleleFrequencies]) -> str:
    """Tables in the tidy form, which `read_frequencies` reads back to the same numbers."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_USED)
    for table in tables:
        for locus, frequencies in table.by_locus.items():
            n = table.counts.get(locus, "")
            for label, frequency in frequencies.items():
                writer.writerow((table.name, locus, label, repr(frequency), n))
    return text.getvalue()
