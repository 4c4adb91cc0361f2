"""Families checked before anybody is identified with their help, and samples filed twice.

Not for: how a family is checked (`weigh.pedigree_check`), showing it (`checks_shown`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from reopen.errors import ReopenError
from reopen.link import LinkResult, Progress, Sought
from reopen.link.stains import quiet
from reopen.records import (
    Family,
    Frozen,
    KinshipModel,
    Link,
    NotWeighed,
    Population,
    Reference,
    Remains,
)
from reopen.weigh.one_person import OnePerson, same_profiles
from reopen.weigh.pedigree_check import PedigreeCheck, check_pedigree


@dataclass(frozen=True, slots=True)
class FamilyChecks:
    """What the typed members of families say of their pedigrees, and of each other's samples.

    by_family    family -> its check; families without a typed member have none
    same         profiles of two families, or of a relative and remains, that look like one person's
    not_weighed  families that could not be checked
    """

    by_family: Mapping[str, PedigreeCheck]
    same: tuple[OnePerson, ...] = ()
    not_weighed: tuple[NotWeighed, ...] = ()

    def doubts(self, family: str) -> tuple[str, ...]:
        """What speaks against a family, if more than a mutation or two."""
        check = self.by_family.get(family)
        return check.findings if check is not None and check.in_doubt else ()


NOT_CHECKED: FamilyChecks = FamilyChecks(Frozen())


def check_every_family(
    families: Iterable[Family],
    population: Population,
    models: Mapping[str, KinshipModel],
    remains: Iterable[Remains] = (),
    progress: Progress = quiet,
) -> FamilyChecks:
    """Check each family, and whether a sample was filed twice in the case.

    models   family -> how genotypes are handed on and read there
    remains  compared with every relative, not with each other

    A family that cannot be checked is listed; an exception that `progress` raises stops the work.
    """
    every = list(families)
    checks: dict[str, PedigreeCheck] = {}
    refused: list[NotWeighed] = []
    for done, family in enumerate(every, start=1):
        if family.profiles:
            try:
                checks[family.id] = check_pedigree(
                    family.pedigree, family.profiles, population, models[family.id]
                )
            except ReopenError as error:
                refused.append(NotWeighed(f"check of family {family.id}", str(error)))
        progress("checking families", done, len(every))
    same = _filed_twice(every, population, models, remains)
    return FamilyChecks(Frozen(checks), tuple(same), tuple(refused))


def _filed_twice(
    families: Iterable[Family],
    population: Population,
    models: Mapping[str, KinshipModel],
    remains: Iterable[Remains],
) -> list[OnePerson]:
    profiles: dict[str, Reference] = {}
    groups: dict[str, str] = {}
    x_linked = {locus for model in models.values() for locus in model.x_linked}
    for family in families:
        for id, profile in family.profiles.items():
            profiles[f"{family.id}: {id}"] = profile
            groups[f"{family.id}: {id}"] = f"family {family.id}"
    for one in remains:
        profiles[one.id], groups[one.id] = one.profile, "remains"
    usable = {
        name: replace(
            profile, genotypes={at: g for at, g in profile.genotypes.items() if at not in x_linked}
        )
        for name, profile in profiles.items()
    }
    return same_profiles(usable, groups, population)


def check_families(
    result: LinkResult, sought: Sought, population: Population, progress: Progress
) -> tuple[LinkResult, Mapping[str, PedigreeCheck]]:
    """The result with remarks on links of doubtful families, and the checks by the family's id."""
    linked = {end.profile for link in result.links for end in (link.one, link.other) if end.member}
    families = [family for family in sought.families if family.id in linked]
    models = {family.id: sought.model_of(family) for family in families}
    checks = check_every_family(families, population, models, progress=progress)
    links = tuple(_with_remarks(link, checks) for link in result.links)
    return (
        replace(result, links=links, not_weighed=(*result.not_weighed, *checks.not_weighed)),
        checks.by_family,
    )


def _with_remarks(link: Link, checks: FamilyChecks) -> Link:
    remarks = list(link.remarks)
    for end in (link.one, link.other):
        if end.member and checks.doubts(end.profile):
            remarks.append(f"family {end.profile} is in doubt: see what its relatives say of it")
    return replace(link, remarks=tuple(remarks)) if len(remarks) > len(link.remarks) else link
