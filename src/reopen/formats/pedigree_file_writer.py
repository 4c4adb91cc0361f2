"""A KinshipCase as a pedigree file (TOML), which `read_kinship` reads back to the same case.

Profiles and frequencies are written into the file itself, so that it stands alone; a population of
the library goes by its name. What was not weighed is not written.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from reopen.errors import UnknownName
from reopen.formats.library import population as of_library
from reopen.records import (
    Family,
    KinshipCase,
    KinshipModel,
    LinkedPair,
    Locus,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Sex,
    Stationary,
)


def write_pedigree_file(case: KinshipCase) -> str:
    """The case as text of a pedigree file."""
    model = case.model or KinshipModel()
    parts = [
        _reference(case),
        _population(case.population),
        _model(case.model),
        _hypotheses(case, model),
        *(_family(family, model) for family in case.families),
        _remains(case),
        *_genotypes(case, model),
        _frequencies(case.population),
    ]
    return "\n".join("\n".join(lines) + "\n" for part in parts if (lines := list(part)))


# words of TOML


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(value: str) -> str:
    """A basic string. TOML's escapes are those of JSON, and DEL is escaped as well."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    return repr(value)


def _inline(entries: Mapping[str, object]) -> str:
    return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in entries.items()) + " }"


def _lines(table: str, entries: Iterable[tuple[str, object]]) -> Iterator[str]:
    lines = [f"{_key(name)} = {_value(value)}" for name, value in entries]
    if lines:
        yield f"[{table}]"
        yield from lines


# the parts of a file


def _reference(case: KinshipCase) -> Iterator[str]:
    if case.reference:
        yield f"reference = {_value(case.reference)}"
    if case.model and isinstance(case.model.typing_error, float) and case.model.typing_error:
        yield f"typing_error = {_value(case.model.typing_error)}"
    if case.model and case.model.x_linked:
        yield f"x_loci = {_value(sorted(case.model.x_linked))}"


def _population(population: Population | None) -> Iterator[str]:
    if population is None:
        return
    terms: dict[str, object] = {"name": population.name}
    if not isinstance(population.theta, Mapping):
        terms["theta"] = population.theta
    if population.minimum_frequency is not None:
        terms["minimum_frequency"] = population.minimum_frequency
    if not population.rescale:
        terms["rescale"] = False
    yield from _lines("population", terms.items())
    if isinstance(population.theta, Mapping):
        yield from _lines("population.theta", population.theta.items())
    if not _in_library(population):
        yield from _lines("population.counts", population.frequencies.counts.items())


def _in_library(population: Population) -> bool:
    try:
        return of_library(population.name) == population.frequencies
    except UnknownName:
        return False


def _frequencies(population: Population | None) -> Iterator[str]:
    if population is None or _in_library(population):
        return
    for locus, table in population.frequencies.by_locus.items():
        yield from _lines(f"frequencies.{_key(locus)}", table.items())


def _model(model: KinshipModel | None) -> Iterator[str]:
    if model is None:
        return
    said = model.mutation
    if isinstance(said, Mutation):
        if said != Mutation():
            yield from _mutation("mutation", said)
    elif said:
        usual, _ = Counter(said.values()).most_common(1)[0]
        yield from _mutation("mutation", usual)
        for locus, own in said.items():
            if own != usual:
                yield from _mutation(f"mutation.loci.{_key(locus)}", own)
    yield from _lines("silent", model.silent.items())
    if isinstance(model.typing_error, Mapping):
        yield from _lines("typing_error", model.typing_error.items())
    if model.positions:
        yield "[positions]"
    for locus, at in model.positions.items():
        yield f"{_key(locus)} = {_inline({'chromosome': at.chromosome, 'cm': at.cm})}"
    for pair in model.linked:
        yield from _linked(pair)


def _linked(pair: LinkedPair) -> Iterator[str]:
    yield "[[linked]]"
    yield f"loci = {_value((pair.one, pair.other))}"
    yield f"rho = {_value(pair.recombination)}"


def _mutation(table: str, mutation: Mutation) -> Iterator[str]:
    yield f"[{table}]"
    for sex, model in (("female", mutation.female), ("male", mutation.male)):
        yield f"{sex} = {_inline(_of_sex(model))}"


def _of_sex(model: MutationModel) -> Mapping[str, object]:
    said: dict[str, object] = {"model": model.kind.value}
    if model.rate:
        said["rate"] = model.rate
    if model.rate2:
        said["rate2"] = model.rate2
    if model.step_range != MutationModel().step_range:
        said["range"] = model.step_range
    if model.kind is MutationKind.CUSTOM:
        said |= {"alleles": model.alleles, "matrix": model.matrix}
    if model.stationary is not Stationary.AS_IT_IS:
        said["stationary"] = model.stationary.value
    return said


# people


def _hypotheses(case: KinshipCase, model: KinshipModel) -> Iterator[str]:
    for name, pedigree in case.hypotheses.items():
        yield f"[hypotheses.{_key(name)}]"
        yield from _people(pedigree, model)
        yield ""


def _people(pedigree: Pedigree, model: KinshipModel, missing: Iterable[str] = ()) -> Iterator[str]:
    twins = {id: group[0] for group in pedigree.twins for id in group[1:]}
    for member in pedigree.members:
        said = _of_member(member)
        if member.id in twins:
            said["twin_of"] = twins[member.id]
        if member.id in pedigree.founder_inbreeding:
            said["inbreeding"] = pedigree.founder_inbreeding[member.id]
        if member.id in model.dropout:
            said["dropout"] = model.dropout[member.id]
        if member.id in missing:
            said["missing"] = True
        yield f"{_key(member.id)} = {_inline(said)}"


def _of_member(member: Member) -> dict[str, object]:
    said: dict[str, object] = {"sex": member.sex.value}
    if member.father is not None and member.mother is not None:
        said |= {"father": member.father, "mother": member.mother}
    return said


def _family(family: Family, model: KinshipModel) -> Iterator[str]:
    yield f"[families.{_key(family.id)}]"
    yield from _people(family.pedigree, model, family.missing)


def _remains(case: KinshipCase) -> Iterator[str]:
    if case.remains:
        yield "[remains]"
    for one in case.remains:
        said: dict[str, object] = {"sex": one.sex.value}
        if one.dropout:
            said["dropout"] = one.dropout
        yield f"{_key(one.id)} = {_inline(said)}"


def _genotypes(case: KinshipCase, model: KinshipModel) -> Iterator[list[str]]:
    profiles: dict[str, Reference] = dict(case.profiles)
    for family in case.families:
        profiles.update(family.profiles)
    profiles.update((one.id, one.profile) for one in case.remains)
    sexes = {one.id: one.sex for one in case.remains}
    for pedigree in (*case.hypotheses.values(), *(f.pedigree for f in case.families)):
        sexes.update((id, pedigree.sex(id)) for id in pedigree.ids if id in profiles)
    for id, profile in profiles.items():
        half = model.partial.get(id, frozenset())
        on_x = model.x_linked if sexes.get(id) is Sex.MALE else frozenset[Locus]()
        cells = {locus: list(_labels(profile, locus, half, on_x)) for locus in profile.genotypes}
        yield list(_lines(f"genotypes.{_key(id)}", cells.items()))


def _labels(
    profile: Reference, locus: Locus, half: frozenset[Locus], on_x: frozenset[Locus]
) -> tuple[str, ...]:
    """The two alleles; "?" for one that was not read; one alone for a man's X chromosome."""
    typed = profile.genotypes[locus]
    if locus in half:
        return typed.alleles[0], "?"
    return typed.alleles[:1] if locus in on_x else typed.alleles * (1 + typed.one_allele_listed)
