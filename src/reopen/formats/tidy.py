"""Tables with one row per peak or allele: our own tidy CSV, and SmartRank's database rows.

`sample,marker,allele,height[,size]`; columns replicate, kit and case may be added. Without
heights the rows are the alleles of persons (`specimenId,locus,allele`), one or several in a cell.
`write_stains` writes everything a stain holds, so that reading gives it back.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field

from reopen.errors import InvalidRecord, UnreadableFile, Where
from reopen.formats.assemble import assemble
from reopen.formats.cells import Cells
from reopen.formats.columns import Titles, plain, read_titles, sample_of
from reopen.formats.imported import Imported
from reopen.formats.long import refuse_empty, too_long
from reopen.formats.samples import Gathering, Options, Sample, Typing
from reopen.formats.text import Table
from reopen.records import Locus, Stain

FORM = "tidy table, one row per allele"

_ALLELE = ("allele", "alleles", "genotype", "allelevalue", "call")
_HEIGHT = ("height", "peakheight", "rfu", "reads", "heightrfu")
_SIZE = ("size", "bp", "sizebp")
_HEADER = ("sample", "replicate", "kit", "case", "marker", "allele", "height", "size")


@dataclass(slots=True)
class _Peaks:
    """The rows of one locus of one sample."""

    line: int
    labels: list[str] = field(default_factory=list)
    heights: list[str] = field(default_factory=list)
    sizes: list[str] = field(default_factory=list)
    others: list[tuple[str, ...]] = field(default_factory=list)


def recognises(table: Table) -> bool:
    """Columns of a sample, of a marker, and one of alleles without a number."""
    titles = read_titles(table)
    return (
        "marker" in titles.named
        and bool({"sample", "file"} & titles.named.keys())
        and "allele" not in titles.numbered
        and _position(table, _ALLELE) is not None
    )


def read(table: Table, options: Options) -> Imported:
    """The profiles of the table.

    Raises UnreadableFile where an allele stands twice because of a column not known here.
    """
    titles = read_titles(table)
    gathering = Gathering(table.file, options)
    gathering.notices.extend(table.notices)
    peaks = _collect(table, titles, gathering)
    title = table.header[_position(table, _ALLELE) or 0]
    for (name, run, locus), rows in peaks.items():
        sample = gathering.samples[name, run]
        typing = Typing(tuple(rows.labels), tuple(rows.heights), tuple(rows.sizes))
        gathering.add(sample, locus, rows.line, typing, (title,))
    refuse_empty(table, gathering)
    return assemble(gathering, table.sha256, FORM)


def only_alleles(table: Table) -> int | None:
    """The column of alleles of a table that has neither heights nor columns not known here."""
    titles = read_titles(table)
    allele, height, size = (_position(table, names) for names in (_ALLELE, _HEIGHT, _SIZE))
    return allele if height is None and set(titles.rest) <= {allele, size} else None


def _collect(
    table: Table, titles: Titles, gathering: Gathering
) -> dict[tuple[str, str, Locus], _Peaks]:
    width, header = len(table.header), list(table.header)
    allele, height, size = (_position(table, names) for names in (_ALLELE, _HEIGHT, _SIZE))
    rest = tuple(p for p in titles.rest if p not in (allele, height, size))
    if rest:
        gathering.notices.append(f"Columns not read: {', '.join(header[p] for p in rest)}.")
    cells_of = Cells(gathering.options.decimal_comma)
    assert allele is not None, "asked only of tables that were recognised"
    peaks: dict[tuple[str, str, Locus], _Peaks] = {}
    for line, cells in table.rows():
        if any(cells[width:]):
            gathering.refuse(_name(titles, cells), too_long(cells[width:]), line)
            continue
        if cells == header:
            gathering.notices.append(f"Line {line} repeats the header and was passed over.")
            continue
        cells += [""] * (width - len(cells))
        sample = sample_of(gathering, titles, line, cells)
        if sample is None:
            continue
        locus = gathering.locus(titles.cell("marker", cells), line, sample.name)
        if locus is None:
            continue
        rows = peaks.setdefault((sample.name, sample.run, locus), _Peaks(line))
        parts = _parts(cells_of, cells[allele], locus, height is not None and bool(cells[height]))
        others = tuple(cells[p] for p in rest)
        if others not in rows.others and set(parts) & set(rows.labels):
            _refuse_split(table, rest, sample, locus, others, rows)
        for part in parts:
            rows.labels.append(part)
            rows.heights.append(cells[height] if height is not None else "")
            rows.sizes.append(cells[size] if size is not None else "")
            rows.others.append(others)
    return peaks


def _parts(cells: Cells, text: str, locus: Locus, has_height: bool) -> tuple[str, ...]:
    if has_height:
        return (text,)
    try:
        return cells.listed(text, locus)
    except InvalidRecord:
        return (text,)  # read as one allele, it is refused by name


def _refuse_split(
    table: Table,
    rest: tuple[int, ...],
    sample: Sample,
    locus: Locus,
    others: tuple[str, ...],
    rows: _Peaks,
) -> None:
    at = next(i for i, other in enumerate(others) if other != rows.others[0][i])
    title = table.header[rest[at]]
    raise UnreadableFile(
        f"{sample.name} has an allele of {locus} twice, with {title} {rows.others[0][at]!r} and "
        f"{others[at]!r}.",
        rule="In a tidy table one row is one allele of one sample.",
        way_on=f"Keep one {title} in the file; if they are replicates, title the column "
        "'replicate'.",
        where=Where(table.file, rows.line, title),
    )


def _position(table: Table, names: tuple[str, ...]) -> int | None:
    titles = [plain(title) for title in table.header]
    return next((titles.index(name) for name in names if name in titles), None)


def _name(titles: Titles, cells: list[str]) -> str:
    return titles.cell("sample", cells) or titles.cell("file", cells) or "a row without a sample"


def write_stains(stains: Iterable[Stain]) -> str:
    """Stains as tidy CSV. A locus typed without a peak is a row without an allele."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for stain in stains:
        for replicate in stain.replicates:
            start = [stain.id, replicate.name, stain.kit, stain.case]
            for locus, peaks in replicate.peaks.items():
                writer.writerows(
                    [*start, locus, peak.allele, _cell(peak.height_rfu), _cell(peak.size_bp)]
                    for peak in peaks
                )
                if not peaks:
                    writer.writerow([*start, locus, "", "", ""])
    return text.getvalue()


def _cell(number: float | None) -> str:
    return "" if number is None else repr(float(number)).removesuffix(".0")
