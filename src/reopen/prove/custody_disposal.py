"""Whether what was disposed of might be: rule C8.

Reads disposals (`EventKind.DISPOSED`); what was returned to its owner can be seen again. Not here:
what is missing from a shelf (`custody_stores`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from reopen.prove.custody_times import thing
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, answer, finding, rule
from reopen.records.base import Record
from reopen.records.custody import (
    CustodyEvent,
    DisposalOrder,
    EventKind,
    OpenMatter,
    Retention,
)
from reopen.records.findings import Finding, RuleAnswer, Severity

_Said = tuple[str, Sequence[Record]]


@dataclass(frozen=True, slots=True)
class _Disposal:
    """A disposal, its order and its case, as far as they are recorded."""

    event: CustodyEvent
    order: DisposalOrder | None
    case: str | None


@rule(
    "C8",
    "Disposal was allowed",
    severity=Severity.A,
    needs=(CustodyEvent,),
    asks="Had each disposal an order, after the time the evidence had to be kept, by two people?",
    checks=(
        "An order on paper that names a box or a year: ask for it, and list its items.",
        "The thing was booked under another number: look at the order's own list.",
        "The case was closed, and nobody wrote it down: ask the prosecutor's office.",
        "The date is that of the entry: ask for the destruction certificate.",
    ),
    learnt="Harris County Precinct 4: 7,761 items; CNN: 400 kits",
    numbers={"C8.bulk": (20.0, "items of one order from which two people have to approve it")},
)
def disposal_allowed(holdings: Holdings, settings: Settings) -> RuleAnswer:
    bulk = int(settings.number("C8.bulk", 20.0))
    disposals = [event for event in holdings.of(CustodyEvent) if event.event is EventKind.DISPOSED]
    if not disposals:
        none = [("custody events", "None of them is a disposal.")]
        return answer("C8", (), looked_at=0, could_not=none)
    orders: dict[str, list[DisposalOrder]] = {}
    for order in holdings.of(DisposalOrder):
        for item in order.items:
            orders.setdefault(item, []).append(order)
    findings: list[Finding] = []
    unable: list[tuple[str, str]] = []
    of_order: Counter[str] = Counter()
    for event in disposals:
        found = _matching(event, orders.get(event.item, ()))
        disposal = _Disposal(event, found, holdings.case_of(event.item))
        if found is not None:
            of_order[found.id] += 1
        said = list(_lacks(holdings, disposal, unable))
        if said:
            findings.append(_told(holdings, disposal, said))
    findings += _in_bulk(holdings, of_order, bulk)
    return answer("C8", findings, looked_at=len(disposals), could_not=unable)


def _matching(event: CustodyEvent, orders: Sequence[DisposalOrder]) -> DisposalOrder | None:
    """An order that was not certainly given after the disposal; the last of those."""
    before = [order for order in orders if not event.at.before(order.at)]
    return before[-1] if before else None


def _lacks(
    holdings: Holdings, disposal: _Disposal, unable: list[tuple[str, str]]
) -> Iterator[_Said]:
    event, order = disposal.event, disposal.order
    if order is None:
        yield "without an order that names it and was given before", ()
    else:
        yield from _one_person(event, order)
        if order.approved_by is None:
            unable.append((str(order.ref), "Who approved the order is not recorded."))
    if disposal.case is None:
        unable.append((str(event.ref), "The item's case is not recorded."))
        return
    retentions = holdings.by(Retention, "case").get(disposal.case, ())
    if not retentions:
        unable.append((str(event.ref), f"No retention is recorded for case {disposal.case}."))
    yield from _too_early(event, retentions)
    yield from _still_open(event, holdings.by(OpenMatter, "case").get(disposal.case, ()), unable)


def _one_person(event: CustodyEvent, order: DisposalOrder) -> Iterator[_Said]:
    roles = {
        "ordered": order.ordered_by,
        "approved": order.approved_by,
        "carried out": event.by or event.giver,
        "witnessed": event.confirmed,
    }
    people = [who for who in roles.values() if who]
    if len(set(people)) < len(people):
        twice = {who for who in people if people.count(who) > 1}
        told = " and ".join(role for role, who in roles.items() if who in twice)
        yield f"{told} by one person", (order,)


def _too_early(event: CustodyEvent, retentions: Iterable[Retention]) -> Iterator[_Said]:
    for retention in retentions:
        if retention.until is None:
            yield f"though it is to be kept for ever ({retention.law})", (retention,)
        elif event.at.before(retention.until):
            yield f"before {retention.until}, until when {retention.law} keeps it", (retention,)
        if retention.limitation is not None and event.at.before(retention.limitation):
            yield f"before the limitation date {retention.limitation}", (retention,)


def _still_open(
    event: CustodyEvent, matters: Iterable[OpenMatter], unable: list[tuple[str, str]]
) -> Iterator[_Said]:
    for matter in matters:
        if event.at.certainly_within(matter.during):
            yield f"while {_article(matter.matter)} {matter.matter} was open", (matter,)
        elif event.at.may_meet(matter.during):
            why = f"Whether the {matter.matter} was still open is not recorded to the day."
            unable.append((str(event.ref), why))


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _told(holdings: Holdings, disposal: _Disposal, said: Sequence[_Said]) -> Finding:
    event = disposal.event
    about = thing(holdings, event.item)
    others = dict.fromkeys(record.ref for _, records in said for record in records)
    sentence = f"{about} was disposed of ({event.at}) {'; '.join(words for words, _ in said)}."
    return finding(
        "C8",
        Severity.A,
        sentence,
        (about, event.ref, *others),
        known_by=(about, event.ref),
        case=disposal.case,
        helps_defence=True,
    )


def _in_bulk(holdings: Holdings, of_order: Counter[str], bulk: int) -> Iterator[Finding]:
    for id, count in of_order.items():
        order = holdings.one(DisposalOrder, id)
        if order is None or count <= bulk or (order.ordered_by and order.approved_by):
            continue
        sentence = (
            f"Order {id} disposed of {count} items and does not name two people who signed it; "
            f"from {bulk} on, two have to."
        )
        yield finding("C8", Severity.A, sentence, (order,), helps_defence=True, aspect="bulk")
