"""From the store to the bench: requests, the courier's rounds, examination and sampling.

Whatever is sampled here becomes a `Trace`, which `runs` takes through the laboratory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp

from reopen.prove.simulate.book import OPENS, Book, at, working
from reopen.prove.simulate.cases import Opened
from reopen.prove.simulate.custody import Custody
from reopen.prove.simulate.supplies import Supplies
from reopen.prove.simulate.world import (
    LAB,
    LAB_STORE,
    POLICE_STORE,
    REFERENCE_ROOM,
    World,
)
from reopen.records.base import Ref
from reopen.records.cases import Examination, Exhibit, Sample
from reopen.records.custody import EventKind
from reopen.records.results import Request

REASONS = ("not probative", "duplicate of another item", "no case to answer")
EXTRACT_UL, LIMIT_DAYS = 50.0, 180


_MEDIANS = {"touched": "touch_median", "worn": "worn_median"}


@dataclass(slots=True, eq=False)
class Trace:
    """An extract on its way through the laboratory.

    donor         whose DNA it mainly is; '' where there is none to speak of
    quantity      ng/uL, and the share of it that is male
    blank         of the batch it was extracted in; amplified beside it, each time
    """

    id: str
    case: Opened
    analyst: str
    ready: datetime
    donor: str
    quantity: float
    male: float
    is_reference: bool = False
    exhibit: Exhibit | None = None
    left_ul: float = EXTRACT_UL
    stopped: datetime | None = None
    blank: str = ""

    @property
    def age_years(self) -> float:
        """From the offence to the bench; none for a reference."""
        return 0.0 if self.is_reference else (self.ready - self.case.offence).days / 365


@dataclass(slots=True)
class Sent:
    """A request on its way, so that the answer can be written when it is known."""

    request: Request
    index: int
    case: Opened


class Bench:
    """Sends exhibits and references, and opens them in the laboratory."""

    def __init__(self, book: Book, world: World, custody: Custody, supplies: Supplies):
        self.book, self.world, self.custody, self.supplies = book, world, custody, supplies
        self.sent: dict[str, Sent] = {}
        self.opened: set[str] = set()
        self.donors: dict[str, str] = {}
        self.analyst: dict[str, str] = {}
        self._samples: dict[str, list[str]] = defaultdict(list)
        self._on_round: Counter[tuple[date, str]] = Counter()

    def process(self, case: Opened) -> list[Trace]:
        """All of a case that reaches the bench before the end."""
        stored = [e for e in case.exhibits if self.custody.held[e.id].holder == POLICE_STORE]
        asked = (case.reopened or case.offence) + self.book.days(4.0)
        if case.reopened and not self.book.is_past(asked + timedelta(days=30)):
            about = [Ref("case", case.id), *(exhibit.ref for exhibit in stored)]
            self.book.happened("old_reopened", "R9 C11", about)
        traces: list[Trace] = []
        analyst = ""
        for exhibit in stored:
            if self.book.chance("not_sent"):
                self._not_sent(case, exhibit)
                continue
            arrived = self._send(case, exhibit.id, asked + self.book.minutes(300))
            if arrived is None:
                continue
            analyst = analyst or self.world.takes_case(arrived)
            traces += self._examine(case, exhibit, analyst, arrived)
        for reference in case.references:
            arrived = self._send(case, reference.id, self._taken(reference))
            if arrived is not None:
                traces += self._open_reference(case, reference, analyst, arrived)
        self.analyst[case.id] = analyst or traces[0].analyst if traces else analyst
        self.donors |= {trace.id: trace.donor for trace in traces}
        return traces

    def give_back(self, item: str, reported: datetime) -> None:
        """The courier takes an exhibit back to the police's store after the report."""
        day = self._round_day(reported)
        moment = self._slot(day, "back", 14.0)
        courier = self._courier(day)
        if self.custody.hand_over(item, moment, courier, LAB_STORE, by=courier):
            arrival = self._slot(day, "home", 15.5)
            self.custody.hand_over(
                item, arrival, POLICE_STORE, POLICE_STORE, by=self._keeper(day), confirmed=courier
            )

    def _taken(self, reference: Sample) -> datetime:
        assert reference.taken is not None
        assert reference.taken.latest is not None
        return reference.taken.latest + timedelta(days=1) + self.book.days(2.0)

    def _not_sent(self, case: Opened, exhibit: Exhibit) -> None:
        book = self.book
        decided = (case.reopened or case.offence) + book.days(8.0)
        if book.chance("not_sent_silent"):
            book.happened("not_sent_silent", "C11 R9", [exhibit, Ref("case", case.id)])
            return
        if not book.is_past(decided):
            return
        wish = case.type.sexual and book.chance(0.1)
        book.add(
            Request(
                id=book.number("RQ"), case=case.id, item=exhibit.id, test="DNA",
                asked=at(decided), by=case.detective, declined=at(decided),
                decline_reason="victim's wish" if wish else book.pick(REASONS),
                decline_second=book.pick([d for d in self.world.detectives if d != case.detective]),
                victims_wish=wish,
            )
        )  # fmt: skip

    def _send(self, case: Opened, item: str, asked: datetime) -> datetime | None:
        """Ask, hand to the courier, and receive in the laboratory; when it arrived there."""
        book = self.book
        asked = asked.replace(microsecond=0)
        if not book.is_past(asked):
            return None
        day = self._round_day(max(asked, self._stored_at(item)))
        leaves, arrives = self._slot(day, "out", 8.0), self._slot(day, "in", 10.0)
        courier, keeper = self._courier(day), self._keeper(day)
        left = self.custody.hand_over(item, leaves, courier, POLICE_STORE, by=keeper,
                                      confirmed=courier)  # fmt: skip
        request = Request(
            id=book.number("RQ"), case=case.id, item=item, test="DNA", asked=at(asked),
            by=case.detective, sent=at(leaves) if left else None, limit_days=LIMIT_DAYS,
        )  # fmt: skip
        self.sent[item] = Sent(request, len(book.records), case)
        book.add(request)
        here = [a for a in self.world.analysts if self.world.works(a, day)]
        receiver = book.pick(here or self.world.analysts)
        stored = left and self.custody.hand_over(
            item, arrives, LAB_STORE, LAB_STORE, by=receiver, confirmed=courier
        )
        return arrives if stored else None

    def _stored_at(self, item: str) -> datetime:
        return self.custody.since[item]

    def _round_day(self, moment: datetime) -> date:
        """The next working day's round."""
        return working(datetime.combine(moment.date() + timedelta(days=1), OPENS)).date()

    def _slot(self, day: date, leg: str, hour: float) -> datetime:
        """One item after the other is handed over, two a minute."""
        self._on_round[day, leg] += 1
        start = datetime.combine(day, OPENS).replace(hour=int(hour), minute=int(hour % 1 * 60))
        return start + timedelta(seconds=30 * self._on_round[day, leg])

    def _courier(self, day: date) -> str:
        return self.world.couriers[day.toordinal() % len(self.world.couriers)]

    def _keeper(self, day: date) -> str:
        return self.world.storekeepers[day.toordinal() % len(self.world.storekeepers)]

    def _examine(
        self, case: Opened, exhibit: Exhibit, analyst: str, arrived: datetime
    ) -> list[Trace]:
        book = self.book
        start = arrived + book.days(14.0, 0.6)
        moment = self._at_bench(analyst, start, timedelta(minutes=45))
        if not book.is_past(moment + timedelta(hours=1)):
            return []
        custody, item = self.custody, exhibit.id
        self.opened.add(item)
        custody.hand_over(item, moment, analyst, LAB, by=analyst)
        custody.open(item, moment + timedelta(minutes=3), analyst, LAB)
        custody.work(item, EventKind.EXAMINED, moment + timedelta(minutes=15), analyst, LAB)
        book.add(
            Examination(
                id=book.number("XM"), case=case.id, target=item, examiner=analyst,
                at=at(moment + timedelta(minutes=15)), sought="biological traces", found=True,
                alone=False, witness=self._witness(analyst, moment),
                method="usual search",
            )
        )  # fmt: skip
        traces = []
        for k in range(1, 2 + int(book.chance(0.25))):
            taken = moment + timedelta(minutes=18 + 5 * k)
            custody.work(item, EventKind.SAMPLED, taken, analyst, LAB)
            traces.append(self._sample(case, exhibit, analyst, taken, k))
        custody.close(item, moment + timedelta(minutes=38), analyst, LAB)
        custody.hand_over(item, moment + timedelta(minutes=43), LAB_STORE, LAB_STORE, by=analyst)
        return traces

    def _witness(self, analyst: str, moment: datetime) -> str:
        others = [a for a in self.world.on_evidence(moment) if a != analyst]
        return self.book.pick(others)

    def _sample(
        self, case: Opened, exhibit: Exhibit, analyst: str, taken: datetime, k: int
    ) -> Trace:
        book = self.book
        cutting = book.add(
            Sample(id=f"{exhibit.id}-S{k}", exhibit=exhibit.id, kind="swab", taken=at(taken),
                   taken_by=analyst, requested_with=tuple(self._samples[case.together or ""]))
        )  # fmt: skip
        self._samples[case.id].append(cutting.id)
        self.supplies.single("swab", taken, analyst, sample=cutting.id, case=case.id)
        passer_by = f"passer-by {cutting.id}"
        own = book.pick((case.victim, case.victim, case.offender, case.offender, passer_by))
        median = book.rates[_MEDIANS.get(exhibit.substrate.split()[0], "fluid_median")]
        quantity = median * exp(book.rates["quantity_sd_ln"] * book.rng.standard_normal())
        male = 1.0 if own == case.offender else float(book.rng.random() < 0.5)
        return Trace(
            id=f"{cutting.id}-X", case=case, analyst=analyst, ready=taken, donor=own,
            quantity=quantity, male=male, exhibit=exhibit,
        )  # fmt: skip

    def _open_reference(
        self, case: Opened, reference: Sample, analyst: str, arrived: datetime
    ) -> list[Trace]:
        """In another room, by analysts who work on references only this month."""
        book = self.book
        start = arrived + book.days(6.0, 0.5)
        others = [a for a in self.world.on_references(start) if a != analyst]
        same = bool(analyst) and book.chance("same_hands")
        by = analyst if same else book.pick(others)
        moment = self._at_bench(by, start, timedelta(minutes=15))
        if not book.is_past(moment + timedelta(hours=1)):
            return []
        custody, item = self.custody, reference.id
        self.opened.add(item)
        if same:
            every = [reference.ref, Ref("sample", f"{item}-X")]
            every += [exhibit.ref for exhibit in case.exhibits]
            book.happened("same_hands", "X7", every)
        custody.hand_over(item, moment, by, REFERENCE_ROOM, by=by)
        custody.open(item, moment + timedelta(minutes=2), by, REFERENCE_ROOM)
        custody.work(item, EventKind.SAMPLED, moment + timedelta(minutes=5), by, REFERENCE_ROOM)
        custody.close(item, moment + timedelta(minutes=10), by, REFERENCE_ROOM)
        custody.hand_over(item, moment + timedelta(minutes=14), LAB_STORE, LAB_STORE, by=by)
        assert reference.person is not None
        quantity = 2.0 * exp(0.5 * book.rng.standard_normal())
        return [
            Trace(
                id=f"{item}-X", case=case, analyst=by, ready=moment, donor=reference.person,
                quantity=quantity, male=float(book.rng.random() < 0.6), is_reference=True,
            )
        ]  # fmt: skip

    def _at_bench(self, analyst: str, start: datetime, length: timedelta) -> datetime:
        """The analyst's next free time of that length in working hours."""
        diary, moment = self.world.diary, self.world.next_day_at_work(analyst, start)
        while not diary.is_free(analyst, moment, moment + length, LAB):
            moment = self.world.next_day_at_work(analyst, moment + timedelta(minutes=20))
        diary.keep(analyst, moment, moment + length, LAB)
        return moment.replace(microsecond=0)
