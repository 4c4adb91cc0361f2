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
