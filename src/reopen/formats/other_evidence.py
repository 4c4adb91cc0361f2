"""Evidence beside the DNA, for the identification of victims: age, stature, teeth, place, clothes.

A table with a row for each pair that there is something to say of: `victim`, `missing`, `lr`, and
`what` it is (free text, not read). Several rows of a pair are multiplied.
"""

from __future__ import annotations

from math import isfinite
from pathlib import Path

from reopen.errors import UnreadableFile, Where
from reopen.formats._tables import read_bytes, sheet

_COLUMNS = ("victim", "missing", "lr")


def read_other_evidence(path: str | Path) -> dict[tuple[str, str], float]:
    """(victim, missing) -> likelihood ratio.

    Raises UnreadableFile for a table without these columns, and for a cell that is no such number.
    """
    found = sheet(str(path), read_bytes(path), lambda name: name.strip().lower())
    absent = [name for name in _COLUMNS if name not in found.columns]
    if absent:
        raise UnreadableFile(
            f"No column {absent[0]!r}; the columns are: {', '.join(found.columns)}.",
            rule=f"Evidence beside the DNA has the columns {', '.join(_COLUMNS)}.",
            way_on="Name the columns so. `lr` is how many times more probable the finding is if "
            "the victim is that missing person than if not.",
            where=found.where(),
        )
    ratios: dict[tuple[str, str], float] = {}
    for row in found.rows:
        victim, missing, text = (row[name].strip() for name in _COLUMNS)
        if not victim or not missing:
            raise UnreadableFile(
                "A row without a victim or a missing person.",
                rule="Every row names both.",
                way_on="Fill in the cell, or take the row out.",
                where=found.where(row.line, "missing" if victim else "victim"),
            )
        pair = (victim, missing)
        ratios[pair] = ratios.get(pair, 1.0) * _ratio(text, found.where(row.line, "lr"))
    return ratios


def _ratio(text: str, where: Where) -> float:
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1.0
    if not (isfinite(ratio) and ratio >= 0):
        raise UnreadableFile(
            f"{text!r} is no likelihood ratio.",
            rule="A likelihood ratio is a number from 0, with a decimal point.",
            way_on="Write 0 for a pair that is ruled out, 1 for evidence that says nothing.",
            where=where,
        )
    return ratio
