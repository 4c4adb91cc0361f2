"""Everything against everything, in order: solve stains, compare all pairs, weigh links in full.

Values in, values out; files and screens are elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import log10
from os import cpu_count

from reopen.link.among_typed import without_compared
from reopen.link.averaging import pairs_not_compared
from reopen.link.candidates import duplicates, search_tables
from reopen.link.chance_links import LocusSets
from reopen.link.chance_of_search import ChanceOfSearch, Compared
from reopen.link.compared import Before, hash_of_tables
from reopen.link.dna import (
    count_comparisons,
    duplicate_link,
    rows_of,
    with_each_other,
    with_references,
)
from reopen.link.how import How, InThreads
from reopen.link.in_database import Database, OnFile
from reopen.link.kin_search import KinSearch, kin_links
from reopen.link.remains import found_remains
from reopen.link.sought import Sought
from reopen.link.stain_slabs import every_stain_pair
from reopen.link.stains import (
    LinkOptions,
    Models,
    Progress,
    SolvedStain,
    model_of,
    quiet,
)
from reopen.link.works import as_contributor, every_among_typed, every_in_full, solve_all
from reopen.records import (
    REST,
    Allele,
    Frozen,
    Kit,
    LeftOut,
    LikelihoodRatio,
    Link,
    LinkKind,
    Locus,
    NotWeighed,
    Population,
    Purpose,
    Reference,
    Stain,
)
from reopen.weigh.compare import LocusTable, contributors
from reopen.weigh.model import PeakModel
from reopen.weigh.relations import TypedPeople, typed_people

_IN_FULL = (LinkKind.STAIN_REFERENCE, LinkKind.STAIN_STAFF, LinkKind.STAIN_REMAINS)


@dataclass(frozen=True, slots=True)
class LinkResult:
    """Links, strongest first, and everything that was compared or could not be.

    in_full      link's place in `links` -> the evaluative LR
    references   those given, and of a database those who are linked
    comparisons  pairs of profiles compared, by kind, those of earlier searches too
    tables   hash of the tables of alleles that the search was made on
    by_locus those tables
    left_out links that chance left out of the list
    """

    links: tuple[Link, ...]
    in_full: Mapping[int, LikelihoodRatio]
    stains: tuple[SolvedStain, ...]
    references: tuple[Reference, ...]
    comparisons: Mapping[LinkKind, int]
    not_weighed: tuple[NotWeighed, ...]
    tables: str = ""
    by_locus: Mapping[Locus, LocusTable] = Frozen()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def n_contributors(self) -> int:
        return sum(len(solved.deconvolution.places) for solved in self.stains)

    @property
    def n_comparisons(self) -> int:
        return sum(self.comparisons.values())


def link(
    stains: Sequence[Stain],
    references: Sequence[Reference],
    population: Population,
    kits: Mapping[str, Kit],
    model: Models | None = None,
    options: LinkOptions | None = None,
    progress: Progress = quiet,
    sought: Sought | None = None,
    before: Before | None = None,
    solved_before: Mapping[str, SolvedStain] | None = None,
    how: How | None = None,
    database: Database | None = None,
) -> LinkResult:
    """Compare every stain contributor with every reference and every other stain's contributors,
    and every two references.

    sought families, remains and relatives of donors, which are compared with all of these
    kits   by the name that stains carry; a stain without one is weighed without degradation
    model  of peak heights, one for all or one for each kit name
    progress  called with (step, done, of); an exception it raises stops the work
    before    earlier searches: pairs that they compared are not listed again, nor people of the
              database with what they had
    solved_before  stain's id -> how it was solved, with this model and these options
    how       the works that take long are done; None is in threads of this process. What could
              not be done is in `not_weighed`
    database  of people too many to hold, whom stains, families and remains are compared with as
              with references; those who are linked are among the result's references
    """
    options = options or LinkOptions()
    how = how or InThreads(options.workers)
    model = model or PeakModel()
    sought = sought or Sought()
    remains = found_remains(sought)
    everybody: tuple[Reference, ...] = (*references, *remains.full)
    solved, refused = solve_all(
        stains, population, kits, model, options, how, progress, solved_before
    )
    met = _met(solved, everybody, sought)
    if database is not None:
        for locus, labels in database.alleles.items():
            met.setdefault(locus, set()).update(labels)
    tables = search_tables(list(met), population, met)
    on_file = _on_file(database, (*everybody, *sought.people), tables, options)
    on_tables = hash_of_tables(tables)
    done = (before or Before()).on(on_tables)
    filed = _filed(on_file, solved, done, options, progress)
    done = done.on_file(one.id for one in filed)
    people = [person for item in solved for person in item.deconvolution.likelihoods]
    known, not_comparable = contributors([*people, *remains.likelihoods], tables)
    refused += [*not_comparable, *_unused((*everybody, *sought.people), tables)]
    groups = rows_of(solved)
    of_stains = known.some(slice(len(people)))
    every_typed = (*everybody, *filed)
    typed = typed_people(every_typed, tables)
    reached, not_compared = every_among_typed(solved, typed, options.least_log10, how, progress)
    refused += not_compared
    to_stains, apart = every_stain_pair(solved, tables, options, how, progress)
    refused += apart
    if done.searches:
        ids = [item.stain.id for item in solved]
        to_stains = pairs_not_compared(to_stains, ids, done)
        reached = [
            without_compared(found, stain, every_typed, done)
            for stain, found in zip(ids, reached, strict=True)
        ]
    found = with_references(solved, groups, of_stains, every_typed, typed, reached)
    found += with_each_other(solved, groups, of_stains, to_stains)
    progress("comparing references", 0, 1)
    found += [
        duplicate_link(pair, everybody)
        for pair in duplicates(everybody, tables, options.least_log10)
    ]
    progress("comparing references", 1, 1)
    found = [remains.renamed(item) for item in found]
    same_person = {(item.one.profile, item.other.profile): item.log10 for item in found}
    kin = kin_links(
        KinSearch(
            sought, remains, solved, groups, known, references, tables, population,
            options.least_log10, on_file,
        ),
        same_person,
        progress,
    )  # fmt: skip
    own = {one.id for one in (*everybody, *sought.people)}
    found = done.on_file(kin.people.keys() - own).without([*found, *kin.links])
    in_database, staff_in_database = _people_on_file(on_file)
    n_on_file = sum(in_database.values()), sum(staff_in_database.values())
    counts = {**count_comparisons(solved, references, *n_on_file), **kin.comparisons}
    given = TypedPeople(typed.tables, typed.numbers[:, : len(everybody)])
    compared = Compared(solved, given, references, tables, counts, in_database, staff_in_database)
    chance = ChanceOfSearch(compared, options, progress)
    found, left_out = chance.listed(found)
    links, in_full, failed = _in_full(
        found, solved, every_typed, population, model, options, how, progress
    )
    ends = {end.profile for item in links for end in (item.one, item.other)}
    of_database = {one.id: one for one in filed} | dict(kin.people)
    linked = {id: one for id, one in of_database.items() if id in ends}
    return LinkResult(
        links=chance.with_chance(links),
        in_full=in_full,
        stains=tuple(solved),
        references=tuple({**{one.id: one for one in references}, **linked}.values()),
        comparisons=counts,
        not_weighed=(*refused, *kin.not_weighed, *failed),
        tables=on_tables,
        by_locus=tables,
        left_out=(*left_out, *kin.left_out),
    )


def _on_file(
    database: Database | None,
    others: Sequence[Reference],
    tables: Mapping[Locus, LocusTable],
    options: LinkOptions,
) -> OnFile | None:
    if database is None:
        return None
    taken = frozenset(one.id for one in others)
    return OnFile(database, tables, taken, options.workers or cpu_count() or 1)


def _people_on_file(on_file: OnFile | None) -> tuple[LocusSets, LocusSets]:
    """How many people a database holds, and how many staff, by the loci they are typed at."""
    if on_file is None:
        return {}, {}
    others = [purpose for purpose in Purpose if purpose is not Purpose.STAFF]
    return on_file.kept_for(others).by_loci, on_file.kept_for([Purpose.STAFF]).by_loci


def _filed(
    on_file: OnFile | None,
    solved: Sequence[SolvedStain],
    done: Before,
    options: LinkOptions,
    progress: Progress,
) -> tuple[Reference, ...]:
    """Everybody of the database who reaches some stain that was not compared with it before."""
    if on_file is None:
        return ()
    progress("searching the database", 0, 1)
    draws = max((item.draws for item in solved), default=1)
    new = [item for item in solved if not done.had(item.stain.id)]
    places = on_file.reaching_stains(new, options.least_log10, draws)
    people = on_file.named(on_file.database.people(places))
    progress("searching the database", 1, 1)
    return people


def _met(
    solved: Sequence[SolvedStain], references: Sequence[Reference], sought: Sought
) -> dict[Locus, set[Allele]]:
    """Every allele met at each locus of stains, references, relatives and remains."""
    met = sought.alleles_met
    for item in solved:
        for person in item.deconvolution.likelihoods:
            for locus, likelihoods in person.by_locus.items():
                met.setdefault(locus, set()).update(likelihoods.alleles)
    for reference in references:
        for locus, genotype in reference.genotypes.items():
            met.setdefault(locus, set()).update(genotype.alleles)
    for labels in met.values():
        labels.discard(REST)
    return met


def _unused(
    references: Sequence[Reference], tables: Mapping[Locus, LocusTable]
) -> list[NotWeighed]:
    refused = []
    untabled: dict[Locus, int] = {}
    for reference in references:
        for locus, genotype in reference.genotypes.items():
            if locus not in tables:
                untabled[locus] = untabled.get(locus, 0) + 1
            elif genotype.is_triallelic:
                reason = f"three alleles, {genotype}; left out of comparisons"
                refused.append(NotWeighed(f"{reference.id} {locus}", reason, reference.where))
    for locus, count in untabled.items():
        reason = f"the population has no frequencies at this locus ({count} references have it)"
        refused.append(NotWeighed(str(locus), reason))
    return refused


def _in_full(
    found: Sequence[Link],
    solved: Sequence[SolvedStain],
    references: Sequence[Reference],
    population: Population,
    model: Models,
    options: LinkOptions,
    how: How,
    progress: Progress,
) -> tuple[tuple[Link, ...], dict[int, LikelihoodRatio], list[NotWeighed]]:
    """Links with their second number, strongest first."""
    stains = {item.stain.id: item for item in solved}
    people = {reference.id: reference for reference in references}
    typed = [
        item
        for item in found
        if options.in_full and item.kind in _IN_FULL and item.other.profile in people
    ]
    outcomes = every_in_full(typed, stains, people, population, model, options, how, progress)
    ratios = dict(zip(map(id, typed), outcomes, strict=True))
    done: list[tuple[Link, LikelihoodRatio | None]] = []
    for item in found:
        lr = ratios.get(id(item))
        if isinstance(lr, LikelihoodRatio):
            n = len(stains[item.one.profile].deconvolution.fit.proportions)
            done.append((replace(item, in_full=lr.log10 - log10(n)), lr))
        else:
            done.append((item, None))
    done.sort(key=lambda entry: (-entry[0].weight, str(entry[0].one), str(entry[0].other)))
    in_full = {k: lr for k, (_, lr) in enumerate(done) if lr is not None}
    failed = [outcome for outcome in outcomes if isinstance(outcome, NotWeighed)]
    return tuple(item for item, _ in done), in_full, failed


def weigh_link(
    item: SolvedStain,
    reference: Reference,
    population: Population,
    model: Models,
    options: LinkOptions | None = None,
) -> LikelihoodRatio:
    """The evaluative LR of a reference as contributor, among as many people as the stain shows."""
    return as_contributor(
        item.stain,
        item.kit,
        model_of(item.stain, model),
        len(item.deconvolution.fit.proportions),
        reference,
        population,
        (options or LinkOptions()).fit,
    )
