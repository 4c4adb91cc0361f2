"""R7: the raw files support the calls, and peaks taken out by hand have their reasons.

Whether the calls can be redone is tried where the raw files are (`LabResult.redone`); this reads
what came of it. Not here: copied raw files (`run_copies`).
"""

from __future__ import annotations

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.results import LabResult, ResultKind


@rule(
    "R7",
    "Raw data supports the call",
    severity=Severity.A,
    needs=(LabResult,),
    asks="Can the calls of each result be made again from its raw files with the recorded "
    "settings, and has every peak taken out by hand a reason?",
    checks=(
        "Another version of the analysis program calls borderline peaks otherwise: compare it.",
        "The reasons may be on the printed electropherogram: enter them.",
    ),
    learnt="Woods; Randox",
)
def raw_supports_call(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R7")
    for result in holdings.of(LabResult):
        if result.kind is ResultKind.FAILED:
            continue
        named = f"result {result.result} (version {result.version})"
        judged = _redone(result, named, tally)
        if _removed(result, named, tally) or judged:
            tally.looked_at += 1
    return tally.answer()


def _redone(result: LabResult, named: str, tally: Tally) -> bool:
    if result.redone is None:
        lacks = [
            name
            for name, given in (("raw file", result.raw_hash), ("settings", result.settings))
            if not given
        ]
        why = f"its {' and '.join(lacks)} not kept" if lacks else "nobody has tried"
        tally.unable(result, f"whether its calls can be made again is not known: {why}")
        return False
    if not result.redone:
        tally.found(
            Severity.A,
            f"The calls of {named} could not be made again from its raw files with the recorded "
            "settings.",
            [result],
            case=result.case,
            aspect="redone",
        )
    return True


def _removed(result: LabResult, named: str, tally: Tally) -> bool:
    if result.removed_peaks is None:
        return False
    bare = result.removed_peaks - (result.removed_explained or 0)
    if bare > 0:
        tally.found(
            Severity.A,
            f"{result.removed_peaks} peaks over the threshold were taken out of {named} by hand; "
            f"{bare} of them have no reason.",
            [result],
            case=result.case,
            aspect="peaks",
        )
    return True
