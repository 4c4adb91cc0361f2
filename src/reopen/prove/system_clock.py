"""Whether times can be as written: the future, the past of a device, back-dating. Rule S3.

Not here: travel between places (`custody_places`), changes before a trial (results).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

from reopen.prove.custody_times import declared, legacy_by_item, shortest_after
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.access import ReadEvent
from reopen.records.base import Record
from reopen.records.cases import Examination
from reopen.records.custody import CustodyEvent, StoreEntry, StoreReading
from reopen.records.findings import Finding, RuleAnswer, Severity
from reopen.records.laboratory import ConsumableUse, Injection, Quantification
from reopen.records.results import Amendment, CaseAction, LabResult, Milestone
from reopen.records.times import Interval

_HAPPENED: tuple[type[Record], ...] = (
    CustodyEvent, StoreEntry, StoreReading, Examination, Injection, Quantification, ConsumableUse,
    LabResult, Amendment, CaseAction, ReadEvent,
)  # fmt: skip
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class _Limits:
    """As durations: clock between server and device, back-dating at a desk, and of a queue."""

    clock: timedelta
    desk: timedelta
    queue: timedelta


@rule(
    "S3",
    "Clock",
    severity=Severity.A,
    needs=(CustodyEvent,),
    asks="Can each event have happened when its record says, and was it entered in time?",
    checks=(
        "A device whose clock was set wrong or to another time zone: compare it now.",
        "An entry made after leave or a night at the scene: compare the shift's list.",
        "A device that was replaced or reset: look at its registration.",
        "Events still in the queue of an offline device: submit the queue.",
        "Events of items that the asker may not see: ask somebody who may.",
    ),
    learnt="NISTIR 7928",
    numbers={
        "S3.clock_minutes": (5.0, "minutes by which an undeclared clock may be wrong"),
        "S3.backdating_hours": (72.0, "hours after an event within which it is to be entered"),
        "S3.offline_days": (30.0, "days that a device with a counter may keep its queue"),
    },
)
def clocks(holdings: Holdings, settings: Settings) -> RuleAnswer:
    limits = _Limits(
        clock=timedelta(minutes=settings.number("S3.clock_minutes", 5.0)),
        desk=timedelta(hours=settings.number("S3.backdating_hours", 72.0)),
        queue=timedelta(days=settings.number("S3.offline_days", 30.0)),
    )
    findings = [*_in_future(holdings, limits), *_devices(holdings, limits)]
    unable: list[tuple[str, str]] = []
    events = holdings.of(CustodyEvent)
    findings += _back_dated(holdings, events, limits, unable)
    untimed = sum(1 for event in events if event.entered is None)
    if untimed:
        unable.append((f"{untimed} custody events", "When they were entered is not recorded."))
    return answer("S3", findings, looked_at=len(events), could_not=unable)


def _in_future(holdings: Holdings, limits: _Limits) -> Iterator[Finding]:
    """Records of what happened, dated after now or after their own entry."""
    for kind in _HAPPENED:
        for record in holdings.of(kind):
            at = getattr(record, "at", None)
            if not isinstance(at, Interval) or at.earliest is None:
                continue
            error = _clock_error(record, limits)
            if at.earliest - error > holdings.now:
                yield _future(holdings, record, at, "the present")
            elif isinstance(record, CustodyEvent) and record.entered is not None:
                entered = record.entered.latest
                if entered is not None and at.earliest - error > entered:
                    yield _future(holdings, record, at, f"its own entry ({record.entered})")


def _clock_error(record: Record, limits: _Limits) -> timedelta:
    declared_s = getattr(record, "clock_error_s", None)
    return limits.clock if declared_s is None else timedelta(seconds=declared_s)


def _future(holdings: Holdings, record: Record, at: Interval, than: str) -> Finding:
    sentence = f"{record.ref} is dated {at}, later than {than}."
    case = _case(holdings, record)
    return finding("S3", Severity.B, sentence, (record,), case=case, aspect="future")


def _case(holdings: Holdings, record: Record) -> str | None:
    case = getattr(record, "case", None)
    item = getattr(record, "item", None)
    return case or (holdings.case_of(item) if isinstance(item, str) else None)


def _devices(holdings: Holdings, limits: _Limits) -> Iterator[Finding]:
    """Each device's events by its own count: none missing, none twice, none going back in time."""
    for device, events in holdings.by(CustodyEvent, "device").items():
        counted = [event for event in events if event.counter is not None]
        if not device or not counted:
            continue
        counted.sort(key=lambda event: event.counter or 0)
        for one, other in pairwise(counted):
            yield from _successive(str(device), one, other, limits)


def _successive(
    device: str, one: CustodyEvent, other: CustodyEvent, limits: _Limits
) -> Iterator[Finding]:
    assert one.counter is not None
    assert other.counter is not None
    both = (other, one)
    if one.counter == other.counter:
        sentence = f"Device {device} counted two events as {one.counter}: {one.id} and {other.id}."
        yield finding("S3", Severity.B, sentence, both, aspect="counted twice")
        return
    if other.counter > one.counter + 1:
        missing = _span(one.counter + 1, other.counter - 1)
        sentence = f"No record holds {missing} of device {device}, between {one.id} and {other.id}."
        yield finding("S3", Severity.B, sentence, both, aspect="missing", helps_defence=True)
    back = shortest_after(other.at, one.at)
    if back is not None and back > 2 * _clock_error(other, limits):
        sentence = (
            f"Device {device} counted event {other.id} after {one.id}, and dated it "
            f"{back / _MINUTE:.0f} minutes earlier."
        )
        yield finding("S3", Severity.B, sentence, both, aspect="back in time")


def _span(first: int, last: int) -> str:
    return f"count {first}" if first == last else f"counts {first} to {last}"


def _back_dated(
    holdings: Holdings,
    events: Sequence[CustodyEvent],
    limits: _Limits,
    unable: list[tuple[str, str]],
) -> Iterator[Finding]:
    """Events entered later than policy allows."""
    legacy = legacy_by_item(holdings)
    batches = 0
    for event in events:
        late = shortest_after(event.at, event.entered) if event.entered else None
        if late is None or late <= limits.desk:
            continue
        if event.device and event.counter is not None and late <= limits.queue:
            continue
        if declared(legacy.get(event.item, ()), event.at):
            unable.append((str(event.ref), "It lies in a stated gap, entered from paper."))
            continue
        if event.batch_entry:
            batches += 1
            continue
        yield _entered_late(holdings, event, late)
    if batches:
        unable.append((f"{batches} custody events", "Entered in a batch, from older records."))


def _entered_late(holdings: Holdings, event: CustodyEvent, late: timedelta) -> Finding:
    case = holdings.case_of(event.item)
    crossed = [
        each
        for each in holdings.of(Milestone)
        if each.case in (None, case) and _crosses(event, each.at)
    ]
    across = "".join(f", across {each.milestone} ({each.at})" for each in crossed)
    days = late / timedelta(days=1)
    sentence = f"{event.ref} of {event.at} was entered {days:.1f} days later{across}."
    severity = Severity.A if crossed else Severity.B
    records = (event, *crossed)
    return finding(
        "S3", severity, sentence, records, known_by=(event,), case=case, aspect="back-dated"
    )


def _crosses(event: CustodyEvent, milestone: Interval) -> bool:
    assert event.entered is not None
    return event.at.before(milestone) and milestone.before(event.entered)
