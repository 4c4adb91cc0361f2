"""The people, places, stores and instruments of an invented unit, and who is where when.

A police force with scene examiners, officers, stores and couriers, and its laboratory. Nobody is in
two places: whoever handles an exhibit is chosen among those whose diary allows it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from reopen.prove.simulate.book import OPENS, Book, at, working
from reopen.records.access import Actor, Standing
from reopen.records.base import Ref
from reopen.records.cases import Person, Place
from reopen.records.custody import StorageLimit, TravelTime
from reopen.records.statements import Statement
from reopen.records.times import Interval

STATION, POLICE_STORE, CLINIC = "STATION", "PROPERTY-STORE", "CLINIC"
LAB, LAB_STORE, FREEZER, REFERENCE_ROOM = "LAB", "LAB-STORE", "LAB-FREEZER", "LAB-REFERENCE"
STORES = (POLICE_STORE, LAB_STORE, FREEZER)
INSTRUMENTS = ("CE-1", "CE-2")
TOWNS = tuple(f"TOWN-{n:02d}" for n in range(1, 16))
IN_LAB = (LAB, LAB_STORE, FREEZER, REFERENCE_ROOM)
_WINDOW = timedelta(days=1)  # no appointment is longer, and no way


@dataclass(frozen=True, slots=True)
class Size:
    """How large a unit is; the laboratory's year is about four samples a case."""

    cases_a_year: int = 500
    analysts: int = 12
    examiners: int = 14
    officers: int = 24
    storekeepers: int = 4
    couriers: int = 3
    detectives: int = 16


class World:
    """Who works in the unit, where things are, and how long ways take."""

    def __init__(self, book: Book, size: Size):
        self.book, self.size = book, size
        self.analysts = self._people("AN", size.analysts, Standing.ANALYST)
        self.examiners = self._people("EX", size.examiners, Standing.DETECTIVE)
        self.officers = self._people("PO", size.officers, Standing.DETECTIVE)
        self.storekeepers = self._people("SK", size.storekeepers, Standing.DETECTIVE)
        self.couriers = self._people("CO", size.couriers, Standing.DETECTIVE)
        self.detectives = self._people("DE", size.detectives, Standing.DETECTIVE)
        self.clinicians = self._people("CL", 5, Standing.DETECTIVE)
        (self.quality,) = self._people("QM", 1, Standing.QUALITY)
        (self.lead,) = self._people("LEAD", 1, Standing.LEAD)
        self.reviewers = self.analysts[: max(2, size.analysts // 3)]
        self.travel: dict[tuple[str, str], float] = {}
        self._places()
        self.diary = Diary(self.travel)
        self.away = {analyst: self._days_away() for analyst in self.analysts}
        self.share = np.exp(book.rates["output_spread"] * book.rng.standard_normal(size.analysts))
        months = 12 * (book.now.year - book.start.year) + book.now.month + 1
        shape = book.rates["output_shape"]
        self.month_share = book.rng.gamma(shape, 1 / shape, (months, size.analysts))

    @property
    def police(self) -> tuple[str, ...]:
        return (*self.examiners, *self.officers, *self.storekeepers, *self.couriers)

    @property
    def staff(self) -> tuple[str, ...]:
        """All whose profiles are kept for elimination."""
        return (*self.police, *self.analysts, *self.clinicians)

    def works(self, analyst: str, day: date) -> bool:
        return day.weekday() < 5 and day not in self.away[analyst]

    def next_day_at_work(self, analyst: str, moment: datetime) -> datetime:
        """The moment, or the analyst's next working morning."""
        moment = working(moment)
        while not self.works(analyst, moment.date()):
            moment = working(_morning(moment))
        return moment

    def on_references(self, moment: datetime) -> tuple[str, ...]:
        """Analysts of the month who work on references only: a quarter, two at least, by turns."""
        n = max(2, self.size.analysts // 4)
        first = (12 * moment.year + moment.month) * n % self.size.analysts
        turn = [*self.analysts, *self.analysts][first : first + n]
        return tuple(turn)

    def on_evidence(self, moment: datetime) -> tuple[str, ...]:
        others = self.on_references(moment)
        return tuple(name for name in self.analysts if name not in others)

    def takes_case(self, moment: datetime) -> str:
        """The analyst a case goes to: by what they do in a month, without those on references."""
        month = 12 * (moment.year - self.book.start.year) + moment.month - 1
        others = set(self.on_references(moment))
        weights = self.share * self.month_share[month]
        weights = weights * [
            name not in others and self.works(name, working(moment).date())
            for name in self.analysts
        ]
        if not weights.any():
            weights = np.array([float(name not in others) for name in self.analysts])
        total = weights.cumsum()
        return self.analysts[int(np.searchsorted(total, self.book.rng.random() * total[-1]))]

    def _people(self, prefix: str, n: int, standing: Standing) -> tuple[str, ...]:
        names = tuple(f"{prefix}-{k:02d}" for k in range(1, n + 1))
        for name in names:
            self.book.add(Person(id=name))
            joined = Interval(None, self.book.start)
            self.book.add(
                Actor(id=f"A-{name}", name=name, standing=standing, person=name, joined=joined)
            )
            born = f"{int(self.book.rng.integers(1962, 1998))}"
            self.book.add(
                Statement(id=f"{name}/born", subject=Ref("person", name), field="born", value=born)
            )
        return names

    def _places(self) -> None:
        book = self.book
        points = {STATION: (0.0, 0.0), POLICE_STORE: (0.2, 0.1), CLINIC: (2.0, 1.0)}
        points |= dict.fromkeys(IN_LAB, (18.0, 9.0))
        for town in TOWNS:
            points[town] = (book.rng.uniform(-30, 30), book.rng.uniform(-30, 30))
        for name, (east, north) in points.items():
            book.add(Place(id=name, name=name, latitude=50 + north / 111, longitude=8 + east / 71))
        names = list(points)
        for k, one in enumerate(names):
            for other in names[k + 1 :]:
                km = float(np.hypot(*np.subtract(points[one], points[other])))
                minutes = round(1.0 + km, 1)  # at most 60 km/h as the crow flies
                self.travel[one, other] = self.travel[other, one] = minutes
                if not (one in IN_LAB and other in IN_LAB):
                    pair = TravelTime(id=f"{one}/{other}", one=one, other=other, minutes=minutes)
                    book.add(pair)
        for store, low, high in ((LAB_STORE, 2.0, 8.0), (FREEZER, -30.0, -15.0)):
            book.add(
                StorageLimit(
                    id=store, store=store, low_c=low, high_c=high, longest_outside_min=120.0,
                    longest_gap_min=240.0,
                )
            )  # fmt: skip

    def _days_away(self) -> set[date]:
        """Holidays, sickness, and now and then a long leave."""
        book, days = self.book, set[date]()
        years = (book.now - book.start).days / 365
        spells = int(book.rng.poisson(book.rates["sick_spells_year"] * years))
        lengths = [1 + int(book.rng.exponential(book.rates["sick_days"])) for _ in range(spells)]
        lengths += [14] * round(2 * years)
        if book.chance(1 - (1 - book.rates["long_leave"]) ** years):
            lengths.append(60)
        span = (book.now - book.start).days
        for length in lengths:
            first = book.start.date() + timedelta(days=int(book.rng.integers(span)))
            days |= {first + timedelta(days=k) for k in range(length)}
        return days


class Diary:
    """When a person is bound to a place."""

    def __init__(self, travel: dict[tuple[str, str], float]):
        self._travel = travel
        self._kept: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)

    def is_free(self, person: str, start: datetime, end: datetime, place: str) -> bool:
        """Whether there is time to come from everything before, and to go to everything after."""
        kept = self._kept[person]
        first = bisect_left(kept, (start - _WINDOW, start, ""))
        for since, until, there in kept[first:]:
            if since > end + _WINDOW:
                return True
            way = self._way(there, place)
            if start < until + way and since < end + way:
                return False
        return True

    def keep(self, person: str, start: datetime, end: datetime, place: str) -> None:
        insort(self._kept[person], (start, end, place))

    def free(
        self, among: Sequence[str], start: datetime, end: datetime, place: str, book: Book
    ) -> str | None:
        """Somebody who can be there; None where nobody can."""
        first = int(book.rng.integers(len(among)))
        turn = (*among[first:], *among[:first])
        return next((p for p in turn if self.is_free(p, start, end, place)), None)

    def _way(self, one: str, other: str) -> timedelta:
        if one == other or (one in IN_LAB and other in IN_LAB):
            return timedelta(0)
        return timedelta(minutes=2 * self._travel.get((one, other), 90.0) + 10)


def _morning(moment: datetime) -> datetime:
    return working(datetime.combine(moment.date() + timedelta(days=1), OPENS))


def month_of(moment: datetime) -> Interval:
    """The calendar month of a moment."""
    return Interval.parse(f"{moment:%Y-%m}")


__all__ = ["Diary", "Size", "World", "at", "month_of"]
