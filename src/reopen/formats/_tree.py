"""A tree of values as JSON and TOML give it, each value with its path for messages.

For: taking text, numbers, lists and tables out of such a file with an exact refusal. Not for: what
the values mean.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from math import isfinite
from typing import TypeVar

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile, Where

Record = TypeVar("Record")


class Node:
    """One value of a file. path is how a person would name its place: "markers[2].freqs"."""

    __slots__ = ("file", "path", "value")

    def __init__(self, file: str, path: str, value: object):
        self.file = file
        self.path = path
        self.value = value

    @property
    def where(self) -> Where:
        return Where(self.file, field=self.path)

    def error(self, seen: str, rule: str, way_on: str) -> InvalidRecord:
        return InvalidRecord(seen, rule=rule, way_on=way_on, where=self.where)

    def made(self, make: Callable[[], Record]) -> Record:
        """What `make` makes of this value; an error of a record is told with the place."""
        try:
            return make()
        except ReopenError as error:
            raise (error if error.where else error.at(self.where)) from None

    # one value

    def text(self) -> str:
        """Text, or a whole number where a name or a label was written without quotes."""
        value = self.value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value.strip():
            raise self._unlike("text", "Write it between quotation marks.")
        return value.strip()

    def number(self) -> float:
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._unlike("a number", "Write it with a point and without quotation marks.")
        try:
            number = float(value)
        except OverflowError:
            number = float("inf")
        if not isfinite(number):
            raise self._unlike("a number", "Infinite and undefined numbers mean nothing here.")
        return number

    def is_absent(self) -> bool:
        return self.value is None

    # tables and lists

    def items(self) -> Iterator[tuple[str, Node]]:
        """The entries of a table, in their order."""
        if not isinstance(self.value, dict):
            raise self._unlike("a table", "Write name = value, one line for each.")
        for key, value in self.value.items():
            yield str(key), Node(self.file, self._below(str(key)), value)

    def get(self, key: str) -> Node | None:
        """The entry of that name, None where there is none or it is null."""
        found = dict(self.items()).get(key)
        return None if found is None or found.is_absent() else found

    def entry(self, key: str) -> Node:
        """The entry of that name. Raises where it is missing."""
        found = self.get(key)
        if found is None:
            raise self.error(f"No {key!r} is given.", f"{key!r} must be there.", f"Add {key!r}.")
        return found

    def list(self) -> list[Node]:
        if not isinstance(self.value, list):
            raise self._unlike("a list", "Write it in square brackets: [a, b].")
        return [Node(self.file, f"{self.path}[{i}]", v) for i, v in enumerate(self.value)]

    def texts(self) -> tuple[str, ...]:
        """A list of texts, or one text alone."""
        return tuple(n.text() for n in self.list()) if self.is_list() else (self.text(),)

    def is_list(self) -> bool:
        return isinstance(self.value, list)

    def is_table(self) -> bool:
        return isinstance(self.value, dict)

    def only(self, *known: str) -> None:
        """Raises for an entry that is not one of the known: a misspelt word must not be lost."""
        for key, node in self.items():
            if key not in known:
                near = get_close_matches(key.lower(), known, 1)
                raise node.error(
                    f"{key!r} is not known here.",
                    f"Known are: {', '.join(known)}.",
                    f"Write {near[0]!r}, if that is meant." if near else "Take it out.",
                )

    def _below(self, key: str) -> str:
        key = key if re.fullmatch(r"[\w-]+", key) else json.dumps(key, ensure_ascii=False)
        return f"{self.path}.{key}" if self.path else key

    def _unlike(self, wanted: str, way_on: str) -> InvalidRecord:
        shown = repr(self.value)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        return self.error(f"{shown} is not {wanted}.", f"Here stands {wanted}.", way_on)


def json_tree(file: str, text: str) -> Node:
    """The tree of a JSON document. Raises UnreadableFile where it is none, or doubled."""

    def table(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise _broken(file, "JSON", f"the name {twice!r} stands twice in one object", None)
        return dict(pairs)

    try:
        return Node(file, "", json.loads(text, object_pairs_hook=table))
    except json.JSONDecodeError as error:
        raise _broken(file, "JSON", error.msg, error.lineno) from None
    except (ValueError, RecursionError) as error:
        raise _broken(file, "JSON", str(error), None) from None


def toml_tree(file: str, text: str) -> Node:
    """The tree of a TOML document. Raises UnreadableFile where it is none."""
    try:
        return Node(file, "", tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        raise _broken(file, "TOML", str(error), int(line[1]) if line else None) from None


def _broken(file: str, form: str, reason: str, line: int | None) -> UnreadableFile:
    return UnreadableFile(
        f"This is not {form}: {reason}.",
        rule=f"The file is written in {form}.",
        way_on="Correct the place that is named; a comma, a bracket or a quotation mark is "
        "missing or stands once too often.",
        where=Where(file, line),
    )
