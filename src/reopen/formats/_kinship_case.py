"""What the reader of a pedigree file has gathered, made into one checked KinshipCase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reopen.errors import InvalidRecord, ReopenError, Where
from reopen.formats._kinship_assembly import Assembly
from reopen.formats._kinship_checks import (
    check_known,
    check_names,
    check_sexes,
    same_people,
    tell_alleles,
)
from reopen.formats.frequency_lint import lint
from reopen.records import (
    AlleleFrequencies,
    Family,
    KinshipCase,
    KinshipModel,
    Locus,
    Mutation,
    Pedigree,
    Population,
    Purpose,
    Reference,
    Remains,
    Sex,
)


def case_of(found: Assembly, *, all_in_pedigrees: bool = True) -> KinshipCase:
    """The case, checked. all_in_pedigrees: a typed person in no pedigree is an error."""
    try:
        return _case(found, all_in_pedigrees)
    except ReopenError as error:
        raise (error if error.where else error.at(Where(found.file))) from None


def _case(found: Assembly, all_in_pedigrees: bool) -> KinshipCase:
    same_people(found)
    if all_in_pedigrees:
        check_known(found)
    check_names(found)
    check_sexes(found)
    in_families = {id for _, pedigree, _ in found.families for id in pedigree.ids}
    population = _population(found)
    tell_alleles(found, population)
    families = tuple(_family(found, *family) for family in found.families)
    return KinshipCase(
        hypotheses=found.hypotheses,
        reference=found.reference,
        profiles={
            id: _reference(found, id, Purpose.FAMILY)
            for id, genotypes in found.typed.items()
            if genotypes
            and id not in found.remains
            and (id not in in_families or any(id in p for p in found.hypotheses.values()))
        },
        families=tuple(family for family in families if family),
        remains=tuple(_remains(found, id, sex) for id, sex in found.remains.items()),
        population=population,
        model=_model(found),
        not_weighed=tuple(found.not_weighed),
        notices=tuple(found.notices),
        file=found.file,
        format=found.format,
        sha256=found.sha256,
    )


def _reference(found: Assembly, person: str, purpose: Purpose) -> Reference:
    return Reference(person, found.typed.get(person, {}), purpose, where=Where(found.file))


def _family(
    found: Assembly, id: str, pedigree: Pedigree, missing: tuple[str, ...]
) -> Family | None:
    profiles = {
        member: _reference(found, member, Purpose.FAMILY)
        for member in pedigree.ids
        if found.typed.get(member)
    }
    if not missing:
        found.leave_out(
            f"family {id}",
            InvalidRecord(
                "Nobody of this family is missing.",
                rule="A family is searched for its missing members.",
                way_on="Say who is missing.",
            ),
            Where(found.file),
        )
        return None
    try:
        return Family(id, pedigree, profiles, missing)
    except InvalidRecord as error:
        raise error.at(Where(found.file, field=id)) from None


def _remains(found: Assembly, id: str, sex: Sex) -> Remains:
    profile = _reference(found, id, Purpose.UNIDENTIFIED)
    return Remains(id, profile, sex, found.dropout.get(id, 0.0))


def _population(found: Assembly) -> Population | None:
    frequencies = found.population
    if found.tables:
        frequencies = AlleleFrequencies(
            name=found.population_name or f"population of {found.file}",
            by_locus=found.tables,
            source=f"{found.file}, SHA-256 {found.sha256}",
            counts=found.counts,
        )
        doubts = lint([_without_silent(found, frequencies)], ask_for_counts=False)
        found.notices += map(str, doubts)
    if frequencies is None:
        return None
    return Population(frequencies, found.theta, found.minimum_frequency, found.rescale)


def _without_silent(found: Assembly, frequencies: AlleleFrequencies) -> AlleleFrequencies:
    """The table with sums of 1 where a silent allele takes the rest, so that lint is quiet."""
    whole = {
        locus: {label: f / sum(table.values()) for label, f in table.items()}
        if locus in found.silent
        else table
        for locus, table in frequencies.by_locus.items()
    }
    return replace(frequencies, by_locus=whole)


def _model(found: Assembly) -> KinshipModel | None:
    """The assumptions. Mutation by locus where the file says that nothing mutates: one model
    without mutation for all loci means that it says nothing.
    """
    usual = found.usual_mutation or Mutation()
    mutation: Mutation | Mapping[Locus, Mutation] = usual
    if found.mutation or (found.usual_mutation == Mutation()):
        loci = [locus for genotypes in found.typed.values() for locus in genotypes]
        loci += [*found.tables, *(found.population.loci if found.population else ())]
        mutation = {**dict.fromkeys(loci, usual), **found.mutation} or usual
    said = (found.usual_mutation, found.mutation, found.silent, found.dropout, found.x_linked,
            any(found.partial.values()), found.linked, found.tables, found.typing_error,
            found.positions)  # fmt: skip
    if not any(said):
        return None
    return KinshipModel(
        mutation=mutation,
        silent=found.silent,
        dropout={id: d for id, d in found.dropout.items() if id not in found.remains},
        partial={id: frozenset(loci) for id, loci in found.partial.items() if loci},
        x_linked=frozenset(found.x_linked),
        linked=tuple(found.linked),
        typing_error=found.typing_error,
        positions=found.positions,
    )
