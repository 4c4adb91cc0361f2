"""GeneMarker: the Allele Report of GeneMarker HID and the STR Table of GeneMarker HTS.

The Allele Report is a long table (`long`) below some lines about the project. The STR Table lists
sequences of one sample with their reads; alleles the software or the analyst called are taken,
by their repeat number, and reads stand for heights.
Not for: sequences as such.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from pathlib import PurePath

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile, Where
from reopen.formats.assemble import assemble
from reopen.formats.columns import plain
from reopen.formats.imported import Imported
from reopen.formats.long import is_long, read_long
from reopen.formats.samples import Gathering, Options, Role, Typing
from reopen.formats.text import Table, decode, read_table, sha256
from reopen.records import Locus, Purpose

REPORT = "GeneMarker HID, allele report"
STR_TABLE = "GeneMarker HTS, STR table"

_LAST_PREAMBLE_LINE = 40
_NEEDED = ("marker", "allelename", "swcall", "alleletotalcount")


def recognises(head: bytes) -> bool:
    """Whether a file that starts so is an Allele Report or an STR Table."""
    try:
        text, _ = decode("", head)
    except ReopenError:
        return False
    return _is_str_table(text) or _header_line(text) > 1


def read(
    path_name: str,
    data: bytes,
    *,
    role: Role = "auto",
    kit: str = "",
    purpose: Purpose = Purpose.DATABASE,
) -> Imported:
    """The samples of an Allele Report, or the one of an STR Table. kit: where none is named.

    Raises UnreadableFile where the table below the first lines is missing or not whole.
    """
    file = PurePath(path_name).name
    options = Options(role, kit, purpose=purpose)
    text, _ = decode(file, data)
    if _is_str_table(text):
        return _read_str_table(file, data, text, options)
    header = _header_line(text)
    if not header:
        raise UnreadableFile(
            "No line has the columns Marker and Allele 1.",
            rule="A GeneMarker report has its table below the lines about the project.",
            way_on="Export the Allele Report with a column for each allele.",
            where=Where(file),
        )
    return read_long(_below(file, data, text, header), options, REPORT)


def _below(file: str, data: bytes, text: str, header: int) -> Table:
    """The table from its header line on, with the line numbers and the hash of the file."""
    lines = text.splitlines(keepends=True)
    kept = "\n" * (header - 1) + "".join(lines[header - 1 :])
    return replace(read_table(file, kept.encode()), sha256=sha256(data))


def _header_line(text: str) -> int:
    """1-based line of a long table's header among the first lines; 0 where there is none."""
    for number, line in enumerate(text.splitlines()[:_LAST_PREAMBLE_LINE], start=1):
        try:
            if line.strip() and is_long(read_table("", line.encode())):
                return number
        except ReopenError:
            continue
    return 0


def _is_str_table(text: str) -> bool:
    return re.match(r"\s*#\s*Report:\s*STR Table", text, re.IGNORECASE) is not None


def _read_str_table(file: str, data: bytes, text: str, options: Options) -> Imported:
    lines = text.splitlines(keepends=True)
    header = next((n for n, line in enumerate(lines) if not line.startswith("#")), len(lines))
    preamble = "".join(lines[:header])
    match = re.search(r"^#\s*Sample:[ \t]*(\S.*?)\s*$", preamble, re.MULTILINE)
    table = _below(file, data, text, header + 1)
    columns = {plain(title): position for position, title in enumerate(table.header)}
    missing = [name for name in _NEEDED if name not in columns]
    if missing or match is None:
        raise UnreadableFile(
            f"The STR table has no {', '.join(missing) or 'line naming the sample (#Sample:)'}.",
            rule="It names its sample, and has columns Marker, Allele Name, SW Call and Allele "
            "Total Count.",
            way_on="Export it again with all columns.",
            where=Where(file, header + 1),
        )
    gathering = Gathering(file, options)
    gathering.notices.extend(table.notices)
    _gather_calls(gathering, table, columns, match[1])
    return assemble(gathering, table.sha256, STR_TABLE)


def _gather_calls(
    gathering: Gathering, table: Table, columns: dict[str, int], sample_name: str
) -> None:
    """One typing per locus from the rows that were called. Rows that were not are told."""
    sample = gathering.sample(sample_name, "", table.header_line)
    reads: dict[Locus, dict[str, str]] = {}
    first_line: dict[Locus, int] = {}
    not_called: Counter[str] = Counter()
    for line, cells in table.rows():
        row = {name: cells[p] if p < len(cells) else "" for name, p in columns.items()}
        locus = gathering.locus(row["marker"], line, sample_name)
        if locus is None:
            continue
        at_locus = reads.setdefault(locus, {})
        first_line.setdefault(locus, line)
        # GeneMarker HTS names amelogenin's alleles chrX and chrY and calls neither of them.
        label = re.sub(r"^chr(?=[XY]$)", "", row["allelename"])
        call = row.get("usercall") or row["swcall"] or ("Called" if locus == "AMEL" else "")
        if call.lower() != "called":
            not_called[call or "no call"] += 1
        elif at_locus.setdefault(label, row["alleletotalcount"]) != row["alleletotalcount"]:
            error = InvalidRecord(
                f"Allele {label} has two total counts.",
                rule="Sequences of one repeat number share its total count.",
                way_on="Export the table again.",
            )
            gathering.refuse(f"{sample_name}, {locus}", error, line)
    for locus, found in reads.items():
        typing = Typing(tuple(found), tuple(found.values()))
        title = table.header[columns["allelename"]]
        gathering.add(sample, locus, first_line[locus], typing, (title,) * len(found))
    if not_called:
        told = ", ".join(f"{count} x {call}" for call, count in not_called.items())
        gathering.notices.append(f"Sequences that were not called as alleles, not taken: {told}.")
