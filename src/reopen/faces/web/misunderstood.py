"""What is told of a field that an address or a form holds, and that cannot be read as what it is:
what was seen, which rule, the way on. Not here: what the unit refuses (`reopen.errors`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_MOST = 3
_LONGEST = 60

_RULES = {
    "missing": "cannot be left out",
    "int_parsing": "is a whole number",
    "int_parsing_size": "is a shorter whole number",
    "int_from_float": "is a whole number",
    "float_parsing": "is a number, with a point as in 0.01",
    "finite_number": "is a finite number",
    "bool_parsing": "is yes or no",
    "greater_than_equal": "is {ge} or more",
    "greater_than": "is more than {gt}",
    "less_than_equal": "is {le} or less",
    "less_than": "is less than {lt}",
    "enum": "is one of these: {expected}",
    "literal_error": "is one of these: {expected}",
    "string_too_long": "has at most {max_length} characters",
    "too_long": "has at most {max_length}",
}
"""By the kinds of errors of pydantic; numbers are those of the field's own type."""


def told(errors: Sequence[Mapping[str, Any]]) -> tuple[str, str, str]:
    """What was seen, the rule and the way on, of the first few fields; what was seen begins with
    the name of the first, by which a page finds it in its form."""
    first = errors[:_MOST]
    seen = "; ".join(f"{_field(each)}: {_given(each)}" for each in first)
    rule = "; ".join(f"{_field(each)} {_rule(each)}" for each in first)
    in_address = all(each["loc"][:1] in {("query",), ("path",)} for each in first)
    way_on = "Change it in the address, and ask again."
    if not in_address:
        way_on = "Nothing was done. Change it, and send it again."
    return f"{seen}.", f"{rule}.", way_on


def _field(error: Mapping[str, Any]) -> str:
    place = error["loc"]
    return str(place[1]) if len(place) > 1 else "what was sent"


def _given(error: Mapping[str, Any]) -> str:
    """In the words of who asked, unless they are long: a password is never told back."""
    given = error.get("input")
    if error["type"] == "missing":
        return "nothing was given"
    if isinstance(given, list):
        return f"{len(given)} were given"
    if not isinstance(given, str):
        return "something else was given"
    if error["type"].startswith("string_too_") or len(given) > _LONGEST:
        return f"{len(given)} characters were given"
    return f"{given!r} was given"


def _rule(error: Mapping[str, Any]) -> str:
    known = _RULES.get(error["type"])
    if known is None:
        return "is as the board's own page sends it; /api/openapi.json describes it"
    return known.format(**{name: _plain(each) for name, each in error.get("ctx", {}).items()})


def _plain(value: Any) -> str:
    """2.0 is told as 2."""
    return f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
