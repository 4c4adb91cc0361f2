"""What each family says of victims put into it: likelihoods of pedigrees, each computed once.

Theta couples all founders of a pedigree. It is applied within each family together with the victims
weighed against it; families are taken as independent of each other, so that a likelihood ratio of
many is a product over families.

Not here: which victims are tried where (`dvi_options`, `dvi_pairs`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import inf, log

from reopen.link.dvi_options import PutIn
from reopen.link.dvi_people import Sought
from reopen.records import (
    Allele,
    Family,
    KinshipModel,
    Locus,
    Member,
    NotWeighed,
    Pedigree,
    Population,
    Sex,
)
from reopen.weigh.kinship import Evidence, PedigreeWeigher, alleles_met

_LN_10 = log(10.0)
_Key = tuple[str, PutIn, PutIn]


@dataclass(slots=True)
class FamilyTerms:
    """Likelihood ratios of victims in families; a `dvi_pairs.Terms`.

    victims   id -> profile, or likelihoods of a degraded one
    population, model  their mutation, silent alleles and theta hold for all families
    """

    families: Sequence[Family]
    missing: Sequence[Sought]
    victims: Mapping[str, Evidence]
    population: Population
    model: KinshipModel
    _by_id: dict[str, Family] = field(init=False)
    _sought: dict[str, Sought] = field(init=False)
    _met: dict[Locus, set[Allele]] = field(init=False)
    _weighers: dict[tuple[str, tuple[Sex, ...]], PedigreeWeigher] = field(init=False)
    _known: dict[_Key, Mapping[str, float]] = field(init=False)
    _impossible: dict[_Key, tuple[str, ...]] = field(init=False)
    _unrelated: dict[tuple[str, Sex], Mapping[str, float]] = field(init=False)
    _refused: dict[NotWeighed, None] = field(init=False)

    def __post_init__(self) -> None:
        self._by_id = {family.id: family for family in self.families}
        self._sought = {person.name: person for person in self.missing}
        self._weighers, self._known, self._impossible = {}, {}, {}
        self._unrelated, self._refused = {}, {}
        typed: dict[str, Evidence] = dict(self.victims)
        for family in self.families:
            typed |= {f"{family.id}: {id}": profile for id, profile in family.profiles.items()}
        self._met = alleles_met(typed)

    @property
    def not_weighed(self) -> tuple[NotWeighed, ...]:
        """What took no part in anything weighed so far."""
        return tuple(self._refused)

    def __call__(self, family: str, put_in: PutIn, given: PutIn = ()) -> float:
        return sum(self.per_locus(family, put_in, given).values())

    def per_locus(self, family: str, put_in: PutIn, given: PutIn = ()) -> Mapping[str, float]:
        """ln LR by locus or linked pair; -inf where it is impossible.

        A locus at which the family itself is impossible says nothing of a victim, and is left out:
        `inconsistent` names it.
        """
        key = (family, put_in, given)
        if key not in self._known:
            self._known[key] = self._ratios(family, put_in, given) if put_in else {}
        return self._known[key]

    def impossible(self, family: str, put_in: PutIn, given: PutIn = ()) -> tuple[str, ...]:
        key = (family, put_in, given)
        if key not in self._impossible:
            ratios = self.per_locus(family, put_in, given)
            profiles, weigher = self._profiles(family, (*put_in, *given)), self._weigher(family)
            impossible = (name for name, ln in ratios.items() if ln == -inf)
            zero = [locus for name in impossible for locus in weigher.excluded(profiles, name)]
            mutating = weigher.needs_mutation(profiles)
            self._impossible[key] = tuple(dict.fromkeys((*zero, *mutating)))
        return self._impossible[key]

    def inconsistent(self, family: str) -> tuple[str, ...]:
        """Loci at which the family's own profiles are impossible, mutation allowed for."""
        found = self._likelihood(self._weigher(family), self._profiles(family, ()))
        return tuple(name for name, ln in found.items() if ln == -inf)

    def mutates(self, family: str) -> tuple[str, ...]:
        """Loci at which the family's own profiles need a mutation."""
        return self._weigher(family).needs_mutation(self._profiles(family, ()))

    def loci(self, victim: str) -> int:
        return len(self._alone(victim, Sex.UNKNOWN))

    def _ratios(self, family: str, put_in: PutIn, given: PutIn) -> Mapping[str, float]:
        weigher = self._weigher(family)
        above = self._likelihood(weigher, self._profiles(family, (*put_in, *given)))
        below = self._likelihood(weigher, self._profiles(family, given))
        linked = self.model.linked or self.model.positions  # terms differ with who is typed
        if linked or any(self.population.theta_at(locus) > 0 for locus in self._met):
            apart = self._apart(family, put_in, given)
            return {name: ln - apart[name] for name, ln in above.items() if apart[name] > -inf}
        ratios = {}
        people = [self._alone(victim, self._sought[name].sex) for name, victim in put_in]
        for name, ln in above.items():
            before = below.get(name, 0.0)
            if before > -inf:
                ratios[name] = ln - before - sum(own.get(name, 0.0) for own in people)
        return ratios

    def _apart(self, family: str, put_in: PutIn, given: PutIn) -> Mapping[str, float]:
        """ln likelihoods with the victims unrelated to the family, in one urn with it."""
        sexes = tuple(self._sought[name].sex for name, _ in put_in)
        weigher = self._weigher(family, sexes)
        beside = {_stranger(k): self.victims[victim] for k, (_, victim) in enumerate(put_in)}
        return self._likelihood(weigher, {**self._profiles(family, given), **beside})

    def _alone(self, victim: str, sex: Sex) -> Mapping[str, float]:
        """ln probability of a victim's profile, unrelated to anybody, by locus: linkage changes
        nothing for one person alone.
        """
        key = (victim, sex)
        if key not in self._unrelated:
            pedigree = Pedigree((Member(victim, sex),), victim)
            model = replace(self.model, linked=(), positions={})
            weigher = PedigreeWeigher(pedigree, self.population, model, met=self._met)
            self._unrelated[key] = self._likelihood(weigher, {victim: self.victims[victim]})
        return self._unrelated[key]

    def _weigher(self, family: str, strangers: tuple[Sex, ...] = ()) -> PedigreeWeigher:
        key = (family, strangers)
        if key not in self._weighers:
            pedigree = self._by_id[family].pedigree
            added = tuple(Member(_stranger(k), sex) for k, sex in enumerate(strangers))
            whole = Pedigree(
                (*pedigree.members, *added),
                pedigree.name or family,
                pedigree.twins,
                pedigree.founder_inbreeding,
            )
            self._weighers[key] = PedigreeWeigher(whole, self.population, self.model, met=self._met)
        return self._weighers[key]

    def _profiles(self, family: str, put_in: PutIn) -> dict[str, Evidence]:
        members = {self._sought[name].member: self.victims[victim] for name, victim in put_in}
        return {**self._by_id[family].profiles, **members}

    def _likelihood(
        self, weigher: PedigreeWeigher, profiles: Mapping[str, Evidence]
    ) -> Mapping[str, float]:
        found, refused = weigher.likelihood(profiles)
        self._refused.update(dict.fromkeys(refused))
        return found.by_locus


def _stranger(k: int) -> str:
    return f"unrelated victim {k + 1}"
