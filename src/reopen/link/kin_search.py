"""The part of a search that looks for kin: families, remains, relatives of donors, in order.

Not for: stains and references as the same person (`dna`), how pairs are weighed (`families`,
`family_pairs`, `relatives`, `remains`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

import numpy as np

from reopen.link.chance_links import locus_sets
from reopen.link.families import (
    best_of_each_family,
    references_with_families,
    remains_with_families,
    stains_with_families,
    with_chance_of_family,
    with_mutations_named,
)
from reopen.link.family_pairs import count_pairs, families_with_families
from reopen.link.relatives import donors_of_remains, donors_of_stains, relatives_of_donors
from reopen.link.remains import FoundRemains, degraded_as_persons
from reopen.link.sought import (
    MAY_BE_MISSING,
    MAY_BE_RELATIVES,
    MissingMembers,
    Sought,
    missing_members,
    split_by_purpose,
)
from reopen.link.stains import Progress, SolvedStain
from reopen.records import Link, LinkKind, Locus, NotWeighed, Population, Reference
from reopen.weigh.compare import (
    Contributors,
    LocusTable,
    contributors,
    reference_likelihoods,
)
from reopen.weigh.relations import TypedPeople, typed_people
from reopen.weigh.sides import Side
from reopen.weigh.sifting import search_typed

_NEAR = 1.0  # log10 LR by which theta may raise what is found without it


@dataclass(frozen=True, slots=True)
class KinLinks:
    """An expected_chance of 0 was not computed: `dna.with_chance` bounds it."""

    links: tuple[Link, ...]
    comparisons: Mapping[LinkKind, int]
    not_weighed: tuple[NotWeighed, ...]


@dataclass(frozen=True, slots=True)
class KinSearch:
    """Everybody who is compared.

    known    the stains' contributors, then degraded remains
    tables   alleles and frequencies, with every allele met
    references   without remains
    """

    sought: Sought
    remains: FoundRemains
    solved: Sequence[SolvedStain]
    groups: Sequence[range]
    known: Contributors
    references: Sequence[Reference]
    tables: Mapping[Locus, LocusTable]
    population: Population
    least_log10: float

    @property
    def n_stains(self) -> int:
        """Contributors of all stains."""
        return len(self.known.owners) - len(self.remains.degraded)

    @property
    def stains(self) -> Contributors:
        return self.known.some(slice(self.n_stains))

    @property
    def bodies(self) -> Contributors:
        """Degraded remains alone."""
        return self.known.some(slice(self.n_stains, None))


def kin_links(
    search: KinSearch, same_person: Mapping[tuple[str, str], float], progress: Progress
) -> KinLinks:
    """Links by kinship, and of degraded remains.

    same_person  (stain, reference) -> log10 LR, of links already found
    """
    sought = search.sought
    steps = len(sought.families) + len(sought.remains) + len(sought.relations)
    if steps:
        progress("comparing relatives", 0, 1)
    everybody = (*search.references, *search.remains.full)
    found = degraded_as_persons(
        search.remains, everybody, search.solved, search.groups, search.known, search.least_log10
    )
    links, counts, refused = _families(search)
    found += links
    known = {(link.one.profile, link.other.profile): link.log10 for link in found}
    relatives, of_relatives, apart = _relatives(search, {**known, **same_person})
    found += relatives
    if steps:
        progress("comparing relatives", 1, 1)
    counts |= _of_remains(search)
    return KinLinks(tuple(found), {**counts, **of_relatives}, (*refused, *apart))


def _families(search: KinSearch) -> tuple[list[Link], dict[LinkKind, int], list[NotWeighed]]:
    if not search.sought.families:
        return [], {}, []
    allowed, others = split_by_purpose(search.references, MAY_BE_MISSING, "missing people")
    full = list(search.remains.full)
    typed = typed_people([*allowed, *full], search.tables)
    plain, refused = missing_members(
        search.sought, _without_theta(search.population), search.tables
    )
    missing = _with_theta(plain, typed, search)
    counts = _counts(search, plain, len(allowed))
    sexes = {one.id: one.sex for one in search.sought.remains}
    links = [
        search.remains.renamed(link)
        for link in references_with_families(
            missing, [*allowed, *full], typed, search.least_log10, sexes
        )
    ]
    links += remains_with_families(
        missing, search.remains.degraded, search.bodies, search.least_log10
    )
    of_remains = np.arange(len(allowed), len(allowed) + len(full))
    people = {
        LinkKind.REFERENCE_FAMILY: locus_sets(typed, np.arange(len(allowed))),
        LinkKind.REMAINS_FAMILY: locus_sets(typed, of_remains),
    }
    links = with_chance_of_family(links, _sides(plain, missing) if links else {}, people, counts)
    profiles = {one.id: one for one in (*allowed, *full)}
    profiles |= {one.id: one.profile for one in search.remains.degraded}
    links = with_mutations_named(links, search.sought, search.population, missing, profiles)
    links += stains_with_families(
        missing, search.solved, search.groups, search.stains, search.least_log10
    )
    links = best_of_each_family(links)
    pairs, not_joined = families_with_families(
        plain, search.sought, search.population, search.least_log10
    )
    return [*links, *pairs], counts, [*refused, *others, *not_joined]


def _sides(plain: MissingMembers, near: MissingMembers) -> dict[tuple[str, str], Side]:
    """How chance sees each missing member; with theta those to whom somebody comes near."""
    return {
        (family.id, member): members.side(row)
        for members in (plain, near)
        for row, (family, member) in enumerate(members.who)
    }


def _without_theta(population: Population) -> Population:
    return replace(population, theta=0.0)


def _with_theta(plain: MissingMembers, typed: TypedPeople, search: KinSearch) -> MissingMembers:
    """Tables with theta, which take longer, of those to whom somebody comes near without it."""
    if not any(table.theta for table in search.tables.values()):
        return plain
    least = search.least_log10 - _NEAR
    near = plain.against(search.known)[0].max(axis=1, initial=-inf) >= least
    for row, found in enumerate(search_typed(plain.ln_ratio, typed.by_locus, least)):
        near[row] |= len(found.person) > 0
    wanted = [(family.id, member) for (family, member), is_near in zip(plain.who, near, strict=True)
              if is_near]  # fmt: skip
    return missing_members(search.sought, search.population, search.tables, only=wanted)[0]


def _counts(search: KinSearch, missing: MissingMembers, references: int) -> dict[LinkKind, int]:
    rows = len(missing.who)
    return {
        LinkKind.REFERENCE_FAMILY: rows * references,
        LinkKind.REMAINS_FAMILY: rows * len(search.sought.remains),
        LinkKind.STAIN_FAMILY: rows * len(search.solved),
        LinkKind.FAMILY_FAMILY: count_pairs(missing),
    }


def _of_remains(search: KinSearch) -> dict[LinkKind, int]:
    n = len(search.sought.remains)
    if not n:
        return {}
    return {
        LinkKind.REMAINS_REFERENCE: n * len(search.references),
        LinkKind.REMAINS_REMAINS: n * (n - 1) // 2,
        LinkKind.STAIN_REMAINS: n * len(search.solved),
    }


def _relatives(
    search: KinSearch, same_person: Mapping[tuple[str, str], float]
) -> tuple[list[Link], dict[LinkKind, int], list[NotWeighed]]:
    if not search.sought.relations:
        return [], {}, []
    allowed, others = split_by_purpose(search.references, MAY_BE_RELATIVES, "relatives")
    full, _ = contributors(
        [reference_likelihoods(one) for one in search.remains.full], search.tables
    )
    people = search.known.with_more(full)
    ids = [one.id for one in search.remains.degraded] + [one.id for one in search.remains.full]
    donors = donors_of_stains(search.solved, search.groups)
    donors += donors_of_remains(ids, search.n_stains)
    links = relatives_of_donors(
        search.sought,
        donors,
        people,
        allowed,
        typed_people(allowed, search.tables),
        search.least_log10,
        same_person,
    )
    each = len(search.sought.relations) * len(allowed)
    counts = {
        LinkKind.STAIN_RELATIVE: each * len(search.solved),
        LinkKind.REMAINS_RELATIVE: each * len(ids),
    }
    return links, counts, others
