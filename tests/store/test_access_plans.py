"""Questions of access begin where few rows are: no plan walks through all records of a unit."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.store.random_unit import Draw, stream
from tests.store.test_access_twin import store

from reopen.records.access import Action
from reopen.records.base import Ref
from reopen.store import grants
from reopen.store.held import Filter
from reopen.store.unit import Unit

BIG = (
    "record",
    "zone_reach",
    "reached",
    "zone_leaf",
    "leaf",
    "zone_name",
    "named",
    "entry",
    "zone",
)
"""Tables, and the names they go by in queries, that grow with the unit."""
ASKER = grants.Asker("bo", datetime(2026, 3, 4, tzinfo=UTC))


@pytest.fixture
def sqlite(unit: Unit, dialect: str) -> Unit:
    if dialect != "SQLite":
        pytest.skip("PostgreSQL plans by the statistics of a unit, which a small one does not have")
    store(unit, stream(Draw(5), 60))
    return unit


def walked(unit: Unit, query: Filter) -> set[str]:
    """Big tables that the plan reads from end to end."""
    plan = unit.db.rows(f"EXPLAIN QUERY PLAN {query.sql}", query.parameters)
    steps = [str(row[3]).split() for row in plan]
    return {step[1] for step in steps if step[0] == "SCAN" and step[1] in BIG}


def test_one_record_is_asked_about_from_itself(sqlite: Unit) -> None:
    assert walked(sqlite, grants.one_record(ASKER, Ref("exhibit", "E1"))) == set()


def test_cases_and_classes_of_a_record_are_asked_for_from_the_record(
    sqlite: Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    with sqlite.reading("mara") as reader:
        monkeypatch.setattr(reader, "rule", lambda ref: "grant")
        rows = sqlite.db.rows
        monkeypatch.setattr(
            sqlite.db, "rows", lambda sql, values=(): asked.append(sql) or rows(sql, values)
        )
        reader.cases_of(Ref("exhibit", "E1"))
        reader.classes_of(Ref("exhibit", "E1"))
        monkeypatch.undo()
        assert len(asked) == 2
        for sql in asked:
            plan = [str(row[3]) for row in rows(f"EXPLAIN QUERY PLAN {sql}", ("exhibit", "E1"))]
            assert plan[0].startswith("SEARCH record USING")
            assert "zone=?" in plan[1]


def test_a_few_zones_are_asked_about_from_themselves(sqlite: Unit) -> None:
    few = grants.visible(ASKER, "SELECT zone FROM zone WHERE zone IN (?, ?)", (1, 2))
    assert walked(sqlite, few) == set()


def test_everything_is_asked_about_zone_by_zone_and_not_record_by_record(sqlite: Unit) -> None:
    for action in (Action.READ, Action.ADD):
        asker = grants.Asker("mara", ASKER.moment, action)
        assert walked(sqlite, grants.visible(asker)) <= {"zone"}


def test_listings_are_read_from_an_index(sqlite: Unit) -> None:
    with sqlite.reading("mara") as reader:
        list(reader.listing("exhibit", limit=5))
        seen = "+record.zone IN (SELECT zone FROM seen_zone_0)"
        listing = Filter(
            f"SELECT record.entry FROM record WHERE kind = ? AND current = 1 AND {seen}"
            " AND record.entry > ? ORDER BY record.entry LIMIT 200",
            ("exhibit", -1),
        )
        plan = sqlite.db.rows(f"EXPLAIN QUERY PLAN {listing.sql}", listing.parameters)
    assert any("USING COVERING INDEX record_listed" in str(row[3]) for row in plan)
