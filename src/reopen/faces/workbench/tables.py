"""Tables of plain text: whole names, columns that line up, readable at 80 characters and in pipes.

Values in, text out. Cells are never shortened: a table that cannot be narrower than the page is
wider than the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from unicodedata import combining, east_asian_width

WIDTH = 80
_GAP = "  "


def table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, right: str = "", width: int = WIDTH
) -> str:
    """Rows under a header. right: "r" for each column that is set to the right ("l" otherwise).

    The last column, if set to the left, is wrapped to what is left of the width.
    """
    sides = right.ljust(len(header), "l")
    widths = [
        max([_cells(header[i]), *(_cells(row[i]) for row in rows)]) for i in range(len(header))
    ]
    if sides[-1] == "l" and len(header) > 1:
        before = sum(widths[:-1]) + len(_GAP) * (len(widths) - 1)
        widths[-1] = min(widths[-1], max(width - before, 24))
    lines = [*_row(header, widths, sides), _GAP.join("-" * n for n in widths)]
    for row in rows:
        lines += _row(row, widths, sides)
    return "\n".join(line.rstrip() for line in lines)


def paragraph(text: str, *, indent: str = "", first: str | None = None, width: int = WIDTH) -> str:
    """Text wrapped between words; words longer than the line stay whole.

    indent  before each line; `first` before the first one, if given
    """
    lines = wrap(
        text,
        width,
        initial_indent=indent if first is None else first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines)


def bullets(items: Sequence[str], width: int = WIDTH) -> str:
    """A list, one item under the other."""
    return "\n".join(paragraph(item, indent="  ", first="- ", width=width) for item in items)


def _row(cells: Sequence[str], widths: Sequence[int], sides: str) -> list[str]:
    last = wrap(cells[-1], max(widths[-1], 1), break_long_words=False, break_on_hyphens=False)
    lines = last or [""]
    first = [_set(cell, n, side) for cell, n, side in zip(cells, widths, sides, strict=True)][:-1]
    blank = [" " * n for n in widths[:-1]]
    return [
        _GAP.join([*(first if i == 0 else blank), _set(line, widths[-1], sides[-1])])
        for i, line in enumerate(lines)
    ]


def _set(cell: str, width: int, side: str) -> str:
    space = " " * (width - _cells(cell))
    return space + cell if side == "r" else cell + space


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)
