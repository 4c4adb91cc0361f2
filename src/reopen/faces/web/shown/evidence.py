"""Evidence: exhibits, and one with its custody, what was made from it, and what was found on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from reopen.errors import UnknownName
from reopen.faces.report.custody_timeline import Happening, Stretch, custody_timeline
from reopen.faces.web.looks import Look
from reopen.faces.web.names_in_paths import name_in_path
from reopen.faces.web.pages import Looking, Pages
from reopen.faces.web.shared import Changing
from reopen.faces.web.words import interval
from reopen.faces.workbench import custody
from reopen.faces.workbench.access import may_tell_who
from reopen.faces.workbench.audit_shown import title_of
from reopen.faces.workbench.custody_given import event_of
from reopen.faces.workbench.exhibits import (
    Found,
    ItemView,
    Made,
    Result,
    Told,
    find_exhibits,
    item_view,
)
from reopen.prove.custody_chain import Step
from reopen.records.access import Action
from reopen.records.cases import Exhibit, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Finding
from reopen.records.results import Amendment, Request
from reopen.records.times import Interval
from reopen.store.reader import Reader

pages = Pages("Evidence")
router = pages.router

Word = Annotated[str, Form(max_length=300)]
MOST = 50
_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExhibitLine:
    id: str
    case: str
    description: str
    collected: str
    parent: str


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """Exhibits that the actor may see. total: of all; next: where the next page begins."""

    exhibits: tuple[ExhibitLine, ...]
    words: str
    after: int | None
    next: int | None
    total: int


@dataclass(frozen=True, slots=True)
class EventLine:
    """A row of the custody: an event, or a gap between events ('declared', 'unexplained')."""

    when: str
    told: str
    details: tuple[str, ...]
    doubt: str
    gap: str


@dataclass(frozen=True, slots=True)
class SealLine:
    """A seal as an event found or left it."""

    when: str
    event: str
    found: str
    closed: str


@dataclass(frozen=True, slots=True)
class MadeLine:
    """What was taken from the item. depth: 1 from itself, 2 from that, ..."""

    id: str
    kind: str
    what: str
    taken: str
    by: str
    depth: int


@dataclass(frozen=True, slots=True)
class RequestLine:
    item: str
    test: str
    asked: str
    sent: str
    answered: str
    declined: str
    reason: str


@dataclass(frozen=True, slots=True)
class AmendmentLine:
    at: str
    by: str
    before: int
    after: int
    reason: str
    changed: tuple[str, ...]
    new_data: bool | None


@dataclass(frozen=True, slots=True)
class ResultBlock:
    """A result with every version side by side."""

    number: str
    sample: str
    versions: tuple[str, ...]
    told: tuple[Told, ...]
    amendments: tuple[AmendmentLine, ...]


@dataclass(frozen=True, slots=True)
class FindingLine:
    id: str
    rule: str
    title: str
    severity: str
    sentence: str


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A handover that waits for its second person. yours: it waits for you."""

    event: str
    told: str
    yours: bool


@dataclass(frozen=True, slots=True)
class ProfileLine:
    id: str
    purpose: str
    kit: str


@dataclass(frozen=True, slots=True)
class PictureLine:
    """A picture of the item, which is shown when it is asked for. may_export: the actor may take it
    out."""

    sha256: str
    name: str
    bytes: int
    shown: bool
    may_export: bool = False


@dataclass(frozen=True, slots=True)
class ItemPage:
    """An exhibit, sample or standard.

    picture    its custody as SVG, which `events` has as rows
    doubts     what does not follow from the records, of the event just recorded
    tells_who  whether the actor may be told who sees it
    """

    id: str
    kind: str
    cases: tuple[str, ...]
    description: str
    collected: str
    collected_by: str
    collected_at: str
    substrate: str
    above: tuple[str, ...]
    picture: str
    events: tuple[EventLine, ...]
    seals: tuple[SealLine, ...]
    waiting: tuple[WaitingLine, ...]
    made: tuple[MadeLine, ...]
    requests: tuple[RequestLine, ...]
    results: tuple[ResultBlock, ...]
    profiles: tuple[ProfileLine, ...]
    findings: tuple[FindingLine, ...]
    pictures: tuple[PictureLine, ...]
    recorded: str
    doubts: tuple[str, ...]
    tells_who: bool
    event_kinds: tuple[str, ...]
    people: tuple[str, ...]


@pages.page("/evidence", "evidence.html.j2")
def evidence_page(
    reader: Reader,
    words: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> EvidencePage:
    """The exhibits that you may see."""
    found: Found = find_exhibits(reader, words, after=after, most=MOST)
    lines = tuple(
        ExhibitLine(e.id, e.case, e.description, interval(e.collected), e.parent or "")
        for e in found.exhibits
    )
    return EvidencePage(lines, words, after, found.next, reader.count(Exhibit))


@pages.page("/evidence/{id}", "exhibit.html.j2")
def item_page(
    look: Look,
    id: str,
    recorded: Annotated[str, Query(max_length=300)] = "",
    show: Annotated[str, Query(max_length=64)] = "",
) -> ItemPage:
    """One exhibit, sample or standard. show: a picture of it, by its SHA-256; the others stay
    veiled."""
    with look.reading() as reader:
        view = item_view(reader, id)
        event = reader.get(CustodyEvent, recorded) if recorded else None
        doubts = custody.doubts_of(reader, event) if event and event.item == id else ()
    may = look.may_export(each.ref for each in view.pictures)
    with look.lent() as unit:
        tells = may_tell_who(unit, look.actor, view.item.ref)
        me = custody.names_of(unit, look.actor)
        people = tuple(each.person or each.id for each in unit.actors())
    pictures = tuple(
        PictureLine(each.id, each.name, each.bytes, each.id == show, each.ref in may)
        for each in view.pictures
    )
    return _item(view, event.id if event else "", pictures, doubts, tells, me, people)


def _item(
    view: ItemView, recorded: str, pictures: tuple[PictureLine, ...], doubts: tuple[str, ...],
    tells: bool, me: frozenset[str], people: tuple[str, ...],
) -> ItemPage:  # fmt: skip
    item, timeline = view.item, view.custody.timeline
    taken = (item.collected if isinstance(item, Exhibit) else None) or (
        item.taken if isinstance(item, Sample) else None
    )
    return ItemPage(
        id=item.id,
        kind=item.KIND,
        cases=view.cases,
        description=_what(item),
        collected=interval(taken),
        collected_by=_by(item),
        collected_at=(item.collected_at or "") if isinstance(item, Exhibit) else "",
        substrate=item.substrate if isinstance(item, Exhibit) else "",
        above=view.above,
        picture=str(custody_timeline(timeline)) if timeline.rows else "",
        events=tuple(_event(row) for row in timeline.rows),
        seals=tuple(line for step in view.custody.chain.steps for line in _seals(step)),
        waiting=tuple(_waiting(each, me) for each in view.waiting),
        made=tuple(_made(each) for each in view.made),
        requests=tuple(_request(each) for each in view.requests),
        results=tuple(_result(each) for each in view.results),
        profiles=tuple(ProfileLine(each.id, each.purpose, each.kit) for each in view.profiles),
        findings=tuple(_finding(each) for each in view.findings),
        pictures=pictures,
        recorded=recorded,
        doubts=doubts,
        tells_who=tells,
        event_kinds=tuple(EventKind),
        people=people,
    )


def _what(item: custody.Item) -> str:
    if isinstance(item, Exhibit):
        return item.description
    return item.kind if isinstance(item, Sample) else f"{item.consumable} {item.lot}".strip()


def _by(item: custody.Item) -> str:
    if isinstance(item, Exhibit):
        return item.collected_by or ""
    return (item.taken_by or "") if isinstance(item, Sample) else ""


def _event(row: Happening | Stretch) -> EventLine:
    if isinstance(row, Stretch):
        return EventLine("", row.told, (), "", row.gap)
    return EventLine(row.when, row.told, row.details, row.doubt, "")


def _seals(step: Step) -> tuple[SealLine, ...]:
    event = step.event
    if not (event.seal_before or event.seal_after):
        return ()
    return (
        SealLine(interval(event.at), event.event.value, event.seal_before or "",
                 event.seal_after or ""),
    )  # fmt: skip


def _waiting(event: CustodyEvent, me: frozenset[str]) -> WaitingLine:
    party = not me.isdisjoint((event.giver, event.receiver)) and event.by not in me
    told = f"{event.event.value}: {event.giver} to {event.receiver}, {interval(event.at)}"
    return WaitingLine(event.id, told, party)


def _made(made: Made) -> MadeLine:
    one = made.item
    taken: Interval | None = one.collected if isinstance(one, Exhibit) else one.taken
    return MadeLine(one.id, one.KIND, _what(one), interval(taken), _by(one), made.depth)


def _request(each: Request) -> RequestLine:
    return RequestLine(
        each.item, each.test, interval(each.asked), interval(each.sent), interval(each.answered),
        interval(each.declined), each.decline_reason,
    )  # fmt: skip


def _result(each: Result) -> ResultBlock:
    changes = tuple(_amendment(one) for one in each.amendments)
    return ResultBlock(each.number, each.sample, each.versions, each.told, changes)


def _amendment(one: Amendment) -> AmendmentLine:
    return AmendmentLine(
        interval(one.at), one.by or "", one.before, one.after, one.reason, one.changed,
        one.new_data,
    )  # fmt: skip


def _finding(each: Finding) -> FindingLine:
    title = title_of(each)
    return FindingLine(each.id, each.rule, title, each.severity.value, each.sentence)


@pages.form("/evidence-event")
def record_event(
    look: Changing, item: Word, event: Word, giver: Word = "", receiver: Word = "", at: Word = "",
    place: Word = "", store: Word = "", found: Word = "", closed: Word = "", amount: Word = "",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:  # fmt: skip
    item = item.strip()
    with look.lent() as unit:
        now = unit.clock().astimezone(UTC)
        made = event_of(
            custody.new_event_id(item, now), item, event, giver.strip(), receiver.strip(),
            at.strip(), place.strip(), store.strip(), found.strip(), closed.strip(), "",
            amount.strip(), None, note.strip(), by=custody.person_of(unit, look.actor), now=now,
        )  # fmt: skip
        custody.record_events(unit, look.actor, [made], purpose=look.session.purpose)
    return RedirectResponse(_path(item, made.id), 303)


@pages.form("/evidence-confirm")
def confirm(look: Changing, event: Word) -> Response:
    with look.lent() as unit:
        done = custody.confirm(unit, look.actor, event, purpose=look.session.purpose)
    return RedirectResponse(_path(done.event.item, done.event.id), 303)


@pages.form("/evidence-gap")
def declare_gap(look: Changing, item: Word, during: Word, why: Word) -> Response:
    with look.lent() as unit:
        period = Interval.parse(during.strip())
        custody.declare_gap(
            unit, look.actor, item.strip(), period, why.strip(), purpose=look.session.purpose
        )
    return RedirectResponse(_path(item.strip()), 303)


@pages.file("/evidence-picture/{sha256}", *_PICTURES.values())
def picture(look: Looking, sha256: str) -> Response:
    """A kept picture: shown as what its bytes are, and nothing else is."""
    with look.reading() as reader:
        data = reader.file(sha256)
    media = next((kind for magic, kind in _PICTURES.items() if data.startswith(magic)), "")
    if not media:
        raise UnknownName(
            f"The file {sha256} is no picture that can be shown.",
            rule="Shown are PNG, JPEG and GIF, by what their bytes are.",
            way_on="Take the file out, with a grant to export it.",
        )
    return Response(data, media_type=media)


@pages.file("/evidence-file/{sha256}", "application/octet-stream")
def file(look: Looking, sha256: str) -> Response:
    """A kept file, taken out."""
    with look.reading(Action.EXPORT) as reader:
        data = reader.file(sha256)
    headers = {"Content-Disposition": f'attachment; filename="{sha256}"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


def _path(item: str, recorded: str = "") -> str:
    """The item's page. recorded: the event that it tells the doubts of."""
    asked = f"?recorded={name_in_path(recorded)}" if recorded else ""
    return f"/evidence/{name_in_path(item)}{asked}"
