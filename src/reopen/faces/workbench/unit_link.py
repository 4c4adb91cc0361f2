"""A unit linked: what is new against everything, kept with every term, run by run.

The numbers are those of a search of everything at once. What an actor may not see takes no part in
their search. Not here: what a search starts from (`unit_search`), showing links (`unit_views`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from reopen import __version__
from reopen.faces.workbench.as_json import link_json
from reopen.faces.workbench.bench import link_profiles, with_prior
from reopen.faces.workbench.found_series import with_series
from reopen.faces.workbench.machines import Machines
from reopen.faces.workbench.results import Linking
from reopen.faces.workbench.series_views import taken
from reopen.faces.workbench.unit_profiles import STAIN
from reopen.faces.workbench.unit_runs import (
    BESIDE_DNA,
    PAIRS,
    SEARCH,
    new_run_id,
    searches,
    searches_in_force,
)
from reopen.faces.workbench.unit_search import (
    Found,
    Kept,
    Terms,
    read_again,
    searched,
    signature,
)
from reopen.faces.workbench.unit_series import (
    Beside,
    KeptSeries,
    Stood,
    beside,
    earlier_links,
    keep_series,
    standing,
)
from reopen.faces.workbench.unit_solved import (
    name_of,
    solved_before,
    solved_file,
    solved_in_files,
)
from reopen.faces.workbench.unit_terms import restated, terms_now
from reopen.link import Progress, SolvedStain
from reopen.link.compared import Before, Searched
from reopen.link.dna import SAME_PERSON
from reopen.link.stains import quiet
from reopen.records import End, Frozen, Link, Population
from reopen.records.results import IN_DATABASE, FoundLink
from reopen.records.stored import StoredFamily, StoredFile, StoredProfile, StoredRun, veiled
from reopen.records.times import Interval
from reopen.store.reader import Reader
from reopen.store.unit import Unit
from reopen.weigh.evaluate import MODEL

if TYPE_CHECKING:
    from reopen.faces.workbench.unit_database import DatabaseBeside

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class UnitLinking:
    """What linking a unit did. linking is None where nothing was new; run too, unless the terms are
    others than those of the last search.

    links   found in this run, that the actor may see
    new     profiles and families that no earlier search on these terms had
    known   how many had been compared with each other before
    solved  stains taken apart anew, and before
    series  found anew or changed, and what they say of solved cases
    """

    terms: Terms
    run: StoredRun | None
    linking: Linking | None
    links: tuple[FoundLink, ...] = ()
    new: tuple[str, ...] = ()
    known: int = 0
    solved: tuple[int, int] = (0, 0)
    series: KeptSeries = field(default_factory=KeptSeries)


@dataclass(frozen=True, slots=True)
class Asked:
    """A search that is asked for.

    change     of the terms of the unit's last search, or of the usual ones where there was none
    own_named  files that the terms name and the unit does not keep yet: name -> bytes
    in_files   a search of the same files outside of the unit, whose stains are taken over where
               they and the terms are the same
    machines   processes or a cluster that do it
    """

    change: Callable[[Terms], Terms] = lambda terms: terms
    own_named: Mapping[str, bytes] = Frozen()
    purpose: str = ""
    in_files: Linking | None = None
    machines: Machines = field(default_factory=Machines)

    @property
    def own(self) -> Mapping[str, bytes]:
        """By the hash of their bytes."""
        return {hashlib.sha256(data).hexdigest(): data for data in self.own_named.values()}


def link_unit(
    unit: Unit, actor: str, asked: Asked | None = None, progress: Progress = quiet
) -> UnitLinking:
    """Compare everything in the unit that was not compared yet on these terms, and keep what is
    found. Raises NotAllowed, CannotStore, and as `find_links`."""
    asked = asked or Asked()
    with unit.reading(actor, purpose=asked.purpose) as reader:
        progress("reading the unit", 0, 1)
        kept, runs = kept_in(reader, asked.own), searches(reader)
        last = Terms.of(runs[-1].parameters) if runs else Terms()
        terms, database = terms_now(asked.change(last))
        population = terms.frequencies(kept.files)
        found = read_again(kept)
        same, of_stains = (
            signature(terms, population), signature(terms, population, of_stains=True)
        )  # fmt: skip
        in_force = searches_in_force(runs, same)
        before = searched(in_force, same, found.tokens)
        kept_apart = solved_before(kept, of_stains, found)
        apart = _elsewhere(asked, terms, population, found) | kept_apart
        known, stood = beside(reader, found, terms.odds), standing(reader)
        when = taken(reader, [stain.id for stain in found.profiles.stains])
        earlier = earlier_links(reader, runs, same, found)
        progress("reading the unit", 1, 1)
    new = _new(found, before)
    if not new and all(run.parameters.get(BESIDE_DNA) == known.token for run in in_force[-1:]):
        run = None
        if in_force and terms != last:
            run = restated(in_force, terms)
            with unit.writing(actor, purpose=asked.purpose) as writer:
                writer.put(run)
        return UnitLinking(terms, run, None, known=len(found.tokens))
    begun = _begin(unit, actor, asked, terms, same, found)
    with asked.machines.working() as how:
        linking = link_profiles(
            found.profiles,
            found.sought,
            population,
            terms.settings(),
            terms.options,
            progress,
            before=Before(tuple(before)),
            solved_before=apart,
            database=database,
            how=how,
        )
    if database is not None:
        linking = _without_staff(linking, database)
    linking = replace(linking, when=Frozen(when))
    linking = with_series(
        linking,
        earlier=earlier,
        context=known.context,
        without=people_in_database(linking),
        prior=terms.odds,
        progress=progress,
    )
    solved = linking.result.stains
    fresh = tuple(item for item in solved if item.stain.id not in kept_apart)
    search = _Search(linking, found, begun, fresh, of_stains, known, stood)
    run, links, series = _keep(unit, actor, search, asked)
    with unit.reading(actor, purpose=asked.purpose) as reader:
        seen = {link.id for link in reader.all(FoundLink) if link.run == run.id}
        series = series.seen(reader)
    return UnitLinking(
        terms,
        run,
        _with_prior(only_seen(linking, seen), terms),
        tuple(link for link in links if link.id in seen),
        new,
        len(found.tokens) - len(new),
        _counts(solved, apart),
        series,
    )


def _without_staff(linking: Linking, database: DatabaseBeside) -> Linking:
    told = (*linking.result.not_weighed, *database.left_out())
    return replace(linking, result=replace(linking.result, not_weighed=told))


def _with_prior(linking: Linking, terms: Terms) -> Linking:
    return linking if terms.odds is None else with_prior(linking, terms.odds)


def _elsewhere(
    asked: Asked, terms: Terms, population: Population, found: Found
) -> dict[str, SolvedStain]:
    linking = asked.in_files
    return {} if linking is None else solved_in_files(linking, terms, population, found)


def _counts(solved: Sequence[SolvedStain], apart: Container[str]) -> tuple[int, int]:
    """Stains taken apart anew, and before."""
    before = sum(item.stain.id in apart for item in solved)
    return len(solved) - before, before


def kept_in(reader: Reader, own: Mapping[str, bytes] | None = None) -> Kept:
    """The unit's profiles and families that the actor may see. own: files not kept yet."""
    brought = own or {}
    read: dict[str, bytes] = {}

    def files(id: str) -> bytes:
        if id not in read:
            read[id] = brought[id] if id in brought else reader.file(id)
        return read[id]

    profiles = tuple(reader.all(StoredProfile))
    stains = [one for one in profiles if one.purpose == STAIN]
    return Kept(
        profiles,
        tuple(reader.all(StoredFamily)),
        {file.id: file.name for file in reader.all(StoredFile)},
        {one.id: one.case or next(iter(reader.cases_of(one.ref)), "") for one in stains},
        files,
    )


def only_seen(linking: Linking, seen: Container[str]) -> Linking:
    """The search with the links of these ids alone."""
    result = linking.result
    places = [place for place, link in enumerate(result.links) if link_id(link) in seen]
    numbers = {place: n for n, place in enumerate(places)}

    def moved(of: Mapping[int, Value]) -> Frozen[int, Value]:
        return Frozen((numbers[place], each) for place, each in of.items() if place in numbers)

    links = tuple(result.links[place] for place in places)
    return replace(
        linking,
        result=replace(result, links=links, in_full=moved(result.in_full)),
        checks=moved(linking.checks),
    )


def link_id(link: Link) -> str:
    """The name a link has in a unit: its ends, and the relation where they do not tell it."""
    ends = [f"{end.profile}: {end.member}" if end.member else end.profile
            for end in (link.one, link.other)]  # fmt: skip
    told = link.relation == SAME_PERSON or bool(link.one.member) != bool(link.other.member)
    as_what = "" if told else f" ({link.relation})"
    return f"{ends[0]} x {ends[1]}{as_what}"


@dataclass(frozen=True, slots=True)
class _Search:
    """A search that ended. run: as it was begun; fresh: stains that the unit does not keep taken
    apart yet; stood: series of earlier searches."""

    linking: Linking
    found: Found
    run: StoredRun
    fresh: tuple[SolvedStain, ...]
    of_stains: str
    beside: Beside
    stood: tuple[Stood, ...]


def _new(found: Found, before: Sequence[Searched]) -> tuple[str, ...]:
    """Profiles and families that some other was not compared with; none where one earlier search
    had everything."""
    ids = [name.partition(" ")[2] for name in found.tokens]
    if any(search.every.issuperset(ids) for search in before):
        return ()
    known = frozenset(id for search in before for id in search.every)
    return tuple(id for id in ids if id not in known) or tuple(ids)


def _begin(
    unit: Unit, actor: str, asked: Asked, terms: Terms, same: str, found: Found
) -> StoredRun:
    """Keep that a search begins, and on what terms: one that never ends is seen to have begun, and
    who may not keep its results is told before the work."""
    now = datetime.now(UTC)
    run = StoredRun(
        id=new_run_id(now),
        program=f"reopen {__version__}",
        model=MODEL,
        at=Interval.at(now),
        parameters={"about": SEARCH, **terms.said(), "signature": same},
        inputs={veiled(name): token for name, token in found.tokens.items()},
    )
    with unit.writing(actor, purpose=asked.purpose) as writer:
        for name, data in asked.own_named.items():
            writer.put_file(data, name)
        writer.put(run)
    return run


def _keep(
    unit: Unit, actor: str, search: _Search, asked: Asked
) -> tuple[StoredRun, tuple[FoundLink, ...], KeptSeries]:
    linking, run = search.linking, _ended(search)
    people = people_in_database(linking)
    with unit.writing(actor, purpose=asked.purpose) as writer:
        for case, stains in _by_case(search.fresh).items():
            data = solved_file(stains, search.found)
            writer.put_file(data, name_of(search.of_stains), case=case or None)
        links = []
        for place, link in enumerate(linking.links):
            text = link_json(linking, place).encode()
            terms = writer.put_file(text, f"terms of {link_id(link)}", media="application/json")
            links.append(_found_link(link, run.id, terms.id, people))
        writer.put_many(links, reason=f"Searched again on other terms: {run.id}.")
        together = linking.series.series if linking.series else ()
        series = keep_series(writer, run.id, together, search.stood, search.beside)
        writer.put(run, reason="The search ended.")
    return run, tuple(links), series


def _by_case(stains: Sequence[SolvedStain]) -> dict[str, list[SolvedStain]]:
    by_case: dict[str, list[SolvedStain]] = {}
    for item in stains:
        by_case.setdefault(item.stain.case, []).append(item)
    return by_case


def people_in_database(linking: Linking) -> set[str]:
    """Names of those linked whom the unit does not hold."""
    own = {one.id for one in linking.profiles.references}
    return {one.id for one in linking.result.references} - own


def _found_link(link: Link, run: str, terms: str, in_database: Container[str]) -> FoundLink:
    return FoundLink(
        id=link_id(link),
        link=link.kind.value,
        one=link.one.profile,
        other=link.other.profile,
        one_kind=_kind_of(link.one, in_database),
        other_kind=_kind_of(link.other, in_database),
        one_contributor=link.one.contributor,
        other_contributor=link.other.contributor,
        relation=link.relation,
        weight_log10=link.weight,
        expected_chance=link.expected_chance,
        run=run,
        terms=terms,
    )


def _kind_of(end: End, in_database: Container[str]) -> str:
    if end.member:
        return StoredFamily.KIND
    return IN_DATABASE if end.profile in in_database else StoredProfile.KIND


def _ended(search: _Search) -> StoredRun:
    """The run with what came of it: numbers only, since it is the unit's own."""
    made, result = search.linking.run, search.linking.result
    solved = {item.stain.id for item in result.stains}
    unsolved = [one.id for one in search.found.profiles.stains if one.id not in solved]
    pairs = {f"{PAIRS}{kind.value}": str(n) for kind, n in result.comparisons.items()}
    return replace(
        search.run,
        parameters={
            **search.run.parameters,
            "tables": result.tables,
            "links": str(len(result.links)),
            "not weighed": str(len(search.linking.not_weighed)),
            BESIDE_DNA: search.beside.token,
            **pairs,
            **{f"run: {name}": str(value) for name, value in made.parameters.items()},
            **{f"library: {name}": value for name, value in made.libraries.items()},
        },
        seed=made.seed,
        not_weighed={veiled(f"profile {id}"): "the search could not weigh it" for id in unsolved},
    )
