"""Peak pictures: what was observed in one dye, with what the fitted model expects drawn over it.

Each replicate is a strip of its own on shared axes. Drawn from called peaks, not from the raw
trace: baseline, noise and peak shape are not evidence here, and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

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
    number,
    picture,
    rows_without_overlap,
    shortened,
    text,
    text_width,
    ticks,
)
from reopen.faces.report.views import DyePanel, LocusSpan, PeakView
from reopen.faces.report.wording import rfu_text

# Yellow (NED, shown black on many instruments) is unreadable on paper: dark amber stands for it.
COLOURS = {
    "blue": "#1f5fbf", "green": "#1a7f37", "yellow": "#8a6100", "black": "#8a6100",
    "red": "#c0262d", "purple": "#7a3fa0", "orange": "#c75a00",
}  # fmt: skip

TO_LOOK_AT, TO_LOOK_AT_WASH = "#b00020", "#fdeef0"
WIDTH = 800.0
LEFT, RIGHT = 44.0, 8.0
BAR, SCALE, STRIP = 15.0, 14.0, 96.0
HEADROOM = 1.08
HALF_PEAK = 4.5
LABEL_HEIGHT, LABEL_SIZE, HEIGHT_SIZE = 21.0, 9.5, 8.0
STRIP_GAP = 14.0


@dataclass(frozen=True, slots=True)
class _Axes:
    """Where a place (bp or slot) and a height (RFU) lie in a strip whose baseline is at 0."""

    low: float
    high: float
    top_rfu: float

    def x(self, place: float) -> float:
        share = (place - self.low) / ((self.high - self.low) or 1.0)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, rfu: float) -> float:
        return -STRIP * rfu / self.top_rfu


def electropherogram(panel: DyePanel, stain: str) -> Markup:
    """The picture of one panel."""
    axes = _Axes(*panel.axis, top_rfu=HEADROOM * (panel.tallest_rfu or 1.0))
    bars, y = _locus_bars(panel, axes)
    parts = [bars]
    if panel.in_base_pairs:
        parts.append(_bp_scale(panel, axes, y))
        y += SCALE
    for index in range(len(panel.replicates)):
        strip, below = _strip(panel, axes, index)
        parts.append(group(strip, transform=f"translate(0 {number(y + STRIP)})"))
        y += STRIP + below + STRIP_GAP
    name = f"{panel.dye} dye" if panel.dye else "loci without fragment sizes"
    return picture(
        WIDTH, y - STRIP_GAP + 2, f"Peaks of {stain}, {name}", _description(panel), *parts
    )


def legend(*, checked: bool = False) -> Markup:
    """What the signs in the peak pictures mean. checked: with those of a model that was checked."""
    entries: list[tuple[str, Callable[[float], Markup]]] = [
        ("observed peak", lambda x: _hump(x, 0, -12, fill=GREY)),
        ("height the fitted model expects", lambda x: _marker(x, -6, unseen=False)),
        ("expected, not observed", lambda x: _unseen(x, -9)),
        ("analytical threshold", lambda x: _dashes(x - 8, x + 8, -6)),
    ]
    if checked:
        entries.insert(2, ("95 % of heights expected", lambda x: _bar(x, -1, -12)))
        entries.append(("a peak to look at", _to_look_at_sign))
    parts, x = [], 14.0
    for words, sign in entries:
        parts += [sign(x), text(x + 13, -2.5, words)]
        x += 32 + text_width(words) * 0.92
    return picture(
        x,
        18,
        "Legend of the peak pictures",
        "; ".join(words for words, _ in entries),
        group(*parts, transform="translate(0 15)", fill=INK),
        class_="legend",
    )


def _to_look_at_sign(x: float) -> Markup:
    return box(x - 7, -12, 14, 11, fill=TO_LOOK_AT_WASH, stroke=TO_LOOK_AT, stroke_width=1.6)


def _description(panel: DyePanel) -> str:
    """The picture told in words, locus by locus."""
    sentences = []
    for index, name in enumerate(panel.replicates):
        told = []
        for span in panel.loci:
            peaks = [p for p in panel.peaks if (p.replicate, p.locus) == (index, span.locus)]
            seen = " ".join(p.allele for p in peaks if not p.is_unseen) or "no peak"
            told.append(f"{span.locus} {seen if index in span.typed_in else 'not typed'}")
        sentences.append(f"{name or f'Replicate {index + 1}'}: {', '.join(told)}.")
    return " ".join(sentences)


def _locus_bars(panel: DyePanel, axes: _Axes) -> tuple[Markup, float]:
    """Locus names over their ranges, and the height they take."""
    extents = []
    for span in panel.loci:
        low, high = axes.x(span.low), axes.x(span.high)
        missing = max(0.0, text_width(span.locus, 9) + 4 - (high - low)) / 2
        extents.append((low - missing, high + missing))
    rows = rows_without_overlap(extents, gap=0.5)
    colour = COLOURS.get(panel.dye, GREY)
    parts = []
    for span, row, (left, right) in zip(panel.loci, rows, extents, strict=True):
        y = row * (BAR + 1)
        low, high = axes.x(span.low), axes.x(span.high)
        parts += [
            box(left, y, right - left, BAR, fill="#f1f3f5"),
            box(low, y + BAR - 2.5, high - low, 2.5, fill=colour),
            text((left + right) / 2, y + 9.5, span.locus, text_anchor="middle"),
        ]
    used = (max(rows, default=0) + 1) * (BAR + 1)
    return group(*parts, font_size=9.0, fill=INK), used


def _bp_scale(panel: DyePanel, axes: _Axes, y: float) -> Markup:
    marks = [
        joined(
            (
                line(axes.x(bp), y + SCALE - 3, axes.x(bp), y + SCALE),
                text(axes.x(bp), y + 9, number(bp), text_anchor="middle", stroke="none"),
            )
        )
        for bp in ticks(*panel.axis, about=8)
    ]
    unit = text(LEFT - 4, y + 9, "bp", text_anchor="end", stroke="none")
    return group(unit, *marks, font_size=8.0, fill=GREY, stroke=GREY, stroke_width=0.6)


def _strip(panel: DyePanel, axes: _Axes, index: int) -> tuple[Markup, float]:
    """One replicate, baseline at 0, and the height its labels take below."""
    peaks = [p for p in panel.peaks if p.replicate == index]
    colour = COLOURS.get(panel.dye, GREY)
    labels, below = _labels(peaks, axes, panel.threshold_rfu, colour)
    name = panel.replicates[index]
    parts = [
        _frame(panel, axes),
        group(*(_untyped(s, axes) for s in panel.loci if index not in s.typed_in)),
        labels,
        group(*(_observed(p, axes) for p in peaks if p.height_rfu), fill=colour),
        group(*(_expected(p, axes) for p in peaks if p.expected_rfu > 0)),
    ]
    if panel.threshold_rfu > 0:
        parts.append(_dashes(LEFT, WIDTH - RIGHT, axes.y(panel.threshold_rfu)))
    if len(panel.replicates) > 1 or name:
        said = shortened(name or f"replicate {index + 1}", 240, 8.5)
        tag = text(LEFT + 4, -STRIP + 9, said, font_size=8.5, fill=INK, class_="halo")
        parts.append(tag)
    return joined(parts), below


def _frame(panel: DyePanel, axes: _Axes) -> Markup:
    """Grid, RFU axis and baseline."""
    grid, numbers = [], []
    for rfu in ticks(0, axes.top_rfu):
        y = axes.y(rfu)
        grid.append(line(LEFT, y, WIDTH - RIGHT, y))
        numbers.append(text(LEFT - 4, y + 3, number(rfu)))
    if panel.in_base_pairs:
        grid += [line(axes.x(bp), -STRIP, axes.x(bp), 0) for bp in ticks(*panel.axis, about=8)]
    return joined(
        (
            group(*grid, stroke=FAINT, stroke_width=0.5),
            group(*numbers, font_size=8.0, fill=GREY, text_anchor="end"),
            text(
                0, 0, "RFU", font_size=8.0, fill=GREY, text_anchor="middle",
                transform=f"translate(8 {number(-STRIP / 2)}) rotate(-90)",
            ),
            line(LEFT, 0, WIDTH - RIGHT, 0, stroke=INK, stroke_width=0.8),
        )
    )  # fmt: skip


def _untyped(span: LocusSpan, axes: _Axes) -> Markup:
    low, high = axes.x(span.low), axes.x(span.high)
    shade = box(low, -STRIP, high - low, STRIP, fill="#eceff1")
    if high - low < text_width("not typed", 8):
        return shade
    words = text(
        (low + high) / 2, -STRIP / 2, "not typed", text_anchor="middle", font_size=8.0, fill=GREY
    )
    return shade + words


def _hump(x: float, base: float, top: float, **attributes: str | float) -> Markup:
    """A narrow bell from the baseline to the peak's height."""
    w = HALF_PEAK
    rise = top - base
    path = (
        f"M{number(x - w)} {number(base)}c{number(w * 0.7)} 0 {number(w * 0.55)} {number(rise)} "
        f"{number(w)} {number(rise)}s{number(w * 0.3)} {number(-rise)} {number(w)} {number(-rise)}z"
    )
    return element("path", d=path, **attributes)


def _observed(peak: PeakView, axes: _Axes) -> Markup:
    height = peak.height_rfu or 0.0
    says = f"{peak.locus} {peak.allele}: {rfu_text(height)} RFU"
    if peak.expected_rfu > 0:
        says += f", expected {rfu_text(peak.expected_rfu)}{_range_words(peak)}"
    if peak.remark:
        says += f"; {peak.remark}"
    return group(element("title", says), _hump(axes.x(peak.place), 0, axes.y(height)))


def _expected(peak: PeakView, axes: _Axes) -> Markup:
    x, y = axes.x(peak.place), axes.y(peak.expected_rfu)
    whisker = _whisker(peak, x, axes)
    if not peak.is_unseen:
        return whisker + _marker(x, y, unseen=False)
    says = (
        f"{peak.locus} {peak.allele}: not observed, expected {rfu_text(peak.expected_rfu)} RFU"
        f"{_range_words(peak)}"
    )
    return group(element("title", says), whisker, _unseen(x, y))


def _range_words(peak: PeakView) -> str:
    if peak.range_rfu is None:
        return ""
    low, high = peak.range_rfu
    return f" ({rfu_text(low)} to {rfu_text(high)})"


def _whisker(peak: PeakView, x: float, axes: _Axes) -> Markup:
    """A thin line over the heights that the model expects, with short ends."""
    if peak.range_rfu is None:
        return Markup("")
    low, high = (axes.y(rfu) for rfu in peak.range_rfu)
    return _bar(x, low, high)


def _bar(x: float, low: float, high: float) -> Markup:
    ends = joined(line(x - 3, y, x + 3, y) for y in (low, high))
    return group(line(x, low, x, high), ends, stroke=INK, stroke_width=0.7)


def _marker(x: float, y: float, *, unseen: bool) -> Markup:
    """An open circle with short arms, at the expected height."""
    arms = line(x - 6, y, x + 6, y, stroke=INK, stroke_width=0.9)
    fill = PAPER if unseen else "none"
    return arms + element("circle", cx=x, cy=y, r=2.4, fill=fill, stroke=INK, stroke_width=0.9)


def _unseen(x: float, y: float) -> Markup:
    stem = line(x, 0, x, y, stroke=INK, stroke_width=0.8, stroke_dasharray="1.5 1.5")
    return stem + _marker(x, y, unseen=True)


def _dashes(x1: float, x2: float, y: float) -> Markup:
    return line(x1, y, x2, y, stroke="#b00020", stroke_width=0.8, stroke_dasharray="5 3")


def _labels(
    peaks: list[PeakView], axes: _Axes, threshold: float, colour: str
) -> tuple[Markup, float]:
    """Boxes with allele and height below the baseline, in as many rows as they need.

    An expected allele that was not seen has a box where at least half the threshold is expected.
    """
    boxed = [p for p in peaks if not p.is_unseen or p.expected_rfu >= max(threshold / 2, 1.0)]
    widths = [_label_width(p) for p in boxed]
    spans = [
        (axes.x(p.place) - w / 2, axes.x(p.place) + w / 2)
        for p, w in zip(boxed, widths, strict=True)
    ]
    rows = rows_without_overlap(spans)
    leaders, boxes = [], []
    for peak, row, width in zip(boxed, rows, widths, strict=True):
        x, y = axes.x(peak.place), 4 + row * (LABEL_HEIGHT + 2)
        leaders.append(line(x, 0, x, y))
        boxes.append(_label(peak, x, y, width, colour))
    below = 4 + (max(rows, default=-1) + 1) * (LABEL_HEIGHT + 2)
    drawn = group(*leaders, stroke=GREY, stroke_width=0.5) + group(
        *boxes, text_anchor="middle", font_size=LABEL_SIZE, stroke_width=0.8
    )
    return drawn, below


def _label_width(peak: PeakView) -> float:
    lines = text_width(peak.allele, LABEL_SIZE), text_width(_label_height(peak), HEIGHT_SIZE)
    return max(14.0, *lines) + 3


def _label_height(peak: PeakView) -> str:
    """Second line of a label: the height, the expected one in brackets where none was seen."""
    if peak.height_rfu is None:
        return "no RFU"
    return f"({rfu_text(peak.expected_rfu)})" if peak.is_unseen else rfu_text(peak.height_rfu)


def _label(peak: PeakView, x: float, y: float, width: float, colour: str) -> Markup:
    if peak.is_unseen:
        frame = box(
            x - width / 2, y, width, LABEL_HEIGHT, fill=PAPER, stroke=GREY, stroke_dasharray="2 2"
        )
        tint = GREY
    elif peak.remark:
        frame = box(
            x - width / 2,
            y,
            width,
            LABEL_HEIGHT,
            fill=TO_LOOK_AT_WASH,
            stroke=TO_LOOK_AT,
            stroke_width=1.6,
        )
        tint = TO_LOOK_AT
    else:
        frame = box(x - width / 2, y, width, LABEL_HEIGHT, fill=PAPER, stroke=colour)
        tint = INK
    return joined(
        (
            frame,
            text(x, y + 9.5, peak.allele, fill=tint),
            text(x, y + 18.5, _label_height(peak), fill=GREY, font_size=HEIGHT_SIZE),
        )
    )
