"""Every kind of record that a unit keeps, and which of its fields name other records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache, partial

from reopen.errors import UnknownName
from reopen.records import (
    access,
    cases,
    custody,
    findings,
    laboratory,
    organisation,
    results,
    series,
    statements,
    stored,
    tasks,
)
from reopen.records._frozen import Frozen
from reopen.records.base import Record, Ref

_ROOMS = (
    cases, statements, custody, laboratory, results, organisation, access, findings, stored, series,
    tasks,
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
    fields = _naming(kind)
    return Named(
        cases=_names(kind, values.get, fields.cases, _A_CASE),
        items=_names(kind, values.get, fields.items, _AN_ITEM),
        people=_names(kind, values.get, fields.people, _A_PERSON),
    )


def cases_named(record: Record) -> tuple[str, ...]:
    """Cases that the record itself names."""
    return _names(record.KIND, partial(getattr, record), _naming(record.KIND).cases, _A_CASE)


def items_named(record: Record) -> tuple[str, ...]:
    """Exhibits, samples and standards that the record names or is."""
    return _names(record.KIND, partial(getattr, record), _naming(record.KIND).items, _AN_ITEM)


def people_named(record: Record) -> tuple[str, ...]:
    """People that the record names or is. 'one' and 'other' name people only in a `Relation`."""
    return _names(record.KIND, partial(getattr, record), _naming(record.KIND).people, _A_PERSON)


_A_CASE = ("case",)
_AN_ITEM = ("exhibit", "sample")
_A_PERSON = ("person",)


@cache
def _naming(kind: str) -> Named:
    """The fields of a kind that name something: text or references, not times of the same name."""
    types = {field.name: str(field.type) for field in fields(kind_of(kind))}
    people = [name for name in _PEOPLE if kind == "relation" or name not in ("one", "other")]

    def of(names: Iterable[str]) -> tuple[str, ...]:
        texts = (name for name in names if types.get(name, "").startswith(("str", "tuple[str")))
        refs = (name for name in ("subject", "records") if "Ref" in types.get(name, ""))
        return (*texts, *refs)

    return Named(cases=of(_CASE), items=of(_ITEMS), people=of(people))


def _names(
    kind: str, get: Callable[[str], object], fields: tuple[str, ...], kinds: tuple[str, ...]
) -> tuple[str, ...]:
    """Texts in these fields and the ids of references to these kinds, after the record's own id."""
    found = [str(get("id"))] if kind in kinds else []
    for field in fields:
        value = get(field)
        if isinstance(value, str):
            if value:
                found.append(value)
        elif isinstance(value, list | tuple):
            found += [id for each in value for id in _referred(each, kinds)]
        elif value is not None:
            found += _referred(value, kinds)
    return tuple(found)


def _referred(value: object, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """The id in a text, or in a reference to one of these kinds."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Ref):
        return (value.id,) if value.kind in kinds else ()
    if isinstance(value, Mapping):
        return (str(value["id"]),) if value.get("kind") in kinds else ()
    return ()
