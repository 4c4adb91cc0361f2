"""The lines of a drawn pedigree: couples, descent and twins, each in a lane of its own.

Between two rows every couple has a horizontal lane; lanes that would run over each other are put
at different heights, in the order that crosses least.

Not here: who stands where (`pedigree_rows`, `pedigree_places`), symbols (`pedigree_drawing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from reopen.faces.report.pedigree_places import TRACK, Places, Track, is_joined
from reopen.faces.report.pedigree_rows import Couple, Item, Rows

HALF = 11.0  # of a symbol's height
LANE, ABOVE_LANES, BELOW_LANES = 8.0, 7.0, 17.0
STUB = 6.0  # lines to a partner elsewhere leave a symbol this far below its middle
_NEAR, _INSET, _STRAIGHT = 3.0, 6.0, 1.5
_ON_TOP_OF_EACH_OTHER = 1000.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points.

    kind  "couple", "related" (a couple of relatives, drawn double), "descent" or "twins"
    """

    kind: Literal["couple", "related", "descent", "twins"]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class _Wire:
    """What one couple needs between two rows: ends above, ends below, and a lane between.

    down    ends on the row below where a line goes on; a set of twins has one end, see `twins`
    twins   end below -> places of the twins who hang on it
    bridge  the wire above it, in whose lane it starts
    """

    kind: Literal["couple", "related", "descent"]
    up: tuple[float, ...]
    down: tuple[float, ...]
    twins: Mapping[float, tuple[float, ...]] = field(default_factory=dict)
    bridge: _Wire | None = None

    @property
    def span(self) -> tuple[float, float]:
        return min(*self.up, *self.down, self.up[0]), max(*self.up, *self.down, self.up[0])


@dataclass(frozen=True, slots=True)
class Drawn:
    """Middles of the rows, and all lines, over the given height of a name below each symbol."""

    y: tuple[float, ...]
    lines: tuple[Line, ...]


def lines_of(
    rows: Rows, places: Places, twins: Sequence[Sequence[str]], names: Sequence[float]
) -> Drawn:
    """All lines of a pedigree.

    names  by row, height of the names below the symbols
    """
    lines: list[Line] = []
    middles: list[float] = []
    founders = _founder_twins(rows, places, twins)
    y = HALF + (14.0 if founders.get(0) else 0.0)
    for row in range(len(rows.order)):
        middles.append(y)
        lines += _beside(rows, places, row, y)
        for group in founders.get(row, ()):
            lines += _to_twins(_middle(group), y - HALF - 12, group, y - HALF)
        wires = list(_wires(rows, places, twins, row))
        lanes = _lanes(wires)
        top = y + HALF + names[row] + ABOVE_LANES
        count = max(lanes, default=-1) + 1
        below = top + max(count - 1, 0) * LANE + BELOW_LANES
        depth = {id(wire): top + lane * LANE for wire, lane in zip(wires, lanes, strict=True)}
        for wire in wires:
            lines += _drawn(wire, depth, y, below)
        y = below + HALF
    return Drawn(tuple(middles), tuple(lines))


def _middle(values: Sequence[float]) -> float:
    return (min(values) + max(values)) / 2


def _kind(couple: Couple) -> Literal["couple", "related"]:
    return "related" if couple.related else "couple"


def _beside(rows: Rows, places: Places, row: int, y: float) -> Iterator[Line]:
    """Lines at the height of the symbols: couples side by side, starts of lines to partners."""
    for couple in rows.couples:
        if couple.row == row and is_joined(rows, couple):
            a, b = (places.of[item] for item in couple.items)
            yield Line(_kind(couple), ((a, y), (b, y)))
    for track, x in places.tracks.items():
        if track.person is not None and track.person.row == row:
            at = places.of[track.person]
            yield Line(_kind(rows.couples[track.couple]), ((at, y + STUB), (x, y + STUB)))
    for item in rows.order[row]:
        if item.kind != "person":
            yield _passing(rows, places.of[item], item, y)


def _passing(rows: Rows, x: float, item: Item, y: float) -> Line:
    """A line that comes from above and ends beside a partner, or goes on."""
    couple = rows.couples[int(item.key)]
    if item.kind == "descent":
        return Line("descent", ((x, y - HALF), (x, y)))
    arrives = item in couple.items and is_joined(rows, couple)
    return Line(_kind(couple), ((x, y - HALF), (x, y if arrives else y + STUB)))


def _founder_twins(
    rows: Rows, places: Places, twins: Sequence[Sequence[str]]
) -> dict[int, list[tuple[float, ...]]]:
    """Places of identical twins without parents, by row."""
    children = {child for couple in rows.couples for child in couple.children}
    found: dict[int, list[tuple[float, ...]]] = {}
    for group in twins:
        items = [i for i in places.of if i.kind == "person" and i.key in group]
        if items and not children.intersection(group):
            at = tuple(places.of[item] for item in items)
            found.setdefault(items[0].row, []).append(at)
    return found


def _wires(rows: Rows, places: Places, twins: Sequence[Sequence[str]], row: int) -> Iterator[_Wire]:
    """Everything that runs between a row and the next."""
    for number, couple in enumerate(rows.couples):
        yield from _partner_wires(rows, places, row, number)
        down, grouped = _hanging(places, twins, couple, number, row + 1)
        if couple.row == row and not is_joined(rows, couple):
            starts = tuple(_start(places, number, item, row) for item in couple.items)
            bridge = _Wire(_kind(couple), starts, ())
            yield bridge
            low, high = bridge.span
            inset = min(_INSET, (high - low) / 2)
            drop = min(max(_middle(down), low + inset), high - inset)
            yield _Wire("descent", (drop,), down, grouped, bridge)
        elif couple.row == row:
            drop = places.tracks[Track("drop", number)]
            if abs(drop - _middle(down)) < TRACK / 2:
                drop = _middle(down)
            yield _Wire("descent", (drop,), down, grouped)
        elif down:
            passing = Item("descent", str(number), row)
            if passing in places.of:
                yield _Wire("descent", (places.of[passing],), down, grouped)


def _partner_wires(rows: Rows, places: Places, row: int, number: int) -> Iterator[_Wire]:
    """The line of a partner from above, on its way to the row of the other one."""
    to = Item("partner", str(number), row + 1)
    if to in places.of:
        couple = rows.couples[number]
        yield _Wire(_kind(couple), (_start(places, number, None, row),), (places.of[to],))


def _start(places: Places, number: int, item: Item | None, row: int) -> float:
    """Where the line to a partner comes down from a row."""
    for track, x in places.tracks.items():
        starts_here = track.person is not None and track.person.row == row
        if starts_here and track.couple == number and item in (None, track.person):
            return x
    return places.of[Item("partner", str(number), row)]


def _hanging(
    places: Places, twins: Sequence[Sequence[str]], couple: Couple, number: int, row: int
) -> tuple[tuple[float, ...], dict[float, tuple[float, ...]]]:
    """Ends in a row of the line of descent; twins of that row have one end together."""
    ends: list[float] = []
    grouped: dict[float, tuple[float, ...]] = {}
    set_of = {id: frozenset(group) for group in twins for id in group}
    together: dict[frozenset[str], list[float]] = {}
    for child in couple.children:
        item = Item("person", child, row)
        if item in places.of:
            together.setdefault(set_of.get(child, frozenset([child])), []).append(places.of[item])
    for at in together.values():
        ends.append(_middle(at))
        if len(at) > 1:
            grouped[ends[-1]] = tuple(sorted(at))
    passing = Item("descent", str(number), row)
    if passing in places.of:
        ends.append(places.of[passing])
    return tuple(sorted(ends)), grouped


def _lanes(wires: Sequence[_Wire]) -> list[int]:
    """A lane for each wire, 0 at the top: those that cross least when above come first."""
    waiting = list(range(len(wires)))
    lanes = [0] * len(wires)
    placed: list[int] = []
    while waiting:
        free = [i for i in waiting if not _waits(wires[i], [wires[j] for j in waiting])]
        at = min(free, key=lambda i: sum(_cost(wires[i], wires[j]) - _cost(wires[j], wires[i])
                                         for j in waiting if j != i))  # fmt: skip
        touching = [lanes[j] for j in placed if _overlap(wires[at], wires[j])]
        lanes[at] = max(touching, default=-1) + 1
        placed.append(at)
        waiting.remove(at)
    return lanes


def _waits(wire: _Wire, others: Sequence[_Wire]) -> bool:
    return any(wire.bridge is other for other in others)


def _overlap(one: _Wire, other: _Wire) -> bool:
    (a, b), (c, d) = one.span, other.span
    return _touches(a, b, c, d) or one.bridge is other or other.bridge is one


def _touches(a: float, b: float, c: float, d: float) -> bool:
    return a < d + 2 * _NEAR and c < b + 2 * _NEAR


def _cost(upper: _Wire, lower: _Wire) -> float:
    """What it costs to have one wire above another: crossings, and lines upon lines."""
    if not _overlap(upper, lower):
        return 0.0
    (a, b), (c, d) = upper.span, lower.span
    from_above = () if lower.bridge is not None else lower.up
    crossings = sum(a < x < b for x in from_above) + sum(c < x < d for x in upper.down)
    upon = sum(abs(x - y) < _NEAR for x in from_above for y in upper.down)
    return crossings + _ON_TOP_OF_EACH_OTHER * upon


def _drawn(wire: _Wire, depth: Mapping[int, float], y: float, below: float) -> Iterator[Line]:
    lane = depth[id(wire)]
    low, high = wire.span
    if wire.bridge is not None:
        start = depth[id(wire.bridge)]
    else:
        start = y if wire.kind == "descent" else y + STUB
    if len(wire.up) == len(wire.down) == 1 and not wire.twins and high - low < _STRAIGHT:
        yield Line(wire.kind, ((wire.up[0], start), (wire.down[0], below)))
        return
    for x in wire.up:
        yield Line(wire.kind, ((x, start), (x, lane)))
    if high - low > 0.2:
        yield Line(wire.kind, ((low, lane), (high, lane)))
    for x in wire.down:
        if x in wire.twins:
            yield from _to_twins(x, lane, wire.twins[x], below)
        else:
            yield Line(wire.kind, ((x, lane), (x, below)))


def _to_twins(x: float, y: float, twins: Sequence[float], below: float) -> Iterator[Line]:
    """Slanting lines from one point, joined by a bar halfway."""
    for at in twins:
        yield Line("twins", ((x, y), (at, below)))
    halfway = (y + below) / 2
    low, high = (x + (at - x) / 2 for at in (min(twins), max(twins)))
    yield Line("twins", ((low, halfway), (high, halfway)))
