"""Whether each item was always with somebody: rule C1.

Not here: who held it when (`custody_chain`), places and travel (`custody_places`), seals
(`custody_seals`).
"""

from __future__ import annotations

from datetime import timedelta

from reopen.prove.custody_chain import SAME_SHIFT_MINUTES, Break, followed, start_of
from reopen.prove.custody_times import declared, legacy_by_item, thing
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.cases import Exhibit
from reopen.records.custody import CustodyEvent, LegacyPeriod
from reopen.records.findings import Finding, RuleAnswer, Severity


@rule(
    "C1",
    "Unbroken possession",
    severity=Severity.A,
    needs=(CustodyEvent,),
    asks="Does each handover of an item start from whoever the last one left it with?",
    checks=(
        "A handover on paper that was not entered: ask both people for their notebooks.",
        "Two people of one shift who took turns: compare the shift's list.",
        "A courier or storekeeper left out of the form: ask for the transport or store book.",
        "One person under two names or numbers: compare the personnel list.",
    ),
    learnt="Orange County; NISTIR 7928",
    numbers={
        "C1.same_shift_minutes": (
            SAME_SHIFT_MINUTES,
            "minutes within which two events may be in either order",
        )
    },
)
def unbroken_possession(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tolerance = timedelta(minutes=settings.number("C1.same_shift_minutes", SAME_SHIFT_MINUTES))
    legacy = legacy_by_item(holdings)
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    looked_at = 0
    for item, events in holdings.by(CustodyEvent, "item").items():
        name = str(item)
        walk = followed(events, start_of(holdings, name), tolerance)
        looked_at += 1
        unable += [(str(event.ref), f"{why}.") for event, why in walk.unsure]
        for found in walk.breaks:
            stated = declared(legacy.get(item, ()), found.during)
            if stated:
                unable.append((str(found.after.ref), _legacy(name, stated)))
            else:
                findings.append(_no_holder(holdings, name, found))
    unable += [
        (str(exhibit.ref), "It has no custody events.")
        for exhibit in holdings.of(Exhibit)
        if exhibit.id not in holdings.by(CustodyEvent, "item")
    ]
    return answer("C1", findings, looked_at=looked_at, could_not=unable)


def _legacy(item: str, period: LegacyPeriod) -> str:
    return f"It lies in a stated gap of {item} ({period.during}): {period.why}."


def _no_holder(holdings: Holdings, item: str, found: Break) -> Finding:
    records = [found.before] if found.before and found.before is not found.after else []
    about = thing(holdings, item)
    sentence = f"{_event(found.after)} of {about} ({found.after.at}) {found.why}."
    named = [about, *(each.ref for each in (*records, found.after) if each.ref != about)]
    return finding("C1", Severity.A, sentence, named, case=holdings.case_of(item))


def _event(event: CustodyEvent) -> str:
    return f"Event {event.id} ({event.event})"
