"""Points of a hundred as a bar: full as far as they are certain, outlined as far as they may go."""

from __future__ import annotations

from markupsafe import Markup

from reopen.faces.report import svg

WIDTH, _HEIGHT = 100.0, 10.0


def points_bar(low: int, high: int) -> Markup:
    """Its colours are those of the page's classes `certain`, `possible` and `whole`."""
    top, height = 0.5, _HEIGHT - 1
    words = f"{low} points" if low == high else f"{low} to {high} points"
    return svg.picture(
        WIDTH,
        _HEIGHT,
        words,
        "Of a hundred.",
        svg.box(0.5, top, WIDTH - 1, height, class_="whole"),
        svg.box(low, top, high - low, height, class_="possible"),
        svg.box(0.5, top, max(low - 0.5, 0.0), height, class_="certain"),
        class_="points",
    )
