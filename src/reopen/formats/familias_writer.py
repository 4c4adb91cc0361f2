"""Hypotheses, profiles and the database as a Familias file, to be computed there as well.

What Familias cannot say is refused by name. Not written: families and remains ([DVI]).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reopen.errors import InvalidRecord
from reopen.records import (
    Allele,
    KinshipCase,
    KinshipModel,
    Locus,
    MutationKind,
    MutationModel,
    Population,
    Sex,
    Stationary,
)

_EQUAL, _PROPORTIONAL, _EXTENDED = 0, 1, 4


def write_familias(case: KinshipCase) -> str:
    """The hypotheses of a case as a file of Familias 3, which `read_kinship` reads back.

    There everybody stands in every pedigree: who is in one only is untyped and unrelated in others.
    Raises InvalidRecord for what Familias cannot say: people without a sex, several thetas,
    twins, inbred founders, alleles not read, loci on X, linked loci, errors of typing, other
    mutation models.
    """
    model = case.model or KinshipModel()
    population = _population(case)
    _check(case, model)
    loci = [locus for locus in population.frequencies.loci if _is_typed(case, locus)]
    tables = {locus: list(population.frequencies.by_locus[locus]) for locus in loci}
    lines: list[object] = ['"Output from Familias, version 3.2.8"', '"Written by reopen"', "3.2.8"]
    lines += ['""', *_people(case, model, tables), *_pedigrees(case)]
    lines += [f"#FALSE# (#Databases: 1 ;Theta/Kinship/Fst: {population.theta} )", len(loci)]
    lines += ["#TRUE#", f'"{_plain(population.name)}"']
    for locus in loci:
        lines += _locus(locus, population, model)
    return "".join(f"{line}\n" for line in lines)


def _is_typed(case: KinshipCase, locus: Locus) -> bool:
    return any(locus in profile.genotypes for profile in case.profiles.values())


def _names(case: KinshipCase) -> list[str]:
    return list(dict.fromkeys(id for p in case.hypotheses.values() for id in p.ids))


def _population(case: KinshipCase) -> Population:
    if case.population is None or isinstance(case.population.theta, Mapping):
        raise _unsaid(
            "No population." if case.population is None else "A theta for each locus.",
            "A Familias file holds one database and one theta.",
            "Name a population, with one theta.",
        )
    return case.population


def _check(case: KinshipCase, model: KinshipModel) -> None:
    pedigrees = case.hypotheses.values()
    for seen, found in (
        ("Families and remains", case.families or case.remains),
        ("No hypothesis", not case.hypotheses),
        ("Identical twins", any(p.twins for p in pedigrees)),
        ("Inbred founders", any(p.founder_inbreeding for p in pedigrees)),
        ("Alleles that were not read", model.partial),
        ("Loci on the X chromosome", model.x_linked),
        ("Linked loci", model.linked or model.positions),
        ("Errors of typing", model.typing_error),
        ("Several probabilities of dropout", len(set(model.dropout.values())) > 1),
    ):
        if found:
            raise _unsaid(
                f"{seen}.", "Familias has no such thing in its pedigrees.", "Leave it out."
            )


def _people(
    case: KinshipCase, model: KinshipModel, tables: Mapping[Locus, list[Allele]]
) -> Iterator[object]:
    names = _names(case)
    yield len(names)
    for id in names:
        sexes = {p.sex(id) for p in case.hypotheses.values() if id in p} - {Sex.UNKNOWN}
        if len(sexes) != 1:
            seen = f"{id} is of two sexes." if sexes else f"{id} has no sex."
            raise _unsaid(
                seen,
                "In Familias everybody has one sex, in all pedigrees.",
                "Say which, or give two people two names.",
            )
        yield from (f'"{_plain(id)}"', "#FALSE#")
        yield "-1 (Consider dropouts)" if id in model.dropout else "-1"
        yield from ("#FALSE#", "#TRUE#" if Sex.MALE in sexes else "#FALSE#")
        triples = list(_triples(case, id, tables))
        yield len(triples)
        for triple in triples:
            yield from triple


def _triples(
    case: KinshipCase, id: str, tables: Mapping[Locus, list[Allele]]
) -> Iterator[tuple[int, int, int]]:
    genotypes = case.profiles[id].genotypes if id in case.profiles else {}
    for at, (locus, labels) in enumerate(tables.items()):
        if locus not in genotypes:
            continue
        pair = genotypes[locus].pair
        for label in pair:
            if label not in labels:
                raise _unsaid(
                    f"{id} has allele {label} at {locus}, which the population does not list.",
                    "In a Familias file alleles are numbers in its database.",
                    "Add the allele to the population.",
                )
        yield labels.index(pair[0]), labels.index(pair[1]), at


def _pedigrees(case: KinshipCase) -> Iterator[object]:
    numbers = {id: i for i, id in enumerate(_names(case))}
    yield from ('"Known relations"', 0, 0, 0, len(case.hypotheses))
    for i, (name, pedigree) in enumerate(case.hypotheses.items()):
        pairs = [(parent, one.id) for one in pedigree.members for parent in one.parents]
        yield from (i, f'"{_plain(name)}"', 0, 0, len(pairs))
        for parent, child in pairs:
            yield from (numbers[parent], numbers[child])


def _locus(locus: Locus, population: Population, model: KinshipModel) -> Iterator[object]:
    table = population.frequencies.by_locus[locus]
    mutation, silent = model.mutation_at(locus), model.silent.get(locus, 0.0)
    both = (mutation.female, mutation.male)
    yield f'"{_plain(locus)}"'
    yield from (one.rate for one in both)
    yield from (_code(locus, one) for one in both)
    yield len(table) + (silent > 0)
    yield from (one.step_range for one in both)
    yield from (one.rate2 for one in both)
    yield from ("#TRUE#" if silent else "#FALSE#", silent)
    dropout = max(model.dropout.values(), default=0)
    least = population.minimum_frequency or 0
    yield (
        f"{len(table)}\t(DatabaseSize = {population.frequencies.counts.get(locus, 1000)} , "
        f"Dropout probability = {dropout} , Minor allele frequency = {least} )"
    )
    for label, frequency in table.items():
        yield from (f'"{_plain(label)}"', repr(frequency))


def _code(locus: Locus, model: MutationModel) -> int:
    match model.kind, model.stationary:
        case MutationKind.NONE, _:
            return _EQUAL  # at rate 0
        case MutationKind.EQUAL, Stationary.AS_IT_IS:
            return _EQUAL
        case MutationKind.PROPORTIONAL, Stationary.AS_IT_IS:
            return _PROPORTIONAL
        case MutationKind.STEPWISE, Stationary.AS_IT_IS:
            return _EXTENDED
        case _:
            raise _unsaid(
                f"{locus} has the mutation model {model.kind} {model.stationary}".strip() + ".",
                "Written are equal, proportional and stepwise models, as they are.",
                "Choose one of these.",
            )


def _plain(text: str) -> str:
    """Text between quotation marks on one line, which cannot hold either."""
    return " ".join(text.replace('"', "'").split())


def _unsaid(seen: str, rule: str, way_on: str) -> InvalidRecord:
    return InvalidRecord(seen, rule=rule, way_on=way_on)
