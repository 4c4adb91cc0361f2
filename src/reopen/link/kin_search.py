"""The part of a search that looks for kin: families, remains, relatives of donors, in order.

Not for: stains and references as the same person (`dna`), how pairs are weighed (`families`,
`family_pairs`, `relatives`, `remains`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from reopen.link.families import (
    references_with_families,
    remains_with_families,
    stains_with_families,
    with_chance_of_family,
    with_mutations_named,
)
from reopen.link.family_pairs import count_pairs, families_with_families
from reopen.link.relatives import relatives_of_donors
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
from reopen.weigh.compare import Contributors, LocusTable
from reopen.weigh.relations import typed_people


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
    def _stains(self) -> int:
        return len(self.known.owners) - len(self.remains.degraded)

    @property
    def stains(self) -> Contributors:
        return self.known.some(slice(self._stains))

    @property
    def bodies(self) -> Contributors:
        """Degraded remains alone."""
        return self.known.some(slice(self._stains, None))


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
    relatives, of_relatives, apart = _relatives(search, same_person)
    found += relatives
    if steps:
        progress("comparing relatives", 1, 1)
    counts |= _of_remains(search)
    return KinLinks(tuple(found), {**counts, **of_relatives}, (*refused, *apart))


def _families(search: KinSearch) -> tuple[list[Link], dict[LinkKind, int], list[NotWeighed]]:
    if not search.sought.families:
        return [], {}, []
    missing, refused = missing_members(search.sought, search.population, search.tables)
    allowed, others = split_by_purpose(search.references, MAY_BE_MISSING, "missing people")
    full = list(search.remains.full)
    counts = _counts(search, missing, len(allowed))
    typed = typed_people([*allowed, *full], search.tables)
    sexes = {one.id: one.sex for one in search.sought.remains}
    links = [
        search.remains.renamed(link)
        for link in references_with_families(
            missing, [*allowed, *full], typed, search.least_log10, sexes
        )
    ]
    links = with_chance_of_family(links, missing, counts)
    links += remains_with_families(
        missing, search.remains.degraded, search.bodies, search.least_log10
    )
    profiles = {one.id: one for one in (*allowed, *full)}
    profiles |= {one.id: one.profile for one in search.remains.degraded}
    links = with_mutations_named(links, search.sought, search.population, missing, profiles)
    links += stains_with_families(
        missing, search.solved, search.groups, search.stains, search.least_log10
    )
    pairs, not_joined = families_with_families(
        missing, search.sought, search.population, search.least_log10
    )
    return [*links, *pairs], counts, [*refused, *others, *not_joined]


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
    if not search.sought.relations or not search.solved:
        return [], {}, []
    allowed, others = split_by_purpose(search.references, MAY_BE_RELATIVES, "relatives")
    links = relatives_of_donors(
        search.sought,
        search.solved,
        search.groups,
        search.stains,
        allowed,
        typed_people(allowed, search.tables),
        same_person,
    )
    n = len(search.sought.relations) * len(search.solved) * len(allowed)
    return links, {LinkKind.STAIN_RELATIVE: n}, others
