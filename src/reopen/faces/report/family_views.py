"""What the report shows of families of the missing, as frozen values.

Not here: drawing (`pedigree_drawing`, `triangle`), checks (`weigh.pedigree_check`).
"""

from __future__ import annotations

from dataclasses import dataclass

from reopen.faces.report.triangle import PairPoint
from reopen.records import Pedigree


@dataclass(frozen=True, slots=True)
class FamilyView:
    """A family that has links.

    findings  what its typed members say against its pedigree, in sentences
    candidates  missing member -> who may be that person, the strongest link first, in words
    """

    id: str
    pedigree: Pedigree
    typed: tuple[str, ...]
    missing: tuple[str, ...]
    pairs: tuple[PairPoint, ...]
    findings: tuple[str, ...]
    candidates: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class PairRow:
    """Two typed people: kappa as estimated, and each relation that a hypothesis states.

    stated  rows: relation with its hypotheses, and the p-value
    """

    name: str
    kappa: str
    stated: tuple[tuple[str, str], ...]
    remark: str


@dataclass(frozen=True, slots=True)
class CheckView:
    """What typed people say about how they are stated to be related.

    says      in a sentence, where there are no findings
    in_doubt  more is wrong than a mutation or two
    rows      pairs in numbers
    """

    name: str
    says: str
    findings: tuple[str, ...]
    in_doubt: bool
    pairs: tuple[PairPoint, ...]
    rows: tuple[PairRow, ...] = ()
