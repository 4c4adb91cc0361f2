"""A unit linked: what is new against everything, kept with every term, run by run.

The numbers are those of a search of everything at once. What an actor may not see takes no part in
their search. Not here: what a search starts from (`unit_search`), showing links (`unit_views`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from secrets import token_hex
from typing import TypeVar

from reopen.faces.workbench.as_json import link_json, to_json
from reopen.faces.workbench.bench import link_profiles
from reopen.faces.workbench.results import Linking
from reopen.faces.workbench.unit_runs import PAIRS, SEARCH, searches
from reopen.faces.workbench.unit_search import (
    Found,
    Kept,
    Terms,
    read_again,
    searched,
    signature,
)
from reopen.faces.workbench.unit_solved import OF_STAINS, SOLVED, solved_before, solved_file
from reopen.link import Progress, SolvedStain
from reopen.link.compared import Before, Searched
from reopen.link.dna import SAME_PERSON
from reopen.link.stains import quiet
from reopen.records import Frozen, Link
from reopen.records.results import FoundLink
from reopen.records.stored import StoredFamily, StoredFile, StoredProfile, StoredRun
from reopen.records.times import Interval
from reopen.store.reader import Reader
from reopen.store.unit import Unit

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class UnitLinking:
    """What linking a unit did. run and linking are None where nothing was new.

    links   found in this run, that the actor may see
    new     profiles and families that no earlier search on these terms had
    known   how many had been compared with each other before
    solved  stains taken apart anew, and before
    """

    terms: Terms
    run: StoredRun | None
    linking: Linking | None
    links: tuple[FoundLink, ...] = ()
    new: tuple[str, ...] = ()
    known: int = 0
    solved: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Asked:
    """A search that is asked for.

    change     of the terms of the unit's last search, or of the usual ones where there was none
    own_named  files that the terms name and the unit does not keep yet: name -> bytes
    """

    change: Callable[[Terms], Terms] = lambda terms: terms
    own_named: Mapping[str, bytes] = Frozen()
    purpose: str = ""

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
        terms = asked.change(Terms.of(runs[-1].parameters) if runs else Terms())
        population = terms.frequencies(kept.files)
        found = read_again(kept)
        same, of_stains = (
            signature(terms, population), signature(terms, population, of_stains=True)
        )  # fmt: skip
        before = searched(runs, same, found.tokens)
        apart = solved_before(runs, of_stains, found, kept.files)
        progress("reading the unit", 1, 1)
    new = _new(found, before)
    if not new:
        return UnitLinking(terms, None, None, known=len(found.tokens))
    linking = link_profiles(
        found.profiles,
        found.sought,
        population,
        terms.settings(),
        terms.options,
        progress,
        before=Before(tuple(before)),
        solved_before=apart,
    )
    fresh = tuple(item for item in linking.result.stains if item.stain.id not in apart)
    search = _Search(linking, found, terms, new, fresh, {"signature": same, OF_STAINS: of_stains})
    run, links = _keep(unit, actor, search, asked)
    with unit.reading(actor, purpose=asked.purpose) as reader:
        seen = {link.id for link in reader.all(FoundLink) if link.run == run.id}
    return UnitLinking(
        terms,
        run,
        only_seen(linking, seen),
        tuple(link for link in links if link.id in seen),
        new,
        len(found.tokens) - len(new),
        (len(fresh), len(linking.result.stains) - len(fresh)),
    )


def kept_in(reader: Reader, own: Mapping[str, bytes] | None = None) -> Kept:
    """The unit's profiles and families that the actor may see. own: files not kept yet."""
    brought = own or {}
    read: dict[str, bytes] = {}

    def files(id: str) -> bytes:
        if id not in read:
            read[id] = brought[id] if id in brought else reader.file(id)
        return read[id]

    return Kept(
        tuple(reader.all(StoredProfile)),
        tuple(reader.all(StoredFamily)),
        {file.id: file.name for file in reader.all(StoredFile)},
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
    linking: Linking
    found: Found
    terms: Terms
    new: tuple[str, ...]
    fresh: tuple[SolvedStain, ...]
    signatures: Mapping[str, str]


def _new(found: Found, before: Sequence[Searched]) -> tuple[str, ...]:
    """Profiles and families that some other was not compared with; none where one earlier search
    had everything."""
    ids = [name.partition(" ")[2] for name in found.tokens]
    if any(search.every.issuperset(ids) for search in before):
        return ()
    known = frozenset(id for search in before for id in search.every)
    return tuple(id for id in ids if id not in known) or tuple(ids)


def _keep(
    unit: Unit, actor: str, search: _Search, asked: Asked
) -> tuple[StoredRun, tuple[FoundLink, ...]]:
    now = datetime.now(UTC)
    linking = search.linking
    with unit.writing(actor, purpose=asked.purpose) as writer:
        for name, data in asked.own_named.items():
            writer.put_file(data, name)
        solved = ""
        if search.fresh:
            data = solved_file(search.fresh, search.found)
            solved = writer.put_file(data, "stains taken apart").id
        results = writer.put_file(
            to_json(linking).encode(), "search.json", media="application/json"
        )
        run = _run(search, f"link-{now:%Y%m%d-%H%M%S}-{token_hex(2)}", now, results.id, solved)
        links = []
        for place, link in enumerate(linking.links):
            text = link_json(linking, place).encode()
            terms = writer.put_file(text, f"terms of {link_id(link)}", media="application/json")
            links.append(_found_link(link, run.id, terms.id))
        run = replace(run, links=tuple(link.id for link in links))
        writer.put_many(links, reason=f"Searched again on other terms: {run.id}.")
        writer.put(run)
    return run, tuple(links)


def _found_link(link: Link, run: str, terms: str) -> FoundLink:
    return FoundLink(
        id=link_id(link),
        link=link.kind.value,
        one=link.one.profile,
        other=link.other.profile,
        one_kind="family" if link.one.member else "profile",
        other_kind="family" if link.other.member else "profile",
        one_contributor=link.one.contributor,
        other_contributor=link.other.contributor,
        relation=link.relation,
        weight_log10=link.weight,
        expected_chance=link.expected_chance,
        run=run,
        terms=terms,
    )


def _run(search: _Search, id: str, now: datetime, results: str, solved: str) -> StoredRun:
    linking = search.linking
    made = linking.run
    pairs = {f"{PAIRS}{kind.value}": str(n) for kind, n in linking.result.comparisons.items()}
    return StoredRun(
        id=id,
        program=made.program,
        model=made.model,
        at=Interval.at(now),
        parameters={
            "about": SEARCH,
            **search.terms.said(),
            **search.signatures,
            "tables": linking.result.tables,
            SOLVED: solved,
            **pairs,
            **{f"run: {name}": str(value) for name, value in made.parameters.items()},
            **{f"library: {name}": value for name, value in made.libraries.items()},
        },
        inputs=search.found.tokens,
        seed=made.seed,
        not_weighed={item.what: item.reason for item in linking.not_weighed},
        results=results,
        new_profiles=search.new,
    )
