"""Picture of stutter: share of the parent against allele length, a small panel for each locus."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from reopen.faces.report.calibration_views import StutterPanel
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
    ticks,
)

COLUMNS, WIDTH = 4, 800.0
PANEL, HEAD, FOOT, LEFT = 96.0, 18.0, 24.0, 30.0
POINT, LINE, BAND, OWN = "#5f7f9f", "#1d2329", "#c9d6e4", "#b35900"
MOST_POINTS = 400  # of a panel; more would only darken it
_HIGHEST = 0.98  # quantile of the shares that sets the scale


def stutter_panels(panels: Sequence[StutterPanel], title: str) -> Markup:
    """One panel for each locus, on one scale of shares: what was seen, and the fitted line.

    The band is two standard errors of the line. Shares higher than the scale lie on its edge.
    """
    top = _top(panels)
    width = WIDTH / COLUMNS
    height = HEAD + PANEL + FOOT
    drawn = [
        group(_panel(panel, top, width), transform=f"translate({number(x)} {number(y)})")
        for k, panel in enumerate(panels)
        for x, y in [(k % COLUMNS * width, k // COLUMNS * height)]
    ]
    learnt = sum(bool(panel.line) for panel in panels)
    said = f"{len(panels)} loci, {learnt} of them with a fitted line."
    rows = -(-len(panels) // COLUMNS)
    return picture(WIDTH, max(rows, 1) * height, title, said, *drawn, class_="plot")


def _top(panels: Sequence[StutterPanel]) -> float:
    """The highest share on the scale."""
    seen = sorted(share for panel in panels for _, share in panel.points)
    fitted = [share for panel in panels for _, share, _ in panel.line]
    fitted += [share for panel in panels for _, _, share in panel.own]
    most = seen[int(_HIGHEST * (len(seen) - 1))] if seen else 0.1
    return 1.05 * max([most, *fitted])


def _panel(panel: StutterPanel, top: float, width: float) -> Markup:
    lengths = [length for length, _ in panel.points] + [length for length, _, _ in panel.line]
    low, high = (min(lengths) - 0.5, max(lengths) + 0.5) if lengths else (0.0, 1.0)
    right, base = width - 10.0, HEAD + PANEL

    def x(length: float) -> float:
        return LEFT + (length - low) / (high - low) * (right - LEFT)

    def y(share: float) -> float:
        return base - min(share / top, 1.0) * PANEL

    shares, at = ticks(0.0, top, about=3), ticks(low, high, about=4)
    step = -(-len(panel.points) // MOST_POINTS) or 1
    dots = [element("circle", cx=x(a), cy=y(s), r=1.4) for a, s in panel.points[::step]]
    return group(
        text(LEFT, HEAD - 6, panel.locus, font_weight="bold", fill=INK),
        group(*(line(LEFT, y(s), right, y(s)) for s in shares), stroke=FAINT, stroke_width=0.5),
        group(*(text(LEFT - 4, y(s) + 3, f"{s:.0%}", text_anchor="end") for s in shares),
              *(text(x(a), base + 11, f"{a:g}", text_anchor="middle") for a in at),
              font_size=8.0, fill=GREY),
        box(LEFT, HEAD, right - LEFT, PANEL, fill="none", stroke=GREY, stroke_width=0.5),
        _band([(x(a), y(max(s - 2 * e, 0.0)), y(s + 2 * e)) for a, s, e in panel.line]),
        group(*dots, fill=POINT, fill_opacity=0.5),
        _path([(x(a), y(s)) for a, s, _ in panel.line]),
        group(*(_own(x(a), y(s), str(label)) for label, a, s in panel.own), fill=OWN),
        _reason(panel.reason, (LEFT + right) / 2),
    )  # fmt: skip


def _band(edges: Sequence[tuple[float, float, float]]) -> Markup:
    if len(edges) < 2:
        return Markup("")
    there = [(x, low) for x, low, _ in edges]
    back = [(x, high) for x, _, high in reversed(edges)]
    return element("path", d=_points([*there, *back]) + "z", fill=BAND, fill_opacity=0.8)


def _path(points: Sequence[tuple[float, float]]) -> Markup:
    if len(points) < 2:
        return Markup("")
    return element("path", d=_points(points), fill="none", stroke=LINE, stroke_width=1.3)


def _points(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)


def _own(x: float, y: float, label: str) -> Markup:
    """An allele that leaves the line: a square with its name."""
    return group(
        box(x - 2.4, y - 2.4, 4.8, 4.8),
        text(x + 4, y - 3, label, font_size=8.0, class_="halo"),
    )


def _reason(reason: str, x: float) -> Markup:
    """That there is no line; why is told beside the picture."""
    said = "no line: too little seen"
    at = text(x, HEAD + 11, said, text_anchor="middle", font_size=8.0, fill=GREY, class_="halo")
    return at if reason else Markup("")
