"""Every two typed people against how a pedigree, or each of several, relates them.

Autosomal loci only, one of each linked pair. Not for: what explains a doubtful pair
(`pedigree_explanations`), the picture (`report.triangle`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import inf

from reopen.records import (
    RELATIONS,
    Genotype,
    KinshipModel,
    Locus,
    Mutation,
    NotWeighed,
    Pedigree,
    Population,
    Reference,
)
from reopen.weigh.identity import Identity, identity, identity_of
from reopen.weigh.kappa import SIMULATED, KappaEstimate, estimate_kappa
from reopen.weigh.one_person import OnePerson, as_one_person
from reopen.weigh.relation_test import DrawnPairs

P_VALUE = 0.01  # over all pairs of a family together
_MOST_SIMULATED = 20_000
_APART = 50.0


@dataclass(frozen=True, slots=True)
class PairPlace:
    """How some hypotheses relate two people, and how their genotypes go with that.

    relation  in words
    """

    hypotheses: tuple[str, ...]
    relation: str
    estimate: KappaEstimate


@dataclass(frozen=True, slots=True)
class PairCheck:
    """Two typed people: how each hypothesis relates them, and how their genotypes do.

    places     one for each relation stated; a single one where all hypotheses agree
    doubtful   under every hypothesis, so small a likelihood is rarer than `P_VALUE` over all pairs
    same       the two profiles look like one person's, which no hypothesis says
    """

    one: str
    other: str
    places: tuple[PairPlace, ...]
    doubtful: bool
    same: OnePerson | None = None

    @property
    def relation(self) -> str:
        """As the first hypothesis states it."""
        return self.places[0].relation

    @property
    def estimate(self) -> KappaEstimate:
        """Against the relation of the first hypothesis."""
        return self.places[0].estimate

    @property
    def p_value(self) -> float:
        """The largest under any hypothesis."""
        return max(place.estimate.p_value or 0.0 for place in self.places)

    @property
    def in_dispute(self) -> bool:
        return len(self.places) > 1

    @property
    def duplicate(self) -> bool:
        return self.same is not None


def check_pairs(
    hypotheses: Mapping[str, Pedigree],
    profiles: Mapping[str, Reference],
    population: Population,
    model: KinshipModel,
    *,
    simulated: int = SIMULATED,
    seed: int = 1,
) -> tuple[tuple[PairCheck, ...], list[NotWeighed]]:
    """Every two people; pairs without a common locus are listed."""
    usable = {id: _usable(id, profile, model) for id, profile in profiles.items()}
    found, refused, drawn = [], [], DrawnPairs(seed)
    every = list(combinations(usable, 2))
    least = P_VALUE / max(len(every), 1)
    draws = max(simulated, min(round(2 / least), _MOST_SIMULATED))
    for one, other in every:
        if not compared(usable[one], usable[other], population):
            reason = "no locus in common that could tell how they are related"
            refused.append(NotWeighed(f"{one} and {other}", reason))
            continue
        stated = _stated(hypotheses, one, other)
        places = tuple(
            PairPlace(
                names,
                relation_stated(hypotheses[names[0]], one, other),
                estimate_kappa(
                    usable[one], usable[other], population, states,
                    simulated=draws, slip=_slip(model, one, other), drawn=drawn,
                ),
            )
            for states, names in stated.items()
        )  # fmt: skip
        doubtful = max(place.estimate.p_value or 0.0 for place in places) <= max(
            least, 1 / (1 + draws)
        )
        twins = any(states.kappa == (0.0, 0.0, 1.0) for states in stated)
        same = None if twins else as_one_person(one, other, usable, population)
        found.append(PairCheck(one, other, places, doubtful, same))
    return tuple(found), refused


def _stated(
    hypotheses: Mapping[str, Pedigree], one: str, other: str
) -> dict[Identity, tuple[str, ...]]:
    """Names of the hypotheses by how they relate two people."""
    found: dict[Identity, tuple[str, ...]] = {}
    for name, pedigree in hypotheses.items():
        states = identity(pedigree, one, other)
        found[states] = (*found.get(states, ()), name)
    return found


def _usable(id: str, profile: Reference, model: KinshipModel) -> Reference:
    """Without loci on X, second ones of linked pairs, and those with an allele that may be unseen.

    Such a locus shows one allele; to leave it out for what one person shows leaves the likelihood
    of how the two are related as it is.
    """
    partners = {pair.other for pair in model.linked}

    def counts(at: Locus, genotype: Genotype) -> bool:
        unsure = at in model.silent or model.dropout.get(id) or at in model.partial.get(id, ())
        one_allele = len(set(genotype.alleles)) == 1
        return at not in model.x_linked | partners and not (unsure and one_allele)

    kept = {at: genotype for at, genotype in profile.genotypes.items() if counts(at, genotype)}
    return replace(profile, genotypes=kept)


def _slip(model: KinshipModel, one: str, other: str) -> float:
    """The largest rate of a mutation in a transmission, and errors of typing of the two."""
    every = [model.mutation] if isinstance(model.mutation, Mutation) else model.mutation.values()
    rates = [
        max((1 - min(row[k] for k, row in enumerate(sex.matrix))) if sex.matrix else sex.rate, 0.0)
        for mutation in every
        for sex in (mutation.female, mutation.male)
    ]
    mistyped = model.typing_error_of(one) + model.typing_error_of(other)
    return min(max([0.0, *rates]) + mistyped, 0.5)


def far_apart(profile: Reference, model: KinshipModel) -> Reference:
    """The profile at loci that are handed on nearly independently of each other.

    Where loci have positions, one in `_APART` centimorgans is kept: the test of a pair takes them
    as independent.
    """
    last: dict[str, float] = {}
    kept: set[Locus] = set()
    for locus, at in sorted(model.positions.items(), key=lambda item: item[1].cm):
        if at.cm - last.get(at.chromosome, -inf) >= _APART:
            last[at.chromosome] = at.cm
            kept.add(locus)
    left_out = model.positions.keys() - kept
    genotypes = {at: g for at, g in profile.genotypes.items() if at not in left_out}
    return replace(profile, genotypes=genotypes)


def compared(one: Reference, other: Reference, population: Population) -> list[Locus]:
    """Loci at which two people can be compared."""
    return [
        at
        for at, genotype in one.genotypes.items()
        if at in other.genotypes
        and at in population.frequencies.by_locus
        and not genotype.is_triallelic
        and not other.genotypes[at].is_triallelic
    ]


# In words.


def relation_stated(pedigree: Pedigree, one: str, other: str) -> str:
    """How two members are related, in words; by their kinship where no name is common."""
    first, second = pedigree.member(one), pedigree.member(other)
    shared = set(first.parents) & set(second.parents)
    if one in second.parents or other in first.parents:
        name = "parent and child"
    elif _is_parent_of(pedigree, one, second.parents) or _is_parent_of(
        pedigree, other, first.parents
    ):
        name = "grandparent and grandchild"
    elif len(shared) == 1:
        name = "half siblings"
    else:
        name = ""
    states = identity(pedigree, one, other)
    usual = name and states == identity_of(next(r for r in RELATIONS if r.name == name))
    return name if usual else _by_states(states, name)


def _is_parent_of(pedigree: Pedigree, id: str, people: Sequence[str]) -> bool:
    return any(id in pedigree.member(person).parents for person in people)


def _by_states(states: Identity, name: str) -> str:
    if not states.is_inbred and not name:
        for relation in RELATIONS:
            if identity_of(relation) == states and relation.name != "half siblings":
                if relation.ibd != (0.5, 0.5, 0.0):
                    return relation.name
                return "uncle or aunt and nephew or niece, or as close"
    inbred = " with inbreeding" if states.is_inbred else ""
    return f"{name or 'relatives'}{inbred}, kinship {states.kinship:.4g}"
