"""L11: each result was made by a version of a method that was validated and in force, within its
validated range.

Not here: whether the calls can be redone (`results_raw`).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from reopen.prove.holdings import Holdings
from reopen.prove.provenance import lineage
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Deviation, Injection, Method, Well
from reopen.records.results import LabResult
from reopen.records.times import Interval

OVERLAP_DAYS = 30.0


@rule(
    "L11",
    "Method in force",
    severity=Severity.A,
    needs=(LabResult, Method),
    asks="Was each result made by a version of its method that was validated and in force then, "
    "within the range it was validated for?",
    checks=(
        "The date may be that of the report: look for the date of the work.",
        "An emergency deviation may have been approved on paper: enter it with its approver.",
        "A result near the end of a version may have been finished under a stated overlap.",
    ),
    learnt="Austin; FBI Quality Assurance Standards",
    numbers={
        "L11.overlap_days": (OVERLAP_DAYS, "days a version may take to finish what it began"),
    },
)
def method_in_force(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L11")
    for result in holdings.of(LabResult):
        method = holdings.one(Method, result.method)
        if method is None:
            tally.unable(result, _why_unknown(result))
            continue
        tally.looked_at += 1
        if method.validated is None:
            tally.unable(method, "when it was validated is not recorded")
        begun = _begun(holdings, result, settings.number("L11.overlap_days", OVERLAP_DAYS))
        for aspect, lack in _lacks(result, method):
            if aspect == "retired" and begun and not method.in_force.before(begun):
                continue
            _tell(holdings, result, method, aspect, lack, tally)
    return tally.answer()


def _begun(holdings: Holdings, result: LabResult, overlap_days: float) -> Interval | None:
    """When the bench work for a result began, no earlier than the overlap allows."""
    samples = lineage(holdings, result.sample)
    bench: list[Well | Injection] = []
    for each in samples:
        bench.extend(holdings.by(Well, "sample").get(each, ()))
        bench.extend(holdings.by(Injection, "sample").get(each, ()))
    moments = [work.at.earliest for work in bench if work.at and work.at.earliest]
    if not moments or result.at.earliest is None:
        return None
    return Interval.at(max(min(moments), result.at.earliest - timedelta(days=overlap_days)))


def _why_unknown(result: LabResult) -> str:
    if result.method is None:
        return "its method is not recorded"
    return f"method {result.method} is not in the record"


def _lacks(result: LabResult, method: Method) -> Iterator[tuple[str, str]]:
    version = f"version {method.version} of {method.name}"
    if result.at.before(method.in_force):
        yield "future", f"{version} was not yet in force (from {method.in_force})"
    if method.in_force.before(result.at):
        yield "retired", f"{version} was no longer in force ({method.in_force})"
    if method.validated is not None and result.at.before(method.validated):
        yield "validation", f"{version} was not yet validated ({method.validated})"
    most, least = method.most_contributors, method.least_ng
    validated_for = f"that {version} was validated for"
    if most is not None and result.contributors is not None and result.contributors > most:
        many = f"{result.contributors} contributors are more than the {most} {validated_for}"
        yield "contributors", many
    if least is not None and result.input_ng is not None and result.input_ng < least:
        yield "amount", f"{result.input_ng:g} ng are less than the {least:g} ng {validated_for}"


def _tell(
    holdings: Holdings, result: LabResult, method: Method, aspect: str, lack: str, tally: Tally
) -> None:
    """A deviation approved beforehand answers it; one approved later, or by nobody, is shown."""
    about = (result.id, result.result)
    deviations = [each for each in holdings.of(Deviation) if each.subject in about]
    approved = [each for each in deviations if each.approved_by]
    if any(not result.at.before(each.at) for each in approved):
        return
    beside = ""
    if approved:
        beside = f" A deviation was approved at {approved[0].at}, after the result."
    elif deviations:
        beside = " A deviation is recorded, without an approver."
    tally.found(
        Severity.B if approved else Severity.A,
        f"Result {result.result} (version {result.version}), made at {result.at}: {lack}.{beside}",
        [result, method, *deviations],
        known_by=[result, method],
        case=result.case,
        aspect=aspect,
    )
