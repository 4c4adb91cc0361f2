"""Small helpers that write SVG: elements, whole pictures, axis ticks, rows without overlap.

All text is escaped on the way in. Nothing here knows what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10

from markupsafe import Markup, escape

INK = "#1d2329"
FAINT = "#d9dee3"
GREY = "#5c6670"
PAPER = "#ffffff"
# Width of a digit as a share of the font size, in a wide sans-serif face.
CHARACTER = 0.63


def element(name: str, *children: str, **attributes: str | float) -> Markup:
    """One element. Attribute names write "_" for "-"; children that are not Markup are escaped."""
    opening = name + "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_value(value)}"'
        for key, value in attributes.items()
    )
    inside = "".join(str(escape(child)) for child in children)
    return Markup(f"<{opening}>{inside}</{name}>" if inside else f"<{opening}/>")


def _value(value: str | float) -> str:
    return str(escape(value)) if isinstance(value, str) else number(value)


def number(value: float) -> str:
    """A coordinate to a tenth of a unit, without a trailing zero."""
    digits = f"{value:.1f}".removesuffix(".0")
    return "0" if digits == "-0" else digits


def picture(
    width: float,
    height: float,
    title: str,
    description: str,
    *children: str,
    class_: str = "",
    scale: float = 1.0,
) -> Markup:
    """A whole SVG picture with a name and a description for screen readers.

    scale  how large it is shown where there is room
    """
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *children,
        class_=class_ or "picture",
        role="img",
        width=width * scale,
        viewBox=f"0 0 {number(width)} {number(height)}",
        font_size=10.0,
    )


def text(x: float, y: float, content: str, **attributes: str | float) -> Markup:
    return element("text", content, x=x, y=y, **attributes)


def line(x1: float, y1: float, x2: float, y2: float, **attributes: str | float) -> Markup:
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, **attributes)


def box(x: float, y: float, width: float, height: float, **attributes: str | float) -> Markup:
    return element("rect", x=x, y=y, width=max(width, 0.0), height=height, **attributes)


def group(*children: str, **attributes: str | float) -> Markup:
    return element("g", *children, **attributes) if children else Markup("")


def text_width(content: str, size: float = 10.0) -> float:
    """Estimated width of a line of text."""
    return len(content) * size * CHARACTER


def shortened(content: str, width: float, size: float = 10.0) -> str:
    """The text, cut with an ellipsis where it would be wider than `width`."""
    room = max(1, floor(width / (size * CHARACTER)))
    return content if len(content) <= room else content[: room - 1] + "…"


def ticks(low: float, high: float, about: int = 4) -> tuple[float, ...]:
    """Round values (steps of 1, 2 or 5) that lie within low and high."""
    if not high > low:
        return (low,)
    rough = (high - low) / about
    power = 10.0 ** floor(log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * 0.999)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return tuple(i * step for i in range(first, last + 1))


def rows_without_overlap(spans: Sequence[tuple[float, float]], gap: float = 1.0) -> list[int]:
    """A row for each span (in order of its start) such that none touches another of its row."""
    ends: list[float] = []
    rows = [0] * len(spans)
    for index in sorted(range(len(spans)), key=lambda i: spans[i]):
        low, high = spans[index]
        free = (row for row, end in enumerate(ends) if end + gap <= low)
        row = next(free, len(ends))
        if row == len(ends):
            ends.append(high)
        ends[row] = high
        rows[index] = row
    return rows


def joined(parts: Iterable[str]) -> Markup:
    """Elements one after another."""
    return Markup("").join(parts)
