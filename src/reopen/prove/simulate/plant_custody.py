"""Faults in custody, storage and disposal (C1 to C10)."""

from __future__ import annotations

from datetime import datetime, timedelta

from reopen.prove.simulate.book import at
from reopen.prove.simulate.faults import Altered, Shown, fault
from reopen.prove.simulate.runs import STANDARD
from reopen.prove.simulate.world import FREEZER, POLICE_STORE, TOWNS
from reopen.records.access import Actor, Grant, Standing
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Mention
from reopen.records.custody import (
    CustodyEvent,
    DisposalOrder,
    EventKind,
    OpenMatter,
    Stocktake,
    StoreEntry,
    StoreReading,
)
from reopen.records.results import Request
from reopen.records.times import Interval


def when(interval: Interval | None) -> datetime:
    """The moment of a record of the simulator, whose times are all known."""
    assert interval is not None
    assert interval.latest is not None
    return interval.latest


def life(altered: Altered, item: str) -> list[CustodyEvent]:
    """An item's events, earliest first."""
    return sorted(altered.where(CustodyEvent, "item", item), key=lambda e: (when(e.at), e.id))


def worked_on(altered: Altered) -> str:
    """An exhibit that was opened in the laboratory."""
    events = altered.where(CustodyEvent, "event", EventKind.OPENED)
    return altered.pick(e.item for e in events if "-E" in e.item)


def resting(altered: Altered) -> Exhibit:
    """A booked exhibit that nobody asked the laboratory to test."""
    booked = {e.item for e in altered.where(CustodyEvent, "event", EventKind.BOOKED)}
    moved = {e.item for e in altered.where(CustodyEvent, "event", EventKind.MOVED)}
    gone = {e.item for e in altered.where(CustodyEvent, "event", EventKind.DISPOSED)}
    return altered.pick(e for e in altered.of(Exhibit) if e.id in booked - moved - gone)


def about(item: str, events: list[CustodyEvent]) -> list[Record | Ref]:
    return [Ref("exhibit", item), Ref("sample", item), *events]


@fault("C1.unrecorded_handover", "An exhibit changed hands twice between two records of it.")
def unrecorded_handover(altered: Altered) -> Shown:
    item = worked_on(altered)
    event = altered.pick(e for e in life(altered, item) if e.event is EventKind.OPENED)
    others = [a for a in altered.where(Actor, "standing", Standing.ANALYST) if a.name != event.by]
    other = altered.pick(others).name
    return about(item, [altered.change(event, giver=other, receiver=other, by=other)])


@fault("C1.record_missing", "The receipt of an exhibit in the laboratory was never recorded.")
def record_missing(altered: Altered) -> Shown:
    item = worked_on(altered)
    moves = [e for e in life(altered, item) if e.event is EventKind.MOVED and e.store]
    altered.remove(moves[0])
    return about(item, life(altered, item))


@fault("C2.two_places", "An exhibit is examined in a town minutes after it was opened elsewhere.")
def two_places(altered: Altered) -> Shown:
    item = worked_on(altered)
    event = altered.pick(e for e in life(altered, item) if e.event is EventKind.EXAMINED)
    twin = altered.add(
        CustodyEvent(
            id=f"{event.id}-far", item=item, event=EventKind.EXAMINED,
            at=at(when(event.at) + timedelta(minutes=4)), giver=event.by, receiver=event.by,
            by=event.by, place=altered.pick(TOWNS), device="scanner", clock_error_s=2.0,
        )
    )  # fmt: skip
    return about(item, [event, twin])


@fault("C3.other_seal", "An exhibit is opened under another seal than it was closed with.")
def other_seal(altered: Altered) -> Shown:
    item = worked_on(altered)
    events = [e for e in life(altered, item) if e.event is EventKind.OPENED]
    return about(item, [altered.change(events[0], seal_before=f"S9{altered.rng.integers(10**5)}")])


@fault("C3.no_opener", "An exhibit's seal was opened, and nobody is recorded who did it.")
def no_opener(altered: Altered) -> Shown:
    item = worked_on(altered)
    events = [e for e in life(altered, item) if e.event is EventKind.OPENED]
    altered.remove(events[0])
    return about(item, life(altered, item))


@fault("C3.seal_reused", "An exhibit is closed with a seal number that another one carries.")
def seal_reused(altered: Altered) -> Shown:
    sealed = altered.where(CustodyEvent, "event", EventKind.SEALED)
    event = altered.pick(e for e in sealed if "-E" in e.item)
    other = altered.pick(e for e in sealed if when(e.at) < when(event.at) and e.item != event.item)
    changed = [altered.change(event, seal_after=other.seal_after)]
    for later in life(altered, event.item):
        if later.seal_before == event.seal_after:
            changed.append(altered.change(later, seal_before=other.seal_after))
    return about(event.item, [*changed, other])


@fault("C4.never_booked", "An item of the scene log was collected and never booked.")
def never_booked(altered: Altered) -> Shown:
    exhibit = resting(altered)
    events = life(altered, exhibit.id)
    altered.remove(*(e for e in events if e.event is not EventKind.COLLECTED))
    altered.remove(*altered.where(Request, "item", exhibit.id))
    mentions = altered.where(Mention, "exhibit", exhibit.id)
    return [*about(exhibit.id, events), *mentions]


@fault("C4.named_in_report", "A report names an item that nobody ever booked.")
def named_in_report(altered: Altered) -> Shown:
    mention = altered.pick(m for m in altered.of(Mention) if m.document.startswith("scene"))
    return [altered.change(mention, id=f"{mention.id}-x", text="E77 notebook", exhibit=None)]


@fault("C5.pattern", "One examiner books 30 % of the items days after the shift.", alone=True)
def pattern(altered: Altered) -> Shown:
    examiner = altered.pick(sorted({e.collected_by for e in altered.of(Exhibit) if e.collected_by}))
    late: list[Record | Ref] = [Ref("person", examiner)]
    by_case: dict[str, list[Exhibit]] = {}
    for exhibit in altered.where(Exhibit, "collected_by", examiner):
        by_case.setdefault(exhibit.case, []).append(exhibit)
    for exhibits in by_case.values():
        if altered.chance(0.3):
            delay = timedelta(days=float(altered.rng.uniform(1, 6)))
            late += [r for exhibit in exhibits for r in _booked_late(altered, exhibit, delay)]
    return late


def _booked_late(altered: Altered, exhibit: Exhibit, delay: timedelta) -> list[Record | Ref]:
    """Everything after the collection happens later by as much."""
    for event in life(altered, exhibit.id):
        if event.event is not EventKind.COLLECTED:
            entered = at(when(event.entered) + delay) if event.entered else None
            altered.change(event, at=at(when(event.at) + delay), entered=entered)
    return about(exhibit.id, life(altered, exhibit.id))


@fault("C6.extract_used", "A fifth of an extract was used without a record.")
def extract_used(altered: Altered) -> Shown:
    used = altered.where(CustodyEvent, "event", EventKind.CONSUMED)
    event = altered.pick(
        e for e in used if e.amount_after and e.amount_after > 15 and "-X" in e.item
    )
    left = event.amount_after
    assert left is not None
    return about(event.item, [altered.change(event, amount_after=round(left - 10.0, 1))])


@fault("C6.standard", "Of a standard, a third more is taken each time than is written down.")
def standard(altered: Altered) -> Shown:
    uses = [e for e in altered.of(CustodyEvent) if e.material == STANDARD]
    tube = altered.pick(sorted({e.item for e in uses}))
    lost, changed = 0.0, []
    for event in life(altered, tube):
        if event.event is EventKind.CONSUMED:
            lost += 0.33 * (event.amount_used or 0.0)
            if event.amount_after is not None:
                left = round(max(event.amount_after - lost, 0.0), 1)
                changed.append(altered.change(event, amount_after=left))
    return about(tube, changed)


@fault("C7.missing", "An item is not on the shelf, at the first look or the second.")
def missing(altered: Altered) -> Shown:
    take = altered.pick(t for t in altered.of(Stocktake) if t.expected)
    item = altered.pick(set(take.expected) & set(take.seen))
    seen = tuple(each for each in take.seen if each != item)
    changed = altered.change(take, seen=seen, second_look=(*take.second_look, item))
    return [*about(item, []), changed]


@fault("C7.unexpected", "An item is on a shelf where custody does not place it.")
def unexpected(altered: Altered) -> Shown:
    take = altered.pick(t for t in altered.of(Stocktake) if t.store != POLICE_STORE)
    item = resting(altered).id
    return [*about(item, []), altered.change(take, seen=(*take.seen, item))]


@fault("C7.too_few", "A stocktake looks for a fifth of what its plan asked for.")
def too_few(altered: Altered) -> Shown:
    take = altered.pick(t for t in altered.of(Stocktake) if len(t.expected) > 20)
    kept = take.expected[: len(take.expected) // 5]
    seen = tuple(each for each in take.seen if each in set(kept))
    second = tuple(each for each in take.second_look if each in set(kept))
    return [altered.change(take, expected=kept, seen=seen, second_look=second)]


@fault("C8.no_order", "An exhibit is destroyed without an order.")
def no_order(altered: Altered) -> Shown:
    item = resting(altered).id
    return about(item, [_destroyed(altered, item)])


@fault("C8.case_open", "An exhibit of an open case is destroyed by order, long before the date.")
def case_open(altered: Altered) -> Shown:
    open_cases = {m.case for m in altered.of(OpenMatter)}
    exhibit = resting(altered)
    assert exhibit.case in open_cases
    event = _destroyed(altered, exhibit.id)
    order = _order(altered, exhibit.id, when(event.at), approved="DE-02")
    return [*about(exhibit.id, [event]), order]


@fault("C8.one_person", "The same person orders, approves and carries out a disposal.")
def one_person(altered: Altered) -> Shown:
    order = altered.pick(altered.of(DisposalOrder))
    changed = altered.change(order, approved_by=order.ordered_by)
    events = [e for item in order.items for e in life(altered, item)
              if e.event is EventKind.DISPOSED]  # fmt: skip
    done = [altered.change(e, by=order.ordered_by) for e in events]
    return [changed, *done, *(Ref("exhibit", item) for item in order.items)]


def _destroyed(altered: Altered, item: str) -> CustodyEvent:
    last = max(when(e.at) for e in life(altered, item))
    moment = last + 0.8 * (altered.now - last)
    return altered.add(
        CustodyEvent(id=f"EV-{item}-gone", item=item, event=EventKind.DISPOSED, at=at(moment),
                     giver=POLICE_STORE, by="SK-01", place=POLICE_STORE, device="scanner",
                     clock_error_s=2.0)
    )  # fmt: skip


def _order(altered: Altered, item: str, moment: datetime, approved: str) -> DisposalOrder:
    return altered.add(
        DisposalOrder(id=f"DO-{item}", items=(item,), at=at(moment - timedelta(hours=2)),
                      ordered_by="DE-01", approved_by=approved, authority="space is needed")
    )  # fmt: skip


@fault("C9.not_noted", "A freezer fails for a day and no case is told.")
def not_noted(altered: Altered) -> Shown:
    first = altered.now - timedelta(days=float(altered.rng.uniform(20, 150)))
    warm = []
    for reading in altered.where(StoreReading, "store", FREEZER):
        if first <= when(reading.at) <= first + timedelta(days=1):
            warm.append(altered.change(reading, celsius=(reading.celsius or 0.0) + 14.0))
    return [*warm, Ref("storage_limit", FREEZER)]


@fault("C9.silent", "A freezer's sensor is silent for two days.")
def silent(altered: Altered) -> Shown:
    first = altered.now - timedelta(days=float(altered.rng.uniform(20, 150)))
    around = []
    for reading in altered.where(StoreReading, "store", FREEZER):
        moment = when(reading.at)
        if first <= moment <= first + timedelta(days=2):
            altered.remove(reading)
        elif abs((moment - first).total_seconds()) < 4 * 86400:
            around.append(reading)
    return [*around, Ref("storage_limit", FREEZER)]


@fault("C10.idle_entries", "Somebody goes into the freezer twice a week with no item to fetch.",
       alone=True)  # fmt: skip
def idle_entries(altered: Altered) -> Shown:
    person = altered.pick(altered.where(Actor, "standing", Standing.ANALYST)).name
    entries: list[Record | Ref] = [Ref("person", person)]
    for k in range(50):
        moment = altered.now - timedelta(
            days=180 - 3.5 * k, minutes=float(altered.rng.uniform(0, 600))
        )
        entries.append(
            altered.add(
                StoreEntry(id=f"SE-idle-{person}-{k}", store=FREEZER, person=person, at=at(moment),
                           role="analyst")
            )
        )  # fmt: skip
    return entries


@fault("C10.no_grant", "An exhibit is handled by a detective who has no grant for its case.")
def no_grant(altered: Altered) -> Shown:
    exhibit = resting(altered)
    booked = next(e for e in life(altered, exhibit.id) if e.event is EventKind.BOOKED)
    detectives = {a.name for a in altered.of(Actor) if a.name.startswith("DE-")}
    other = altered.pick(sorted(detectives - _of_case(altered, exhibit.case)))
    moment = when(booked.at) + 0.5 * (altered.now - when(booked.at))
    event = altered.add(
        CustodyEvent(id=f"EV-{exhibit.id}-looked", item=exhibit.id, event=EventKind.EXAMINED,
                     at=at(moment), by=other, place=POLICE_STORE, store=POLICE_STORE,
                     device="scanner", clock_error_s=2.0)
    )  # fmt: skip
    return about(exhibit.id, [event])


@fault("C11.never_sent", "An exhibit was logged and never sent, and nobody says why.")
def never_sent(altered: Altered) -> Shown:
    sent = {r.case for r in altered.of(Request) if r.sent}
    request = altered.pick(
        r for r in altered.of(Request)
        if r.declined and r.case in sent and when(r.declined) < altered.now - timedelta(days=150)
    )  # fmt: skip
    altered.remove(*altered.where(Request, "item", request.item))
    return about(request.item, life(altered, request.item))


def _of_case(altered: Altered, case: str) -> set[str]:
    return {grant.actor.removeprefix("A-") for grant in altered.where(Grant, "case", case)}
