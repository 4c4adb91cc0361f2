"""The lines of a Familias file, taken one by one, each of the kind that its place asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from reopen.errors import UnreadableFile, Where


@dataclass(slots=True)
class Lines:
    """The lines of the file, taken one by one; every refusal names its line."""

    file: str
    lines: Sequence[str]
    at: int = 0

    @property
    def where(self) -> Where:
        """Place of the line that was taken last."""
        return Where(self.file, self.at)

    def take(self, what: str) -> str:
        if self.at >= len(self.lines):
            raise UnreadableFile(
                f"The file ends where {what} should stand.",
                rule="A file of Familias lists people, pedigrees and the database.",
                way_on="Save the project again in Familias.",
                where=Where(self.file, self.at),
            )
        self.at += 1
        return self.lines[self.at - 1].strip()

    def text(self, what: str) -> str:
        line = self.take(what)
        if len(line) < 2 or not (line[0] == line[-1] == '"'):
            raise self.unlike(line, f"{what}, in quotation marks")
        return line[1:-1].strip()

    def count(self, what: str) -> int:
        line = self.take(what)
        if not re.fullmatch(r"\d{1,7}", line):
            raise self.unlike(line, what)
        return int(line)

    def number(self, what: str) -> float:
        line = self.take(what)
        return self.as_number(line, what)

    def as_number(self, text: str, what: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not isfinite(value):
            raise self.unlike(text, what)
        return value

    def flag(self, what: str) -> bool:
        line = self.take(what)
        if line not in ("#TRUE#", "#FALSE#"):
            raise self.unlike(line, f"{what}, #TRUE# or #FALSE#")
        return line == "#TRUE#"

    def unlike(self, line: str, what: str) -> UnreadableFile:
        return UnreadableFile(
            f"{line[:60]!r} stands where {what} should.",
            rule="A file of Familias has one value a line, in a fixed order.",
            way_on="Save the project again in Familias 3, and do not edit the file.",
            where=self.where,
        )
