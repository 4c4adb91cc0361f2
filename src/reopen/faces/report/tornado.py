"""Picture of a sensitivity: how far log10 LR moves with each assumption changed by itself."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from markupsafe import Markup

from reopen.faces.report.pictures import AGAINST, FOR
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
    ticks,
)
from reopen.faces.report.weighing_views import ChangeView, SensitivityView
from reopen.faces.report.wording import MINUS, log10_text

WIDTH, ROW, NAMES, VALUES = 800.0, 17.0, 270.0, 96.0
LEAST_REACH = 0.5  # of log10 LR: differences far below it are not blown up


def tornado(view: SensitivityView, title: str) -> Markup:
    """A bar from log10 LR as weighed to log10 LR with the change; one row for each change.

    A change that could not be weighed has no bar and says so; an exclusion has an arrow.
    """
    low, high = _axis(view)
    room = WIDTH - NAMES - VALUES

    def x(value: float) -> float:
        return NAMES + (min(max(value, low), high) - low) / (high - low) * room

    bottom = ROW * (len(view.changes) + 1) + 2
    marks = [tick for tick in ticks(low, high, about=6) if low <= tick <= high]
    grid = [line(x(tick), ROW - 2, x(tick), bottom) for tick in marks]
    numbers = [
        text(x(tick), bottom + 11, f"{tick:g}".replace("-", MINUS), text_anchor="middle")
        for tick in marks
    ]
    at = x(view.log10)
    said = f"As weighed {log10_text(view.log10)}. " + ". ".join(
        f"{change.name}: {_value(change)}" for change in view.changes
    )
    return picture(
        WIDTH,
        bottom + 28,
        title,
        f"{said}.",
        group(*grid, stroke=FAINT, stroke_width=0.6),
        *(_row(change, (i + 1) * ROW, at, x) for i, change in enumerate(view.changes)),
        line(at, ROW - 4, at, bottom, stroke=INK, stroke_width=1.0),
        text(at, 10, f"as weighed {log10_text(view.log10)}", text_anchor=_side(at), fill=INK,
             font_weight="bold"),
        group(*numbers, font_size=8.5, fill=GREY),
        text(NAMES + room / 2, bottom + 24, "log10 LR", text_anchor="middle", fill=GREY),
        class_="tornado",
    )  # fmt: skip


def _axis(view: SensitivityView) -> tuple[float, float]:
    values = [view.log10, *(change.log10 for change in view.changes if change.log10 is not None)]
    finite = [value for value in values if isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    missing = max(0.0, LEAST_REACH - (high - low)) / 2
    margin = 0.04 * max(high - low, LEAST_REACH)
    return low - missing - margin, high + missing + margin


def _side(at: float) -> str:
    """Where a label over the line as weighed has room."""
    if at < NAMES + 60:
        return "start"
    return "end" if at > WIDTH - VALUES - 60 else "middle"


def _value(change: ChangeView) -> str:
    return "not weighed" if change.log10 is None else log10_text(change.log10)


def _row(change: ChangeView, y: float, at: float, x: Callable[[float], float]) -> Markup:
    """at: where the line as weighed stands. x: the place of a log10 LR."""
    said = shortened(change.name, NAMES - 10)
    parts = [element("title", f"{change.name}: {_value(change)}")]
    parts.append(text(NAMES - 8, y + 11, said, text_anchor="end", fill=INK))
    weighed = change.log10 is not None
    value = _value(change) + (" *" if change.remark else "")
    parts.append(
        text(WIDTH - 2, y + 11, value, text_anchor="end", fill=INK if weighed else GREY,
             font_style="normal" if weighed else "italic")
    )  # fmt: skip
    if change.log10 is not None:
        end = x(change.log10)
        colour = FOR if end > at else AGAINST
        parts.append(box(min(at, end), y + 3, max(abs(end - at), 1.0), ROW - 7, fill=colour))
        if not isfinite(change.log10):
            tip = 6 if change.log10 > 0 else -6
            arrow = f"M{number(end)} {number(y + 1)}l{tip} {number(ROW / 2 - 1.5)}l{-tip} 7z"
            parts.append(element("path", d=arrow, fill=colour))
    return group(*parts)
