"""Steps of the schema: an old unit opens, a newer one is refused, a failed step leaves nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from tests.store.test_check import fill

from reopen.errors import CannotStore
from reopen.records.base import Ref
from reopen.records.cases import Case
from reopen.store import check, held, migrations
from reopen.store.database import Database
from reopen.store.held import EVERYTHING
from reopen.store.migrations import Migration
from reopen.store.unit import Unit, open_unit

LATER = Migration(9000, "later", "m9000_later.py")


def with_step(monkeypatch: pytest.MonkeyPatch, apply: Callable[[Database], None]) -> None:
    """Let the program know one more step."""
    module = ModuleType("later")
    module.apply = apply  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, f"{migrations.__name__}.m9000_later", module)
    steps = (*migrations.known(), LATER)
    monkeypatch.setattr(migrations, "known", lambda: steps)


def add_table(db: Database) -> None:
    db.execute("CREATE TABLE later (entry BIGINT PRIMARY KEY)")
    db.execute("INSERT INTO later (entry) SELECT entry FROM record WHERE kind = 'case'")


def test_an_old_unit_opens_and_holds_what_it_held(
    unit: Unit, place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(unit)
    before = check.verify(unit.db)
    unit.close()
    with_step(monkeypatch, add_table)
    with open_unit(place) as again:
        assert migrations.pending(again.db) == ()
        assert again.db.one("SELECT COUNT(*) FROM later") == (1,)
        assert check.verify(again.db) == before
        with again.writing("mara") as writer:
            writer.put(Case(id="K9"))
    with open_unit(place) as once_more:  # applied once
        assert once_more.db.one("SELECT COUNT(*) FROM later") == (1,)


def test_a_step_that_fails_leaves_the_unit_as_it_was(
    unit: Unit, place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = check.verify(unit.db)

    def fail_midway(db: Database) -> None:
        add_table(db)
        db.execute("nonsense")

    with monkeypatch.context() as newer:
        with_step(newer, fail_midway)
        with pytest.raises(CannotStore):
            open_unit(place)
    with open_unit(place) as again:
        assert not again.db.has_table("later")
        assert check.verify(again.db) == before


def test_a_unit_of_a_newer_program_is_refused(
    unit: Unit, place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as newer:
        with_step(newer, add_table)
        open_unit(place).close()
    with pytest.raises(CannotStore, match=r"newer than this program: step 9000 \(later\)"):
        open_unit(place)
    assert held.get(unit.db, EVERYTHING, Ref("actor", "mara")) is not None


def test_steps_are_numbered_without_gaps() -> None:
    steps = migrations.known()
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))


def test_both_databases_have_the_same_tables(unit: Unit) -> None:
    assert {"entry", "record", "tile", "checkpoint", "file", "item", "unit"} <= set(
        unit.db.tables()
    )
    assert unit.db.columns("entry") == ("idx", "leaf", "salt", "body", "time")
