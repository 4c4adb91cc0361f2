"""Faults in results, amendments and reporting (R1 to R10)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from reopen.prove.simulate.bench import LIMIT_DAYS
from reopen.prove.simulate.book import at
from reopen.prove.simulate.faults import Altered, Shown, fault
from reopen.prove.simulate.plant_custody import life, resting, when
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Mention
from reopen.records.custody import Retention
from reopen.records.laboratory import QualityValue, Stop
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


def reported(altered: Altered, *kinds: ResultKind) -> tuple[Report, LabResult]:
    """A report and a result of some kind in it, of which there is one version."""
    versions = {r.result: r for r in altered.of(LabResult) if r.version == 1}
    again = {r.result for r in altered.of(LabResult) if r.version > 1}
    return altered.pick(
        (report, versions[number])
        for report in altered.of(Report)
        for number in report.results
        if number in versions and number not in again and versions[number].kind in kinds
    )


def silence(altered: Altered, result: LabResult) -> list[Record | Ref]:
    """A result stands in no report and in no disclosure, and nobody says why."""
    shown: list[Record | Ref] = [result, Ref("lab_result", result.result)]
    for report in altered.where(Report, "case", result.case):
        kept = tuple(number for number in report.results if number != result.result)
        left = {number: why for number, why in report.left_out.items() if number != result.result}
        shown.append(altered.change(report, results=kept, left_out=left))
    for told in altered.where(Disclosure, "case", result.case):
        kept = tuple(number for number in told.results if number != result.result)
        shown.append(altered.change(told, results=kept))
    return shown


@fault("R1.exclusion_unreported", "An exclusion stands in no report.")
def exclusion_unreported(altered: Altered) -> Shown:
    _, result = reported(altered, ResultKind.EXCLUSION)
    return silence(altered, result)


@fault("R1.only_the_last", "Of a trace amplified twice only the last result is reported.")
def only_the_last(altered: Altered) -> Shown:
    numbers = {number for report in altered.of(Report) for number in report.results}
    again = [r for r in altered.of(LabResult) if r.repeat_of in numbers and r.result in numbers]
    second = altered.pick(again)
    first = altered.pick(altered.where(LabResult, "result", second.repeat_of))
    return silence(altered, first)


@fault("R1.failed_unreported", "A failed test stands in no report.")
def failed_unreported(altered: Altered) -> Shown:
    _, result = reported(altered, ResultKind.FAILED)
    return silence(altered, result)


@fault("R2.exclusions_left_out", "One analyst leaves 40 % of exclusions out, not of inclusions.",
       alone=True)  # fmt: skip
def exclusions_left_out(altered: Altered) -> Shown:
    results = {r.result: r for r in altered.of(LabResult)}
    analyst = altered.pick(sorted({r.analyst for r in results.values() if r.analyst}))
    shown: list[Record | Ref] = [Ref("person", analyst)]
    for report in altered.of(Report):
        own = [n for n in report.results if n in results and results[n].analyst == analyst]
        out = [n for n in own if results[n].kind is ResultKind.EXCLUSION and altered.chance(0.4)]
        if out:
            kept = tuple(n for n in report.results if n not in out)
            left = {**report.left_out, **dict.fromkeys(out, "not requested")}
            shown.append(altered.change(report, results=kept, left_out=left))
            shown += [results[n] for n in out]
    return shown


def amended(
    altered: Altered, result: LabResult, moment: datetime, **change: object
) -> list[Record | Ref]:
    """A second version of a result with its amendment."""
    second = replace(result, id=f"{result.result}/2", version=2, at=at(moment),
                     alleles_hash=altered.rng.bytes(32).hex())  # fmt: skip
    amendment = Amendment(
        id=f"AMD-{result.result}", result=result.result, case=result.case, before=1, after=2,
        at=at(moment), by=result.analyst, reason="looked at again",
        changed=("alleles", "contributors"), new_data=False,
    )  # fmt: skip
    both = [altered.add(second), altered.add(replace(amendment, **change))]  # type: ignore[arg-type]
    return [*both, result]


@fault("R3.after_the_name", "A trace's alleles are read anew after the suspect was named, without "
       "new data; the LR grows by five bans.")  # fmt: skip
def after_the_name(altered: Altered) -> Shown:
    known = {n.case: n for n in altered.of(NameKnown)}
    again = {r.result for r in altered.of(LabResult) if r.version > 1}
    result = altered.pick(
        r for r in altered.where(LabResult, "kind", ResultKind.PROFILE)
        if r.case in known and r.result not in again and "-E" in r.sample
        and when(known[r.case].at) < altered.now - timedelta(days=20)
    )  # fmt: skip
    start = max(when(known[result.case].at), when(result.at))
    moment = start + timedelta(days=float(altered.rng.uniform(1, 10)))
    shown = amended(altered, result, moment, log10_before=0.7, log10_after=5.7)
    return [*shown, known[result.case]]


@fault("R4.before_trial", "A reported result is changed some days before the trial.")
def before_trial(altered: Altered) -> Shown:
    trials = {m.case: m for m in altered.where(Milestone, "milestone", "trial")}
    again = {r.result for r in altered.of(LabResult) if r.version > 1}
    results = {r.result: r for r in altered.of(LabResult)}
    report, number = altered.pick(
        (report, n) for report in altered.of(Report) if report.case in trials
        for n in report.results if n in results and n not in again
    )  # fmt: skip
    trial = trials[report.case]
    moment = when(trial.at) - timedelta(days=float(altered.rng.uniform(1, 6)))
    return [*amended(altered, results[number], moment), trial, report]


@fault("R5.no_amendment", "A second version of a result stands there without saying why.")
def no_amendment(altered: Altered) -> Shown:
    _, result = reported(altered, ResultKind.PROFILE)
    shown = amended(altered, result, when(result.at) + timedelta(days=1))
    altered.remove(altered.one(Amendment, f"AMD-{result.result}"))
    return shown


@fault("R5.no_reason", "An amendment gives neither a reason nor who made it.")
def no_reason(altered: Altered) -> Shown:
    _, result = reported(altered, ResultKind.PROFILE)
    return amended(altered, result, when(result.at) + timedelta(days=1), reason="", by=None)


@fault("R5.version_missing", "The second of a result's three versions is not there.")
def version_missing(altered: Altered) -> Shown:
    _, result = reported(altered, ResultKind.PROFILE)
    moment = when(result.at) + timedelta(days=1)
    third = replace(result, id=f"{result.result}/3", version=3, at=at(moment))
    amendment = Amendment(
        id=f"AMD-{result.result}", result=result.result, case=result.case, before=2, after=3,
        at=at(moment), by=result.analyst, reason="corrected", changed=("alleles",),
    )  # fmt: skip
    return [altered.add(third), altered.add(amendment), result]


@fault("R6.own_review", "An author reviews the own report.")
def own_review(altered: Altered) -> Shown:
    review = altered.pick(altered.of(Review))
    report = altered.one(Report, review.report)
    return [altered.change(review, by=str(report.author)), report]


@fault("R6.no_review", "A report is issued without any review.")
def no_review(altered: Altered) -> Shown:
    report = altered.pick(altered.of(Report))
    reviews = altered.where(Review, "report", report.id)
    altered.remove(*reviews)
    return [report, *reviews]


@fault("R6.one_minute", "A report of many pages is reviewed in a minute.")
def one_minute(altered: Altered) -> Shown:
    report = altered.pick(r for r in altered.of(Report) if (r.pages or 0) >= 6)
    reviews = altered.where(Review, "report", report.id)
    review = altered.pick(r for r in reviews if r.kind is ReviewKind.TECHNICAL)
    ended = at(when(review.started) + timedelta(minutes=1))
    return [altered.change(review, ended=ended), report]


@fault("R6.only_each_other", "Two analysts review only each other for the whole time.", alone=True)
def only_each_other(altered: Altered) -> Shown:
    reviewers = sorted({r.by for r in altered.of(Review)})
    one, other = altered.some(reviewers, 2)
    third = [name for name in reviewers if name not in (one, other)]
    shown: list[Record | Ref] = [Ref("person", one), Ref("person", other)]
    authors = {r.id: r.author for r in altered.of(Report)}
    for review in altered.of(Review):
        author = authors[review.report]
        if author in (one, other):
            shown.append(altered.change(review, by=other if author == one else one))
            shown.append(Ref("report", review.report))
        elif review.by in (one, other):
            altered.change(review, by=altered.pick([n for n in third if n != author]))
    return shown


@fault("R7.not_redone", "Calls cannot be redone from the raw file with the recorded settings.")
def not_redone(altered: Altered) -> Shown:
    _, result = reported(altered, ResultKind.PROFILE)
    return [altered.change(result, redone=False)]


@fault("R7.peaks_removed", "Five peaks over the threshold were removed by hand without a reason.")
def peaks_removed(altered: Altered) -> Shown:
    _, result = reported(altered, ResultKind.PROFILE)
    return [altered.change(result, removed_peaks=5, removed_explained=0)]


def series(altered: Altered) -> list[QualityValue]:
    """The last 130 values of an instrument's series."""
    name = altered.pick(sorted({v.instrument for v in altered.of(QualityValue)}))
    values = altered.where(QualityValue, "instrument", name)
    return sorted(values, key=lambda v: when(v.at))[-130:]


@fault("R8.too_quiet", "Half a year of control values varies a third as much as the method does.",
       alone=True)  # fmt: skip
def too_quiet(altered: Altered) -> Shown:
    values = series(altered)
    return [altered.change(v, value=round(250 + (v.value - 250) / 3, 3)) for v in values]


@fault("R8.repeated", "Values of a control series are copied from the day before.", alone=True)
def repeated(altered: Altered) -> Shown:
    values, shown = series(altered), []
    for before, value in pairwise(values):
        if altered.chance(0.5):
            before = altered.one(QualityValue, before.id)
            shown.append(altered.change(value, value=before.value))
    return shown


@fault("R8.end_digits", "Control values are invented, and end in 0 or 5.", alone=True)
def end_digits(altered: Altered) -> Shown:
    return [altered.change(v, value=round(round(v.value / 0.005) * 0.005, 3))
            for v in series(altered)]  # fmt: skip


def left_waiting(altered: Altered, days: int) -> Request:
    """A request whose exhibit was sent so many days ago, and of which nothing came since."""
    request = altered.pick(
        r for r in altered.of(Request)
        if r.declined and not r.case.startswith("K-19")
        and when(r.declined) < altered.now - timedelta(days=days)
    )  # fmt: skip
    return altered.change(
        request, declined=None, decline_reason="", decline_second=None, victims_wish=False,
        sent=at(when(request.asked) + timedelta(days=1)), limit_days=LIMIT_DAYS,
    )  # fmt: skip


@fault("R9.never_answered", "An exhibit waits in the laboratory for longer than the law allows.")
def never_answered(altered: Altered) -> Shown:
    request = left_waiting(altered, LIMIT_DAYS + 10)
    return [request, Ref("exhibit", request.item)]


@fault("R9.limitation_near", "An exhibit waits while the limitation date is half a year away.")
def limitation_near(altered: Altered) -> Shown:
    request = left_waiting(altered, 40)
    kept = altered.pick(altered.where(Retention, "case", request.case))
    limit = altered.change(kept, limitation=at(altered.now + timedelta(days=180)))
    return [request, limit, Ref("exhibit", request.item), Ref("case", request.case)]


@fault("R9.declined_alone", "A test is declined without a reason and a second signature.")
def declined_alone(altered: Altered) -> Shown:
    request = altered.pick(r for r in altered.of(Request) if r.declined)
    return [altered.change(request, decline_reason="", decline_second=None),
            Ref("exhibit", request.item)]  # fmt: skip


@fault("R10.no_action", "Nothing happens in a case after a database hit.")
def no_action(altered: Altered) -> Shown:
    hit = altered.pick(
        h for h in altered.of(Hit)
        if h.duplicate_of is None and h.told and when(h.told) < altered.now - timedelta(days=60)
    )  # fmt: skip
    altered.remove(*altered.where(CaseAction, "case", hit.case))
    return [hit]


@fault("R11.no_result", "A test was ordered and answered, and no result of it is there.")
def no_result(altered: Altered) -> Shown:
    request = altered.pick(r for r in altered.of(Request) if r.answered and "-R" not in r.item)
    every: list[LabResult | Stop] = [*altered.of(LabResult), *altered.of(Stop)]
    altered.remove(*(r for r in every if r.sample.startswith(f"{request.item}-S")))
    return [request, Ref("exhibit", request.item)]


@fault("R12.number_missing", "A result's number is missing from the row, with all its versions.")
def number_missing(altered: Altered) -> Shown:
    _, result = reported(altered, *ResultKind)
    numbers = sorted({r.result for r in altered.of(LabResult)})
    k = numbers.index(result.result)
    shown = silence(altered, result)
    altered.remove(*altered.where(LabResult, "result", result.result))
    beside = {*numbers[max(k - 1, 0) : k], *numbers[k + 1 : k + 2]}
    return [*shown, *(r for r in altered.of(LabResult) if r.result in beside)]


@fault("R12.exhibit_missing", "An exhibit's number is missing from its case, with all about it.")
def exhibit_missing(altered: Altered) -> Shown:
    exhibit = resting(altered)
    number = int(exhibit.id.rpartition("-E")[2])
    near = {f"{exhibit.case}-E{number + 1}", f"{exhibit.case}-E{number - 1}"}
    beside = [e for e in altered.where(Exhibit, "case", exhibit.case) if e.id in near]
    if f"{exhibit.case}-E{number + 1}" not in {e.id for e in beside}:
        return exhibit_missing(altered)
    altered.remove(*life(altered, exhibit.id), *altered.where(Request, "item", exhibit.id),
                   *altered.where(Mention, "exhibit", exhibit.id), exhibit)  # fmt: skip
    return [exhibit, *beside, Ref("case", exhibit.case)]
