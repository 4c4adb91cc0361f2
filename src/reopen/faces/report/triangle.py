"""Picture of how pairs of people are related: the triangle of identity by descent.

One point for each pair, where its genotypes put it; a line leads to where the pedigree puts it,
dashed where the two do not go together; dotted ones lead to each place of a pair in dispute.
Not for: what a point rests on (`weigh.kappa`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from reopen.faces.report.svg import (
    FAINT,
    GREY,
    INK,
    PAPER,
    element,
    group,
    line,
    number,
    picture,
    shortened,
    text,
)

SIDE, LEFT, TOP, FOOT, MARGIN = 300.0, 46.0, 18.0, 46.0, 190.0
POINT, FLAGGED, DISPUTED, NEVER = "#2f5d8a", "#b00020", "#8a5a00", "#eef1f4"
LABEL_STEP, LABEL_SIZE = 11.0, 9.0
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)
# Where relations lie: k0, k2, and where the name stands beside the mark.
RELATIONS = (
    ("identical", 0.0, 1.0, 8.0, -6.0, "start"),
    ("parent, child", 0.0, 0.0, 0.0, 26.0, "start"),
    ("full siblings", 0.25, 0.25, 6.0, -4.0, "start"),
    ("half siblings, uncle, grandparent", 0.5, 0.0, 0.0, 36.0, "middle"),
    ("first cousins", 0.75, 0.0, 0.0, 26.0, "middle"),
    ("unrelated", 1.0, 0.0, 8.0, 26.0, "middle"),
    ("double first cousins", 9 / 16, 1 / 16, 5.0, -5.0, "start"),
)

Kappa = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class PairPoint:
    """A pair of people in the triangle.

    name     of the pair, as "mother and child"
    kappa    (k0, k1, k2), as estimated
    stated   as the pedigree says; None where it says nothing, or one of the two is inbred
    relation  as the pedigree says, in words
    flagged  the estimate and the pedigree do not go together
    places   of a pair in dispute: where each hypothesis puts it, and its name
    """

    name: str
    kappa: Kappa
    stated: Kappa | None = None
    relation: str = ""
    flagged: bool = False
    places: tuple[tuple[Kappa, str], ...] = ()

    @property
    def named(self) -> bool:
        """In the margin."""
        return self.flagged or bool(self.places)


def triangle(pairs: Sequence[PairPoint], title: str) -> Markup:
    """k0 across, k2 upwards; pairs that contradict the pedigree, or are in dispute, are named."""
    flagged = [pair.name for pair in pairs if pair.flagged]
    disputed = [pair for pair in pairs if pair.places]
    named = [pair for pair in pairs if pair.named]
    said = f"{len(pairs)} pairs of people; not as the pedigree says: {_listed(flagged)}."
    if disputed:
        said += f" In dispute: {_listed([pair.name for pair in disputed])}."
    return picture(
        LEFT + SIDE + (MARGIN if named else 36.0),
        TOP + SIDE + FOOT,
        title,
        said,
        _cannot_be(),
        _axes(),
        group(*(_relation(*relation) for relation in RELATIONS), font_size=8.5, fill=GREY),
        group(*(_from_stated(pair) for pair in pairs)),
        group(*(_to_places(pair) for pair in disputed)),
        group(*(_point(pair) for pair in (*_others(pairs), *named))),
        _labels(named),
        class_="plot",
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _others(pairs: Sequence[PairPoint]) -> list[PairPoint]:
    return [pair for pair in pairs if not pair.named]


def _x(k0: float) -> float:
    return LEFT + SIDE * k0


def _y(k2: float) -> float:
    return TOP + SIDE * (1 - k2)


def _place(kappa: Kappa) -> tuple[float, float]:
    return _x(kappa[0]), _y(kappa[2])


def _cannot_be() -> Markup:
    """k1^2 < 4 k0 k2: no two people without inbreeding lie there."""
    edge = [((1 - s) ** 2, s**2) for s in (k / 40 for k in range(41))]
    path = "L".join(f"{number(_x(k0))} {number(_y(k2))}" for k0, k2 in edge)
    return element("path", d=f"M{path}z", fill=NEVER)


def _axes() -> Markup:
    grid = [line(_x(at), _y(0), _x(at), _y(1 - at)) for at in TICKS]
    grid += [line(_x(0), _y(at), _x(1 - at), _y(at)) for at in TICKS]
    below = [text(_x(at), _y(0) + 13, f"{at:g}", text_anchor="middle") for at in TICKS]
    beside = [text(LEFT - 5, _y(at) + 3, f"{at:g}", text_anchor="end") for at in TICKS]
    corners = " ".join(
        f"{number(_x(a))},{number(_y(b))}" for a, b in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    )
    return group(
        group(*grid, stroke=FAINT, stroke_width=0.5),
        element("polygon", points=corners, fill="none", stroke=GREY, stroke_width=0.8),
        group(*below, *beside, font_size=8.5, fill=GREY),
        text(_x(0.72), _y(0.62), "across: k0, no allele shared", text_anchor="middle", fill=INK),
        text(_x(0.72), _y(0.58), "upwards: k2, both shared", text_anchor="middle", fill=INK),
        text(_x(0.36), _y(0.44), "cannot be", text_anchor="middle", fill=GREY, font_size=8.5),
    )


def _relation(name: str, k0: float, k2: float, right: float, down: float, anchor: str) -> Markup:
    x, y = _x(k0), _y(k2)
    cross = group(line(x - 3, y, x + 3, y), line(x, y - 3, x, y + 3), stroke=GREY)
    return group(cross, text(x + right, y + down, name, text_anchor=anchor))


def _from_stated(pair: PairPoint) -> Markup:
    """From where the pedigree puts a pair: a thin line, dashed in red where that is doubtful."""
    if pair.stated is None:
        return Markup("")
    way = (*_place(pair.stated), *_place(pair.kappa))
    if pair.flagged:
        return line(*way, stroke=FLAGGED, stroke_width=0.9, stroke_dasharray="4 3")
    return line(*way, stroke=POINT, stroke_width=0.5, stroke_opacity=0.5)


def _to_places(pair: PairPoint) -> Markup:
    """An open square where each hypothesis puts a pair in dispute."""
    marks = []
    for kappa, name in pair.places:
        x, y = _place(kappa)
        way = line(
            *_place(pair.kappa), x, y, stroke=DISPUTED, stroke_width=0.9, stroke_dasharray="1.5 2.5"
        )
        square = element("rect", x=x - 4, y=y - 4, width=8, height=8, fill="none", stroke=DISPUTED)
        marks.append(group(element("title", f"{pair.name}: {name}"), way, square))
    return group(*marks)


def _point(pair: PairPoint) -> Markup:
    k0, k1, k2 = pair.kappa
    says = f"{pair.name}: k0 = {k0:.2f}, k1 = {k1:.2f}, k2 = {k2:.2f}"
    if pair.relation:
        says += f"; stated: {pair.relation}"
    x, y = _place(pair.kappa)
    dot = element(
        "circle", cx=x, cy=y, r=4.0 if pair.named else 3.0, fill=_colour(pair), stroke=PAPER,
        stroke_width=0.8,
    )  # fmt: skip
    return group(element("title", says), dot)


def _colour(pair: PairPoint) -> str:
    if pair.flagged:
        return FLAGGED
    return DISPUTED if pair.places else POINT


def _labels(named: Sequence[PairPoint]) -> Markup:
    """Names in the margin, beside their points where there is room, with a line to each."""
    top, bottom = TOP + 8, TOP + SIDE
    rows = int((bottom - top) / LABEL_STEP) + 1
    shown = sorted(named, key=lambda pair: (-pair.kappa[2], pair.kappa[0]))
    if len(shown) > rows:
        shown = shown[: rows - 1]
    left = LEFT + SIDE + 16
    parts, y = [], top - LABEL_STEP
    for k, pair in enumerate(shown):
        lowest = bottom - LABEL_STEP * (len(shown) - k - (len(shown) == len(named)))
        x, level = _place(pair.kappa)
        y = min(max(y + LABEL_STEP, level + 3), lowest)
        parts += [
            line(x + 4, level, left - 2, y - 3, stroke=_colour(pair), stroke_width=0.5),
            text(left, y, shortened(pair.name, MARGIN - 18, LABEL_SIZE), fill=_colour(pair)),
        ]
    if len(shown) < len(named):
        parts.append(text(left, bottom, f"and {len(named) - len(shown)} more", fill=GREY))
    return group(*parts, font_size=LABEL_SIZE)
