"""What the report of families' power shows, as values.

Not here: drawing (`power_picture`, `pedigree_drawing`), the page (`templates/power.html.j2`).
"""

from __future__ import annotations

from dataclasses import dataclass

from reopen.faces.report.family_views import CheckView
from reopen.records import NotWeighed, Pedigree, Population, Run


@dataclass(frozen=True, slots=True)
class CandidateCurve:
    """log10 LRs that candidates of one sort would have.

    shares   P(log10 LR in each cell between the edges of the picture)
    reached  P(log10 LR is each edge or more)
    excluded P(LR = 0)
    lower    P(log10 LR is finite and below the first edge)
    """

    name: str
    shares: tuple[float, ...]
    reached: tuple[float, ...]
    excluded: float
    lower: float


@dataclass(frozen=True, slots=True)
class CurvesView:
    """All sorts of candidates over one scale of log10 LR: the missing person first."""

    edges: tuple[float, ...]
    threshold: float
    curves: tuple[CandidateCurve, ...]


@dataclass(frozen=True, slots=True)
class RelativeBar:
    """A family with one relative more (name empty: as it stands).

    inclusion, exclusion  probabilities; text: what stands beside the bars
    """

    name: str
    inclusion: float
    exclusion: float
    expected: str
    false_inclusion: str


@dataclass(frozen=True, slots=True)
class PowerFamilyView:
    """One family and one of its missing.

    reached  rows: log10 LR, and the share of each sort of candidate that reaches it
    loci     rows: locus and exclusion power there
    ranking  the title of the picture of relatives
    """

    title: str
    says: str
    summary: tuple[str, ...]
    pedigree: Pedigree
    typed: tuple[str, ...]
    missing: tuple[str, ...]
    could_give: tuple[str, ...]
    curves: CurvesView | None
    columns: tuple[str, ...]
    reached: tuple[tuple[str, tuple[str, ...]], ...]
    relatives: tuple[RelativeBar, ...]
    ranking: str
    loci: tuple[tuple[str, str], ...]
    check: CheckView | None


@dataclass(frozen=True, slots=True)
class PowerView:
    """Everything that the report of power shows."""

    title: str
    made_at: str
    threshold: str
    error: str
    families: tuple[PowerFamilyView, ...]
    warnings: tuple[str, ...]
    notices: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    assumptions: tuple[str, ...]
    populations: tuple[Population, ...]
    run: Run
    references_cited: tuple[str, ...]
