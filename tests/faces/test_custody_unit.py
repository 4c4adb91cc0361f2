"""Custody in a unit: recorded, confirmed by the other person, gaps declared, queues taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.prove.custody_records import event, exhibit, moment
from tests.store.conftest import MARA, Clock

from reopen.errors import InvalidRecord, NotAllowed, UnknownName
from reopen.faces.workbench.custody import (
    begin_scanning,
    confirm,
    custody_of,
    declare_gap,
    picture_file,
    record_events,
)
from reopen.faces.workbench.custody_devices import (
    approve_device,
    register_device,
    retire_device,
    submit,
)
from reopen.faces.workbench.custody_queue import confirm_queued, enqueue
from reopen.faces.workbench.custody_told import (
    as_json,
    recorded_text,
    submitted_plain,
    submitted_text,
    timeline_plain,
    timeline_text,
)
from reopen.ledger.keys import SigningKey
from reopen.prove import RULES, Holdings, ask
from reopen.records.access import Action, Actor, Grant, Standing
from reopen.records.base import Ref
from reopen.records.cases import Case, Place
from reopen.records.custody import CustodyEvent, DeviceCount, LegacyPeriod
from reopen.records.findings import Verdict
from reopen.records.times import Interval
from reopen.store.grants import ANY_PURPOSE
from reopen.store.reader import Reader
from reopen.store.unit import Unit, create_unit, open_unit

TABLET = SigningKey.generate("ed25519", "tablet-3")
PHONE = SigningKey.generate("ed25519", "phone-7")


def grant(actor: str, case: str | None = None) -> Grant:
    return Grant(
        id=f"G-{actor}", actor=actor, case=case, actions=(Action.READ, Action.ADD, Action.AMEND),
        purpose=ANY_PURPOSE, during=Interval.parse("2020/.."), given_by="mara",
    )  # fmt: skip


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[Unit]:
    """A unit of three: the lead, and two detectives with grants."""
    clock = Clock()
    with create_unit(tmp_path / "unit.reopen", name="Cold", actor=MARA, clock=clock) as made:
        with made.writing("mara") as writer:
            writer.put_many(
                [
                    Case(id="C1"), Case(id="C2"), exhibit(), exhibit("E2"), exhibit("X1", "C2"),
                    Place(id="Lab 3"),
                    Actor(id="berg", name="Berg", standing=Standing.DETECTIVE, person="PB"),
                    Actor(id="ito", name="Ito", standing=Standing.DETECTIVE),
                    grant("berg"), grant("ito", "C1"),
                ]
            )  # fmt: skip
        yield made


def test_an_event_is_kept_and_shown(unit: Unit):
    (done,) = record_events(unit, "mara", [event("collected", 0, receiver="ito", id="V1")])
    assert done.doubts == ()
    assert done.waits_for is None
    assert "V1: collected E1, entry" in recorded_text([done])
    shown = custody_of(unit, "mara", "E1")
    assert [step.holder for step in shown.chain.steps] == ["ito"]
    assert "collected: by ito" in timeline_text(shown)


def test_what_does_not_follow_is_said_at_once_and_kept(unit: Unit):
    record_events(unit, "mara", [event("collected", 0, receiver="ito", seal_after="K1")])
    taken = event("moved", 60, giver="olsen", receiver="PB", seal_before="Q9")
    (done,) = record_events(unit, "mara", [taken])
    assert len(done.doubts) == 2
    assert "takes it from olsen" in done.doubts[0]
    assert "finds seal Q9, while it was closed with K1" in done.doubts[1]
    assert len(custody_of(unit, "mara", "E1").chain.steps) == 2


def test_an_item_that_nobody_knows_is_refused_unless_it_is_collected(unit: Unit):
    with pytest.raises(UnknownName, match="no exhibit, sample or standard 'E77'"):
        record_events(unit, "mara", [event("moved", 0, "E77", receiver="ito")])
    record_events(unit, "mara", [event("collected", 0, "E77", receiver="ito")])


def test_a_handover_waits_for_the_other_person(unit: Unit):
    handed = event("moved", 0, giver="ito", receiver="PB", by="ito", id="V1")
    (done,) = record_events(unit, "ito", [handed])
    assert done.waits_for == "PB"
    assert "reopen custody confirm UNIT 'V1'" in recorded_text([done])
    for somebody, why in (("ito", "ito recorded it"), ("mara", "mara is no party")):
        with pytest.raises(InvalidRecord, match=why):
            confirm(unit, somebody, "V1")
    confirmed = confirm(unit, "berg", "V1")
    assert confirmed.event == replace(handed, confirmed="PB")
    assert confirmed.waits_for is None
    with pytest.raises(InvalidRecord, match="finds it confirmed by PB"):
        confirm(unit, "berg", "V1")
    with unit.reading("mara") as reader:
        first, second = reader.versions(handed.ref)
    assert (first.actor, second.actor) == ("ito", "berg")
    assert second.reason == "handover confirmed"


def test_an_event_that_is_not_there_or_not_for_one_is_not_confirmed(unit: Unit):
    record_events(unit, "mara", [event("moved", 0, "X1", giver="mara", receiver="ito", id="V1")])
    for id in ("V1", "V9"):
        with pytest.raises(UnknownName, match="There is no custody event"):
            confirm(unit, "ito", id)


def test_a_declared_gap_takes_the_place_of_the_unexplained_one(unit: Unit):
    record_events(
        unit,
        "mara",
        [event("collected", 0, receiver="ito"), event("moved", moment(days=99), giver="x")],
    )
    shown = custody_of(unit, "mara", "E1")
    assert "UNEXPLAINED GAP" in timeline_text(shown)
    declare_gap(unit, "mara", "E1", Interval.parse("2024-06/2024-07"), "fire in the archive")
    shown = custody_of(unit, "mara", "E1")
    assert "UNEXPLAINED GAP: " not in timeline_text(shown).split("DECLARED")[0]
    assert "DECLARED GAP: 2024-06-01 to 2024-07-31: fire in the archive" in timeline_text(shown)
    assert picture_file(shown).startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    plain = timeline_plain(shown)
    assert '"why": "fire in the archive"' in as_json(plain)
    with pytest.raises(UnknownName):
        declare_gap(unit, "mara", "E77", Interval.parse("1990"), "x")


def test_custody_of_what_is_not_for_the_reader_looks_like_nothing(unit: Unit):
    record_events(unit, "mara", [event("collected", 0, "X1", receiver="mara")])
    with pytest.raises(UnknownName, match="'X1' that ito may see"):
        custody_of(unit, "ito", "X1")


def register(unit: Unit, key: SigningKey, person: str) -> None:
    register_device(unit, "mara", str(key.public), name=key.name, person=person, clock_error_s=3.0)
    approve_device(unit, "berg", key.name)


def queue(home: Path, *items: str, name: str = "q") -> Path:
    for n, item in enumerate(items):
        made = event("moved", n * 10.0, item, giver="ito", receiver="PB", by="ito")
        enqueue(home / name, home / "key", TABLET, made, second=None)
    return home / name


def test_a_queue_is_taken_with_its_file_and_counts(unit: Unit, tmp_path: Path):
    register(unit, TABLET, "ito")
    register(unit, PHONE, "PB")
    waiting = queue(tmp_path, "E1", "E2", "E77")
    confirm_queued(waiting, PHONE, 1, "tablet-3")
    done = submit(unit, "mara", waiting)
    assert [each.id for each in done.taken] == ["tablet-3-1", "tablet-3-2", "tablet-3-3"]
    assert done.refused == ()
    assert done.unknown == ("E77",)
    assert "import it, so that it has its case" in submitted_text(done)
    with unit.reading("mara") as reader:
        first = reader.get(CustodyEvent, "tablet-3-1")
        assert first is not None
        assert (first.confirmed, first.clock_error_s, first.counter) == ("PB", 3.0, 1)
        assert first.entered is not None
        sha = first.source.removeprefix("queue ").partition(",")[0]
        assert reader.file(sha) == waiting.read_bytes()


def test_a_queue_submitted_again_is_refused_by_name_and_what_is_new_is_taken(
    unit: Unit, tmp_path: Path
):
    register(unit, TABLET, "ito")
    waiting = queue(tmp_path, "E1", "E2")
    submit(unit, "mara", waiting)
    queue(tmp_path, "E1")
    done = submit(unit, "mara", waiting)
    assert [each.counter for each in done.taken] == [3]
    assert [str(each) for each in done.refused] == [
        "Line 1, count 1 of device tablet-3: replayed: it was submitted before.",
        "Line 2, count 2 of device tablet-3: replayed: it was submitted before.",
    ]
    assert "2 lines refused" in submitted_text(done)


def test_two_who_submit_a_queue_at_once_do_not_count_back(
    unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """An earlier copy of the queue is judged, and before it is kept the whole queue was."""
    register(unit, TABLET, "ito")
    waiting = queue(tmp_path, "E1")
    copy = tmp_path / "copy"
    copy.write_bytes(waiting.read_bytes())
    queue(tmp_path, "E2")
    reading = Unit.reading

    @contextmanager
    def interrupted(one: Unit, *who: Any, **how: Any) -> Iterator[Reader]:
        with reading(one, *who, **how) as reader:
            yield reader
        monkeypatch.setattr(Unit, "reading", reading)
        with open_unit(one.where) as another:
            submit(another, "berg", waiting)

    monkeypatch.setattr(Unit, "reading", interrupted)
    with pytest.raises(InvalidRecord, match="device_count tablet-3 was changed by berg since"):
        submit(unit, "mara", copy)
    with unit.reading("mara") as reader:
        [count] = reader.all(DeviceCount)
        versions = reader.versions(Ref("custody_event", "tablet-3-1"))
    assert count.counter == 2
    assert len(versions) == 1


def test_a_lost_event_needs_a_reason_and_stays_a_finding(unit: Unit, tmp_path: Path):
    register(unit, TABLET, "ito")
    waiting = queue(tmp_path, "E1", "E2", "E1")
    lines = waiting.read_text().splitlines()
    waiting.write_text(f"{lines[0]}\n{lines[2]}\n")
    done = submit(unit, "mara", waiting)
    assert len(done.taken) == 1
    assert "count 2 before it missing" in done.refused[0].why
    with pytest.raises(InvalidRecord, match="declared lost without a reason: 2"):
        submit(unit, "mara", waiting, lost=[2])
    done = submit(unit, "mara", waiting, lost=[2], reason="the tablet's memory failed")
    assert [each.counter for each in done.taken] == [3]
    assert as_json(submitted_plain(done)).count('"tablet-3": [') == 1
    with unit.reading("mara") as reader:
        answer = ask(RULES["S3"], Holdings(reader.holdings(), now=unit.clock()))
    assert answer.verdict is Verdict.FAILS
    assert "No record holds count 2 of device tablet-3" in answer.findings[0].sentence


def test_nothing_of_a_queue_is_kept_where_all_is_refused(unit: Unit, tmp_path: Path):
    waiting = queue(tmp_path, "E1")
    with unit.reading("mara") as reader:
        before = reader.counts()
    done = submit(unit, "mara", waiting)
    assert done.taken == ()
    with unit.reading("mara") as reader:
        assert reader.counts().get("custody_event") == before.get("custody_event")
        assert reader.counts().get("file") == before.get("file")


def test_a_device_is_accepted_by_two_people_and_can_be_retired(unit: Unit, tmp_path: Path):
    register_device(unit, "mara", str(TABLET.public), name="tablet-3", person="ito")
    waiting = queue(tmp_path, "E1")
    assert "nobody has approved" in submit(unit, "mara", waiting).refused[0].why
    with pytest.raises(InvalidRecord, match="mara registered device tablet-3"):
        approve_device(unit, "mara", "tablet-3")
    approve_device(unit, "berg", "tablet-3")
    retired = retire_device(unit, "mara", "tablet-3", "lost on the train")
    assert retired.retired is not None
    with pytest.raises(UnknownName, match="no device 'tablet-9'"):
        retire_device(unit, "mara", "tablet-9", "x")
    with pytest.raises(InvalidRecord, match="key of tablet-3 for device tablet-9"):
        register_device(unit, "mara", str(TABLET.public), name="tablet-9")
    assert len(submit(unit, "mara", waiting).taken) == 1  # it happened before


def test_somebody_with_one_case_submits_its_events(unit: Unit, tmp_path: Path):
    """The device recorded items of another case before, which this person may not see."""
    register(unit, TABLET, "ito")
    submit(unit, "mara", queue(tmp_path, "X1", "E1"))
    done = submit(unit, "ito", queue(tmp_path, "E2", name="second"))
    assert [each.counter for each in done.taken] == [3]


def test_events_of_a_case_that_is_not_theirs_are_not_kept(unit: Unit, tmp_path: Path):
    register(unit, TABLET, "ito")
    with pytest.raises(NotAllowed):
        submit(unit, "ito", queue(tmp_path, "X1"))
    assert len(submit(unit, "mara", tmp_path / "q").taken) == 1


def test_scanning_knows_the_units_items_people_and_places(unit: Unit):
    scanning = begin_scanning(unit, "ito")
    told = [scanning.read(code, unit.clock())[0] for code in ("E1", "E2", "moved", "PB", "Lab 3")]
    assert told == [
        "Item E1 (1).",
        "Item E2 (2).",
        "Event moved.",
        "Person PB (1).",
        "Place Lab 3.",
    ]
    reply, events = scanning.read("ok", unit.clock())
    assert reply == "2 events."
    done = record_events(unit, "ito", events)
    assert [(each.event.item, each.waits_for) for each in done] == [("E1", "PB"), ("E2", "PB")]
    assert {(e.giver, e.receiver, e.by, e.place) for e in events} == {("ito", "PB", "ito", "Lab 3")}


def test_legacy_periods_are_records_like_others(unit: Unit):
    gap = declare_gap(unit, "mara", "E1", Interval.parse("1990/1995"), "paper")
    with unit.reading("mara") as reader:
        assert reader.get(LegacyPeriod, gap.id) == gap
