"""Stores over the years: temperatures, who goes in, stocktakes."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

from reopen.prove.simulate.book import OPENS, Book, at
from reopen.prove.simulate.custody import Custody
from reopen.prove.simulate.world import FREEZER, LAB_STORE, POLICE_STORE, STORES, World
from reopen.records.custody import (
    CustodyEvent,
    EventKind,
    Stocktake,
    StorageNote,
    StoreEntry,
    StoreReading,
)
from reopen.records.times import Interval

READING = timedelta(minutes=30)
STOCKTAKE_DAYS, SAMPLE = 91, 150
_MEAN_C = {LAB_STORE: 5.0, FREEZER: -21.0}


class Stores:
    """What happens in and to the stores, after all movements are known."""

    def __init__(self, book: Book, world: World, custody: Custody):
        self.book, self.world, self.custody = book, world, custody

    def write(self) -> None:
        moves = self._moves()
        for store in (LAB_STORE, FREEZER):
            self._temperatures(store, moves)
        self._entries()
        for store in STORES:
            self._stocktakes(store, moves)

    def _moves(self) -> dict[str, list[tuple[datetime, str, str]]]:
        """Of each item the times at which it came to a store, or left ('')."""
        moves: dict[str, list[tuple[datetime, str, str]]] = defaultdict(list)
        for record in self.book.records:
            if isinstance(record, CustodyEvent) and record.event in _MOVES:
                assert record.at.latest is not None
                store = record.store or ""
                moves[record.item].append((record.at.latest, store, record.id))
        for own in moves.values():
            own.sort()
        return moves

    def _inside(
        self, store: str, moment: datetime, moves: dict[str, list[tuple[datetime, str, str]]]
    ) -> list[str]:
        """Items that custody places in the store at a moment, and that do not move that day."""
        near, inside = timedelta(hours=12), []
        for item, own in moves.items():
            before = [m for m in own if m[0] <= moment]
            moving = any(abs(m[0] - moment) < near for m in own)
            if before and before[-1][1] == store and not moving:
                inside.append(item)
        return inside

    def _temperatures(self, store: str, moves: dict[str, list[tuple[datetime, str, str]]]) -> None:
        book, mean = self.book, _MEAN_C[store]
        n = int((book.now - book.start) / READING)
        celsius = mean + 0.4 * book.rng.standard_normal(n)
        spikes = int(book.rng.poisson(book.rates["door_spikes_month"] * n / 1440))
        for k in book.rng.integers(1, n, spikes):
            celsius[k] += 4 + book.rng.exponential(3)
        years = (book.now - book.start).days / 365
        for _ in range(int(book.rng.poisson(book.rates["excursions_year"] * years))):
            first = int(book.rng.integers(1, n - 20))
            length = int(book.rng.integers(6, 18))
            celsius[first : first + length] += 12.0
            start = book.start + first * READING
            self._note(store, Interval(start, start + length * READING), moves)
        silent = set(book.rng.integers(0, n, int(n * 0.001)).tolist())
        for k in range(n):
            if k not in silent:
                book.add(
                    StoreReading(
                        id=f"{store}/{k}", store=store, at=at(book.start + k * READING),
                        celsius=round(float(celsius[k]), 1), sensor=f"sensor {store}",
                    )
                )  # fmt: skip

    def _note(
        self, store: str, excursion: Interval, moves: dict[str, list[tuple[datetime, str, str]]]
    ) -> None:
        """The excursion is written to every case with an item in the store."""
        book, moment = self.book, excursion.latest
        assert moment is not None
        inside: set[str] = set()
        for hour in range(0, 12, 2):
            assert excursion.earliest is not None
            step = min(excursion.earliest + timedelta(hours=hour), moment)
            inside |= {i for i, own in moves.items() if _where(own, step) == store}
        cases = sorted({_case_of(item) for item in inside})
        readings = int((book.now - book.start) / READING)
        about = []
        for k in range(readings):
            when = book.start + k * READING
            if excursion.earliest and excursion.earliest - READING <= when <= moment + READING:
                about.append(StoreReading(id=f"{store}/{k}", store=store, at=at(when)))
        for case in cases:
            book.add(
                StorageNote(id=book.number("SN"), store=store, case=case,
                            at=at(moment + timedelta(days=1)), excursion=excursion)
            )  # fmt: skip
        book.happened("excursions_year", "C9", about)

    def _entries(self) -> None:
        """Whoever puts in or takes out was inside, and a few went in for nothing."""
        book = self.book
        store_of: dict[str, str] = {}
        visits: dict[tuple[str, str], list[datetime]] = defaultdict(list)
        events = [r for r in book.records if isinstance(r, CustodyEvent)]
        events.sort(key=lambda e: e.at)
        for event in events:
            store = event.store or store_of.get(event.item, "")
            if event.event in _MOVES:
                store_of[event.item] = event.store or ""
                if store and event.by and event.at.latest:
                    visits[store, event.by].append(event.at.latest)
        for (store, person), moments in visits.items():
            last = None
            for moment in moments:
                if last is None or moment - last > timedelta(minutes=20):
                    self._entry(store, person, moment - book.minutes(2))
                    if book.chance("idle_entry"):
                        self._entry(store, person, moment + timedelta(hours=3))
                last = moment

    def _entry(self, store: str, person: str, moment: datetime, planned: bool = False) -> None:
        moment = moment.replace(microsecond=0)
        if self.book.is_past(moment):
            role = {"AN": "analyst", "SK": "storekeeper"}.get(person[:2], "police")
            self.book.add(
                StoreEntry(id=self.book.number("SE"), store=store, person=person, at=at(moment),
                           planned=planned, role=role)
            )  # fmt: skip

    def _stocktakes(self, store: str, moves: dict[str, list[tuple[datetime, str, str]]]) -> None:
        """Four a year: a sample of what custody says is there, looked for twice."""
        book = self.book
        moment = book.start + timedelta(days=STOCKTAKE_DAYS, hours=OPENS.hour + 5)
        while book.is_past(moment + timedelta(hours=4)):
            inside = self._inside(store, moment, moves)
            order = book.rng.permutation(len(inside))
            expected = tuple(inside[k] for k in order[:SAMPLE])
            missed = [item for item in expected if book.chance("misplaced")]
            lost = [item for item in missed if not book.chance("found_again")]
            by = book.pick(
                self.world.storekeepers if store == POLICE_STORE else self.world.analysts
            )
            self._entry(store, by, moment - timedelta(minutes=5), planned=True)
            n = int(book.rng.poisson(book.rates["unexpected"] * len(expected)))
            here = set(inside)
            elsewhere = [item for item in moves if item not in here]
            stranger = [book.pick(elsewhere) for _ in range(n)] if elsewhere else []
            take = book.add(
                Stocktake(
                    id=book.number("ST"), store=store, at=at(moment), by=by, expected=expected,
                    seen=(*(i for i in expected if i not in lost), *stranger),
                    second_look=tuple(missed), planned=len(expected),
                )
            )  # fmt: skip
            if lost or stranger:
                book.happened("misplaced", "C7 C1 C2", [take])
            moment += timedelta(days=STOCKTAKE_DAYS)


_MOVES = (EventKind.BOOKED, EventKind.MOVED, EventKind.SEEN, EventKind.DISPOSED)


def _where(own: list[tuple[datetime, str, str]], moment: datetime) -> str:
    before = [store for when, store, _ in own if when <= moment]
    return before[-1] if before else ""


def _case_of(item: str) -> str:
    """Items are named after their case: K-2024-0001-E1-S1-X."""
    return "-".join(item.split("-")[:3])
