"""What follows from several entries together: versions, and the cases that items hand down.

Not here: each entry by itself (`check_entries`).
"""

from __future__ import annotations

from collections.abc import Iterator

from reopen.store.check_entries import Fault, Seen
from reopen.store.database import Database
from reopen.store.index import cases_of_items

_CHAIN = (
    "SELECT entry, kind, id, version, current,"
    " ROW_NUMBER() OVER (PARTITION BY kind, id ORDER BY entry) AS nth,"
    " LEAD(entry) OVER (PARTITION BY kind, id ORDER BY version) AS next_entry"
    " FROM record"
)
_BROKEN = (
    f"SELECT kind, id, version FROM ({_CHAIN}) AS chain WHERE version <> nth"
    " OR current <> CASE WHEN next_entry IS NULL THEN 1 ELSE 0 END"
)
_VIA = (
    "SELECT ri.entry, ic.case_id, ri.item_id FROM record_item ri"
    " JOIN item_case ic ON ic.item_id = ri.item_id"
)
_KEPT_VIA = "SELECT entry, case_id, via FROM record_case WHERE via <> ''"


def faults(db: Database, seen: Seen) -> Iterator[Fault]:
    """Faults of rows whose content follows from several entries."""
    for kind, id, version in db.rows(f"{_BROKEN} LIMIT 20"):
        yield Fault(f"{kind} {id}", f"has version {version} out of turn, or not marked as it is")
    yield from _items(db, seen)
    yield from _unequal(
        db, "item_case", cases_of_items("1 = 1"), "SELECT item_id, case_id FROM item_case"
    )
    yield from _unequal(db, "record_case", _VIA, _KEPT_VIA)


def _items(db: Database, seen: Seen) -> Iterator[Fault]:
    expected = set(seen.items.values())
    found = set(db.rows("SELECT entry, item_id, case_id, parent FROM item"))
    for entry, id, *_ in sorted(expected ^ found, key=repr):
        yield Fault(f"item {id}", f"is not in its table as entry {entry} says")


def _unequal(db: Database, table: str, expected: str, kept: str) -> Iterator[Fault]:
    for wrong, sql in (
        ("lacks", f"{expected} EXCEPT {kept} LIMIT 20"),
        ("has, and no entry explains,", f"{kept} EXCEPT SELECT * FROM ({expected}) AS e LIMIT 20"),
    ):
        for row in db.rows(sql):
            yield Fault(table, f"{wrong} {', '.join(map(str, row))}")
