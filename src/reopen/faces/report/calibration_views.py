"""What the page of a calibration shows, as values: tables in words, stutter as points and lines.

Nothing is learnt, rounded or counted here.
"""

from __future__ import annotations

from dataclasses import dataclass

from reopen.records import Allele, Locus, NotWeighed, Population, Run

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableView:
    """A table in words. The first column names the row; `numbers` of the others are right-set."""

    caption: str
    header: Cells
    rows: tuple[Cells, ...]
    numbers: int = 0


@dataclass(frozen=True, slots=True)
class StutterPanel:
    """Stutter of one kind at one locus.

    points  (length, share of the parent) of each parent whose stutter was seen
    line    (length, share, standard error), shortest first; empty where none was learnt
    own     (allele, length, share) of alleles that leave the line
    reason  why there is no line, or ""
    """

    locus: Locus
    points: tuple[tuple[float, float], ...]
    line: tuple[tuple[float, float, float], ...]
    own: tuple[tuple[Allele, float, float], ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KindView:
    """One kind of stutter at all loci. told: sentences before the table."""

    name: str
    told: tuple[str, ...]
    panels: tuple[StutterPanel, ...]
    table: TableView | None


@dataclass(frozen=True, slots=True)
class LaboratoryView:
    """What was learnt of one kit. warnings: what a reader must not miss."""

    kit: str
    counts: tuple[tuple[str, int], ...]
    warnings: tuple[str, ...]
    settings: TableView
    spreads: TableView
    dropin: str
    kinds: tuple[KindView, ...]


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """The whole page."""

    title: str
    made_at: str
    laboratories: tuple[LaboratoryView, ...]
    assumptions: Cells
    notices: Cells
    not_used: tuple[tuple[str, tuple[NotWeighed, ...]], ...]
    run: Run
    references_cited: Cells
    populations: tuple[Population, ...] = ()
