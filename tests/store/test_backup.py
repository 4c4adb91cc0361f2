"""Backups: the same unit again, on either database; never in the place of another."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from tests.store.test_check import fill

from reopen.errors import CannotStore, LogBroken
from reopen.ledger.verify import Checkpoint
from reopen.records.cases import Case
from reopen.store import check, files, held, log
from reopen.store.backup import back_up, restore
from reopen.store.database import Database, connect
from reopen.store.unit import Unit, open_unit


def content(db: Database) -> dict[str, list[tuple[object, ...]]]:
    return {
        table: sorted(db.rows(f"SELECT {', '.join(db.columns(table))} FROM {table}"), key=repr)
        for table in db.tables()
        if table != "migration"
    }


def test_a_backup_holds_every_row(unit: Unit, tmp_path: Path) -> None:
    fill(unit)
    made = back_up(unit, tmp_path / "copy.reopen")
    assert (made.verified.size, made.verified.root) == (log.size(unit.db), log.root(unit.db))
    with closing(connect(made.path)) as copy:
        assert content(copy) == content(unit.db)
    assert sorted(each.name for each in tmp_path.iterdir() if "copy" in each.name) == [
        "copy.reopen"
    ]


def test_a_restored_unit_goes_on_where_the_backup_ended(
    unit: Unit, tmp_path: Path, new_place: Callable[[], str | Path]
) -> None:
    fill(unit)
    made = back_up(unit, tmp_path / "copy.reopen")
    where = new_place()
    assert restore(made.path, where) == made.verified
    with open_unit(where) as again:
        assert (again.name, again.origin) == (unit.name, unit.origin)
        assert content(again.db) == content(unit.db)
        with again.writing("mara") as writer:
            writer.put(Case(id="K77"))
        assert check.verify(again.db).size == made.verified.size + 1
        (scan,) = held.select(again.db, held.EVERYTHING, held.Asked(kind="file"))
        assert files.read(again.db, scan.record.id) == b"scan"


def test_nothing_is_overwritten(unit: Unit, tmp_path: Path, place: str | Path) -> None:
    there = tmp_path / "there"
    there.write_bytes(b"mine")
    with pytest.raises(CannotStore, match="there already"):
        back_up(unit, there)
    made = back_up(unit, tmp_path / "copy.reopen")
    before = content(unit.db)
    with pytest.raises(CannotStore, match="already"):
        restore(made.path, place)
    assert there.read_bytes() == b"mine"
    assert content(unit.db) == before


def test_a_damaged_unit_gives_no_backup(unit: Unit, tmp_path: Path) -> None:
    fill(unit)
    unit.db.execute("UPDATE file SET data = (SELECT leaf FROM entry WHERE idx = 1)")
    with pytest.raises(LogBroken, match="file"):
        back_up(unit, tmp_path / "copy.reopen")
    assert not [each for each in tmp_path.iterdir() if "copy" in each.name]


def test_a_damaged_backup_is_not_restored(
    unit: Unit, tmp_path: Path, new_place: Callable[[], str | Path]
) -> None:
    fill(unit)
    made = back_up(unit, tmp_path / "copy.reopen")
    with closing(connect(made.path)) as copy:
        copy.execute("UPDATE entry SET time = time + 1 WHERE idx = 2")
    where = new_place()
    with pytest.raises(LogBroken, match="entry 2"):
        restore(made.path, where)
    with pytest.raises(CannotStore):
        open_unit(where)


def test_a_backup_older_than_a_kept_checkpoint_is_refused(
    unit: Unit, tmp_path: Path, new_place: Callable[[], str | Path]
) -> None:
    made = back_up(unit, tmp_path / "copy.reopen")
    fill(unit)
    newer = Checkpoint(unit.origin, log.size(unit.db), log.root(unit.db))
    with pytest.raises(LogBroken, match="taken away"):
        restore(made.path, new_place(), earlier=[newer])


def test_what_is_no_backup_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a unit" * 20)
    with pytest.raises(CannotStore, match="is not a unit's file"):
        restore(tmp_path / "notes.txt", tmp_path / "new.reopen")
    assert os.listdir(tmp_path) == ["notes.txt"]
