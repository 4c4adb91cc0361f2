"""The part of a search that looks for somebody: families, remains, people, relatives of donors.

Not for: stains and references as the same person (`dna`), how pairs are weighed (`families`,
`family_pairs`, `persons`, `relatives`, `remains`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

from reopen.link.chance_links import every_set
from reopen.link.families import (
    best_of_each_family,
    people_with_families,
    remains_with_families,
    stains_with_families,
    with_chance_of_family,
    with_mutations_named,
)
from reopen.link.family_pairs import count_pairs, families_with_families
from reopen.link.in_database import OnFile
from reopen.link.persons import Somebody, links_in_person
from reopen.link.relatives import (
    FoundRelatives,
    donors_in_person,
    donors_of_remains,
    donors_of_stains,
    relatives_of_donors,
)
from reopen.link.remains import FoundRemains, degraded_as_persons, dropout_told
from reopen.link.searched_people import AtHand, People
from reopen.link.sought import (
    MAY_BE_MISSING,
    MAY_BE_RELATIVES,
    MissingMembers,
    Sought,
    missing_members,
    split_by_purpose,
)
from reopen.link.stains import Progress, SolvedStain
from reopen.records import LeftOut, Link, LinkKind, Locus, NotWeighed, Population, Reference
from reopen.weigh.compare import (
    Contributors,
    LocusTable,
    contributors,
    reference_likelihoods,
)
from reopen.weigh.relations import typed_people
from reopen.weigh.sides import Side

_NEAR = 1.0  # log10 LR by which theta may raise what is found without it


@dataclass(frozen=True, slots=True)
class KinLinks:
    """An expected_chance of 0 was not computed: `chance_of_search` does.

    left_out  what chance left out of the relatives
    people    those linked, by id
    """

    links: tuple[Link, ...]
    comparisons: Mapping[LinkKind, int]
    not_weighed: tuple[NotWeighed, ...]
    left_out: tuple[LeftOut, ...]
    people: Mapping[str, Reference]


@dataclass(frozen=True)
class KinSearch:
    """Everybody who is compared.

    known    the stains' contributors, then degraded remains
    tables   alleles and frequencies, with every allele met
    references   without remains
    on_file      people of a database, who are searched too
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
    on_file: OnFile | None = None

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

    @cached_property
    def persons(self) -> Contributors:
        """Degraded remains, full ones, then people who are looked for."""
        typed = [*self.remains.full, *self.sought.people]
        return self.bodies.with_more(
            contributors([reference_likelihoods(one) for one in typed], self.tables)[0]
        )

    def at_hand(self, references: Sequence[Reference]) -> AtHand:
        return AtHand(references, typed_people(references, self.tables))


def kin_links(
    search: KinSearch, same_person: Mapping[tuple[str, str], float], progress: Progress
) -> KinLinks:
    """Links by kinship, of remains, and of people who are looked for.

    same_person  (stain, reference) -> log10 LR, of links already found
    """
    sought = search.sought
    steps = len(sought.families) + len(sought.remains) + len(sought.relations) + len(sought.people)
    if steps:
        progress("comparing relatives", 0, 1)
    everybody = (*search.references, *search.remains.full)
    found = degraded_as_persons(
        search.remains, everybody, search.solved, search.groups, search.known, search.least_log10
    )
    in_person, people = _in_person(search)
    links, of_families, counts, refused = _families(search)
    found += [*in_person, *links]
    known = {(link.one.profile, link.other.profile): link.log10 for link in found}
    relatives, of_relatives, apart = _relatives(search, {**known, **same_person})
    if steps:
        progress("comparing relatives", 1, 1)
    links = [*found, *relatives.links]
    linked = {end.profile for link in links for end in (link.one, link.other)}
    linked -= {one.id for one in search.remains.full}
    return KinLinks(
        tuple(links),
        {**counts, **_of_persons(search), **of_relatives},
        (*refused, *apart),
        tuple(relatives.left_out),
        {id: one for id, one in (people | of_families | relatives.people).items() if id in linked},
    )


def _in_person(search: KinSearch) -> tuple[list[Link], dict[str, Reference]]:
    """Remains with a database, people who are looked for with a database and those at hand."""
    remains, people = search.remains, search.sought.people
    on_file: list[People] = [] if search.on_file is None else [search.on_file]
    dead = [
        *((one.id, dropout_told(one)) for one in remains.degraded),
        *((one.id, ()) for one in remains.full),
    ]
    bodies = [
        Somebody(LinkKind.REMAINS_REFERENCE, k, id, told) for k, (id, told) in enumerate(dead)
    ]
    sought = [
        Somebody(LinkKind.REFERENCE_REFERENCE, k, one.id)
        for k, one in enumerate(people, start=len(dead))
    ]
    links: list[Link] = []
    found: dict[str, Reference] = {}
    for somebody, among in (
        (bodies, on_file),
        (sought, [search.at_hand(search.references), *on_file] if sought else []),
    ):
        if somebody and among:
            more, linked = links_in_person(somebody, search.persons, among, search.least_log10)
            links += more
            found |= linked
    return links, found


def _families(
    search: KinSearch,
) -> tuple[list[Link], dict[str, Reference], dict[LinkKind, int], list[NotWeighed]]:
    if not search.sought.families:
        return [], {}, {}, []
    allowed, others = split_by_purpose(search.references, MAY_BE_MISSING, "missing people")
    living: list[People] = [search.at_hand(allowed)]
    if search.on_file is not None:
        on_file = search.on_file.kept_for(MAY_BE_MISSING)
        others += on_file.of_other_purposes("missing people")
        living.append(on_file)
    dead = search.at_hand(search.remains.full)
    plain, refused = missing_members(
        search.sought, _without_theta(search.population), search.tables
    )
    missing = _with_theta(plain, [*living, dead], search)
    in_common = every_set(*(some.by_loci for some in living))
    counts = _counts(search, plain, sum(in_common.values()))
    sexes = {one.id: one.sex for one in search.sought.remains}
    found, people = people_with_families(missing, [*living, dead], search.least_log10, sexes)
    links = [search.remains.renamed(link) for link in found]
    links += remains_with_families(
        missing, search.remains.degraded, search.bodies, search.least_log10
    )
    sets = {LinkKind.REFERENCE_FAMILY: in_common, LinkKind.REMAINS_FAMILY: dead.by_loci}
    links = with_chance_of_family(links, _sides(plain, missing) if links else {}, sets, counts)
    profiles = people | {one.id: one.profile for one in search.remains.degraded}
    links = with_mutations_named(links, search.sought, search.population, missing, profiles)
    links += stains_with_families(
        missing, search.solved, search.groups, search.stains, search.least_log10
    )
    links = best_of_each_family(links)
    pairs, not_joined = families_with_families(
        plain, search.sought, search.population, search.least_log10
    )
    return [*links, *pairs], people, counts, [*refused, *others, *not_joined]


def _sides(plain: MissingMembers, near: MissingMembers) -> dict[tuple[str, str], Side]:
    """How chance sees each missing member; with theta those to whom somebody comes near."""
    return {
        (family.id, member): members.side(row)
        for members in (plain, near)
        for row, (family, member) in enumerate(members.who)
    }


def _without_theta(population: Population) -> Population:
    return replace(population, theta=0.0)


def _with_theta(
    plain: MissingMembers, among: Sequence[People], search: KinSearch
) -> MissingMembers:
    """Tables with theta, which take longer, of those to whom somebody comes near without it."""
    if not any(table.theta for table in search.tables.values()):
        return plain
    least = search.least_log10 - _NEAR
    near = plain.against(search.known)[0].max(axis=1, initial=-inf) >= least
    ratios = plain.ln_ratio
    for row in range(len(near)):
        own = {locus: table[row : row + 1] for locus, table in ratios.items()}
        near[row] |= any(some.reaching(own, least, inf).below for some in among)
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


def _of_persons(search: KinSearch) -> dict[LinkKind, int]:
    dead, people = len(search.sought.remains), len(search.sought.people)
    others = len(search.references) + (0 if search.on_file is None else search.on_file.n)
    counts = {}
    if dead:
        counts = {
            LinkKind.REMAINS_REFERENCE: dead * others,
            LinkKind.REMAINS_REMAINS: dead * (dead - 1) // 2,
            LinkKind.STAIN_REMAINS: dead * len(search.solved),
        }
    if people:
        at_hand = len(search.references)
        counts[LinkKind.REFERENCE_REFERENCE] = people * others + at_hand * (at_hand - 1) // 2
    return counts


def _relatives(
    search: KinSearch, same_person: Mapping[tuple[str, str], float]
) -> tuple[FoundRelatives, dict[LinkKind, int], list[NotWeighed]]:
    if not search.sought.relations:
        return FoundRelatives([], [], {}), {}, []
    allowed, others = split_by_purpose(search.references, MAY_BE_RELATIVES, "relatives")
    among: list[People] = [search.at_hand(allowed)]
    if search.on_file is not None:
        on_file = search.on_file.kept_for(MAY_BE_RELATIVES)
        others += on_file.of_other_purposes("relatives")
        among.append(on_file)
    ids = [one.id for one in search.remains.degraded] + [one.id for one in search.remains.full]
    people = [one.id for one in search.sought.people]
    donors = [
        *donors_of_stains(search.solved, search.groups),
        *donors_of_remains(ids, search.n_stains),
        *donors_in_person(people, search.n_stains + len(ids)),
    ]
    everybody = search.stains.with_more(search.persons)
    found = relatives_of_donors(
        search.sought, donors, everybody, among, search.least_log10, same_person
    )
    allowed_people = sum(sum(some.by_loci.values()) for some in among)
    each = len(search.sought.relations) * allowed_people
    counts = {
        LinkKind.STAIN_RELATIVE: each * len(search.solved),
        LinkKind.REMAINS_RELATIVE: each * len(ids),
        LinkKind.REFERENCE_RELATIVE: each * len(people),
    }
    return found, counts, others
