"""Whether each item was always with somebody: rule C1.

A holder is whoever received an item last, or the store it was put into where nobody is named. Not
here: places and travel (`custody_places`), seals (`custody_seals`), stores (`custody_stores`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations

from reopen.prove.custody_times import between, declared, legacy_by_item, thing
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.base import Record
from reopen.records.cases import Exhibit
from reopen.records.custody import CustodyEvent, EventKind, LegacyPeriod
from reopen.records.findings import Finding, RuleAnswer, Severity
from reopen.records.times import Interval

_HANDOVER = frozenset((EventKind.COLLECTED, EventKind.BOOKED, EventKind.MOVED, EventKind.RETURNED))
_MOST_ORDERS = 6  # events of uncertain order that are tried in every order: 720 ways
_NO_TIME = Interval(None, None)


@dataclass(frozen=True, slots=True)
class _Break:
    """Two successive records between which the holder is not the same, or nobody is named."""

    before: Record | None
    after: CustodyEvent
    why: str
    during: Interval


@dataclass(slots=True)
class _Walk:
    """Possession followed through events in one order.

    holders  who may hand it on: the receiver and the store; empty where nobody is recorded;
             None where it is not known
    """

    holders: frozenset[str] | None
    last: Record | None
    ended: EventKind | None = None
    breaks: list[_Break] = field(default_factory=list)
    unsure: list[tuple[CustodyEvent, str]] = field(default_factory=list)

    def copy(self) -> _Walk:
        return _Walk(self.holders, self.last, self.ended, list(self.breaks), list(self.unsure))

    def follow(self, events: Sequence[CustodyEvent]) -> _Walk:
        for event in events:
            self._step(event)
        return self

    def _step(self, event: CustodyEvent) -> None:
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
                _Break(event, event, "records nobody who received it, and no store", event.at)
            )

    def _broken(self, event: CustodyEvent, why: str) -> None:
        start = self.last.at if isinstance(self.last, CustodyEvent) else _collected(self.last)
        self.breaks.append(_Break(self.last, event, why, between(start, event.at)))


def _collected(record: Record | None) -> Interval:
    return (isinstance(record, Exhibit) and record.collected) or _NO_TIME


@rule(
    "C1",
    "Unbroken possession",
    severity=Severity.A,
    needs=(CustodyEvent,),
    asks="Does each handover of an item start from whoever the last one left it with?",
    checks=(
        "A handover on paper that was not entered: ask both people for their notebooks.",
        "Two people of one shift who took turns: compare the shift's list.",
        "A courier or storekeeper left out of the form: ask for the transport or store book.",
        "One person under two names or numbers: compare the personnel list.",
    ),
    learnt="Orange County; NISTIR 7928",
    numbers={
        "C1.same_shift_minutes": (30.0, "minutes within which two events may be in either order")
    },
)
def unbroken_possession(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tolerance = timedelta(minutes=settings.number("C1.same_shift_minutes", 30.0))
    legacy = legacy_by_item(holdings)
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    looked_at = 0
    for item, events in holdings.by(CustodyEvent, "item").items():
        name = str(item)
        walk = _followed(events, _start(holdings, name), tolerance)
        looked_at += 1
        unable += [(str(event.ref), f"{why}.") for event, why in walk.unsure]
        for found in walk.breaks:
            stated = declared(legacy.get(item, ()), found.during)
            if stated:
                unable.append((str(found.after.ref), _legacy(name, stated)))
            else:
                findings.append(_no_holder(holdings, name, found))
    unable += [
        (str(exhibit.ref), "It has no custody events.")
        for exhibit in holdings.of(Exhibit)
        if exhibit.id not in holdings.by(CustodyEvent, "item")
    ]
    return answer("C1", findings, looked_at=looked_at, could_not=unable)


def _start(holdings: Holdings, item: str) -> _Walk:
    exhibit = holdings.one(Exhibit, item)
    if exhibit is not None and exhibit.collected_by and exhibit.collected:
        return _Walk(frozenset((exhibit.collected_by,)), exhibit)
    return _Walk(None, None)


def _followed(events: Sequence[CustodyEvent], start: _Walk, tolerance: timedelta) -> _Walk:
    """Possession in the order recorded; where that breaks, in any order the times allow."""
    if isinstance(start.last, Exhibit) and events[0].event is EventKind.COLLECTED:
        start = _Walk(None, None)  # the event itself says who collected it
    in_order = start.copy().follow(events)
    if not in_order.breaks:
        return in_order
    walk = start
    groups = list(_groups(events, tolerance))
    for place, group in enumerate(groups):
        following = groups[place + 1][:1] if place + 1 < len(groups) else ()
        walk = _best(walk, group, following, tolerance)
    return walk


def _groups(
    events: Sequence[CustodyEvent], tolerance: timedelta
) -> Iterator[tuple[CustodyEvent, ...]]:
    """Events cut where the order is certain."""
    group: list[CustodyEvent] = []
    for event in events:
        if group and all(_first(before, event, tolerance) for before in group):
            yield tuple(group)
            group = []
        group.append(event)
    yield tuple(group)


def _first(one: CustodyEvent, other: CustodyEvent, tolerance: timedelta) -> bool:
    """The one was certainly earlier, by more than the tolerance."""
    if one.at.latest is None or other.at.earliest is None:
        return False
    return one.at.latest + tolerance < other.at.earliest


def _best(
    walk: _Walk,
    group: tuple[CustodyEvent, ...],
    following: Sequence[CustodyEvent],
    tolerance: timedelta,
) -> _Walk:
    """The walk on through a group in the order with the fewest breaks, up to the next event."""
    in_order = walk.copy().follow(group)
    if len(group) == 1 or len(in_order.copy().follow(following).breaks) == len(walk.breaks):
        return in_order
    if len(group) > _MOST_ORDERS:
        return _unordered(walk, in_order, group)
    orders = (order for order in permutations(group) if _possible(order, tolerance))
    best, fewest = in_order, len(in_order.copy().follow(following).breaks)
    for order in orders:
        tried = walk.copy().follow(order)
        broken = len(tried.copy().follow(following).breaks)
        if broken < fewest:
            best, fewest = tried, broken
    return best


def _unordered(walk: _Walk, after: _Walk, group: tuple[CustodyEvent, ...]) -> _Walk:
    why = f"is one of {len(group)} events whose times do not say which came first"
    unsure = [*walk.unsure, (group[0], why)]
    return _Walk(None, after.last, after.ended, list(walk.breaks), unsure)


def _possible(order: Sequence[CustodyEvent], tolerance: timedelta) -> bool:
    return not any(
        _first(later, earlier, tolerance)
        for place, earlier in enumerate(order)
        for later in order[place + 1 :]
    )


def _legacy(item: str, period: LegacyPeriod) -> str:
    return f"It lies in a stated gap of {item} ({period.during}): {period.why}."


def _no_holder(holdings: Holdings, item: str, found: _Break) -> Finding:
    records = [found.before] if found.before and found.before is not found.after else []
    about = thing(holdings, item)
    sentence = f"{_upper(found.after)} of {about} ({found.after.at}) {found.why}."
    named = [about, *(each.ref for each in (*records, found.after) if each.ref != about)]
    return finding("C1", Severity.A, sentence, named, case=holdings.case_of(item))


def _upper(event: CustodyEvent) -> str:
    return f"Event {event.id} ({event.event})"
