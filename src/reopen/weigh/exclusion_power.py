"""What typing people would show, exactly, before anybody is typed.

`exclusion_power`: how often genotypes contradict a claimed pedigree if another one is true.
`expected_ratio`: the mean LR of two pedigrees. Any pedigrees, any people to be typed, some typed
already; genotypes are listed, not drawn.

Not here: a missing person's family (`weigh.family_power`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, prod

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats
from reopen.records import (
    Frozen,
    KinshipModel,
    Locus,
    Mutation,
    NotWeighed,
    Pedigree,
    Population,
)
from reopen.weigh.joint_genotypes import JointGenotypes, joint_genotypes
from reopen.weigh.kinship import Evidence, PedigreeWeigher, alleles_met

_Typed = dict[Locus, JointGenotypes | None]


@dataclass(frozen=True, slots=True)
class ExclusionPower:
    """How often a claim is contradicted where it is false.

    by_locus    locus -> P(genotypes that the claim cannot give | truth, what is known), with
                mutation off
    mismatches  (count,) P(so many loci contradict the claim)
    """

    by_locus: Mapping[Locus, float]
    mismatches: tuple[float, ...]
    not_weighed: tuple[NotWeighed, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_locus", Frozen(self.by_locus))

    @property
    def total(self) -> float:
        """P(one locus at least contradicts the claim)."""
        return 1 - prod(1 - power for power in self.by_locus.values())

    @property
    def expected_mismatches(self) -> float:
        return sum(self.by_locus.values())

    def at_least(self, count: int) -> float:
        """P(so many loci or more contradict the claim)."""
        return sum(self.mismatches[count:])


@dataclass(frozen=True, slots=True)
class ExpectedRatio:
    """The mean LR that typing people gives, beyond what is known.

    by_locus        locus -> E(LR); infinite where genotypes may come that the denominator excludes
    log10_by_locus  locus -> E(log10 LR); minus infinity where the numerator may be excluded
    """

    by_locus: Mapping[Locus, float]
    log10_by_locus: Mapping[Locus, float]
    not_weighed: tuple[NotWeighed, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_locus", Frozen(self.by_locus))
        object.__setattr__(self, "log10_by_locus", Frozen(self.log10_by_locus))

    @property
    def total(self) -> float:
        """E(LR) of all loci together: they are independent."""
        return prod(self.by_locus.values())

    @property
    def log10(self) -> float:
        """E(log10 LR) of all loci together."""
        return sum(self.log10_by_locus.values())


def exclusion_power(
    claim: Pedigree,
    truth: Pedigree,
    ids: Sequence[str],
    population: Population,
    model: KinshipModel,
    *,
    profiles: Mapping[str, Evidence] | None = None,
    loci: Iterable[Locus] | None = None,
) -> ExclusionPower:
    """How often people who are typed would contradict a claim, if something else is true.

    ids       people to be typed, members of both pedigrees
    profiles  of people typed already, members of both
    loci      None: those of the profiles, or of the population if nobody is typed

    Mutation is taken as off: whatever mutates is possible. A locus at which what is known
    contradicts a pedigree already is listed, not counted. Raises CannotWeigh for people who are
    not in both pedigrees, and where there are too many genotypes to be listed.
    Source: Egeland, Pinto and Vigeland 2014, Forensic Sci Int Genet 9:57.
    """
    still = replace(model, mutation=Mutation(), typing_error=0.0)
    asked = _Question((claim, truth), ids, population, still, profiles or {}, loci)
    by_locus = {}
    for locus, (claimed, true) in asked.compared():
        by_locus[locus] = float(true.probability[claimed.probability == 0].sum())
    return ExclusionPower(by_locus, mismatches(by_locus.values()), tuple(asked.not_weighed))


def expected_ratio(
    numerator: Pedigree,
    denominator: Pedigree,
    ids: Sequence[str],
    population: Population,
    model: KinshipModel,
    *,
    truth: Pedigree | None = None,
    profiles: Mapping[str, Evidence] | None = None,
    loci: Iterable[Locus] | None = None,
) -> ExpectedRatio:
    """The mean, over the genotypes of people to be typed, of the LR that they add.

    truth  the pedigree that gives the genotypes; None: the numerator. Genotypes that neither the
           numerator nor the denominator can give are left out of the mean

    LR = P(genotypes | profiles, numerator) / P(genotypes | profiles, denominator). Arguments and
    errors are otherwise those of `exclusion_power`; mutation is that of the model.
    """
    pedigrees = (numerator, denominator) if truth is None else (numerator, denominator, truth)
    asked = _Question(pedigrees, ids, population, model, profiles or {}, loci)
    by_locus, log10 = {}, {}
    for locus, (above, below, *true) in asked.compared():
        weight = (true[0] if true else above).probability
        means = _means(above.probability, below.probability, weight)
        if means is None:
            asked.leave_out(locus, "genotypes of the truth contradict both pedigrees")
        else:
            by_locus[locus], log10[locus] = means
    return ExpectedRatio(by_locus, log10, tuple(asked.not_weighed))


def mismatches(powers: Iterable[float]) -> tuple[float, ...]:
    """P(0, 1, 2, ... of independent events happen)."""
    counts = np.ones(1)
    for power in powers:
        counts = np.convolve(counts, [1 - power, power])
    return tuple(counts.tolist())


def _means(above: Floats, below: Floats, weight: Floats) -> tuple[float, float] | None:
    """E(LR) and E(log10 LR) over genotypes that have a weight; None if neither can give any."""
    at = (weight > 0) & ((above > 0) | (below > 0))
    above, below, weight = above[at], below[at], weight[at] / weight[at].sum()
    if not len(weight):
        return None
    excluded, certain = (above == 0).any(), (below == 0).any()
    mean = inf if certain else float(weight @ (above / below))
    if excluded or certain:
        return mean, -inf if excluded else inf
    return mean, float(weight @ np.log10(above / below))


class _Question:
    """The same people to be typed in several pedigrees."""

    def __init__(
        self,
        pedigrees: Sequence[Pedigree],
        ids: Sequence[str],
        population: Population,
        model: KinshipModel,
        profiles: Mapping[str, Evidence],
        loci: Iterable[Locus] | None,
    ):
        _check(pedigrees, ids, model)
        met = alleles_met(profiles)
        self.pedigrees, self.ids, self.profiles = pedigrees, ids, profiles
        self.weighers = [PedigreeWeigher(p, population, model, met=met) for p in pedigrees]
        if loci is None:
            loci = met or population.frequencies.by_locus
        self.loci = list(loci)
        self.not_weighed: list[NotWeighed] = list(
            dict.fromkeys(item for w in self.weighers for item in w.refusals(profiles))
        )

    def compared(self) -> Iterable[tuple[Locus, list[JointGenotypes]]]:
        """Loci with what each pedigree gives; those that one cannot explain are listed."""
        found: list[_Typed] = [
            dict(joint_genotypes(weigher, self.profiles, self.ids, self.loci))
            for weigher in self.weighers
        ]
        for locus in self.loci:
            if locus not in found[0]:
                self.leave_out(locus, "the population has no frequencies at this locus")
                continue
            given = [typed[locus] for typed in found]
            named = [p.name or "a pedigree" for p in self.pedigrees]
            never = [name for name, at in zip(named, given, strict=True) if at is None]
            if never:
                self.leave_out(locus, f"what is known contradicts {' and '.join(never)} already")
            else:
                yield locus, [at for at in given if at is not None]

    def leave_out(self, locus: Locus, reason: str) -> None:
        if not any(item.what == locus for item in self.not_weighed):
            self.not_weighed.append(NotWeighed(locus, reason))


def _check(pedigrees: Sequence[Pedigree], ids: Sequence[str], model: KinshipModel) -> None:
    if not ids or len(set(ids)) < len(ids):
        raise CannotWeigh(
            f"People to be typed: {', '.join(ids) or 'none'}.",
            rule="One person or more would be typed, each named once.",
            way_on="Name who would be typed.",
        )
    for pedigree in pedigrees:
        strangers = [id for id in ids if id not in pedigree]
        if strangers:
            raise CannotWeigh(
                f"{strangers[0]} is not in {pedigree.name or 'one of the pedigrees'}.",
                rule="People to be typed are members of all pedigrees that are compared.",
                way_on=f"Add {strangers[0]} (as an unrelated member, if that is meant).",
            )
    for id in ids if model.x_linked else ():
        if len({pedigree.sex(id) for pedigree in pedigrees}) > 1:
            raise CannotWeigh(
                f"{id} is not of the same sex in all pedigrees.",
                rule="On the X chromosome a person's sex decides how many alleles are typed.",
                way_on=f"Give {id} the same sex everywhere, or leave the loci on X out.",
            )
