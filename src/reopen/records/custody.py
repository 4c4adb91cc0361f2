"""Custody: who held what, where, under which seal, how much of it, and how it ended.

Events are never changed; a correction is a later version with its reason. Not here: whether they
fit together (`prove`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from reopen.records.base import Record
from reopen.records.times import Interval


class EventKind(StrEnum):
    COLLECTED = "collected"
    BOOKED = "booked"
    SEALED = "sealed"
    OPENED = "opened"
    MOVED = "moved"
    EXAMINED = "examined"
    SAMPLED = "sampled"
    CONSUMED = "consumed"
    MEASURED = "measured"
    SEEN = "seen"
    RETURNED = "returned"
    DISPOSED = "disposed"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodyEvent(Record):
    """Something that happened to an exhibit, sample or standard.

    item         its id (an exhibit, sample or standard)
    at           when it happened, by the clock of `device`
    giver        who held it before; None where that was not recorded
    receiver     who holds it after
    confirmed    the second person of a handover who confirmed it with a credential of their own
    by           who made the record
    place        where it is after the event; store is the registered store there
    seal_before  the number found on it, seal_after the one it was closed with
    amount_*     before, used and after in `unit`; amount_error is the balance's standard error
    entered      when the record was made, where that is later than the event
    counter      the device's own count of its records, for devices that were offline
    clock_error_s  the device's declared error, in seconds
    signed       SHA-256 of what the device signed, where it queued the event
    """

    KIND: ClassVar[str] = "custody_event"

    item: str
    event: EventKind
    at: Interval
    giver: str | None = None
    receiver: str | None = None
    confirmed: str | None = None
    by: str | None = None
    place: str | None = None
    store: str | None = None
    seal_before: str | None = None
    seal_after: str | None = None
    photo: str | None = None
    amount_before: float | None = None
    amount_used: float | None = None
    amount_after: float | None = None
    amount_error: float | None = None
    unit: str = ""
    material: str = ""
    entered: Interval | None = None
    device: str = ""
    counter: int | None = None
    clock_error_s: float | None = None
    batch_entry: bool = False
    signed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Device(Record):
    """A device that records custody events where there is no network, and signs them.

    key           its public key, as a verifier key of a signed note
    registered_by, approved_by  the two people who accepted the key
    retired       from when its events are refused
    clock_error_s its declared clock error, in seconds
    person        who carries it, and confirms handovers with it
    """

    KIND: ClassVar[str] = "device"

    key: str
    registered: Interval
    registered_by: str
    approved_by: str | None = None
    retired: Interval | None = None
    clock_error_s: float | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCount(Record):
    """How far a device's queue has been submitted; its id is the device's.

    counter  of the last event taken; signed: the SHA-256 of what the device signed there
    file     the queue it came in, kept whole
    missing  counts of events that were declared lost, each time with a reason
    """

    KIND: ClassVar[str] = "device_count"

    counter: int
    signed: str
    at: Interval
    file: str = ""
    missing: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LegacyPeriod(Record):
    """A stated gap: the paper period of an item that nobody can reconstruct."""

    KIND: ClassVar[str] = "legacy_period"

    item: str
    during: Interval
    why: str
    declared_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTime(Record):
    """The shortest time from one place to another, either way, in minutes."""

    KIND: ClassVar[str] = "travel_time"

    one: str
    other: str
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DisposalOrder(Record):
    """An order to destroy or return items."""

    KIND: ClassVar[str] = "disposal_order"

    items: tuple[str, ...]
    at: Interval
    ordered_by: str | None = None
    approved_by: str | None = None
    authority: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention(Record):
    """Until when a case's evidence must be kept, and by which law. until None: for ever."""

    KIND: ClassVar[str] = "retention"

    case: str
    until: Interval | None
    law: str
    limitation: Interval | None = None


class MatterKind(StrEnum):
    INVESTIGATION = "investigation"
    PROSECUTION = "prosecution"
    APPEAL = "appeal"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMatter(Record):
    """A case, appeal or sentence that was open during an interval."""

    KIND: ClassVar[str] = "open_matter"

    case: str
    matter: MatterKind
    during: Interval
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocktake(Record):
    """A look at a store's shelves.

    expected     items looked for; empty where all that custody events place there were
    seen         items met, at the first look or the second
    second_look  items that were looked for a second time, found or not
    planned      how many items the sampling plan asked for
    """

    KIND: ClassVar[str] = "stocktake"

    store: str
    at: Interval
    by: str | None = None
    expected: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    second_look: tuple[str, ...] = ()
    planned: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageLimit(Record):
    """What a store's temperature may be, and for how long it may be outside that. longest_gap_min:
    how long its sensor may be silent."""

    KIND: ClassVar[str] = "storage_limit"

    store: str
    low_c: float
    high_c: float
    longest_outside_min: float
    longest_gap_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReading(Record):
    """A sensor's reading. celsius None: the sensor answered without a value."""

    KIND: ClassVar[str] = "store_reading"

    store: str
    at: Interval
    celsius: float | None = None
    sensor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageNote(Record):
    """An excursion of a store, written to a case whose items were in it."""

    KIND: ClassVar[str] = "storage_note"

    store: str
    case: str
    at: Interval
    excursion: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreEntry(Record):
    """Somebody went into a store. planned: a stocktake or other visit known beforehand."""

    KIND: ClassVar[str] = "store_entry"

    store: str
    person: str
    at: Interval
    planned: bool = False
    role: str = ""
