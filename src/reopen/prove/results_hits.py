"""R10: a database hit is followed by something in its case.

Not here: tests that wait (`results_waiting`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.base import Record
from reopen.records.cases import Interview
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.results import CaseAction, Hit, Request
from reopen.records.times import Interval


@rule(
    "R10",
    "Hit without action",
    severity=Severity.B,
    needs=(Hit, CaseAction),
    asks="Was anything done in the case within the set days of a database hit?",
    checks=(
        "The hit may be of somebody already excluded or convicted: record that as the decision.",
        "The case may be with another agency: enter when it was told, and whom.",
    ),
    learnt="SAKI",
)
def hit_without_action(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R10")
    done = _doings(holdings)
    for hit in holdings.of(Hit):
        if hit.duplicate_of is not None or hit.case_closed:
            continue
        told = hit.told or hit.at
        if told.latest is None:
            tally.unable(hit, "when the unit was told of it is not recorded")
            continue
        due = told.latest + timedelta(days=hit.limit_days)
        of_case = done[hit.case]
        answered = [each for each, when in of_case if _may_answer(when, told, Interval.at(due))]
        if not answered and due > holdings.now:
            tally.unable(hit, f"the {hit.limit_days} days for it are not over")
            continue
        tally.looked_at += 1
        if answered:
            continue
        late = [each for each, when in of_case if Interval.at(due).before(when)]
        after = "; the first came later" if late else ""
        tally.found(
            Severity.B,
            f"Of case {hit.case}, nothing is recorded within {hit.limit_days} days of hit {hit.id} "
            f"({told}){after}.",
            [hit, *late[:1]],
            known_by=[hit],
            case=hit.case,
        )
    return tally.answer()


def _may_answer(when: Interval, told: Interval, due: Interval) -> bool:
    return not when.before(told) and not due.before(when)


def _doings(holdings: Holdings) -> dict[str, list[tuple[Record, Interval]]]:
    """What was done in each case: actions, interviews held, tests asked for."""
    done: dict[str, list[tuple[Record, Interval]]] = defaultdict(list)
    for action in holdings.of(CaseAction):
        done[action.case].append((action, action.at))
    for interview in holdings.of(Interview):
        if interview.held is not None:
            done[interview.case].append((interview, interview.held))
    for request in holdings.of(Request):
        if request.asked is not None:
            done[request.case].append((request, request.asked))
    for each in done.values():
        each.sort(key=lambda pair: _start(pair[1]))
    return done


def _start(when: Interval) -> float:
    moment = when.earliest or when.latest
    return moment.timestamp() if moment else 0.0
