"""Kit tables of a laboratory's own: which alleles a kit's markers have, and at what size.

Two forms are read. Ours has the columns kit, locus, dye, allele, size_bp, repeat_bp, and may
have dye_name, kind and source. EuroForMix's has kit, marker, allele, size and no more: dyes are
then unknown and repeat lengths are taken from the sizes.

Not here: the kits that come with the program (`library`).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import get_args

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile
from reopen.formats._tables import Row, Sheet, read_bytes, sheet
from reopen.records import (
    Allele,
    Kit,
    Locus,
    Marker,
    allele,
    allele_order,
    canonical_locus,
    repeat_number,
)
from reopen.records.genetics import MarkerKind

_COLUMNS = {"marker": "locus", "size": "size_bp", "repeat": "repeat_bp", "color": "dye"}
_NEEDED = ("kit", "locus", "allele", "size_bp")
_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d+)?")


def read_kits(path: str | Path) -> tuple[Kit, ...]:
    """The kits of a kit table, in the order of the file.

    A kit is used as a whole, so one unusable row refuses the file. Raises UnreadableFile, naming
    line and column.
    """
    table = sheet(Path(path).name, read_bytes(path), _respelt)
    missing = [column for column in _NEEDED if column not in table.columns]
    if missing:
        raise UnreadableFile(
            f"The header is: {', '.join(table.columns)}.",
            rule=f"A kit table needs the columns {', '.join(_NEEDED)}; no {', '.join(missing)}.",
            way_on="Rename the columns, or add those that are missing.",
            where=table.where(),
        )
    by_kit: dict[str, list[Row]] = {}
    for row in table.rows:
        by_kit.setdefault(_text(table, row, "kit"), []).append(row)
    return tuple(_kit(table, name, rows) for name, rows in by_kit.items())


def _respelt(column: str) -> str:
    """A column's name in lower case and in our words."""
    name = column.lower().replace(" ", "_")
    return _COLUMNS.get(name, name)


def _kit(table: Sheet, name: str, rows: list[Row]) -> Kit:
    by_locus: dict[Locus, list[Row]] = {}
    for row in rows:
        by_locus.setdefault(_locus(table, row), []).append(row)
    markers = tuple(_marker(table, locus, at_locus) for locus, at_locus in by_locus.items())
    sources = dict.fromkeys(row["source"] for row in rows if row["source"])
    return Kit(name=name, markers=markers, source="; ".join(sources) or table.file)


def _marker(table: Sheet, locus: Locus, rows: list[Row]) -> Marker:
    first = rows[0]
    for column in ("dye", "dye_name", "repeat_bp", "kind"):
        other = next((row for row in rows if row[column] != first[column]), None)
        if other is not None:
            raise _refusal(
                table,
                other,
                column,
                f"{locus} has {first[column]!r} first and {other[column]!r} here",
                "All rows of a marker agree on its dye, kind and repeat length",
            )
    kind = _kind(table, first, locus)
    sizes: dict[Allele, float] = {}
    for row in rows:
        label = Allele(row["allele"]) if kind == "quality" else _allele(table, row)
        if label in sizes:
            raise _refusal(
                table,
                row,
                "allele",
                f"Allele {label} of {locus} is listed twice",
                "Each allele has one size",
            )
        sizes[label] = _size(table, row)
    return Marker(
        locus=locus,
        dye=first["dye"],
        sizes_bp=sizes,
        repeat_bp=_repeat(table, first, kind, sizes),
        kind=kind,
        dye_name=first["dye_name"],
    )


def _kind(table: Sheet, row: Row, locus: Locus) -> MarkerKind:
    if not row["kind"]:
        return _kind_by_name(locus)
    for kind in get_args(MarkerKind):
        if row["kind"].lower() == kind.lower():
            return kind  # type: ignore[no-any-return]
    raise _refusal(
        table,
        row,
        "kind",
        f"{row['kind']!r} is not a kind of marker",
        f"Kinds are {', '.join(get_args(MarkerKind))}",
    )


def _kind_by_name(locus: Locus) -> MarkerKind:
    """EuroForMix's tables give no kind, but the names of loci do."""
    if locus in ("AMEL", "Yindel"):
        return "sex"
    if re.fullmatch(r"QS\d|IQC[LS]", locus):
        return "quality"
    if re.match(r"DY[SF]\d|Y-GATA", locus):
        return "Y"
    return "X" if re.match(r"DXS\d", locus) else "autosomal"


def _repeat(table: Sheet, row: Row, kind: MarkerKind, sizes: dict[Allele, float]) -> int:
    if row["repeat_bp"]:
        if row["repeat_bp"].isdecimal() and 0 < int(row["repeat_bp"]) <= 10:
            return int(row["repeat_bp"])
        raise _refusal(
            table,
            row,
            "repeat_bp",
            f"Repeat length {row['repeat_bp']!r}",
            "A repeat motif is 1 to 10 base pairs long",
        )
    return 0 if kind in ("sex", "quality") else _repeat_from_sizes(sizes)


def _repeat_from_sizes(sizes: dict[Allele, float]) -> int:
    """The commonest step between whole alleles that are one repeat apart; 4 where there is none."""
    whole = {
        int(number): size
        for label, size in sizes.items()
        if (number := repeat_number(label)) is not None and number == int(number)
    }
    steps = Counter(round(whole[b] - whole[a]) for a, b in pairwise(sorted(whole)) if b == a + 1)
    likely = [step for step, _ in steps.most_common() if 2 <= step <= 6]
    return likely[0] if likely else 4


def _locus(table: Sheet, row: Row) -> Locus:
    try:
        return canonical_locus(_text(table, row, "locus"))
    except InvalidRecord as error:
        raise UnreadableFile(
            error.seen, rule=error.rule, way_on=error.way_on, where=table.where(row.line, "locus")
        ) from error


def _allele(table: Sheet, row: Row) -> Allele:
    try:
        return allele(row["allele"])
    except InvalidRecord as error:
        raise UnreadableFile(
            error.seen, rule=error.rule, way_on=error.way_on, where=table.where(row.line, "allele")
        ) from error


def _size(table: Sheet, row: Row) -> float:
    text = row["size_bp"]
    size = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else 0.0
    if size <= 0:
        raise _refusal(
            table,
            row,
            "size_bp",
            f"Size {text!r}",
            "A size is a number of base pairs above zero, below 10000",
        )
    return size


def _text(table: Sheet, row: Row, column: str) -> str:
    if not row[column]:
        raise _refusal(table, row, column, "The cell is empty", "Every row names its kit and locus")
    return row[column]


def _refusal(table: Sheet, row: Row, column: str, seen: str, rule: str) -> ReopenError:
    return UnreadableFile(
        f"{seen}.",
        rule=f"{rule}.",
        way_on="Correct the kit table.",
        where=table.where(row.line, column),
    )


def write_kits(kits: Iterable[Kit]) -> str:
    """Kits as a table of our own form, which `read_kits` reads back."""
    lines = ["kit,locus,dye,dye_name,allele,size_bp,repeat_bp,kind,source"]
    for kit in kits:
        for marker in kit.markers:
            for label in sorted(marker.sizes_bp, key=allele_order):
                cells = [
                    kit.name,
                    marker.locus,
                    marker.dye,
                    marker.dye_name,
                    label,
                    f"{marker.sizes_bp[label]:.10g}",
                    str(marker.repeat_bp or ""),
                    marker.kind,
                    kit.source,
                ]
                lines.append(",".join(_quoted(cell) for cell in cells))
    return "\n".join(lines) + "\n"


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search(r'[",\r\n;\t]', cell) else cell
