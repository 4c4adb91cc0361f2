"""Analysts' months, the quality series, proficiency tests, concerns and look-backs."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta

from reopen.prove.simulate.book import Book, at
from reopen.prove.simulate.injections import Typed
from reopen.prove.simulate.world import INSTRUMENTS, World, month_of
from reopen.records.laboratory import Means, QualityValue
from reopen.records.organisation import Concern, CorrectiveAction, Output, ProficiencyTest
from reopen.records.results import LabResult, ResultKind
from reopen.records.times import Interval

METHOD = "STR interpretation"
UNITS_PER_TEST, HOURS_PER_TEST = 1.0, {"evidence": 2.5, "reference": 0.8}
QUALITY_SD = 0.02
_CONCERNS = (
    "contamination in the post-PCR room", "labels fall off tubes", "instrument CE-1 drifts",
    "backlog", "software update",
)  # fmt: skip


def _part(done: Counter[tuple[str, str, str]], key: tuple[str, str, str]) -> float:
    """The share of a month's hours that went into evidence, or into references."""
    spent = {kind: done[*key[:2], kind] * hours for kind, hours in HOURS_PER_TEST.items()}
    return spent[key[2]] / sum(spent.values())


class Work:
    """Counts what the laboratory's records hold, month by month and person by person."""

    def __init__(self, book: Book, world: World):
        self.book, self.world = book, world

    def write(self, typed: list[Typed]) -> None:
        self._months(typed)
        for instrument in INSTRUMENTS:
            self._series(instrument)
        self._proficiency()
        self._concerns()
        self._look_backs()

    def _months(self, typed: list[Typed]) -> None:
        """Evidence and references apart; only whole months."""
        done: Counter[tuple[str, str, str]] = Counter()
        repeats: Counter[tuple[str, str, str]] = Counter()
        failed: Counter[tuple[str, str, str]] = Counter()
        for one in typed:
            kind = "reference" if one.trace.is_reference else "evidence"
            key = (one.analyst, f"{one.at:%Y-%m}", kind)
            done[key] += not one.again
            repeats[key] += one.again
            failed[key] += one.failed_first is not None
        mixes = self._mixes()
        for (person, month, kind), n in sorted(done.items()):
            if month >= f"{self.book.now:%Y-%m}":
                continue
            key = (person, month, kind)
            during = Interval.parse(month)
            hours = round(self._hours(person, during) * _part(done + repeats, key), 1)
            mix = mixes.get((person, month), Counter()) if kind == "evidence" else None
            self.book.add(
                Output(
                    id=f"{person}/{month}/{kind}", person=person, month=during, method=METHOD,
                    case_type=kind, hours=hours, completed=n, repeats=repeats[key],
                    failed_batches=failed[key],
                    positive=mix[ResultKind.INCLUSION] if mix is not None else None,
                    negative=mix[ResultKind.EXCLUSION] if mix is not None else None,
                    inconclusive=mix[ResultKind.INCONCLUSIVE] if mix is not None else None,
                )
            )  # fmt: skip
            self._means(person, during, month, kind, n + repeats[key])

    def _hours(self, person: str, during: Interval) -> float:
        assert during.earliest is not None
        assert during.latest is not None
        n = (during.latest - during.earliest).days + 1
        days = (during.earliest.date() + timedelta(days=k) for k in range(n))
        return round(7.5 * sum(self.world.works(person, day) for day in days), 1)

    def _means(self, person: str, during: Interval, month: str, kind: str, tests: int) -> None:
        """Reagents are counted as used, with some spilt; hours are those booked to the bench."""
        spilt = 1 + 0.05 * abs(float(self.book.rng.standard_normal()))
        slower = 1 + 0.2 * abs(float(self.book.rng.standard_normal()))
        self.book.add(
            Means(
                id=f"{person}/{month}/{kind}", person=person, method=METHOD, month=during,
                tests=tests, units_per_test=UNITS_PER_TEST,
                units=round(tests * UNITS_PER_TEST * spilt, 1),
                hours_per_test=HOURS_PER_TEST[kind],
                hours=round(tests * HOURS_PER_TEST[kind] * slower, 1),
            )
        )  # fmt: skip

    def _mixes(self) -> dict[tuple[str, str], Counter[ResultKind]]:
        mixes: dict[tuple[str, str], Counter[ResultKind]] = defaultdict(Counter)
        for record in self.book.records:
            if isinstance(record, LabResult) and record.version == 1 and record.analyst:
                moment = record.at.earliest
                assert moment is not None
                mixes[record.analyst, f"{moment:%Y-%m}"][record.kind] += 1
        return mixes

    def _series(self, instrument: str) -> None:
        """The size standard's check every working day, with the noise that the method has."""
        book = self.book
        moment = book.start + timedelta(hours=7, minutes=40)
        while book.is_past(moment):
            if moment.weekday() < 5:
                value = 250.0 + QUALITY_SD * float(book.rng.standard_normal())
                book.add(
                    QualityValue(
                        id=f"{instrument}/{moment:%Y-%m-%d}", instrument=instrument,
                        series="250 bp fragment", at=at(moment), value=round(value, 3),
                        rounding=0.001, known_sd=QUALITY_SD, low=249.85, high=250.15,
                    )
                )  # fmt: skip
            moment += timedelta(days=1)

    def _proficiency(self) -> None:
        """Two open tests an analyst and year, and four blind ones of the method."""
        book = self.book
        for moment in self._every(182, 100):
            for person in self.world.analysts:
                self._test(moment + book.days(5.0), person, blind=False)
        for moment in self._every(91, 60):
            self._test(moment, None, blind=True)

    def _test(self, moment: datetime, person: str | None, blind: bool) -> None:
        book = self.book
        if not book.is_past(moment):
            return
        failed = book.chance("proficiency_failed")
        test = book.number("PT")
        action = f"CA-{test}" if failed else None
        if failed:
            self._look_back(f"CA-{test}", moment + timedelta(days=5), person)
        book.add(
            ProficiencyTest(id=test, method=METHOD, at=at(moment), person=person, blind=blind,
                            passed=not failed, look_back=action)
        )  # fmt: skip

    def _concerns(self) -> None:
        """All decided in time; some are about what was raised before."""
        book = self.book
        concerns: dict[str, list[Concern]] = defaultdict(list)
        years = (book.now - book.start).days / 365
        for _ in range(int(book.rng.poisson(book.rates["concerns_year"] * years))):
            raised = book.start + timedelta(days=float(book.rng.uniform(0, 365 * years)))
            decided = raised + timedelta(days=float(book.rng.uniform(2, 25)))
            if book.is_past(decided):
                about = book.pick(_CONCERNS)
                said = book.add(
                    Concern(
                        id=book.number("CN"), about=about, raised=at(raised),
                        by=None if book.chance(0.3) else book.pick(self.world.analysts),
                        decided=at(decided), decision="looked into and corrected",
                    )
                )  # fmt: skip
                concerns[about].append(said)
        for again in (own for own in concerns.values() if len(own) > 1):
            book.happened("concerns_year", "P6", again)

    def _look_backs(self) -> None:
        book = self.book
        years = (book.now - book.start).days / 365
        for _ in range(int(book.rng.poisson(book.rates["corrective_year"] * years))):
            opened = book.start + timedelta(days=float(book.rng.uniform(60, 365 * years)))
            self._look_back(book.number("CA"), opened, book.pick(self.world.analysts))

    def _look_back(self, id: str, opened: datetime, person: str | None) -> None:
        """Every case of a person in the two months before; all have an outcome in time."""
        book = self.book
        during = Interval(opened - timedelta(days=60), opened)
        cases = sorted({
            r.case for r in book.records
            if isinstance(r, LabResult) and r.at.certainly_within(during)
            and (person is None or r.analyst == person)
        })  # fmt: skip
        due = opened + timedelta(days=60)
        scope = {"analyst": person} if person else {"method": METHOD}
        outcomes = dict.fromkeys(cases, "looked at again; stands") if book.is_past(due) else {}
        if book.is_past(opened):
            book.add(
                CorrectiveAction(id=id, opened=at(opened), scope=scope, during=during,
                                 outcomes=outcomes, deadline=at(due))
            )  # fmt: skip

    def _every(self, days: int, first: int) -> list[datetime]:
        n = (self.book.now - self.book.start).days
        return [self.book.start + timedelta(days=d, hours=9) for d in range(first, n, days)]


__all__ = ["METHOD", "Work", "month_of"]
