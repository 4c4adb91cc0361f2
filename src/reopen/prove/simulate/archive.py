"""Old cases: exhibits of decades ago after a stated gap, some tested again, some disposed of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from reopen.prove.simulate.book import Book, at
from reopen.prove.simulate.cases import TYPES, Opened
from reopen.prove.simulate.custody import Custody
from reopen.prove.simulate.world import POLICE_STORE, World
from reopen.records.cases import Case, Exhibit
from reopen.records.custody import DisposalOrder, LegacyPeriod, MatterKind, OpenMatter, Retention
from reopen.records.results import Request
from reopen.records.times import Interval

CASES, EXHIBITS = 60, 5
HOMICIDE = TYPES[-1]
_THINGS = (("bag with a knife", "touched metal"), ("bag with a shirt", "worn fabric"),
           ("swab of a stain", "blood"), ("cigarette end", "saliva"))  # fmt: skip


class Archive:
    """What the unit took over from the paper age."""

    def __init__(self, book: Book, world: World, custody: Custody):
        self.book, self.world, self.custody = book, world, custody
        self._expired: list[str] = []

    def take_over(self) -> list[Opened]:
        """Every old exhibit is found on its shelf; the cases that are reopened."""
        moment = self.book.start + timedelta(days=7, hours=9)
        reopened = []
        for k in range(CASES):
            year = 1985 + int(self.book.rng.integers(10))
            is_cold = self.book.chance("old_reopened")
            case = self._case(f"K-{year}-{k + 1:03d}", year, is_cold)
            for n in range(1, EXHIBITS + 1):
                moment += timedelta(seconds=70)
                case.exhibits.append(self._exhibit(case, n, moment))
            if is_cold:
                reopened.append(case)
            else:
                self._expired += [self._decline(case, exhibit) for exhibit in case.exhibits]
        return reopened

    def dispose(self) -> None:
        """Some whose retention has ended: two people order it, a third carries it out."""
        book, years = self.book, (self.book.now - self.book.start).days / 365
        wanted = int(book.rng.poisson(book.rates["disposals_year"] * years))
        left = min(wanted, len(self._expired))
        moment = book.start + timedelta(days=60, hours=10)
        while left > 0 and book.is_past(moment + timedelta(days=10)):
            n = min(left, 1 + int(book.rng.poisson(5)))
            items = tuple(self._expired.pop() for _ in range(n))
            left -= n
            one, other = self.world.detectives[:2]
            book.add(
                DisposalOrder(id=book.number("DO"), items=items, at=at(moment), ordered_by=one,
                              approved_by=other, authority="retention has ended")
            )  # fmt: skip
            done = moment + timedelta(days=5)
            for item in items:
                done += timedelta(minutes=2)
                self.custody.dispose(item, done, self.world.storekeepers[1], POLICE_STORE)
            moment += timedelta(days=float(book.rng.exponential(20)) + 1)

    def _case(self, id: str, year: int, is_cold: bool) -> Opened:
        """A murder that is reopened, or a case whose evidence need not be kept any longer."""
        book = self.book
        book.add(Case(id=id, agency="Police", title="homicide, old" if is_cold else "old case"))
        until = None if is_cold else Interval.parse(f"{year + 25}-12-31")
        limit = None if is_cold else Interval.parse(f"{year + 10}-12-31")
        book.add(Retention(id=id, case=id, until=until, law="Evidence Act", limitation=limit))
        if is_cold:
            book.add(
                OpenMatter(id=f"{id}/i", case=id, matter=MatterKind.INVESTIGATION,
                           during=Interval(Interval.parse(str(year)).earliest, None))
            )  # fmt: skip
        span = (book.now - book.start).total_seconds()
        return Opened(
            id=id, type=HOMICIDE, offence=datetime(year, 7, 1, tzinfo=UTC),
            offender=f"offender of {id}", detective=book.pick(self.world.detectives), examiner="",
            victim=f"victim of {id}",
            reopened=book.start + timedelta(days=20, seconds=float(book.rng.random()) * span),
        )  # fmt: skip

    def _decline(self, case: Opened, exhibit: Exhibit) -> str:
        """Nobody can be tried any more, and two people say so."""
        book, decided = self.book, self.book.start + timedelta(days=20, hours=10)
        one, other = self.world.detectives[:2]
        book.add(
            Request(id=book.number("RQ"), case=case.id, item=exhibit.id, test="DNA",
                    asked=at(decided), by=one, declined=at(decided),
                    decline_reason="no case to answer", decline_second=other)
        )  # fmt: skip
        return exhibit.id

    def _exhibit(self, case: Opened, n: int, moment: datetime) -> Exhibit:
        book, keeper, year = self.book, self.world.storekeepers[0], str(case.offence.year)
        thing, substrate = book.pick(_THINGS)
        exhibit = book.add(
            Exhibit(id=f"{case.id}-E{n}", case=case.id, description=thing, substrate=substrate,
                    collected=Interval.parse(year))
        )  # fmt: skip
        gap = Interval(Interval.parse(year).earliest, moment)
        book.add(
            LegacyPeriod(id=f"{exhibit.id}/gap", item=exhibit.id, during=gap,
                         why="paper register of the old station is lost", declared_by=keeper)
        )  # fmt: skip
        self.custody.find_in_store(exhibit.id, moment, keeper, POLICE_STORE)
        return exhibit
