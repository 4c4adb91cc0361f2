"""Pictures of links: bars of log10 LR by locus, and the matrix of linked profiles."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from markupsafe import Markup

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
    number,
    picture,
    shortened,
    text,
    text_width,
    ticks,
)
from reopen.faces.report.views import MatrixBlock
from reopen.faces.report.wording import log10_text

BAR_WIDTH, BAR_ROW = 360.0, 15.0
NAME_WIDTH, WIDEST_NAME, VALUE_WIDTH = 76.0, 164.0, 42.0
FOR, AGAINST = "#2f5d8a", "#b35900"

# Steps of log10 LR: lower edge, shade, ink. Lightness falls evenly, so it reads without colour.
SHADES = (
    (float("-inf"), "#f2f0f7", INK),
    (2.0, "#dadaeb", INK),
    (4.0, "#b3b5d8", INK),
    (6.0, "#8683bd", PAPER),
    (9.0, "#5f4ba0", PAPER),
    (12.0, "#35106f", PAPER),
)
MATRIX_WIDTH, LABEL_WIDTH = 800.0, 210.0
LARGEST_CELL = 30.0
SMALLEST_TEXT = 6.5


def bars(terms: Mapping[str, float], log10: float, title: str) -> Markup:
    """log10 LR by locus, positive to the right, negative to the left, and their total in words.

    A term that is infinite is drawn to the picture's edge with an arrow.
    """
    finite = [value for value in terms.values() if isfinite(value)]
    low, high = min([0.0, *finite]), max([0.0, *finite])
    reach = (high - low) or 1.0
    low, high = (low - 0.08 * reach if low < 0 else 0.0), high + 0.04 * reach
    names = _name_width(terms)
    room = BAR_WIDTH - names - VALUE_WIDTH

    def x(value: float) -> float:
        return names + (min(max(value, low), high) - low) / (high - low) * room

    bottom = BAR_ROW * len(terms) + 2
    rows = [
        _bar_row(name, value, names, (x(0.0), x(value)), i * BAR_ROW)
        for i, (name, value) in enumerate(terms.items())
    ]
    grid = [line(x(tick), 0, x(tick), bottom) for tick in ticks(low, high)]
    numbers = [text(x(tick), bottom + 10, _tick_text(tick)) for tick in ticks(low, high)]
    return picture(
        BAR_WIDTH,
        bottom + 32,
        title,
        f"log10 LR by locus; total {log10_text(log10)}.",
        group(*grid, stroke=FAINT, stroke_width=0.6),
        *rows,
        line(x(0.0), 0, x(0.0), bottom, stroke=INK, stroke_width=0.8),
        group(*numbers, font_size=8.5, fill=GREY, text_anchor="middle"),
        group(
            text(names - 6, bottom + 27, "Total", text_anchor="end"),
            text(BAR_WIDTH - 2, bottom + 27, log10_text(log10, signed=True), text_anchor="end"),
            line(0, bottom + 15, BAR_WIDTH, bottom + 15, stroke=GREY, stroke_width=0.5),
            font_weight="bold",
            fill=INK,
            class_="total",
        ),
        class_="bars",
    )


def _name_width(terms: Mapping[str, float]) -> float:
    """Room for the longest name, within reason."""
    return min(max([NAME_WIDTH, *(text_width(name, 10) + 8 for name in terms)]), WIDEST_NAME)


def _bar_row(name: str, value: float, names: float, reach: tuple[float, float], y: float) -> Markup:
    """names: the room for names. reach: where the bar begins and ends."""
    size = 10.0 if text_width(name) <= names - 8 else 8.5
    said = shortened(name, names - 8, size)
    parts = [
        text(names - 6, y + 11, said, text_anchor="end", font_size=size),
        text(BAR_WIDTH - 2, y + 11, log10_text(value, signed=True), text_anchor="end"),
    ]
    colour = FOR if value > 0 else AGAINST
    if value:
        left, right = min(reach), max(reach)
        parts.append(box(left, y + 3, right - left, BAR_ROW - 5, fill=colour))
    if not isfinite(value):
        tip = 5 if value > 0 else -5
        arrow = f"M{number(reach[1])} {number(y + 1)}l{tip} {number(BAR_ROW / 2 - 1)}l{-tip} 6z"
        parts.append(element("path", d=arrow, fill=colour))
    return group(*parts, fill=INK)


def _tick_text(value: float) -> str:
    return f"{value:g}".replace("-", "\N{MINUS SIGN}")


def matrix(block: MatrixBlock, title: str) -> Markup:
    """Profiles against profiles, shaded by log10 LR; columns carry the numbers of the rows."""
    n = len(block.profiles)
    cell = min(LARGEST_CELL, (MATRIX_WIDTH - LABEL_WIDTH) / max(n, 1))
    font = min(10.0, cell * 0.85)
    head = max(14.0, cell * 0.7)
    labels = [
        group(_matrix_label(name, i, cell, font, head)) for i, name in enumerate(block.profiles)
    ]
    both = sorted(
        {(r, c): v for (i, j), v in block.log10.items() for r, c in ((i, j), (j, i))}.items()
    )
    cells = [_matrix_cell(block, r, c, v, cell, head) for (r, c), v in both]
    blank = [
        box(LABEL_WIDTH, head, n * cell, n * cell, fill="none", stroke=GREY, stroke_width=0.6),
        *(
            box(LABEL_WIDTH + i * cell, head + i * cell, cell, cell, fill="#e9ecef")
            for i in range(n)
        ),
        *_matrix_grid(n, cell, head),
    ]
    return picture(
        LABEL_WIDTH + n * cell + 2,
        head + n * cell + 2,
        title,
        f"{n} profiles, {len(block.log10)} linked pairs; every pair is in the table of links.",
        *blank,
        group(*cells, text_anchor="middle"),
        group(*labels, fill=INK),
        class_="matrix",
    )


def _matrix_grid(n: int, cell: float, head: float) -> list[Markup]:
    side = n * cell
    lines = [
        joined(
            (
                line(LABEL_WIDTH + i * cell, head, LABEL_WIDTH + i * cell, head + side),
                line(LABEL_WIDTH, head + i * cell, LABEL_WIDTH + side, head + i * cell),
            )
        )
        for i in range(1, n)
    ]
    return [group(*lines, stroke=FAINT, stroke_width=0.5)]


def _matrix_label(name: str, index: int, cell: float, font: float, head: float) -> Markup:
    """Name and number before a row, the same number over its column."""
    middle = (index + 0.5) * cell
    row = head + middle + font * 0.35
    said = shortened(name, LABEL_WIDTH - 28, font)
    return joined(
        (
            element("title", name),
            text(LABEL_WIDTH - 26, row, said, text_anchor="end", font_size=font),
            text(LABEL_WIDTH - 5, row, str(index + 1), text_anchor="end", font_size=font),
            text(
                LABEL_WIDTH + middle, head - 4, str(index + 1),
                text_anchor="middle", font_size=font,
            ),
        )
    )  # fmt: skip


def _matrix_cell(
    block: MatrixBlock, row: int, column: int, log10: float, cell: float, head: float
) -> Markup:
    fill, ink = shade(log10)
    x, y = LABEL_WIDTH + column * cell, head + row * cell
    says = f"{block.profiles[row]} and {block.profiles[column]}: log10 LR {log10_text(log10)}"
    size = min(9.5, cell * 0.42)
    parts = [
        element("title", says),
        box(x, y, cell, cell, fill=fill, stroke=PAPER, stroke_width=0.6),
    ]
    fitting = [
        words
        for words in (log10_text(log10, decimals=1), log10_text(log10, decimals=0))
        if size >= SMALLEST_TEXT and text_width(words, size) <= cell - 1
    ]
    if fitting:
        middle = x + cell / 2, y + cell / 2 + size * 0.36
        parts.append(text(*middle, fitting[0], font_size=size, fill=ink))
    return group(*parts)


def shade(log10: float) -> tuple[str, str]:
    """Fill and ink of a cell."""
    return next((fill, ink) for low, fill, ink in reversed(SHADES) if log10 >= low)


def matrix_scale() -> Markup:
    """The shades of the matrix with their ranges of log10 LR."""
    parts, width = [], 84.0
    for i, (low, fill, ink) in enumerate(SHADES):
        high = SHADES[i + 1][0] if i + 1 < len(SHADES) else None
        if high is None:
            words = f"{low:g} and more"
        elif not isfinite(low):
            words = f"below {high:g}"
        else:
            words = f"{low:g} to {high:g}"
        parts += [
            box(62 + i * width, 1, width, 16, fill=fill, stroke=GREY, stroke_width=0.5),
            text(62 + (i + 0.5) * width, 12.5, words, fill=ink, text_anchor="middle"),
        ]
    return picture(
        64 + width * len(SHADES),
        18,
        "Scale of the matrix",
        "Darker is stronger.",
        text(0, 12.5, "log10 LR", fill=INK),
        *parts,
        class_="scale",
    )
