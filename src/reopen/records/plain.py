"""Records as plain values (text, numbers, lists, mappings) and back, by their field types.

Fields at their default are left out, so that a field added later changes no bytes already hashed.
Not here: canonical bytes (`ledger.canonical`), cells of tables (`formats`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

from reopen.errors import InvalidRecord, Where
from reopen.records.base import Record, Ref
from reopen.records.kinds import kind_of
from reopen.records.times import Interval

Plain = str | int | float | bool | None | Sequence["Plain"] | Mapping[str, "Plain"]


@dataclass(frozen=True, slots=True)
class FieldType:
    """A record's field.

    holds     str, int, float, bool, Interval, Ref, or an enumeration
    many      it is a tuple of those
    mapping   it is a mapping of text to text
    required  it has no default
    optional  it may be None
    default   where it is not required
    """

    name: str
    holds: type
    many: bool = False
    mapping: bool = False
    required: bool = False
    optional: bool = False
    default: object = None


def field_types(kind: type[Record]) -> tuple[FieldType, ...]:
    """The fields that say something, in order: all but `where`."""
    return _field_types(kind.KIND)


@cache
def _field_types(kind: str) -> tuple[FieldType, ...]:
    of = kind_of(kind)
    hints = get_type_hints(of)
    return tuple(_type_of(f, hints[f.name]) for f in fields(of) if f.name != "where")


def _type_of(field: Field[Any], hint: Any) -> FieldType:
    default = field.default
    if field.default_factory is not MISSING:
        default = field.default_factory()
    required = default is MISSING
    optional = get_origin(hint) is UnionType
    if optional:
        hint = next(part for part in get_args(hint) if part is not NoneType)
    many, mapping = get_origin(hint) is tuple, get_origin(hint) not in (None, tuple)
    holds = get_args(hint)[0] if many else str if mapping else hint
    return FieldType(
        field.name, holds, many, mapping, required, optional, None if required else default
    )


def to_plain(record: Record) -> dict[str, Plain]:
    """A record's fields as plain values, without those at their default."""
    plain: dict[str, Plain] = {}
    for field in field_types(type(record)):
        value = getattr(record, field.name)
        if not field.required and value == field.default:
            continue
        plain[field.name] = _plain(value)
    return plain


_PLAIN_TYPES = frozenset((str, int, float, bool, NoneType))


def _plain(value: Any) -> Plain:
    if type(value) in _PLAIN_TYPES:  # most values, and quickly: a unit has millions
        return cast("Plain", value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Interval):
        return str(value)
    if isinstance(value, Ref):
        return {"kind": value.kind, "id": value.id}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    assert value is None or isinstance(value, str | int | float | bool)
    return value


def from_plain(kind: str, values: Mapping[str, Plain], where: Where | None = None) -> Record:
    """The record of a kind with these values. Raises InvalidRecord, UnknownName."""
    of = kind_of(kind)
    known, required = _known(kind)
    for name in values:
        if name not in known:
            raise InvalidRecord(
                f"{name!r} is not a field of a {kind}.",
                rule=f"Its fields are {', '.join(known)}.",
                way_on="A newer version of the program may know it; else correct the name.",
                where=where,
            )
    if not required <= values.keys():
        missing = [name for name in known if name in required and name not in values]
        raise InvalidRecord(
            f"A {kind} without {', '.join(missing)}.",
            rule="These fields have to be given.",
            way_on="Add them.",
            where=where,
        )
    given = {
        name: value if known[name].holds is type(value) else _typed(known[name], value, where)
        for name, value in values.items()
    }
    return of(**given, where=where)  # type: ignore[arg-type]


@cache
def _known(kind: str) -> tuple[Mapping[str, FieldType], frozenset[str]]:
    """A kind's fields by name, and the names of those that have to be given."""
    every = field_types(kind_of(kind))
    return {f.name: f for f in every}, frozenset(f.name for f in every if f.required)


@cache
def _members(of: type[StrEnum]) -> Mapping[str, StrEnum]:
    return {each.value: each for each in of}


def _typed(field: FieldType, value: Plain, where: Where | None) -> object:
    if value is None:
        return None
    if field.mapping and isinstance(value, Mapping):
        return {str(key): str(each) for key, each in value.items()}
    if field.many and isinstance(value, Sequence) and not isinstance(value, str):
        return tuple(_one(field, each, where) for each in value)
    return _one(field, value, where)


def _one(field: FieldType, value: Plain, where: Where | None) -> object:
    holds = field.holds
    if holds is Interval and isinstance(value, str):
        return Interval.parse(value)
    if holds is Ref and isinstance(value, Mapping):
        return Ref(str(value["kind"]), str(value["id"]))
    if issubclass(holds, StrEnum) and isinstance(value, str):
        if value in _members(holds):
            return _members(holds)[value]
        raise InvalidRecord(
            f"{value!r} as {field.name}.",
            rule=f"{field.name} is one of: {', '.join(holds)}.",
            way_on="Choose one of them.",
            where=where,
        )
    if holds is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is holds:
        return value
    raise InvalidRecord(
        f"{value!r} as {field.name}.",
        rule=f"{field.name} holds {holds.__name__}.",
        way_on="Correct it.",
        where=where,
    )
