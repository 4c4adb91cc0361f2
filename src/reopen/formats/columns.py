"""What the columns of a table of profiles are, told from their titles.

For: titles as programs and laboratories spell them. Not for: the cells below them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reopen.errors import UnreadableFile, Where
from reopen.formats.samples import Gathering, Sample, control_kind
from reopen.formats.text import Table

# Titles in lower case without spaces and marks; earlier ones win.
_TITLES: dict[str, tuple[str, ...]] = {
    "sample": ("samplename", "sample", "specimenid", "sampleid", "specimen", "donor", "profile",
               "profileid", "name", "person", "id"),
    "file": ("samplefile", "filename", "samplefilename"),
    "replicate": ("replicate", "rep", "run", "injection"),
    "marker": ("marker", "markername", "locus", "locusname", "system"),
    "kit": ("panel", "kit"),
    "type": ("sampletype", "specimencategory"),
    "case": ("case", "caseid", "casenumber"),
}  # fmt: skip
_NUMBERED = re.compile(r"(allele|height|peakheight|rfu|reads|size|bp)(\d{1,3})")
_KINDS = {
    "allele": "allele", "height": "height", "peakheight": "height", "rfu": "height",
    "reads": "height", "size": "size", "bp": "size",
}  # fmt: skip
_UNUSED = re.compile(r"dye|color|colour|(peak)?area\d*|datapoint\d*|ado|ud\d+|")


def plain(title: str) -> str:
    """A title in lower case without spaces and marks: "Allele #1" -> "allele1"."""
    return re.sub(r"[\W_]+", "", title).lower()


@dataclass(frozen=True, slots=True)
class Titles:
    """Positions of the columns that name a row's sample, and of its numbered peak columns.

    named     role ("sample", "file", "marker", "kit", ...) -> position
    numbered  "allele", "height" or "size" -> positions, ordered by their number
    rest      positions of all other columns
    """

    named: dict[str, int]
    numbered: dict[str, tuple[int, ...]]
    rest: tuple[int, ...]

    def cell(self, role: str, cells: list[str]) -> str:
        """The cell of a row in the column of that role, "" where there is none."""
        position = self.named.get(role)
        return cells[position] if position is not None and position < len(cells) else ""


def read_titles(table: Table) -> Titles:
    """The columns of a table by their titles.

    Raises UnreadableFile where numbered columns are doubled, or heights and alleles do not pair.
    """
    titles = [plain(title) for title in table.header]
    named: dict[str, int] = {}
    for role, spellings in _TITLES.items():
        known = [titles.index(spelling) for spelling in spellings if spelling in titles]
        if known:
            named[role] = known[0]
    numbered: dict[str, dict[int, int]] = {}
    for position, title in enumerate(titles):
        if match := _NUMBERED.fullmatch(title):
            columns = numbered.setdefault(_KINDS[match[1]], {})
            if int(match[2]) in columns:
                raise _bad_titles(table, position, "is there twice")
            columns[int(match[2])] = position
    used = set(named.values()) | {p for columns in numbered.values() for p in columns.values()}
    _check_pairs(table, numbered)
    return Titles(
        named,
        {kind: tuple(columns[n] for n in sorted(columns)) for kind, columns in numbered.items()},
        tuple(p for p in range(len(titles)) if p not in used),
    )


def _check_pairs(table: Table, numbered: dict[str, dict[int, int]]) -> None:
    alleles = numbered.get("allele", {})
    if not alleles:
        return
    for kind in ("height", "size"):
        columns = numbered.get(kind, {})
        unpaired = sorted(set(columns) ^ set(alleles)) if columns else []
        if unpaired:
            number = unpaired[0]
            position = columns.get(number, alleles.get(number, 0))
            missing = "Allele" if number in columns else kind.capitalize()
            raise _bad_titles(table, position, f"has no partner {missing} {number}")


def _bad_titles(table: Table, position: int, problem: str) -> UnreadableFile:
    return UnreadableFile(
        f"Column {table.header[position]!r} {problem}.",
        rule="Each allele column has its own number, and one height (and size) column of it.",
        way_on="Export the table again with all its columns.",
        where=Where(table.file, table.header_line, table.header[position]),
    )


def refuse_stray_alleles(table: Table, titles: Titles) -> None:
    """Refuse a table in which a column of alleles might be overlooked ("AlleleTwo")."""
    for position in titles.rest:
        if plain(table.header[position]).startswith(("allele", "height")):
            raise UnreadableFile(
                f"Column {table.header[position]!r} is not understood.",
                rule="Columns of alleles and heights are numbered: Allele 1, Height 1, Allele 2.",
                way_on="Rename the column; leaving it out could change a profile.",
                where=Where(table.file, table.header_line, table.header[position]),
            )


def tell_unused(table: Table, titles: Titles, gathering: Gathering) -> None:
    """A notice of the columns that were not read."""
    unused = [table.header[p] for p in titles.rest if not _UNUSED.fullmatch(plain(table.header[p]))]
    if unused:
        gathering.notices.append(f"Columns not read: {', '.join(unused)}.")


def sample_of(gathering: Gathering, titles: Titles, line: int, cells: list[str]) -> Sample | None:
    """The sample a row belongs to, with its kit, case and type; None, refused, if not named."""
    run = titles.cell("file", cells)
    name = titles.cell("sample", cells) or run
    if not name:
        gathering.refuse("a row without a sample", _NAMELESS, line)
        return None
    replicate = titles.cell("replicate", cells)
    sample = gathering.sample(name, replicate or run, line)
    if sample.line == line:
        sample.replicate = replicate
        sample.kit = titles.cell("kit", cells)
        sample.case = titles.cell("case", cells)
        sample.kind = control_kind(titles.cell("type", cells))
    return sample


_NAMELESS = UnreadableFile(
    "The row names no sample.",
    rule="Each row belongs to a sample.",
    way_on="Fill in the sample's name.",
)
