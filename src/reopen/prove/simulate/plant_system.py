"""Faults in the system itself (S1 to S6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from reopen.prove.simulate.book import at
from reopen.prove.simulate.faults import Altered, Shown, fault
from reopen.prove.simulate.plant_custody import about, when, worked_on
from reopen.prove.simulate.system import ORIGIN
from reopen.records.access import Action, Actor, Emergency, Grant, ReadEvent, Standing
from reopen.records.base import Ref
from reopen.records.cases import Involvement
from reopen.records.custody import CustodyEvent
from reopen.records.organisation import (
    CheckpointSeen,
    ImportCount,
    KeyChange,
    LogCheck,
    RuleSetting,
)
from reopen.records.times import Interval


@fault("S1.inconsistent", "A checkpoint held by a witness is not of this log.")
def inconsistent(altered: Altered) -> Shown:
    seen = altered.pick(altered.of(CheckpointSeen))
    other = altered.rng.bytes(32).hex()
    return [altered.change(seen, answer="inconsistent", root=other, cosigned=False)]


@fault("S1.smaller", "A witness signed a smaller log than the week before.")
def smaller(altered: Altered) -> Shown:
    seen = sorted(altered.where(CheckpointSeen, "held_by", "witness one"), key=lambda s: when(s.at))
    k = int(altered.rng.integers(20, len(seen)))
    return [altered.change(seen[k], size=seen[k - 10].size - 1, cosigned=True), seen[k - 10]]


@fault("S1.no_witness", "No witness has signed for five weeks.", alone=True)
def no_witness(altered: Altered) -> Shown:
    start = altered.now - timedelta(days=35)
    late = [s for s in altered.of(CheckpointSeen) if when(s.at) > start]
    silent = [altered.change(s, answer="no answer", cosigned=False) for s in late]
    return [*silent, *altered.of(CheckpointSeen), Ref("checkpoint_seen", ORIGIN)]


def last_check(altered: Altered) -> LogCheck:
    return max(altered.of(LogCheck), key=lambda check: when(check.at))


@fault("S2.row_changed", "A row was changed behind the log's back.")
def row_changed(altered: Altered) -> Shown:
    row, check = altered.pick(altered.of(CustodyEvent)).ref, last_check(altered)
    return [row, altered.change(check, other_bytes=(*check.other_bytes, row))]


@fault("S2.row_added", "A row has no entry in the log.")
def row_added(altered: Altered) -> Shown:
    row, check = altered.pick(altered.of(CustodyEvent)).ref, last_check(altered)
    return [row, altered.change(check, rows_without_entry=(*check.rows_without_entry, row))]


@fault("S2.row_gone", "A row of an entry was deleted.")
def row_gone(altered: Altered) -> Shown:
    check = last_check(altered)
    gone = (*check.entries_without_row, int(altered.rng.integers(check.size)))
    return [altered.change(check, entries_without_row=gone)]


@fault("S3.future", "A custody event is dated three weeks after it was entered.")
def future(altered: Altered) -> Shown:
    item = worked_on(altered)
    event = altered.pick(altered.where(CustodyEvent, "item", item))
    ahead = at(when(event.at) + timedelta(days=21))
    return about(item, [altered.change(event, at=ahead, entered=at(when(event.at)))])


@fault("S3.back_dated", "A custody event was entered 40 days after it is said to have happened.")
def back_dated(altered: Altered) -> Shown:
    item = worked_on(altered)
    event = altered.pick(
        e for e in altered.where(CustodyEvent, "item", item)
        if when(e.at) < altered.now - timedelta(days=41)
    )  # fmt: skip
    entered = at(when(event.at) + timedelta(days=40))
    return about(item, [altered.change(event, entered=entered)])


@fault("S3.clock_set_back", "A handheld's clock was set back by two days between two events.")
def clock_set_back(altered: Altered) -> Shown:
    counted = {(e.device, e.counter): e for e in altered.of(CustodyEvent) if e.counter}
    last, event = altered.pick(
        (before, event)
        for (device, counter), event in counted.items()
        if (before := counted.get((device, counter - 1)))
        and when(event.at) - when(before.at) < timedelta(hours=12)
    )
    back = altered.change(event, at=at(when(event.at) - timedelta(days=2)))
    return [*about(event.item, [back]), last]


def detective(altered: Altered) -> Actor:
    return altered.pick(a for a in altered.of(Actor) if a.name.startswith("DE-"))


def look(altered: Altered, actor: str, target: str, **more: object) -> ReadEvent:
    plain = ReadEvent(
        id=f"RD-p{int(altered.rng.integers(10**12))}", actor=actor, action=Action.READ,
        target=target, at=at(altered.now - timedelta(days=float(altered.rng.uniform(5, 60)))),
        rule="grant", purpose="",
    )  # fmt: skip
    return altered.add(replace(plain, **more))  # type: ignore[arg-type]


@fault("S4.bulk_export", "A detective exports 4,000 records of all cases.")
def bulk_export(altered: Altered) -> Shown:
    actor = detective(altered)
    return [look(altered, actor.id, "all profiles", action=Action.EXPORT, count=4000)]


@fault("S4.colleague", "Somebody looks up a colleague who is a suspect in another's case.")
def colleague(altered: Altered) -> Shown:
    actor, other = detective(altered), altered.pick(altered.where(Actor, "standing",
                                                                  Standing.ANALYST))  # fmt: skip
    return [look(altered, actor.id, f"person {other.person}")]


@fault("S4.emergency", "An emergency access was never reviewed.")
def emergency(altered: Altered) -> Shown:
    actor = detective(altered)
    case = altered.pick(altered.of(Involvement)).case
    moment = altered.now - timedelta(days=float(altered.rng.uniform(10, 60)))
    taken = Emergency(id=f"EM-p{int(altered.rng.integers(10**9))}", actor=actor.id, case=case,
                      at=at(moment), until=at(moment + timedelta(hours=8)),
                      reason="urgent")  # fmt: skip
    return [altered.add(taken)]


@fault("S4.after_leaving", "A detective looks at a case long after the grant for it has ended.")
def after_leaving(altered: Altered) -> Shown:
    grant = altered.pick(g for g in altered.of(Grant) if g.case and g.during.earliest)
    start = grant.during.earliest
    assert start is not None
    ended = altered.change(grant, during=Interval(start, start + 0.3 * (altered.now - start)))
    moment = at(start + 0.9 * (altered.now - start))
    read = look(altered, grant.actor, f"case {grant.case}", case=grant.case, at=moment)
    for other in altered.where(ReadEvent, "case", grant.case):
        if other.actor == grant.actor and other is not read:
            altered.change(other, at=at(start + 0.2 * (altered.now - start)))
    return [read, ended]


@fault("S5.muted_own", "A rule is muted by an analyst whose work it asks about.")
def muted_own(altered: Altered) -> Shown:
    actor = altered.pick(altered.where(Actor, "standing", Standing.ANALYST))
    setting = RuleSetting(
        id=f"RS-{actor.id}", rule="L2", at=at(altered.now - timedelta(days=50)), by=actor.id,
        muted=True, concerns=(str(actor.person),), reason="too many alarms",
    )  # fmt: skip
    return [altered.add(setting)]


@fault("S5.key_alone", "A signing key is exchanged by one person.")
def key_alone(altered: Altered) -> Shown:
    change = altered.pick(altered.of(KeyChange))
    moment = at(altered.now - timedelta(days=float(altered.rng.uniform(5, 100))))
    alone = replace(change, id=f"KC-p{int(altered.rng.integers(10**9))}", approved_by=None,
                    at=moment)  # fmt: skip
    return [altered.add(alone)]


@fault("S6.rows_lost", "An import took fewer rows than it was sent, and refused none.")
def rows_lost(altered: Altered) -> Shown:
    count = altered.pick(altered.of(ImportCount))
    return [altered.change(count, accepted=count.accepted - 7)]


@fault("S6.refused_left", "Refused rows of an import were never looked at.")
def refused_left(altered: Altered) -> Shown:
    count = altered.pick(altered.of(ImportCount))
    rest = count.accepted - 5
    return [altered.change(count, accepted=rest, refused=count.refused + 5)]
