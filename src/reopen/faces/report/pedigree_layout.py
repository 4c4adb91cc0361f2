"""A pedigree laid out for its picture: symbols, names and lines, with their places.

Each connected part is laid out by itself; parts stand side by side, then in further rows of
parts. Lengths are in the picture's own units.

Not here: drawing (`pedigree_drawing`). The steps: rows (`pedigree_rows`), places
(`pedigree_places`), lines (`pedigree_lines`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reopen.faces.report.pedigree_lines import HALF, Line, Point, lines_of
from reopen.faces.report.pedigree_places import places_of
from reopen.faces.report.pedigree_rows import rows_of
from reopen.faces.report.svg import CHARACTER, shortened
from reopen.records import Pedigree

FONT, LEADING = 9.0, 10.5
WIDEST_NAME, NARROWEST = 66.0, 2 * HALF + 4
PAGE, BETWEEN_PARTS, BETWEEN_ROWS = 780.0, 34.0, 26.0


@dataclass(frozen=True, slots=True)
class Symbol:
    """One person: the middle of the symbol, and the lines of the name below it."""

    id: str
    x: float
    y: float
    name: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PedigreeLayout:
    """A whole pedigree; symbols are 2 * HALF high and wide, `name_width` is kept for names."""

    width: float
    height: float
    name_width: float
    symbols: tuple[Symbol, ...]
    lines: tuple[Line, ...]


def lay_out(pedigree: Pedigree) -> PedigreeLayout:
    """Places of all people and lines. The same pedigree is always laid out the same way."""
    parts = [_part(part) for part in connected_parts(pedigree)]
    symbols: list[Symbol] = []
    lines: list[Line] = []
    left, top, lowest, widest = 0.0, 0.0, 0.0, 0.0
    for part in parts:
        if left > 0 and left + part.width > PAGE:
            left, top = 0.0, lowest + BETWEEN_ROWS
        symbols += [Symbol(s.id, s.x + left, s.y + top, s.name) for s in part.symbols]
        lines += [
            Line(line.kind, tuple((x + left, y + top) for x, y in line.points))
            for line in part.lines
        ]
        lowest, widest = max(lowest, top + part.height), max(widest, left + part.width)
        left += part.width + BETWEEN_PARTS
    names = max(part.name_width for part in parts)
    return PedigreeLayout(widest, lowest, names, tuple(symbols), tuple(lines))


def connected_parts(pedigree: Pedigree) -> tuple[Pedigree, ...]:
    """The pedigree split into parts whose people are connected, in the order of its members."""
    part = {id: {id} for id in pedigree.ids}
    twins = [(one, other) for group in pedigree.twins for one in group for other in group]
    parents = [(member.id, parent) for member in pedigree.members for parent in member.parents]
    for one, other in (*twins, *parents):
        if part[one] is not part[other]:
            part[one] |= part[other]
            part.update((id, part[one]) for id in part[other])
    parts = {id(ids): ids for ids in part.values()}.values()
    return tuple(
        Pedigree(
            tuple(member for member in pedigree.members if member.id in ids),
            twins=tuple(group for group in pedigree.twins if group[0] in ids),
        )
        for ids in parts
    )


def _part(pedigree: Pedigree) -> PedigreeLayout:
    rows = rows_of(pedigree)
    names = {id: name_lines(id) for id in pedigree.ids}
    width = max(NARROWEST, *(len(line) * FONT * CHARACTER for n in names.values() for line in n))
    places = places_of(rows, width)
    heights = [
        LEADING * max((len(names[i.key]) for i in row if i.kind == "person"), default=0)
        for row in rows.order
    ]
    drawn = lines_of(rows, places, pedigree.twins, heights)
    symbols = tuple(
        Symbol(item.key, x, drawn.y[item.row], names[item.key])
        for item, x in places.of.items()
        if item.kind == "person"
    )
    right = max(
        *(symbol.x + width / 2 for symbol in symbols),
        *(_ends(drawn.lines) or (0.0,)),
    )
    height = drawn.y[-1] + HALF + heights[-1]
    lowest = max((y for line in drawn.lines for _, y in line.points), default=0.0)
    return PedigreeLayout(right, max(height, lowest), width, symbols, drawn.lines)


def _ends(lines: Sequence[Line]) -> tuple[float, ...]:
    points: list[Point] = [point for line in lines for point in line.points]
    return tuple(x for x, _ in points)


def name_lines(name: str) -> tuple[str, ...]:
    """A name on one line or two, the second cut with an ellipsis where it is longer."""
    room = int(WIDEST_NAME / (FONT * CHARACTER))
    if len(name) <= room:
        return (name,)
    ends = (i for i in range(1, room + 1) if name[i - 1] in " -_/" or name[i] == " ")
    at = max(ends, default=room)
    return name[:at].rstrip(), shortened(name[at:].lstrip(), WIDEST_NAME, FONT)
