"""A series as a picture: its traces against each other, and what each one adds.

A heavy line parts the two sides of the weakest split; the strongest link across it has a frame.
Not here: which traces make a series (`link.series`), the matrix of all links (`pictures`).
"""

from __future__ import annotations

from math import isfinite

from markupsafe import Markup

from reopen.faces.report.found_series import SeriesView
from reopen.faces.report.pictures import AGAINST, FOR, SMALLEST_TEXT, shade
from reopen.faces.report.svg import (
    FAINT,
    GREY,
    INK,
    PAPER,
    box,
    element,
    group,
    joined,
    line,
    picture,
    shortened,
    text,
    text_width,
)
from reopen.faces.report.wording import log10_text

WIDTH, NAMES, WHEN, BARS, VALUE = 800.0, 170.0, 78.0, 110.0, 44.0
LARGEST_CELL, HEAD, GAP = 30.0, 30.0, 14.0
MARK = "#c2410c"


def series_matrix(view: SeriesView, title: str) -> Markup:
    """Rows are traces with the time they were taken; columns carry the rows' numbers."""
    n = len(view.rows)
    names = NAMES + (WHEN if any(row.when for row in view.rows) else 0.0)
    cell = min(LARGEST_CELL, (WIDTH - names - BARS - VALUE - GAP) / n)
    grid = _Grid(names, cell, n)
    cut = grid.at(view.matrix.cut)
    return picture(
        names + n * cell + GAP + BARS + VALUE,
        HEAD + n * cell + 4,
        title,
        f"{n} traces, {len(view.matrix.log10)} pairs that reach the threshold by themselves; the "
        "numbers are in the tables below.",
        *(_row(view, k, grid) for k in range(n)),
        group(*_cells(view, grid), text_anchor="middle"),
        *grid.lines(),
        line(names - 4, cut, grid.right + 4, cut, stroke=MARK, stroke_width=2),
        *_bridge(view, grid),
        *_bars(view, grid),
        class_="matrix",
    )


class _Grid:
    """Where cells are."""

    def __init__(self, left: float, cell: float, n: int):
        self.left, self.cell, self.n = left, cell, n
        self.font = min(10.0, cell * 0.85)

    @property
    def right(self) -> float:
        return self.left + self.n * self.cell

    def at(self, row: int) -> float:
        """The upper edge of a row."""
        return HEAD + row * self.cell

    def over(self, column: int) -> float:
        """The left edge of a column."""
        return self.left + column * self.cell

    def base(self, row: int) -> float:
        """Where a row's text stands."""
        return self.at(row) + self.cell / 2 + self.font * 0.35

    def lines(self) -> list[Markup]:
        side = self.n * self.cell
        edges = [
            joined(
                (
                    line(self.left, self.at(k), self.right, self.at(k)),
                    line(self.over(k), HEAD, self.over(k), HEAD + side),
                )
            )
            for k in range(self.n + 1)
        ]
        return [group(*edges, stroke=FAINT, stroke_width=0.5)]


def _row(view: SeriesView, k: int, grid: _Grid) -> Markup:
    """Name, time and number before a row; the same number over its column."""
    row, y, font = view.rows[k], grid.base(k), grid.font
    weight = "bold" if row.member.is_joint else "normal"
    said = shortened(row.name, NAMES - 30, font)
    parts = [
        element("title", f"{row.name}, case {row.member.case or 'not stated'}"),
        text(0, y, said, font_size=font, font_weight=weight),
        text(grid.left - 5, y, str(k + 1), text_anchor="end", font_size=font),
        text(
            grid.over(k) + grid.cell / 2, HEAD - 4, str(k + 1),
            text_anchor="middle", font_size=font,
        ),
    ]  # fmt: skip
    if row.when:
        parts.append(text(NAMES, y, row.when, font_size=font, fill=GREY, text_anchor="start"))
    return group(*parts, fill=INK)


def _cells(view: SeriesView, grid: _Grid) -> list[Markup]:
    cells = [
        box(grid.over(k), grid.at(k), grid.cell, grid.cell, fill="#e9ecef") for k in range(grid.n)
    ]
    for (one, other), log10 in view.matrix.log10.items():
        says = f"{view.rows[one].name} and {view.rows[other].name}: log10 LR {log10_text(log10)}"
        cells += [_cell(grid, place, log10, says) for place in ((one, other), (other, one))]
    return cells


def _cell(grid: _Grid, place: tuple[int, int], log10: float, says: str) -> Markup:
    fill, ink = shade(log10)
    x, y, size = grid.over(place[1]), grid.at(place[0]), min(9.5, grid.cell * 0.42)
    parts = [
        element("title", says),
        box(x, y, grid.cell, grid.cell, fill=fill, stroke=PAPER, stroke_width=0.6),
    ]
    words = log10_text(log10, decimals=1 if log10 < 10 else 0)
    if size >= SMALLEST_TEXT and text_width(words, size) <= grid.cell:
        middle = x + grid.cell / 2, y + grid.cell / 2 + size * 0.36
        parts.append(text(*middle, words, font_size=size, fill=ink))
    return group(*parts)


def _bridge(view: SeriesView, grid: _Grid) -> list[Markup]:
    """A frame around the strongest link between the two parts."""
    if view.matrix.bridge is None:
        return []
    one, other = view.matrix.bridge
    return [
        box(
            grid.over(column) + 1, grid.at(row) + 1, grid.cell - 2, grid.cell - 2,
            fill="none", stroke=MARK, stroke_width=2,
        )
        for row, column in ((one, other), (other, one))
    ]  # fmt: skip


def _bars(view: SeriesView, grid: _Grid) -> list[Markup]:
    """What each trace adds to the others."""
    left = grid.right + GAP
    values = [row.member.adds for row in view.rows]
    reach = max([1.0, *(abs(value) for value in values if isfinite(value))])
    parts = [text(left, HEAD - 4, "adds, log10 LR", font_size=min(9.0, grid.font), fill=GREY)]
    for k, value in enumerate(values):
        share = min(abs(value), reach) / reach
        colour = FOR if value > 0 else AGAINST
        parts += [
            box(left, grid.at(k) + grid.cell * 0.2, share * BARS, grid.cell * 0.6, fill=colour),
            text(
                left + share * BARS + 4, grid.base(k), log10_text(value, decimals=1),
                font_size=grid.font, fill=INK,
            ),
        ]  # fmt: skip
    return parts
