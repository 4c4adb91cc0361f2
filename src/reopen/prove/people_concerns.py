"""P6, P7, P8: concerns answered in time, blind tests held, look-backs complete.

Counts, not names, are public: a finding on a concern says neither who raised it nor whom it is
about. Not here: whether a concern is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule, sealed_name
from reopen.prove.tally import Tally
from reopen.records.base import Record
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import (
    Consumable,
    ConsumableUse,
    Injection,
    Method,
    Quantification,
)
from reopen.records.organisation import Concern, CorrectiveAction, Output, ProficiencyTest
from reopen.records.results import LabResult
from reopen.records.times import Interval

_YEAR = timedelta(days=365)


@rule(
    "P6",
    "Concern raised, nothing followed",
    severity=Severity.A,
    needs=(Concern,),
    asks="Was every concern decided in time, and past work reviewed before a restriction ended?",
    checks=(
        "The decision was made and not recorded: ask the quality manager.",
        "Two concerns about one subject are one report, entered twice.",
        "To be told to the quality manager and to somebody outside the laboratory.",
    ),
    learnt="Woods, 2014 and 2018; Scott, two weeks before the charge; Dookhan",
)
def concern_followed(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("P6")
    for every in holdings.by(Concern, "about").values():
        earlier: list[Concern] = []
        for concern in every:
            tally.looked_at += 1
            _undecided(tally, concern, holdings.now)
            _repeated(tally, concern, earlier)
            _lifted(tally, concern)
            earlier.append(concern)
    return tally.answer()


def _undecided(tally: Tally, concern: Concern, now: datetime) -> None:
    raised = concern.raised.latest
    if raised is None:
        if concern.decided is None:
            tally.unable(concern, "not recorded when it was raised")
        return
    due = raised + timedelta(days=concern.deadline_days)
    decided = concern.decided.earliest if concern.decided else None
    if decided is None and concern.decided is None and now > due:
        waiting = (now - raised).days
        _tell(tally, concern, f"lacks a decision after {waiting} days", "undecided")
    elif decided is not None and decided > due:
        _tell(tally, concern, f"lacks a decision within {concern.deadline_days} days", "late")


def _repeated(tally: Tally, concern: Concern, earlier: list[Concern]) -> None:
    """A second concern where nothing had been changed after the first."""
    before = [each for each in earlier if each.raised.before(concern.raised)]
    if before and not any(each.restricted for each in before):
        times = f"{len(before) + 1} times"
        _tell(tally, concern, f"lacks a measure: its subject was raised {times}", "again", *before)


def _lifted(tally: Tally, concern: Concern) -> None:
    if concern.lifted is None:
        return
    if concern.past_work_reviewed is None:
        tally.unable(concern, "not recorded whether past work was reviewed")
    elif not concern.past_work_reviewed:
        _tell(tally, concern, "lacks a review of past work before its restriction ended", "lifted")


def _tell(tally: Tally, concern: Concern, lacks: str, aspect: str, *more: Concern) -> None:
    name = sealed_name("P6", [concern], person=concern.about)
    tally.found(
        Severity.A,
        f"{concern.ref} {lacks}.",
        [concern, *more],
        aspect=aspect,
        known_by=[concern],
        blind=name,
    )


@rule(
    "P7",
    "Blind test failed or absent",
    severity=Severity.B,
    needs=(ProficiencyTest,),
    asks="Did every method have a blind test this year, passed or followed by a look-back?",
    checks=(
        "The test was announced as blind under another name.",
        "The method was not in use this year.",
    ),
    learnt="ISO 21043; FBI Quality Assurance Standards",
    numbers={"P7.days": (365.0, "days within which a method needs a blind test")},
)
def blind_tests(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("P7")
    days = timedelta(days=settings.number("P7.days", 365.0))
    tests = holdings.by(ProficiencyTest, "method")
    for method in sorted(_in_use(holdings) | {str(each) for each in tests}):
        tally.looked_at += 1
        every = tests.get(method, ())
        recent = [each for each in every if _since(each.at, holdings.now - days)]
        in_use: tuple[Record, ...] = tuple(
            each for each in holdings.of(Method) if method in (each.id, each.name)
        )
        in_use = in_use or holdings.by(Output, "method").get(method, ())[-1:]
        if not recent:
            _absent(tally, method, "this year", [*every[-1:], *in_use])
        elif not any(each.blind for each in recent):
            _absent(tally, method, "that was not announced", [*recent, *in_use])
        for test in every:
            if test.passed is False and test.look_back is None:
                tally.found(
                    Severity.B,
                    f"{test.ref} of method {method} failed and lacks a look-back.",
                    [test],
                    aspect="look-back",
                )
            elif test.passed is None:
                tally.unable(test, "not recorded whether it was passed")
    return tally.answer()


def _absent(tally: Tally, method: str, which: str, records: list[Record]) -> None:
    tally.found(
        Severity.B,
        f"Method {method} lacks a blind test {which}.",
        records,
        known_by=(),
        aspect=f"{method} {which}",
    )


def _in_use(holdings: Holdings) -> set[str]:
    """Names of methods in force now, where the unit says; else of those with work this year."""
    now = Interval.at(holdings.now)
    in_force = {each.name for each in holdings.of(Method) if each.in_force.may_meet(now)}
    worked = {
        each.method
        for each in holdings.of(Output)
        if each.method and _since(each.month, holdings.now - _YEAR)
    }
    return in_force or worked


def _since(at: Interval, moment: datetime) -> bool:
    return at.latest is None or at.latest >= moment


@rule(
    "P8",
    "Look-back is complete",
    severity=Severity.A,
    needs=(CorrectiveAction,),
    asks="Has every case within the scope of a look-back a recorded outcome?",
    checks=(
        "The look-back still runs: its deadline is in the record.",
        "A case entered the scope by a record corrected since.",
    ),
    learnt="Scott (26,000 samples); Randox (10,000 tests); HPD",
)
def look_back_complete(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("P8")
    for action in holdings.of(CorrectiveAction):
        unknown = sorted(set(action.scope) - set(_SCOPES))
        if unknown or not action.scope:
            what = ", ".join(unknown) or "nothing"
            tally.unable(action, f"its scope says {what}, which cannot be asked of the records")
            continue
        found = {
            case: records
            for case, records in cases_in_scope(holdings, action).items()
            if not action.outcomes.get(case)
        }
        tally.looked_at += 1
        deadline = action.deadline.latest if action.deadline else None
        if found and deadline is not None and deadline >= holdings.now:
            tally.unable(action, f"{len(found)} cases without an outcome, due {action.deadline}")
            continue
        for case, records in sorted(found.items()):
            tally.found(
                Severity.A,
                f"{action.ref} lacks an outcome for case {case}, which is within its scope.",
                [action, *records[:3]],
                known_by=[action],
                aspect=case,
                case=case,
            )
    return tally.answer()


def cases_in_scope(holdings: Holdings, action: CorrectiveAction) -> dict[str, list[Record]]:
    """The look-back's own question, asked again: case -> records within every part of its scope."""
    parts = [
        dict(_cases(_SCOPES[name](holdings, value), action)) for name, value in action.scope.items()
    ]
    shared = set.intersection(*(set(part) for part in parts)) if parts else set()
    return {case: [each for part in parts for each in part[case]] for case in shared}


def _cases(
    found: Iterator[tuple[str | None, Interval | None, Record]], action: CorrectiveAction
) -> Iterator[tuple[str, list[Record]]]:
    cases: dict[str, list[Record]] = {}
    for case, at, record in found:
        outside = action.during is not None and (at is None or not at.may_meet(action.during))
        if case and not outside:
            cases.setdefault(case, []).append(record)
    yield from cases.items()


Found = Iterator[tuple[str | None, Interval | None, Record]]


def _by_analyst(holdings: Holdings, value: str) -> Found:
    for result in holdings.by(LabResult, "analyst").get(value, ()):
        yield result.case, result.at, result


def _by_bench(holdings: Holdings, value: str) -> Found:
    lines: tuple[Injection | Quantification, ...] = (
        *holdings.by(Injection, "analyst").get(value, ()),
        *holdings.by(Quantification, "analyst").get(value, ()),
    )
    for line in lines:
        yield line.case or holdings.case_of(line.sample), line.at, line


def _by_method(holdings: Holdings, value: str) -> Found:
    names = {value, *(each.id for each in holdings.of(Method) if each.name == value)}
    for name in names:
        for result in holdings.by(LabResult, "method").get(name, ()):
            yield result.case, result.at, result


def _by_instrument(holdings: Holdings, value: str) -> Found:
    for line in holdings.by(Injection, "instrument").get(value, ()):
        yield line.case or holdings.case_of(line.sample), line.at, line


def _by_lot(holdings: Holdings, value: str) -> Found:
    for consumable in holdings.by(Consumable, "lot").get(value, ()):
        for use in holdings.by(ConsumableUse, "item").get(consumable.id, ()):
            yield use.case or holdings.case_of(use.sample), use.at, use
            for line in holdings.by(Injection, "batch").get(use.batch, ()) if use.batch else ():
                yield line.case or holdings.case_of(line.sample), use.at, line


_SCOPES: dict[str, Callable[[Holdings, str], Found]] = {
    "analyst": _by_analyst,  # results reported
    "bench": _by_bench,  # quantified or injected
    "method": _by_method,
    "instrument": _by_instrument,
    "lot": _by_lot,
}
