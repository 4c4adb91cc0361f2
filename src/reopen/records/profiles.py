"""What a laboratory typed: peaks, replicates, crime stains and reference profiles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import isfinite

from reopen.errors import InvalidRecord, Where
from reopen.records._frozen import Frozen
from reopen.records.genetics import Allele, Genotype, Locus


@dataclass(frozen=True, slots=True)
class Peak:
    """One named peak. height_rfu is None where an allele was called and no height came with it."""

    allele: Allele
    height_rfu: float | None = None
    size_bp: float | None = None

    def __post_init__(self) -> None:
        height = self.height_rfu
        if height is not None and not (isfinite(height) and height > 0):
            raise InvalidRecord(
                f"Peak {self.allele} has a height of {height} RFU.",
                rule="A peak has a height above zero; no peak is no entry.",
                way_on="Correct the cell, or leave it empty if no height was recorded.",
            )


@dataclass(frozen=True, slots=True)
class Replicate:
    """One amplification or injection of an extract.

    peaks  locus -> its peaks; a locus typed without a peak is listed with none, a locus not
           typed is not listed
    """

    name: str
    peaks: Mapping[Locus, tuple[Peak, ...]]

    def __post_init__(self) -> None:
        object.__setattr__(self, "peaks", Frozen((k, tuple(v)) for k, v in self.peaks.items()))
        for locus, peaks in self.peaks.items():
            labels = [peak.allele for peak in peaks]
            if len(set(labels)) < len(labels):
                raise InvalidRecord(
                    f"Replicate {self.name!r} lists an allele twice at {locus}: "
                    f"{', '.join(labels)}.",
                    rule="An allele is listed once for each locus of a replicate.",
                    way_on="Keep one row, or give each injection its own name.",
                )

    @property
    def loci(self) -> tuple[Locus, ...]:
        return tuple(self.peaks)


@dataclass(frozen=True, slots=True)
class Stain:
    """A crime stain (trace, questioned sample): replicates of unknown make-up, of one kit."""

    id: str
    replicates: tuple[Replicate, ...]
    kit: str = ""
    case: str = ""
    where: Where | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "replicates", tuple(self.replicates))
        if not self.replicates:
            raise InvalidRecord(
                f"Stain {self.id!r} has no replicate.",
                rule="A stain has at least one amplification.",
                way_on="Give the peaks that were typed, or leave the stain out.",
            )

    @property
    def loci(self) -> tuple[Locus, ...]:
        """Loci typed in any replicate, in order of first appearance."""
        return tuple(dict.fromkeys(locus for r in self.replicates for locus in r.peaks))

    @property
    def has_heights(self) -> bool:
        """Every peak carries a height (an import from CODIS gives allele names only)."""
        peaks = [p for r in self.replicates for at_locus in r.peaks.values() for p in at_locus]
        return all(p.height_rfu is not None for p in peaks)


class Purpose(StrEnum):
    """Why a reference profile is on file; decides whom it may be compared with."""

    DATABASE = "database"
    SUSPECT = "suspect"
    VICTIM = "victim"
    STAFF = "staff"
    FAMILY = "family"
    UNIDENTIFIED = "unidentified"


@dataclass(frozen=True, slots=True)
class Reference:
    """A known person's profile. A staff elimination profile is a reference with that purpose."""

    id: str
    genotypes: Mapping[Locus, Genotype]
    purpose: Purpose = Purpose.DATABASE
    kit: str = ""
    person: str = ""
    where: Where | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "genotypes", Frozen(self.genotypes))

    @property
    def loci(self) -> tuple[Locus, ...]:
        return tuple(self.genotypes)


class ControlKind(StrEnum):
    """Samples that are typed to check the run, never as evidence."""

    LADDER = "allelic ladder"
    POSITIVE = "positive control"
    NEGATIVE = "negative control"


@dataclass(frozen=True, slots=True)
class Control:
    """A ladder or control found among the samples: kept for quality and contamination checks."""

    id: str
    kind: ControlKind
    replicate: Replicate
    where: Where | None = field(default=None, compare=False)


Profile = Stain | Reference


@dataclass(frozen=True, slots=True)
class NotWeighed:
    """A record, or a part of one, that took no part in the result, with the reason.

    what    the profile, sample, locus or row
    reason  what was seen, the rule and the way on, as a person reads it
    """

    what: str
    reason: str
    where: Where | None = None

    def __str__(self) -> str:
        return f"{self.what}: {self.reason}" + (f" ({self.where})" if self.where else "")
