"""OSIRIS (NCBI): analysis reports (.oar) and the two spreadsheets it exports (.tab).

A report has names, heights and sizes. A spreadsheet has one row per sample and one column per
locus: allele names in one, heights in the other, which is read beside the first.
Not for: plots (.plt) and the CMF files OSIRIS writes (`codis`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile, Where
from reopen.formats._xml import Element, looks_like, read_xml
from reopen.formats.assemble import assemble
from reopen.formats.cells import is_known_locus
from reopen.formats.imported import Imported
from reopen.formats.library import kit_name
from reopen.formats.samples import Gathering, Options, Role, Sample, Typing
from reopen.formats.text import Table, read_table, sha256
from reopen.records import ControlKind, Purpose

ROOT = "OsirisAnalysisReport"
REPORT = "OSIRIS, analysis report"
NAMES = "OSIRIS, spreadsheet"
NAMES_AND_HEIGHTS = "OSIRIS, spreadsheet with heights"

_CHANNEL = re.compile(r"(.+)-\d{1,2}")
_LEAST_HEIGHT = 100
"""A sheet of numbers that reach this holds heights: no allele has so many repeats."""

Grid = list[tuple[int, str, dict[str, tuple[str, ...]]]]


def recognises(head: bytes) -> bool:
    """Whether a file that starts so is an OSIRIS report or spreadsheet."""
    if looks_like(head, ROOT):
        return True
    try:
        table = read_table("", head)
    except ReopenError:
        return False
    titles = [_locus_title(title) for title in table.header[1:] if title]
    known = sum(is_known_locus(title) for title in titles)
    return table.separator == "\t" and table.header[0] == "Sample" and known > 0.8 * len(titles)


def read(
    path_name: str,
    data: bytes,
    *,
    role: Role = "auto",
    kit: str = "",
    purpose: Purpose = Purpose.DATABASE,
    heights: bytes | None = None,
) -> Imported:
    """The samples of a report or of a spreadsheet of names.

    kit      the typing kit, where the file names none
    heights  the spreadsheet of heights (RFU) exported beside the one of names
    Raises UnreadableFile where the form is broken.
    """
    file = PurePath(path_name).name
    gathering = Gathering(file, Options(role, kit, purpose=purpose))
    if looks_like(data[:8192], ROOT):
        form = REPORT
        _gather_report(gathering, read_xml(file, data))
    else:
        form = NAMES if heights is None else NAMES_AND_HEIGHTS
        _gather_sheets(gathering, file, data, heights)
    if not gathering.samples and not gathering.refused:
        raise UnreadableFile(
            "The file holds no sample.",
            rule="A file of profiles has one sample at least.",
            way_on="Export it again, with the samples selected.",
            where=Where(file),
        )
    return assemble(gathering, sha256(data), form)


# the report


def _gather_report(gathering: Gathering, root: Element) -> None:
    if root.name != ROOT:
        raise UnreadableFile(
            f"The root element is {root.name}.",
            rule=f"The root of an OSIRIS report is {ROOT}.",
            way_on="Check that this is the .oar file.",
            where=Where(gathering.file, root.line),
        )
    named = next((found for e in _walk(root) if (found := e.text_of("kit"))), "")
    for table in root.all("Table"):
        for element in table.all("Sample"):
            sample = _begin(gathering, element)
            if sample is not None:
                sample.kit = kit_name(named) or named
                for locus in element.all("Locus"):
                    _add_locus(gathering, sample, locus)


def _walk(element: Element) -> Iterator[Element]:
    yield element
    for child in element.children:
        if child.name not in ("Table", "Messages"):
            yield from _walk(child)


def _begin(gathering: Gathering, element: Element) -> Sample | None:
    """The sample of an element; None, with a refusal, where it is disabled or has no name."""
    file = element.text_of("Name")
    name = element.text_of("SampleName") or file
    if not name:
        error = InvalidRecord("The sample has no name.", way_on="Name it in OSIRIS.")
        gathering.refuse("a sample without a name", error, element.line)
        return None
    if _is_disabled(element):
        error = InvalidRecord(
            "The sample was disabled in OSIRIS.",
            rule="A disabled sample is not a result.",
            way_on="Enable it in OSIRIS and save the report, if it is one.",
        )
        gathering.refuse(name, error, element.line)
        return None
    sample = gathering.sample(name, file, element.line)
    sample.kind = _control(element.text_of("Type"))
    return sample


def _is_disabled(element: Element) -> bool:
    history = element.first("EnableHistory")
    steps = list(history.all("Enable")) if history else []
    latest = max(steps, key=lambda step: _number(step.text_of("Time")), default=None)
    return latest is not None and latest.text_of("Enabled") == "false"


def _number(text: str) -> int:
    return int(text) if re.fullmatch(r"\d{1,18}", text) else 0


def _control(kind: str) -> ControlKind | None:
    kind = kind.lower()
    if "ladder" in kind:
        return ControlKind.LADDER
    if kind.startswith("+") or "pos" in kind:
        return ControlKind.POSITIVE
    if kind.startswith("-") or "neg" in kind or "blank" in kind:
        return ControlKind.NEGATIVE
    return None


def _add_locus(gathering: Gathering, sample: Sample, element: Element) -> None:
    locus = gathering.locus(element.text_of("LocusName"), element.line, sample.name)
    if locus is None:
        return
    listed = list(element.all("Allele"))
    peaks = [peak for peak in listed if peak.text_of("Disabled") != "true"]
    if len(peaks) < len(listed):
        names = ", ".join(p.text_of("Name") or "?" for p in listed if p not in peaks)
        gathering.notices.append(f"{sample.name}, {locus}: disabled in OSIRIS, not taken: {names}.")
    typing = Typing(
        labels=tuple(_label(peak) for peak in peaks),
        heights=tuple(peak.text_of("RFU") for peak in peaks),
        sizes=tuple(peak.text_of("BPS") for peak in peaks),
    )
    gathering.add(sample, locus, element.line, typing, ("Name",) * len(peaks))


def _label(peak: Element) -> str:
    name = peak.text_of("Name")
    off_ladder = peak.text_of("OffLadder") == "true" and not name.upper().startswith("OL")
    return f"OL{name}" if off_ladder or not name else name


# the spreadsheets


def _gather_sheets(gathering: Gathering, file: str, data: bytes, heights: bytes | None) -> None:
    table = read_table(file, data)
    names = _grid(table)
    if _holds_heights(names):
        raise UnreadableFile(
            "The sheet holds heights and no names of alleles.",
            rule="OSIRIS exports names and heights (RFU) as two spreadsheets of one shape.",
            way_on="Read the spreadsheet of names, and give this one beside it.",
            where=Where(file, table.header_line),
        )
    gathering.notices.extend(table.notices)
    beside = _grid(read_table(f"heights of {file}", heights)) if heights is not None else None
    if beside is not None and [row[1] for row in beside] != [row[1] for row in names]:
        raise UnreadableFile(
            "The two spreadsheets do not list the same samples in the same order.",
            rule="Heights are matched to names by row and column.",
            way_on="Export both from the same report.",
            where=Where(file),
        )
    for position, (line, name, loci) in enumerate(names):
        sample = gathering.sample(name, _run_of(names, position), line)
        for title, labels in loci.items():
            locus = gathering.locus(title, line, name)
            if locus is None:
                continue
            rfu = beside[position][2].get(title, ()) if beside is not None else ()
            if beside is not None and len(rfu) != len(labels):
                seen = f"{len(labels)} names and {len(rfu)} heights."
                way_on = "Export both spreadsheets from the same report."
                gathering.refuse(f"{name}, {title}", InvalidRecord(seen, way_on=way_on), line)
                continue
            gathering.add(sample, locus, line, Typing(labels, rfu), (title,) * len(labels))


def _run_of(names: Grid, position: int) -> str:
    """Rows of one name are runs of their own, told apart by their order."""
    same = [i for i, row in enumerate(names) if row[1] == names[position][1]]
    return f"{same.index(position) + 1}" if len(same) > 1 else ""


def _grid(table: Table) -> Grid:
    """Line, sample and cells by locus of each row."""
    titles = [_locus_title(title) for title in table.header]
    rows: Grid = []
    for line, cells in table.rows():
        loci = {
            title: tuple(part.strip() for part in cell.split(",") if part.strip())
            for title, cell in zip(titles[1:], cells[1:], strict=False)
            if title
        }
        rows.append((line, cells[0], loci))
    return rows


def _locus_title(title: str) -> str:
    """The title without the channel that OSIRIS can add ("D3S1358-1")."""
    match = _CHANNEL.fullmatch(title)
    return match[1] if match and is_known_locus(match[1]) else title


def _holds_heights(grid: Grid) -> bool:
    cells = [part for _, _, loci in grid for parts in loci.values() for part in parts]
    numbers = [float(part) for part in cells if re.fullmatch(r"\d{1,6}(?:\.\d+)?", part)]
    return len(numbers) == len(cells) and max(numbers, default=0.0) >= _LEAST_HEIGHT
