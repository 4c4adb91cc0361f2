"""Which relative should give a sample next? The power that a family would have with each of them.

Exact: at each locus the joint distribution of the relative's and the candidate's genotypes gives
that of the LR after both are typed, whatever the relative turns out to have; nothing is simulated.
Theta is taken as 0 here, for all relatives alike: the ranking is of relatives, and the power of the
family as it stands is in `weigh.family_power`.
Not for: what a typed relative did add.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats
from reopen.records import Family, KinshipModel, Locus, Mutation, NotWeighed, Population, Sex
from reopen.weigh.exclusion_power import ExclusionPower, mismatches
from reopen.weigh.family_power import mean_log10
from reopen.weigh.joint_genotypes import JointGenotypes, joint_genotypes
from reopen.weigh.kinship import PedigreeWeigher, alleles_met
from reopen.weigh.sum_distribution import sum_distribution, usual_error

LEAST_ERROR = 0.02
USUAL_THRESHOLD = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class PowerWith:
    """Power of a family once these relatives are typed too, over what they may turn out to have.

    relatives   none: the family as it stands
    inclusion   bounds of P(log10 LR >= threshold) if the candidate is the missing person
    false_inclusion  ... if the candidate is unrelated
    exclusion   of an unrelated person, with mutation off
    expected_log10  E(log10 LR) if the candidate is the missing person
    """

    relatives: tuple[str, ...]
    inclusion: tuple[float, float]
    false_inclusion: tuple[float, float]
    exclusion: ExclusionPower
    expected_log10: float

    @property
    def order(self) -> tuple[float, float]:
        """Relatives are ranked by inclusion power to one in a million, then by expected log10."""
        return -round(sum(self.inclusion) / 2, 6), -self.expected_log10


@dataclass(frozen=True, slots=True, eq=False)
class SamplingPlan:
    """Relatives ranked by what they would add; `now` is the family as it stands, without theta.

    not_weighed  relatives and loci that took no part, each with its reason
    """

    family: str
    member: str
    threshold: float
    loci: tuple[Locus, ...]
    now: PowerWith
    ranked: tuple[PowerWith, ...]
    not_weighed: tuple[NotWeighed, ...] = ()


def who_to_sample(
    family: Family,
    member: str,
    population: Population,
    model: KinshipModel,
    *,
    available: Collection[str] | None = None,
    unavailable: Collection[str] = (),
    threshold: float = USUAL_THRESHOLD,
    loci: Iterable[Locus] | None = None,
    error: float | None = None,
) -> SamplingPlan:
    """Rank the relatives who could be typed next by the power that the family would then have.

    available, unavailable  members who can give a sample; None: all who are not typed, not missing
                            and not unavailable
    threshold  log10 LR from which the missing person counts as found
    loci       that everybody is typed at; None: those that a relative is typed at, or all of the
               population where nobody is typed yet
    error      bound on how far log10 LRs are off; None: 0.02 for the loci of a kit

    Raises CannotWeigh for people who cannot be asked, and as `families.family_table` does.
    """
    asked = _Asked(family, member, population, model, loci)
    error = usual_error(len(asked.loci), LEAST_ERROR) if error is None else error
    gains = []
    for id in _candidates(family, member, available, unavailable):
        try:
            gains.append(asked.power((id,), threshold, error))
        except CannotWeigh as refused:
            asked.not_weighed.append(NotWeighed(id, refused.seen))
    return SamplingPlan(
        family.id,
        member,
        threshold,
        tuple(asked.loci),
        asked.power((), threshold, error),
        tuple(sorted(gains, key=lambda gain: gain.order)),
        tuple(asked.not_weighed),
    )


def _candidates(
    family: Family, member: str, available: Collection[str] | None, unavailable: Collection[str]
) -> list[str]:
    for id in (member, *(available or ()), *unavailable):
        family.pedigree.member(id)
    if available is None:
        left_out = {*family.profiles, *family.missing, *unavailable, member}
        return [id for id in family.pedigree.ids if id not in left_out]
    for id in available:
        why = (
            "has a profile" if id in family.profiles
            else "is missing" if id == member or id in family.missing
            else "is named as unavailable" if id in unavailable
            else ""
        )  # fmt: skip
        if why:
            raise CannotWeigh(
                f"{id} {why}.",
                rule="Relatives to be typed next are not typed, not missing, and available.",
                way_on=f"Leave {id} out of the list.",
            )
    return list(dict.fromkeys(available))


class _Asked:
    """A family, prepared for one relative after another."""

    def __init__(
        self,
        family: Family,
        member: str,
        population: Population,
        model: KinshipModel,
        loci: Iterable[Locus] | None,
    ):
        self.family, self.member = family, member
        met = alleles_met(family.profiles)
        plain = replace(population, theta=0.0)
        self.mutating = PedigreeWeigher(family.pedigree, plain, model, met=met)
        self.still = PedigreeWeigher(
            family.pedigree, plain, replace(model, mutation=Mutation()), met=met
        )
        self.loci = list(met or population.frequencies.by_locus) if loci is None else list(loci)
        self.not_weighed = list(self.mutating.refusals(family.profiles))
        self._set_aside()

    def _set_aside(self) -> None:
        """Loci that cannot be used are listed once, not for each relative."""
        on_x = self.mutating.model.x_linked & set(self.loci)
        if on_x and self.family.pedigree.sex(self.member) is Sex.UNKNOWN:
            reason = f"the locus is on X, and the sex of {self.member} is not known"
            self.not_weighed += [NotWeighed(locus, reason) for locus in sorted(on_x)]
            self.loci = [locus for locus in self.loci if locus not in on_x]
        found = dict(joint_genotypes(self.mutating, self.family.profiles, [self.member], self.loci))
        for locus in self.loci:
            if locus not in found and not any(n.what == locus for n in self.not_weighed):
                reason = "the population has no frequencies at this locus"
                self.not_weighed.append(NotWeighed(locus, reason))
            elif locus in found and found[locus] is None:
                reason = "the relatives' profiles exclude each other"
                self.not_weighed.append(NotWeighed(locus, reason))
        self.loci = [locus for locus in self.loci if found.get(locus) is not None]

    def power(self, relatives: Sequence[str], threshold: float, error: float) -> PowerWith:
        on_x = self.mutating.model.x_linked & set(self.loci)
        for id in relatives if on_x else ():
            if self.family.pedigree.sex(id) is Sex.UNKNOWN:
                raise CannotWeigh(
                    f"The sex of {id} is not known, and {min(on_x)} is on X.",
                    rule="On the X chromosome a person's sex decides how many alleles are typed.",
                    way_on=f"Give the sex of {id}, or leave the loci on X out.",
                )
        terms = [_term(at) for at in self._joint(self.mutating, relatives) if at is not None]
        excluded = {
            locus: _excluded(at)
            for locus, at in zip(self.loci, self._joint(self.still, relatives), strict=True)
            if at is not None
        }
        found = sum_distribution(terms, error=error, floor=min(threshold, 0.0), far_tails=False)
        return PowerWith(
            tuple(relatives),
            _as_probability(found.at_least(threshold)),
            _as_probability(found.reversed_at_least(threshold)),
            ExclusionPower(excluded, mismatches(excluded.values())),
            sum(mean_log10(values, probability) for values, probability in terms),
        )

    def _joint(
        self, weigher: PedigreeWeigher, relatives: Sequence[str]
    ) -> Iterable[JointGenotypes | None]:
        members = [*relatives, self.member]
        for _, at in joint_genotypes(weigher, self.family.profiles, members, self.loci):
            yield at


def _as_probability(bounds: tuple[float, float]) -> tuple[float, float]:
    """Fourier transforms are off by 1e-14 or so."""
    return min(bounds[0], 1.0), min(bounds[1], 1.0)


def _apart(at: JointGenotypes) -> Floats:
    """P(relatives' genotypes, an unrelated person's), of the shape of the joint table."""
    return np.asarray(at.probability.sum(axis=-1)[..., None] * at.unrelated[-1])


def _term(at: JointGenotypes) -> tuple[Floats, Floats]:
    """log10 LR and its probability if the candidate is the missing person, over what may come."""
    together, apart = at.probability.ravel(), _apart(at).ravel()
    possible = (together > 0) & (apart > 0)
    together, apart = together[possible], apart[possible]
    return np.log10(together) - np.log10(apart), together / together.sum()


def _excluded(at: JointGenotypes) -> float:
    apart = _apart(at)
    return float(apart[at.probability == 0].sum() / apart.sum())
