"""Pedigrees, mutation models and the assumptions of a kinship weighing, in sentences.

Not for: text output (`kinship_shown`), the report (`assemble_kinship`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from reopen.records import (
    KinshipModel,
    Locus,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Stationary,
)
from reopen.weigh.kinship_chromosomes import terms

_MANY_LOCI = 8


def pedigree_in_words(pedigree: Pedigree, typed: Collection[str]) -> str:
    """Who is whose child, and who is related to nobody: "B and C are children of A and D."."""
    children: dict[tuple[str, ...], list[str]] = {}
    for member in pedigree.members:
        if member.parents:
            children.setdefault(member.parents, []).append(member.id)
    told = [
        f"{_listed(born)} {'is a child' if len(born) == 1 else 'are children'} of "
        f"{_listed(parents)}"
        for parents, born in children.items()
    ]
    told += [f"{_listed(group)} are identical twins" for group in pedigree.twins]
    parents = {parent for member in pedigree.members for parent in member.parents}
    twins = {id for group in pedigree.twins for id in group}
    alone = [m.id for m in pedigree.founders if m.id not in parents | twins]
    if alone:
        told.append(
            f"{_listed(alone)} {'is' if len(alone) == 1 else 'are'} related to nobody"
            if told or len(alone) == 1
            else f"{_listed(alone)} are not related to each other"
        )
    told += [
        f"{id} has an inbreeding coefficient of {f:g}"
        for id, f in pedigree.founder_inbreeding.items()
    ]
    untyped = [id for id in pedigree.ids if id not in typed]
    told += [f"no profile: {_listed(untyped)}"] if untyped else []
    return "; ".join(told) + "."


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def candidates(one: Pedigree, other: Pedigree, typed: Collection[str]) -> tuple[str, ...]:
    """Typed people whose place is not the same in both: those in question."""
    changed = [id for id in typed if _place(one, id) != _place(other, id)]
    adult = [id for id in changed if _others_keep(one, other, id)]
    return tuple(adult or changed)


def _place(pedigree: Pedigree, id: str) -> tuple[tuple[str, ...], frozenset[str]]:
    children = frozenset(child.id for child in pedigree.children(id))
    return pedigree.member(id).parents, children


def _others_keep(one: Pedigree, other: Pedigree, id: str) -> bool:
    """Whether this person is put in or taken out of a family that is otherwise the same."""
    alone = [p for p in (one, other) if not p.member(id).parents and not p.children(id)]
    return len(alone) == 1


_KINDS = {
    MutationKind.NONE: "none",
    MutationKind.EQUAL: "equal",
    MutationKind.PROPORTIONAL: "proportional to frequency",
    MutationKind.STEPWISE: "stepwise",
    MutationKind.ONESTEP: "one step",
    MutationKind.DAWID: "stepwise and reversible (Dawid)",
    MutationKind.CUSTOM: "as the matrix that was given",
}
_STEPS = (MutationKind.STEPWISE, MutationKind.DAWID)


def mutation_in_words(mutation: Mutation) -> str:
    """Both sexes: "fathers stepwise, rate 0.002, range 0.1; mothers ...", or one if they agree."""
    if mutation.female == mutation.male:
        return _model_in_words(mutation.male)
    return f"fathers {_model_in_words(mutation.male)}; mothers {_model_in_words(mutation.female)}"


def _model_in_words(model: MutationModel) -> str:
    parts = [_KINDS[model.kind]]
    if model.kind not in (MutationKind.NONE, MutationKind.CUSTOM):
        parts.append(f"rate {model.rate:g}")
    if model.kind in _STEPS:
        parts.append(f"range {model.step_range:g}")
    if model.kind is MutationKind.STEPWISE:
        parts.append(f"rate {model.rate2:g} between microvariants")
    if model.stationary is not Stationary.AS_IT_IS:
        parts.append(f"made stationary ({model.stationary})")
    return ", ".join(parts)


def assumptions_of_kinship(
    populations: Sequence[Population],
    model: KinshipModel,
    hypotheses: Mapping[str, Pedigree],
    profiles: Mapping[str, Reference],
) -> tuple[str, ...]:
    """Everything that a kinship LR rests on, as sentences."""
    loci = tuple(dict.fromkeys(locus for p in profiles.values() for locus in p.genotypes))
    told = [*map(_of_population, populations), _of_theta(populations[0])]
    told += _of_mutation(model, loci)
    if silent := [f"{locus} {f:g}" for locus, f in model.silent.items() if locus in loci]:
        told.append(f"Silent alleles, by frequency: {', '.join(silent)}.")
    if dropout := [f"{id} {d:g}" for id, d in model.dropout.items() if d > 0]:
        told.append(f"Probability that an allele was not seen (dropout): {', '.join(dropout)}.")
    else:
        told.append("No allele of a profile has dropped out.")
    if partial := [f"{id} ({_loci(at)})" for id, at in model.partial.items() if at]:
        told.append(f"Read in part, the other allele may be any: {', '.join(partial)}.")
    if isinstance(model.typing_error, Mapping):
        errors = ", ".join(f"{id} {e:g}" for id, e in model.typing_error.items() if e > 0)
    else:
        errors = f"{model.typing_error:g}" if model.typing_error else ""
    if errors:
        told.append(f"Probability that a genotype was taken for another, drawn by p: {errors}.")
    if on_x := [locus for locus in loci if locus in model.x_linked]:
        told.append(f"On the X chromosome: {_loci(on_x)}.")
    told.append(_of_linkage(model, loci))
    if any(p.founder_inbreeding for p in hypotheses.values()):
        told.append("Founders are inbred as the hypotheses say.")
    told.append(
        "People without parents in a pedigree are related to nobody else than the pedigree says, "
        "and the profiles are those of the people named."
    )
    return tuple(told)


def _of_population(population: Population) -> str:
    scaled = "tables are rescaled to sum to 1" if population.rescale else "tables are not rescaled"
    return (
        f"Allele frequencies are those of {population.name}; an allele not listed there has a "
        f"frequency of {population.floor:.3g}; {scaled}."
    )


def _of_theta(population: Population) -> str:
    theta = population.theta
    shown = (
        f"{theta:g}"
        if not isinstance(theta, Mapping)
        else f"{min(theta.values()):g} to {max(theta.values()):g} by locus"
    )
    if shown == "0":
        return "Coancestry theta is 0: founders share no ancestry."
    return f"Coancestry theta is {shown}, shared by all founders of a hypothesis."


def _of_mutation(model: KinshipModel, loci: Sequence[Locus]) -> list[str]:
    """One sentence for each mutation model that differs, naming its loci."""
    if isinstance(model.mutation, Mutation):
        return [f"Mutation: {mutation_in_words(model.mutation)}."]
    by_model: dict[str, list[Locus]] = {}
    for locus in loci:
        if locus in model.mutation:
            said = mutation_in_words(model.mutation[locus])
            by_model.setdefault(said, []).append(locus)
    if len(by_model) == 1:
        return [f"Mutation: {next(iter(by_model))}."]
    return [f"Mutation at {_loci(at)}: {said}." for said, at in by_model.items()]


def _of_linkage(model: KinshipModel, loci: Sequence[Locus]) -> str:
    linked = [term for term in terms(loci, model) if len(term.loci) > 1]
    if not linked:
        return "Loci are handed on independently of each other."
    told = [
        f"{one} with {other} (recombination {term.steps[0]:.3g})"
        for term in linked
        if not term.chromosome
        for one, other in [term.loci]
    ]
    along = [len(term.loci) for term in linked if term.chromosome]
    if along:
        told.append(
            f"{sum(along)} loci along {len(along)} chromosome{'s' if len(along) > 1 else ''}, by "
            "their positions, without interference (Haldane) and in linkage equilibrium"
        )
    return f"Linked: {'; '.join(told)}. All other loci are handed on independently of each other."


def _loci(loci: Iterable[Locus]) -> str:
    named = sorted(loci)
    if len(named) <= _MANY_LOCI:
        return ", ".join(named)
    return f"{', '.join(named[:_MANY_LOCI])} and {len(named) - _MANY_LOCI} more"
