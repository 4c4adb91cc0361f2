"""An exhibit's custody as a picture: a strip to scale, and below it each event in a row.

A declared gap is a dotted, empty stretch; an unexplained one is hatched and outlined, so that the
two look different without colour too. Not here: what the gaps are (`prove.custody_chain`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from markupsafe import Markup

from reopen.faces.report import svg

WIDTH = 760.0
_STRIP_TOP, _STRIP, _AXIS = 18.0, 26.0, 22.0
_LEFT, _SPINE, _TEXT = 8.0, 152.0, 176.0
_ROW, _DETAIL, _GAP_ROW = 21.0, 13.0, 40.0
_BEAM = 7.0
_ALARM, _QUIET = "#b3261e", "#6b7680"
_HOLDERS = ("#2f5d8a", "#7a9a3a", "#a0662b", "#5f4ba0", "#2a8583", "#8a3f6a")
_STORES = ("#8d99a6", "#5f6b77", "#b3bcc5")
_SMALLEST = 2.5  # a stretch of no length is still seen


@dataclass(frozen=True, slots=True)
class Stretch:
    """A holder's time, or a gap in it. start and end None: not known to that side.

    holder   a person or store; empty for a gap
    in_store the holder is a store
    gap      '', 'declared' or 'unexplained'
    told     in words, for a gap
    """

    start: datetime | None
    end: datetime | None
    holder: str = ""
    in_store: bool = False
    gap: str = ""
    told: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event's row.

    when     its time in words
    told     what happened, from whom to whom
    details  seals, amounts, who confirmed it: a line each
    doubt    why it cannot be judged, if so
    """

    when: str
    told: str
    details: tuple[str, ...] = ()
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class CustodyTimeline:
    """An exhibit's custody, ready to draw.

    rows       events and gaps in order; a gap lies between the events round it
    stretches  on the strip
    beams      for each row, the holder from that row to the next; empty where nobody is known
    stores     holders that are stores
    """

    title: str
    rows: tuple[Happening | Stretch, ...]
    stretches: tuple[Stretch, ...]
    beams: tuple[str, ...]
    stores: frozenset[str] = frozenset()


def custody_timeline(timeline: CustodyTimeline) -> Markup:
    """The picture; its description lists every gap in words."""
    colours = _colours(timeline)
    strip = _strip(timeline, colours) if timeline.stretches else Markup("")
    top = _STRIP_TOP + _STRIP + _AXIS + 16 if timeline.stretches else _ROW
    rows, bottom = _rows(timeline, colours, top)
    key, height = _key(timeline, colours, bottom + 10)
    return svg.picture(
        WIDTH, height, timeline.title, _described(timeline), strip, *rows, key, class_="picture"
    )


def _described(timeline: CustodyTimeline) -> str:
    events = [row for row in timeline.rows if isinstance(row, Happening)]
    gaps = [row for row in timeline.rows if isinstance(row, Stretch)]
    told = "; ".join(f"{gap.gap} gap: {gap.told}" for gap in gaps) or "no gaps"
    return f"{len(events)} events; {told}."


def _colours(timeline: CustodyTimeline) -> dict[str, str]:
    """A colour for each person in the order met, a grey for each store."""
    people = dict.fromkeys(name for name in timeline.beams if name and name not in timeline.stores)
    colours = {name: _HOLDERS[i % len(_HOLDERS)] for i, name in enumerate(people)}
    stores = (name for name in dict.fromkeys(timeline.beams) if name in timeline.stores)
    greys = {name: _STORES[i % len(_STORES)] for i, name in enumerate(stores)}
    return colours | greys


# --- the strip ---------------------------------------------------------------------------------


def _strip(timeline: CustodyTimeline, colours: dict[str, str]) -> Markup:
    ends = [end for each in timeline.stretches for end in (each.start, each.end) if end]
    first, last = min(ends), max(ends)
    whole = (last - first) or timedelta(days=1)
    room = WIDTH - 2 * _LEFT

    def x(moment: datetime) -> float:
        return _LEFT + room * ((moment - first) / whole)

    bars = [
        _bar(each, x(each.start or first), x(each.end or last), colours)
        for each in sorted(timeline.stretches, key=_gaps_last)
    ]
    return svg.group(*bars, *_axis(first, last, x(first), x(last)))


def _gaps_last(stretch: Stretch) -> int:
    return ("", "declared", "unexplained").index(stretch.gap)


def _bar(each: Stretch, left: float, right: float, colours: dict[str, str]) -> Markup:
    width = max(right - left, _SMALLEST)
    if each.gap:
        return _gap_box(left, _STRIP_TOP, width, _STRIP, each)
    colour = colours.get(each.holder, _QUIET)
    bar = svg.box(left, _STRIP_TOP, width, _STRIP, fill=colour, stroke=svg.PAPER, stroke_width=0.5)
    if svg.text_width(each.holder) + 8 > width:
        return bar
    middle = _STRIP_TOP + _STRIP / 2 + 3.5
    return svg.group(bar, svg.text(left + 4, middle, each.holder, fill=svg.PAPER))


def _axis(first: datetime, last: datetime, left: float, right: float) -> Iterable[Markup]:
    """Years, or the first and last day where less than two years lie between them."""
    y = _STRIP_TOP + _STRIP
    years = [
        datetime(int(year), 1, 1, tzinfo=first.tzinfo)
        for year in svg.ticks(first.year, last.year, about=8)
        if year == int(year)
    ]
    inside = [year for year in years if first <= year <= last]
    marks = [(moment, f"{moment.year}") for moment in inside]
    if len(marks) < 2:
        marks = [(first, f"{first:%Y-%m-%d}"), (last, f"{last:%Y-%m-%d}")]
    whole = (last - first) or timedelta(days=1)
    for moment, label in marks:
        x = left + (right - left) * ((moment - first) / whole)
        anchor = "start" if x < left + 30 else "end" if x > right - 30 else "middle"
        yield svg.line(x, y, x, y + 4, stroke=svg.GREY)
        yield svg.text(x, y + 14, label, text_anchor=anchor, fill=svg.GREY)


def _gap_box(x: float, y: float, width: float, height: float, gap: Stretch) -> Markup:
    if gap.gap == "declared":
        return svg.box(
            x, y, width, height, fill=svg.PAPER, stroke=_QUIET, stroke_dasharray="1.5 2.5"
        )
    return svg.group(
        svg.box(x, y, width, height, fill=svg.PAPER, stroke=_ALARM, stroke_width=1.5),
        *_hatching(x, y, width, height),
    )


def _hatching(x: float, y: float, width: float, height: float, step: float = 5.0) -> list[Markup]:
    """Diagonals from lower left to upper right, cut at the box."""
    lines = []
    offset = step
    while offset < width + height:
        x1, y1 = x + max(0.0, offset - height), y + min(offset, height)
        x2, y2 = x + min(offset, width), y + max(0.0, offset - width)
        lines.append(svg.line(x1, y1, x2, y2, stroke=_ALARM, stroke_width=0.9))
        offset += step
    return lines


# --- the rows ----------------------------------------------------------------------------------


def _rows(
    timeline: CustodyTimeline, colours: dict[str, str], top: float
) -> tuple[list[Markup], float]:
    """Every row, and where the last one ends."""
    tops = [top]
    for row in timeline.rows:
        tops.append(tops[-1] + _height(row))
    drawn: list[Markup] = []
    places = list(zip(timeline.rows, timeline.beams, pairwise(tops), strict=True))
    for row, holder, (start, end) in places:
        if isinstance(row, Happening) and holder:
            colour = colours.get(holder, _QUIET)
            drawn.append(svg.box(_SPINE - _BEAM / 2, start + 8, _BEAM, end - start, fill=colour))
    for row, _, (start, end) in places:
        shown = _happening(row, start) if isinstance(row, Happening) else _gap(row, start, end)
        drawn.append(shown)
    return drawn, tops[-1]


def _height(row: Happening | Stretch) -> float:
    if isinstance(row, Stretch):
        return _GAP_ROW + _DETAIL * (len(_lines(row.told)) - 1)
    lines = len(row.details) + sum(len(_lines(text)) for text in (row.doubt,) if text)
    return _ROW + _DETAIL * lines


def _happening(row: Happening, top: float) -> Markup:
    y = top + 11
    texts = [svg.text(_TEXT, y, svg.shortened(row.told, WIDTH - _TEXT), font_weight="600")]
    small = [*((detail, svg.GREY) for detail in row.details)]
    small += [(line, _QUIET) for line in (_lines(row.doubt) if row.doubt else ())]
    for n, (detail, colour) in enumerate(small, start=1):
        detail = svg.shortened(detail, WIDTH - _TEXT, 9.0)
        texts.append(svg.text(_TEXT, y + n * _DETAIL, detail, fill=colour, font_size=9.0))
    return svg.group(
        svg.text(_SPINE - 14, y, row.when, text_anchor="end", fill=svg.GREY),
        svg.element(
            "circle", cx=_SPINE, cy=top + 8, r=5.0, fill=svg.PAPER, stroke=svg.INK, stroke_width=1.6
        ),
        *texts,
    )


def _gap(row: Stretch, top: float, end: float) -> Markup:
    """A stretch of the spine without a holder, and the reason beside it."""
    declared = row.gap == "declared"
    beam = _gap_box(_SPINE - _BEAM, top + 9, 2 * _BEAM, end - top - 12, row)
    colour = _QUIET if declared else _ALARM
    title = "Declared gap" if declared else "Unexplained gap"
    lines = [
        svg.text(_TEXT, top + 30 + n * _DETAIL, words, font_size=9.0)
        for n, words in enumerate(_lines(row.told))
    ]
    style = {"font_style": "italic"} if declared else {"font_weight": "700"}
    return svg.group(beam, svg.text(_TEXT, top + 18, title, fill=colour, **style), *lines)


def _lines(told: str, size: float = 9.0) -> Sequence[str]:
    """Words broken into lines that fit beside the spine."""
    lines = [""]
    for word in told.split():
        longer = f"{lines[-1]} {word}".strip()
        if svg.text_width(longer, size) > WIDTH - _TEXT and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


# --- the key -----------------------------------------------------------------------------------


def _key(timeline: CustodyTimeline, colours: dict[str, str], top: float) -> tuple[Markup, float]:
    """What the colours and stretches mean, and where the picture ends."""
    gaps = dict.fromkeys(each.gap for each in timeline.stretches if each.gap)
    entries: list[tuple[str, Stretch | str]] = [
        (name, colours[name]) for name in dict.fromkeys(timeline.beams) if name
    ]
    entries += [(f"{gap} gap", Stretch(None, None, gap=gap)) for gap in gaps]
    x, y = _LEFT, top
    drawn: list[Markup] = []
    for name, look in entries:
        width = svg.text_width(name, 9.0) + 34
        if x + width > WIDTH and x > _LEFT:
            x, y = _LEFT, y + 16
        swatch = (
            svg.box(x, y, 16, 10, fill=look)
            if isinstance(look, str)
            else _gap_box(x, y, 16, 10, look)
        )
        drawn += [swatch, svg.text(x + 20, y + 8.5, name, font_size=9.0)]
        x += width
    return svg.group(*drawn), y + 18
