"""Values of nested tables in a settings file, checked; errors name the field."""

from __future__ import annotations

from collections.abc import Mapping

from reopen.errors import InvalidRecord, Where


def as_mapping(name: str, value: object, rule: str) -> Mapping[str, object]:
    """A table; raises InvalidRecord with the rule where it is none."""
    if not isinstance(value, dict):
        raise refusal(name, f"{name} = {value!r}", rule)
    return value


def as_number(name: str, value: object) -> float:
    """A number; raises InvalidRecord for anything else, true and false among them."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refusal(name, f"{name} = {value!r}", "It is a number, as in 0.05")
    return float(value)


def refusal(name: str, seen: str, rule: str) -> InvalidRecord:
    """What was seen in a field of a settings file, against a rule; both without their stop."""
    return InvalidRecord(
        f"{seen}.", rule=f"{rule}.", way_on="Correct the settings.", where=Where(field=name)
    )
