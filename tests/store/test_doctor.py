"""The doctor: what is well, what is not, and what cannot be told, each with the way on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.store.conftest import Clock
from tests.store.test_check import fill

from reopen.ledger.keys import SigningKey
from reopen.ledger.verify import Checkpoint
from reopen.records.cases import Case
from reopen.records.findings import Verdict
from reopen.store import checkpoints, doctor, log, migrations
from reopen.store.doctor import Examined, examine
from reopen.store.unit import Unit, open_unit

sqlite_only = pytest.mark.parametrize("dialect", ["SQLite"], indirect=True)


def verdicts(answers: Iterable[Examined], about: str) -> set[Verdict]:
    return {each.verdict for each in answers if each.about == about}


def sentences(answers: Iterable[Examined]) -> str:
    return "\n".join(f"{each.about}: {each.sentence}" for each in answers)


def test_a_healthy_unit(unit: Unit, place: str | Path, clock: Clock, dialect: str) -> None:
    fill(unit)
    checkpoints.make(unit.db, [SigningKey.generate("ed25519", unit.origin)], clock())
    answers = examine(place, clock=clock)
    assert len({each.about for each in answers}) == len(answers)
    for about in ("schema", "log", "checkpoint", "clock"):
        assert verdicts(answers, about) == {Verdict.HOLDS}, sentences(answers)
    if dialect == "SQLite":
        assert {each.verdict for each in answers} == {Verdict.HOLDS}, sentences(answers)


def test_every_question_not_answered_by_yes_has_a_way_on(unit: Unit, place: str | Path) -> None:
    unit.db.execute("DELETE FROM tile")
    answers = examine(place)
    assert any(each.verdict is not Verdict.HOLDS for each in answers)
    assert all(each.way_on for each in answers if each.verdict is not Verdict.HOLDS)


def test_a_changed_entry_fails_and_is_named(unit: Unit, place: str | Path) -> None:
    fill(unit)
    unit.db.execute("UPDATE entry SET time = time + 1 WHERE idx = 2")
    answers = examine(place)
    assert verdicts(answers, "log") == {Verdict.FAILS}
    assert "entry 2 has another time" in sentences(answers)


def test_a_kept_checkpoint_is_compared(unit: Unit, place: str | Path) -> None:
    later = Checkpoint(unit.origin, log.size(unit.db) + 1, b"\1" * 32)
    answers = examine(place, earlier=[later])
    assert "entries were taken away" in sentences(answers)


def test_a_log_never_signed_cannot_be_told(unit: Unit, place: str | Path) -> None:
    assert verdicts(examine(place), "checkpoint") == {Verdict.CANNOT_TELL}


def test_a_clock_that_went_back_is_told(unit: Unit, place: str | Path, clock: Clock) -> None:
    with unit.writing("mara") as writer:
        writer.put(Case(id="K1"))
    clock.moment -= timedelta(days=400)
    with unit.writing("mara") as writer:
        writer.put(Case(id="K2"))
    answers = examine(place, clock=clock)
    assert verdicts(answers, "clock") == {Verdict.FAILS}
    assert f"entry {log.size(unit.db) - 1} is earlier" in sentences(answers)
    assert "which is to come" in sentences(answers)


def test_a_pending_step_of_the_schema_is_told_and_not_taken(
    unit: Unit, place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = migrations.Migration(9000, "later", "9000_later.sql")
    steps = (*migrations.known(), later)
    monkeypatch.setattr(migrations, "known", lambda: steps)
    assert verdicts(examine(place), "schema") == {Verdict.FAILS}
    assert later in migrations.pending(unit.db)


def test_what_is_no_unit_fails_at_opening(tmp_path: Path) -> None:
    (tmp_path / "x.reopen").write_bytes(b"no unit" * 50)
    answers = examine(tmp_path / "x.reopen")
    assert answers[-1].about == "opening"
    assert answers[-1].verdict is Verdict.FAILS


@sqlite_only
def test_a_file_left_in_wal_mode_is_put_back_and_told(unit: Unit, place: Path) -> None:
    unit.close()
    with closing(sqlite3.connect(place)) as other:
        assert other.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
    answers = examine(place)
    assert verdicts(answers, "journal") == {Verdict.FAILS}
    assert "write-ahead" in sentences(answers)
    assert verdicts(examine(place), "journal") == {Verdict.HOLDS}
    with open_unit(place) as again:
        assert again.db.rows("PRAGMA journal_mode") == [("delete",)]


@sqlite_only
def test_a_damaged_page_fails(unit: Unit, place: Path) -> None:
    fill(unit)
    ((root,),) = unit.db.rows("SELECT rootpage FROM sqlite_master WHERE name = 'record_of_item'")
    unit.close()
    with place.open("r+b") as file:
        file.seek((root - 1) * 4096 + 2048)
        file.write(b"\xff" * 512)
    assert Verdict.FAILS in {each.verdict for each in examine(place)}


@sqlite_only
def test_leftovers_are_told(unit: Unit, place: Path) -> None:
    (place.parent / f".{place.name}.12ab34cd.unfinished").touch()
    assert "12ab34cd.unfinished" in sentences(examine(place))


@sqlite_only
def test_a_full_disk_is_told(unit: Unit, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 1 << 20

    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: Usage)
    assert verdicts(examine(place), "room") == {Verdict.FAILS}


@pytest.mark.parametrize(
    ("version", "fault"),
    [
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 0), True),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 52, 0), False),
    ],
)
def test_which_libraries_have_the_wal_reset_fault(version: tuple[int, ...], fault: bool) -> None:
    assert doctor.has_wal_reset_fault(version) is fault
