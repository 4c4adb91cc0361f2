"""What commands on a unit did, as text for the terminal and as JSON.

Not here: what a unit holds (`unit_views`).
"""

from __future__ import annotations

import json

from reopen.faces.workbench.as_plain import not_weighed_plain
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.faces.workbench.unit_import import Came, Fate, Importing
from reopen.store.unit import Unit

_SHOWN = 30


def to_unit_json(result: Importing | Unit) -> str:
    """A result as JSON, every refusal in full."""
    plain: object = (
        {"unit": result.name, "origin": result.origin, "where": result.where}
        if isinstance(result, Unit)
        else importing_plain(result)
    )
    return json.dumps(plain, indent=2, ensure_ascii=False)


def unit_text(unit: Unit) -> str:
    """A unit that was just made."""
    return (
        f"{unit.name} begins in {unit.where}.\n"
        f"Its log is called {unit.origin} in checkpoints and receipts."
    )


def importing_plain(done: Importing) -> object:
    """An import as what JSON holds."""
    return {
        "kept": done.kept,
        "files": [_came_plain(came) for came in done.files],
        "not_weighed": not_weighed_plain(done.not_taken),
    }


def _came_plain(came: Came) -> object:
    return {
        "file": came.file,
        "form": came.form,
        "sha256": came.sha256,
        "fate": came.fate.value,
        "rows": came.rows,
        "new": came.counts.new,
        "unchanged": came.counts.unchanged,
        "amended": came.counts.amended,
        "refused": came.refused,
        "notices": list(came.notices),
    }


def importing_text(done: Importing, width: int = WIDTH) -> str:
    """An import: each file, then what was understood, then what was refused with its place."""
    header = ("File", "Rows", "New", "Same", "Amended", "Refused", "Read as")
    parts = []
    if done.files:
        parts.append(table(header, [_row(came) for came in done.files], right="lrrrrrl"))
    notices = [f"{came.file}: {notice}" for came in done.files for notice in came.notices]
    if notices:
        parts.append("Understood so:\n" + bullets(notices, width))
    if done.not_taken:
        shown = [str(item) for item in done.not_taken[:_SHOWN]]
        more = len(done.not_taken) - len(shown)
        told = bullets(shown, width)
        if more > 0:
            told += "\n" + paragraph(
                f"and {more} more: all are in the JSON, and in the list that the unit keeps.",
                width=width,
            )
        parts.append(f"Not taken ({len(done.not_taken)}):\n{told}")
    return "\n\n".join(parts)


def _row(came: Came) -> tuple[str, ...]:
    if came.fate is Fate.HELD:
        return came.file, str(came.rows), "-", "-", "-", "-", f"{came.form}; held already"
    if came.fate is Fate.REFUSED:
        told = f"{came.form}; not kept"
        return came.file, str(came.rows), "-", "-", "-", str(came.refused), told
    counts = came.counts
    numbers = (came.rows, counts.new, counts.unchanged, counts.amended, came.refused)
    return came.file, *map(str, numbers), came.form
