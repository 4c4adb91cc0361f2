"""Databases with one row per person: SmartRank, STRmix, NIST 1036 and STRprofiler tables.

A locus has its own columns (`vWA_1,vWA_2`; `vWA,vWA(2)`; `vWA,vWA`; `vWA,` and an empty title) or
one cell that lists its alleles ("11,12"). Not for: mixtures with heights (`genemapper`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from reopen.errors import InvalidRecord
from reopen.formats.assemble import assemble
from reopen.formats.cells import Cells, is_known_locus
from reopen.formats.columns import Titles, plain, read_titles
from reopen.formats.imported import Imported
from reopen.formats.long import is_long, picker, refuse_empty, too_long
from reopen.formats.samples import Gathering, Options, Typing
from reopen.formats.text import Table
from reopen.records import Locus, canonical_locus

SMARTRANK = "SmartRank database"
STRMIX = "STRmix reference database"
COLUMNS = "one row per person, columns for each allele"
LISTS = "one row per person, alleles listed in a cell"

_LOOKED_AT = 200
_MEASURE = re.compile(r"-?(?:\d{3,}(?:\.\d*)?|\d*\.\d{2,}|-\d.*|0(?:\.0+)?)")
_TITLE_NUMBER = re.compile(r"(.*?[^\s_.-])(?:[\s_.-]+([1-9]\d{0,2})|\s*\((\d{1,3})\))")
_LIST = re.compile(r"[\dXY.]*(?:\s*[,;/]\s*[\dXY.]*)+", re.IGNORECASE)
_NEVER_LOCI = frozenset({
    "center", "centre", "passage", "pop", "population", "sex", "gender", "race", "age", "count",
    "n", "date", "score", "status", "source", "project", "analysis", "comment", "remark",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the alleles of each locus stand.

    loci     locus -> positions of its columns
    guessed  titles taken for loci only because alleles stand below them
    ignored  titles of the columns not read
    listed   cells list the alleles of their locus; a locus with several columns never does
    """

    loci: dict[Locus, tuple[int, ...]]
    guessed: tuple[str, ...]
    ignored: tuple[str, ...]
    listed: bool


def recognises(table: Table) -> bool:
    """No marker column, and columns titled with loci. A frequency table is not recognised."""
    titles = read_titles(table)
    plains = {plain(title) for title in table.header}
    if "marker" in titles.named or "allele" in plains or is_long(table):
        return False
    return plan(table) is not None


def read(table: Table, options: Options, found: Plan | None = None) -> Imported:
    """The persons of the table (stains, only if the options say so).

    found  where the alleles stand, if it is known from a larger part of the file
    """
    found = found or plan(table)
    assert found is not None, "asked only of tables that were recognised"
    titles = read_titles(table)
    gathering = Gathering(table.file, options)
    gathering.notices.extend(table.notices)
    if found.guessed:
        gathering.notices.append(f"Columns taken for loci by content: {', '.join(found.guessed)}.")
    if found.ignored:
        gathering.notices.append(f"Columns not read: {', '.join(found.ignored)}.")
    _gather(table, titles, found, gathering)
    refuse_empty(table, gathering)
    return assemble(gathering, table.sha256, form(table, found), persons=True)


def form(table: Table, found: Plan) -> str:
    """What a table with this plan is called."""
    if found.listed:
        return LISTS
    if plain(table.header[0]) == "specimenid":
        return SMARTRANK
    return STRMIX if any(re.search(r"\(2\)$", title) for title in table.header) else COLUMNS


def plan(table: Table) -> Plan | None:
    """Which columns hold which locus; None if the table has no locus by its titles."""
    titles = read_titles(table)
    name = name_position(titles)
    body = [cells for _, cells in islice(table.rows(), _LOOKED_AT)]
    free = [p for p in titles.rest if p != name]
    listed = any(_LIST.fullmatch(row[p]) for row in body for p in free if p < len(row))
    groups = _numbered(table.header, free, known_only=listed)
    loci: dict[Locus, list[int]] = {}
    guessed: list[str] = []
    ignored: list[str] = []
    known = bool(groups)
    last: Locus | None = None
    for position in free:
        title = table.header[position]
        if position in groups:
            last = groups[position]
        elif not title:
            if last is None or listed:
                continue
        elif is_known_locus(title):
            last, known = canonical_locus(title), True
        elif _holds_alleles(title, position, body):
            last = canonical_locus(title)
            guessed.append(title)
        else:
            last = None
            ignored.append(title)
        if last is not None:
            loci.setdefault(last, []).append(position)
    if not known or _holds_measures(loci, body):
        return None
    ordered = {locus: tuple(positions) for locus, positions in loci.items()}
    return Plan(ordered, tuple(guessed), tuple(ignored), listed)


def name_position(titles: Titles) -> int:
    """Which column names the person; the first, if no title says so."""
    return titles.named.get("sample", titles.named.get("file", 0))


def _numbered(header: tuple[str, ...], free: list[int], *, known_only: bool) -> dict[int, Locus]:
    """Positions of `locus_1, locus_2, ...` and `locus, locus(2)`, with the locus of each.

    known_only  leave `Marker_1, Marker_2` alone: each may be a locus with a list of its own
    """
    found: dict[int, Locus] = {}
    bases: dict[str, dict[int, int]] = {}
    for position in free:
        title = header[position]
        match = _TITLE_NUMBER.fullmatch(title)
        if match and not is_known_locus(title):
            bases.setdefault(match[1], {})[int(match[2] or match[3])] = position
        elif title:
            bases.setdefault(title, {}).setdefault(0, position)
    for base, by_number in bases.items():
        numbers = sorted(by_number)
        from_one = numbers[0] == 1 and numbers == list(range(1, len(numbers) + 1))
        from_bare = numbers[0] == 0 and numbers[1:] in (
            list(range(2, len(numbers) + 1)),
            list(range(1, len(numbers))),
        )
        if known_only and not is_known_locus(base):
            continue
        if len(numbers) > 1 and (from_one or from_bare):
            found.update((position, canonical_locus(base)) for position in by_number.values())
    return found


def _holds_alleles(title: str, position: int, body: list[list[str]]) -> bool:
    if plain(title) in _NEVER_LOCI or not re.search(r"[A-Za-z0-9]", title):
        return False
    texts = {row[position] for row in body if position < len(row)}
    cells = Cells(False)
    try:
        labels = [cells.label(part) for text in texts for part in cells.listed(text, Locus(""))]
    except InvalidRecord:
        return False
    return any(labels)


def _holds_measures(loci: dict[Locus, list[int]], body: list[list[str]]) -> bool:
    """Whether heights or model parameters stand below the loci, in place of alleles."""
    positions = [position for at_locus in loci.values() for position in at_locus]
    texts = [row[p] for row in body for p in positions if p < len(row) and row[p]]
    return 2 * sum(bool(_MEASURE.fullmatch(text)) for text in texts) > len(texts)


def _gather(table: Table, titles: Titles, found: Plan, gathering: Gathering) -> None:
    width, header, name_at = len(table.header), list(table.header), name_position(titles)
    cells_of = Cells(gathering.options.decimal_comma)
    columns = [
        (locus, picker(positions), tuple(table.header[p] for p in positions))
        for locus, positions in found.loci.items()
    ]
    for line, cells in table.rows():
        name = cells[name_at] if name_at < len(cells) else ""
        if any(cells[width:]):
            gathering.refuse(name or "a row without a name", too_long(cells[width:]), line)
            continue
        if cells == header:
            gathering.notices.append(f"Line {line} repeats the header and was passed over.")
            continue
        if not name:
            gathering.refuse("a row without a name", _NAMELESS, line)
            continue
        cells += [""] * (width - len(cells))
        run = f"line {line}" if (name, "") in gathering.samples else ""
        sample = gathering.sample(name, run, line)
        sample.kit, sample.case = titles.cell("kit", cells), titles.cell("case", cells)
        for locus, pick, fields in columns:
            labels = pick(cells)
            if len(fields) == 1 and labels[0]:
                try:
                    labels = cells_of.listed(labels[0], locus)
                except InvalidRecord as error:
                    what = f"{name}, {locus}"
                    gathering.refuse(what, error, line, fields[0])
                    continue
            gathering.add(sample, locus, line, Typing(labels), fields)


_NAMELESS = InvalidRecord(
    "The row names no person or sample.",
    rule="Each row is one named profile.",
    way_on="Fill in the name.",
)
