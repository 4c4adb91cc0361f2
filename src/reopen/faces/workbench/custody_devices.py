"""Devices without network in a unit: their keys accepted by two people, their queues submitted.

Not here: a queue's file (`custody_queue`), judging it (`custody_judged`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.workbench.custody import held_items
from reopen.faces.workbench.custody_judged import Judged, judge
from reopen.faces.workbench.custody_queue import Queued, Refused, event_id, read_queue
from reopen.ledger.verify import parse_vkey
from reopen.records.access import Standing
from reopen.records.base import Record, Ref
from reopen.records.custody import CustodyEvent, Device, DeviceCount
from reopen.records.times import Interval
from reopen.store.reader import Reader
from reopen.store.unit import Unit

QUEUE_MEDIA = "application/x-ndjson"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a queue: events taken, lines refused, counts declared lost.

    unknown  items of the events that the unit does not hold
    """

    taken: tuple[CustodyEvent, ...]
    refused: tuple[Refused, ...]
    lost: Mapping[str, tuple[int, ...]]
    unknown: tuple[str, ...] = ()


def register_device(
    unit: Unit,
    actor: str,
    key: str,
    *,
    name: str,
    person: str | None = None,
    clock_error_s: float | None = None,
    reason: str = "",
) -> Device:
    """Make a device's public key known; a second person has to approve it.

    Raises Malformed for a key that cannot be read, InvalidRecord for another device's key, and
    where the device is known and no reason is given for another key.
    """
    if parse_vkey(key).name != name:
        raise InvalidRecord(
            f"The key of {parse_vkey(key).name} for device {name}.",
            rule="A device has the name of its key.",
            way_on="Give the line that `reopen custody key` printed for this device.",
        )
    device = Device(
        id=name,
        key=key,
        registered=Interval.at(unit.clock()),
        registered_by=actor,
        person=person,
        clock_error_s=clock_error_s,
    )
    with unit.writing(actor, reason=reason) as writer:
        writer.put(device)
    return device


def approve_device(unit: Unit, actor: str, name: str) -> Device:
    """Approve a device's key as the second person. Raises UnknownName, InvalidRecord."""
    device, version = _device(unit, actor, name)
    if device.registered_by == actor:
        raise InvalidRecord(
            f"{actor} registered device {name}, and cannot approve it.",
            rule="A device's key is accepted by two people.",
            way_on="Let another actor of the unit approve it.",
        )
    return _amended(unit, actor, replace(device, approved_by=actor), "key approved", version)


def retire_device(unit: Unit, actor: str, name: str, reason: str) -> Device:
    """Refuse a device's events from now on. Raises UnknownName."""
    device, version = _device(unit, actor, name)
    retired = replace(device, retired=Interval.at(unit.clock()))
    return _amended(unit, actor, retired, reason, version)


def submit(
    unit: Unit,
    actor: str,
    queue: Path,
    *,
    lost: Iterable[int] = (),
    reason: str = "",
    purpose: str = "",
) -> Submitted:
    """Take what a queue holds: all that can be taken, in one transaction, and the queue itself.

    lost    counts of events that nobody can submit any more; they stay visible as missing
    reason  how they were lost

    Raises UnreadableFile, InvalidRecord.
    """
    declared = frozenset(lost)
    if declared and not reason.strip():
        raise InvalidRecord(
            f"Events declared lost without a reason: {', '.join(map(str, sorted(declared)))}.",
            rule="A lost event stays missing in the record, with how it was lost.",
            way_on="Give it: --reason TEXT",
        )
    queued, unreadable = read_queue(queue)
    with unit.reading(actor, purpose=purpose) as reader:
        judged = _judge(reader, unit, queued, declared)
        counted = {
            name: held.version if (held := reader.version(Ref(DeviceCount.KIND, name))) else 0
            for name in judged.counts
        }
        items = held_items(reader, [each.event.item for each in queued])
    refused = tuple(sorted((*unreadable, *judged.refused), key=lambda each: each.line))
    if not judged.taken:
        return Submitted((), refused, judged.lost)
    now = Interval.at(unit.clock())
    with unit.writing(actor, purpose=purpose, reason=reason or "queue submitted") as writer:
        file = writer.put_file(queue, queue.name, case=_case_of(items), media=QUEUE_MEDIA)
        events = tuple(
            replace(event, entered=now, source=f"queue {file.id}, line {each.line}")
            for each, event in judged.taken
        )
        writer.put_many(events)
        for count in _new_counts(judged, now, file.id):  # not if others were taken meanwhile
            writer.put(count, at_version=counted[count.id])
    unknown = tuple(dict.fromkeys(e.item for e in events if items[e.item] is None))
    return Submitted(events, refused, judged.lost, unknown)


def _case_of(items: Mapping[str, Record | None]) -> str | None:
    """The one case that a whole queue is of, so that its file belongs there; None for several."""
    cases = {getattr(held, "case", None) for held in items.values()}
    return cases.pop() if len(cases) == 1 else None


def _judge(
    reader: Reader, unit: Unit, queued: Iterable[Queued], declared: frozenset[int]
) -> Judged:
    queued = tuple(queued)
    names = dict.fromkeys(
        name for each in queued
        for name in (each.device, *(line.name for line in each.note.signatures))
    )  # fmt: skip
    devices = {each.id: each for name in names if (each := reader.get(Device, name))}
    counts = {count.id: count for name in names if (count := reader.get(DeviceCount, name))}
    last = {name: count.counter for name, count in counts.items()}
    before = [each for each in queued if each.count <= last.get(each.device, 0)]
    ids = dict.fromkeys(event_id(each.device, each.count) for each in before)
    held = {event.id: event.signed for event in reader.some(CustodyEvent, ids)}
    people = [each for each in unit.actors() if each.standing is not Standing.PROGRAM]
    return judge(
        queued,
        devices=devices,
        counts=counts,
        held=held,
        declared_lost=declared,
        needs_second=len(people) > 1,
    )


def _new_counts(judged: Judged, now: Interval, file: str) -> Iterable[DeviceCount]:
    for name, (count, signed) in judged.counts.items():
        missing = judged.lost.get(name, ())
        yield DeviceCount(id=name, counter=count, signed=signed, at=now, file=file, missing=missing)


def _device(unit: Unit, actor: str, name: str) -> tuple[Device, int]:
    """A device, and its version."""
    with unit.reading(actor) as reader:
        held = reader.version(Ref(Device.KIND, name))
    if held is None:
        raise UnknownName(
            f"The unit knows no device {name!r}.",
            rule="A device is known by its key's name.",
            way_on=f"Register it: reopen custody device UNIT {name} --key KEY",
        )
    assert isinstance(held.record, Device)
    return held.record, held.version


def _amended(unit: Unit, actor: str, device: Device, reason: str, at_version: int) -> Device:
    with unit.writing(actor, reason=reason) as writer:
        writer.put(device, at_version=at_version)
    return device
