"""Who held an item, event by event, and where the records of it break.

A holder is whoever received an item last, or the store it was put into where nobody is named. Not
here: what a break means (`custody_possession`), how it is drawn (`faces`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from reopen.prove.custody_order import TooMany, best, groups
from reopen.prove.custody_times import between, declared, legacy_by_item
from reopen.prove.holdings import Holdings
from reopen.records.base import Record
from reopen.records.cases import Exhibit
from reopen.records.custody import CustodyEvent, EventKind, LegacyPeriod
from reopen.records.times import Interval

SAME_SHIFT_MINUTES = 30.0
_HANDOVER = frozenset((EventKind.COLLECTED, EventKind.BOOKED, EventKind.MOVED, EventKind.RETURNED))
_NO_TIME = Interval(None, None)


@dataclass(frozen=True, slots=True)
class Break:
    """Two successive records between which the holder is not the same, or nobody is named.

    before  the last record that says who held it; None where there is none
    after   the event that does not follow from it
    """

    before: Record | None
    after: CustodyEvent
    why: str
    during: Interval


@dataclass(slots=True)
class Walk:
    """Possession followed through events in one order.

    holders  who may hand it on: the receiver and the store; empty where nobody is recorded;
             None where it is not known
    ended    disposed or lost, where that was recorded last
    unsure   events that cannot be judged, each with why
    order    the events in the order followed
    """

    holders: frozenset[str] | None
    last: Record | None
    ended: EventKind | None = None
    breaks: list[Break] = field(default_factory=list)
    unsure: list[tuple[CustodyEvent, str]] = field(default_factory=list)
    order: list[CustodyEvent] = field(default_factory=list)

    def copy(self) -> Walk:
        return Walk(
            self.holders,
            self.last,
            self.ended,
            list(self.breaks),
            list(self.unsure),
            list(self.order),
        )

    def follow(self, events: Sequence[CustodyEvent]) -> Walk:
        for event in events:
            self._step(event)
        return self

    def _step(self, event: CustodyEvent) -> None:
        self.order.append(event)
        receives = event.receiver is not None or event.event in _HANDOVER
        if self.ended is EventKind.DISPOSED and event.event is not EventKind.DISPOSED:
            self._broken(event, "comes after the record of its disposal")
        elif event.giver is not None:
            self._given(event, event.giver)
        elif receives and self.last is not None and event.receiver not in (self.holders or ()):
            self.unsure.append((event, "does not record who gave it"))
        if event.event is EventKind.LOST:
            self._broken(event, "records it lost: from then on nobody held it")
        if event.event in (EventKind.DISPOSED, EventKind.LOST):
            self.ended, self.holders, self.last = event.event, None, event
        elif receives:
            self._received(event)
        elif self.holders is None and event.store and self.ended is None:
            self.holders, self.last = frozenset((event.store,)), event

    def _given(self, event: CustodyEvent, giver: str) -> None:
        if self.holders is None or giver in self.holders:
            return
        if not self.holders:
            return  # the missing receiver has been named already
        if isinstance(self.last, CustodyEvent) and self.last.receiver is None:
            store = self.last.store
            self.unsure.append((event, f"takes it from {giver}; store {store} named no person"))
            return
        held = " or ".join(sorted(self.holders))
        self._broken(event, f"takes it from {giver}, while the last record left it with {held}")

    def _received(self, event: CustodyEvent) -> None:
        self.ended, self.last = None, event
        self.holders = frozenset(name for name in (event.receiver, event.store) if name)
        if not self.holders:
            self.breaks.append(
                Break(event, event, "records nobody who received it, and no store", event.at)
            )

    def _broken(self, event: CustodyEvent, why: str) -> None:
        start = self.last.at if isinstance(self.last, CustodyEvent) else _collected(self.last)
        self.breaks.append(Break(self.last, event, why, between(start, event.at)))


def _collected(record: Record | None) -> Interval:
    return (isinstance(record, Exhibit) and record.collected) or _NO_TIME


def start_of(holdings: Holdings, item: str) -> Walk:
    exhibit = holdings.one(Exhibit, item)
    if exhibit is not None and exhibit.collected_by and exhibit.collected:
        return Walk(frozenset((exhibit.collected_by,)), exhibit)
    return Walk(None, None)


def followed(events: Sequence[CustodyEvent], start: Walk, tolerance: timedelta) -> Walk:
    """Possession in the order recorded; where that breaks, in any order the times allow."""
    start = first_walk(start, events)
    in_order = start.copy().follow(events)
    if not in_order.breaks:
        return in_order
    walk = start
    parts = list(groups(events, tolerance))
    for place, group in enumerate(parts):
        following = parts[place + 1][:1] if place + 1 < len(parts) else ()
        try:
            walk = best(walk, group, following, tolerance, _follow, _n_breaks, _matters)
        except TooMany:
            walk = _unordered(walk, group)
    return walk


def _follow(walk: Walk, events: Sequence[CustodyEvent]) -> Walk:
    return walk.copy().follow(events)


def _n_breaks(walk: Walk) -> int:
    return len(walk.breaks)


def _matters(walk: Walk) -> object:
    return walk.holders, walk.ended


def first_walk(start: Walk, events: Sequence[CustodyEvent]) -> Walk:
    """Where to start: with nobody, where the first event itself says who collected it."""
    if isinstance(start.last, Exhibit) and events[0].event is EventKind.COLLECTED:
        return Walk(None, None)
    return start.copy()


def _unordered(walk: Walk, group: tuple[CustodyEvent, ...]) -> Walk:
    """On after a group whose order cannot be told: with no holder known."""
    why = f"is one of {len(group)} events whose times do not say which came first"
    after = walk.copy().follow(group)
    unsure = [*walk.unsure, (group[0], why)]
    return Walk(None, after.last, after.ended, list(walk.breaks), unsure, after.order)


@dataclass(frozen=True, slots=True)
class Step:
    """An event of an item, who held it afterwards, and the break before it, if there is one.

    holder  a person or a store; None where it is not known, or nobody
    stated  the declared gap that the break lies in; None where it is unexplained
    doubt   why it cannot be judged; empty where it can
    """

    event: CustodyEvent
    holder: str | None
    broken: Break | None = None
    stated: LegacyPeriod | None = None
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """An item's events in the order that fits best, and its declared gaps."""

    item: str
    steps: tuple[Step, ...]
    declared: tuple[LegacyPeriod, ...] = ()


def chain(holdings: Holdings, item: str, same_shift_minutes: float = SAME_SHIFT_MINUTES) -> Chain:
    """An item's custody, event by event."""
    events = holdings.by(CustodyEvent, "item").get(item, ())
    gaps = legacy_by_item(holdings).get(item, ())
    if not events:
        return Chain(item, (), gaps)
    start = start_of(holdings, item)
    walk = followed(events, start, timedelta(minutes=same_shift_minutes))
    again = first_walk(start, walk.order)
    breaks = {each.after.id: each for each in reversed(walk.breaks)}
    doubts = {event.id: why for event, why in walk.unsure}
    steps: list[Step] = []
    for event in walk.order:
        again.follow([event])
        broken = breaks.get(event.id)
        stated = declared(gaps, broken.during) if broken else None
        holder = _holder(event, again.holders, steps[-1].holder if steps else None)
        steps.append(Step(event, holder, broken, stated, doubts.get(event.id, "")))
    return Chain(item, tuple(steps), gaps)


def _holder(event: CustodyEvent, holders: frozenset[str] | None, before: str | None) -> str | None:
    """The one to name of a receiver and the store."""
    for name in (event.receiver, before, event.store):
        if holders and name in holders:
            return name
    return min(holders) if holders else None
