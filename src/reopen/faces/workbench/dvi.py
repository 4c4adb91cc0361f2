"""Victims and missing people identified from a file: who is who, with everything that was assumed.

Files and values in, a frozen result out. Not for: how it is computed (`link.dvi`), words and data
(`dvi_shown`), the report (`assemble_dvi`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf, isfinite
from pathlib import Path

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.faces.workbench.dvi_words import assumptions_of_dvi, parameters_of_dvi
from reopen.faces.workbench.family_checks import NOT_CHECKED, FamilyChecks, check_every_family
from reopen.faces.workbench.kinship_assumed import model_for, population_for
from reopen.faces.workbench.kinship_run import run_of_kinship
from reopen.faces.workbench.kinship_words import assumptions_of_kinship
from reopen.formats import read_kinship
from reopen.formats.other_evidence import read_other_evidence
from reopen.link import Progress
from reopen.link.dvi import DviOptions, Identification, identify
from reopen.link.dvi_pairs import Pair, Rules
from reopen.link.dvi_people import sought
from reopen.link.dvi_prior import FLAT, Prior
from reopen.link.dvi_remains import (
    SAME_PERSON_LOG10,
    Grouped,
    RelatedVictims,
    Victim,
    group_remains,
    outside_families,
    related_victims,
)
from reopen.link.dvi_terms import FamilyTerms
from reopen.link.stains import quiet
from reopen.records import (
    Family,
    Frozen,
    Genotype,
    KinshipCase,
    KinshipModel,
    Locus,
    Mutation,
    NotWeighed,
    Population,
    Reference,
    Remains,
    Run,
)
from reopen.weigh.mutation_steps import mutations_needed

_FURTHER = 3  # loci beyond those allowed for, up to which mutations are counted
MODEL = "joint identification over families, exact sums, version 1"


@dataclass(frozen=True, slots=True)
class Identifying:
    """Who is who among victims and missing people.

    grouped     parts of one person put together, and what contradicts that
    related     victims who look like relatives and whom the best assignment puts into no one family
    needed      (victim, missing) -> locus -> the fewest mutations the pair needs there; not of
                pairs excluded at many loci
    mutating    family -> loci at which its own profiles need a mutation
    checks      what relatives say of their own families, and samples filed twice
    """

    case: KinshipCase
    found: Identification
    grouped: Grouped
    related: tuple[RelatedVictims, ...]
    needed: Mapping[tuple[str, str], Mapping[str, str]]
    mutating: Mapping[str, tuple[str, ...]]
    population: Population
    model: KinshipModel
    assumptions: tuple[str, ...]
    notices: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    run: Run
    made_at: datetime
    checks: FamilyChecks = NOT_CHECKED

    @property
    def families(self) -> tuple[Family, ...]:
        return self.case.families

    def __str__(self) -> str:
        from reopen.faces.workbench.dvi_shown import dvi_text

        return dvi_text(self)


def identify_victims(
    case: KinshipCase | str | Path,
    *,
    population: str | Population = "",
    theta: float | None = None,
    mutation: Mutation | None = None,
    threshold: float = 1e4,
    most_impossible: int = 2,
    strict: bool = False,
    listed: float | Mapping[str, float] | None = None,
    closed: bool = False,
    evidence: Mapping[tuple[str, str], float] | str | Path | None = None,
    join_parts: bool = True,
    most_listed: int = 20,
    progress: Progress = quiet,
) -> Identifying:
    """Identify many victims with the families of many missing people, all at once.

    case        a file of families and remains, or what was read from one
    population  a name in the library, a file, or a value; the case's own if none is named
    theta       coancestry; the case's own, or 0.01
    mutation    at every locus; the case's own, or the usual stepwise model
    threshold   likelihood ratio from which two people are one
    most_impossible  loci that may exclude a pair (by a mutation each) before it is left out
    strict      undisputed only if every other LR of both people is 1 or less
    listed      prior probability that a victim is one of the missing: of all, or victim by victim
    closed      every victim is one of the missing
    evidence    (victim, missing) -> likelihood ratio of what is not DNA, or a table of these
    join_parts  put remains together that are parts of one person, by their DNA
    most_listed assignments to list, best first
    progress    is called with (step, done, of); an exception it raises stops the work

    Raises CannotWeigh where there is nobody to identify, a prior that fits no assignment, or a
    model that does not fit the alleles; UnreadableFile and InvalidRecord for files and settings.
    """
    _check(threshold, most_impossible, most_listed)
    read = case if isinstance(case, KinshipCase) else read_kinship(case)
    beside = read_other_evidence(evidence) if isinstance(evidence, str | Path) else evidence
    chosen = population_for(read, population, theta)
    model = model_for(read, mutation)
    typed, untyped = _typed(read.remains)
    made_at = datetime.now(UTC)
    models = {family.id: model for family in read.families}
    checks = check_every_family(read.families, chosen, models, typed, progress)
    grouped = group_remains(typed, chosen, model, SAME_PERSON_LOG10 if join_parts else inf)
    victims = {victim.id: victim for victim in grouped.victims}
    everybody = sought(read.families)
    terms = FamilyTerms(
        read.families, everybody, {v.id: v.evidence for v in grouped.victims}, chosen, model
    )
    options = DviOptions(
        rules=Rules(threshold, most_impossible, strict),
        prior=_prior(listed, closed, beside or {}, grouped),
        most_listed=most_listed,
    )
    found = identify(
        {victim.id: victim.sex for victim in grouped.victims},
        read.families,
        terms,
        options,
        inconsistent={family.id: terms.inconsistent(family.id) for family in read.families},
        progress=progress,
    )
    family_of = {person.name: person.family for person in everybody}
    close = related_victims(grouped.victims, chosen, model)
    needed = {
        (pair.victim, pair.missing): _needed(pair, victims[pair.victim], read, found, model)
        for pair in (*found.pairs, *found.final)
        if 0 < len(pair.impossible) <= most_impossible + _FURTHER
    }
    profiles = _profiles(read)
    pedigrees = {f"family {family.id}": family.pedigree for family in read.families}
    run = run_of_kinship(read, pedigrees, profiles, (), [chosen], model)
    return Identifying(
        case=read,
        found=found,
        grouped=grouped,
        related=outside_families(close, found.joint.best.assignment, family_of),
        needed=Frozen(needed),
        mutating=Frozen({f.id: loci for f in read.families if (loci := terms.mutates(f.id))}),
        population=chosen,
        model=model,
        assumptions=(
            *assumptions_of_kinship([chosen], model, pedigrees, profiles),
            *assumptions_of_dvi(found, chosen),
        ),
        notices=read.notices,
        not_weighed=(
            *read.not_weighed,
            *untyped,
            *grouped.not_weighed,
            *terms.not_weighed,
            *checks.not_weighed,
        ),
        run=replace(run, model=MODEL, parameters={**run.parameters, **parameters_of_dvi(found)}),
        made_at=made_at,
        checks=checks,
    )


def _check(threshold: float, most_impossible: int, most_listed: int) -> None:
    if not (isfinite(threshold) and threshold > 1):
        raise InvalidRecord(
            f"A threshold of {threshold:g}.",
            rule="A likelihood ratio that identifies is above 1.",
            way_on="10,000 is usual; take what your laboratory has validated.",
        )
    if most_impossible < 0 or most_listed < 1:
        raise InvalidRecord(
            f"{most_impossible} loci with a mutation, {most_listed} assignments to list.",
            rule="The first is a whole number from 0, the second one from 1.",
            way_on="2 and 20 are used if nothing is set.",
        )


def _typed(remains: Sequence[Remains]) -> tuple[list[Remains], list[NotWeighed]]:
    """Remains with a profile, and those without."""
    typed = [item for item in remains if item.profile.genotypes]
    untyped = [
        NotWeighed(item.id, "no genotype was read", item.profile.where)
        for item in remains
        if not item.profile.genotypes
    ]
    if remains and not typed:
        raise CannotWeigh(
            "No victim has a genotype.",
            rule="Victims are identified by their profiles.",
            way_on="Check the names of victims and loci in the file.",
        )
    return typed, untyped


def _prior(
    listed: float | Mapping[str, float] | None,
    closed: bool,
    evidence: Mapping[tuple[str, str], float],
    grouped: Grouped,
) -> Prior:
    """The prior, told of parts, as that of the victims they are parts of."""
    if listed is None and not closed and not evidence:
        return FLAT
    whole = {part.id: victim.id for victim in grouped.victims for part in victim.parts}
    whole |= {victim.id: victim.id for victim in grouped.victims}
    if isinstance(listed, Mapping):
        by_victim = {whole.get(name, name): p for name, p in listed.items()}
    else:
        by_victim = {} if listed is None else {victim.id: listed for victim in grouped.victims}
    ratios: dict[tuple[str, str], float] = {}
    for (victim, missing), ratio in evidence.items():
        pair = (whole.get(victim, victim), missing)
        ratios[pair] = ratios.get(pair, 1.0) * ratio
    return Prior(by_victim, closed, ratios)


def _needed(
    pair: Pair, victim: Victim, case: KinshipCase, found: Identification, model: KinshipModel
) -> Mapping[str, str]:
    """The fewest mutations at each locus that excludes a pair; empty text where too entangled."""
    family = next(family for family in case.families if family.id == pair.family)
    member = next(person.member for person in found.missing if person.name == pair.missing)
    if not isinstance(victim.evidence, Reference):
        return dict.fromkeys(pair.impossible, "")
    profiles = {**family.profiles, member: victim.evidence}
    told = {}
    for name in pair.impossible:
        needs = []
        for locus in (Locus(part) for part in name.split(" + ")):
            typed: dict[str, Genotype] = {
                id: profile.genotypes[locus]
                for id, profile in profiles.items()
                if locus in profile.genotypes and not profile.genotypes[locus].is_triallelic
            }
            unsure = {
                id
                for id in typed
                if locus in model.silent
                or model.dropout.get(id)
                or locus in model.partial.get(id, ())
            }
            steps = mutations_needed(
                family.pedigree, typed, x_linked=locus in model.x_linked, second_unsure=unsure
            )
            needs += [str(steps)] if steps is not None and steps.mutations else []
        told[name] = "; ".join(needs)
    return told


def _profiles(case: KinshipCase) -> dict[str, Reference]:
    """Every typed profile, relatives under their family's name."""
    relatives = {
        f"{family.id}: {id}": profile
        for family in case.families
        for id, profile in family.profiles.items()
    }
    return relatives | {item.id: item.profile for item in case.remains}
