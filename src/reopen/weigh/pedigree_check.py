"""Is a family what its pedigree says? Checked before anybody is identified with its help.

Every two typed members against their stated relation; loci that need a mutation; and what explains
these better, if anything: a sample of a stranger, two samples exchanged, another parent, or one
sample filed twice. Not for: the missing (`families`), the picture (`report.triangle`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from math import inf, log

from reopen.records import (
    RELATIONS,
    KinshipModel,
    Locus,
    Member,
    NotWeighed,
    Pedigree,
    Population,
    Reference,
)
from reopen.weigh.identity import Identity, identity, identity_of
from reopen.weigh.kappa import SIMULATED, KappaEstimate, estimate_kappa
from reopen.weigh.kinship import PedigreeWeigher, alleles_met

P_VALUE = 0.01  # over all pairs of a family together
_CLEARLY_BETTER = 2.0  # log10 LR from which another explanation is called better
_LN_10 = log(10.0)


class Cause(StrEnum):
    """What may lie behind genotypes that do not fit a pedigree."""

    MUTATION = "mutation"
    STRANGER = "sample of somebody else"
    EXCHANGED = "exchanged samples"
    PARENT = "another parent"


@dataclass(frozen=True, slots=True)
class PairCheck:
    """Two typed members: how the pedigree relates them, and how their genotypes do.

    relation   stated, in words
    doubtful   so small a likelihood of the stated relation is rarer than `P_VALUE` over all pairs
    duplicate  equal at every locus that both have, which the pedigree does not say
    """

    one: str
    other: str
    relation: str
    estimate: KappaEstimate
    doubtful: bool
    duplicate: bool


@dataclass(frozen=True, slots=True)
class MendelianError:
    """A locus at which the pedigree excludes the genotypes unless something mutated.

    people  typed members without any one of whom the others fit
    """

    locus: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What may have happened, and how much better it explains all genotypes than the pedigree.

    log10  LR against the stated pedigree with its mutations; inf where that is impossible
    """

    cause: Cause
    told: str
    log10: float


@dataclass(frozen=True, slots=True)
class PedigreeCheck:
    """What the typed members of a pedigree say about it.

    explanations  only where something does not fit; best first
    findings      sentences for a reader; empty where everything fits
    """

    pairs: tuple[PairCheck, ...]
    errors: tuple[MendelianError, ...]
    explanations: tuple[Explanation, ...]
    findings: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]


def check_pedigree(
    pedigree: Pedigree,
    profiles: Mapping[str, Reference],
    population: Population,
    model: KinshipModel,
    *,
    simulated: int = SIMULATED,
    seed: int = 1,
) -> PedigreeCheck:
    """Check a pedigree against the profiles of its typed members.

    profiles   member -> profile
    simulated  pairs drawn for each p-value

    Raises CannotWeigh as `weigh.kinship.pedigree_likelihood` does.
    """
    weigher = PedigreeWeigher(pedigree, population, model, met=alleles_met(profiles))
    _, refused = weigher.likelihood(profiles)
    errors = tuple(_errors(weigher, profiles))
    pairs, apart = _pairs(pedigree, profiles, population, model, simulated, seed)
    doubts = bool(errors) or any(pair.doubtful or pair.duplicate for pair in pairs)
    explanations = _explanations(weigher, profiles) if doubts else ()
    return PedigreeCheck(
        pairs,
        errors,
        explanations,
        tuple(_findings(pairs, errors, explanations, profiles)),
        (*refused, *apart),
    )


def _errors(
    weigher: PedigreeWeigher, profiles: Mapping[str, Reference]
) -> Iterator[MendelianError]:
    for locus in weigher.needs_mutation(profiles):
        fits_without = []
        for left_out in profiles:
            others = {id: _at(p, locus) for id, p in profiles.items() if id != left_out}
            if locus not in weigher.needs_mutation(others):
                fits_without.append(left_out)
        yield MendelianError(locus, tuple(fits_without))


def _at(profile: Reference, name: str) -> Reference:
    """The profile at one locus, or at a linked pair."""
    loci = name.split(" + ")
    return replace(profile, genotypes={at: g for at, g in profile.genotypes.items() if at in loci})


def _pairs(
    pedigree: Pedigree,
    profiles: Mapping[str, Reference],
    population: Population,
    model: KinshipModel,
    simulated: int,
    seed: int,
) -> tuple[tuple[PairCheck, ...], list[NotWeighed]]:
    """Autosomal loci only; pairs without a common one are listed."""
    usable = {
        id: replace(
            profile,
            id=id,
            genotypes={at: g for at, g in profile.genotypes.items() if at not in model.x_linked},
        )
        for id, profile in profiles.items()
    }
    found, refused = [], []
    every = list(combinations(usable, 2))
    for one, other in every:
        if not _compared(usable[one], usable[other], population):
            refused.append(NotWeighed(f"{one} and {other}", "no locus in common"))
            continue
        stated = identity(pedigree, one, other)
        estimate = estimate_kappa(
            usable[one], usable[other], population, stated, simulated=simulated, seed=seed
        )
        assert estimate.p_value is not None  # a relation was stated
        same = all(usable[one].genotypes[at] == usable[other].genotypes[at] for at in estimate.loci)
        found.append(
            PairCheck(
                one,
                other,
                relation_stated(pedigree, one, other),
                estimate,
                doubtful=estimate.p_value <= max(P_VALUE / len(every), 1 / (1 + simulated)),
                duplicate=same and stated.kappa != (0.0, 0.0, 1.0),
            )
        )
    return tuple(found), refused


def _compared(one: Reference, other: Reference, population: Population) -> list[Locus]:
    return [
        at
        for at, genotype in one.genotypes.items()
        if at in other.genotypes
        and at in population.frequencies.by_locus
        and not genotype.is_triallelic
        and not other.genotypes[at].is_triallelic
    ]


def relation_stated(pedigree: Pedigree, one: str, other: str) -> str:
    """How two members are related, in words; by their kinship where no name is common."""
    first, second = pedigree.member(one), pedigree.member(other)
    shared = set(first.parents) & set(second.parents)
    if one in second.parents or other in first.parents:
        name = "parent and child"
    elif any(one in _parents(pedigree, m) for m in second.parents) or any(
        other in _parents(pedigree, m) for m in first.parents
    ):
        name = "grandparent and grandchild"
    elif len(shared) == 1:
        name = "half siblings"
    else:
        name = ""
    states = identity(pedigree, one, other)
    usual = name and states == identity_of(next(r for r in RELATIONS if r.name == name))
    if usual:
        return name
    return _by_states(states, name)


def _parents(pedigree: Pedigree, id: str) -> tuple[str, ...]:
    return pedigree.member(id).parents


def _by_states(states: Identity, name: str) -> str:
    if not states.is_inbred and not name:
        for relation in RELATIONS:
            if identity_of(relation) == states and relation.name != "half siblings":
                if relation.ibd != (0.5, 0.5, 0.0):
                    return relation.name
                return "uncle or aunt and nephew or niece, or as close"
    inbred = " with inbreeding" if states.is_inbred else ""
    return f"{name or 'relatives'}{inbred}, kinship {states.kinship:.4g}"


# What happened?


def _explanations(
    weigher: PedigreeWeigher, profiles: Mapping[str, Reference]
) -> tuple[Explanation, ...]:
    stated = weigher.likelihood(profiles)[0].ln
    found = [Explanation(Cause.MUTATION, "the pedigree is right, with mutations", 0.0)]
    for cause, told, pedigree, people in _others(weigher.pedigree, profiles):
        other = PedigreeWeigher(pedigree, weigher.population, weigher.model, met=weigher.met)
        ln = other.likelihood(people)[0].ln
        if ln > -inf:
            found.append(Explanation(cause, told, (ln - stated) / _LN_10))
    if stated == -inf:
        found = found[1:]
    return tuple(sorted(found, key=lambda one: -one.log10))


_Way = tuple[Cause, str, Pedigree, Mapping[str, Reference]]


def _others(pedigree: Pedigree, profiles: Mapping[str, Reference]) -> Iterator[_Way]:
    """Each other explanation: the cause, in words, and the pedigree and profiles it amounts to."""
    for id in profiles:
        stranger = _unused(pedigree, f"sample of {id}")
        people = {stranger if who == id else who: profile for who, profile in profiles.items()}
        told = f"the sample of {id} is of somebody unrelated to the family"
        yield Cause.STRANGER, told, _with(pedigree, Member(stranger)), people
    for one, other in combinations(profiles, 2):
        if profiles[one].genotypes != profiles[other].genotypes:
            turned = {**profiles, one: profiles[other], other: profiles[one]}
            told = f"the samples of {one} and {other} were exchanged"
            yield Cause.EXCHANGED, told, pedigree, turned
    twins = {id for group in pedigree.twins for id in group}
    for member in pedigree.members:
        if member.parents and member.id not in twins and _has_typed(pedigree, member.id, profiles):
            for role, parent in zip(("father", "mother"), member.parents, strict=True):
                told = f"{parent} is not the {role} of {member.id}"
                yield Cause.PARENT, told, _another_parent(pedigree, member, role), profiles


def _has_typed(pedigree: Pedigree, id: str, profiles: Mapping[str, Reference]) -> bool:
    return id in profiles or any(
        _has_typed(pedigree, child.id, profiles) for child in pedigree.children(id)
    )


def _another_parent(pedigree: Pedigree, child: Member, role: str) -> Pedigree:
    unknown = Member(_unused(pedigree, f"another {role} of {child.id}"))
    changed = (
        replace(child, father=unknown.id) if role == "father" else replace(child, mother=unknown.id)
    )
    members = tuple(changed if m.id == child.id else m for m in pedigree.members)
    return replace(pedigree, members=(*members, unknown))


def _with(pedigree: Pedigree, member: Member) -> Pedigree:
    return replace(pedigree, members=(*pedigree.members, member))


def _unused(pedigree: Pedigree, name: str) -> str:
    while name in pedigree:
        name += "'"
    return name


# In words.


def _findings(
    pairs: tuple[PairCheck, ...],
    errors: tuple[MendelianError, ...],
    explanations: tuple[Explanation, ...],
    profiles: Mapping[str, Reference],
) -> Iterator[str]:
    for pair in pairs:
        if pair.duplicate:
            yield (
                f"{pair.one} and {pair.other} ({pair.relation}) are equal at all "
                f"{len(pair.estimate.loci)} loci that both have: one sample filed twice, or "
                "identical twins."
            )
        elif pair.doubtful:
            yield _doubt(pair)
    for error in errors:
        yield _error(error, profiles)
    if explanations:
        yield _conclusion(explanations, len(errors))
    elif errors:
        yield "Nothing considered here explains the genotypes, and the model allows no mutation."


def _doubt(pair: PairCheck) -> str:
    k0, k1, k2 = pair.estimate.kappa
    return (
        f"{pair.one} and {pair.other} are stated to be {pair.relation}; their genotypes fit k0 = "
        f"{k0:.2f}, k1 = {k1:.2f}, k2 = {k2:.2f} better (p = {pair.estimate.p_value:.2g})."
    )


def _error(error: MendelianError, profiles: Mapping[str, Reference]) -> str:
    typed = ", ".join(
        f"{id} {' and '.join(map(str, _at(profiles[id], error.locus).genotypes.values()))}"
        for id in error.people
        if _at(profiles[id], error.locus).genotypes
    )
    return f"{error.locus} does not fit without a mutation: {typed or 'several people together'}."


def _conclusion(explanations: tuple[Explanation, ...], errors: int) -> str:
    best = explanations[0]
    if not errors and best.log10 < _CLEARLY_BETTER:
        return "No other explanation considered here does clearly better than the pedigree."
    rest = next((one for one in explanations if one.cause is not best.cause), None)
    if best.cause is Cause.MUTATION or best.log10 < _CLEARLY_BETTER:
        others = [one for one in explanations if one.cause is not Cause.MUTATION]
        beside = f" The best other explanation ({others[0].told}) has a log10 LR of "
        told = f"{beside}{others[0].log10:.1f} against it." if others else ""
        where = f"{errors} {'locus' if errors == 1 else 'loci'}"
        return f"Mutation at {where} remains an explanation.{told}"
    strength = "impossible otherwise" if best.log10 == inf else f"log10 LR {best.log10:.1f}"
    told = f"Best explained so: {best.told} ({strength} against the pedigree as stated)."
    if rest is not None and rest.cause is not Cause.MUTATION and best.log10 - rest.log10 < 1:
        told += f" Nearly as well: {rest.told}."
    return told + " Settle this before anybody is identified with the help of this family."
