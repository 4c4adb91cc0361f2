"""Custody in a unit: an event recorded, a handover confirmed, a gap declared, a queue submitted.

Every call says who acts. Not here: reading scanned codes (`custody_scan`), judging a queue
(`custody_judged`), drawing (`custody_shown`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.report.custody_timeline import CustodyTimeline, custody_timeline
from reopen.faces.report.svg import PAPER
from reopen.faces.workbench.custody_scan import Scanning
from reopen.faces.workbench.custody_shown import timeline_of
from reopen.prove.custody_chain import Chain, chain
from reopen.prove.holdings import Holdings
from reopen.prove.rules import RULES, ask
from reopen.records.access import Actor
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Person, Place, Sample
from reopen.records.custody import (
    CustodyEvent,
    EventKind,
    LegacyPeriod,
)
from reopen.records.laboratory import Consumable
from reopen.records.times import Interval
from reopen.store.reader import Reader
from reopen.store.unit import Unit

QUEUE_MEDIA = "application/x-ndjson"
_SVG = "http://www.w3.org/2000/svg"
_FONTS = "system-ui, sans-serif"
ITEMS = (Exhibit, Sample, Consumable)
Item = Exhibit | Sample | Consumable
_ASKED_AT_ONCE = ("C1", "C3", "C6")  # possession, seals, amounts: while people still know


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event as the unit holds it now.

    entry    its place in the log
    doubts   where it does not follow from the records before it: to be mended while people know
    """

    event: CustodyEvent
    entry: int
    doubts: tuple[str, ...] = ()

    @property
    def waits_for(self) -> str | None:
        """Who has yet to confirm the handover."""
        event = self.event
        handed_over = event.giver and event.receiver and event.confirmed is None
        return event.receiver if handed_over else None


@dataclass(frozen=True, slots=True)
class ItemCustody:
    """An item's custody, as a reader may see it, and its picture."""

    item: str
    chain: Chain
    timeline: CustodyTimeline


def new_event_id(item: str, now: datetime) -> str:
    """A name of its own for an event: what, when, and four random characters."""
    return f"{item}/{now:%Y%m%dT%H%M%S}-{secrets.token_hex(2)}"


def record_events(
    unit: Unit, actor: str, events: Iterable[CustodyEvent], *, purpose: str = ""
) -> tuple[Recorded, ...]:
    """Keep events, all or none, and say where they do not follow from what is recorded.

    Raises UnknownName for an item that the unit does not hold, unless the event collects it.
    """
    every = tuple(events)
    with unit.reading(actor, purpose=purpose) as reader:
        for event in every:
            if event.event is not EventKind.COLLECTED:
                _must_be_held(reader, event.item)
        doubts = {event.id: doubts_of(reader, event) for event in every}
    with unit.writing(actor, purpose=purpose) as writer:
        puts = [writer.put(event) for event in every]
    return tuple(
        Recorded(event, put.entry, doubts[event.id]) for event, put in zip(every, puts, strict=True)
    )


def confirm(unit: Unit, actor: str, id: str, *, purpose: str = "") -> Recorded:
    """Confirm a handover as its other party: the giver or the receiver who did not record it.

    Raises UnknownName, InvalidRecord.
    """
    names = names_of(unit, actor)
    with unit.reading(actor, purpose=purpose) as reader:
        held = reader.version(Ref(CustodyEvent.KIND, id))
    if held is None:
        raise UnknownName(
            f"There is no custody event {id!r} that {actor} may see.",
            rule="A handover is confirmed by the name of its event.",
            way_on="Copy it from where it was recorded, or from: reopen custody timeline",
        )
    event = held.record
    assert isinstance(event, CustodyEvent)
    if not (event.giver and event.receiver) or names.isdisjoint((event.giver, event.receiver)):
        raise InvalidRecord(
            f"{actor} is no party to event {id} ({event.giver} to {event.receiver}).",
            rule="A handover is confirmed by whoever gave or received.",
            way_on="Let that person confirm it, under their own name.",
        )
    if event.by in names or event.confirmed is not None:
        done = "recorded it" if event.by in names else f"finds it confirmed by {event.confirmed}"
        raise InvalidRecord(
            f"{actor} {done}, and cannot confirm event {id}.",
            rule="A handover takes two people: one records it, the other confirms it, once.",
            way_on="Nothing is to be done, or the other person does it.",
        )
    confirmed = replace(event, confirmed=person_of(unit, actor))
    with unit.writing(actor, purpose=purpose, reason="handover confirmed") as writer:
        put = writer.put(confirmed, at_version=held.version)
    return Recorded(confirmed, put.entry)


def declare_gap(
    unit: Unit, actor: str, item: str, during: Interval, why: str, *, purpose: str = ""
) -> LegacyPeriod:
    """State a paper period of an item that nobody can reconstruct. Raises UnknownName."""
    gap = LegacyPeriod(id=f"{item} {during}", item=item, during=during, why=why, declared_by=actor)
    with unit.reading(actor, purpose=purpose) as reader:
        _must_be_held(reader, item)
    with unit.writing(actor, purpose=purpose) as writer:
        writer.put(gap)
    return gap


def custody_of(
    unit: Unit, actor: str, item: str, *, purpose: str = "", supervisor: str = ""
) -> ItemCustody:
    """An item's custody from the records that the actor may see. Raises UnknownName."""
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        return custody_in(reader, item)


def custody_in(reader: Reader, item: str) -> ItemCustody:
    """As `custody_of`, for a reader that is at hand."""
    held = _must_be_held(reader, item)
    now = reader.asker.moment
    followed = chain(Holdings(_records_of(reader, item), now=now), item)
    return ItemCustody(item, followed, timeline_of(followed, f"Custody of {held.ref}", now))


def picture_file(custody: ItemCustody) -> str:
    """The picture as an SVG file that stands alone."""
    drawn = str(custody_timeline(custody.timeline))
    alone = f'<svg xmlns="{_SVG}" font-family="{_FONTS}" style="background: {PAPER}" '
    return drawn.replace("<svg ", alone, 1) + "\n"  # dark pages show it on paper too


def begin_scanning(unit: Unit, actor: str) -> Scanning:
    """A session of scanning, which knows the unit's items, people and places."""
    people = {name for each in unit.actors() for name in (each.id, each.person) if name}

    def known(code: str) -> list[str]:
        with unit.reading(actor) as reader:
            if code in people:  # a badge, which everybody knows
                refs = (Ref(kind.KIND, code) for kind in ITEMS)
                return ["person"] + ["item" for ref in refs if reader.rule(ref)]
            found = reader.named(code, *ITEMS, Place, Person)
        return ["item" if isinstance(each, ITEMS) else each.KIND for each in found]

    return Scanning(known, new_event_id, person_of(unit, actor))


# --- what is held --------------------------------------------------------------------------------


def held_item(reader: Reader, item: str) -> Item | None:
    """The exhibit, sample or standard of that id, as far as the reader may see it."""
    return next(iter(_items(reader.named(item, *ITEMS))), None)


def held_items(reader: Reader, items: Sequence[str]) -> dict[str, Item | None]:
    """As `held_item`, of many: those that the unit does not hold are no refused looks."""
    found: dict[str, Item | None] = dict.fromkeys(items)
    for kind in ITEMS:
        found.update((each.id, each) for each in _items(reader.some(kind, items)))
    return found


def _items(records: Iterable[Record]) -> Iterator[Item]:
    return (each for each in records if isinstance(each, ITEMS))


def _must_be_held(reader: Reader, item: str) -> Record:
    held = held_item(reader, item)
    if held is None:
        raise UnknownName(
            f"There is no exhibit, sample or standard {item!r} that {reader.actor} may see.",
            rule="Custody is recorded of what the unit holds.",
            way_on="Check the number; a new exhibit is imported first: reopen import UNIT FILE",
        )
    return held


def _records_of(reader: Reader, item: str) -> list[Record]:
    held = held_item(reader, item)
    records: list[Record] = [held] if held else []
    records += reader.all(CustodyEvent, item=item)
    records += reader.all(LegacyPeriod, item=item)
    return [each for each in records if getattr(each, "item", item) == item]


def doubts_of(reader: Reader, event: CustodyEvent) -> tuple[str, ...]:
    """What does not follow from the records, were this event among them."""
    others = [each for each in _records_of(reader, event.item) if each.ref != event.ref]
    holdings = Holdings([*others, event], now=reader.asker.moment)
    answers = (ask(RULES[rule], holdings) for rule in _ASKED_AT_ONCE)
    return tuple(
        finding.sentence
        for answer in answers
        for finding in answer.findings
        if event.ref in finding.records
    )


def _actor(unit: Unit, name: str) -> Actor | None:
    return next((actor for actor in unit.actors() if actor.id == name), None)


def person_of(unit: Unit, actor: str) -> str:
    """The name by which custody events know an actor."""
    found = _actor(unit, actor)
    return (found.person if found else None) or actor


def names_of(unit: Unit, actor: str) -> frozenset[str]:
    """All names by which custody events may know an actor."""
    found = _actor(unit, actor)
    return frozenset(filter(None, (actor, found.person if found else None)))
