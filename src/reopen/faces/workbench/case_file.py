"""All that a unit holds of a case, gathered by case: what triage and the page of a case read.

Not here: what follows from it (`triage`), the list of cases (`unit_views`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar, cast

from reopen.errors import UnknownName
from reopen.faces.workbench.unit_runs import searches
from reopen.records import Frozen, Purpose
from reopen.records.base import Record, Ref
from reopen.records.cases import (
    Case,
    Exhibit,
    Interview,
    Involvement,
    Mention,
    Presence,
    Sample,
)
from reopen.records.custody import CustodyEvent, Retention
from reopen.records.results import IN_DATABASE, FoundLink, LabResult, NameKnown, Request
from reopen.records.statements import Statement, standing
from reopen.records.stored import StoredProfile
from reopen.store.reader import Reader

Kind = TypeVar("Kind", bound=Record)

NAMING = frozenset(purpose.value for purpose in (Purpose.DATABASE, Purpose.SUSPECT))
"""Purposes of references that a link with gives an offender's name to try."""


@dataclass(frozen=True, slots=True)
class LinkedWith:
    """A link of a case. cases: other cases that its other end belongs to; names: it leads to
    somebody who may have left the trace."""

    link: FoundLink
    cases: tuple[str, ...]
    names: bool


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case's records, as far as the reader may see them.

    statements  on the case, without those that others supersede; of_people and of_items: by the
                person's, the exhibit's or the sample's id
    searched    its profiles that a search of the unit compared
    """

    id: str
    title: str = ""
    agency: str = ""
    statements: tuple[Statement, ...] = ()
    of_people: Mapping[str, tuple[Statement, ...]] = Frozen()
    of_items: Mapping[str, tuple[Statement, ...]] = Frozen()
    involvements: tuple[Involvement, ...] = ()
    interviews: tuple[Interview, ...] = ()
    presences: tuple[Presence, ...] = ()
    names_known: tuple[NameKnown, ...] = ()
    exhibits: tuple[Exhibit, ...] = ()
    samples: tuple[Sample, ...] = ()
    events: tuple[CustodyEvent, ...] = ()
    requests: tuple[Request, ...] = ()
    results: tuple[LabResult, ...] = ()
    profiles: tuple[StoredProfile, ...] = ()
    links: tuple[LinkedWith, ...] = ()
    mentions: tuple[Mention, ...] = ()
    retention: tuple[Retention, ...] = ()
    searched: frozenset[str] = frozenset()

    def on(self, field: str) -> tuple[Statement, ...]:
        """Statements on a field of the case."""
        return tuple(one for one in self.statements if one.field == field)

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who has a role in the case or was named to be heard, each once."""
        roles = (each.person for each in self.involvements)
        return tuple(dict.fromkeys([*roles, *(each.person for each in self.interviews)]))


def case_file(reader: Reader, id: str) -> CaseFile:
    """One case. Raises UnknownName where there is none that the actor may see."""
    if reader.get(Case, id) is None and id not in reader.cases():
        raise UnknownName(
            f"There is no case {id!r} that {reader.actor} may see.",
            rule="A case is named by its id.",
            way_on="`reopen cases UNIT` lists those that you may see.",
        )
    return _Gathering(reader, [id]).files()[id]


class Reads(Protocol):
    """What is asked of a reader where all cases are gathered."""

    def cases(self) -> tuple[str, ...]: ...
    def all(self, kind: type[Kind], *, person: str | None = None) -> Iterator[Kind]: ...
    def some(self, kind: type[Kind], ids: Iterable[str]) -> Iterator[Kind]: ...
    def of_cases(self, kind: type[Kind], cases: Iterable[str]) -> tuple[Kind, ...]: ...
    def cases_of(self, ref: Ref) -> tuple[str, ...]: ...


def case_files(reader: Reads) -> Mapping[str, CaseFile]:
    """Every case of which the actor may see something, by its id: each kind of record is read
    once."""
    return _Gathering(reader, None).files()


def some_case_files(reader: Reader, ids: Iterable[str]) -> Mapping[str, CaseFile]:
    """Some of them, of which the actor may see something."""
    return _Gathering(reader, list(ids)).files()


class _Gathering:
    """Reads the records of some cases, or of all, and hands each to its case."""

    def __init__(self, reader: Reads, ids: Sequence[str] | None):
        self._reader, self._ids = reader, ids
        self._known = ids if ids is not None else reader.cases()
        self._exhibits = self._of(Exhibit)
        self._samples = self._of(Sample)
        self._profiles = self._of(StoredProfile)
        self._of_item = {one.id: one.case for one in self._exhibits}
        self._of_item |= {
            one.id: one.case or self._of_item.get(one.exhibit or "", "") for one in self._samples
        }
        self._of_profile = {
            one.id: one.case or self._of_item.get(one.sample or "", "") for one in self._profiles
        }

    def files(self) -> dict[str, CaseFile]:
        cases = {one.id: one for one in self._of(Case)}
        involvements, interviews = _by_case(self._of(Involvement)), _by_case(self._of(Interview))
        names_known, mentions = _by_case(self._of(NameKnown)), _by_case(self._of(Mention))
        requests, results = _by_case(self._of(Request)), _by_case(self._of(LabResult))
        retention, exhibits = _by_case(self._of(Retention)), _by_case(self._exhibits)
        samples = _by(self._samples, lambda one: self._of_item[one.id])
        events = _by(self._of(CustodyEvent), lambda one: self._of_item.get(one.item, ""))
        profiles = _by(self._profiles, lambda one: self._of_profile[one.id])
        roles = {id: [one.person for one in involvements[id]] for id in self._known}
        heard = {id: [one.person for one in interviews[id]] for id in self._known}
        people = {id: tuple(dict.fromkeys(roles[id] + heard[id])) for id in self._known}
        everybody = list(dict.fromkeys(person for some in people.values() for person in some))
        said = _by(
            standing([*self._of(Statement), *self._about(Statement, everybody)]),
            lambda one: (one.subject.kind, one.subject.id),
        )
        presences = _by(self._about(Presence, everybody), lambda one: one.person)
        links = self._links(profiles)
        runs = searches(cast("Reader", self._reader)) if self._profiles else []

        def on(kind: str, ids: Iterable[str]) -> Frozen[str, tuple[Statement, ...]]:
            return Frozen((id, tuple(said[kind, id])) for id in ids if said[kind, id])

        def one(id: str) -> CaseFile:
            named = cases.get(id) or Case(id=id)  # it may be known from its exhibits alone
            items = [*on("exhibit", (each.id for each in exhibits[id])).items()]
            items += on("sample", (each.id for each in samples[id])).items()
            return CaseFile(
                id=id, title=named.title, agency=named.agency,
                statements=tuple(said["case", id]),
                of_people=on("person", people[id]), of_items=Frozen(items),
                involvements=tuple(involvements[id]), interviews=tuple(interviews[id]),
                presences=tuple(each for person in people[id] for each in presences[person]),
                names_known=tuple(names_known[id]), exhibits=tuple(exhibits[id]),
                samples=tuple(samples[id]), events=tuple(events[id]),
                requests=tuple(requests[id]), results=tuple(results[id]),
                profiles=tuple(profiles[id]), links=tuple(links[id]),
                mentions=tuple(mentions[id]), retention=tuple(retention[id]),
                searched=frozenset(
                    each.id for each in profiles[id] if any(run.had(each.id) for run in runs)
                ),
            )  # fmt: skip

        return {id: one(id) for id in self._known}

    def _of(self, kind: type[Kind]) -> tuple[Kind, ...]:
        if self._ids is None:
            return tuple(self._reader.all(kind))
        return self._reader.of_cases(kind, self._ids)

    def _about(self, kind: type[Kind], people: Iterable[str]) -> tuple[Kind, ...]:
        """What is said of people, who belong to no case: with all cases it is among all records."""
        if self._ids is None:
            return () if kind is Statement else tuple(self._reader.all(kind))
        found = (one for person in people for one in self._reader.all(kind, person=person))
        return tuple({one.id: one for one in found}.values())

    def _links(
        self, profiles: Mapping[str, Sequence[StoredProfile]]
    ) -> Mapping[str, Sequence[LinkedWith]]:
        every = self._of(FoundLink)
        ends = {end for link in every for end in (link.one, link.other)}
        known = {one.id: one for one in self._profiles}
        known |= {one.id: one for one in self._reader.some(StoredProfile, ends - set(known))}
        own = {one.id: case for case, some in profiles.items() for one in some}
        found = defaultdict[str, list[LinkedWith]](list)
        for link in every:
            cases = {own[end] for end in (link.one, link.other) if own.get(end)}
            if len(cases) < 2 and self._ids is not None:
                cases |= set(self._reader.cases_of(link.ref))
            for case in cases:
                others = tuple(sorted(cases - {case}))
                found[case].append(LinkedWith(link, others, _names(link, known)))
        return found


def _names(link: FoundLink, known: Mapping[str, StoredProfile]) -> bool:
    """Whether it leads to somebody who is known and may have left the trace."""
    ends = ((link.one_kind, link.one), (link.other_kind, link.other))
    purposes = (known[id].purpose for _, id in ends if id in known)
    return any(kind == IN_DATABASE for kind, _ in ends) or any(
        purpose in NAMING for purpose in purposes
    )


class _OfCase(Protocol):
    @property
    def case(self) -> str: ...


Item = TypeVar("Item", bound=_OfCase)
Each = TypeVar("Each")
Key = TypeVar("Key", bound=Hashable)


def _by(records: Iterable[Each], key: Callable[[Each], Key]) -> defaultdict[Key, list[Each]]:
    found: defaultdict[Key, list[Each]] = defaultdict(list)
    for one in records:
        found[key(one)].append(one)
    return found


def _by_case(records: Iterable[Item]) -> defaultdict[str, list[Item]]:
    return _by(records, lambda one: one.case)
