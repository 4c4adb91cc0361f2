"""A case's timeline as a picture: what is said of it and what happened, each with what is not known
of its time, from the earliest to the latest moment.

A bar reaches over all that a time may be; what has a moment is a dot; an end that is not known
fades into dots. Not here: what is shown (`workbench.case_times`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from reopen.faces.report import svg
from reopen.records.times import Interval

WIDTH = 760.0
_LEFT, _NAMES, _ROW, _BAR, _HEAD = 8.0, 250.0, 17.0, 9.0, 20.0
_SMALLEST = 6.0
_COLOURS = ("#2f5d8a", "#a0662b", "#5f4ba0", "#2a8583", "#7a9a3a", "#8a3f6a")


@dataclass(frozen=True, slots=True)
class Spell:
    """A row: one thing with its time, or one exhibit with all of its events."""

    told: str
    times: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """Rows of one kind: said, custody, laboratory."""

    name: str
    spells: tuple[Spell, ...]


def case_timeline(title: str, lanes: Sequence[Lane]) -> Markup:
    """The picture; empty where nothing has a time."""
    every = [time for lane in lanes for spell in lane.spells for time in spell.times]
    ends = [end for time in every for end in (time.earliest, time.latest) if end]
    if not ends:
        return Markup("")
    first, last = min(ends), max(ends)
    margin = max((last - first) * 0.02, timedelta(days=2))
    scale = _Scale(_back(first, margin), _on(last, margin))
    drawn: list[Markup] = []
    y = 6.0
    for n, lane in enumerate(lanes):
        if lane.spells:
            drawn.append(svg.text(_LEFT, y + 12, lane.name, font_weight="700"))
            y += _HEAD
            for spell in lane.spells:
                drawn += _row(spell, y, scale, _COLOURS[n % len(_COLOURS)])
                y += _ROW
            y += 6
    words = (
        f"{sum(len(lane.spells) for lane in lanes)} rows from {first:%Y-%m-%d} to {last:%Y-%m-%d}."
    )
    return svg.picture(WIDTH, y + 24, title, words, *_grid(scale, y), *drawn, class_="picture")


def _back(moment: datetime, margin: timedelta) -> datetime:
    return moment - min(margin, moment - datetime.min.replace(tzinfo=UTC))


def _on(moment: datetime, margin: timedelta) -> datetime:
    return moment + min(margin, datetime.max.replace(tzinfo=UTC) - moment)


@dataclass(frozen=True, slots=True)
class _Scale:
    first: datetime
    last: datetime

    def x(self, moment: datetime) -> float:
        share = (moment - self.first) / (self.last - self.first)
        return _NAMES + (WIDTH - _LEFT - _NAMES) * share


def _row(spell: Spell, y: float, scale: _Scale, colour: str) -> Iterator[Markup]:
    middle = y + _ROW / 2
    yield svg.line(_NAMES, middle, WIDTH - _LEFT, middle, stroke=svg.FAINT, stroke_width=0.5)
    name = svg.shortened(spell.told, _NAMES - 2 * _LEFT, 9.5)
    yield svg.group(
        svg.element("title", spell.told),
        svg.text(_LEFT + 6, middle + 3.5, name, font_size=9.5, fill=svg.INK),
    )
    for time in spell.times:
        yield svg.group(svg.element("title", str(time)), *_mark(time, middle, scale, colour))


def _mark(time: Interval, middle: float, scale: _Scale, colour: str) -> Iterator[Markup]:
    left = scale.x(time.earliest or scale.first)
    right = scale.x(time.latest or scale.last)
    if time.earliest and time.latest and right - left < _SMALLEST:
        yield svg.element("circle", cx=(left + right) / 2, cy=middle, r=_SMALLEST / 2, fill=colour)
        return
    open_end: dict[str, str | float] = (
        {} if time.earliest and time.latest else {"stroke_dasharray": "2 2"}
    )
    yield svg.box(
        left, middle - _BAR / 2, right - left, _BAR, rx=2.0, fill=colour, fill_opacity="0.35",
        stroke=colour, stroke_width=1.0, **open_end,
    )  # fmt: skip


def _grid(scale: _Scale, bottom: float) -> Iterator[Markup]:
    """Years; or the first and last day, where there are not two of them between."""
    years = svg.ticks(scale.first.year, scale.last.year, about=7)
    moments = [datetime(int(each), 1, 1, tzinfo=UTC) for each in years if each == int(each) > 0]
    inside = [(each, f"{each.year}") for each in moments if scale.first <= each <= scale.last]
    marks = inside if len(inside) > 1 else [
        (each, f"{each:%Y-%m-%d}") for each in (scale.first, scale.last)
    ]  # fmt: skip
    for moment, words in marks:
        x = scale.x(moment)
        anchor = "start" if x < _NAMES + 30 else "end" if x > WIDTH - 40 else "middle"
        yield svg.line(x, 4, x, bottom + 4, stroke=svg.FAINT, stroke_width=0.6)
        yield svg.text(x, bottom + 16, words, fill=svg.GREY, text_anchor=anchor)
