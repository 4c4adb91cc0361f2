"""How the cost of one likelihood grows with contributors and alleles, beside what theory says.

One locus whose alleles all lie one repeat apart, so that every one of them meets its neighbours'
stutter: the dearest case for its number of alleles. Not here: whole mixtures (`timing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from reopen.faces.report.svg import text
from reopen.records import (
    Allele,
    AlleleFrequencies,
    Kit,
    Locus,
    Marker,
    Peak,
    Population,
    Replicate,
    Stain,
    proposition,
)
from reopen.weigh.encode import encode
from reopen.weigh.fit import one_blas_thread
from reopen.weigh.mixture import MixtureLikelihood
from verification.charts import BLUE, ORANGE, RED, Axis, Panel, sheet
from verification.timing import THETA, Row, StutterModel, model_of, seconds_of, truth_of

ALLELES, PERSONS = 8, 4  # held while the other changes
MOVES: dict[StutterModel, int] = {"back": 10, "back and forward": 15}  # of one person at a place
COLOURS: dict[StutterModel, str] = {"back": BLUE, "back and forward": RED}
_LOCUS = Locus("ONE")
_WIDTH, _HEIGHT = 400.0, 330.0


@dataclass(frozen=True, slots=True)
class Point:
    """CPU seconds of one likelihood of one locus."""

    persons: int
    alleles: int
    stutter: StutterModel
    seconds: float


def points(most_persons: int = 6, most_alleles: int = 16) -> list[Point]:
    """Both series: contributors at ALLELES alleles, and alleles at PERSONS contributors."""
    numbers = [(n, ALLELES) for n in range(1, most_persons + 1)]
    numbers += [(PERSONS, a) for a in range(2, most_alleles + 1, 2) if a != ALLELES]
    with one_blas_thread():
        return [point(n, a, stutter) for stutter in MOVES for n, a in numbers]


def point(persons: int, alleles: int, stutter: StutterModel) -> Point:
    """One measurement."""
    labels = [Allele(str(10 + k)) for k in range(alleles)]
    sizes = {label: 100.0 + 4.0 * k for k, label in enumerate(labels)}
    kit = Kit("Invented", (Marker(_LOCUS, "blue", sizes),), source="invented")
    table = {_LOCUS: dict.fromkeys(labels, 1.0 / (alleles + 1)) | {Allele("50"): 1 / (alleles + 1)}}
    population = Population(AlleleFrequencies("Invented people", table, "invented"), THETA)
    peaks = tuple(Peak(label, 400.0, sizes[label]) for label in labels)
    stain = Stain("S", (Replicate("S", {_LOCUS: peaks}),), kit.name)
    row = Row(persons, stutter, stains=1)
    encoded = encode(stain, proposition(unknowns=persons), population, kit, model_of(row))
    likelihood, truth = MixtureLikelihood(encoded), truth_of(row)
    likelihood.ln_likelihood(truth)
    return Point(persons, alleles, stutter, seconds_of(lambda: likelihood.ln_likelihood(truth)))


def drawing(found: Sequence[Point]) -> Markup:
    """Two panels: by contributors with theory's growth, and by alleles."""
    by_alleles = [p for p in found if p.persons == PERSONS]
    most = max(p.alleles for p in by_alleles)
    top = 1.1 * max(p.seconds for p in by_alleles) * 1e3
    left = Panel(
        f"One locus of {ALLELES} alleles",
        Axis("unknown contributors", 0.7, 6.3, marks=tuple(range(1, 7))),
        Axis("CPU ms of one likelihood", 0.01, 1e4, logarithmic=True),
        0.0, 0.0, _WIDTH, _HEIGHT,
    )  # fmt: skip
    right = Panel(
        f"{PERSONS} unknown contributors",
        Axis("alleles of the locus", 0.0, most + 1.0),
        Axis("CPU ms of one likelihood", 0.0, top),
        _WIDTH, 0.0, _WIDTH, _HEIGHT,
    )  # fmt: skip
    marks = [_enumeration(left, found)]
    for stutter in MOVES:
        marks += [_by_persons(left, found, stutter), _by_alleles(right, by_alleles, stutter)]
    return sheet(
        (left, right),
        "Cost of the likelihood",
        "CPU time of one likelihood by number of unknown contributors and of alleles, measured and "
        "by theory.",
        marks,
        "Points: measured. Dashed: moves by theory, each as long as with the most contributors. "
        "Dotted: products for each genotype.",
    )


def move_seconds(found: Sequence[Point], stutter: StutterModel) -> float:
    """CPU seconds per move, of the measurement with the most contributors."""
    largest = max(
        (p for p in found if p.stutter == stutter and p.alleles == ALLELES),
        key=lambda p: p.persons,
    )
    moves: int = ALLELES * MOVES[stutter] ** largest.persons
    return largest.seconds / moves


def _by_persons(panel: Panel, found: Sequence[Point], stutter: StutterModel) -> Markup:
    each = 1e3 * move_seconds(found, stutter) * ALLELES
    theory = _inside(panel, [(n / 10, each * MOVES[stutter] ** (n / 10)) for n in range(10, 61)])
    measured = [p for p in found if p.stutter == stutter and p.alleles == ALLELES]
    x, y = panel.at(theory[-1][0], theory[-1][1])
    dx, dy = (-8, -4) if stutter == "back and forward" else (14, 40)
    name = f"{MOVES[stutter]}^U moves"
    named = text(x + dx, y + dy, name, text_anchor="end", fill=COLOURS[stutter])
    return Markup("").join(
        [panel.curve(theory, COLOURS[stutter], "6 4"), named, _dots(panel, measured, "persons")]
    )


def _by_alleles(panel: Panel, found: Sequence[Point], stutter: StutterModel) -> Markup:
    measured = sorted((p for p in found if p.stutter == stutter), key=lambda p: p.alleles)
    number = np.array([p.alleles for p in measured], dtype=float)
    slope, level = np.polyfit(number, [1e3 * p.seconds for p in measured], 1)
    ends = [(float(x), float(level + slope * x)) for x in (number[0], number[-1])]
    x, y = panel.at(*ends[-1])
    named = text(x - 12, y - 6, f"{stutter} stutter", text_anchor="end", fill=COLOURS[stutter])
    line = panel.curve(ends, COLOURS[stutter])
    return Markup("").join([line, named, _dots(panel, measured, "alleles")])


def _enumeration(panel: Panel, found: Sequence[Point]) -> Markup:
    """One product of a factor for each allele for each joint genotype, a factor taking a move."""
    genotypes = ALLELES * (ALLELES + 1) // 2
    each = 1e3 * move_seconds(found, "back") * ALLELES
    line = _inside(panel, [(n / 20, each * genotypes ** (n / 20)) for n in range(20, 121)])
    x, y = panel.at(*line[-1])
    named = text(x - 18, y + 10, f"{genotypes}^U genotypes", text_anchor="end", fill=ORANGE)
    return panel.curve(line, ORANGE, "2 4") + named


def _dots(panel: Panel, measured: Sequence[Point], by: str) -> Markup:
    return Markup("").join(
        panel.dot(
            getattr(p, by), 1e3 * p.seconds, COLOURS[p.stutter],
            f"{p.persons} persons, {p.alleles} alleles, {p.stutter} stutter: "
            f"{1e3 * p.seconds:.3g} ms",
        )
        for p in measured
    )  # fmt: skip


def _inside(panel: Panel, line: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [(x, y) for x, y in line if panel.y.low <= y <= panel.y.high]
