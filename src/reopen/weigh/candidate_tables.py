"""Joint genotypes of relatives to be typed and of a candidate, who is the missing person or not.

Not here: what they say of power (`next_relative`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats
from reopen.records import Family, KinshipModel, Locus, Mutation, Pedigree, Population
from reopen.weigh.families import with_stranger
from reopen.weigh.joint_genotypes import JointGenotypes, joint_genotypes
from reopen.weigh.kinship import PedigreeWeigher, alleles_met

MOST_UNTYPED_FOUNDERS = 3


class CandidateTables:
    """A family, prepared for one relative after another.

    With theta, the candidate who is unrelated stands in the pedigree beside the family.
    """

    def __init__(self, family: Family, member: str, population: Population, model: KinshipModel):
        self.family, self.member = family, member
        self.has_theta = has_theta(population)
        beside, self._stranger = with_stranger(family.pedigree, family.pedigree.sex(member))
        met = alleles_met(family.profiles)
        still = replace(model, mutation=Mutation(), typing_error=0.0)

        def weigher(pedigree: Pedigree, of: KinshipModel, theta: bool = True) -> PedigreeWeigher:
            frequencies = population if theta else replace(population, theta=0.0)
            return PedigreeWeigher(pedigree, frequencies, of, met=met)

        # By whether alleles mutate. What is impossible without mutation does not depend on theta.
        self._together = {
            True: weigher(family.pedigree, model),
            False: weigher(family.pedigree, still, theta=False),
        }
        self._beside = {True: weigher(beside, model), False: weigher(beside, still)}

    def tables(
        self, relatives: Sequence[str], loci: Sequence[Locus], *, mutating: bool
    ) -> Iterator[tuple[Locus, Floats, Floats]]:
        """P(relatives' and candidate's genotypes | family), if missing and if unrelated, by locus.

        Without mutation, of the first only whether it is 0 has a meaning.
        Loci at which the family itself is impossible are left out.
        """
        if self.has_theta:
            self._refuse_theta(relatives)
        found = self._joint(self._together[mutating], [*relatives, self.member], loci)
        if not self.has_theta:
            for locus, at in found.items():
                yield locus, at.probability, at.but_last[..., None] * at.unrelated
            return
        apart = self._joint(self._beside[mutating], [*relatives, self._stranger], list(found))
        for locus, at in found.items():
            yield locus, at.probability, apart[locus].probability

    def _joint(
        self, weigher: PedigreeWeigher, members: Sequence[str], loci: Sequence[Locus]
    ) -> Mapping[Locus, JointGenotypes]:
        found = joint_genotypes(weigher, self.family.profiles, members, loci)
        return {locus: at for locus, at in found if at is not None}

    def _refuse_theta(self, relatives: Sequence[str]) -> None:
        drawn = _untyped_founders(self.family, (*relatives, self.member)) + 1
        if drawn > MOST_UNTYPED_FOUNDERS:
            raise CannotWeigh(
                f"Theta above 0 with {drawn} untyped founders, an unrelated candidate included.",
                rule=f"Relatives are ranked with theta where {MOST_UNTYPED_FOUNDERS} at most are "
                "not typed.",
                way_on="Set theta to 0 for the ranking.",
            )


def has_theta(population: Population) -> bool:
    theta = population.theta
    return any(theta.values()) if isinstance(theta, Mapping) else theta > 0


def _untyped_founders(family: Family, asked: Sequence[str]) -> int:
    """Founders without a profile from whom typed people, or those asked about, descend."""
    waiting, seen = [*family.profiles, *asked], set[str]()
    while waiting:
        id = waiting.pop()
        if id not in seen:
            seen.add(id)
            waiting += family.pedigree.member(id).parents
    founders = (id for id in seen if family.pedigree.member(id).is_founder)
    return sum(id not in family.profiles for id in founders)


def log10_ratios(together: Floats, apart: Floats) -> tuple[Floats, Floats]:
    """log10 LR and its probability if the candidate is the missing person, over what may come."""
    together, apart = together.ravel(), apart.ravel()
    possible = (together > 0) & (apart > 0)
    together, apart = together[possible], apart[possible]
    return np.log10(together) - np.log10(apart), together / together.sum()


def excluded(together: Floats, apart: Floats) -> float:
    """P(an unrelated candidate's and the relatives' genotypes exclude each other)."""
    return float(apart[together == 0].sum() / apart.sum())
