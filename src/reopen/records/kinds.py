"""Every kind of record that a unit keeps, and which of its fields name other records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

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


def cases_named(record: Record) -> tuple[str, ...]:
    """Cases that the record itself names."""
    if isinstance(record, cases.Case):
        return (record.id,)
    return tuple(_named(record, _CASE, "case"))


def items_named(record: Record) -> tuple[str, ...]:
    """Exhibits, samples and standards that the record names or is."""
    own = (record.id,) if isinstance(record, cases.Exhibit | cases.Sample) else ()
    return (*own, *_named(record, _ITEMS, "exhibit", "sample"))


def people_named(record: Record) -> tuple[str, ...]:
    """People that the record names or is. 'one' and 'other' name people only in a `Relation`."""
    if isinstance(record, cases.Person):
        return (record.id,)
    fields: tuple[str, ...] = _PEOPLE
    if not isinstance(record, cases.Relation):
        fields = tuple(name for name in _PEOPLE if name not in ("one", "other"))
    return tuple(_named(record, fields, "person"))


def _named(record: Record, fields: tuple[str, ...], *kinds: str) -> Iterator[str]:
    for name in fields:
        value = getattr(record, name, None)
        if isinstance(value, str) and value:
            yield value
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, str))
    for value in (getattr(record, "subject", None), *getattr(record, "records", ())):
        if isinstance(value, Ref) and value.kind in kinds:
            yield value.id
