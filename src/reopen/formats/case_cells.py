"""One cell of a table of records: the text in it and the value of a record's field, both ways.

An empty cell is "not recorded", and `(none)` a value that is empty on purpose. Several values in a
cell are parted by semicolons, and a mapping is written `key=value; key=value`; `\\;`, `\\=` and
`\\\\` stand for the marks themselves.
Not here: which column is which field (`case_columns`), alleles and heights (`cells`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from math import isfinite

from reopen.errors import InvalidRecord
from reopen.records import Frozen
from reopen.records.base import Ref
from reopen.records.kinds import KINDS
from reopen.records.plain import FieldType
from reopen.records.times import Interval

NOTHING = "(none)"
"""The cell of a field that is left empty on purpose, where an empty cell would mean otherwise."""

Reader = Callable[[str], object]

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_WHOLE = re.compile(r"[+-]?\d+")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_CALENDAR = re.compile(r"\d{1,2}([./-])\d{1,2}\1(?:\d{2}|\d{4})(?:\D.*)?")
_YES, _NO = frozenset({"yes", "true", "y"}), frozenset({"no", "false", "n"})
_PARTED = re.compile(r"((?:\\.|[^\\;])*)(?:;|$)", re.S)
_PAIR = re.compile(r"((?:\\.|[^\\=])*)=(.*)", re.S)


def reader_of(field: FieldType) -> Reader:
    """What turns the text of a cell, not empty, into the field's value. It raises InvalidRecord."""
    one = _ONE.get(field.holds) or _one_of(field)
    read: Reader = _mapping if field.mapping else one
    if field.many:
        read = lambda text: tuple(one(part) for part in _parts(text))  # noqa: E731
    may_be_nothing = field.optional or field.many or field.mapping or field.holds is str
    return lambda text: _nothing(field) if may_be_nothing and text == NOTHING else read(text)


def text_of(field: FieldType, value: object) -> str:
    """The cell that reads as this value. Raises InvalidRecord where no cell does."""
    if not field.required and value == field.default:
        return ""
    if isinstance(value, Mapping):
        text = "; ".join(f"{_escaped(k)}={_escaped(v)}" for k, v in value.items())
    elif isinstance(value, tuple):
        text = "; ".join(_escaped(_written(each)) for each in value)
    else:
        text = _written(value)
    text = text or NOTHING
    if text != text.strip() or reader_of(field)(text) != value:
        raise InvalidRecord(
            f"{value!r} as {field.name}.",
            rule="A cell keeps no blanks around its text and no empty text within a list, and "
            f"{NOTHING} in it means that there is none.",
            way_on="Take these out, or write the record as JSON.",
        )
    return text


def _nothing(field: FieldType) -> object:
    if field.mapping:
        return Frozen[str, str]()
    return () if field.many else None if field.optional else ""


def _written(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return repr(value)
    return str(value)


def _escaped(text: str) -> str:
    return re.sub(r"([\\;=])", r"\\\1", text)


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.strip(), flags=re.S)


def _raw_parts(text: str) -> tuple[str, ...]:
    return tuple(found[1] for found in _PARTED.finditer(text) if found[1].strip())


def _parts(text: str) -> tuple[str, ...]:
    return tuple(_plain(part) for part in _raw_parts(text))


def _mapping(text: str) -> Frozen[str, str]:
    pairs: dict[str, str] = {}
    for part in _raw_parts(text):
        pair = _PAIR.fullmatch(part)
        if pair is None:
            raise InvalidRecord(
                f"{part.strip()!r} is no pair.",
                rule="The cell holds pairs: key=value; key=value.",
                way_on="Write it so; \\= stands for a mark that belongs to the text.",
            )
        key = _plain(pair[1])
        if key in pairs:
            raise InvalidRecord(
                f"{key!r} stands twice in one cell.",
                rule="Each key has one value.",
                way_on="Keep one of the two.",
            )
        pairs[key] = _plain(pair[2])
    return Frozen(pairs)


def _text(text: str) -> str:
    return text


def _float(text: str) -> float:
    if _NUMBER.fullmatch(text) and isfinite(number := float(text)):
        return number
    if _COMMA.fullmatch(text):
        raise InvalidRecord(
            f"{text!r} may be a decimal comma or a thousands mark.",
            rule="Numbers are written with a point, as in 0.5, and without other marks.",
            way_on="Write the column with points.",
        )
    raise InvalidRecord(
        f"{text!r} is not a number.",
        rule="Numbers are written with a point, as in 0.5; an empty cell is not recorded.",
        way_on="Correct the cell; leave it empty where nothing was recorded.",
    )


def _int(text: str) -> int:
    if _WHOLE.fullmatch(text):
        return int(text)
    raise InvalidRecord(
        f"{text!r} is not a whole number.",
        rule="The column holds counts and serial numbers.",
        way_on="Correct the cell; leave it empty where nothing was recorded.",
    )


def _bool(text: str) -> bool:
    word = text.casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise InvalidRecord(
        f"{text!r} is neither yes nor no.",
        rule="The column holds yes or no; an empty cell is not recorded, which is not no.",
        way_on="Write yes or no.",
    )


def _interval(text: str) -> Interval:
    if _CALENDAR.fullmatch(text):
        raise InvalidRecord(
            f"{text!r} may be day and month or month and day.",
            rule="Times are ISO 8601: 1987, 1987-03, 1987-03-14, 1987-03-14T10:00+01:00.",
            way_on="Export the table again with dates in that form.",
        )
    return Interval.parse(text)


def _ref(text: str) -> Ref:
    kind, _, id = text.partition(" ")
    if kind in KINDS and id.strip():
        return Ref(kind, id.strip())
    raise InvalidRecord(
        f"{text!r} names no record.",
        rule="A record is named by its kind, a blank and its id: exhibit K-1987-114-E2.",
        way_on=f"Kinds are: {', '.join(sorted(KINDS))}.",
    )


_ONE: Mapping[type, Reader] = {
    str: _text, float: _float, int: _int, bool: _bool, Interval: _interval, Ref: _ref,
}  # fmt: skip


def _one_of(field: FieldType) -> Reader:
    """A member of the field's enumeration, by its value; case and underscores do not matter."""
    assert issubclass(field.holds, StrEnum)
    members = {member.value.casefold(): member for member in field.holds}
    listed = ", ".join(field.holds)

    def read(text: str) -> StrEnum:
        member = members.get(text.casefold().replace("_", " "))
        if member is None:
            raise InvalidRecord(
                f"{text!r} as {field.name}.",
                rule=f"{field.name} is one of: {listed}.",
                way_on="Choose one of them.",
            )
        return member

    return read
