"""Picture of the non-contributor test: log10 LR of random people, and the suspect's beside it."""

from __future__ import annotations

from math import ceil, log10

from markupsafe import Markup

from reopen.faces.report.svg import (
    FAINT,
    GREY,
    INK,
    box,
    element,
    group,
    line,
    number,
    picture,
    text,
    text_width,
    ticks,
)
from reopen.faces.report.weighing_views import SpreadView
from reopen.faces.report.wording import MINUS, decade_text, log10_text, one_in_text, share_text

WIDTH, LEFT, RIGHT = 800.0, 64.0, 14.0
HEAD, BARS, GAP, TAIL, FOOT = 30.0, 120.0, 26.0, 150.0, 34.0
OTHERS, SUSPECT, BOUND = "#5f7f9f", "#b00020", "#8a6100"
MOST_DECADES = 18


def spread(view: SpreadView, title: str) -> Markup:
    """Above how random people's log10 LR is spread, below how many reach each value.

    The lower scale is logarithmic; the dashed line is the most that can reach a value, 1 / LR.
    """
    axes = _Axes(view)
    said = (
        f"The suspect's log10 LR is {log10_text(view.observed)}. "
        f"{share_text(view.excluded)} of random people cannot have contributed. "
        f"So much or more has {one_in_text(_reached(view))}."
    )
    return picture(
        WIDTH,
        HEAD + BARS + GAP + TAIL + FOOT,
        title,
        said,
        _bars(view, axes),
        _tail(view, axes),
        _suspect(view, axes),
        _x_axis(axes),
        class_="spread",
    )


def _reached(view: SpreadView) -> float:
    """Upper bound of the probability of as much as the suspect's."""
    return next((high for at, _, high in view.tail if at >= view.observed), 0.0)


class _Axes:
    """Where log10 LR and probabilities lie."""

    def __init__(self, view: SpreadView):
        values = [at for at, _, _ in view.tail]
        self.low = min([*values, view.observed, 0.0])
        self.high = max([*values, view.observed, 0.0])
        self.high += 0.03 * (self.high - self.low or 1.0)
        smallest = min([high for _, _, high in view.tail if high > 0], default=0.1)
        self.decades = min(max(ceil(-log10(smallest)), 1), MOST_DECADES)

    def x(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    def y(self, probability: float) -> float:
        top = HEAD + BARS + GAP
        if probability <= 0:
            return top + TAIL
        return top + TAIL * min(max(-log10(probability) / self.decades, 0.0), 1.0)


def _bars(view: SpreadView, axes: _Axes) -> Markup:
    top = max([probability for _, _, probability in view.bars], default=1.0) or 1.0
    base = HEAD + BARS
    drawn = []
    for low, high, probability in view.bars:
        height = BARS * probability / top
        says = f"log10 LR {log10_text(low)} to {log10_text(high)}: {share_text(probability)}"
        left, right = axes.x(low), axes.x(high)
        bar = box(left, base - height, max(right - left - 0.6, 0.4), height)
        drawn.append(group(element("title", says), bar))
    apart = []
    if view.excluded > 0:
        apart.append(f"{share_text(view.excluded)} cannot have contributed")
    if view.below > 0:
        apart.append(f"{share_text(view.below)} lie lower")
    return group(
        group(*drawn, fill=OTHERS),
        line(LEFT, base, WIDTH - RIGHT, base, stroke=INK, stroke_width=0.8),
        text(LEFT, 11, "Random people" + (f": {', '.join(apart)}" if apart else ""), fill=INK),
    )


def _tail(view: SpreadView, axes: _Axes) -> Markup:
    every = max(1, ceil(axes.decades / 6))
    decades = range(0, axes.decades + 1, every)
    right = WIDTH - RIGHT
    grid = [line(LEFT, axes.y(10.0**-k), right, axes.y(10.0**-k)) for k in decades]
    words = [
        text(LEFT - 5, axes.y(10.0**-k) + 3, decade_text(k),
             text_anchor="end")
        for k in decades
    ]  # fmt: skip
    points = [(axes.x(at), axes.y(high)) for at, _, high in view.tail if high > 0]
    steps = [(axes.x(at), axes.y(10.0**-at)) for at in (0.0, min(axes.high, float(axes.decades)))]
    start = [(axes.x(axes.low), axes.y(1.0)), *steps]
    top = HEAD + BARS + GAP
    return group(
        group(*grid, stroke=FAINT, stroke_width=0.5),
        group(*words, font_size=8.0, fill=GREY),
        text(LEFT, top - 6, "How many reach a log10 LR or more", fill=INK),
        _path(start, BOUND, "5 3"),
        _path(points, OTHERS, ""),
        line(LEFT, top + TAIL, right, top + TAIL, stroke=INK, stroke_width=0.8),
    )


def _path(points: list[tuple[float, float]], colour: str, dashes: str) -> Markup:
    if len(points) < 2:
        return Markup("")
    d = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    dashed = {"stroke_dasharray": dashes} if dashes else {}
    return element("path", d=d, fill="none", stroke=colour, stroke_width=1.4, **dashed)


def _suspect(view: SpreadView, axes: _Axes) -> Markup:
    x = axes.x(view.observed)
    words = f"the suspect {log10_text(view.observed)}"
    to_the_left = x + text_width(words) + 6 > WIDTH
    reached = _reached(view)
    return group(
        line(x, 16, x, HEAD + BARS + GAP + TAIL, stroke=SUSPECT, stroke_width=1.2),
        text(x - 4 if to_the_left else x + 4, 25, words, fill=SUSPECT, class_="halo",
             text_anchor="end" if to_the_left else "start", font_weight="bold"),
        element("circle", cx=x, cy=axes.y(reached), r=3.2, fill=SUSPECT),
    )  # fmt: skip


def _x_axis(axes: _Axes) -> Markup:
    bottom = HEAD + BARS + GAP + TAIL
    marks = ticks(axes.low, axes.high, about=8)
    lines = [line(axes.x(at), bottom, axes.x(at), bottom + 3) for at in marks]
    lines += [line(axes.x(at), HEAD + BARS, axes.x(at), HEAD + BARS + 3) for at in marks]
    numbers = [
        text(axes.x(at), bottom + 13, f"{at:g}".replace("-", MINUS), text_anchor="middle")
        for at in marks
    ]
    return group(
        group(*lines, stroke=GREY, stroke_width=0.6),
        group(*numbers, font_size=8.5, fill=GREY),
        text((LEFT + WIDTH - RIGHT) / 2, bottom + 28, "log10 LR", text_anchor="middle", fill=INK),
    )
