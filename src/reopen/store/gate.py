"""What an actor may write: asked before a block's records are kept, and again when it ends.

Adding needs a grant where the record belongs, amending also where it belonged; records about access
are signed by the actor who writes them (docs/access.md). Not here: who may read (`reader`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from reopen.errors import NotAllowed
from reopen.records.access import (
    Action,
    Actor,
    Emergency,
    FourEyes,
    Grant,
    Marking,
    Revocation,
    Sensitivity,
    Standing,
)
from reopen.records.base import Record, Ref
from reopen.records.cases import Interview, Involvement, Sample
from reopen.records.custody import DeviceCount, OpenMatter
from reopen.records.findings import Disposition
from reopen.records.stored import StoredProfile
from reopen.records.tasks import Task
from reopen.records.times import Interval
from reopen.store import four_eyes, grants, held
from reopen.store.database import Database, in_parts, marks
from reopen.store.grants import Asker

_PUTS_PEOPLE = (Involvement, Interview, Sample, StoredProfile, OpenMatter, Task)
_SIGNED = (Grant, Revocation, Emergency, FourEyes, Marking)
# How far a device's queue was taken: whoever may add its events moves it on.
_BY_OTHER_RULES = (*_SIGNED, DeviceCount)
_BY_OTHER_KINDS = frozenset(kind.KIND for kind in _BY_OTHER_RULES)
_NEEDS_GRANT = "There is no such record, or no grant that lists the act opens it to them."
_NOBODY_SIGNS = "Nobody signs for another: who gives, approves, asks or confirms writes it."


class Gate:
    """Lets one actor's block of writing through, or raises NotAllowed and nothing is kept."""

    def __init__(self, db: Database, asker: Asker):
        self._db = db
        self._asker = asker
        self._zones: dict[Action, dict[int, Ref]] = {}
        self._hidden: set[int] = set()
        self._may_not_name: NotAllowed | None = None

    def hidden(self, entries: Sequence[int]) -> dict[int, int]:
        """Those of the unit's entries of which the actor may not learn that they are there, each
        with its zone."""
        found: dict[int, int] = {}
        for part in in_parts(entries):
            places = [row for row in self._places(part) if row[2].kind not in _BY_OTHER_KINDS]
            zones = {zone for _, zone, _ in places}
            for action in (Action.READ, Action.ADD, Action.AMEND):
                zones -= self._reached(action, zones)
            found.update((entry, zone) for entry, zone, _ in places if zone in zones)
        return found

    def would_replace_hidden(self, record: Record, zone: int) -> None:
        """Refuse a record when the block ends, in the words for a new one: the id is taken by a
        record that the actor must not learn of."""
        self._hidden.add(zone)
        self.kept([(record, zone, False)])

    def before(self, records: Sequence[Record], replaced: Sequence[int]) -> None:
        """Ask about records that are about to be kept, and entries they take the place of."""
        for part in in_parts(replaced):
            self._amend(part)
        for record in records:
            if isinstance(record, (*_SIGNED, Actor)):
                self._about_access(record)
        people = [each.person for each in records if isinstance(each, _PUTS_PEOPLE)]
        for some in in_parts(dict.fromkeys(person for person in people if person)):
            self._may_name(some)

    def kept(self, records: Iterable[tuple[Record, int, bool]]) -> None:
        """Remember records with their zones, and whether each is an amendment."""
        for record, zone, amended in records:
            if isinstance(record, _BY_OTHER_RULES):
                continue
            action = _needed(record, amended)
            self._zones.setdefault(action, {}).setdefault(zone, record.ref)

    def after(self) -> None:
        """Ask about everything that was kept, now that it is known where it belongs."""
        for action, zones in self._zones.items():
            for part in in_parts(zones):
                self._must_reach(action, {zone: zones[zone] for zone in part})
        self._zones.clear()
        if self._may_not_name:
            raise self._may_not_name

    def _amend(self, entries: Sequence[int]) -> None:
        places = self._places(entries)
        zones = {zone: ref for _, zone, ref in places if ref.kind not in _BY_OTHER_KINDS}
        self._must_reach(Action.AMEND, zones)

    def _places(self, entries: Sequence[int]) -> list[tuple[int, int, Ref]]:
        """Each entry with the zone and the name of its record."""
        rows = self._db.rows(
            f"SELECT entry, zone, kind, id FROM record WHERE entry IN ({marks(entries)})", entries
        )
        return [(entry, zone, Ref(kind, id)) for entry, zone, kind, id in sorted(rows)]

    def _reached(self, action: Action, zones: Collection[int]) -> set[int]:
        """Those of the zones where the actor may do this."""
        if not zones:
            return set()
        asked = f"SELECT zone FROM zone WHERE zone IN ({marks(tuple(zones))})"
        query = grants.visible(replace(self._asker, action=action), asked, tuple(zones))
        return {row[0] for row in self._db.rows(query.sql, query.parameters)}

    def _must_reach(self, action: Action, zones: dict[int, Ref]) -> None:
        reached = self._reached(action, zones)
        for zone, ref in zones.items():
            if zone not in reached or zone in self._hidden:
                raise self._refuse(f"may not {action.value} {_a(ref.kind)} where {ref} belongs")

    def _may_name(self, people: Sequence[str]) -> None:
        """Putting a person into a case opens their record to those who have the case."""
        query = grants.visible(
            replace(self._asker, action=Action.ADD),
            "SELECT zone FROM zone WHERE zone = 0",
            then=_ELSEWHERE.format(people=marks(people)),
        )
        for (person,) in self._db.rows(query.sql, (*query.parameters, *people)):
            # raised when the block ends: only who may add there learns that the person is known
            self._may_not_name = self._may_not_name or self._refuse(
                f"may not put person {person} into a case",
                "That person is in other cases, none of which this actor works on: naming them "
                "here would open their record.",
            )

    # Records about access

    def _about_access(self, record: Record) -> None:
        version = held.get(self._db, held.EVERYTHING, record.ref)
        before = None if version is None else version.record
        if isinstance(record, Grant):
            self._grant(record, before)
        elif isinstance(record, Revocation):
            self._revocation(record)
        elif isinstance(record, Emergency):
            self._emergency(record, before)
        elif isinstance(record, FourEyes):
            self._four_eyes(record, before)
        elif isinstance(record, Marking):
            self._marking(record)
        elif isinstance(record, Actor):
            self._actor(record)

    def _grant(self, grant: Grant, before: Record | None) -> None:
        if isinstance(before, Grant) and _approved_only(before, grant):
            self._must_be_first("approved", before.approved_by, grant)
            self._must_sign(grant.approved_by, grant)
            me = self._get(Ref("actor", self._me))
            program = isinstance(me, Actor) and me.standing is Standing.PROGRAM
            if program or self._me in (grant.actor, grant.given_by):
                raise self._refuse(
                    f"may not approve {grant.ref}",
                    "Approval is by a person whom the grant is not for, and who did not give it.",
                )
            return
        if self._over(grant.during):
            self._must_grant(None, None)
            return
        self._must_sign(grant.given_by, grant)
        if grant.approved_by is not None:
            raise self._refuse(f"may not give {grant.ref} as approved", _NOBODY_SIGNS)
        if isinstance(before, Grant) and before.deny and before.actor == self._me:
            raise self._refuse(f"may not change {grant.ref}", "Nobody lifts what bars them.")
        steps_back = grant.deny and grant.actor == self._me and before is None
        if not steps_back:
            self._must_grant(grant.case, grant.item)

    def _revocation(self, revocation: Revocation) -> None:
        self._must_sign(revocation.by, revocation)
        grant = self._get(Ref("grant", revocation.grant))
        if not isinstance(grant, Grant) or not self._may_grant(grant.case, grant.item):
            raise self._refuse(
                f"may not revoke {revocation.grant!r}",
                "There is no such grant, or somebody else may revoke it.",
            )
        if grant.deny and grant.actor == self._me:
            raise self._refuse(f"may not revoke {grant.ref}", "Nobody lifts what bars them.")
        if grant.deny and not self._alone():
            four_eyes.must_be_confirmed(self._db, four_eyes.END_DENIAL, grant.ref, self._me)

    def _emergency(self, emergency: Emergency, before: Record | None) -> None:
        if isinstance(before, Emergency):
            if not _reviewed_only(before, emergency):
                raise self._refuse(f"may not change {emergency.ref}", "It may only be reviewed.")
            self._must_be_first("reviewed", before.reviewed_by, emergency)
            self._must_sign(emergency.reviewed_by, emergency)
            if not self._may_grant(emergency.case, None):
                raise self._refuse(f"may not review {emergency.ref}", _NEEDS_GRANT)
            if emergency.actor == self._me and not self._alone():
                raise self._refuse(f"may not review {emergency.ref}", "Somebody else reviews it.")
            return
        if self._over(emergency.until):
            self._must_grant(None, None)
            return
        self._must_sign(emergency.actor, emergency)
        if emergency.reviewed_by is not None:
            raise self._refuse(f"may not take {emergency.ref} as reviewed", _NOBODY_SIGNS)

    def must(self, action: Action, ref: Ref) -> None:
        """Raises NotAllowed where the actor may not do this to a record that the unit holds."""
        query = grants.one_record(replace(self._asker, action=action), ref)
        if self._db.one(query.sql, query.parameters) is None:
            raise self._refuse(f"may not {action.value} {ref}", _NEEDS_GRANT)

    def _four_eyes(self, asked: FourEyes, before: Record | None) -> None:
        if asked.act in four_eyes.ACTS and not asked.entries:
            kind, _, id = asked.target.partition(" ")
            self.must(four_eyes.NEEDS[asked.act], Ref(kind, id))
        if not isinstance(before, FourEyes):
            self._must_sign(asked.asked_by, asked)
            if asked.confirmed_by is not None:
                raise self._refuse(f"may not ask {asked.ref} as confirmed", _NOBODY_SIGNS)
            return
        if not _answered_only(before, asked):
            raise self._refuse(f"may not change {asked.ref}", "It is confirmed or refused.")
        self._must_be_first("answered", before.confirmed_by, asked)
        self._must_sign(asked.confirmed_by, asked)
        if asked.asked_by == self._me and not self._alone():
            raise self._refuse(f"may not answer {asked.ref}", "Another person answers it.")

    def _marking(self, marking: Marking) -> None:
        self._must_sign(marking.by, marking)
        if self._get(marking.subject) is not None or not self._may_grant(None, None):
            self.must(Action.GRANT, marking.subject)
        if marking.lifted and Sensitivity.SEALED in marking.classes and not self._alone():
            four_eyes.must_be_confirmed(self._db, four_eyes.UNSEAL, marking.subject, self._me)

    def _actor(self, actor: Actor) -> None:
        if actor.id == self._me and not self._alone():
            raise self._refuse(
                "may not amend their own actor record", "Somebody else of the unit does that."
            )

    # What they ask

    @property
    def _me(self) -> str:
        return self._asker.actor

    def _get(self, ref: Ref) -> Record | None:
        version = held.get(self._db, held.EVERYTHING, ref)
        return None if version is None else version.record

    def _over(self, during: Interval) -> bool:
        """A grant or emergency that has ended opens nothing: it is history, taken over."""
        return during.latest is not None and during.latest < self._asker.moment

    def _alone(self) -> bool:
        query = grants.visible(
            self._asker, "SELECT zone FROM zone WHERE zone = 0", then=" SELECT sole FROM asking"
        )
        row = self._db.one(query.sql, query.parameters)
        return bool(row and row[0])

    def _must_sign(self, name: str | None, record: Record) -> None:
        if name != self._me:
            raise self._refuse(f"may not write {record.ref} in the name of {name!r}", _NOBODY_SIGNS)

    def _must_be_first(self, done: str, by: str | None, record: Record) -> None:
        if by is not None:
            raise self._refuse(
                f"may not do it again: {record.ref} was {done} by {by}", "It is done once."
            )

    def _must_grant(self, case: str | None, item: str | None) -> None:
        if not self._may_grant(case, item):
            where = f"case {case}" if case else f"item {item}" if item else "everything"
            raise self._refuse(f"may not grant on {where}")

    def _may_grant(self, case: str | None, item: str | None) -> bool:
        """Whether the actor may grant on the case, or on all cases of the item."""
        cases = [] if case is None else [case]
        if case is None and item is not None:
            rows = self._db.rows(
                "SELECT DISTINCT reached.id FROM node JOIN zone_reach reached"
                " ON reached.zone = node.zone AND reached.kind = 'case'"
                " WHERE node.kind = 'item' AND node.id = ?",
                (item,),
            )
            cases = [found for (found,) in rows]
        query = grants.visible(
            replace(self._asker, action=Action.GRANT),
            "SELECT zone FROM zone WHERE zone = 0",
            then=_MAY_GRANT.format(cases=marks(cases) or "NULL"),
        )
        found = {row[0] for row in self._db.rows(query.sql, (*query.parameters, *cases))}
        return "" in found or (bool(cases) and set(cases) <= found)

    def _refuse(self, what: str, rule: str = "") -> NotAllowed:
        return NotAllowed(
            f"{self._me} {what}.",
            rule=rule or "An act needs a grant that lists it, and that nothing bars.",
            way_on="Ask somebody who may: reopen access who lists the grants.",
        )


_ELSEWHERE = """
    SELECT DISTINCT place.person FROM person_case place WHERE place.person IN ({people})
    AND NOT EXISTS (SELECT 1 FROM whole WHERE whole.class = '')
    AND NOT EXISTS (SELECT 1 FROM held JOIN person_case mine ON mine.case_id = held.case_id
        WHERE held.item_id IS NULL AND held.class = '' AND mine.person = place.person
        AND mine.case_id NOT IN (SELECT case_id FROM barred_case))"""

_MAY_GRANT = """
    SELECT '' FROM whole WHERE whole.class = ''
    UNION SELECT held.case_id FROM held WHERE held.item_id IS NULL AND held.class = ''
        AND held.case_id IN ({cases}) AND held.case_id NOT IN (SELECT case_id FROM barred_case)"""


def _needed(record: Record, amended: bool) -> Action:
    if isinstance(record, Actor):
        return Action.GRANT
    if isinstance(record, Disposition):
        return Action.DECIDE
    return Action.AMEND if amended else Action.ADD


def _approved_only(before: Grant, after: Grant) -> bool:
    return before != after and replace(before, approved_by=after.approved_by) == after


def _reviewed_only(before: Emergency, after: Emergency) -> bool:
    said = replace(
        before, reviewed=after.reviewed, reviewed_by=after.reviewed_by, review=after.review
    )
    return said == after


def _answered_only(before: FourEyes, after: FourEyes) -> bool:
    said = replace(
        before, confirmed_by=after.confirmed_by, confirmed=after.confirmed, refused=after.refused,
        reason=after.reason, entries=after.entries,
    )  # fmt: skip
    return said == after


def _a(kind: str) -> str:
    article = "an" if kind[0] in "aeiou" else "a"
    return f"{article} {kind.replace('_', ' ')}"
