"""Every kind of record that a unit keeps, and which of its fields name other records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cache

from reopen.errors import UnknownName
from reopen.records import (
    access,
    cases,
    custody,
    findings,
    laboratory,
    organisation,
    results,
    statements,
    stored,
)
from reopen.records._frozen import Frozen
from reopen.records.base import Record, Ref

_ROOMS = (
    cases, statements, custody, laboratory, results, organisation, access, findings, stored,
)  # fmt: skip

KINDS: Mapping[str, type[Record]] = Frozen(
    (kind.KIND, kind)
    for room in _ROOMS
    for kind in vars(room).values()
    if isinstance(kind, type) and issubclass(kind, Record) and kind is not Record
)
"""Kind -> type, for every kind."""

_CASE = ("case",)
_ITEMS = (
    "item", "items", "exhibit", "parent", "sample", "target", "expected", "seen", "second_look",
)  # fmt: skip
_PEOPLE = (
    "person", "one", "other", "giver", "receiver", "confirmed", "by", "taken_by", "collected_by",
    "examiner", "witness", "asked_for_by", "ordered_by", "approved_by", "declared_by", "analyst",
    "edited_by", "second", "author", "compared_with", "decline_second",
)  # fmt: skip


def kind_of(name: str) -> type[Record]:
    """The type of a kind by its name. Raises UnknownName."""
    if name not in KINDS:
        raise UnknownName(
            f"{name!r} is not a kind of record.",
            rule="Records have one of these kinds: " + ", ".join(sorted(KINDS)) + ".",
            way_on="Choose one of them.",
        )
    return KINDS[name]


@dataclass(frozen=True, slots=True)
class Named:
    """What a record names or is: cases, items (exhibits, samples, standards) and people."""

    cases: tuple[str, ...]
    items: tuple[str, ...]
    people: tuple[str, ...]


def named(kind: str, values: Mapping[str, object]) -> Named:
    """What a record names, from its fields as values or as plain values."""
    naming = _naming(kind)
    own = str(values["id"])
    return Named(
        cases=_names(values, naming.cases, "case", own=own if kind == "case" else None),
        items=_names(
            values, naming.items, "exhibit", "sample",
            own=own if kind in ("exhibit", "sample") else None,
        ),
        people=_names(values, naming.people, "person", own=own if kind == "person" else None),
    )  # fmt: skip


def cases_named(record: Record) -> tuple[str, ...]:
    """Cases that the record itself names."""
    return named(record.KIND, _values(record)).cases


def items_named(record: Record) -> tuple[str, ...]:
    """Exhibits, samples and standards that the record names or is."""
    return named(record.KIND, _values(record)).items


def people_named(record: Record) -> tuple[str, ...]:
    """People that the record names or is. 'one' and 'other' name people only in a `Relation`."""
    return named(record.KIND, _values(record)).people


@cache
def _naming(kind: str) -> Named:
    """The fields of a kind that name something."""
    has = {field.name for field in fields(kind_of(kind))}
    people = [name for name in _PEOPLE if kind == "relation" or name not in ("one", "other")]
    return Named(
        cases=tuple(name for name in _CASE if name in has),
        items=tuple(name for name in _ITEMS if name in has),
        people=tuple(name for name in people if name in has),
    )


def _values(record: Record) -> Mapping[str, object]:
    naming = _naming(record.KIND)
    asked = ("id", *naming.cases, *naming.items, *naming.people, "subject", "records")
    return {name: getattr(record, name, None) for name in asked}


def _names(
    values: Mapping[str, object], fields: tuple[str, ...], *kinds: str, own: str | None
) -> tuple[str, ...]:
    found = [] if own is None else [own]
    for name in fields:
        value = values.get(name)
        if isinstance(value, str):
            found += [value] if value else []
        elif isinstance(value, Sequence):
            found += [each for each in value if isinstance(each, str)]
    refs = values.get("records")
    for ref in (values.get("subject"), *(refs if isinstance(refs, Sequence) else ())):
        kind, id = _ref(ref)
        if kind in kinds:
            found.append(id)
    return tuple(found)


def _ref(value: object) -> tuple[str, str]:
    if isinstance(value, Ref):
        return value.kind, value.id
    if isinstance(value, Mapping):
        return str(value["kind"]), str(value["id"])
    return "", ""
