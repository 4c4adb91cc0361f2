"""Canonical JSON (RFC 8785): one value, one sequence of bytes, so that hashes can be compared.

    canonical({"b": 1, "a": [1.0, None]}) == b'{"a":[1,null],"b":1}'

What has no such form is refused: NaN and infinities, integers that doubles cannot hold, lone
surrogates, keys that are not text. Not here: which fields a record has.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring as _quoted  # escapes as RFC 8785 wants, no more

from reopen.errors import InvalidRecord

Value = Mapping[str, "Value"] | Sequence["Value"] | str | int | float | bool | None

_LARGEST = 2**53 - 1  # larger integers are not all doubles


def canonical(value: Value) -> bytes:
    """The canonical bytes of a JSON value.

    Raises InvalidRecord for what JSON, or a reader that knows only doubles, cannot hold.
    """
    try:
        return _written(value).encode()
    except UnicodeEncodeError as error:
        raise InvalidRecord(
            f"Text with a lone surrogate: {error.object!r}.",
            rule="Canonical JSON holds text that has bytes in UTF-8.",
        ) from None


def _written(value: object) -> str:
    if isinstance(value, str):
        return _quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        return _object(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return f"[{','.join(map(_written, value))}]"
    raise InvalidRecord(f"{value!r} is not a JSON value.")


def _object(value: Mapping[object, object]) -> str:
    keys: list[str] = []
    for key in value:
        if not isinstance(key, str):
            raise InvalidRecord(f"{key!r} as a key.", rule="The keys of JSON objects are text.")
        keys.append(key)
    keys.sort(key=None if all(map(str.isascii, keys)) else _utf_16)
    return f"{{{','.join(f'{_quoted(key)}:{_written(value[key])}' for key in keys)}}}"


def _utf_16(key: str) -> bytes:
    """Keys are sorted by UTF-16 code units, as JavaScript does."""
    return key.encode("utf-16-be")


def _integer(value: int) -> str:
    if abs(value) > _LARGEST:
        raise InvalidRecord(
            f"The integer {value}.",
            rule=f"JSON numbers are doubles, exact up to {_LARGEST}.",
            way_on="Write it as text.",
        )
    return str(int(value))


def _number(value: float) -> str:
    """As ECMAScript writes numbers: the shortest digits that read back as the same double."""
    if not math.isfinite(value):
        raise InvalidRecord(
            f"The number {value}.", rule="JSON has no such number.", way_on="Leave it out."
        )
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    """`digits`, the decimal point after the first `point` of them (ECMA-262, Number::toString)."""
    if 0 < point <= 21:
        whole, fraction = digits[:point].ljust(point, "0"), digits[point:]
        return f"{whole}.{fraction}" if fraction else whole
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = f"{digits[0]}.{digits[1:]}" if digits[1:] else digits
    return f"{mantissa}e{point - 1:+d}"


def parse(data: bytes) -> Value:
    """A JSON value from its bytes; what has more than one reading is refused.

    Integers beyond what doubles hold exactly are read as doubles, which is what they are.
    Raises InvalidRecord for broken JSON, a key that stands twice in an object, and NaN.
    """

    def once(pairs: list[tuple[str, Value]]) -> Mapping[str, Value]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = next(key for key in keys if keys.count(key) > 1)
            raise InvalidRecord(f"The key {twice!r} stands twice.", rule="Which one is meant?")
        return found

    def number(digits: str) -> int | float:
        value = int(digits)
        return value if abs(value) <= _LARGEST else float(digits)

    def no_constant(name: str) -> Value:
        raise InvalidRecord(f"The number {name}.", rule="JSON has no such number.")

    try:
        value: Value = json.loads(
            data.decode(), object_pairs_hook=once, parse_int=number, parse_constant=no_constant
        )
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise InvalidRecord(f"Not JSON: {error}.") from None
    return value
