"""Blocks that end at the same time are kept together, and each answers for its own looks alone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest

from reopen.errors import CannotStore, InvalidRecord
from reopen.records.access import Action, Actor, ReadEvent
from reopen.records.times import Interval
from reopen.store import check
from reopen.store.database import Database
from reopen.store.together import Ended, Turns, turns_of
from reopen.store.unit import Unit, open_unit

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def ended(id: str, target: str = "case K1") -> Ended:
    look = ReadEvent(
        id=id, actor="mara", action=Action.READ, target=target, at=Interval.at(NOON), count=1
    )
    return Ended("mara", "review", lambda: NOON, (look,))


def looks(unit: Unit) -> set[str]:
    return {id for (id,) in unit.db.rows("SELECT id FROM record WHERE kind = 'read_event'")}


class Counted:
    """How many transactions were begun; the first one waits until it is let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.begun = 0
        self.first, self.go = Event(), Event()
        writing = Database.writing

        @contextmanager
        def counted(db: Database) -> Iterator[None]:
            self.begun += 1
            if self.begun == 1:
                self.first.set()
                assert self.go.wait(30)
            with writing(db):
                yield

        monkeypatch.setattr(Database, "writing", counted)


def test_who_waits_is_kept_with_the_next_one(
    unit: Unit, place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first writes alone; the six that come meanwhile are kept in one transaction, and one of
    them that cannot be kept fails alone."""
    counted = Counted(monkeypatch)
    turns = Turns()

    def keep(own: Ended) -> str:
        with open_unit(place) as other:
            try:
                turns.keep(other.db, own)
            except InvalidRecord as error:
                return str(error)
            assert own.looks[0].id in looks(unit)  # on the disk before it returns
            return ""

    with ThreadPoolExecutor(8) as pool:
        alone = pool.submit(keep, ended("look-0"))
        assert counted.first.wait(30)
        rest = [pool.submit(keep, ended(f"look-{n}")) for n in range(1, 6)]
        bad = pool.submit(keep, ended("look-bad", "case \x00"))
        while len(turns.waiting) < 6:
            Event().wait(0.01)
        counted.go.set()
        assert [each.result() for each in (alone, *rest)] == [""] * 6
        assert "NUL" in bad.result()
    assert looks(unit) == {f"look-{n}" for n in range(6)}
    assert counted.begun == 1 + 1 + 6  # alone; all; and since that failed, each by itself
    assert turns.waiting == []
    monkeypatch.undo()
    assert check.verify(unit.db)


def test_one_transaction_is_enough_for_all_who_wait(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(waiting=[ended("look-1"), ended("look-2")])
    counted = Counted(monkeypatch)
    counted.go.set()
    others = list(turns.waiting)
    turns.keep(unit.db, ended("look-3"))
    assert counted.begun == 1
    assert all(each.done for each in others)
    assert looks(unit) == {"look-1", "look-2", "look-3"}


def test_where_nobody_can_write_all_fail_at_once(
    unit: Unit, place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"reopen.store.{module}.WAIT_S", 0.2)
    turns = Turns(waiting=[ended("look-1"), ended("look-2")])
    others = list(turns.waiting)
    counted = Counted(monkeypatch)
    counted.go.set()
    with open_unit(place) as other, unit.db.writing():
        counted.begun = 0
        with pytest.raises(CannotStore, match=r"locked|lock timeout"):
            turns.keep(other.db, ended("look-3"))
    assert counted.begun == 1
    assert all(each.failed for each in others)
    assert looks(unit) == set()


def test_who_is_interrupted_leaves_the_others_to_the_next(
    unit: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(waiting=[ended("look-1")])

    def interrupted(self: Ended, db: Database) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as during, suppress(KeyboardInterrupt):
        during.setattr(Ended, "write", interrupted)
        turns.keep(unit.db, ended("look-2"))
    assert [each.looks[0].id for each in turns.waiting] == ["look-1"]
    turns.keep(unit.db, ended("look-3"))
    assert looks(unit) == {"look-1", "look-3"}


def test_connections_to_one_unit_take_turns(unit: Unit, place: str | Path) -> None:
    with open_unit(place) as other:
        assert turns_of(other.db) is turns_of(unit.db)

    def page(_: int) -> None:
        with open_unit(place) as own, own.reading("mara") as reader:
            assert reader.get(Actor, "mara")

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(page, range(12)))
    assert len(looks(unit)) == 12
    assert check.verify(unit.db)
