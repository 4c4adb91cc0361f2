"""What commands on a unit did, as text for the terminal and as JSON.

Not here: what a unit holds (`unit_told`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reopen.faces.workbench.plain_values import not_weighed_plain
from reopen.faces.workbench.series_told import alert_of, series_list_text
from reopen.faces.workbench.series_views import SeriesRow
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.faces.workbench.unit_import import Came, Fate, Importing
from reopen.faces.workbench.unit_runs import prior_of
from reopen.faces.workbench.unit_told import links_plain, links_text, record_plain
from reopen.faces.workbench.unit_views import LinkRow
from reopen.records.results import FoundLink
from reopen.records.stored import StoredRun
from reopen.store.backup import BackedUp
from reopen.store.check import Verified
from reopen.store.doctor import Examined
from reopen.store.unit import Unit

if TYPE_CHECKING:  # these load the kernels' compiler, which few commands need
    from reopen.faces.workbench.unit_link import UnitLinking
    from reopen.faces.workbench.unit_redo import Redone

_SHOWN = 30


def as_json(plain: object) -> str:
    """What commands on a unit print with --json."""
    return json.dumps(plain, indent=2, ensure_ascii=False)


def unit_plain(unit: Unit) -> object:
    return {"unit": unit.name, "origin": unit.origin, "where": unit.where}


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
        return came.file, str(came.rows), "-", "-", "-", "-", "held already"
    if came.fate is Fate.REFUSED:
        told = f"{came.form}; not kept"
        return came.file, str(came.rows), "-", "-", "-", str(came.refused), told
    counts = came.counts
    numbers = (came.rows, counts.new, counts.unchanged, counts.amended, came.refused)
    return came.file, *map(str, numbers), came.form


def linked_text(done: UnitLinking, width: int = WIDTH) -> str:
    """What linking a unit found that earlier searches had not."""
    if done.run is None or done.linking is None:
        told = (
            f"Nothing new: all {done.known} profiles and families were compared with each other on "
            "these terms."
        )
        kept = " They are the unit's terms from now on." if done.run is not None else ""
        return paragraph(told + kept, width=width)
    anew, before = done.solved
    compared = (
        f"{len(done.new)} new profiles and families compared with {done.known} known ones and with "
        f"each other. Stains taken apart: {anew} now, {before} before."
    )
    if not done.new:
        compared = (
            "Nothing new to compare: what is known beside the DNA has changed, so that series were "
            "looked at again."
        )
    newly = f"Newly linked by {done.run.id}: {len(done.links)}."
    parts = [paragraph(each, width=width) for each in (compared, newly)]
    if done.links:
        rows = tuple(_new_row(link, done.run) for link in done.links)
        parts.append(links_text(rows, width))
    parts += [paragraph(alert_of(one), width=width) for one in done.series.findings]
    if done.series.series:
        rows_of_series = [SeriesRow(one, str(done.run.at)[:10]) for one in done.series.series]
        parts.append(f"Series, new or changed\n{series_list_text(rows_of_series, width)}")
    not_weighed = done.linking.not_weighed
    if not_weighed:
        shown = [str(item) for item in not_weighed[:_SHOWN]]
        more = len(not_weighed) - len(shown)
        shown += [f"and {more} more, in the JSON"] if more > 0 else []
        parts.append(f"Not weighed ({len(not_weighed)}):\n{bullets(shown, width)}")
    return "\n\n".join(parts)


def _new_row(link: FoundLink, run: StoredRun) -> LinkRow:
    return LinkRow(link, link.expected_chance, str(run.at)[:10], True, prior_of(run))


def linked_plain(done: UnitLinking) -> object:
    linking = done.linking
    return {
        "run": None if done.run is None else record_plain(done.run),
        "new": list(done.new),
        "known": done.known,
        "taken_apart": {"now": done.solved[0], "before": done.solved[1]},
        "links": [] if done.run is None else links_plain(
            _new_row(link, done.run) for link in done.links
        ),
        "series": [record_plain(one) for one in done.series.series],
        "alerts": [record_plain(one) for one in done.series.findings],
        "not_weighed": [] if linking is None else not_weighed_plain(linking.not_weighed),
    }  # fmt: skip


def redone_text(done: Redone, width: int = WIDTH) -> str:
    """Whether a search gives the same numbers again."""
    told = (
        f"{done.run.id}, made by {done.run.program}, was done again by {done.program}: "
        f"{done.links} links, {done.series} series, {done.numbers} numbers compared, largest "
        f"difference {done.largest:.1e} of a log10."
    )
    parts = [paragraph(told, width=width)]
    if done.same:
        return "\n\n".join([*parts, "Every number is the same."])
    if done.missing:
        listed = bullets([str(item) for item in done.missing[:_SHOWN]], width)
        parts.append(f"Could not be read again ({len(done.missing)}):\n{listed}")
    if done.differences:
        rows = [
            (each.link, each.number, _was(each.then), _was(each.now))
            for each in done.differences[:_SHOWN]
        ]
        parts.append(
            f"NOT THE SAME ({len(done.differences)} numbers):\n"
            + table(("Link", "Number", "Then", "Now"), rows, right="llrr", width=width)
        )
    return "\n\n".join(parts)


def _was(value: float | None) -> str:
    return "not there" if value is None else f"{value:.9g}"


def redone_plain(done: Redone) -> object:
    return {
        "run": done.run.id,
        "program_then": done.run.program,
        "program_now": done.program,
        "same": done.same,
        "links": done.links,
        "series": done.series,
        "numbers": done.numbers,
        "largest": done.largest,
        "differences": [
            {"link": e.link, "number": e.number, "then": e.then, "now": e.now}
            for e in done.differences
        ],
        "missing": not_weighed_plain(done.missing),
    }


def doctor_text(found: Sequence[Examined], width: int = WIDTH) -> str:
    """Each question about a unit, its answer, and the way on."""
    parts = []
    for each in found:
        told = f"{each.verdict.upper()}  {each.about}: {each.sentence}"
        parts.append(paragraph(told, indent="    ", first="", width=width))
        if each.way_on:
            parts.append(paragraph(each.way_on, indent="    ", width=width))
    return "\n".join(parts)


def doctor_plain(found: Sequence[Examined]) -> object:
    return [
        {
            "about": each.about,
            "verdict": each.verdict.value,
            "says": each.sentence,
            "way_on": each.way_on,
        }
        for each in found
    ]


def backup_text(done: BackedUp) -> str:
    """A backup, with what somebody can check it by."""
    return (
        f"{done.path}: {done.verified.size} entries and {done.verified.files} files, "
        f"{done.bytes:,} bytes.\nIts rows agree with its log. SHA-256 {done.sha256}"
    )


def backup_plain(done: BackedUp) -> object:
    return {
        "file": str(done.path),
        "bytes": done.bytes,
        "sha256": done.sha256,
        **verified_plain(done.verified),
    }


def restored_text(where: str, done: Verified) -> str:
    """A unit made from a backup."""
    return (
        f"{where} holds {done.size} entries and {done.files} files; its rows agree with its log. "
        "What was entered after the backup is not there: enter it again."
    )


def verified_plain(done: Verified) -> dict[str, object]:
    return {
        "entries": done.size,
        "root": done.root.hex(),
        "expunged": done.expunged,
        "files": done.files,
        "checkpoints": done.checkpoints,
    }
