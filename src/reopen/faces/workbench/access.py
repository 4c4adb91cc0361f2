"""Who may see what in a unit, as commands and pages ask for it: grants given, looks listed.

Each act is a record, signed by the actor; whether they may is asked by the store. Not here: the
rule (`reopen.store.grants`), words for a terminal (`access_shown`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from secrets import token_hex
from typing import TypeVar

from reopen.errors import NotAllowed, UnknownName
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
from reopen.records.kinds import kind_of
from reopen.records.times import Interval
from reopen.store import alerts as found_in
from reopen.store import expunging, four_eyes, grants, log
from reopen.store.alerts import Alert
from reopen.store.grants import Asker, Why
from reopen.store.ties import LONGEST_EMERGENCY
from reopen.store.unit import Unit

Kind = TypeVar("Kind", bound=Record)


@dataclass(frozen=True, slots=True)
class Kept:
    """A record of access as it was kept, with its entry of the log."""

    record: Record
    entry: int


@dataclass(frozen=True, slots=True)
class Access:
    """Whether an actor may read something, and why."""

    actor: Actor
    why: Why


@dataclass(frozen=True, slots=True)
class ReadLog:
    """Looks, earliest first, and what follows from them."""

    looks: tuple[ReadEvent, ...]
    alerts: tuple[Alert, ...]


def add_actor(unit: Unit, by: str, actor: Actor, *, reason: str = "") -> Kept:
    """Add somebody, or amend what the unit knows of them (a reason is needed then)."""
    return _keep(unit, by, actor, reason=reason)


def change_actor(
    unit: Unit, by: str, id: str, *, name: str = "", standing: Standing | None = None,
    person: str = "", left: Interval | None = None, reason: str = "",
) -> Kept:  # fmt: skip
    """Add somebody, or amend what the unit knows of them; what is not given stays as it is, also
    where somebody else changes it at the same time."""
    held = grants.access_record(unit.db, Ref(Actor.KIND, id))
    if held is None or not isinstance(held.record, Actor):
        made = Actor(
            id=id, name=name or id, standing=standing or Standing.DETECTIVE,
            person=person or None, joined=Interval.at(unit.clock()), left=left,
        )  # fmt: skip
        return _keep(unit, by, made, reason=reason)
    before = held.record
    changed = replace(
        before, name=name or before.name, standing=standing or before.standing,
        person=person or before.person, left=left or before.left,
    )  # fmt: skip
    return _keep(unit, by, changed, reason=reason, at_version=held.version)


def the_actor(unit: Unit, id: str) -> Actor | None:
    """An actor as the unit knows them."""
    return next((actor for actor in unit.actors() if actor.id == id), None)


def give(
    unit: Unit,
    by: str,
    to: str,
    *,
    purpose: str,
    case: str = "",
    item: str = "",
    actions: Sequence[Action] = (),
    classes: Sequence[Sensitivity] = (),
    until: Interval | None = None,
    supervisor: str = "",
    deny: bool = False,
) -> Kept:
    """Grant something to an actor from now on, or deny it."""
    _must_know(unit, to)
    if supervisor:
        _must_know(unit, supervisor)
    grant = Grant(
        id=_new("deny" if deny else "grant"),
        actor=to,
        case=case or None,
        item=item or None,
        actions=tuple(actions) or (Action.READ,),
        classes=tuple(classes),
        purpose=purpose,
        during=Interval(unit.clock(), until.latest if until else None),
        given_by=by,
        supervised_by=supervisor or None,
        deny=deny,
    )
    return _keep(unit, by, grant)


def approve(unit: Unit, by: str, grant: str) -> Kept:
    """Be the second pair of eyes for a grant that opens sensitive classes."""
    given, version = _one(unit, Grant, grant)
    approved = replace(given, approved_by=by)
    return _keep(unit, by, approved, reason=f"approved by {by}", at_version=version)


def revoke(unit: Unit, by: str, grant: str, *, reason: str) -> Kept:
    """End a grant now. Raises NotAllowed, also where there is no such grant."""
    end = Revocation(
        id=_new("revoke"), grant=grant, at=Interval.at(unit.clock()), by=by, reason=reason
    )
    return _keep(unit, by, end)


def mark(
    unit: Unit, by: str, ref: Ref, classes: Sequence[Sensitivity], *, reason: str,
    lifted: bool = False,
) -> Kept:  # fmt: skip
    """Put a record into sensitive classes, or lift them."""
    kind_of(ref.kind)
    marking = Marking(
        id=_new("mark"), subject=ref, classes=tuple(classes), at=Interval.at(unit.clock()), by=by,
        reason=reason, lifted=lifted,
    )  # fmt: skip
    return _keep(unit, by, marking)


def take(unit: Unit, by: str, case: str, *, reason: str, hours: float = 24.0) -> Kept:
    """Take a case in an emergency, without a grant."""
    now = unit.clock()
    until = now + min(timedelta(hours=hours), LONGEST_EMERGENCY)
    taken = Emergency(
        id=_new("emergency"), actor=by, case=case, at=Interval.at(now), until=Interval.at(until),
        reason=reason,
    )  # fmt: skip
    return _keep(unit, by, taken)


def review(unit: Unit, by: str, emergency: str, words: str) -> Kept:
    """Review an emergency that somebody else took."""
    taken, version = _one(unit, Emergency, emergency)
    reviewed = replace(taken, reviewed=Interval.at(unit.clock()), reviewed_by=by, review=words)
    return _keep(unit, by, reviewed, reason="reviewed", at_version=version)


def who(unit: Unit, by: str, ref: Ref) -> tuple[Access, ...]:
    """Every actor, and whether and why they may read a record.

    For those who may grant where it belongs. That somebody is recused because a trace is theirs is
    said only to those who see the class STAFF of everything.
    """
    now = unit.clock()
    with unit.reading(by) as reader:
        if not reader.rule(ref) or not may_tell_who(unit, by, ref):
            reader.looks.refused(ref.id, ref.kind)
            raise NotAllowed(
                f"There is no {ref} of which {by} may say who sees it.",
                rule="Who may see a record is told to those who may grant access to it.",
                way_on="Ask the unit's lead.",
            )
        full = grants.opens_everywhere(unit.db, Asker(by, now), Sensitivity.STAFF)
        reader.looks.at(ref, rule="who may see it")
        return tuple(
            Access(actor, _told(grants.explain(unit.db, Asker(actor.id, now), ref), full))
            for actor in unit.actors()
        )


def may_tell_who(unit: Unit, by: str, ref: Ref) -> bool:
    """Whether somebody may be told who sees a record: who may grant where it belongs."""
    return grants.explain(unit.db, Asker(by, unit.clock(), Action.GRANT), ref).allowed


def may_grant_everything(unit: Unit, by: str) -> bool:
    """Whether somebody may grant on everything now."""
    return grants.opens_everywhere(unit.db, Asker(by, unit.clock(), Action.GRANT))


def latest_looks(
    unit: Unit, by: str, *, actor: str = "", case: str = "", most: int = 100, purpose: str = ""
) -> tuple[ReadEvent, ...]:
    """The latest looks that the actor may see, the newest first: all with a grant on everything,
    else their own."""
    size = log.size(unit.db)
    back = 4 * most
    with unit.reading(by, purpose=purpose) as reader:
        while True:
            found = [
                each
                for each in reader.all(ReadEvent, after=max(size - back, 0) - 1)
                if actor in ("", each.actor) and case in ("", each.case)
            ]
            if len(found) >= most or back >= size:
                return tuple(reversed(found[-most:]))
            back *= 4


def _told(why: Why, full: bool) -> Why:
    if full:
        return why
    bars = tuple("recused" if bar.startswith("recused") else bar for bar in why.bars)
    return replace(why, bars=tuple(dict.fromkeys(bars)))


def granted(unit: Unit, by: str, *, actor: str = "", case: str = "") -> tuple[Grant, ...]:
    """Grants and denials that the actor may see, revoked ones left out."""
    with unit.reading(by) as reader:
        ended = {each.grant for each in reader.all(Revocation)}
        return tuple(
            grant
            for grant in reader.all(Grant)
            if grant.id not in ended
            and (not actor or grant.actor == actor)
            and (not case or grant.case == case)
        )


def read_log(
    unit: Unit, by: str, *, actor: str = "", case: str = "", since: datetime | None = None
) -> ReadLog:
    """Looks that the actor may see: all with a grant on everything, else their own."""

    def wanted(who: str, at: datetime | None) -> bool:
        return (not actor or who == actor) and not (since and at and at < since)

    with unit.reading(by) as reader:
        looks = tuple(
            look
            for look in reader.all(ReadEvent)
            if wanted(look.actor, look.at.earliest) and (not case or look.case == case)
        )
        alerts = tuple(alert for alert in found_in.alerts(reader) if wanted(alert.actor, alert.at))
    return ReadLog(looks, alerts)


def requests(unit: Unit, by: str) -> tuple[FourEyes, ...]:
    """Acts asked for that need a second person, and those decided."""
    with unit.reading(by) as reader:
        return tuple(reader.all(FourEyes))


def ask(unit: Unit, by: str, act: str, ref: Ref, *, reason: str) -> Kept:
    """Ask for an act that cannot be undone."""
    if act not in four_eyes.ACTS:
        raise UnknownName(
            f"{act!r} is no act that needs a second person.",
            rule="These do: " + "; ".join(f"{name} ({it})" for name, it in four_eyes.ACTS.items()),
            way_on="Choose one of them.",
        )
    id = _new("ask")
    if act == four_eyes.EXPUNGE:
        return _placed(unit, expunging.ask(unit, by, ref, id=id, order=reason))
    request = FourEyes(
        id=id, act=act, target=str(ref), asked_by=by, asked=Interval.at(unit.clock()),
        reason=reason,
    )  # fmt: skip
    return _keep(unit, by, request)


def answer(unit: Unit, by: str, request: str, *, confirmed: bool, reason: str = "") -> Kept:
    """Confirm or refuse what somebody else asked for. Expunging is done with its confirmation."""
    asked, version = _one(unit, FourEyes, request)
    if asked.confirmed_by is not None:
        raise NotAllowed(
            f"{request} was decided by {asked.confirmed_by}.",
            rule="A request is answered once.",
            way_on="Ask for it again where it is still needed.",
        )
    if asked.act == four_eyes.EXPUNGE and confirmed:
        return _placed(unit, expunging.confirm(unit, by, request))
    decided = replace(
        asked, confirmed_by=by, confirmed=Interval.at(unit.clock()), refused=not confirmed
    )
    said = reason or ("confirmed" if confirmed else "refused")
    return _keep(unit, by, decided, reason=said, at_version=version)


def _keep(
    unit: Unit, by: str, record: Record, *, reason: str = "", at_version: int | None = None
) -> Kept:
    with unit.writing(by, reason=reason) as writer:
        return Kept(record, writer.put(record, at_version=at_version).entry)


def _placed(unit: Unit, request: FourEyes) -> Kept:
    """A request that the store kept itself, which whoever asked or answered may see."""
    with unit.reading(request.confirmed_by or request.asked_by) as reader:
        version = reader.version(request.ref)
    assert version is not None
    return Kept(request, version.entry)


def _one(unit: Unit, kind: type[Kind], id: str) -> tuple[Kind, int]:
    """A record of access by its id, and its version: known to whoever has been told the id."""
    found = grants.access_record(unit.db, Ref(kind.KIND, id))
    if found is None or not isinstance(found.record, kind):
        raise UnknownName(
            f"There is no {kind.KIND.replace('_', ' ')} {id!r} in this unit.",
            rule="Grants, emergencies and requests are named by their id.",
            way_on="List them: reopen access grants, reopen access reads, reopen access four-eyes",
        )
    return found.record, found.version


def _must_know(unit: Unit, actor: str) -> None:
    if the_actor(unit, actor) is None:
        known = ", ".join(each.id for each in unit.actors())
        raise UnknownName(
            f"{actor!r} is no actor of this unit.",
            rule=f"Its actors are: {known}.",
            way_on="Check the name, or add them: reopen access actor",
        )


def _new(what: str) -> str:
    return f"{what}-{token_hex(4)}"
