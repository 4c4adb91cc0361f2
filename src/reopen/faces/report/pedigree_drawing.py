"""A pedigree as a picture, with the standard symbols of human genetics.

Squares are male, circles female, diamonds of unknown sex. People with a profile are filled, a
missing person has a question mark. Relatives who have children together are joined by a double
line, identical twins by slanting lines with a bar.

Symbols: Bennett et al. 2008, J Genet Couns 17:424 (standardized human pedigree nomenclature).
Not here: who stands where (`pedigree_layout`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from markupsafe import Markup

from reopen.faces.report import svg
from reopen.faces.report.pedigree_layout import FONT, LEADING, PedigreeLayout, Symbol, lay_out
from reopen.faces.report.pedigree_lines import HALF, Line
from reopen.records import Pedigree, Sex

TYPED, MARKED = "#1f5f8b", "#8a3b00"
_MARGIN, _SCALE, _WIDE = 6.0, 1.3, 1100.0
_DOUBLE, _SINGLE = 4.2, 1.3
_NAMED_AT_MOST = 40


def pedigree_drawing(
    pedigree: Pedigree,
    title: str,
    *,
    typed: Collection[str] = (),
    missing: Collection[str] = (),
    candidates: Collection[str] = (),
    deceased: Collection[str] = (),
    remarks: Mapping[str, str] | None = None,
) -> Markup:
    """The picture of a pedigree.

    typed       members with a profile: filled
    missing     members who are sought: a question mark
    candidates  members whose place is in question: outlined in another colour
    deceased    members known to have died: a slash
    remarks     member -> a few words that a pointer shows with the name
    """
    layout = lay_out(pedigree)
    marks = _Marks(pedigree, set(typed), set(missing), set(candidates), set(deceased),
                   dict(remarks or {}))  # fmt: skip
    shift = f"translate({_MARGIN:g} {_MARGIN:g})"
    return svg.picture(
        layout.width + 2 * _MARGIN,
        layout.height + 2 * _MARGIN,
        title,
        marks.told(),
        svg.group(
            *_lines(layout.lines),
            *(_symbol(symbol, marks, layout) for symbol in layout.symbols),
            transform=shift,
        ),
        class_="pedigree" if layout.width <= _WIDE else "pedigree wide",
        scale=_SCALE,
    )


class _Marks:
    """What is known of each person, beside the place."""

    def __init__(
        self,
        pedigree: Pedigree,
        typed: set[str],
        missing: set[str],
        candidates: set[str],
        deceased: set[str],
        remarks: Mapping[str, str],
    ):
        self.pedigree = pedigree
        self.typed, self.missing = typed, missing
        self.candidates, self.deceased = candidates, deceased
        self.remarks = remarks

    def told(self) -> str:
        """The pedigree in words, for those who cannot see it."""
        founders = [m.id for m in self.pedigree.members if not m.parents]
        born = [
            f"{m.id} is a child of {m.father} and {m.mother}"
            for m in self.pedigree.members
            if m.parents
        ]
        said = [*born[:_NAMED_AT_MOST], f"no parents given: {', '.join(founders)}"]
        if len(born) > _NAMED_AT_MOST:
            said.insert(_NAMED_AT_MOST, f"and {len(born) - _NAMED_AT_MOST} more children")
        for what, ids in (("typed", self.typed), ("missing", self.missing)):
            named = [id for id in self.pedigree.ids if id in ids]
            said += [f"{what}: {', '.join(named)}"] if named else []
        twins = [" and ".join(group) for group in self.pedigree.twins]
        said += [f"identical twins: {'; '.join(twins)}"] if twins else []
        return ". ".join(said) + "."

    def of(self, id: str) -> str:
        """What a pointer shows."""
        words = [self.pedigree.sex(id).value.replace("unknown", "sex unknown")]
        words += ["typed"] if id in self.typed else []
        words += ["missing"] if id in self.missing else []
        words += ["deceased"] if id in self.deceased else []
        words += [self.remarks[id]] if id in self.remarks else []
        f = self.pedigree.founder_inbreeding.get(id, 0.0)
        words += [f"inbreeding {f:g}"] if f else []
        return f"{id}: {', '.join(words)}"


def _lines(lines: Iterable[Line]) -> Iterable[Markup]:
    """Single lines, then double ones: a broad line with a white one inside."""
    related = [line for line in lines if line.kind == "related"]
    single = [_path(line) for line in lines if line.kind != "related"]
    look: dict[str, str | float] = {"fill": "none", "stroke_linecap": "square"}
    yield svg.group(*single, stroke=svg.INK, stroke_width=_SINGLE, **look)
    yield svg.group(*map(_path, related), stroke=svg.INK, stroke_width=_DOUBLE, **look)
    yield svg.group(
        *map(_path, related), stroke=svg.PAPER, stroke_width=_DOUBLE - 2 * _SINGLE, **look
    )


def _path(line: Line) -> Markup:
    return svg.element("path", d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in line.points))


def _symbol(symbol: Symbol, marks: _Marks, layout: PedigreeLayout) -> Markup:
    id, x, y = symbol.id, symbol.x, symbol.y
    asked, typed = id in marks.missing, id in marks.typed
    outline = MARKED if asked or id in marks.candidates else svg.INK
    look: dict[str, str | float] = {
        "fill": TYPED if typed else svg.PAPER,
        "stroke": outline,
        "stroke_width": 2.4 if outline == MARKED else 1.5,
    }
    parts = [svg.element("title", marks.of(id)), _shape(marks.pedigree.sex(id), x, y, look)]
    if asked:
        parts.append(
            svg.text(x, y + 4.5, "?", text_anchor="middle", font_size=13.0, font_weight="bold",
                     fill=svg.PAPER if typed else outline)
        )  # fmt: skip
    if id in marks.deceased:
        reach = HALF + 5
        parts.append(
            svg.line(x - reach, y + reach, x + reach, y - reach, stroke=svg.INK, stroke_width=1.3)
        )
    bold: dict[str, str | float] = {"font_weight": "bold"} if outline == MARKED else {}
    parts += [
        svg.text(x, y + HALF + FONT + 1 + i * LEADING, line, text_anchor="middle", font_size=FONT,
                 fill=svg.INK, class_="halo", **bold)
        for i, line in enumerate(symbol.name)
    ]  # fmt: skip
    return svg.group(*parts)


def _shape(sex: Sex, x: float, y: float, look: Mapping[str, str | float]) -> Markup:
    if sex is Sex.MALE:
        side = 2 * HALF - 2
        return svg.box(x - side / 2, y - side / 2, side, side, **look)
    if sex is Sex.FEMALE:
        return svg.element("circle", cx=x, cy=y, r=HALF - 0.5, **look)
    tip = HALF + 1
    corners = " ".join(f"{a:.1f},{b:.1f}" for a, b in
                       ((x, y - tip), (x + tip, y), (x, y + tip), (x - tip, y)))  # fmt: skip
    return svg.element("polygon", points=corners, **look)
