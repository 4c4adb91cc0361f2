"""What the laboratory says: results and their versions, comparisons, reports, reviews, and after.

A case is reported when all that was sampled of it is done. Names become known to the laboratory
with the reference sample; comparisons come after the interpretation of the traces.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from reopen.prove.simulate.bench import Bench, Trace
from reopen.prove.simulate.book import Book, at, working
from reopen.prove.simulate.cases import Opened
from reopen.prove.simulate.injections import Typed
from reopen.prove.simulate.world import World
from reopen.records.base import Ref
from reopen.records.cases import Mention
from reopen.records.laboratory import Deviation, Method
from reopen.records.results import (
    Amendment,
    CaseAction,
    Disclosure,
    Hit,
    LabResult,
    Milestone,
    NameKnown,
    Report,
    Request,
    ResultKind,
    Review,
    ReviewKind,
)
from reopen.records.times import Interval

METHOD_DAYS = 300
TOGETHER = timedelta(days=7)  # what is compared by then goes into the first report
INTERPRETATION = ("alleles", "contributors", "threshold", "proposition")


class Results:
    """Writes the results of every case, and its report where there is one by the end."""

    def __init__(self, book: Book, world: World, bench: Bench):
        self.book, self.world, self.bench = book, world, bench
        self.profiles: dict[str, LabResult] = {}
        self._reported: set[str] = set()
        self._arrived: dict[str, list[datetime]] = defaultdict(list)
        self._methods = self._write_methods()

    def write(self, cases: list[Opened], traces: list[Trace], typed: list[Typed]) -> None:
        of_case: dict[str, list[Typed]] = defaultdict(list)
        for one in typed:
            of_case[one.trace.case.id].append(one)
        done = {one.trace.id for one in typed}
        own: dict[str, list[Trace]] = defaultdict(list)
        for trace in traces:
            own[trace.case.id].append(trace)
        for case in cases:
            if case.id in own:
                waiting = [t for t in own[case.id] if t.id not in done and not t.stopped]
                self._case(case, of_case[case.id], own[case.id], waiting)
        self._audits()

    def _case(
        self, case: Opened, typed: list[Typed], traces: list[Trace], waiting: list[Trace]
    ) -> None:
        """A report when all traces are done, another when later references are compared."""
        self._name_known(case)
        results: list[LabResult] = []
        for one in sorted(typed, key=lambda t: t.at):
            results += self._typed(case, one)
        results += self._comparisons(case, results)
        results.sort(key=_when)
        stains = {t.id for t in traces if not t.is_reference}
        read = {r.sample for r in results} | {t.id for t in traces if t.stopped}
        if stains - read or any(t.id in stains for t in waiting):
            return
        own = [_when(r) for r in results if r.sample in stains and r.compared_with is None]
        ends = [*own, *(t.stopped for t in traces if t.stopped)]
        if not ends:
            return
        issued = working(max(ends) + TOGETHER + self.book.days(6.0, 0.6))
        late = issued - timedelta(days=2)
        soon = [r for r in results if _when(r) < late]
        if not self._conclude(case, soon, issued):
            return
        later = [r for r in results if _when(r) >= late]
        if later and not waiting:
            end = working(max(issued, _when(later[-1])) + self.book.days(8.0, 0.6))
            self._conclude(case, later, end)

    def _conclude(self, case: Opened, results: list[LabResult], issued: datetime) -> bool:
        """Whether the report was issued before the end."""
        self._amend(case, results, issued)
        if self.book.is_past(issued):
            self._report(case, results, issued.replace(microsecond=0))
        return self.book.is_past(issued)

    def _name_known(self, case: Opened) -> None:
        for sample in case.references:
            arrived = self.bench.custody.since[sample.id]
            self._arrived[case.id].append(arrived)
            if sample.person == case.suspect and self.book.is_past(arrived):
                self.book.add(
                    NameKnown(id=f"{case.id}/name", case=case.id, at=at(arrived),
                              person=sample.person, how="reference received")
                )  # fmt: skip

    def _typed(self, case: Opened, one: Typed) -> list[LabResult]:
        """A failed injection is a result too."""
        read = one.at + timedelta(days=1) + self.book.minutes(600)
        results = []
        if one.failed_first is not None:
            failed = self._result(case, one, read - timedelta(hours=20), ResultKind.FAILED)
            if failed:
                results.append(failed)
        kind = ResultKind.PROFILE if one.has_profile else ResultKind.NO_PROFILE
        result = self._result(case, one, working(read), kind)
        if result:
            results.append(result)
            if kind is ResultKind.PROFILE:
                self.profiles[one.trace.id] = result
        return results

    def _result(
        self, case: Opened, one: Typed, moment: datetime, kind: ResultKind
    ) -> LabResult | None:
        book = self.book
        if not book.is_past(moment):
            return None
        failed = kind is ResultKind.FAILED
        injection = one.failed_first if failed and one.failed_first else one.injection
        removed = int(book.rng.poisson(book.rates["peaks_removed"]))
        number, moment = book.number("RES"), moment.replace(microsecond=0)
        method, late = self._method(moment)
        result = LabResult(
            id=f"{number}/1", result=number, case=case.id, sample=one.trace.id, kind=kind,
            at=at(moment), analyst=one.analyst, unit="DNA",
            contributors=None if failed else 1 + int(book.chance(0.4)) + int(book.chance(0.1)),
            threshold_rfu=50.0, input_ng=round(max(0.015, min(1.0, 15 * one.trace.quantity)), 4),
            alleles_hash="" if failed else book.hash(), method=method,
            raw_hash=injection.raw_hash, settings="threshold 50 RFU; stutter filters of the kit",
            redone=None if failed else True, removed_peaks=0 if failed else removed,
            removed_explained=0 if failed else removed,
            repeat_of=self._first_of(one) if one.again else None,
        )  # fmt: skip
        if late:
            self._deviate(result.id, moment)
        return book.add(result)

    def _deviate(self, result: str, moment: datetime) -> None:
        self.book.add(
            Deviation(id=f"{result}/d", subject=result, at=at(moment),
                      approved_by=self.world.quality, reason="begun under the version before")
        )  # fmt: skip

    def _first_of(self, one: Typed) -> str | None:
        first = self.profiles.get(one.trace.id)
        return first.result if first else None

    def _write_methods(self) -> list[Method]:
        book, methods = self.book, []
        days = (book.now - book.start).days
        for k in range(days // METHOD_DAYS + 1):
            start = book.start + timedelta(days=k * METHOD_DAYS)
            last = k == days // METHOD_DAYS
            end = None if last else start + timedelta(days=METHOD_DAYS + 14)
            methods.append(
                book.add(
                    Method(
                        id=f"STR-{k + 1}", name="STR interpretation", version=f"{k + 1}.0",
                        in_force=Interval(start - timedelta(days=30 if k == 0 else 0), end),
                        validated=Interval(start - timedelta(days=60), start - timedelta(days=20)),
                        most_contributors=4, least_ng=0.01,
                    )
                )
            )  # fmt: skip
        return methods

    def _method(self, moment: datetime) -> tuple[str, bool]:
        """The version in force; the one before for work begun under it, for two weeks."""
        days = (moment - self.book.start).days
        if days >= METHOD_DAYS and days % METHOD_DAYS < 14 and self.book.chance(0.3):
            return self._at(moment - timedelta(days=14)), True
        return self._at(moment), False

    def _at(self, moment: datetime) -> str:
        k = (moment - self.book.start).days // METHOD_DAYS
        return self._methods[min(k, len(self._methods) - 1)].id

    def _comparisons(self, case: Opened, results: list[LabResult]) -> list[LabResult]:
        book = self.book
        of_people = {f"{r.id}-X": r.person for r in case.references}
        references = {r.sample: r for r in results if r.sample in of_people}
        found = []
        for stain in results:
            if stain.kind is not ResultKind.PROFILE or stain.sample in of_people:
                continue
            for sample, reference in references.items():
                moment = working(max(_when(stain), _when(reference)) + book.days(2.0))
                moment = moment.replace(microsecond=0)
                person = of_people[sample]
                if person is None or not book.is_past(moment):
                    continue
                kind = self._compared(case, stain.sample, person)
                lr = max(3.0, 12 + 4 * float(book.rng.standard_normal()))
                number = book.number("RES")
                method, late = self._method(moment)
                if late:
                    self._deviate(f"{number}/1", moment)
                found.append(
                    book.add(
                        replace(
                            stain, id=f"{number}/1", result=number, kind=kind,
                            at=at(moment), method=method, compared_with=person,
                            log10_lr=round(lr, 2) if kind is ResultKind.INCLUSION else None,
                            proposition=f"{person} contributed", repeat_of=None,
                        )
                    )
                )  # fmt: skip
        return found

    def _compared(self, case: Opened, sample: str, person: str) -> ResultKind:
        if self.book.chance("inconclusive"):
            return ResultKind.INCONCLUSIVE
        donor = self.bench.donors[sample]
        is_donor = donor == person or (
            person == case.suspect and case.is_right and donor == case.offender
        )
        return ResultKind.INCLUSION if is_donor else ResultKind.EXCLUSION

    def _amend(self, case: Opened, results: list[LabResult], issued: datetime) -> None:
        """Before the report: with new data where the name is known, and clerical slips."""
        for k, first in enumerate(results):
            if self.book.chance("amended") and first.kind is ResultKind.PROFILE:
                field = self.book.pick(INTERPRETATION)
                results[k] = self._changed(case, first, field, issued)
            elif self.book.chance("clerical"):
                results[k] = self._changed(case, first, "item number", issued)

    def _changed(self, case: Opened, first: LabResult, field: str, issued: datetime) -> LabResult:
        book = self.book
        moment = working(_when(first) + book.minutes(1200)).replace(microsecond=0)
        if not book.is_past(moment) or moment >= issued:
            return first
        known = any(moment > arrived for arrived in self._arrived[case.id])
        new_data = known if field in INTERPRETATION else False
        second = replace(
            first, id=f"{first.result}/2", version=2, at=at(moment), method=self._at(moment),
            alleles_hash=book.hash() if field in INTERPRETATION else first.alleles_hash,
            raw_hash=book.hash() if new_data else first.raw_hash,
        )  # fmt: skip
        book.add(
            Amendment(
                id=book.number("AMD"), result=first.result, case=case.id, before=1, after=2,
                at=at(moment), by=first.analyst, changed=(field,), new_data=new_data,
                reason="amplified again" if new_data else "found when checking",
            )
        )  # fmt: skip
        return book.add(second)

    def _report(self, case: Opened, results: list[LabResult], issued: datetime) -> None:
        book = self.book
        left_out = {
            r.result: "superseded by a repeat" if r.kind is ResultKind.FAILED else "not requested"
            for r in results
            if book.chance("left_out")
        }
        author = next((r.analyst for r in results if "-E" in r.sample), self.bench.analyst[case.id])
        items = tuple(e.id for e in case.exhibits if e.id in self.bench.opened)
        report = book.add(
            Report(
                id=book.number("RP"), case=case.id, issued=at(issued), author=author,
                results=tuple(r.result for r in results if r.result not in left_out),
                left_out=left_out, pages=3 + len(results) // 2, items=items,
            )
        )  # fmt: skip
        for item in items:
            book.add(
                Mention(id=book.number("ME"), case=case.id, document=report.id,
                        text=f"{item.removeprefix(case.id + '-')}", exhibit=item, at=at(issued))
            )  # fmt: skip
        self._review(report, issued)
        self._answer(case, {r.sample for r in results}, issued)
        self._after(case, report, results, issued)

    def _review(self, report: Report, issued: datetime) -> None:
        book = self.book
        for kind, before in ((ReviewKind.TECHNICAL, 72), (ReviewKind.ADMINISTRATIVE, 24)):
            by = book.pick([name for name in self.world.reviewers if name != report.author])
            started = issued - timedelta(hours=before) + book.minutes(60)
            per_page = 5.0 if kind is ReviewKind.TECHNICAL else 2.5
            spread = 1 + 0.3 * abs(float(book.rng.standard_normal()))
            ended = started + timedelta(minutes=(report.pages or 1) * per_page * spread)
            book.add(
                Review(id=f"{report.id}/{kind}", report=report.id, kind=kind, by=by,
                       started=at(started), ended=at(ended.replace(microsecond=0)))
            )  # fmt: skip

    def _answer(self, case: Opened, samples: set[str], issued: datetime) -> None:
        """Requests are answered with the report; items go home after it."""
        references = [r.id for r in case.references if f"{r.id}-X" in samples]
        for item in (*(e.id for e in case.exhibits), *references):
            sent = self.bench.sent.get(item)
            if sent is None or sent.request.answered or item not in self.bench.opened:
                continue
            answered = replace(sent.request, answered=at(issued))
            self.book.records[sent.index] = answered
            sent.request = answered
            self.bench.give_back(item, issued + timedelta(days=2))

    def _after(
        self, case: Opened, report: Report, results: list[LabResult], issued: datetime
    ) -> None:
        book = self.book
        if book.chance("amended_after_issue"):
            changed = self._changed_after(case, results, issued)
            if changed:
                book.happened("amended_after_issue", "R1 R3 R4", changed)
        if case.suspect:
            self._trial(case, results, issued)
        elif any(r.kind is ResultKind.PROFILE for r in results) and book.chance(0.3):
            self._hit(case, issued + book.days(4.0))

    def _changed_after(
        self, case: Opened, results: list[LabResult], issued: datetime
    ) -> list[Ref] | None:
        book, first = self.book, results[0] if results else None
        moment = (issued + book.days(20.0)).replace(microsecond=0)
        if first is None or first.version > 1 or not book.is_past(moment):
            return None
        second = replace(first, id=f"{first.result}/2", version=2, at=at(moment),
                         method=self._at(moment))  # fmt: skip
        amendment = Amendment(
            id=book.number("AMD"), result=first.result, case=case.id, before=1, after=2,
            at=at(moment), by=first.analyst, changed=("sample description",), new_data=False,
            reason="wrong description in the report",
        )  # fmt: skip
        return [book.add(second).ref, book.add(amendment).ref]

    def _trial(self, case: Opened, results: list[LabResult], issued: datetime) -> None:
        book = self.book
        disclosed = issued + book.days(30.0)
        trial = disclosed + book.days(120.0)
        if book.is_past(disclosed):
            book.add(
                Disclosure(id=book.number("DI"), case=case.id, at=at(disclosed), to="defence",
                           results=tuple(dict.fromkeys(r.result for r in results)),
                           items=tuple(e.id for e in case.exhibits))
            )  # fmt: skip
        is_first = case.id not in self._reported
        self._reported.add(case.id)
        for name, moment in (("disclosure", disclosed), ("trial", trial)):
            if is_first and book.is_past(moment):
                book.add(
                    Milestone(id=book.number("MI"), milestone=name, at=at(moment), case=case.id)
                )

    def _hit(self, case: Opened, moment: datetime) -> None:
        """Told within days and followed up within weeks, mostly."""
        book = self.book
        moment = working(moment).replace(microsecond=0)
        told = moment + book.days(1.0)
        late = book.chance("hit_late")
        acted = told + (timedelta(days=35) + book.days(10.0) if late else book.days(6.0, 0.5))
        if not book.is_past(told):
            return
        hit = book.add(
            Hit(id=book.number("HIT"), case=case.id, at=at(moment), told=at(told),
                person=f"database-{case.offender}")
        )  # fmt: skip
        if book.chance(0.05):
            book.add(replace(hit, id=book.number("HIT"), duplicate_of=hit.id))
        book.add(
            NameKnown(id=f"{case.id}/hit", case=case.id, at=at(told), person=hit.person,
                      how="database hit")
        )  # fmt: skip
        if (acted - told).days > hit.limit_days:
            book.happened("hit_late", "R10", [hit])
        if book.is_past(acted):
            book.add(
                CaseAction(id=book.number("ACT"), case=case.id, at=at(acted.replace(microsecond=0)),
                           action="lead from the database followed", by=case.detective)
            )  # fmt: skip

    def _audits(self) -> None:
        moment = self.book.start + timedelta(days=200, hours=9)
        while self.book.is_past(moment):
            self.book.add(
                Milestone(id=self.book.number("MI"), milestone="audit of the laboratory",
                          at=at(moment))
            )  # fmt: skip
            moment += timedelta(days=365)

    def late_answers(self) -> None:
        """Requests that took longer than the limit, whatever the reason."""
        for sent in self.bench.sent.values():
            request: Request = sent.request
            if request.sent is None or request.sent.latest is None:
                continue
            end = request.answered.latest if request.answered else self.book.now
            assert end is not None
            if request.limit_days and (end - request.sent.latest).days >= request.limit_days:
                self.book.happened("answer_late", "R9", [request])


def _when(result: LabResult) -> datetime:
    assert result.at.latest is not None
    return result.at.latest
