"""Faults in people's work, concerns, tests of the laboratory and look-backs (P1 to P8)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reopen.prove.simulate.book import at
from reopen.prove.simulate.faults import Altered, Shown, fault
from reopen.prove.simulate.people import METHOD
from reopen.prove.simulate.plant_custody import when
from reopen.records.base import Record, Ref
from reopen.records.cases import Interview, Role
from reopen.records.laboratory import Injection, Quantification
from reopen.records.organisation import Concern, CorrectiveAction, Output, ProficiencyTest
from reopen.records.results import LabResult
from reopen.records.times import Interval


def evidence(altered: Altered) -> list[Output]:
    return altered.where(Output, "case_type", "evidence")


def somebody(altered: Altered) -> str:
    return altered.pick(sorted({output.person for output in evidence(altered)}))


def own(altered: Altered, person: str) -> list[Output]:
    months = [output for output in evidence(altered) if output.person == person]
    return sorted(months, key=lambda output: str(output.month))


@fault("P1.output", "An analyst reports 3.3 times the work of the others, from the fourth month.",
       alone=True)  # fmt: skip
def output(altered: Altered) -> Shown:
    person = somebody(altered)
    months = [
        altered.change(o, completed=round(3.3 * o.completed)) for o in own(altered, person)[3:]
    ]
    return [*months, Ref("person", person)]


@fault("P2.missing_records", "Of an analyst's cases 9.5 % lack a record of the run.", alone=True)
def missing_records(altered: Altered) -> Shown:
    person = somebody(altered)
    shown: list[Record | Ref] = [Ref("person", person)]
    by_case: dict[str, list[Injection | Quantification]] = {}
    for kind in (Injection, Quantification):
        for record in altered.where(kind, "analyst", person):
            assert isinstance(record, Injection | Quantification)
            if record.case:
                by_case.setdefault(record.case, []).append(record)
    for records in by_case.values():
        if altered.chance(0.095):
            lost = altered.pick(records)
            if isinstance(lost, Injection):
                shown.append(altered.change(lost, raw_hash=""))
            else:
                shown.append(altered.change(lost, total_ng_ul=None, male_ng_ul=None))
            shown.append(Ref("case", str(lost.case)))
    return shown


@fault("P3.no_repeats", "An analyst never repeats anything and no run of theirs fails.", alone=True)
def no_repeats(altered: Altered) -> Shown:
    person = somebody(altered)
    months = [altered.change(o, repeats=0, failed_batches=0) for o in own(altered, person)]
    return [*months, Ref("person", person)]


@fault("P4.mix", "An analyst turns four of five exclusions and doubts into inclusions.", alone=True)
def mix(altered: Altered) -> Shown:
    person = somebody(altered)
    shown: list[Record | Ref] = [Ref("person", person)]
    for month in own(altered, person):
        others = (month.negative or 0) + (month.inconclusive or 0)
        turned = int(altered.rng.binomial(others, 0.8))
        negative = max((month.negative or 0) - turned, 0)
        inconclusive = others - turned - negative
        shown.append(
            altered.change(month, positive=(month.positive or 0) + turned, negative=negative,
                           inconclusive=max(inconclusive, 0))
        )  # fmt: skip
    return shown


@fault("P5.tide", "All analysts' work halves in mid-term but for one, whose stays.", alone=True)
def tide(altered: Altered) -> Shown:
    person = somebody(altered)
    months = sorted({str(o.month) for o in evidence(altered)})
    late = set(months[len(months) // 2 :])
    for month in evidence(altered):
        if month.person != person and str(month.month) in late:
            altered.change(month, completed=int(altered.rng.binomial(month.completed, 0.5)))
    return [*own(altered, person), Ref("person", person)]


def concern(altered: Altered, days_ago: float, **more: object) -> Concern:
    raised = altered.now - timedelta(days=days_ago)
    plain = Concern(id=f"CN-p{int(altered.rng.integers(10**9))}", about="results of one analyst",
                    raised=at(raised))  # fmt: skip
    return altered.add(replace(plain, **more))  # type: ignore[arg-type]


@fault("P6.undecided", "A concern is three months old, and nobody decided anything.")
def undecided(altered: Altered) -> Shown:
    return [concern(altered, 90)]


@fault("P6.raised_again", "A concern is raised a second time about the same subject.")
def raised_again(altered: Altered) -> Shown:
    decided = at(altered.now - timedelta(days=280))
    about = f"quantification plates of room {int(altered.rng.integers(10**6))}"
    first = concern(altered, 300, about=about, decided=decided, decision="no ground")
    second = at(altered.now - timedelta(days=20))
    return [first, concern(altered, 40, about=about, decided=second, decision="no ground")]


@fault("P6.lifted", "A restriction after a concern is lifted without a look at past work.")
def lifted(altered: Altered) -> Shown:
    moments = [at(altered.now - timedelta(days=d)) for d in (180, 175, 100)]
    return [
        concern(altered, 190, about=f"analyst {int(altered.rng.integers(10**6))}",
                decided=moments[0], decision="restricted", restricted=moments[1],
                lifted=moments[2], past_work_reviewed=False)
    ]  # fmt: skip


@fault("P7.none_this_year", "No proficiency test, blind or announced, was taken in the last year.",
       alone=True)  # fmt: skip
def none_this_year(altered: Altered) -> Shown:
    start = altered.now - timedelta(days=400)
    gone = [t for t in altered.of(ProficiencyTest) if when(t.at) > start]
    altered.remove(*gone)
    old = altered.add(
        ProficiencyTest(id="PT-old", method=METHOD, at=at(start - timedelta(days=30)), blind=True,
                        passed=True)
    )  # fmt: skip
    return [*gone, old, *altered.of(ProficiencyTest), Ref("method", METHOD)]


@fault("P7.never_blind", "All proficiency tests of the year were announced.", alone=True)
def never_blind(altered: Altered) -> Shown:
    altered.remove(*altered.where(ProficiencyTest, "blind", True))
    return [*altered.of(ProficiencyTest), Ref("method", METHOD)]


@fault("P7.no_look_back", "A proficiency test was failed, and nobody looked back.")
def no_look_back(altered: Altered) -> Shown:
    test = altered.pick(
        t for t in altered.of(ProficiencyTest) if when(t.at) < altered.now - timedelta(days=60)
    )
    return [altered.change(test, passed=False, look_back=None)]


@fault("P8.case_left_out", "A look-back at a month of an analyst's work leaves a case out.")
def case_left_out(altered: Altered) -> Shown:
    opened = altered.now - timedelta(days=float(altered.rng.uniform(100, 200)))
    during = Interval(opened - timedelta(days=60), opened)
    results = [r for r in altered.of(LabResult) if r.at.certainly_within(during)]
    person = altered.pick(sorted({r.analyst for r in results if r.analyst}))
    cases = sorted({r.case for r in results if r.analyst == person})
    left_out = altered.pick(cases)
    action = altered.add(
        CorrectiveAction(
            id=f"CA-p{int(altered.rng.integers(10**9))}", opened=at(opened),
            scope={"analyst": person}, during=during,
            deadline=at(opened + timedelta(days=60)),
            outcomes={case: "stands" for case in cases if case != left_out},
        )
    )  # fmt: skip
    return [action, Ref("case", left_out)]


@fault("P9.unheard", "A witness was named in the first days, and nobody ever heard them.")
def unheard(altered: Altered) -> Shown:
    late = altered.now - timedelta(days=90)
    heard = altered.pick(i for i in altered.of(Interview) if i.held and when(i.held) < late)
    about = Ref("involvement", f"{heard.case}/{heard.person}/{Role.WITNESS}")
    silent = replace(heard, held=None, by=None, record="")
    return [altered.add(silent), about]
