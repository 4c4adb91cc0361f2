"""The list of what could not be taken into a database, written as it grows.

A table of `what`, `reason`, `file`, `line`, `field`. Not for: the reasons themselves.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable
from pathlib import Path

from reopen.errors import Where
from reopen.records import NotWeighed

TITLES = ("what", "reason", "file", "line", "field")
_LINE = TITLES.index("line")


def read_refused(path: Path) -> tuple[NotWeighed, ...]:
    """A list as it was written."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            NotWeighed(
                row["what"],
                row["reason"],
                Where(row["file"], int(row["line"]) if row["line"] else None, row["field"]),
            )
            for row in csv.DictReader(file)
        )


class RefusedList:
    """A list in the making."""

    def __init__(self, path: Path):
        self.path = path
        self.first = ""
        self._file = path.open("w+", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow(TITLES)
        self._begun = self._file.tell()

    def begin(self) -> None:
        """What comes from here on is of another file."""
        self._begun = self._file.tell()

    def add(self, refused: Iterable[NotWeighed], file: str) -> int:
        """List some more. file: where they stood, unless they say so. How many they were."""
        n = 0
        for item in refused:
            where = item.where or Where(file)
            line = "" if where.line is None else where.line
            self._rows.writerow([item.what, item.reason, where.file, line, where.field])
            self.first = self.first or str(item)
            n += 1
        return n

    def take_back(self, lines: Collection[int]) -> int:
        """Forget what was refused on these lines since `begin`. How many they were."""
        forgotten, n = {str(line) for line in lines}, 0
        other = self.path.with_suffix(".kept")
        self._file.seek(self._begun)
        with other.open("w+", encoding="utf-8", newline="") as kept:
            rows = csv.writer(kept, lineterminator="\n")
            for row in csv.reader(self._file):
                if row[_LINE] in forgotten:
                    n += 1
                else:
                    rows.writerow(row)
            self._file.seek(self._begun)
            self._file.truncate()
            kept.seek(0)
            for text in kept:
                self._file.write(text)
        other.unlink()
        return n

    def close(self) -> None:
        self._file.close()
