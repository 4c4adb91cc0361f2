"""Frozen values of this program as JSON and back, bit by bit: what a unit keeps of its own work.

Floats in tuples are packed as bytes, so that nothing is rounded and much of it is small; a value
met twice is written once. Only types that are listed when reading are ever made.
Not for: results for people or other programs (`as_json`), records (`records.plain`).
"""

from __future__ import annotations

import json
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from sys import byteorder
from typing import Any, cast
from zlib import compress, decompress

import numpy as np

from reopen.errors import UnreadableFile, Where
from reopen.records import Frozen

_TYPE, _SAME, _FLOATS, _FLOAT, _PAIRS, _ENUM = "@", "@same", "@floats", "@float", "@pairs", "@enum"
_FEW = 4


def to_bytes(value: object) -> bytes:
    """A value of frozen dataclasses, mappings, tuples, enumerations, text and numbers."""
    plain = _Writing().plain(value)
    return compress(json.dumps(plain, separators=(",", ":")).encode(), 6)


def from_bytes(data: bytes, types: Iterable[type], where: str = "") -> Any:
    """The value of `to_bytes`, made of these types. Raises UnreadableFile for anything else."""
    try:
        return _Reading(types).value(json.loads(decompress(data)))
    except Exception as error:  # whatever the bytes led to, they are not what we wrote
        raise UnreadableFile(
            f"A value that this program kept cannot be read ({error}).",
            rule="It is read by the version that wrote it, or computed again.",
            way_on="Nothing is lost: it follows from the profiles.",
            where=Where(where),
        ) from error


def plain_value(value: object) -> object:
    """A value as JSON holds it, for hashing; equal values give equal text."""
    return _Writing().plain(value)


class _Writing:
    def __init__(self) -> None:
        self._numbers: dict[int, int] = {}
        self._kept: list[object] = []  # so that no id is used twice

    def plain(self, value: object) -> object:
        if isinstance(value, Enum):
            return {_ENUM: type(value).__name__, "value": value.value}
        if isinstance(value, bool | int | str) or value is None:
            return value
        if isinstance(value, float):
            return value if np.isfinite(value) else {_FLOAT: repr(value)}
        if isinstance(value, tuple | list):
            return self._row(value)
        if isinstance(value, Mapping):
            return {_PAIRS: [[self.plain(k), self.plain(v)] for k, v in value.items()]}
        if is_dataclass(value) and not isinstance(value, type):
            return self._made(value)
        raise TypeError(f"{type(value).__name__} is not kept")

    def _row(self, value: tuple[object, ...] | list[object]) -> object:
        if len(value) > _FEW and all(type(each) is float for each in value):
            packed = array("d", cast("Iterable[float]", value))
            if byteorder == "big":
                packed.byteswap()
            return {_FLOATS: b64encode(packed.tobytes()).decode()}
        return [self.plain(each) for each in value]

    def _made(self, value: Any) -> object:
        if id(value) in self._numbers:
            return {_SAME: self._numbers[id(value)]}
        said = {f.name: self.plain(getattr(value, f.name)) for f in fields(value) if f.init}
        self._numbers[id(value)] = len(self._kept)
        self._kept.append(value)
        return {_TYPE: type(value).__name__, **said}


class _Reading:
    def __init__(self, types: Iterable[type]):
        self._types = {each.__name__: each for each in types}
        self._made: list[object] = []

    def value(self, plain: Any) -> Any:
        if isinstance(plain, list):
            return tuple(self.value(each) for each in plain)
        if not isinstance(plain, dict):
            return plain
        if _SAME in plain:
            return self._made[plain[_SAME]]
        if _FLOATS in plain:
            packed = array("d", b64decode(plain[_FLOATS]))
            if byteorder == "big":
                packed.byteswap()
            return tuple(packed)
        if _FLOAT in plain:
            return float(plain[_FLOAT])
        if _PAIRS in plain:
            return Frozen((self.value(k), self.value(v)) for k, v in plain[_PAIRS])
        if _ENUM in plain:
            return self._types[plain[_ENUM]](plain["value"])
        given = {name: self.value(each) for name, each in plain.items() if name != _TYPE}
        made = self._types[plain[_TYPE]](**given)
        self._made.append(made)
        return made
