"""A tree of values as JSON and TOML give it, each value with its path for messages.

For: taking text, numbers, lists and tables out of such a file with an exact refusal. Not for: what
the values mean.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import TypeVar

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile, Where

Record = TypeVar("Record")


class Node:
    """One value of a file. path is how a person would name its place: "markers[2].freqs".

    lines  path -> line it begins on, as far as that is known
    """

    __slots__ = ("file", "lines", "parent", "path", "value")

    def __init__(
        self,
        file: str,
        path: str,
        value: object,
        lines: Mapping[str, int] | None = None,
        parent: Node | None = None,
    ):
        self.file = file
        self.path = path
        self.value = value
        self.lines = lines or {}
        self.parent = parent

    @property
    def where(self) -> Where:
        return Where(self.file, self._line, self.path)

    @property
    def _line(self) -> int | None:
        """Line of this value, or of the nearest one around it whose line is known."""
        at: Node | None = self
        while at is not None:
            if at.path in self.lines:
                return self.lines[at.path]
            at = at.parent
        return None

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

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            raise self._unlike("true or false", "Write true or false, without quotation marks.")
        return self.value

    def without(self, *keys: str) -> Node:
        """The same table without some entries."""
        rest = {key: node.value for key, node in self.items() if key not in keys}
        return self.holding(rest)

    def is_absent(self) -> bool:
        return self.value is None

    # tables and lists

    def items(self) -> Iterator[tuple[str, Node]]:
        """The entries of a table, in their order."""
        if not isinstance(self.value, dict):
            raise self._unlike("a table", "Write name = value, one line for each.")
        for key, value in self.value.items():
            yield str(key), self._child(below(self.path, str(key)), value)

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
        return [self._child(f"{self.path}[{i}]", v) for i, v in enumerate(self.value)]

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

    def named(self, text: str) -> Node:
        """This place, holding the text: for a name that is written as a key."""
        return self.holding(text)

    def holding(self, value: object) -> Node:
        """This place, holding another value."""
        return Node(self.file, self.path, value, self.lines, self.parent)

    def _child(self, path: str, value: object) -> Node:
        return Node(self.file, path, value, self.lines, self)

    def _unlike(self, wanted: str, way_on: str) -> InvalidRecord:
        shown = repr(self.value)
        shown = shown if len(shown) <= 60 else shown[:57] + "..."
        return self.error(f"{shown} is not {wanted}.", f"Here stands {wanted}.", way_on)


def below(path: str, key: str) -> str:
    """Path of an entry of the table at `path`."""
    key = key if re.fullmatch(r"[\w-]+", key) else json.dumps(key, ensure_ascii=False)
    return f"{path}.{key}" if path else key


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
        return Node(file, "", tomllib.loads(text), _toml_lines(text))
    except (ValueError, RecursionError) as error:
        line = re.search(r"at line (\d+)", str(error))
        raise _broken(file, "TOML", str(error), int(line[1]) if line else None) from None


_HEADER = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")


def _toml_lines(text: str) -> dict[str, int]:
    """Path -> line of every table and of every key that begins a line; for messages only."""
    lines: dict[str, int] = {}
    table, tables = "", Counter[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.fullmatch(line):
            table = _path("", header[2])
            if header[1] == "[[":
                tables[table] += 1
                table = f"{table}[{tables[table] - 1}]"
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault(_path(table, key[1]), number)
    return lines


def _path(table: str, dotted: str) -> str:
    for part in re.findall(r"""\s*("[^"]*"|'[^']*'|[^.\s]+)\s*""", dotted):
        table = below(table, part.strip("\"'"))
    return table


def _broken(file: str, form: str, reason: str, line: int | None) -> UnreadableFile:
    return UnreadableFile(
        f"This is not {form}: {reason}.",
        rule=f"The file is written in {form}.",
        way_on="Correct the place that is named; a comma, a bracket or a quotation mark is "
        "missing or stands once too often.",
        where=Where(file, line),
    )
