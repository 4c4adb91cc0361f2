"""Pictures of a family's power: log10 LRs of true and false candidates, and relatives ranked.

Not here: what is drawn (`power_views`), how it is computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10

from markupsafe import Markup

from reopen.faces.report.power_views import CandidateCurve, CurvesView, RelativeBar
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
    shortened,
    text,
    text_width,
    ticks,
)
from reopen.faces.report.wording import MINUS, decade_text, log10_text, one_in_text, share_text

WIDTH, LEFT, RIGHT = 800.0, 64.0, 14.0
HEAD, BARS, GAP, TAIL, FOOT = 18.0, 130.0, 30.0, 150.0, 34.0
LEGEND = 15.0
COLOURS = ("#1f5f8b", "#b5482a", "#8a6100", "#5b4a8a", "#3c7a4e", "#7a3c68")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "4 4", "1 4")
LINE = "#b00020"
MOST_DECADES = 10

ROW, THICK, NAMES, NUMBERS = 36.0, 11.0, 150.0, 262.0


def power_curves(view: CurvesView, title: str) -> Markup:
    """Above how candidates' log10 LRs are spread, below how many reach each value.

    The lower scale is logarithmic: false candidates who reach a threshold are few.
    """
    axes = _Axes(view)
    said = " ".join(_said(curve, view) for curve in view.curves)
    return picture(
        WIDTH,
        axes.bottom + FOOT,
        title,
        said,
        _legend(view),
        _spreads(view, axes),
        _tails(view, axes),
        _threshold(view, axes),
        _x_axis(axes),
        class_="spread",
    )


def _said(curve: CandidateCurve, view: CurvesView) -> str:
    at = next((i for i, edge in enumerate(view.edges) if edge >= view.threshold - 1e-9), -1)
    reach = one_in_text(curve.reached[at]) if curve.reached[at] > 0 else "nobody"
    return f"{curve.name}: a log10 LR of {log10_text(view.threshold)} is reached by {reach}."


class _Axes:
    """Where log10 LRs and shares lie."""

    def __init__(self, view: CurvesView):
        self.low, self.high = view.edges[0], max(view.edges[-1], view.threshold + 0.5)
        self.top = HEAD + LEGEND * len(view.curves)
        self.base = self.top + BARS
        self.bottom = self.base + GAP + TAIL
        least = min(
            (r for c in view.curves for r, e in zip(c.reached, view.edges, strict=True)
             if r > 0 and e <= view.threshold + 1), default=0.1,
        )  # fmt: skip
        self.decades = min(max(ceil(-log10(least)), 2), MOST_DECADES)

    def x(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    def y(self, probability: float) -> float:
        depth = -log10(probability) / self.decades if probability > 0 else 1.0
        return self.bottom - TAIL * (1 - min(max(depth, 0.0), 1.0))


def _legend(view: CurvesView) -> Markup:
    rows = []
    for i, curve in enumerate(view.curves):
        y = 11 + LEGEND * i
        words = f"Candidate is {curve.name}"
        apart = []
        if curve.excluded > 0:
            apart.append(f"{share_text(curve.excluded)} excluded (LR 0)")
        if curve.lower > 5e-4:
            apart.append(f"{share_text(curve.lower)} lie lower than is drawn")
        words += f": {', '.join(apart)}" if apart else ""
        rows.append(_sample(i, LEFT, y - 3.5))
        rows.append(text(LEFT + 30, y, words, fill=INK))
    return group(*rows)


def _sample(i: int, x: float, y: float) -> Markup:
    return line(x, y, x + 24, y, **_stroke(i))


def _stroke(i: int) -> dict[str, str | float]:
    look: dict[str, str | float] = {"stroke": COLOURS[i % len(COLOURS)], "stroke_width": 1.7}
    if dashes := DASHES[i % len(DASHES)]:
        look["stroke_dasharray"] = dashes
    return look


def _spreads(view: CurvesView, axes: _Axes) -> Markup:
    """Outlines of all sorts, the missing person's filled."""
    top = max((share for curve in view.curves for share in curve.shares), default=0.0) or 1.0
    drawn = []
    for i, curve in enumerate(view.curves):
        points = [(axes.x(view.edges[0]), axes.base)]
        cells = zip(view.edges, view.edges[1:], curve.shares, strict=False)
        for low, high, share in cells:
            y = axes.base - (BARS - 8) * share / top
            points += [(axes.x(low), y), (axes.x(high), y)]
        points.append((axes.x(view.edges[-1]), axes.base))
        fill = COLOURS[0] if i == 0 else "none"
        drawn.append(
            element("path", d=_d(points), fill=fill, fill_opacity="0.18", stroke_linejoin="round",
                    **_stroke(i))
        )  # fmt: skip
    return group(
        *drawn,
        line(LEFT, axes.base, WIDTH - RIGHT, axes.base, stroke=INK, stroke_width=0.8),
    )


def _tails(view: CurvesView, axes: _Axes) -> Markup:
    every = max(1, ceil(axes.decades / 6))
    decades = range(0, axes.decades + 1, every)
    right = WIDTH - RIGHT
    grid = [line(LEFT, axes.y(10.0**-k), right, axes.y(10.0**-k)) for k in decades]
    words = [
        text(LEFT - 5, axes.y(10.0**-k) + 3, decade_text(k), text_anchor="end") for k in decades
    ]
    floor = 10.0**-axes.decades
    curves = []
    for i, curve in enumerate(view.curves):
        points = [
            (axes.x(edge), axes.y(reached))
            for edge, reached in zip(view.edges, curve.reached, strict=True)
            if reached >= floor
        ]
        if len(points) > 1:
            curves.append(element("path", d=_d(points), fill="none", **_stroke(i)))
    return group(
        group(*grid, stroke=FAINT, stroke_width=0.5),
        group(*words, font_size=8.0, fill=GREY),
        text(LEFT, axes.base + GAP - 8, "How many reach a log10 LR or more", fill=INK),
        *curves,
        line(LEFT, axes.bottom, right, axes.bottom, stroke=INK, stroke_width=0.8),
    )


def _d(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def _threshold(view: CurvesView, axes: _Axes) -> Markup:
    x = axes.x(view.threshold)
    words = f"threshold {log10_text(view.threshold)}"
    to_the_left = x + text_width(words) + 6 > WIDTH
    return group(
        line(x, axes.top - 2, x, axes.bottom, stroke=LINE, stroke_width=1.1),
        text(x - 4 if to_the_left else x + 4, axes.top + 7, words, fill=LINE, class_="halo",
             text_anchor="end" if to_the_left else "start", font_weight="bold"),
    )  # fmt: skip


def _x_axis(axes: _Axes) -> Markup:
    marks = ticks(axes.low, axes.high, about=8)
    lines = [
        line(axes.x(at), y, axes.x(at), y + 3) for at in marks for y in (axes.base, axes.bottom)
    ]
    numbers = [
        text(axes.x(at), axes.bottom + 13, f"{at:g}".replace("-", MINUS), text_anchor="middle")
        for at in marks
    ]
    return group(
        group(*lines, stroke=GREY, stroke_width=0.6),
        group(*numbers, font_size=8.5, fill=GREY),
        text((LEFT + WIDTH - RIGHT) / 2, axes.bottom + 28, "log10 LR", text_anchor="middle",
             fill=INK),
    )  # fmt: skip


def ranking(bars: Sequence[RelativeBar], title: str) -> Markup:
    """Relatives, the most useful first, with the family as it stands above them.

    Two bars each: found if true, excluded if false. The dashed line is what the family has now.
    """
    left, right = NAMES, WIDTH - NUMBERS
    head = 34.0
    height = head + ROW * len(bars) + 26
    scale = right - left

    def x(share: float) -> float:
        return left + scale * share

    rows = []
    for i, bar in enumerate(bars):
        y = head + ROW * i
        name = bar.name or "nobody more"
        bold: dict[str, str | float] = {} if bar.name else {"font_style": "italic"}
        rows += [
            text(left - 8, y + 14, shortened(name, NAMES - 10), text_anchor="end", fill=INK,
                 **bold),
            _bar(x(0), y + 2, scale * bar.inclusion, COLOURS[0],
                 f"{name}: found if it is the missing person: {share_text(bar.inclusion)}"),
            _bar(x(0), y + 3 + THICK, scale * bar.exclusion, COLOURS[1],
                 f"{name}: an unrelated person is excluded: {share_text(bar.exclusion)}"),
            text(right + 8, y + 11, f"{share_text(bar.inclusion)} found", fill=COLOURS[0]),
            text(right + 8, y + 23, f"{share_text(bar.exclusion)} excluded", fill=COLOURS[1]),
            text(right + 104, y + 11, f"log10 LR {bar.expected}", fill=INK),
            text(right + 104, y + 23, bar.false_inclusion, fill=GREY),
        ]  # fmt: skip
    bottom = head + ROW * len(bars)
    marks = (0.0, 0.25, 0.5, 0.75, 1.0)
    now = [line(x(bars[0].inclusion), head - 4, x(bars[0].inclusion), bottom,
                stroke=COLOURS[0], stroke_width=1.0, stroke_dasharray="4 3")]  # fmt: skip
    return picture(
        WIDTH,
        height,
        title,
        " ".join(
            f"{bar.name or 'Nobody more'}: {share_text(bar.inclusion)} found, "
            f"{share_text(bar.exclusion)} excluded, expected log10 LR {bar.expected}."
            for bar in bars
        ),
        group(*(line(x(m), head - 4, x(m), bottom) for m in marks), stroke=FAINT, stroke_width=0.6),
        *rows,
        *(now if bars[0].inclusion > 0 else []),
        group(*(text(x(m), bottom + 13, f"{m:.0%}", text_anchor="middle") for m in marks),
              font_size=8.5, fill=GREY),
        text(left - 8, 14, "Sampled next", text_anchor="end", font_weight="bold", fill=INK),
        text(left, 14, "Share of missing people found, of unrelated people excluded", fill=INK),
        text(right + 104, 14, "Expected; false finds", fill=INK),
        class_="ranking",
    )  # fmt: skip


def _bar(x: float, y: float, width: float, colour: str, says: str) -> Markup:
    return group(element("title", says), box(x, y, width, THICK, fill=colour))
