"""Whether every item was opened under the seal it was closed with: rule C3.

A seal's number is read by hand, so one slip of it is a possible misreading, shown with severity B.
Not here: who held the item (`custody_possession`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum

from reopen.prove.custody_order import TooMany, best, groups
from reopen.prove.custody_times import between, declared, legacy_by_item, thing
from reopen.prove.holdings import Holdings
from reopen.prove.misreading import one_slip, tidied
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.base import Ref
from reopen.records.cases import Exhibit, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Finding, RuleAnswer, Severity

_INSIDE = frozenset((EventKind.SAMPLED, EventKind.CONSUMED))


class _Seal(Enum):
    NOT_KNOWN = "not known"
    OPEN = "open"


_State = str | _Seal


@dataclass(frozen=True, slots=True)
class _Clash:
    """An event whose seal does not follow from the last record of it."""

    event: CustodyEvent
    last: CustodyEvent | None
    why: str
    severity: Severity = Severity.A
    aspect: str = ""


@dataclass(frozen=True, slots=True)
class _Closing:
    """A seal's number put on an item."""

    number: str
    event: CustodyEvent


@dataclass(slots=True)
class _Seals:
    """An item's seals followed through its events in one order.

    state  the number that closes it; open; or not known
    read   a number one slip away from it that was read since: either may be the right one
    last   the event that says so
    """

    state: _State = _Seal.NOT_KNOWN
    read: str | None = None
    last: CustodyEvent | None = None
    clashes: list[_Clash] = field(default_factory=list)
    unsure: list[tuple[CustodyEvent, str]] = field(default_factory=list)
    closings: list[_Closing] = field(default_factory=list)
    judged: int = 0

    def copy(self) -> _Seals:
        return _Seals(
            self.state,
            self.read,
            self.last,
            list(self.clashes),
            list(self.unsure),
            list(self.closings),
            self.judged,
        )

    def follow(self, events: Sequence[CustodyEvent]) -> _Seals:
        for event in events:
            self._step(event)
        return self

    def _step(self, event: CustodyEvent) -> None:
        found = tidied(event.seal_before) if event.seal_before else None
        closed = tidied(event.seal_after) if event.seal_after else None
        opens = event.event is EventKind.OPENED
        if found is not None:
            self._found(event, found)
        elif opens and isinstance(self.state, str):
            self.unsure.append((event, "The number of the seal that was opened is not recorded."))
        elif event.event in _INSIDE and isinstance(self.state, str):
            self.clashes.append(_unopened(event, self.last, self.state))
        if opens and not (event.by or event.receiver):
            self.clashes.append(_nobody(event, self.last))
        if closed is not None and closed not in (found, self.state):
            self.closings.append(_Closing(closed, event))
        self._now(event, found, closed)
        if found or closed or opens:
            self.last = event

    def _found(self, event: CustodyEvent, found: str) -> None:
        """Judge a number found on an item against the last record of its seal."""
        if self.state is _Seal.NOT_KNOWN:
            self.unsure.append((event, f"No record says that seal {found} was put on."))
            return
        self.judged += 1
        if self.state is _Seal.OPEN:
            why = f"finds seal {found} on an item last recorded open"
            self.clashes.append(_Clash(event, self.last, why))
        elif found not in (self.state, self.read):
            slip = self._is_slip(found)
            why = f"finds seal {found}, while it was closed with {self.state}"
            why += ": one sign apart, possibly a misreading" if slip else ""
            severity = Severity.B if slip else Severity.A
            self.clashes.append(_Clash(event, self.last, why, severity))

    def _now(self, event: CustodyEvent, found: str | None, closed: str | None) -> None:
        """What closes the item after an event. A number one slip away takes no other's place."""
        after = _next(event, self.state, found, closed)
        if after == found and self._is_slip(found):
            self.read = found
            return
        if after != self.state:
            self.read = None
        self.state = after

    def _is_slip(self, found: str | None) -> bool:
        if found is None or not isinstance(self.state, str):
            return False
        return found == self.read or one_slip(found, self.state)


@rule(
    "C3",
    "Seal continuity",
    severity=Severity.A,
    needs=(CustodyEvent,),
    asks="Was each item found under the seal it was last closed with, and opened by somebody?",
    checks=(
        "A number misread or mistyped: compare the photograph of the seal, and the seal itself.",
        "An outer bag with a seal of its own: ask which of the two was written down.",
        "An opening for a repair or a second search that was not entered: ask the last holder.",
        "A seal from a box whose numbers start again: ask the supplier for its ranges.",
    ),
    learnt="NISTIR 7928",
    numbers={"C3.order_minutes": (2.0, "minutes within which two events may be in either order")},
)
def seal_continuity(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tolerance = timedelta(minutes=settings.number("C3.order_minutes", 2.0))
    legacy = legacy_by_item(holdings)
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    closings: list[_Closing] = []
    judged = 0
    for item, events in holdings.by(CustodyEvent, "item").items():
        followed = _followed(events, tolerance)
        judged += followed.judged
        closings += followed.closings
        unable += [(str(event.ref), why) for event, why in followed.unsure]
        for clash in followed.clashes:
            start = clash.last.at if clash.last else clash.event.at
            stated = declared(legacy.get(item, ()), between(start, clash.event.at))
            if stated:
                why = f"The seal lies in a stated gap ({stated.during}): {stated.why}."
                unable.append((str(clash.event.ref), why))
            else:
                findings.append(_told(holdings, str(item), clash))
    findings += _reused(holdings, closings)
    if not judged and not closings and not findings:
        unable.append(("custody events", "None of them records a seal."))
    return answer("C3", findings, looked_at=judged + len(closings), could_not=unable)


def _followed(events: Sequence[CustodyEvent], tolerance: timedelta) -> _Seals:
    """Seals in the order recorded; where they clash, in the order that the times allow best."""
    in_order = _Seals().follow(events)
    if not in_order.clashes:
        return in_order
    seals = _Seals()
    parts = list(groups(events, tolerance))
    for place, group in enumerate(parts):
        following = parts[place + 1][:1] if place + 1 < len(parts) else ()
        try:
            seals = best(seals, group, following, tolerance, _follow, _n_clashes, _matters)
        except TooMany:
            why = f"One of {len(group)} events whose times do not say which came first."
            after = _follow(seals, group)
            after.clashes, after.state = list(seals.clashes), _Seal.NOT_KNOWN
            after.unsure.append((group[0], why))
            seals = after
    return seals


def _follow(seals: _Seals, events: Sequence[CustodyEvent]) -> _Seals:
    return seals.copy().follow(events)


def _n_clashes(seals: _Seals) -> int:
    """A possible misreading counts as half a clash."""
    return sum(2 if each.severity is Severity.A else 1 for each in seals.clashes)


def _matters(seals: _Seals) -> object:
    return seals.state, seals.read


def _next(event: CustodyEvent, state: _State, found: str | None, closed: str | None) -> _State:
    if closed is not None:
        return closed
    if event.event is EventKind.OPENED or event.event in _INSIDE:
        return _Seal.OPEN
    if event.event is EventKind.SEALED:
        return _Seal.NOT_KNOWN
    return found if found is not None else state


def _unopened(event: CustodyEvent, last: CustodyEvent | None, state: str) -> _Clash:
    why = f"takes from inside an item closed with seal {state}, and no record opens it"
    return _Clash(event, last, why)


def _nobody(event: CustodyEvent, last: CustodyEvent | None) -> _Clash:
    return _Clash(event, last, "names nobody who opened it", aspect="opener")


def _told(holdings: Holdings, item: str, clash: _Clash) -> Finding:
    about = thing(holdings, item)
    event = clash.event
    photo = f" Photograph: {event.photo}." if event.photo else ""
    sentence = f"Event {event.id} ({event.event}, {event.at}) of {about} {clash.why}.{photo}"
    records = [about, *([clash.last.ref] if clash.last else []), event.ref]
    case = holdings.case_of(item)
    return finding("C3", clash.severity, sentence, records, case=case, aspect=clash.aspect)


def _reused(holdings: Holdings, closings: Sequence[_Closing]) -> Iterator[Finding]:
    """Numbers that closed two things, or one thing twice."""
    by_number: dict[str, list[_Closing]] = defaultdict(list)
    for closing in closings:
        by_number[closing.number].append(closing)
    found_at: Mapping[object, tuple[CustodyEvent, ...]] = holdings.by(CustodyEvent, "item")
    for number, every in by_number.items():
        if len(every) < 2:
            continue
        apart = [each for each in every[1:] if not _one_bag(holdings, every[0], each)]
        if not apart:
            continue
        closed = [every[0], *apart]
        slip = any(_next_found_is_slip(found_at[each.event.item], each) for each in closed)
        severity = Severity.B if slip else Severity.A
        told = ", ".join(f"{each.event.item} ({each.event.at})" for each in closed)
        also = " A later reading differs by one sign: possibly a misreading." if slip else ""
        records: list[Ref] = [thing(holdings, closed[0].event.item)]
        records += [each.event.ref for each in closed]
        case = holdings.case_of(closed[0].event.item)
        sentence = f"Seal {number} was put on more than once: {told}.{also}"
        yield finding("C3", severity, sentence, records, case=case, aspect="used twice")


def _one_bag(holdings: Holdings, one: _Closing, other: _Closing) -> bool:
    """Two things closed in one bag: other items of one case or parent, at one time."""
    if one.event.item == other.event.item or not one.event.at.may_meet(other.event.at):
        return False
    return _family(holdings, one.event.item) == _family(holdings, other.event.item)


def _family(holdings: Holdings, item: str) -> str | None:
    held = holdings.one(Exhibit, item) or holdings.one(Sample, item)
    return (held and held.parent) or holdings.case_of(item)


def _next_found_is_slip(events: Sequence[CustodyEvent], closing: _Closing) -> bool:
    """The number read next on that item is one slip away, so the closing may be mistyped."""
    after = iter(events)
    for event in after:
        if event.id == closing.event.id:
            break
    for event in after:
        if event.seal_before:
            return one_slip(tidied(event.seal_before), closing.number)
    return False
