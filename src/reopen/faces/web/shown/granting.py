"""Grants: the unit's people, who may see what and why, and who has looked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from reopen.errors import InvalidRecord, NotAllowed, UnknownName
from reopen.faces.web.looks import Look
from reopen.faces.web.pages import Looking, Pages, view
from reopen.faces.web.shared import Changing, Shared, shared_of
from reopen.faces.web.words import interval, moment
from reopen.faces.workbench import access
from reopen.faces.workbench.access_shown import grant_where, why_text
from reopen.records.access import (
    Action,
    Actor,
    Emergency,
    FourEyes,
    Grant,
    ReadEvent,
    Revocation,
    Sensitivity,
    Standing,
)
from reopen.records.base import Ref
from reopen.records.kinds import KINDS, kind_of
from reopen.records.times import Interval
from reopen.store import alerts as found_in
from reopen.store import four_eyes
from reopen.store.reader import Reader

pages = Pages("Grants")
router = pages.router

Word = Annotated[str, Form(max_length=300)]
Why = Annotated[str, Form(max_length=2000)]
Choice = TypeVar("Choice", Action, Sensitivity, Standing)
LATEST = 100


@dataclass(frozen=True, slots=True)
class PersonLine:
    """An actor of the unit. way_in: has a password or passkey; None for those who may not know.
    can_invite: the viewer may make them a link."""

    id: str
    name: str
    standing: str
    person: str
    joined: str
    left: str
    way_in: bool | None
    can_invite: bool


@dataclass(frozen=True, slots=True)
class GrantLine:
    """A grant, or a denial. state: in force, in force but its classes not approved, not begun yet,
    ended, revoked, or from when on it is."""

    id: str
    actor: str
    name: str
    where: str
    actions: tuple[str, ...]
    classes: tuple[str, ...]
    purpose: str
    during: str
    given_by: str
    approved_by: str
    supervised_by: str
    deny: bool
    state: str
    can_approve: bool
    can_revoke: bool


@dataclass(frozen=True, slots=True)
class EmergencyLine:
    id: str
    actor: str
    case: str
    at: str
    until: str
    reason: str
    reviewed: str
    review: str
    can_review: bool


@dataclass(frozen=True, slots=True)
class RequestLine:
    """An act that needs a second person."""

    id: str
    act: str
    target: str
    asked_by: str
    asked: str
    reason: str
    answer: str
    can_answer: bool


@dataclass(frozen=True, slots=True)
class GrantsPage:
    """People, grants, emergencies and requests that the actor may see. Grants are one's own, or
    all where one sees everything."""

    people: tuple[PersonLine, ...]
    grants: tuple[GrantLine, ...]
    past: tuple[GrantLine, ...]
    emergencies: tuple[EmergencyLine, ...]
    requests: tuple[RequestLine, ...]
    may_grant: bool
    standings: tuple[str, ...]
    actions: tuple[str, ...]
    classes: tuple[str, ...]
    acts: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WhoLine:
    actor: str
    name: str
    reads: bool
    why: str


@dataclass(frozen=True, slots=True)
class WhoPage:
    """Who may read a record, and by which rule or why not."""

    kind: str
    id: str
    who: tuple[WhoLine, ...]


@dataclass(frozen=True, slots=True)
class LookLine:
    at: str
    actor: str
    action: str
    target: str
    count: int
    rule: str
    purpose: str


@dataclass(frozen=True, slots=True)
class LooksPage:
    """The latest looks: one's own, or everybody's where one sees everything."""

    looks: tuple[LookLine, ...]
    actor: str
    case: str
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AlertLine:
    about: str
    actor: str
    at: str
    sentence: str


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """Looks that somebody should be asked about: questions, not accusations."""

    alerts: tuple[AlertLine, ...]


@dataclass(frozen=True, slots=True)
class InvitedPage:
    """A link that lets somebody in, once. It is shown on this page and nowhere else."""

    actor: str
    name: str
    link: str


def _page(request: Request, look: Look) -> GrantsPage:
    shared = shared_of(request)
    with look.lent() as unit:
        actors = {actor.id: actor for actor in unit.actors()}
        may_grant = access.may_grant_everything(unit, look.actor)
    with look.reading() as reader:
        grants = list(reader.all(Grant))
        revoked = {each.grant: each.at for each in reader.all(Revocation)}
        emergencies, requests = list(reader.all(Emergency)), list(reader.all(FourEyes))
        now = Interval.at(reader.asker.moment)
    lines = [(_state(each, revoked, now), each) for each in grants]
    shown = [(_grant(each, state, actors, look.actor), state) for state, each in lines]
    lead = may_grant and actors[look.actor].standing is Standing.LEAD
    return GrantsPage(
        people=tuple(_person(each, shared, may_grant, lead, now) for each in actors.values()),
        grants=tuple(line for line, state in shown if state not in _OVER),
        past=tuple(line for line, state in shown if state in _OVER),
        emergencies=tuple(_emergency(each, look.actor, may_grant) for each in emergencies),
        requests=tuple(_request(each, look.actor) for each in requests),
        may_grant=may_grant,
        standings=tuple(Standing),
        actions=tuple(Action),
        classes=tuple(Sensitivity),
        acts=tuple(four_eyes.ACTS.items()),
        kinds=tuple(sorted(KINDS)),
    )


_WAITS = "classes not approved"
_OVER = ("ended", "revoked")


def _state(grant: Grant, revoked: Mapping[str, Interval], now: Interval) -> str:
    end = revoked.get(grant.id)
    if end is not None and not now.before(end):
        return "revoked"
    if grant.during.before(now):
        return "ended"
    if end is not None:
        return f"revoked from {interval(end)} on"
    if now.before(grant.during):
        return "not begun yet"
    return _WAITS if _waits(grant) else "in force"


def _waits(grant: Grant) -> bool:
    return bool(grant.classes) and not grant.deny and grant.approved_by is None


def _grant(grant: Grant, state: str, actors: dict[str, Actor], me: str) -> GrantLine:
    known, open_ = actors.get(grant.actor), state not in _OVER
    return GrantLine(
        id=grant.id, actor=grant.actor, name=known.name if known else grant.actor,
        where=grant_where(grant), actions=tuple(grant.actions), classes=tuple(grant.classes),
        purpose=grant.purpose, during=_lasting(grant.during), given_by=grant.given_by,
        approved_by=grant.approved_by or "", supervised_by=grant.supervised_by or "",
        deny=grant.deny, state=state,
        can_approve=_waits(grant) and open_ and me not in (grant.actor, grant.given_by),
        can_revoke=open_ and not (grant.deny and grant.actor == me),
    )  # fmt: skip


def _lasting(during: Interval) -> str:
    """From when to when, as far as it is said."""
    begins = interval(Interval.at(during.earliest)) if during.earliest else ""
    ends = interval(Interval.at(during.latest)) if during.latest else ""
    if begins and ends:
        return f"{begins} to {ends}"
    return f"since {begins}" if begins else f"until {ends}" if ends else "always"


def _person(actor: Actor, shared: Shared, may_grant: bool, lead: bool, now: Interval) -> PersonLine:
    way_in = shared.accounts.has_way_in(actor.id) if may_grant else None
    here = actor.left is None or now.before(actor.left)
    can_invite = lead and here and not way_in and actor.standing is not Standing.PROGRAM
    return PersonLine(
        actor.id, actor.name, actor.standing.value, actor.person or "", interval(actor.joined),
        interval(actor.left), way_in, can_invite,
    )  # fmt: skip


def _emergency(each: Emergency, me: str, may_grant: bool) -> EmergencyLine:
    reviewed = f"{interval(each.reviewed)} by {each.reviewed_by}" if each.reviewed_by else ""
    return EmergencyLine(
        each.id, each.actor, each.case, interval(each.at), interval(each.until), each.reason,
        reviewed, each.review, not each.reviewed_by and may_grant and each.actor != me,
    )  # fmt: skip


def _request(each: FourEyes, me: str) -> RequestLine:
    done = "refused" if each.refused else "confirmed"
    answer = f"{done} by {each.confirmed_by}" if each.confirmed_by else ""
    return RequestLine(
        each.id, each.act, each.target, each.asked_by, interval(each.asked), each.reason, answer,
        not each.confirmed_by and each.asked_by != me,
    )  # fmt: skip


@router.get("/grants", include_in_schema=False)
def grants_page(request: Request, look: Looking) -> Response:
    return view(request, look, "grants.html.j2", _page(request, look))


@router.get("/api/grants", tags=["Grants"])
def grants_twin(request: Request, look: Looking) -> GrantsPage:
    """The unit's people, and the grants that you may see."""
    return _page(request, look)


@pages.page("/grants/who", "grants_who.html.j2")
def who_page(
    look: Look,
    kind: Annotated[str, Query(max_length=60)],
    id: Annotated[str, Query(max_length=300)],
) -> WhoPage:
    """Who may read a record, for those who may grant access to it."""
    with look.lent() as unit:
        every = access.who(unit, look.actor, Ref(kind_of(kind).KIND, id))
    return WhoPage(
        kind, id,
        tuple(WhoLine(e.actor.id, e.actor.name, e.why.allowed, why_text(e.why)) for e in every),
    )  # fmt: skip


@pages.page("/grants/looks", "grants_looks.html.j2")
def looks_page(
    look: Look,
    actor: Annotated[str, Query(max_length=100)] = "",
    case: Annotated[str, Query(max_length=300)] = "",
) -> LooksPage:
    """Who looked at what, the newest first."""
    with look.lent() as unit:
        found = access.latest_looks(
            unit, look.actor, actor=actor, case=case, most=LATEST, purpose=look.session.purpose
        )
        people = tuple((each.id, each.name) for each in unit.actors())
    return LooksPage(tuple(_look(each) for each in found), actor, case, people)


def _look(each: ReadEvent) -> LookLine:
    return LookLine(
        interval(each.at), each.actor, each.action.value, each.target, each.count, each.rule,
        each.purpose,
    )  # fmt: skip


@pages.page("/grants/alerts", "grants_alerts.html.j2")
def alerts_page(reader: Reader) -> AlertsPage:
    """What in the looks somebody should be asked about."""
    return AlertsPage(
        tuple(
            AlertLine(e.about, e.actor, moment(e.at.timestamp()) if e.at else "", e.sentence)
            for e in found_in.alerts(reader)
        )
    )


def _chosen(kind: type[Choice], names: Iterable[str]) -> list[Choice]:
    known = {each.value: each for each in kind}
    wrong = [name for name in names if name not in known]
    if wrong:
        raise InvalidRecord(
            f"{wrong[0]!r} cannot be chosen here.",
            rule="It is one of: " + ", ".join(known) + ".",
            way_on="Choose one of them.",
        )
    return [known[name] for name in names]


def _done() -> Response:
    return RedirectResponse("/grants", 303)


@pages.form("/grants/actor")
def add_actor(
    look: Changing, id: Word, name: Word = "", standing: Word = "", person: Word = "",
    left: Word = "", reason: Why = "",
) -> Response:  # fmt: skip
    with look.lent() as unit:
        access.change_actor(
            unit, look.actor, id.strip(), name=name.strip(), person=person.strip(),
            standing=next(iter(_chosen(Standing, [standing] if standing else [])), None),
            left=Interval.parse(left.strip()) if left.strip() else None, reason=reason.strip(),
        )  # fmt: skip
    return _done()


@pages.form("/grants/give")
def give(
    look: Changing, actor: Word, purpose: Word = "", case: Word = "", item: Word = "",
    everything: Word = "", until: Word = "", supervisor: Word = "", deny: Word = "",
    actions: Annotated[list[str], Form()] = [],  # noqa: B006
    classes: Annotated[list[str], Form()] = [],  # noqa: B006
) -> Response:  # fmt: skip
    _must_say(case, item, everything)
    if deny and not purpose.strip():
        raise InvalidRecord("A denial without a reason.", way_on="Say why.")
    with look.lent() as unit:
        access.give(
            unit, look.actor, actor, purpose=purpose.strip() or "any work of the unit",
            case=case.strip(), item=item.strip(), actions=_chosen(Action, actions),
            classes=_chosen(Sensitivity, classes), supervisor=supervisor, deny=bool(deny),
            until=Interval.parse(until.strip()) if until.strip() else None,
        )  # fmt: skip
    return _done()


@pages.form("/grants/recuse")
def recuse(look: Changing, why: Why, case: Word = "", item: Word = "") -> Response:
    _must_say(case, item, "")
    with look.lent() as unit:
        access.give(
            unit, look.actor, look.actor, purpose=_said(why), case=case.strip(),
            item=item.strip(), actions=(Action.READ,), deny=True,
        )  # fmt: skip
    return _done()


def _must_say(case: str, item: str, everything: str) -> None:
    said = bool(case.strip() or item.strip())
    if said == bool(everything):
        raise InvalidRecord(
            "It is not said what this is on." if not said else "Everything, and a case or item.",
            rule="A grant or denial is on a case, on an item, or on everything.",
            way_on="Name the case or the item; or choose everything.",
        )


def _said(words: str) -> str:
    if not words.strip():
        raise InvalidRecord("No reason is given.", way_on="Say why; it is kept with it.")
    return words.strip()


@pages.form("/grants/{id}/approve")
def approve(look: Changing, id: str) -> Response:
    with look.lent() as unit:
        access.approve(unit, look.actor, id)
    return _done()


@pages.form("/grants/{id}/revoke")
def revoke(look: Changing, id: str, why: Why) -> Response:
    with look.lent() as unit:
        access.revoke(unit, look.actor, id, reason=_said(why))
    return _done()


@pages.form("/grants/emergency")
def emergency(
    look: Changing, case: Word, why: Why, hours: Annotated[float, Form(gt=0, le=24)] = 24.0
) -> Response:
    with look.lent() as unit:
        access.take(unit, look.actor, case.strip(), reason=_said(why), hours=hours)
    return _done()


@pages.form("/grants/emergency/{id}/review")
def review(look: Changing, id: str, words: Why) -> Response:
    with look.lent() as unit:
        access.review(unit, look.actor, id, _said(words))
    return _done()


@pages.form("/grants/mark")
def mark(
    look: Changing, kind: Word, id: Word, why: Why, lift: Word = "",
    classes: Annotated[list[str], Form()] = [],  # noqa: B006
) -> Response:  # fmt: skip
    with look.lent() as unit:
        access.mark(
            unit, look.actor, Ref(kind, id.strip()), _chosen(Sensitivity, classes),
            reason=_said(why), lifted=bool(lift),
        )  # fmt: skip
    return _done()


@pages.form("/grants/ask")
def ask(look: Changing, act: Word, kind: Word, id: Word, why: Why) -> Response:
    with look.lent() as unit:
        access.ask(unit, look.actor, act, Ref(kind_of(kind).KIND, id.strip()), reason=_said(why))
    return _done()


@pages.form("/grants/ask/{id}/answer")
def answer(request: Request, look: Changing, id: str, confirmed: Word, why: Why = "") -> Response:
    with look.lent() as unit:
        access.answer(unit, look.actor, id, confirmed=confirmed == "yes", reason=why.strip())
    shared_of(request).forget_expunged()
    return _done()


@pages.form("/grants/invite", says="text/html")
def invite(request: Request, look: Changing, actor: Word) -> Response:
    """A link for somebody who has no way in yet; that it was made is a look in the log."""
    shared = shared_of(request)
    with look.lent() as unit:
        actors = {each.id: each for each in unit.actors()}
        whole = access.may_grant_everything(unit, look.actor)
    if not whole or actors[look.actor].standing is not Standing.LEAD:
        raise NotAllowed(
            f"{look.actor} may not invite anybody.",
            rule="A lead who may grant on everything invites.",
            way_on="Ask the unit's lead.",
        )
    if actor not in actors:
        raise UnknownName(
            f"{actor!r} is no actor of this unit.",
            rule="Whoever comes in is an actor first.",
            way_on="Add them under People.",
        )
    if shared.accounts.has_way_in(actor):
        raise NotAllowed(
            f"{actor} has a password or passkey already.",
            rule="A new link would let whoever holds it act under that name.",
            way_on="Where it is lost, the link is made on the server: reopen serve UNIT --invite "
            "NAME.",
        )
    with look.reading() as reader:
        reader.looks.at(Ref(Actor.KIND, actor), rule="invited to the board")
    token = shared.accounts.invite(actor, look.actor)
    link = f"{shared.origin}/invitation/{token}"
    page = InvitedPage(actor, actors[actor].name, link)
    return view(request, look, "invited.html.j2", page)
