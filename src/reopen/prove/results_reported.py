"""R1 and R2: every test is reported or left out with a reason, whatever it said.

Not here: tests asked for and never made (`results_waiting`), changes of a result
(`results_amended`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta

from reopen.prove.exact import Stratum, mantel_haenszel_p, odds_ratio
from reopen.prove.holdings import Holdings
from reopen.prove.linked import latest_results
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.base import Record
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.results import Disclosure, LabResult, Report, ResultKind

WAIT_DAYS = 365.0
DRAFTING_DAYS = 45.0
LEAST_RESULTS = 20
_REPORTED = 0.05
"""P-values above this are never told; what the budget allows is decided by the audit."""

_SUPPORTS = (ResultKind.INCLUSION,)
_WEAKENS = (ResultKind.EXCLUSION, ResultKind.INCONCLUSIVE)


class Told:
    """Which reports have a result, or leave it out."""

    def __init__(self, holdings: Holdings):
        self.holdings = holdings
        self.having: dict[str, list[Report]] = defaultdict(list)
        self.leaving: dict[str, list[Report]] = defaultdict(list)
        self.disclosed: dict[str, list[Disclosure]] = defaultdict(list)
        for report in holdings.of(Report):
            for name in report.results:
                self.having[name].append(report)
            for name in report.left_out:
                self.leaving[name].append(report)
        for disclosure in holdings.of(Disclosure):
            for name in disclosure.results:
                self.disclosed[name].append(disclosure)

    def reported(self, result: LabResult) -> list[Report]:
        """Reports with this version: named by its id, or by the result's number and not issued
        before it was made."""
        by_number = [
            each for each in self.having[result.result] if not each.issued.before(result.at)
        ]
        return self.having[result.id] + by_number

    def earlier(self, result: LabResult) -> list[Report]:
        """Reports that have the result in a version before this one."""
        return [each for each in self.having[result.result] if each.issued.before(result.at)]

    def left_out(self, result: LabResult) -> list[tuple[Report, str]]:
        """Reports that leave it out, with their reason."""
        named = [(each, result.id) for each in self.leaving[result.id]]
        named += [(each, result.result) for each in self.leaving[result.result]]
        return [(report, report.left_out[name].strip()) for report, name in named]

    def given(self, result: LabResult) -> list[Disclosure]:
        return self.disclosed[result.id] + self.disclosed[result.result]

    def later_reports(self, result: LabResult) -> list[Report]:
        """Reports of the case that may have been issued after the result was made."""
        of_case = self.holdings.by(Report, "case").get(result.case, ())
        return [each for each in of_case if not each.issued.before(result.at)]

    def due_in(self, result: LabResult, drafting: timedelta) -> list[Report]:
        """Later reports that should have it: they have results made no earlier, or were issued
        long enough after it. A report drafted when it was made may leave it to the next one."""
        return [each for each in self.later_reports(result) if self._due(result, each, drafting)]

    def _due(self, result: LabResult, report: Report, drafting: timedelta) -> bool:
        by_number, by_id = (self.holdings.by(LabResult, name) for name in ("result", "id"))
        having = (
            each for name in report.results for each in (by_number.get(name) or by_id.get(name, ()))
        )
        if any(not each.at.before(result.at) and each.version == 1 for each in having):
            return True
        issued, made = report.issued.earliest, result.at.latest
        return issued is not None and made is not None and issued - made > drafting


@rule(
    "R1",
    "Tested but not reported",
    severity=Severity.A,
    needs=(LabResult, Report),
    asks="Is every result, also the excluding, failed and repeated ones, in a report or left out "
    "of it for a stated reason?",
    checks=(
        "The report may be issued soon: see when its case is due.",
        "The result may be in a report under another number: compare the sample.",
        "A repeat may stand for it: the report then says so, with the reason for repeating.",
    ),
    learnt="Hinton: only final results given; Houston: exculpatory results not reported",
    numbers={
        "R1.wait_days": (WAIT_DAYS, "days a result may wait for its case's report"),
        "R1.drafting_days": (DRAFTING_DAYS, "days before its issue in which a report is drafted"),
    },
)
def tested_not_reported(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R1")
    told = Told(holdings)
    wait = timedelta(days=settings.number("R1.wait_days", WAIT_DAYS))
    drafting = timedelta(days=settings.number("R1.drafting_days", DRAFTING_DAYS))
    results = latest_results(holdings)
    repeats: dict[str, list[LabResult]] = defaultdict(list)
    for each in results:
        if each.repeat_of:
            repeats[each.repeat_of].append(each)
    for result in results:
        waits = result.at.latest is not None and holdings.now - result.at.latest <= wait
        settled = told.reported(result) or told.left_out(result)
        if waits and not settled and not told.due_in(result, drafting):
            tally.unable(result, "no report of its case is due to have it yet")
            continue
        tally.looked_at += 1
        again = [*repeats[result.id], *repeats[result.result]]
        _unreported(result, [each for each in again if told.reported(each)], told, tally)
    return tally.answer()


def _unreported(result: LabResult, repeats: Sequence[LabResult], told: Told, tally: Tally) -> None:
    reasons = told.left_out(result)
    if told.reported(result) or any(reason for _, reason in reasons):
        return
    what = f"Result {result.result} ({result.kind}, sample {result.sample})"
    beside: list[Record] = []
    if reasons:
        text = f"{what} is left out of report {reasons[0][0].id} without a reason."
        beside = [report for report, _ in reasons]
    elif told.earlier(result):
        beside = list(told.earlier(result))
        text = (
            f"{what}: version {result.version} was made after report {beside[0].id}; no later "
            "report has it."
        )
    elif repeats:
        beside = list(repeats)
        text = f"{what} is in no report; its repeat {repeats[0].result} is."
    elif told.later_reports(result):
        beside = list(told.later_reports(result))
        text = f"{what} is in no report, though its case was reported after it was made."
    else:
        text = f"{what} is in no report; its case has had none since it was made."
    given = told.given(result)
    if given:
        text = f"{text[:-1]}; it is on a disclosure list to {given[0].to}."
    tally.found(
        Severity.B if given else Severity.A,
        text,
        [result, *beside, *given],
        known_by=[result],
        case=result.case,
    )


@rule(
    "R2",
    "Exclusions go missing",
    severity=Severity.B,
    needs=(LabResult, Report),
    statistical=True,
    share=0.1,
    asks="Are excluding and inconclusive results kept out of reports more often than including "
    "ones of the same cases?",
    checks=(
        "Some exclusions may be of people nobody asked about: see the reasons for leaving out.",
        "The template may have no line for exclusions: look at the report's form.",
    ),
    learnt="Houston",
    numbers={"R2.least_results": (float(LEAST_RESULTS), "results of both kinds to compare")},
)
def exclusions_missing(holdings: Holdings, settings: Settings) -> RuleAnswer:
    """Within each case that was reported, by unit: what a case's report leaves out altogether
    says nothing, so that late reports are not held against exclusions."""
    tally = Tally("R2")
    told = Told(holdings)
    units: dict[str, dict[str, list[LabResult]]] = defaultdict(lambda: defaultdict(list))
    for result in latest_results(holdings):
        if result.kind in (*_SUPPORTS, *_WEAKENS) and told.later_reports(result):
            units[result.unit][result.case].append(result)
    for unit, cases in units.items():
        _compare(unit, cases, told, settings, tally)
    return tally.answer()


def _compare(
    unit: str, cases: dict[str, list[LabResult]], told: Told, settings: Settings, tally: Tally
) -> None:
    name = f"unit {unit}" if unit else "the laboratory"
    strata = [_stratum(results, told) for results in cases.values()]
    weaken, support = sum(each.marked for each in strata), sum(each.others for each in strata)
    if min(weaken, support) < settings.number("R2.least_results", LEAST_RESULTS):
        tally.unable(name, f"{weaken} excluding and {support} including results are too few")
        return
    tally.looked_at += 1
    p = mantel_haenszel_p(strata)
    if p > _REPORTED:
        return
    ratio = odds_ratio(strata)
    missing = [
        each
        for results in cases.values()
        for each in results
        if each.kind in _WEAKENS and not told.reported(each)
    ]
    out = sum(each.others_out for each in strata)
    tally.found(
        Severity.B,
        f"Of {name}: {len(missing)} of {weaken} excluding or inconclusive results are in no "
        f"report, against {out} of {support} including ones.",
        missing,
        known_by=[min(missing, key=lambda each: each.id)],
        p_value=p,
        figures=(
            f"raw: {len(missing) / weaken:.1%} against {out / support:.1%}",
            "adjusted within cases: odds ratio "
            + ("beyond any bound" if ratio is None else f"{ratio:.1f}"),
            f"exact one-sided p {p:.2g} (Mantel-Haenszel, {len(strata)} cases)",
        ),
    )


def _stratum(results: Sequence[LabResult], told: Told) -> Stratum:
    weaken = [each for each in results if each.kind in _WEAKENS]
    support = [each for each in results if each.kind in _SUPPORTS]
    out = [each.id for each in results if not told.reported(each)]
    return Stratum(
        marked_out=sum(each.id in out for each in weaken),
        marked=len(weaken),
        others_out=sum(each.id in out for each in support),
        others=len(support),
    )
