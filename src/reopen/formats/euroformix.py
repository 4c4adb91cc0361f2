"""Tables of EuroForMix, LRmix Studio and DNAStatistX: read and written.

`SampleName,Marker,Allele1..n,Height1..n`, comma, semicolon or tab; references have two alleles
and no heights. Alleles may be sequences, LUS names or SNP bases.
Written tables hold names, alleles and heights; kits, cases, sizes and purposes have no column.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from reopen.errors import InvalidRecord
from reopen.formats.cells import AMEL, Cells
from reopen.formats.imported import Imported
from reopen.formats.long import is_long, read_long
from reopen.formats.samples import Options, control_kind
from reopen.formats.text import Table
from reopen.records import Allele, Locus, Peak, Reference, Stain

FORM = "EuroForMix table"


def recognises(table: Table) -> bool:
    """A marker column and numbered columns of alleles."""
    return is_long(table)


def read(table: Table, options: Options) -> Imported:
    """The profiles of the table."""
    return read_long(table, options, FORM)


def write_stains(stains: Iterable[Stain]) -> str:
    """Stains as an EuroForMix table, one SampleName for each replicate.

    Reading it back gives, for each replicate, a stain of that name with equal peaks.
    Raises InvalidRecord for replicates that share a name, or what could not be read back.
    """
    replicates = [replicate for stain in stains for replicate in stain.replicates]
    _check_names([replicate.name for replicate in replicates])
    peaks = [peaks for replicate in replicates for peaks in replicate.peaks.values()]
    columns = max((len(at_locus) for at_locus in peaks), default=0) or 1
    heights = any(peak.height_rfu is not None for at_locus in peaks for peak in at_locus)
    rows = [
        [replicate.name, locus, *_peak_cells(locus, at_locus, columns, heights)]
        for replicate in replicates
        for locus, at_locus in replicate.peaks.items()
    ]
    return _write(_header(columns, heights), rows)


def write_references(references: Iterable[Reference]) -> str:
    """References as an EuroForMix table. Read back (with role references) they are equal.

    Raises InvalidRecord for references that share a name, or what could not be read back.
    """
    people = list(references)
    _check_names([person.id for person in people])
    columns = max((len(g.alleles) for p in people for g in p.genotypes.values()), default=2)
    columns = max(columns, 2)
    rows = [
        [person.id, locus, *_padded([_label(a, locus) for a in genotype.alleles], columns)]
        for person in people
        for locus, genotype in person.genotypes.items()
    ]
    return _write(_header(columns, False), rows)


def _header(columns: int, heights: bool) -> list[str]:
    kinds = ("Allele", "Height") if heights else ("Allele",)
    return ["SampleName", "Marker", *(f"{k}{n}" for k in kinds for n in range(1, columns + 1))]


def _peak_cells(locus: Locus, peaks: Sequence[Peak], columns: int, heights: bool) -> list[str]:
    labels = _padded([_label(peak.allele, locus) for peak in peaks], columns)
    if not heights:
        return labels
    return labels + _padded([_height(peak.height_rfu) for peak in peaks], columns)


def _padded(cells: list[str], columns: int) -> list[str]:
    return cells + [""] * (columns - len(cells))


def _height(height: float | None) -> str:
    return "" if height is None else repr(float(height)).removesuffix(".0")


def _label(allele: Allele, locus: Locus) -> str:
    """The label, if a reader takes it for the same allele."""
    try:
        is_one_two = locus == AMEL and allele in ("1", "2")  # which are read as X and Y
        if Cells(False).label(allele) == allele and not is_one_two:
            return allele
    except InvalidRecord:
        pass
    raise InvalidRecord(
        f"Allele {allele!r} would not be read back as itself.",
        rule="A table holds repeat numbers, X and Y, bases, LUS and sequence names.",
        way_on="Leave the locus out of the table.",
    )


def _check_names(names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidRecord(
                f"Two samples are named {name!r}.",
                rule="In this table a name is one sample, or one replicate of a stain.",
                way_on="Give each replicate a name of its own.",
            )
        seen.add(name)
        if name != name.strip() or not name.isprintable() or not name or control_kind(name):
            raise InvalidRecord(
                f"The name {name!r} would not be read back as that of a sample.",
                rule="A name has no surrounding spaces or line breaks, and is not a control's.",
                way_on="Rename the sample.",
            )


def _write(header: list[str], rows: list[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()
