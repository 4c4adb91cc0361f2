"""R5: a result that was changed is kept as it was, with who changed it, when and why.

Not here: whether the change came at a bad time (`results_amended`).
"""

from __future__ import annotations

from collections.abc import Sequence

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.results import Amendment, LabResult


@rule(
    "R5",
    "Original kept",
    severity=Severity.A,
    needs=(LabResult,),
    asks="Is every version of every result kept, each change with its date, person and reason?",
    checks=(
        "The import may have left versions out: compare its counts (S6).",
        "The laboratory's system may number drafts: ask for its own list of versions.",
    ),
    learnt="ISO/IEC 17025, 7.5.2",
)
def original_kept(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R5")
    amendments = holdings.by(Amendment, "result")
    results = holdings.by(LabResult, "result")
    for name, versions in results.items():
        tally.looked_at += 1
        _chain(str(name), versions, amendments.get(name, ()), tally)
    for name, changes in amendments.items():
        if name not in results:
            text = f"Amendment {changes[0].id} is of result {name}, of which no version is kept."
            tally.found(Severity.A, text, changes, known_by=changes[:1], case=changes[0].case)
    return tally.answer()


def _chain(
    name: str, versions: Sequence[LabResult], amendments: Sequence[Amendment], tally: Tally
) -> None:
    kept = sorted({each.version for each in versions})
    case = versions[0].case
    last = max([*kept, *(each.after for each in amendments)])
    lacking = [number for number in range(1, last + 1) if number not in kept]
    if lacking:
        tally.found(
            Severity.A,
            f"Result {name} has version {_listed(kept)}; version {_listed(lacking)} is not kept.",
            [*versions, *amendments],
            known_by=versions[:1],
            case=case,
            aspect="gap",
        )
    for number in kept:
        same = [each for each in versions if each.version == number]
        if len(same) > 1:
            text = f"Result {name} has {len(same)} records of version {number}."
            tally.found(Severity.A, text, same, case=case, aspect="twice")
        if number > 1:
            changes = [each for each in amendments if each.after == number]
            _accounted_for(name, number, same[0], changes, tally)


def _accounted_for(
    name: str, number: int, version: LabResult, changes: Sequence[Amendment], tally: Tally
) -> None:
    if not changes:
        text = f"Version {number} of result {name} has no record of the change that led to it."
        tally.found(Severity.A, text, [version], case=version.case, aspect="no amendment")
        return
    change = changes[-1]
    dated = change.at.earliest is not None or change.at.latest is not None
    given = {"person": change.by, "reason": change.reason.strip(), "date": dated}
    lacks = [what for what, said in given.items() if not said]
    if lacks:
        tally.found(
            Severity.A,
            f"Amendment {change.id}, which led to version {number} of result {name}, has no "
            f"{' and no '.join(lacks)}.",
            [change, version],
            case=version.case,
        )


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
