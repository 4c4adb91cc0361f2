"""What custody commands say: words for a terminal, plain values for JSON.

Not here: what is computed (`custody`), the picture (`report.custody_timeline`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from reopen.faces.report.custody_timeline import Happening, Stretch
from reopen.faces.workbench.custody import ItemCustody, Recorded
from reopen.faces.workbench.custody_devices import Submitted
from reopen.faces.workbench.custody_queue import Queued
from reopen.records.base import Record
from reopen.records.plain import Plain, to_plain


def recorded_text(recorded: Sequence[Recorded]) -> str:
    return "\n".join(line for each in recorded for line in _recorded(each))


def _recorded(each: Recorded) -> Iterator[str]:
    event = each.event
    yield f"{event.id}: {event.event} {event.item}, entry {each.entry} of the log."
    if each.waits_for:
        yield f"  To be confirmed by the other person: reopen custody confirm UNIT '{event.id}'"
    for doubt in each.doubts:
        yield f"  Does not follow from the records: {doubt}"


def recorded_plain(recorded: Sequence[Recorded]) -> Plain:
    return [
        {
            "event": record_plain(each.event),
            "entry": each.entry,
            "waits_for": each.waits_for,
            "doubts": list(each.doubts),
        }
        for each in recorded
    ]


def scanned_plain(recorded: Sequence[Recorded], refused: Sequence[tuple[str, str]]) -> Plain:
    """refused: each code with what was said of it."""
    return {
        "recorded": recorded_plain(recorded),
        "refused": [{"code": code, "why": why} for code, why in refused],
    }


def queued_plain(queued: Queued) -> Plain:
    signers = [line.name for line in queued.note.signatures]
    return {
        "event": record_plain(queued.event),
        "device": queued.device,
        "count": queued.count,
        "sha256": queued.digest,
        "signed_by": list(signers),
    }


def submitted_text(submitted: Submitted) -> str:
    lines = [f"{len(submitted.taken)} events taken, {len(submitted.refused)} lines refused."]
    lines += [f"  {event.id}: {event.event} {event.item}" for event in submitted.taken]
    for refused in submitted.refused:
        lines.append(f"Refused. {refused}")
        lines += [f"  {refused.way_on}"] if refused.way_on else []
    for device, counts in submitted.lost.items():
        lost = ", ".join(map(str, counts))
        lines.append(f"Declared lost, and shown as missing from now on: {lost} of {device}.")
    for item in submitted.unknown:
        lines.append(f"The unit does not hold {item} yet: import it, so that it has its case.")
    return "\n".join(lines)


def submitted_plain(submitted: Submitted) -> Plain:
    return {
        "taken": [record_plain(event) for event in submitted.taken],
        "refused": [
            {"line": each.line, "name": each.name, "why": each.why, "way_on": each.way_on or None}
            for each in submitted.refused
        ],
        "lost": {device: list(counts) for device, counts in submitted.lost.items()},
        "unknown_items": list(submitted.unknown),
    }


def timeline_text(custody: ItemCustody) -> str:
    """The picture's rows as lines; gaps stand out by their words."""
    lines = [custody.timeline.title]
    for row in custody.timeline.rows:
        lines += list(_event(row) if isinstance(row, Happening) else _gap(row))
    return "\n".join([*lines, "" if custody.chain.steps else "No events are recorded."]).rstrip()


def _event(row: Happening) -> Iterator[str]:
    yield f"{row.when:<28}  {row.told}"
    yield from (f"{'':<28}    {detail}" for detail in (*row.details, row.doubt) if detail)


def _gap(row: Stretch) -> Iterator[str]:
    mark = "· · ·" if row.gap == "declared" else "/////"
    yield f"{mark:<28}  {row.gap.upper()} GAP: {row.told}"


def timeline_plain(custody: ItemCustody) -> Plain:
    steps = [
        {
            "event": record_plain(step.event),
            "holder": step.holder,
            "unexplained_gap": step.broken.why if step.broken and not step.stated else None,
            "declared_gap": step.stated.id if step.stated else None,
            "cannot_tell": step.doubt or None,
        }
        for step in custody.chain.steps
    ]
    gaps = [record_plain(gap) for gap in custody.chain.declared]
    return {"item": custody.item, "events": steps, "declared_gaps": gaps}


def record_plain(record: Record) -> Mapping[str, Plain]:
    return to_plain(record)


def as_json(value: Plain) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
