"""Frozen values of this program as JSON and back, bit by bit: what is kept of its own work, and
what goes from one process or machine to another.

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
from numpy.typing import NDArray

from reopen.errors import UnreadableFile, Where
from reopen.records import Frozen

_TYPE, _SAME, _FLOATS, _FLOAT, _PAIRS, _ENUM = "@", "@same", "@floats", "@float", "@pairs", "@enum"
_ARRAY = "@array"
_KINDS = "fiub"  # of NumPy arrays: floats, integers and truth values, nothing that runs when read
_FEW = 4


def to_bytes(value: object) -> bytes:
    """A value of frozen dataclasses, mappings, tuples, arrays, enumerations, text and numbers."""
    return compress(to_text(value), 6)


def to_text(value: object) -> bytes:
    """The same before it is made small: what values are named after."""
    return json.dumps(_Writing().plain(value), separators=(",", ":")).encode()


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
        if isinstance(value, np.ndarray):
            return _array(value)
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


def _array(value: NDArray[Any]) -> object:
    if value.dtype.kind not in _KINDS:
        raise TypeError(f"an array of {value.dtype} is not kept")
    kind = value.dtype.newbyteorder("<")
    data = np.ascontiguousarray(value, dtype=kind).tobytes()
    return {_ARRAY: kind.str, "shape": list(value.shape), "data": b64encode(data).decode()}


def _array_of(plain: Mapping[str, Any]) -> NDArray[Any]:
    kind = np.dtype(plain[_ARRAY])
    if kind.kind not in _KINDS:
        raise TypeError(f"an array of {kind} is not read")
    values = np.frombuffer(b64decode(plain["data"]), dtype=kind).reshape(plain["shape"])
    return values.astype(kind.newbyteorder("="))


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
        if _ARRAY in plain:
            return _array_of(plain)
        if _PAIRS in plain:
            return Frozen((self.value(k), self.value(v)) for k, v in plain[_PAIRS])
        if _ENUM in plain:
            return self._types[plain[_ENUM]](plain["value"])
        given = {name: self.value(each) for name, each in plain.items() if name != _TYPE}
        made = self._types[plain[_TYPE]](**given)
        self._made.append(made)
        return made
