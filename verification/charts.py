"""Panels with axes for pictures of results: points, curves, a threshold; SVG without a library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

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
    picture,
    text,
    text_width,
    ticks,
)

BLUE, RED, ORANGE = "#1f6fb2", "#c0392b", "#d98200"
_LEFT, _TOP, _BOTTOM, _RIGHT = 46.0, 26.0, 40.0, 12.0


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values and its name; `logarithmic` needs a low end above zero.

    marks  values to label; round ones where none are given
    """

    title: str
    low: float
    high: float
    logarithmic: bool = False
    marks: tuple[float, ...] = ()

    def share(self, value: float) -> float:
        """Where a value lies from low (0) to high (1), kept inside."""
        low, high, at = self.low, self.high, value
        if self.logarithmic:
            low, high, at = log10(low), log10(high), log10(max(value, self.low))
        return min(1.0, max(0.0, (at - low) / (high - low)))

    def ticks(self) -> tuple[float, ...]:
        if self.marks:
            return self.marks
        if not self.logarithmic:
            return ticks(self.low, self.high, 5)
        first, last = ceil(log10(self.low) - 1e-9), floor(log10(self.high) + 1e-9)
        return tuple(10.0**power for power in range(first, last + 1))


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot area in a picture, with its axes."""

    title: str
    x: Axis
    y: Axis
    left: float
    top: float
    width: float
    height: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Coordinates of a point in the picture."""
        width = self.width - _LEFT - _RIGHT
        height = self.height - _TOP - _BOTTOM
        return (
            self.left + _LEFT + width * self.x.share(x),
            self.top + _TOP + height * (1 - self.y.share(y)),
        )

    def frame(self) -> Markup:
        """Grid, tick labels and titles; drawn first."""
        (x0, y0), (x1, y1) = self.at(self.x.low, self.y.low), self.at(self.x.high, self.y.high)
        parts = [text(x0, y1 - 10, self.title, fill=INK, font_weight="bold", font_size=12.0)]
        for value in self.x.ticks():
            x, _ = self.at(value, self.y.low)
            parts.append(line(x, y0, x, y1, stroke=FAINT))
            parts.append(text(x, y0 + 13, f"{value:g}", text_anchor="middle", fill=GREY))
        for value in self.y.ticks():
            _, y = self.at(self.x.low, value)
            parts.append(line(x0, y, x1, y, stroke=FAINT))
            parts.append(text(x0 - 5, y + 3.5, f"{value:g}", text_anchor="end", fill=GREY))
        parts.append(line(x0, y0, x1, y0, stroke=INK))
        parts.append(text((x0 + x1) / 2, y0 + 29, self.x.title, text_anchor="middle", fill=INK))
        middle = (y0 + y1) / 2
        turn = f"rotate(-90 {self.left + 12:.1f} {middle:.1f})"
        parts.append(
            text(self.left + 12, middle, self.y.title, text_anchor="middle", fill=INK,
                 transform=turn)
        )  # fmt: skip
        return joined(parts)

    def curve(self, points: Sequence[tuple[float, float]], colour: str, dashes: str = "") -> Markup:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (self.at(*point) for point in points))
        style = {"stroke_dasharray": dashes} if dashes else {}
        return element("polyline", points=path, fill="none", stroke=colour, stroke_width=2, **style)

    def dot(self, x: float, y: float, colour: str, told: str, *, hollow: bool = False) -> Markup:
        """A point with a text that shows when it is pointed at."""
        cx, cy = self.at(x, y)
        fill = PAPER if hollow else colour
        return element(
            "circle", element("title", told), cx=cx, cy=cy, r=3, fill=fill, stroke=colour,
            fill_opacity=0.7,
        )  # fmt: skip

    def cross(self, x: float, y: float, colour: str, told: str) -> Markup:
        """A mark that stands out, with a text that shows when it is pointed at."""
        cx, cy = self.at(x, y)
        arms = [
            line(cx - 5, cy - 5, cx + 5, cy + 5, stroke=colour, stroke_width=2),
            line(cx - 5, cy + 5, cx + 5, cy - 5, stroke=colour, stroke_width=2),
        ]
        return group(element("title", told), *arms)

    def span(self, x: float, low: float, high: float, colour: str) -> Markup:
        """A bar from one value to another at a place."""
        (at, y0), (_, y1) = self.at(x, low), self.at(x, high)
        return line(at, y0, at, y1, stroke=colour, stroke_width=1.5)

    def level(self, y: float, colour: str, name: str) -> Markup:
        """A line across at a value, with its name."""
        (x0, at), (x1, _) = self.at(self.x.low, y), self.at(self.x.high, y)
        return joined(
            [
                line(x0, at, x1, at, stroke=colour, stroke_dasharray="5 3"),
                text(x1 - 2, at - 4, name, text_anchor="end", fill=colour),
            ]
        )


def side_by_side(
    titles: Sequence[str], x: Sequence[Axis], y: Axis, width: float = 270, height: float = 300
) -> list[Panel]:
    """Panels in a row with one vertical axis."""
    return [
        Panel(title, axis, y, i * width, 0.0, width, height)
        for i, (title, axis) in enumerate(zip(titles, x, strict=True))
    ]


def sheet(
    panels: Sequence[Panel], title: str, description: str, marks: Sequence[str], foot: str
) -> Markup:
    """The whole picture: paper, frames, marks, and a line of explanation below."""
    width = max(text_width(foot), *(panel.left + panel.width for panel in panels))
    height = max(panel.top + panel.height for panel in panels) + 22
    return picture(
        width,
        height,
        title,
        description,
        box(0, 0, width, height, fill=PAPER),
        joined(panel.frame() for panel in panels),
        joined(marks),
        text(_LEFT, height - 10, foot, fill=GREY),
    )
