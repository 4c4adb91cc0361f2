"""Probabilities of the number of contributors as bars, one row for each number."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from reopen.faces.report import svg

_LEFT, _BAR, _RIGHT, _ROW = 28.0, 280.0, 150.0, 22.0
_BLUE = "#1f5f8b"


@dataclass(frozen=True, slots=True)
class NumberBar:
    """One number of contributors.

    probability  0 to 1; of a bound, the bound
    told         the probability in words, "97.1%", "< 0.2%"
    is_bound     it was not computed
    """

    number: int
    probability: float
    told: str
    is_bound: bool


def number_bars(bars: tuple[NumberBar, ...], title: str) -> Markup:
    """A bar for each number; bounds are outlined, those that bound nothing have none."""
    rows = [_row(bar, place * _ROW) for place, bar in enumerate(bars)]
    height = len(bars) * _ROW + 4
    axis = svg.line(_LEFT, 0, _LEFT, height - 4, stroke=svg.GREY)
    told = "; ".join(f"{bar.number}: {bar.told}" for bar in bars)
    return svg.picture(_LEFT + _BAR + _RIGHT, height, title, told, *rows, axis)


def _row(bar: NumberBar, top: float) -> Markup:
    width = 0.0 if bar.is_bound and bar.probability >= 1 else bar.probability * _BAR
    look: dict[str, str | float] = (
        {"fill": svg.PAPER, "stroke": svg.GREY, "stroke_dasharray": "3 2"}
        if bar.is_bound
        else {"fill": _BLUE}
    )
    middle = top + _ROW / 2 + 3.5
    return svg.group(
        svg.text(_LEFT - 8, middle, str(bar.number), text_anchor="end"),
        svg.box(_LEFT, top + 4, width, _ROW - 8, **look),
        svg.text(_LEFT + width + 6, middle, bar.told),
    )
