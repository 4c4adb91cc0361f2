"""GeneMapper ID and ID-X exports: the genotypes table (long) and the samples table (wide).

Also the filtered PROVEDIt CSV, which is a long table with up to 100 alleles in a row.
Ladders and controls become `Control`, never evidence. Not for: raw .fsa and .hid files.
"""

from __future__ import annotations

import re

from reopen.errors import UnreadableFile, Where
from reopen.formats.assemble import assemble
from reopen.formats.columns import Titles, plain, read_titles, sample_of
from reopen.formats.imported import Imported
from reopen.formats.long import is_long, read_long, refuse_empty, too_long
from reopen.formats.samples import Gathering, Options, Typing
from reopen.formats.text import Table

LONG = "GeneMapper, genotypes table"
PROVEDIT = "PROVEDIt, GeneMapper table"
WIDE = "GeneMapper, samples table"

_OWN_TITLES = {"samplefile", "panel", "dye", "size1", "peakarea1", "area1", "datapoint1"}


def recognises_long(table: Table) -> bool:
    """A long table with a column only GeneMapper writes."""
    titles = {plain(title) for title in table.header}
    hashed = any(re.fullmatch(r"Allele ?#1", title) for title in table.header)
    return is_long(table) and bool(hashed or titles & _OWN_TITLES)


def read_genotypes(table: Table, options: Options) -> Imported:
    """The long table."""
    wide_rows = len(read_titles(table).numbered["allele"]) == 100
    return read_long(table, options, PROVEDIT if wide_rows else LONG)


def recognises_wide(table: Table) -> bool:
    """A table with one row per sample, in which a column "Height" follows each marker."""
    return (
        bool({"sample", "file"} & read_titles(table).named.keys())
        and not is_long(table)
        and sum(plain(title) == "height" for title in table.header) > 1
    )


def read_samples(table: Table, options: Options) -> Imported:
    """The wide table: "12, 13, , " below a marker, "58, 261, , " below the Height after it."""
    titles = read_titles(table)
    columns = _marker_columns(table, titles)
    gathering = Gathering(table.file, options)
    gathering.notices.extend(table.notices)
    width = len(table.header)
    for line, cells in table.rows():
        if any(cells[width:]):
            name = titles.cell("sample", cells) or titles.cell("file", cells)
            gathering.refuse(name, too_long(cells[width:]), line)
            continue
        cells += [""] * (width - len(cells))
        sample = sample_of(gathering, titles, line, cells)
        if sample is None:
            continue
        for position, by_kind in columns.items():
            title = table.header[position]
            locus = gathering.locus(title, line, sample.name)
            if locus is None:
                continue
            typing = Typing(
                _split(cells[position]),
                _split(cells[by_kind["height"]]) if "height" in by_kind else (),
                _split(cells[by_kind["size"]]) if "size" in by_kind else (),
            )
            gathering.add(sample, locus, line, typing, (title,))
    refuse_empty(table, gathering)
    return assemble(gathering, table.sha256, WIDE)


def _marker_columns(table: Table, titles: Titles) -> dict[int, dict[str, int]]:
    columns: dict[int, dict[str, int]] = {}
    marker = -1
    for position in titles.rest:
        kind = plain(table.header[position])
        if kind in ("height", "size"):
            if marker < 0:
                raise UnreadableFile(
                    f"Column {table.header[position]!r} stands before any marker.",
                    rule="In the samples table each marker's heights and sizes follow it.",
                    way_on="Export the table again, or name the marker's column.",
                    where=Where(table.file, table.header_line, table.header[position]),
                )
            columns[marker][kind] = position
        elif kind not in ("peakarea", "datapoint", "dye", ""):
            marker = position
            columns[marker] = {}
    return columns


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in re.split(r",\s|,$|;", cell)) if cell else ()
