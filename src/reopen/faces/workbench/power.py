"""The power of families to find their missing, and whom to sample next, from a file.

Files and values in, a frozen result out. Not for: how it is computed (`weigh.family_power`,
`weigh.next_relative`), words and data (`power_shown`), the report (`assemble_power`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import inf, isfinite, log10
from pathlib import Path

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.faces.workbench.family_checks import NOT_CHECKED, FamilyChecks, check_every_family
from reopen.faces.workbench.kinship_assumed import model_for, population_for
from reopen.faces.workbench.kinship_run import run_of_kinship
from reopen.faces.workbench.kinship_words import assumptions_of_kinship
from reopen.formats import find_kit, read_kinship
from reopen.records import (
    Family,
    KinshipCase,
    KinshipModel,
    Locus,
    Mutation,
    NotWeighed,
    Population,
    Run,
)
from reopen.weigh.family_power import FamilyPower, family_power
from reopen.weigh.next_relative import SamplingPlan, who_to_sample
from reopen.weigh.other_relatives import OtherRelative

MODEL = "power of a family, exact distributions by convolution, version 1"


@dataclass(frozen=True, slots=True, eq=False)
class MissingPower:
    """What a family can show of one of its missing, now and with one relative more."""

    family: Family
    member: str
    power: FamilyPower
    plan: SamplingPlan


@dataclass(frozen=True, slots=True, eq=False)
class PowerOfFamilies:
    """The power of each family towards each missing person that was asked for.

    threshold  log10 LR from which the missing person counts as found
    others     relatives of the missing whom a candidate may be taken for
    checks     what relatives say of their own families, and samples filed twice
    """

    case: KinshipCase
    found: tuple[MissingPower, ...]
    threshold: float
    others: tuple[str, ...]
    population: Population
    model: KinshipModel
    assumptions: tuple[str, ...]
    notices: tuple[str, ...]
    not_weighed: tuple[NotWeighed, ...]
    run: Run
    made_at: datetime
    checks: FamilyChecks = NOT_CHECKED

    def __str__(self) -> str:
        from reopen.faces.workbench.power_shown import power_text

        return power_text(self)


def measure_power(
    case: KinshipCase | str | Path,
    *,
    missing: Iterable[str] = (),
    available: Iterable[str] = (),
    unavailable: Iterable[str] = (),
    others: Iterable[str] = (OtherRelative.FULL_SIBLING,),
    threshold: float = 1e4,
    kit: str = "",
    population: str | Population = "",
    theta: float | None = None,
    mutation: Mutation | None = None,
) -> PowerOfFamilies:
    """How far the LRs of a true and of a false candidate lie apart, before there is any candidate;
    and which relative should be sampled next.

    case        a file of pedigrees or families, or what was read from one
    missing     members sought; all the missing of the case if none is named
    available   relatives who can give a sample; all who are not typed if none is named
    unavailable relatives who cannot: dead, unknown, unwilling
    others      relatives of the missing whom a candidate may be taken for: "full sibling",
                "paternal half sibling", "maternal half sibling", "child", or an untyped member
    threshold   likelihood ratio from which the missing person counts as found
    kit         the kit that everybody will be typed with, beside the loci that relatives have
    population, theta, mutation  as in `identify_victims`

    Raises CannotWeigh where nobody is missing, or for people who cannot be asked; UnreadableFile,
    UnknownName and InvalidRecord for files and settings.
    """
    if not (isfinite(threshold) and threshold >= 1):
        raise InvalidRecord(
            f"A threshold of {threshold:g}.",
            rule="A likelihood ratio that identifies is 1 or more.",
            way_on="10,000 is usual; take what your laboratory has validated.",
        )
    read = case if isinstance(case, KinshipCase) else read_kinship(case)
    chosen, model = population_for(read, population, theta), model_for(read, mutation)
    sought, notices = _sought(read, tuple(missing))
    asked, left_out, who = tuple(available), tuple(unavailable), tuple(others)
    _check_names(sought, (*asked, *left_out))
    made_at = datetime.now(UTC)
    families = {family.id: family for family, _ in sought}
    checks = check_every_family(families.values(), chosen, dict.fromkeys(families, model))
    found = []
    for family, member in sought:
        here = family.pedigree
        plan = who_to_sample(
            family,
            member,
            chosen,
            model,
            available=[id for id in asked if id in here] if asked else None,
            unavailable=[id for id in left_out if id in here],
            threshold=log10(threshold),
            loci=_loci(family, kit, chosen) if kit else None,
        )
        power = family_power(family, member, chosen, model, others=who)
        found.append(MissingPower(family, member, power, plan))
    pedigrees = {f"family {one.family.id}": one.family.pedigree for one in found}
    profiles = {
        f"{one.family.id}: {id}": profile
        for one in found
        for id, profile in one.family.profiles.items()
    }
    run = run_of_kinship(read, pedigrees, profiles, (), [chosen], model)
    parameters: Mapping[str, str | float | int | bool | None] = {
        "threshold": threshold,
        "missing": ", ".join(one.member for one in found),
        "available": ", ".join(asked) or None,
        "unavailable": ", ".join(left_out) or None,
        "other candidates": ", ".join(who) or None,
        "kit": kit or None,
        "error of log10 LR": max(one.power.if_missing.error for one in found),
    }
    return PowerOfFamilies(
        case=read,
        found=tuple(found),
        threshold=log10(threshold),
        others=who,
        population=chosen,
        model=model,
        assumptions=(*assumptions_of_kinship([chosen], model, pedigrees, profiles), *_ASSUMED),
        notices=(*read.notices, *notices),
        not_weighed=tuple(
            dict.fromkeys((*read.not_weighed, *_left_out(found), *checks.not_weighed))
        ),
        run=replace(run, model=MODEL, parameters={**run.parameters, **parameters}),
        made_at=made_at,
        checks=checks,
    )


_TYPED_IN_FULL = (
    "The candidate will be typed in full at every locus counted, without dropout. Exclusions are "
    "counted with mutation off; likelihood ratios allow for mutation."
)
_RANKED_WITHOUT_THETA = (
    "Relatives are ranked with theta at 0 where more than two founders are not typed, and the "
    "family without any of them is shown so as well; all other numbers have the theta named above."
)
_EXACT = (
    "Distributions are exact sums over genotypes, locus by locus; nothing is simulated. The grid "
    "on which they are added moves a log10 LR by the bound stated at most."
)
_ASSUMED = (_TYPED_IN_FULL, _RANKED_WITHOUT_THETA, _EXACT)


def _sought(
    case: KinshipCase, missing: tuple[str, ...]
) -> tuple[list[tuple[Family, str]], list[str]]:
    """Each family with a member sought in it, and how that was understood."""
    if not case.families and missing:
        return _of_pedigree(case, missing)
    everybody = [(family, member) for family in case.families for member in family.missing]
    if not everybody:
        raise CannotWeigh(
            "Nobody is missing in this case.",
            rule="Power is that of a family to find a member who is missing.",
            way_on="Name the member with --missing, or in the case.",
        )
    found: list[tuple[Family, str]] = []
    for name in missing:
        places = [
            (family, member)
            for family in case.families
            for member in family.pedigree.ids
            if name in (member, f"{family.id}: {member}")
        ]
        if len(places) != 1:
            raise CannotWeigh(
                f"{name} is in {len(places) or 'no'} {'families' if places else 'family'}.",
                rule="A missing person is a member of one family.",
                way_on="Name one of: "
                + ", ".join(f"{family.id}: {member}" for family, member in everybody)
                + ".",
            )
        found += places
    return found or everybody, []


def _of_pedigree(
    case: KinshipCase, missing: tuple[str, ...]
) -> tuple[list[tuple[Family, str]], list[str]]:
    """Members of a pedigree that was given as a hypothesis."""
    found, notices = [], []
    for name in missing:
        holding = [p for p in case.hypotheses.values() if name in p]
        if not holding:
            raise CannotWeigh(
                f"{name} is in no pedigree of the case.",
                rule="A missing person is a member of the family.",
                way_on="Name one of: "
                + ", ".join(dict.fromkeys(id for p in case.hypotheses.values() for id in p.ids))
                + ".",
            )
        pedigree = max(holding, key=lambda p: sum(not m.is_founder for m in p.members))
        profiles = {id: p for id, p in case.profiles.items() if id in pedigree}
        if name in profiles:
            raise CannotWeigh(
                f"{name} has a profile.",
                rule="A missing person is not typed.",
                way_on="Name somebody who is not typed.",
            )
        family = Family(pedigree.name or "of the case", pedigree, profiles, (name,))
        found.append((family, name))
        if len(holding) > 1:
            notices.append(f"{name} is sought in the pedigree {family.id!r}.")
    return found, notices


def _check_names(sought: list[tuple[Family, str]], names: tuple[str, ...]) -> None:
    strangers = [name for name in names if not any(name in f.pedigree for f, _ in sought)]
    if strangers:
        raise CannotWeigh(
            f"{strangers[0]} is in no family that is asked about.",
            rule="Relatives who can or cannot be sampled are members of the pedigree.",
            way_on="Correct the name, or add the person to the pedigree.",
        )


def _loci(family: Family, kit: str, population: Population) -> list[Locus]:
    """Loci of the profiles and of the kit; those of the kit without frequencies (sex) are not
    counted on."""
    typed = (locus for profile in family.profiles.values() for locus in profile.loci)
    known = population.frequencies.by_locus
    return list(dict.fromkeys([*typed, *(at for at in find_kit(kit).loci if at in known)]))


def _left_out(found: list[MissingPower]) -> list[NotWeighed]:
    return [item for one in found for item in (*one.power.not_weighed, *one.plan.not_weighed)]


def range_shown(power: FamilyPower) -> tuple[float, float]:
    """log10 LRs between which nearly all candidates lie whose LR is not 0."""
    spreads = (power.if_missing, power.if_unrelated, *power.if_other.values())
    lows = [
        low
        for s in spreads
        if (low := s.quantile(min(0.02 + 0.98 * s.impossible, 0.999999))[0]) > -inf
    ]
    return max(min([*lows, -1.0]), -20.0), power.if_missing.quantile(1 - 1e-6)[1] + 0.01
