"""Custody events as people and devices record them, with the noise of honest recording.

Typed times are rounded and sometimes entered at the end of the shift; seal numbers are mistyped now
and then; handhelds have clocks of their own. What is behind an event (who, where, when) is `cases`'
and `runs`' matter.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from reopen.prove.simulate.book import Book, at
from reopen.prove.simulate.world import STORES
from reopen.records.base import Ref
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Severity

_DIGITS = "0123456789"


@dataclass(frozen=True, slots=True)
class Held:
    """Where an item truly is: who or which store holds it, and under which seal."""

    holder: str
    place: str
    seal: str | None


class Custody:
    """The true state of every item, and the events written of it."""

    def __init__(self, book: Book):
        self.book = book
        self.held: dict[str, Held] = {}
        self.since: dict[str, datetime] = {}
        self._closed: set[str] = set()
        self._offsets: dict[tuple[str, int], float] = {}
        self._on_handhelds: list[tuple[str, datetime, int]] = []

    def new_seal(self) -> str:
        return self.book.number("S").replace("-", "4")

    def collect(
        self, item: str, moment: datetime, person: str, place: str, seal: str | None = None
    ) -> bool:
        """An item comes into somebody's hands for the first time."""
        self.held[item] = Held(person, place, seal)
        return self._write(
            item, EventKind.COLLECTED, moment, receiver=person, by=person, place=place,
            seal_after=seal, handheld=True,
        )  # fmt: skip

    def hand_over(
        self,
        item: str,
        moment: datetime,
        to: str,
        place: str,
        *,
        by: str,
        confirmed: str | None = None,
        event: EventKind = EventKind.MOVED,
    ) -> bool:
        """To a person, or into a store; the seal is read."""
        before = self.held[item]
        self.held[item] = Held(to, place, before.seal)
        self.since[item] = moment
        if self.book.chance("handover_missed") and event is EventKind.MOVED:
            refs = [Ref("exhibit", item), Ref("sample", item)]
            self.book.happened("handover_missed", "C1 C2 C10", refs)
            return item not in self._closed
        store = to if to in STORES else None
        return self._write(
            item, event, moment, giver=before.holder, receiver=None if store else to, by=by,
            confirmed=confirmed, place=place, store=store, seal_before=before.seal,
        )  # fmt: skip

    def open(self, item: str, moment: datetime, person: str, place: str) -> bool:
        seal = self.held[item].seal
        self.held[item] = Held(person, place, None)
        return self._write(item, EventKind.OPENED, moment, giver=person, receiver=person,
                           by=person, place=place, seal_before=seal)  # fmt: skip

    def close(self, item: str, moment: datetime, person: str, place: str) -> bool:
        seal = self.new_seal()
        self.held[item] = Held(person, place, seal)
        return self._write(item, EventKind.SEALED, moment, giver=person, receiver=person,
                           by=person, place=place, seal_after=seal)  # fmt: skip

    def work(
        self,
        item: str,
        event: EventKind,
        moment: datetime,
        person: str,
        place: str,
        *,
        used: float | None = None,
        left: float | None = None,
        material: str = "",
    ) -> bool:
        """Examined, sampled, consumed or measured in somebody's hands. used, left: microlitres."""
        giver = person if item in self.held else None
        self.held.setdefault(item, Held(person, place, None))
        error = self.book.rates["pipette_sd_ul"] if left is not None else None
        return self._write(
            item, event, moment, giver=giver, receiver=person, by=person, place=place,
            amount_used=used, amount_after=left, amount_error=error,
            unit="uL" if material else "", material=material,
        )  # fmt: skip

    def find_in_store(self, item: str, moment: datetime, keeper: str, store: str) -> bool:
        """An old item is seen on its shelf and sealed; from then on its custody is recorded."""
        seal = self.new_seal()
        self.held[item], self.since[item] = Held(store, store, seal), moment
        return self._write(item, EventKind.SEEN, moment, by=keeper, place=store, store=store,
                           seal_after=seal)  # fmt: skip

    def dispose(self, item: str, moment: datetime, keeper: str, store: str) -> bool:
        return self._write(item, EventKind.DISPOSED, moment, giver=store, by=keeper, place=store)

    def finish(self) -> None:
        """Number the handhelds' events in the order they were made in."""
        counters: Counter[str] = Counter()
        for device, _, index in sorted(self._on_handhelds):
            counters[device] += 1
            event = self.book.records[index]
            assert isinstance(event, CustodyEvent)
            self.book.records[index] = replace(event, counter=counters[device])

    def _write(
        self,
        item: str,
        event: EventKind,
        moment: datetime,
        *,
        giver: str | None = None,
        receiver: str | None = None,
        by: str,
        confirmed: str | None = None,
        place: str,
        store: str | None = None,
        seal_before: str | None = None,
        seal_after: str | None = None,
        amount_used: float | None = None,
        amount_after: float | None = None,
        amount_error: float | None = None,
        unit: str = "",
        material: str = "",
        handheld: bool = False,
    ) -> bool:
        """Write the event down; False where that is after the end of the simulation."""
        book = self.book
        moment = moment.replace(microsecond=0)
        typed = not handheld and book.chance("typed_entry")
        shown, entered, device, error = self._clock(moment, by, typed, handheld)
        batch_entry = typed and book.chance("batch_entry")
        if batch_entry:
            entered = moment + timedelta(hours=1 + 5 * book.rng.random())
        read, slip = self._read(seal_before, typed)
        if item in self._closed or not book.is_past(entered):
            self._closed.add(item)
            return False
        if handheld:
            self._on_handhelds.append((device, moment, len(book.records)))
        written = book.add(
            CustodyEvent(
                id=book.number("EV"), item=item, event=event, at=at(shown), giver=giver,
                receiver=receiver, by=by, confirmed=confirmed, place=place, store=store,
                seal_before=read, seal_after=seal_after, amount_used=amount_used,
                amount_after=amount_after, amount_error=amount_error, unit=unit,
                material=material, entered=at(entered) if entered > shown else None,
                device=device, clock_error_s=error, batch_entry=batch_entry,
            )
        )  # fmt: skip
        if slip:
            book.happened("seal_error", "C3", [written], slip)
        return True

    def _clock(
        self, moment: datetime, by: str, typed: bool, handheld: bool
    ) -> tuple[datetime, datetime, str, float]:
        """The time shown, when it was entered, the device, and the error it declares."""
        book = self.book
        if handheld:
            device = f"HH-{by}"
            key = (device, moment.year * 12 + moment.month)
            if key not in self._offsets:
                self._offsets[key] = float(book.rng.normal(0, book.rates["clock_sd_s"]))
            shown = moment + timedelta(seconds=int(self._offsets[key]))
            return shown, moment + book.minutes(90), device, book.rates["clock_declared_s"]
        if typed:
            step = 60 * book.rates["typed_minutes"]
            seconds = step * round(moment.timestamp() / step)
            shown = datetime.fromtimestamp(seconds, tz=moment.tzinfo)
            return shown, max(moment, shown) + book.minutes(8), "desk", step / 2
        return moment, moment, "scanner", 2.0

    def _read(self, seal: str | None, typed: bool) -> tuple[str | None, Severity | None]:
        """A seal number as it was read, and how grave it is to ask about a slip."""
        if seal is None or not typed or not self.book.chance("seal_error"):
            return seal, None
        if self.book.chance("single_slip"):
            return self._slip(seal), Severity.B
        twice = self._slip(self._slip(seal))
        return twice, Severity.A

    def _slip(self, seal: str) -> str:
        """One character wrong, missing, added, or exchanged with its neighbour (Damerau)."""
        book = self.book
        k = int(book.rng.integers(1, len(seal)))
        digit = book.pick(_DIGITS.replace(seal[k], ""))
        kinds = [
            seal[:k] + digit + seal[k + 1 :],
            seal[:k] + seal[k + 1 :],
            seal[:k] + digit + seal[k:],
        ]
        if k + 1 < len(seal) and seal[k] != seal[k + 1]:
            kinds.append(seal[:k] + seal[k + 1] + seal[k] + seal[k + 2 :])
        return book.pick(kinds)
