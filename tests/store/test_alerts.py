"""Looks that somebody should ask about, and those that nobody needs to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from tests.store.conftest import Clock

from reopen.records.access import Action, Actor, Emergency, Grant, ReadEvent, Standing
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit, Person, Relation
from reopen.records.statements import Statement
from reopen.records.times import Interval
from reopen.store.alerts import Alert, Limits, alerts
from reopen.store.grants import first_grant
from reopen.store.unit import Unit
from reopen.store.writer import Writer

ALWAYS = Interval(None, None)
DAY = Interval.parse("2026-02-03T10:00Z")


def enter(unit: Unit, records: Iterable[Record]) -> None:
    """As looks of days before are there: without asking who may write them."""
    with unit.db.writing():
        writer = Writer(unit.db, "ute", reason="as it was", clock=unit.clock)
        writer.put_many(records)
        writer.finish()


def look(n: int, actor: str = "bo", **given: object) -> ReadEvent:
    said: dict[str, object] = {"action": Action.READ, "target": "case K1", "at": DAY} | given
    return ReadEvent(id=f"look-{n}", actor=actor, **said)  # type: ignore[arg-type]


@pytest.fixture
def watched(unit: Unit) -> Unit:
    enter(
        unit,
        [
            Actor(id="bo", name="Bo Ek", standing=Standing.RESERVIST, person="P1"),
            Actor(id="kim", name="Kim Aro", standing=Standing.ANALYST, person="P3"),
            Person(id="P1"), Person(id="P2"), Person(id="P3"), Person(id="P4"), Case(id="K1"),
            Relation(id="R1", one="P1", other="P2", relation="neighbour"),
            Statement(id="T1", subject=Ref("person", "P2"), field="name", value="Ada Holm"),
        ],
    )  # fmt: skip
    return unit


def found(unit: Unit, about: str, limits: Limits | None = None) -> list[Alert]:
    with unit.reading("mara") as reader:
        return [alert for alert in alerts(reader, limits) if alert.about == about]


def test_a_case_that_nobody_assigned(watched: Unit) -> None:
    enter(watched, [look(1, case="K1"), look(2, case="K1"), look(3, "kim", case="K1")])
    enter(watched, [Grant(
        id="G1", actor="kim", case="K1", purpose="review", during=ALWAYS, given_by="mara"
    )])  # fmt: skip
    (alert,) = found(watched, "unassigned case")
    assert (alert.actor, alert.records) == ("bo", ("look-1", "look-2"))


def test_work_in_a_case_explains_looks_at_it(watched: Unit) -> None:
    with watched.writing("mara") as writer:
        writer.put(Exhibit(id="E1", case="K1"))
    enter(watched, [look(1, "mara", case="K1")])
    assert found(watched, "unassigned case") == []


def test_bulk_exports_by_the_limit_and_by_their_usual_day(watched: Unit) -> None:
    days = [Interval.parse(f"2026-02-0{n}T09:00Z") for n in range(1, 6)]
    small = [look(n, action=Action.EXPORT, count=4, at=day) for n, day in enumerate(days[:4])]
    enter(watched, [*small, look(9, action=Action.EXPORT, count=41, at=days[4])])
    enter(watched, [look(20, "kim", action=Action.EXPORT, count=600)])
    (alert,) = found(watched, "bulk export")
    assert (alert.actor, alert.records) == ("bo", ("look-9",))
    enter(watched, [look(21, "kim", action=Action.EXPORT, count=401)])
    assert {alert.actor for alert in found(watched, "bulk export")} == {"bo", "kim"}
    assert found(watched, "bulk export", Limits(exported=2000, usual=20)) == []


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        ("person P1", True), ("person P2", True), ("person P3", True), ("person P4", False),
        ("every statement of person P2", True), ("search: ada HOLM", True),
        ("Ada Holm, born 1960", True),
        ("search: kim aro 1987", True), ("search: ada", False), ("case K1", False),
    ],
)  # fmt: skip
def test_looks_close_to_home(watched: Unit, target: str, asked: bool) -> None:
    enter(watched, [look(1, target=target)])
    assert bool(found(watched, "close to home")) == asked


def test_three_refused_looks_in_a_day(watched: Unit) -> None:
    enter(watched, [look(n, rule="refused", target=f"case K{n}") for n in (1, 2)])
    assert found(watched, "refused looks") == []
    enter(watched, [look(3, rule="refused", target="case K3")])
    (alert,) = found(watched, "refused looks")
    assert len(alert.records) == 3


def test_an_emergency_is_reviewed_within_72_hours(watched: Unit, clock: Clock) -> None:
    begun = clock.moment
    taken = Emergency(
        id="M1", actor="bo", case="K1", at=Interval.at(begun), until=ALWAYS, reason="a life"
    )
    enter(watched, [taken])
    clock.moment = begun + timedelta(hours=71)
    assert found(watched, "emergency not reviewed") == []
    clock.moment = begun + timedelta(hours=73)
    assert [alert.records for alert in found(watched, "emergency not reviewed")] == [("M1",)]


def test_a_grant_to_oneself(watched: Unit) -> None:
    own = Grant(id="G5", actor="bo", purpose="x", during=ALWAYS, given_by="bo")
    enter(watched, [own, first_grant("bo")])
    assert [alert.records for alert in found(watched, "grant to oneself")] == [("G5",)]
