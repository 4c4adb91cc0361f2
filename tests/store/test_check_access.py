"""The tables of access are checked against the records: what was kept as it should be has no
fault, and every row taken away or changed behind the program is found."""

from __future__ import annotations

from contextlib import suppress

import pytest
from tests.store.random_unit import Draw, stream
from tests.store.test_access_twin import store

from reopen.store import check_access, ties
from reopen.store.database import Value
from reopen.store.unit import Unit

COLUMNS = {
    "zone": ("zone", "key", "nature", "needs", "people"),
    "zone_name": ("zone", "kind", "id"),
    "zone_reach": ("zone", "kind", "id"),
    "zone_leaf": ("zone", "item_id", "case_id", "up"),
    "zone_class": ("zone", "class"),
    "node": ("kind", "id", "zone"),
    "recused": ("actor", "kind", "id", "rule"),
    **ties.COLUMNS,
}


class Undone(Exception):
    """Rolls an edit back."""


@pytest.mark.parametrize("seed", range(2))
def test_random_units_as_they_were_kept(unit: Unit, seed: int) -> None:
    store(unit, stream(Draw(seed), 150))
    assert [str(fault) for fault in check_access.faults(unit.db)] == []


def test_rows_that_no_record_explains(unit: Unit) -> None:
    store(unit, stream(Draw(7), 200))
    for table, columns in COLUMNS.items():
        rows = unit.db.rows(f"SELECT {', '.join(columns)} FROM {table}")
        assert rows or table in ("revoked", "recused"), f"the random unit has no {table}"
        for row in rows[:: max(1, len(rows) // 2)]:
            found = _faults_without(unit, table, dict(zip(columns, row, strict=True)))
            assert found or (table == "node" and not _is_named(unit, row)), (table, row)


def _faults_without(unit: Unit, table: str, row: dict[str, Value]) -> list[str]:
    """What is found where the row is taken away; it is put back afterwards."""
    known = {name: value for name, value in row.items() if value is not None}
    where = " AND ".join(f"{name} = ?" for name in known)
    found: list[str] = []
    with suppress(Undone), unit.db.writing():
        unit.db.execute(f"DELETE FROM {table} WHERE {where}", list(known.values()))
        found += map(str, check_access.faults(unit.db))
        raise Undone
    return found


def _is_named(unit: Unit, row: tuple[object, ...]) -> bool:
    """Where a record lies that no zone names is listed or not: nothing follows from it."""
    sql = "SELECT 1 FROM zone_name WHERE kind = ? AND id = ?"
    return unit.db.one(sql, (str(row[0]), str(row[1]))) is not None
