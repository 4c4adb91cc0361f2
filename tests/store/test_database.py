"""The door to the database: what it refuses, and how it tells of it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from tests.store.conftest import MARA

from reopen.errors import CannotStore
from reopen.records.cases import Case
from reopen.store import postgres
from reopen.store.database import connect, in_parts, is_server
from reopen.store.unit import Unit, create_unit, open_unit


def test_addresses_and_file_names_are_told_apart() -> None:
    assert is_server("postgresql://mara@server/unit")
    assert is_server("postgres://server/unit")
    assert not is_server("unit.reopen")
    assert not is_server(Path("postgresql"))


def test_a_password_is_never_shown() -> None:
    shown = postgres._without_password("postgresql://mara:secret@server:5432/unit?sslmode=require")
    assert shown == "postgresql://mara@server:5432/unit?sslmode=require"


def test_a_server_that_does_not_answer_is_told() -> None:
    with pytest.raises(CannotStore, match="connection") as told:
        connect("postgresql://mara:secret@127.0.0.1:1/unit?connect_timeout=2")
    assert "secret" not in str(told.value)
    assert "Check that the server runs" in told.value.way_on


def test_without_the_library_the_way_on_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "psycopg", None)
    with pytest.raises(CannotStore, match="psycopg") as told:
        connect("postgresql://server/unit")
    assert "pip install" in told.value.way_on


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0" + b"\0" * 100, b"text" * 100])
def test_a_file_that_is_no_unit_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.reopen"
    path.write_bytes(content)
    with pytest.raises(CannotStore, match="is not a unit's file"):
        open_unit(path)
    with pytest.raises(CannotStore, match="is there already"):
        create_unit(path, name="x", actor=MARA)
    assert path.read_bytes() == content


def test_a_unit_cut_in_the_middle_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.reopen"
    with create_unit(path, name="x", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put_many(Case(id=f"K{n}") for n in range(500))
    path.write_bytes(path.read_bytes()[:40_000])
    with pytest.raises(CannotStore, match="malformed"):
        open_unit(path)


def test_blocks_do_not_stand_in_blocks(unit: Unit) -> None:
    def write() -> None:
        with unit.writing("mara"):
            raise AssertionError

    with unit.writing("mara"), pytest.raises(CannotStore, match="already"):
        write()


def test_settings_that_keep_what_is_acknowledged(tmp_path: Path) -> None:
    with create_unit(tmp_path / "x.reopen", name="x", actor=MARA) as unit:
        for setting, value in (
            ("journal_mode", "delete"),
            ("synchronous", 3),
            ("secure_delete", 1),
        ):
            assert unit.db.rows(f"PRAGMA {setting}") == [(value,)]


def test_text_sorts_by_code_point_in_both(unit: Unit) -> None:
    """Else a check or a page of a list would depend on the server's language."""
    ids = ["a", "B", "\u00e4", "Z", "z", "\U0001f600", "\uffff"]
    with unit.writing("mara") as writer:
        writer.put_many(Case(id=id) for id in ids)
    found = [id for (id,) in unit.db.rows("SELECT id FROM record WHERE kind = 'case' ORDER BY id")]
    assert found == sorted(ids)


def test_in_parts() -> None:
    assert list(in_parts(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(in_parts([], 2)) == []


def test_closing_is_enough(unit: Unit, place: str | Path) -> None:
    with closing(connect(place)) as db:
        assert db.has_table("entry")
        assert not db.has_table("entries")


@pytest.mark.parametrize("dialect", ["PostgreSQL"], indirect=True)
def test_a_long_import_lets_the_server_see_how_much_there_is(unit: Unit) -> None:
    """Without figures it reads whole tables for each batch, and a million rows take days."""
    with unit.writing("mara") as writer:
        writer.put_many(Case(id=f"K{n}") for n in range(2100))
        row = unit.db.one(
            "SELECT reltuples FROM pg_class WHERE relname = 'record'"
            " AND relnamespace = current_schema()::regnamespace"
        )
    assert row is not None
    assert row[0] >= 2100
