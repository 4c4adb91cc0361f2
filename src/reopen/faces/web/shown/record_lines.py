"""A record by its name, with the page that shows it."""

from __future__ import annotations

from dataclasses import dataclass

from reopen.faces.web.names_in_paths import name_in_path
from reopen.faces.web.words import kind
from reopen.records.base import Ref

_PLACES = {
    "case": "cases", "person": "people", "exhibit": "evidence", "sample": "evidence",
    "consumable": "evidence", "profile": "stains", "found_link": "links", "finding": "audit",
    "family": "families", "found_series": "series", "task": "tasks",
}  # fmt: skip
"""Where records of a kind have a page."""


@dataclass(frozen=True, slots=True)
class RecordLine:
    """A record that another is about, and where it is shown."""

    kind: str
    id: str
    path: str


def record_line(ref: Ref) -> RecordLine:
    """A record without a page of its own is shown as the log has it."""
    place = _PLACES.get(ref.kind)
    path = f"/{place}/{name_in_path(ref.id)}" if place else _in_log(ref)
    return RecordLine(kind(ref.kind), ref.id, path)


def _in_log(ref: Ref) -> str:
    return f"/ledger/record?kind={name_in_path(ref.kind)}&id={name_in_path(ref.id)}"
