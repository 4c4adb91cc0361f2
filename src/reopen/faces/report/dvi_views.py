"""What the report of identifications shows, as frozen values, computed and worded elsewhere.

Not here: drawing (`pedigree_drawing`), the page (`templates/dvi.html.j2`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reopen.faces.report.family_views import CheckView
from reopen.records import NotWeighed, Pedigree, Population, Run


@dataclass(frozen=True, slots=True)
class ConclusionRow:
    """What is concluded of one person. tone: named, open, excluded or gap."""

    person: str
    conclusion: str
    others: str
    log10_lr: str
    log10_glr: str
    probability: str
    evidence: str
    tone: str


@dataclass(frozen=True, slots=True)
class PairCell:
    """A pair in the table of all pairs.

    tone   ratio, excluded, sex or gap: never told apart by colour alone
    shade  0 to 1, how strongly the DNA speaks for the pair
    """

    text: str
    tone: str
    shade: float = 0.0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Bar:
    """A probability with its name. share: 0 to 1; text: as worded."""

    name: str
    share: float
    text: str


@dataclass(frozen=True, slots=True)
class CandidateRow:
    """A victim as a missing person of a family."""

    missing: str
    victim: str
    log10_lr: str
    probability: str
    remark: str


@dataclass(frozen=True, slots=True)
class DviFamilyView:
    """A family as it is drawn, and the victims who may be its missing.

    remarks  member -> a few words that a pointer shows
    """

    id: str
    says: str
    pedigree: Pedigree
    typed: tuple[str, ...]
    missing: tuple[str, ...]
    candidates: tuple[CandidateRow, ...]
    remarks: Mapping[str, str]
    warning: str = ""
    check: CheckView | None = None


@dataclass(frozen=True, slots=True)
class DviView:
    """Everything that the report of identifications shows.

    columns, pairs  the table of all pairs: missing people; rows of a victim and its cells
    assignments     log10 LR, probability, who is who
    """

    title: str
    made_at: str
    summary: str
    warnings: tuple[str, ...]
    of_missing: tuple[ConclusionRow, ...]
    of_victims: tuple[ConclusionRow, ...]
    columns: tuple[str, ...]
    pairs: tuple[tuple[str, tuple[PairCell, ...]], ...]
    legend: str
    probabilities: tuple[tuple[str, tuple[Bar, ...]], ...]
    exactness: str
    prior: str
    assignments: tuple[tuple[str, str, str], ...]
    sequential: str
    families: tuple[DviFamilyView, ...]
    notices: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    assumptions: tuple[str, ...]
    populations: tuple[Population, ...]
    run: Run
    references_cited: tuple[str, ...]
