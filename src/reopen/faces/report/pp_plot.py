"""Picture of the peaks against the fitted model: a probability plot with its envelopes."""

from __future__ import annotations

from collections.abc import Sequence

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
    shortened,
    text,
)
from reopen.faces.report.weighing_views import Band, PlotPoint, ProbabilityPlot

SIDE, LEFT, TOP, FOOT, MARGIN = 300.0, 46.0, 8.0, 36.0, 130.0
BAND, POINT, FLAGGED = "#dfe7f0", "#2f5d8a", "#b00020"
LABEL_STEP, LABEL_SIZE = 11.0, 9.0
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


def probability_plot(plot: ProbabilityPlot, title: str) -> Markup:
    """Expected against observed cumulative probability, one point for each peak.

    Points outside the dashed limit are named in the margin.
    """
    flagged = [point for point in plot.points if point.flagged]
    expected = [point.expected for point in plot.points]
    said = (
        f"{len(plot.points)} peaks; outside the limit: "
        f"{', '.join(point.name for point in flagged) or 'none'}."
    )
    return picture(
        LEFT + SIDE + (MARGIN if flagged else 10.0),
        TOP + SIDE + FOOT,
        title,
        said,
        _band(expected, plot.pointwise),
        _axes(),
        line(_x(0), _y(0), _x(1), _y(1), stroke=GREY, stroke_width=0.8),
        *(_edge(expected, [pair[end] for pair in plot.limit]) for end in (0, 1)),
        group(*(_point(point) for point in plot.points)),
        _labels(flagged),
        class_="plot",
    )


def _x(value: float) -> float:
    return LEFT + SIDE * value


def _y(value: float) -> float:
    return TOP + SIDE * (1 - value)


def _path(xs: Sequence[float], ys: Sequence[float]) -> str:
    places = zip(xs, ys, strict=True)
    return "M" + "L".join(f"{number(_x(x))} {number(_y(y))}" for x, y in places)


def _band(expected: Sequence[float], band: Band) -> Markup:
    if not expected:
        return Markup("")
    there = _path(expected, [low for low, _ in band])
    back = _path(expected[::-1], [high for _, high in reversed(band)])
    return element("path", d=f"{there}L{back[1:]}z", fill=BAND)


def _edge(expected: Sequence[float], values: Sequence[float]) -> Markup:
    if not expected:
        return Markup("")
    return element(
        "path",
        d=_path(expected, values),
        fill="none",
        stroke=FLAGGED,
        stroke_width=0.8,
        stroke_dasharray="5 3",
    )


def _axes() -> Markup:
    grid = [line(_x(0), _y(at), _x(1), _y(at)) for at in TICKS]
    grid += [line(_x(at), _y(0), _x(at), _y(1)) for at in TICKS]
    below = [text(_x(at), _y(0) + 12, f"{at:g}", text_anchor="middle") for at in TICKS]
    beside = [text(LEFT - 5, _y(at) + 3, f"{at:g}", text_anchor="end") for at in TICKS]
    middle = _x(0.5), _y(0.5)
    return group(
        group(*grid, stroke=FAINT, stroke_width=0.5),
        box(_x(0), _y(1), SIDE, SIDE, fill="none", stroke=GREY, stroke_width=0.6),
        group(*below, *beside, font_size=8.5, fill=GREY),
        text(middle[0], _y(0) + 28, "expected, if the model holds", text_anchor="middle", fill=INK),
        text(
            0, 0, "observed", text_anchor="middle", fill=INK,
            transform=f"translate(12 {number(middle[1])}) rotate(-90)",
        ),
    )  # fmt: skip


def _point(point: PlotPoint) -> Markup:
    says = f"{point.name}: observed {point.observed:.3f}, expected {point.expected:.3f}"
    dot = element(
        "circle",
        cx=_x(point.expected),
        cy=_y(point.observed),
        r=3.4 if point.flagged else 2.0,
        fill=FLAGGED if point.flagged else POINT,
    )
    return group(element("title", says), dot)


def _labels(flagged: Sequence[PlotPoint]) -> Markup:
    """Names in the margin, beside their points where there is room, with a line to each."""
    top, bottom = TOP + 8, TOP + SIDE
    rows = int((bottom - top) / LABEL_STEP) + 1
    shown = sorted(flagged, key=lambda point: (-point.observed, point.expected))
    if len(shown) > rows:
        shown = shown[: rows - 1]
    left = LEFT + SIDE + 12
    parts, y = [], top - LABEL_STEP
    for k, point in enumerate(shown):
        lowest = bottom - LABEL_STEP * (len(shown) - k - (len(shown) == len(flagged)))
        y = min(max(y + LABEL_STEP, _y(point.observed) + 3), lowest)
        name = shortened(point.name, MARGIN - 14, LABEL_SIZE)
        parts += [
            line(_x(point.expected) + 3.4, _y(point.observed), left - 2, y - 3, stroke_width=0.5),
            text(left, y, name, stroke="none"),
        ]
    if len(shown) < len(flagged):
        parts.append(text(left, bottom, f"and {len(flagged) - len(shown)} more", stroke="none"))
    return group(*parts, fill=FLAGGED, stroke=FLAGGED, font_size=LABEL_SIZE)
