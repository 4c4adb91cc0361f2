"""What the report of a kinship weighing shows, as frozen values, computed elsewhere.

Not here: drawing of pedigrees (`pedigree_drawing`), wording (`faces.workbench.kinship_shown`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reopen.faces.report.family_views import CheckView
from reopen.records import NotWeighed, Pedigree, Population, Run


@dataclass(frozen=True, slots=True)
class HypothesisView:
    """One hypothesis: its pedigree, in words and to be drawn.

    left_out    how many people of a large pedigree are not drawn, since they join nobody typed
    typed       members with a profile
    candidates  members whose place differs from the hypothesis it is compared with
    """

    name: str
    says: str
    pedigree: Pedigree
    typed: tuple[str, ...]
    candidates: tuple[str, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class KinshipRow:
    """One locus. first, second: log10 of the probabilities, in words where they are 0.

    tone  "" for a normal locus, "mutation", "excluded" or "gap"
    """

    locus: str
    first: str
    second: str
    log10: str
    remark: str
    tone: str


@dataclass(frozen=True, slots=True)
class RatioView:
    """One hypothesis against the reference, with the population of the lowest LR.

    by_population  name and log10 of every population; empty for a single one
    per_locus      terms that are counted
    """

    numerator: str
    denominator: str
    sentence: str
    log10: float
    population: str
    by_population: tuple[tuple[str, float], ...]
    warnings: tuple[str, ...]
    rows: tuple[KinshipRow, ...]
    per_locus: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class KinshipView:
    """Everything that the report of a kinship weighing shows.

    gaps  who was not typed where; says nothing, for or against
    """

    title: str
    made_at: str
    case: str
    hypotheses: tuple[HypothesisView, ...]
    ratios: tuple[RatioView, ...]
    check: CheckView | None
    gaps: tuple[str, ...]
    notices: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    assumptions: tuple[str, ...]
    populations: tuple[Population, ...]
    run: Run
    references_cited: tuple[str, ...]
