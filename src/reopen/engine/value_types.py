"""The types that works hold, take and give: all that is ever made when bytes are read.

Found from their annotations, so that the list is never behind them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, get_args, get_type_hints


@cache
def types_of(works: tuple[type, ...]) -> tuple[type, ...]:
    """The dataclasses and enumerations that works hold, take and give, at any depth.

    Raises TypeError where two of them have one name, by which they are told apart when read.
    """
    found: dict[str, type] = {}
    left: list[Any] = [*works, *(hint for work in works for hint in _called_with(work))]
    while left:
        hint = left.pop()
        left += get_args(hint)
        if not _is_kept(hint) or found.get(hint.__name__) is hint:
            continue
        if hint.__name__ in found:
            raise TypeError(f"{hint} and {found[hint.__name__]} have one name")
        found[hint.__name__] = hint
        left += _fields_of(hint)
    return tuple(found.values())


def _called_with(work: type) -> Iterator[Any]:
    yield from get_type_hints(work.__call__).values()


def _is_kept(hint: Any) -> bool:
    return isinstance(hint, type) and (is_dataclass(hint) or issubclass(hint, Enum))


def _fields_of(kept: Any) -> list[Any]:
    if not is_dataclass(kept):
        return []
    hints = get_type_hints(kept)
    return [hints[field.name] for field in fields(kept) if field.init]
