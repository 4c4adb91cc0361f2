"""Where people stand in their rows: children under the middle of their parents, nobody too near.

Places are those of least squared misfit among all that keep the order of the rows and the least
distances: one non-negative least-squares problem for the whole pedigree.

Not here: the order of the rows (`pedigree_rows`), lines (`pedigree_lines`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from reopen.faces.report.pedigree_rows import Couple, Item, Rows

TRACK, PASSING = 9.0, 4.0
# Weights of the wishes; a line that is straight matters most.
_CENTRED, _STRAIGHT, _JOINED = 1.0, 1.0, 0.2
_ROUGHLY_CENTRED, _SIBLINGS, _BRIDGED, _NEAR = 0.1, 0.03, 0.05, 0.004

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Track:
    """A line that runs down between two neighbours of a row.

    kind    "drop": from a couple to its children; "right" or "left": from that side of a person
            to a partner who stands elsewhere
    couple  its number
    person  where the line of a partner starts; None for a drop
    """

    kind: Literal["drop", "right", "left"]
    couple: int
    person: Item | None = None


@dataclass(frozen=True, slots=True)
class Places:
    """x of the middle of every item, and of every track."""

    of: Mapping[Item, float]
    tracks: Mapping[Track, float]


def places_of(rows: Rows, width: float) -> Places:
    """Places for people who take `width` with their names; the leftmost edge is at 0."""
    tracks = _tracks(rows)
    problem = _Problem(rows, tracks, width)
    x = problem.solved()
    placed = _placed_tracks(rows, tracks, x, width)
    for track, at in placed.items():
        below = track.person and Item("partner", str(track.couple), track.person.row + 1)
        if below in x and abs(x[below] - at) < TRACK / 2:
            placed[track] = x[below]  # a straight line, not one with a kink
    return Places(x, placed)


def item_width(item: Item, width: float) -> float:
    return width if item.kind == "person" else PASSING


def is_joined(rows: Rows, couple: Couple) -> bool:
    return frozenset(couple.items) in rows.joined


Gaps = Sequence[Sequence[tuple[Track, ...]]]


def _tracks(rows: Rows) -> Gaps:
    """Tracks of every gap: before the first item, between neighbours, after the last."""
    at = {item: i for row in rows.order for i, item in enumerate(row)}
    place = {item: i - len(row) / 2 for row in rows.order for i, item in enumerate(row)}
    found: list[list[list[Track]]] = [[[] for _ in range(len(row) + 1)] for row in rows.order]

    def add(track: Track, item: Item, before: bool) -> None:
        gap = found[item.row][at[item] + (0 if before else 1)]
        gap.append(track)

    for number, couple in enumerate(rows.couples):
        left, right = sorted(couple.items, key=at.__getitem__)
        if is_joined(rows, couple):
            add(Track("drop", number), right, before=True)
        else:
            if left.kind == "person":
                add(Track("right", number, left), left, before=False)
            if right.kind == "person":
                add(Track("left", number, right), right, before=True)
        for partner, item in zip((couple.father, couple.mother), couple.items, strict=True):
            if item.kind == "partner":
                source = next(i for i in at if i.kind == "person" and i.key == partner)
                to = Item("partner", item.key, source.row + 1)
                leftwards = place[to] < place[source]
                kind: Literal["left", "right"] = "left" if leftwards else "right"
                add(Track(kind, number, source), source, before=leftwards)
    order = {"right": 0, "drop": 1, "left": 2}
    return [
        [tuple(sorted(gap, key=lambda track: order[track.kind])) for gap in row] for row in found
    ]


def _placed_tracks(
    rows: Rows, gaps: Gaps, x: Mapping[Item, float], width: float
) -> dict[Track, float]:
    placed: dict[Track, float] = {}
    for row, row_gaps in zip(rows.order, gaps, strict=True):
        for i, tracks in enumerate(row_gaps):
            reach = (len(tracks) + 1) * TRACK
            low = x[row[i - 1]] + item_width(row[i - 1], width) / 2 if i > 0 else None
            high = x[row[i]] - item_width(row[i], width) / 2 if i < len(row) else None
            low = low if low is not None else (high or 0.0) - reach
            high = high if high is not None else low + reach
            for k, track in enumerate(tracks, 1):
                placed[track] = low + (high - low) * k / (len(tracks) + 1)
    return placed


Terms = tuple[tuple[Item, float], ...]


class _Problem:
    """min |A g - b| over g >= 0, where g are the widths of gaps beyond the least ones."""

    def __init__(self, rows: Rows, gaps: Gaps, width: float):
        self.rows = rows
        self.index = {item: i for i, item in enumerate(i for row in rows.order for i in row)}
        n = len(self.index)
        # x = steps @ g + least
        self.steps = np.zeros((n, n))
        self.least = np.zeros(n)
        for row, row_gaps in zip(rows.order, gaps, strict=True):
            for i, item in enumerate(row):
                at = self.index[item]
                self.steps[at, at] = 1.0
                if i == 0:
                    self.least[at] = item_width(item, width) / 2
                    self.least[at] += (len(row_gaps[0]) + bool(row_gaps[0])) * TRACK
                    continue
                before = self.index[row[i - 1]]
                self.steps[at] += self.steps[before]
                apart = (item_width(row[i - 1], width) + item_width(item, width)) / 2
                apart += (len(row_gaps[i]) + 1) * TRACK
                self.least[at] = self.least[before] + apart
        self.drops: dict[int, tuple[Terms, float]] = {}
        self.starts: dict[Track, float] = {}
        for row, row_gaps in zip(rows.order, gaps, strict=True):
            for i, tracks in enumerate(row_gaps):
                for k, track in enumerate(tracks, 1):
                    share = k / (len(tracks) + 1)
                    if track.kind == "drop":
                        one, other = row[i - 1], row[i]
                        beside = (1 - share) * item_width(one, width)
                        beside -= share * item_width(other, width)
                        terms = ((one, 1 - share), (other, share))
                        self.drops[track.couple] = (terms, beside / 2)
                    side = -1 if track.kind == "left" else 1
                    self.starts[track] = side * (width / 2 + TRACK)
        self.wishes: list[Floats] = []
        self.wanted: list[float] = []

    def solved(self) -> dict[Item, float]:
        for number, couple in enumerate(self.rows.couples):
            self._centre(number, couple)
            self._straight(number, couple)
        for row in self.rows.order:
            for one, other in pairwise(row):
                self._near(one, other, _NEAR)
        for pair in self.rows.joined:
            one, other = sorted(pair, key=self.index.__getitem__)
            self._near(one, other, _JOINED)
        wishes, wanted = np.array(self.wishes), np.array(self.wanted)
        if len(wanted) == 0:
            return {item: float(self.least[i]) for item, i in self.index.items()}
        gaps, _ = nnls(wishes @ self.steps, wanted - wishes @ self.least)
        x = self.steps @ gaps + self.least
        return {item: float(x[i]) for item, i in self.index.items()}

    def _wish(self, weight: float, wanted: float, *terms: tuple[Item, float]) -> None:
        """The sum of factor times x over the terms should be `wanted`."""
        row = np.zeros(len(self.index))
        for item, factor in terms:
            row[self.index[item]] += weight * factor
        self.wishes.append(row)
        self.wanted.append(weight * wanted)

    def _near(self, one: Item, other: Item, weight: float) -> None:
        """As near as the order of their row allows."""
        a, b = sorted((self.index[one], self.index[other]))
        self._wish(weight, self.least[b] - self.least[a], *((one, -1.0), (other, 1.0)))

    def _centre(self, number: int, couple: Couple) -> None:
        """The middle of what hangs on a couple stands under the couple's line."""
        joined = is_joined(self.rows, couple)
        halves = tuple((item, 0.5) for item in couple.items)
        source, beside = self.drops.get(number, (halves, 0.0))
        for row in self.rows.order[couple.row + 1 :]:
            hanging = [item for item in row if _hangs_on(item, number, couple)]
            if hanging:
                middle = [(item, 0.5) for item in (hanging[0], hanging[-1])]
                weight = _CENTRED if joined else _ROUGHLY_CENTRED
                self._wish(weight, beside, *middle, *((item, -share) for item, share in source))
            for one, other in pairwise(hanging):
                self._near(one, other, _SIBLINGS)
            passing = [item for item in hanging if item.kind == "descent"]
            if not passing:
                break
            source, beside = ((passing[0], 1.0),), 0.0
        if not joined:
            self._wish(_BRIDGED, 0.0, (couple.items[0], 1.0), (couple.items[1], -1.0))

    def _straight(self, number: int, couple: Couple) -> None:
        """The line of a partner from above stays near that partner."""
        above = Item("partner", str(number), 0)
        line = [item for item in self.index if item._replace(row=0) == above]
        for track, away in self.starts.items():
            if line and track.couple == number and track.person and track.person.row < couple.row:
                self._wish(_STRAIGHT, away, (track.person, -1.0), (line[0], 1.0))
        for one, other in pairwise(line):
            self._wish(_STRAIGHT, 0.0, (one, 1.0), (other, -1.0))


def _hangs_on(item: Item, number: int, couple: Couple) -> bool:
    if item.kind == "person":
        return item.key in couple.children
    return item.kind == "descent" and item.key == str(number)
