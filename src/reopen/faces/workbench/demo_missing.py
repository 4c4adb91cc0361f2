"""The demo's missing: a man, last seen on CCTV carrying an infant, and what became of both.

Seven years later there are remains nobody can name, a mother and a half-sister who gave samples,
and children of unknown parents, one of whom grew up in another family. Everybody is invented. Not
for: the unsolved cases (`demo`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reopen.faces.workbench.demo_files import csv_text
from reopen.faces.workbench.mutation_given import USUAL_MUTATION
from reopen.formats import write_pedigree_file
from reopen.records import (
    Family,
    Frozen,
    Genotype,
    KinshipCase,
    KinshipModel,
    Locus,
    Member,
    Pedigree,
    Population,
    Purpose,
    Reference,
    Remains,
    Sex,
)
from reopen.weigh.simulate import draw_child, draw_references

FAMILY, MAN, INFANT = "Quay", "man on CCTV", "infant"
MOTHER, HALF_SISTER = "mother", "half-sister"
JOHN_DOE = "John-Doe-2016"
DROPOUT = 0.15
_CHILDREN = tuple(f"C-{number:02d}" for number in range(1, 25))
_PEDIGREE = Pedigree(
    (
        Member(MOTHER, Sex.FEMALE),
        Member("father", Sex.MALE),
        Member("second husband", Sex.MALE),
        Member(HALF_SISTER, Sex.FEMALE, "second husband", MOTHER),
        Member(MAN, Sex.MALE, "father", MOTHER),
        Member("infant's mother", Sex.FEMALE),
        Member(INFANT, Sex.UNKNOWN, MAN, "infant's mother"),
    ),
    name=FAMILY,
)


@dataclass(frozen=True, slots=True)
class Missing:
    """A family that misses two people, remains, and the profiles of children.

    truth  missing member -> the profile that is theirs
    """

    family: Family
    remains: Remains
    children: tuple[Reference, ...]
    truth: Mapping[str, str]

    @property
    def related(self) -> frozenset[str]:
        """The two who are parent and child."""
        return frozenset(self.truth.values())


def draw_missing(seed: int, population: Population, loci: Sequence[Locus]) -> Missing:
    """Draw the family, what is left of the man, and the children, all typed with one kit.

    The remains are old: each allele was lost with a probability of 15 %.
    """
    rng = np.random.default_rng([seed, 2])
    mother, father, husband, woman = draw_references(
        rng, population, [MOTHER, "father", "second husband", "infant's mother"], loci=loci,
        purpose=Purpose.FAMILY,
    )  # fmt: skip
    sister = draw_child(rng, husband, mother, HALF_SISTER, purpose=Purpose.FAMILY)
    man = draw_child(rng, father, mother, MAN, purpose=Purpose.UNIDENTIFIED)
    infant = str(rng.choice(_CHILDREN))
    drawn = draw_references(rng, population, _CHILDREN, loci=loci)
    children = tuple(
        draw_child(rng, man, woman, one.id) if one.id == infant else one for one in drawn
    )
    return Missing(
        Family(FAMILY, _PEDIGREE, {MOTHER: mother, HALF_SISTER: sister}, (MAN, INFANT)),
        Remains(JOHN_DOE, _decayed(rng, replace(man, id=JOHN_DOE)), Sex.MALE, DROPOUT),
        children,
        Frozen({MAN: JOHN_DOE, INFANT: infant}),
    )


def _decayed(rng: np.random.Generator, profile: Reference) -> Reference:
    typed: dict[Locus, Genotype] = {}
    for locus, genotype in profile.genotypes.items():
        seen = dict.fromkeys(allele for allele in genotype.pair if rng.random() >= DROPOUT)
        if seen:
            typed[locus] = Genotype(tuple(seen))
    return replace(profile, genotypes=typed)


def families_file(missing: Missing) -> str:
    """The family and the remains as a pedigree file."""
    return write_pedigree_file(
        KinshipCase(
            families=(missing.family,),
            remains=(missing.remains,),
            model=KinshipModel(USUAL_MUTATION),
        )
    )


def truth_table(missing: Missing) -> str:
    """Who the missing are."""
    rows = [(FAMILY, member, profile) for member, profile in missing.truth.items()]
    return csv_text([("family", "missing", "profile"), *rows])
