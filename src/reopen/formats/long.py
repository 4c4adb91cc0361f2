"""Tables with one row per sample and marker, and numbered columns of alleles and heights.

GeneMapper, EuroForMix, LRmix, DNAStatistX and PROVEDIt all write this shape; they differ in
titles and in the order of columns, which are told by title and never by position.
Not for: one row per person (`wide`) or per peak (`tidy`).
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter

from reopen.errors import InvalidRecord, UnreadableFile, Where
from reopen.formats.assemble import assemble
from reopen.formats.columns import (
    Titles,
    read_titles,
    refuse_stray_alleles,
    sample_of,
    tell_unused,
)
from reopen.formats.imported import Imported
from reopen.formats.samples import Gathering, Options, Typing
from reopen.formats.text import Table

Picker = Callable[[list[str]], tuple[str, ...]]


def is_long(table: Table) -> bool:
    """Whether a table has a marker column and a first numbered column of alleles."""
    titles = read_titles(table)
    return "marker" in titles.named and "allele" in titles.numbered


def read_long(table: Table, options: Options, form: str) -> Imported:
    """The profiles of a long table.

    Raises UnreadableFile where no column names the sample, or no row is below the header.
    """
    titles = read_titles(table)
    refuse_stray_alleles(table, titles)
    if not {"sample", "file"} & titles.named.keys():
        raise UnreadableFile(
            f"No column names the sample; there are {', '.join(table.header)}.",
            rule="Each row of the table belongs to a named sample.",
            way_on="Title the column of names 'Sample Name'.",
            where=Where(table.file, table.header_line),
        )
    gathering = Gathering(table.file, options)
    gathering.notices.extend(table.notices)
    tell_unused(table, titles, gathering)
    _gather(table, titles, gathering)
    refuse_empty(table, gathering)
    return assemble(gathering, table.sha256, form)


def refuse_empty(table: Table, gathering: Gathering) -> None:
    """Refuse a table with a header and nothing below it."""
    if not table.is_part and not gathering.samples and not gathering.refused:
        raise UnreadableFile(
            "The table has a header and no rows.",
            rule="A file of profiles has one row at least.",
            way_on="Export it again, with the samples selected.",
            where=Where(table.file, table.header_line),
        )


def _gather(table: Table, titles: Titles, gathering: Gathering) -> None:
    width, header = len(table.header), list(table.header)
    marker = titles.named["marker"]
    labels, heights, sizes = (picker(titles.numbered.get(k, ())) for k in _KINDS)
    fields = tuple(table.header[p] for p in titles.numbered["allele"])
    name = picker(tuple(titles.named[r] for r in _NAMES if r in titles.named))
    named, sample = None, None
    for line, cells in table.rows():
        if len(cells) != width:
            if any(cells[width:]):
                gathering.refuse(_row_name(titles, cells), too_long(cells[width:]), line)
                continue
            cells += [""] * (width - len(cells))
        elif cells == header:
            gathering.notices.append(f"Line {line} repeats the header and was passed over.")
            continue
        if sample is None or name(cells) != named:  # rows of one sample mostly stand together
            named, sample = name(cells), sample_of(gathering, titles, line, cells)
            if sample is None:
                continue
        locus = gathering.locus(cells[marker], line, sample.name)
        if locus is not None:
            typing = Typing(labels(cells), heights(cells), sizes(cells))
            sample = gathering.add(sample, locus, line, typing, fields)


_KINDS = ("allele", "height", "size")
_NAMES = ("sample", "file", "replicate")


def picker(positions: tuple[int, ...]) -> Picker:
    """A function that takes the cells at those positions from a row."""
    if not positions:
        return lambda cells: ()
    if len(positions) == 1:
        position = positions[0]
        return lambda cells: (cells[position],)
    pick: Picker = itemgetter(*positions)
    return pick


def _row_name(titles: Titles, cells: list[str]) -> str:
    name = titles.cell("sample", cells) or titles.cell("file", cells) or "a row without a sample"
    marker = titles.cell("marker", cells)
    return f"{name}, {marker}" if marker else name


def too_long(extra: list[str]) -> InvalidRecord:
    """The refusal of a row with more cells than the header has titles."""
    return InvalidRecord(
        f"The row has cells beyond the last column: {', '.join(filter(None, extra))}.",
        rule="Each cell stands below the title of its column.",
        way_on="Correct the row; a number may hold an unquoted separator.",
    )
