"""L10: as many tests as reagents, slides, instruments and hours allow.

More than the tolerance allows is impossible; within it, month after month, it is unlikely. Not
here: output compared with colleagues' (rules of people).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Means

MONTHS = 3


@rule(
    "L10",
    "Work without means",
    severity=Severity.A,
    needs=(Means,),
    asks="Did the reagents, slides, instrument time and hours of each month suffice for the tests "
    "that were reported?",
    checks=(
        "Work of a robot or of pooled samples needs less: declare it in the tolerance.",
        "Reagents may have been drawn from a colleague's stock: compare the laboratory's total.",
        "Tests may have been done in one month and reported in the next: add both months.",
    ),
    learnt="Dookhan: a colleague counted slides",
    numbers={"L10.months": (float(MONTHS), "months running within the tolerance that are told")},
)
def work_without_means(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L10")
    series: dict[tuple[str, str], list[Means]] = defaultdict(list)
    for each in holdings.of(Means):
        needs = list(_needs(each))
        if not needs:
            tally.unable(each, "neither what a test needs nor what there was is recorded")
            continue
        tally.looked_at += 1
        _impossible(each, needs, tally)
        series[each.person, each.method].append(each)
    for months in series.values():
        _unlikely(months, int(settings.number("L10.months", MONTHS)), tally)
    return tally.answer()


def _needs(each: Means) -> Iterator[tuple[str, float, float]]:
    """What the month's tests needed and had: units and hours, where both are recorded."""
    if each.units_per_test is not None and each.units is not None:
        yield "units of reagents or slides", each.tests * each.units_per_test, each.units
    if each.hours_per_test is not None and each.hours is not None:
        yield "hours", each.tests * each.hours_per_test, each.hours


def _impossible(each: Means, needs: list[tuple[str, float, float]], tally: Tally) -> None:
    for what, needed, had in needs:
        if needed * (1 - each.tolerance) > had:
            tally.found(
                Severity.A,
                f"{each.tests} tests by {each.method} in {each.month} need {needed:g} {what}; the "
                f"record has {had:g}, less than a tolerance of {each.tolerance:.0%} allows.",
                [each],
                aspect=what,
                figures=(f"enough for {had / needed * each.tests:.0f} tests",),
            )


def _unlikely(months: list[Means], running: int, tally: Tally) -> None:
    """Months in a row whose needs were met only by the tolerance."""
    run: list[Means] = []
    for each in [*sorted(months, key=_start), None]:
        if each is not None and _only_by_tolerance(each):
            run.append(each)
            continue
        if len(run) >= running:
            tally.found(
                Severity.B,
                f"{len(run)} months running, more tests by {run[0].method} were reported than the "
                "recorded means suffice for, each within the tolerance.",
                run,
                known_by=[run[0]],
                aspect="running",
            )
        run = []


def _only_by_tolerance(each: Means) -> bool:
    return any(
        had < needed and needed * (1 - each.tolerance) <= had for _, needed, had in _needs(each)
    )


def _start(each: Means) -> datetime:
    start = each.month.earliest or each.month.latest
    assert start is not None, "a month has a date"
    return start
