"""Who may see what, in plain Python over records: the twin of `reopen.store.grants`.

Slow and direct, sentence by sentence as in docs/access.md. It knows no zones, no tables and no SQL.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from reopen.records.access import (
    Action,
    Actor,
    Emergency,
    FourEyes,
    Grant,
    Marking,
    ReadEvent,
    Revocation,
    Sensitivity,
    Standing,
)
from reopen.records.base import Record, Ref
from reopen.records.cases import (
    Examination,
    Exhibit,
    Interview,
    Involvement,
    Person,
    Presence,
    Relation,
    Role,
    Sample,
)
from reopen.records.custody import CustodyEvent, OpenMatter
from reopen.records.findings import Disposition, Finding, SealedName
from reopen.records.kinds import cases_named, items_named
from reopen.records.laboratory import Well
from reopen.records.results import FoundLink, Hit, LabResult, ResultKind, Review
from reopen.records.series import FoundSeries
from reopen.records.statements import Statement
from reopen.records.stored import StoredFamily, StoredFile, StoredProfile
from reopen.records.tasks import Task

OPEN_TO_ALL = {
    "place", "travel_time", "method", "storage_limit", "actor", "rule_setting", "key_change",
    "checkpoint_seen", "device", "device_count",
}  # fmt: skip
CONTROL = (Grant, Revocation, Emergency, ReadEvent, FourEyes)
EMERGENCY_OPENS = {
    Sensitivity.MINOR, Sensitivity.SEXUAL, Sensitivity.MEDICAL, Sensitivity.GENETIC,
}  # fmt: skip
PARTY = {
    Role.VICTIM, Role.SUSPECT, Role.PERSON_OF_INTEREST, Role.CONVICTED, Role.WITNESS,
    Role.INFORMANT, Role.FAMILY,
}  # fmt: skip
DISTANT = {"colleague", "co-worker", "coworker", "neighbour", "neighbor", "acquaintance"}

Name = tuple[str, str]


@dataclass(frozen=True)
class Question:
    actor: str
    action: Action
    moment: datetime
    purpose: str = ""
    supervisor: str = ""


class Unit:
    """The current version of every record."""

    def __init__(self, records: Iterable[Record]):
        self.records = list(records)
        self.at = {record.ref: record for record in self.records}

    def of(self, *kinds: type[Record]) -> list[Record]:
        return [record for record in self.records if isinstance(record, kinds)]

    # Where a record belongs

    def names(self, record: Record) -> set[Name]:
        found: set[Name] = {("case", case) for case in cases_named(record)}
        if isinstance(record, CONTROL):
            return found
        found |= {("item", item) for item in items_named(record)}
        found |= {("person", person) for person in people_about(record)}
        found |= {("item" if is_item(ref) else ref.kind, ref.id) for ref in followed(record)}
        if isinstance(record, StoredFile):
            for held in self.of(StoredProfile, StoredFamily):
                if held.file == record.id:  # type: ignore[attr-defined]
                    found.add((held.KIND, held.id))
            for link in self.of(FoundLink):
                if link.terms == record.id:  # type: ignore[attr-defined]
                    found.add(("found_link", link.id))
            for series in self.of(FoundSeries):
                if series.terms == record.id:  # type: ignore[attr-defined]
                    found.add(("found_series", series.id))
        return found

    def stands_for(self, name: Name) -> list[Record]:
        kind, id = name
        kinds = ("exhibit", "sample") if kind == "item" else (kind,)
        return [self.at[Ref(each, id)] for each in kinds if Ref(each, id) in self.at]

    def leads_to(self, *start: Name) -> set[Name]:
        found, new = set(start), list(start)
        while new:
            for record in self.stands_for(new.pop()):
                more = self.names(record) - found
                found |= more
                new += more
        return found

    def reach(self, record: Record) -> set[Name]:
        return self.leads_to(*self.names(record))

    def cases(self, record: Record) -> set[str]:
        return of_kind("case", self.reach(record))

    def made_from(self, item: str) -> set[str]:
        """The item, and what it was made from."""
        return {item} | of_kind("item", self.leads_to(("item", item)))

    def item_cases(self, item: str) -> set[str]:
        return of_kind("case", self.leads_to(("item", item)))

    def leaves(self, record: Record) -> set[str]:
        """Items of the record, without those that another one of them was made from."""
        items = of_kind("item", self.reach(record))
        return {
            item
            for item in items
            if not any(other != item and item in self.made_from(other) for other in items)
        }

    def person_cases(self, person: str) -> set[str]:
        inside = self.of(Involvement, Interview, Sample, StoredProfile, OpenMatter, Task)
        return {
            case
            for record in inside
            if record.person == person  # type: ignore[attr-defined]
            for case in self.cases(record)
        }

    # Sensitive classes

    @cached_property
    def staff(self) -> set[str]:
        known = {actor.person for actor in self.of(Actor)}  # type: ignore[attr-defined]
        for record in self.of(Sample, StoredProfile):
            if record.staff:  # type: ignore[attr-defined]
                known.add(record.person)  # type: ignore[attr-defined]
        return known - {None}

    def marked(self, name: Name) -> set[Sensitivity]:
        standing = set()
        markings = [
            each
            for each in self.of(Marking)
            if ("item" if is_item(each.subject) else each.subject.kind, each.subject.id) == name  # type: ignore[attr-defined]
        ]
        for sensitive in Sensitivity:
            put = [m for m in markings if sensitive in m.classes and not m.lifted]  # type: ignore[attr-defined]
            lifts = [m for m in markings if sensitive in m.classes and m.lifted]  # type: ignore[attr-defined]
            for marking in put:
                if not any(later(lift.at.earliest, marking.at.latest) for lift in lifts):  # type: ignore[attr-defined]
                    standing.add(sensitive)
        return standing

    def classes(self, record: Record) -> set[Sensitivity]:
        reached = self.reach(record)
        found = self.own_classes(record) | self.marked(
            ("item" if is_item(record.ref) else record.KIND, record.id)
        )
        for name in reached:
            found |= self.marked(name)
            for other in self.stands_for(name):
                if not isinstance(other, CONTROL):
                    found |= self.own_classes(other)
        return found

    def own_classes(self, record: Record) -> set[Sensitivity]:
        if isinstance(record, CONTROL):
            return set()
        found = set()
        if isinstance(record, Sample | StoredProfile) and record.staff:
            found.add(Sensitivity.STAFF)
        if isinstance(record, SealedName) or (isinstance(record, Finding) and record.blind):
            found.add(Sensitivity.STAFF)
        if isinstance(record, Hit) and record.person in self.staff:
            found.add(Sensitivity.STAFF)
        if isinstance(record, LabResult) and record.compared_with in self.staff:
            found.add(Sensitivity.STAFF)
        if isinstance(record, Involvement) and record.role is Role.INFORMANT:
            found.add(Sensitivity.INFORMANT)
        return found

    # The actor

    def belongs(self, name: str, moment: datetime) -> bool:
        actor = self.at.get(Ref("actor", name))
        if not isinstance(actor, Actor):
            return False
        if actor.joined and actor.joined.earliest and moment < actor.joined.earliest:
            return False
        return not actor.left or (actor.left.earliest is not None and moment < actor.left.earliest)

    def alone(self, moment: datetime) -> bool:
        here = [
            actor
            for actor in self.of(Actor)
            if self.belongs(actor.id, moment) and actor.standing is not Standing.PROGRAM  # type: ignore[attr-defined]
        ]
        return len(here) <= 1

    # What bars

    def denials(self, q: Question) -> list[Grant]:
        return [
            grant
            for grant in self.of(Grant)
            if isinstance(grant, Grant)
            and grant.deny
            and grant.actor in (q.actor, q.supervisor)
            and (q.action in grant.actions or Action.READ in grant.actions)
            and self.in_force(grant, q.moment)
        ]

    def in_force(self, grant: Grant, moment: datetime) -> bool:
        begun = grant.during.earliest is None or grant.during.earliest <= moment
        over = grant.during.latest is not None and grant.during.latest < moment
        revoked = any(
            end.grant == grant.id and (end.at.earliest is None or end.at.earliest <= moment)  # type: ignore[attr-defined]
            for end in self.of(Revocation)
        )
        return begun and not over and not revoked

    def relatives(self, person: str) -> set[str]:
        found = set()
        for each in self.of(Relation):
            assert isinstance(each, Relation)
            if each.relation.strip().casefold() in DISTANT:
                continue
            if each.one == person:
                found.add(each.other)
            if each.other == person:
                found.add(each.one)
        return found

    def recused(self, name: str) -> tuple[set[str], set[str], set[str]]:
        """Cases, items and people that an actor is recused from."""
        actor = self.at.get(Ref("actor", name))
        if not isinstance(actor, Actor) or actor.person is None:
            return set(), set(), set()
        people = {actor.person} | self.relatives(actor.person)
        cases = {
            each.case  # type: ignore[attr-defined]
            for each in self.of(Involvement)
            if each.role in PARTY and each.person in people  # type: ignore[attr-defined]
        }
        items: set[str] = set()
        for trace in self.traces(actor.person):
            leaves = self.leaves(trace)
            handled = {item for item in leaves if self.handled(item, (actor.person, name))}
            for item in handled:
                roots = {up for up in self.made_from(item) if self.made_from(up) == {up}}
                items |= roots or self.made_from(item)
            if not leaves or handled != leaves:
                cases |= self.cases(trace)
        return cases, items, people

    def traces(self, person: str) -> list[Record]:
        found: list[Record] = []
        for profile in self.of(StoredProfile):
            if ("person", person) not in self.reach(profile):
                continue
            for link in self.of(FoundLink):
                assert isinstance(link, FoundLink)
                if link.weight_log10 <= 0 or profile.ref not in ends(link):
                    continue
                if any(end.kind != "profile" for end in ends(link)):
                    continue
                for end in ends(link):
                    other = self.at.get(end)
                    if (
                        other
                        and end.kind == "profile"
                        and ("person", person) not in self.reach(other)
                    ):
                        found.append(other)
        for result in self.of(LabResult, Hit):
            if isinstance(result, Hit) and result.person == person:
                found.append(result)
            if (
                isinstance(result, LabResult)
                and result.kind is ResultKind.INCLUSION
                and result.compared_with == person
            ):
                found.append(result)
        return found

    def handled(self, item: str, who: tuple[str, str]) -> bool:
        for record in self.records:
            if not any(name in who for name in hands(record)):
                continue
            for other in items_named(record):
                if other in self.made_from(item) or item in self.made_from(other):
                    return True
        return False

    def barred(self, record: Record, q: Question) -> bool:
        cases, items = self.cases(record), of_kind("item", self.reach(record))
        people = of_kind("person", self.reach(record)) if not cases else set()
        denials = self.denials(q)
        for grant in denials:
            scope = (grant.case is None or grant.case in cases) and (
                grant.item is None or grant.item in items
            )
            if scope and (not grant.classes or set(grant.classes) & self.classes(record)):
                return True
        shut = self.shut_cases(q)
        for name in (q.actor, q.supervisor):
            _, lost_items, lost_people = self.recused(name)
            if items & lost_items or people & lost_people:
                return True
        if cases & shut:
            return True
        return any(self.person_cases(p) and self.person_cases(p) <= shut for p in people)

    def shut_cases(self, q: Question) -> set[str]:
        shut = {
            grant.case
            for grant in self.denials(q)
            if grant.case is not None and grant.item is None and not grant.classes
        }
        for name in (q.actor, q.supervisor):
            shut |= self.recused(name)[0]
        return {case for case in shut if case is not None}

    # What opens

    def held(
        self, q: Question, sensitive: Sensitivity | None
    ) -> list[tuple[str | None, str | None]]:
        """(case, item) of each grant and emergency that counts, for a class or for none."""
        found: list[tuple[str | None, str | None]] = []
        for grant in self.of(Grant):
            assert isinstance(grant, Grant)
            counts = (
                not grant.deny
                and grant.actor == q.actor
                and q.action in grant.actions
                and self.in_force(grant, q.moment)
                and same_purpose(grant.purpose, q.purpose)
                and (not grant.supervised_by or grant.supervised_by == q.supervisor)
            )
            approved = grant.approved_by and grant.approved_by not in (grant.actor, grant.given_by)
            if sensitive is not None:
                counts = counts and sensitive in grant.classes
                counts = counts and bool(approved or self.alone(q.moment))
            if counts:
                found.append((grant.case, grant.item))
        for taken in self.of(Emergency):
            assert isinstance(taken, Emergency)
            if taken.actor != q.actor or q.action is not Action.READ or not taken.at.earliest:
                continue
            if sensitive is not None and sensitive not in EMERGENCY_OPENS:
                continue
            end = taken.at.earliest + timedelta(hours=24)
            if taken.until.latest is not None:
                end = min(end, taken.until.latest)
            if taken.at.earliest <= q.moment <= end:
                found.append((taken.case, None))
        return found

    def opened(self, record: Record, q: Question, sensitive: Sensitivity | None) -> bool:
        held = self.held(q, sensitive)
        if (None, None) in held:
            return True
        if isinstance(record, CONTROL):
            return False
        cases, leaves = self.cases(record), self.leaves(record)
        granted = {case for case, item in held if item is None}

        def item_opened(item: str, case: str | None) -> bool:
            return any(
                at is not None and at in self.made_from(item) and (where is None or where == case)
                for where, at in held
            )

        if cases:
            for case in cases:
                inside = {item for item in leaves if case in self.item_cases(item)}
                by_items = bool(inside) and all(item_opened(item, case) for item in inside)
                if case not in granted and not by_items:
                    return False
            return True
        if leaves and all(item_opened(item, None) for item in leaves):
            return True
        people = of_kind("person", self.reach(record))
        usable = granted - self.shut_cases(q)
        return bool(people) and all(self.person_cases(p) & usable for p in people)

    # The rule

    def may(self, record: Record, q: Question) -> bool:
        if not self.belongs(q.actor, q.moment):
            return False
        if q.supervisor and (q.supervisor == q.actor or not self.belongs(q.supervisor, q.moment)):
            return False
        if self.barred(record, q):
            return False
        free = q.action is Action.READ and (
            record.KIND in OPEN_TO_ALL
            or (isinstance(record, CONTROL) and q.actor in concerned(record))
        )
        if not free and not self.opened(record, q, None):
            return False
        if q.action is Action.ADD:
            return True
        return all(self.opened(record, q, sensitive) for sensitive in self.classes(record))


def of_kind(kind: str, names: set[Name]) -> set[str]:
    return {id for each, id in names if each == kind}


def is_item(ref: Ref) -> bool:
    return ref.kind in ("exhibit", "sample")


def people_about(record: Record) -> list[str]:
    if isinstance(record, Person):
        return [record.id]
    if isinstance(record, Relation):
        return [record.one, record.other]
    if isinstance(record, Statement | Marking):
        return [record.subject.id] if record.subject.kind == "person" else []
    if isinstance(record, Presence | Involvement | Interview):
        return [record.person]
    if isinstance(record, Sample | StoredProfile | OpenMatter | Task):
        return [record.person] if record.person else []
    return []


def followed(record: Record) -> list[Ref]:
    """What a record about records is about, but for cases and people."""
    refs: list[Ref] = []
    if isinstance(record, FoundLink):
        refs = list(ends(record))
    elif isinstance(record, FoundSeries):
        refs = [Ref("profile", profile) for profile in record.profiles]
    elif isinstance(record, Finding):
        refs = list(record.records)
    elif isinstance(record, Statement | Marking):
        refs = [record.subject]
    elif isinstance(record, Task):
        refs = [record.subject] if record.subject is not None else []
    elif isinstance(record, Disposition):
        refs = [Ref("finding", record.finding)]
    elif isinstance(record, Review):
        refs = [Ref("report", record.report)]
    elif isinstance(record, SealedName):
        refs = [Ref("profile", record.profile or ""), Ref("found_link", record.link or "")]
    return [ref for ref in refs if ref.id and ref.kind not in ("case", "person")]


def ends(link: FoundLink) -> tuple[Ref, Ref]:
    """The two things that a link joins: profiles, or families."""
    return Ref(link.one_kind, link.one), Ref(link.other_kind, link.other)


def hands(record: Record) -> list[str | None]:
    """Who had an item in their hands, by this record."""
    if isinstance(record, CustodyEvent):
        return [record.giver, record.receiver, record.confirmed, record.by]
    if isinstance(record, Exhibit):
        return [record.collected_by]
    if isinstance(record, Sample):
        return [record.taken_by]
    if isinstance(record, Examination):
        return [record.examiner, record.witness]
    if isinstance(record, Well):
        return [record.analyst]
    return []


def concerned(record: Record) -> set[str | None]:
    fields = (
        "actor", "given_by", "approved_by", "supervised_by", "by", "asked_by", "confirmed_by",
        "reviewed_by",
    )  # fmt: skip
    return {getattr(record, field, None) for field in fields}


def same_purpose(granted: str, asked: str) -> bool:
    any_work = "any work of the unit"
    granted, asked = (" ".join(each.split()).casefold() for each in (granted, asked))
    return granted in (any_work, "") or asked in (any_work, "") or granted == asked


def later(lift: datetime | None, marking: datetime | None) -> bool:
    return lift is not None and marking is not None and lift > marking
