"""What a locus, an allele, a genotype, a kit and a population's allele frequencies are.

Not here: files of kits and frequencies (`formats`), probabilities of genotypes (`weigh`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Literal, NewType

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records._frozen import Frozen

Locus = NewType("Locus", str)
Allele = NewType("Allele", str)

REST = Allele("rest")
"""All alleles of a locus that are not listed by name: a named thing, never an allele label."""

MarkerKind = Literal["autosomal", "Y", "X", "sex", "quality"]

_NUMERIC = re.compile(r"([0-9]{1,3})(?:\.([0-9]+))?")
_LUS = re.compile(r"[0-9]{1,3}(?:\.[0-9])?(?:_[0-9]{1,3}(?:\.[0-9])?)+")
_NAMED = re.compile(
    r"[A-Za-z][A-Za-z0-9\[\]() _.:>+*-]*|[0-9]{1,3}(?:\.[0-9])?:[A-Za-z0-9\[\]() _.>+*-]+"
)
_NOT_ALLELES = frozenset({"OL", "NA", "NULL", "NAN", "NONE", "INC", "REST", "Q"})

# Spellings met in real files, by their key (letters and digits only, upper case).
_SPELLINGS: dict[str, str] = {
    "VWA": "vWA", "THO1": "TH01", "TP0X": "TPOX", "PENTAD": "Penta D", "PENTAE": "Penta E",
    "PENTAC": "Penta C", "AMELOGENIN": "AMEL", "AM": "AMEL", "AMELX": "AMEL",
    "DYS3891": "DYS389I", "DYS3892": "DYS389II", "DYS385AB": "DYS385",
    "YGATAH4": "Y-GATA-H4", "GATAH4": "Y-GATA-H4", "YINDEL": "Yindel", "M175": "Yindel",
    "FES": "FESFPS", "F13A1": "F13A01", "SE33ACTBP2": "SE33", "ACTBP2": "SE33",
}  # fmt: skip


def canonical_locus(name: str) -> Locus:
    """The one spelling of a locus name: "THO1", "TH 01" and "th01" are all "TH01".

    Letters and digits are compared without case; names not in our list keep those characters.
    Raises InvalidRecord for a name without any letter or digit.
    """
    key = re.sub(r"[^A-Za-z0-9]", "", name).upper()
    if not key:
        raise InvalidRecord(
            f"Locus name {name!r} holds no letter or digit.",
            rule="A locus is named as in TH01, vWA or Penta D.",
            way_on="Check that the column of marker names is the right one.",
        )
    return Locus(_SPELLINGS.get(key, key))


def allele(label: str) -> Allele:
    """An allele label in its one spelling: "9.30" is "9.3", "9.0" is "9", "x" is "X".

    Numeric repeats ("9.3"), LUS ("10_8"), bases and X/Y, and sequence names are labels.
    Raises InvalidRecord for anything else: "9,3", "OL", "", ">27" (a bin, not an allele).
    """
    text = label.strip()
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        whole, part = str(int(numeric[1])), (numeric[2] or "").rstrip("0")
        if len(part) <= 1:
            return Allele(f"{whole}.{part}" if part else whole)
    elif _LUS.fullmatch(text):
        return Allele(text)
    elif _NAMED.fullmatch(text) and text.upper() not in _NOT_ALLELES:
        return Allele(text.upper() if len(text) == 1 else text)
    raise InvalidRecord(
        f"{label!r} is not an allele label.", rule=_rule_for(text), way_on=_way_for(text)
    )


def _rule_for(text: str) -> str:
    if "," in text:
        return "Labels use a point, as in 9.3."
    if text.upper().startswith("OL"):
        return "OL (off ladder) is a peak without a name."
    if text.startswith((">", "<")):
        return "A bin of several alleles is not one allele."
    return "A label is a repeat number (9.3), X or Y, a base, an LUS (10_8) or a sequence name."


def _way_for(text: str) -> str:
    if "," in text:
        return "If the file uses decimal commas, import it with --decimal-comma."
    if text.upper().startswith("OL"):
        return "Have the peak named by the laboratory, or leave it out and say so."
    return "Correct the cell, or leave it empty if nothing was typed."


def repeat_number(label: Allele) -> float | None:
    """The repeat number of a numeric or LUS label (9.3 -> 9.3, "10_8" -> 10.0), None for text."""
    head = label.split("_", 1)[0].split(":", 1)[0]
    return float(head) if _NUMERIC.fullmatch(head) else None


def allele_order(label: Allele) -> tuple[int, float, str]:
    """Sort key: numeric labels by repeat number, then text labels by spelling."""
    number = repeat_number(label)
    return (1, 0.0, label) if number is None else (0, number, label)


@dataclass(frozen=True, slots=True)
class Genotype:
    """What was typed at one locus of one person.

    alleles  the labels as listed: one (homozygous, or a second allele not seen), two, or three
             (a tri-allelic pattern); kept sorted
    """

    alleles: tuple[Allele, ...]

    def __post_init__(self) -> None:
        labels = tuple(sorted((allele(a) for a in self.alleles), key=allele_order))
        if not 1 <= len(labels) <= 3:
            raise InvalidRecord(
                f"A genotype of {len(labels)} alleles: {', '.join(labels) or 'none'}.",
                rule="A person's genotype lists one, two or (tri-allelic) three alleles.",
                way_on="A mixture is a stain, not a reference; read it as one.",
            )
        object.__setattr__(self, "alleles", labels)

    @property
    def pair(self) -> tuple[Allele, Allele]:
        """The two alleles, a single listed one counting as homozygous. Raises if tri-allelic."""
        if self.is_triallelic:
            raise InvalidRecord(
                f"Tri-allelic genotype {self} has no pair.",
                rule="Two alleles are expected here.",
                way_on="Leave this locus out of the comparison.",
            )
        return self.alleles[0], self.alleles[-1]

    @property
    def is_homozygous(self) -> bool:
        return len(set(self.alleles)) == 1

    @property
    def is_triallelic(self) -> bool:
        return len(self.alleles) == 3

    @property
    def one_allele_listed(self) -> bool:
        """One label only was listed: homozygous, or the other allele was not seen."""
        return len(self.alleles) == 1

    def __str__(self) -> str:
        pair = self.alleles * 2 if self.one_allele_listed else self.alleles
        return "/".join(pair)


def genotype(*labels: str) -> Genotype:
    """Genotype from labels: genotype("15", "17")."""
    return Genotype(tuple(Allele(label) for label in labels))


@dataclass(frozen=True, slots=True)
class Marker:
    """The assay of one locus in a kit.

    dye        colour channel ("blue"); dye_name is the chemical ("6-FAM"), may be empty
    sizes_bp   apparent fragment length of each allele the kit's tables list
    repeat_bp  length of the repeat motif
    """

    locus: Locus
    dye: str
    sizes_bp: Mapping[Allele, float]
    repeat_bp: int = 4
    kind: MarkerKind = "autosomal"
    dye_name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "sizes_bp", Frozen(self.sizes_bp))
        for label, size in self.sizes_bp.items():
            if not 0 < size < inf:
                raise InvalidRecord(
                    f"Allele {label} of {self.locus} has a size of {size} bp.",
                    rule="Fragment lengths are positive numbers of base pairs.",
                    way_on="Correct the kit table.",
                )

    @property
    def range_bp(self) -> tuple[float, float]:
        """Smallest and largest listed size."""
        return min(self.sizes_bp.values()), max(self.sizes_bp.values())


@dataclass(frozen=True, slots=True)
class Kit:
    """A typing kit: its markers in order, and where its sizes were taken from."""

    name: str
    markers: tuple[Marker, ...]
    source: str
    maker: str = ""
    aliases: tuple[str, ...] = ()
    _by_locus: Frozen[Locus, Marker] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_locus", Frozen((m.locus, m) for m in self.markers))

    def marker(self, locus: Locus) -> Marker | None:
        """The marker of a locus, or None where the kit does not type it."""
        return self._by_locus.get(locus)

    @property
    def loci(self) -> tuple[Locus, ...]:
        return tuple(m.locus for m in self.markers)


@dataclass(frozen=True, slots=True)
class AlleleFrequencies:
    """Allele frequencies of one sampled population, as published: not floored, not rescaled.

    by_locus  locus -> allele label -> frequency (0 to 1). Bins such as ">27" are kept under
              their own label
    counts    locus -> number of alleles counted, where the source gives it
    source    citation
    """

    name: str
    by_locus: Mapping[Locus, Mapping[Allele, float]]
    source: str
    counts: Mapping[Locus, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        frozen = Frozen((locus, Frozen(table)) for locus, table in self.by_locus.items())
        object.__setattr__(self, "by_locus", frozen)
        object.__setattr__(self, "counts", Frozen(self.counts))
        for locus, table in self.by_locus.items():
            for label, frequency in table.items():
                if not 0 <= frequency <= 1:
                    raise InvalidRecord(
                        f"Frequency {frequency} of allele {label} at {locus} in {self.name}.",
                        rule="A frequency lies between 0 and 1.",
                        way_on="Correct the frequency table.",
                    )

    @property
    def loci(self) -> tuple[Locus, ...]:
        return tuple(self.by_locus)

    @property
    def smallest(self) -> float:
        """The smallest frequency above zero in the whole table, over all loci.

        Raises InvalidRecord for a table without any.
        """
        listed = [f for table in self.by_locus.values() for f in table.values() if f > 0]
        if not listed:
            raise InvalidRecord(
                f"Population {self.name} lists no allele.",
                rule="A population has at least one allele with a frequency above 0.",
                way_on="Check the frequency table.",
            )
        return min(listed)


@dataclass(frozen=True, slots=True)
class Population:
    """Allele frequencies with the conventions under which they are used.

    theta              coancestry (Fst), 0 <= theta < 1; 0.01 to 0.03 in casework; one number,
                       or one for each locus
    minimum_frequency  given to an allele the table does not list; None: the smallest in the table
    rescale            divide a locus's table by its sum, after adding unlisted alleles
    """

    frequencies: AlleleFrequencies
    theta: float | Mapping[Locus, float] = 0.01
    minimum_frequency: float | None = None
    rescale: bool = True

    def __post_init__(self) -> None:
        if isinstance(self.theta, Mapping):
            object.__setattr__(self, "theta", Frozen(self.theta))
        for theta in self.theta.values() if isinstance(self.theta, Mapping) else (self.theta,):
            if not 0 <= theta < 1:
                raise InvalidRecord(
                    f"theta = {theta}.",
                    rule="Coancestry lies from 0 (included) to 1.",
                    way_on="Use 0.01 to 0.03, as recommended for casework.",
                )
        least = self.minimum_frequency
        if least is not None and not 0 < least < 1:
            raise InvalidRecord(
                f"minimum_frequency = {least}.",
                rule="An allele that the table does not list has a frequency above 0, below 1.",
                way_on="Use, for instance, 5 / (2 x people in the sample).",
            )

    def theta_at(self, locus: Locus) -> float:
        """Coancestry at a locus. Raises CannotWeigh where theta leaves this locus out."""
        if not isinstance(self.theta, Mapping):
            return self.theta
        if locus not in self.theta:
            raise CannotWeigh(
                f"No theta is given for {locus}.",
                rule="Coancestry given by locus names every locus that is weighed.",
                way_on=f"Add {locus}, or give one number for all loci.",
            )
        return self.theta[locus]

    @property
    def name(self) -> str:
        return self.frequencies.name

    @property
    def floor(self) -> float:
        """Frequency given to an allele that the table does not list."""
        if self.minimum_frequency is not None:
            return self.minimum_frequency
        return self.frequencies.smallest


def alleles(labels: Iterable[str]) -> tuple[Allele, ...]:
    """Labels in their one spelling."""
    return tuple(allele(label) for label in labels)
