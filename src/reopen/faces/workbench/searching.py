"""Somebody looked for among many: a stain's donors, a person or a missing member of a family, in
databases of any size, in person and as relatives.

A search is a linking of one profile; its numbers are those of `find_links`. Not for: everything
against everything (`bench`), how a database is looked through (`link.in_database`), showing what
was found (`searching_shown`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from math import isnan
from pathlib import Path

from reopen.errors import InvalidRecord
from reopen.faces.workbench.assumptions import DEFAULT_POPULATION
from reopen.faces.workbench.bench import LEAST_LOG10, link_profiles, with_prior
from reopen.faces.workbench.given import ReadStain, population_of
from reopen.faces.workbench.machines import Machines
from reopen.faces.workbench.results import Linking, SearchedDatabase, Searching
from reopen.faces.workbench.searched_for import asked_of
from reopen.faces.workbench.searched_places import Looker, Opened, Place, opened_together
from reopen.faces.workbench.settings import Settings
from reopen.faces.workbench.sought_files import open_sought
from reopen.link import LinkOptions, Progress
from reopen.link.dna import SAME_PERSON
from reopen.link.stains import quiet
from reopen.records import (
    Frozen,
    KinshipCase,
    Locus,
    NotWeighed,
    Population,
    Reference,
    Relation,
    Stain,
    relation_named,
)
from reopen.weigh.averaged import Averaging
from reopen.weigh.prior_odds import read_prior_odds


def search(
    who: str | Path | Stain | ReadStain | Reference | KinshipCase,
    *databases: Place,
    relations: Iterable[str | Relation] = (SAME_PERSON,),
    least_log10: float = LEAST_LOG10,
    most_chance: float | None = None,
    prior: str | float | None = None,
    population: str | Population = DEFAULT_POPULATION,
    settings: Settings | None = None,
    contributors: int | None = None,
    averaging: bool = True,
    in_full: bool = True,
    kit: str = "",
    replicates: str = "none",
    decimal_comma: bool | None = None,
    actor: str = "",
    purpose: str = "",
    machines: Machines | None = None,
    progress: Progress = quiet,
) -> Searching:
    """Look for a stain's donors, a person, or the missing of a family, among many people.

    who           a value, or a file of one: `FILE`, or `FILE#NAME` where it holds several
    databases     databases of `build_database`, open or their files, files of typed people, units
    relations     "same person", which always takes part, and kin: "full siblings"
    least_log10   of links to list
    most_chance   list those alone whom no more unrelated people than this are expected to come as
                  close as; None: in person all from least_log10 on, of kin 1
    actor, purpose   who looks into a unit, and why, for its log
    Other arguments as for `find_links`.

    Raises UnreadableFile and UnknownName for files and names, InvalidRecord for what no search can
    be made of, NotAllowed where the actor of a unit is not known, CannotWeigh, CannotRun.
    """
    kin = _kin(relations)
    _check(least_log10, most_chance, databases)
    odds = None if prior is None else read_prior_odds(str(prior))
    settings = settings or Settings()
    frequencies = population_of(population, settings)
    options = LinkOptions(
        contributors=contributors,
        least_log10=least_log10,
        averaging=Averaging(priors=settings.priors) if averaging else None,
        in_full=in_full,
        most_chance=most_chance,
    )
    asked = asked_of(who, kit, replicates, decimal_comma)
    if asked.is_family and kin:
        raise InvalidRecord(
            f"The relatives ({kin[0].name}) of somebody who is missing.",
            rule="Of a family, its missing member is looked for in person; relatives are "
            "looked for of stains, remains and people.",
            way_on="Leave the relations out.",
        )
    looker = Looker(actor, purpose)
    with (
        opened_together(
            databases, looker, kit=kit, decimal_comma=decimal_comma, progress=progress
        ) as opened,
        (machines or Machines()).working() as how,
    ):
        linking = link_profiles(
            asked.profiles,
            asked.sought(open_sought((), kin, most_chance=most_chance or 1.0)),
            frequencies,
            settings,
            options,
            progress,
            database=opened.database,
            how=how,
        )
        in_common = _in_common(opened, asked.loci_of(linking))
        linking = _told(linking, opened, in_common[0])
        return Searching(
            asked.name,
            (SAME_PERSON, *(relation.name for relation in kin)),
            tuple(SearchedDatabase(one.name, one.n, one.hash) for one in opened.database.parts),
            Frozen(sorted(in_common.items(), reverse=True)),
            most_chance,
            linking if odds is None else with_prior(linking, odds),
        )


def _kin(relations: Iterable[str | Relation]) -> tuple[Relation, ...]:
    """The relations but for the same person."""
    named = [
        one if isinstance(one, Relation) else relation_named(one)
        for one in relations
        if one != SAME_PERSON
    ]
    return tuple(dict.fromkeys(named))


def _check(least: float, most_chance: float | None, databases: tuple[Place, ...]) -> None:
    if isnan(least):
        raise InvalidRecord(
            "A least log10 LR that is not a number.",
            rule="Links are listed from a log10 LR on.",
            way_on="Give a number, such as 3.",
        )
    if most_chance is not None and not most_chance > 0:
        raise InvalidRecord(
            f"{most_chance} chance hits allowed.",
            rule="Any threshold lets some chance hits through: a number above 0.",
            way_on="Use 1, or 0.1 for a shorter list.",
        )
    if not databases:
        raise InvalidRecord(
            "Nowhere to search.",
            rule="Somebody is looked for among the people of databases, files or units.",
            way_on="Name one; `reopen database build` makes a database of files.",
        )


def _in_common(opened: Opened, loci: frozenset[Locus]) -> Counter[int]:
    """How many people have so many loci in common with who is looked for."""
    found = Counter[int]()
    for typed, people in opened.database.people_by_loci().items():
        found[len(typed & loci)] += people
    return found


def _told(linking: Linking, opened: Opened, without: int) -> Linking:
    """With what was not taken of the databases, and people who could not be compared."""
    apart = opened.not_weighed
    if without:
        reason = "no locus in common with who is looked for, so that nothing can be said of them"
        apart = (*apart, NotWeighed(f"people of the databases: {without:,}", reason))
    profiles = replace(
        linking.profiles,
        not_weighed=(*linking.profiles.not_weighed, *apart),
        notices=(*linking.profiles.notices, *opened.notices),
    )
    return replace(linking, profiles=profiles)
