"""Whatever is changed behind the program's back is found, and named for what it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from reopen.errors import LogBroken
from reopen.ledger.verify import Checkpoint, commitment, leaf_hash
from reopen.records.cases import Case, Exhibit, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.times import Interval
from reopen.store import check, log
from reopen.store.unit import Unit


def fill(unit: Unit) -> None:
    at = Interval.at(datetime(1987, 3, 14, 9, 0, tzinfo=UTC))
    with unit.writing("mara", reason="read again") as writer:
        writer.put_many([Case(id="K1"), Exhibit(id="E1", case="K1"), Sample(id="S1", parent="E1")])
        writer.put(Exhibit(id="E1", case="K1", description="a coat"))
        writer.put_many(
            CustodyEvent(
                id=f"M{n}", item="S1", event=EventKind.MOVED, at=at, giver="P1", receiver="P2"
            )
            for n in range(300)
        )
        writer.put_file(b"scan", "page-1.png", case="K1")


@pytest.fixture
def filled(unit: Unit) -> Unit:
    fill(unit)
    return unit


def entry(unit: Unit, id: str) -> int:
    """The last entry of a record, by its id."""
    row = unit.db.one("SELECT MAX(entry) FROM record WHERE id = ?", (id,))
    assert row is not None
    return int(row[0])


def checkpoint(unit: Unit) -> Checkpoint:
    return Checkpoint(unit.origin, log.size(unit.db), log.root(unit.db))


def test_a_unit_as_it_was_entered_holds(filled: Unit) -> None:
    old = checkpoint(filled)
    with filled.writing("mara") as writer:
        writer.put_many(Case(id=f"K{n}") for n in range(2, 600))
    verified = check.verify(filled.db, earlier=[old])
    assert verified.size == old.size + 598 == log.size(filled.db)
    assert (verified.root, verified.files, verified.checkpoints) == (log.root(filled.db), 1, 1)
    assert not list(check.faults(filled.db, earlier=[old]))


EDITS = {
    "an entry's bytes": "UPDATE entry SET body ="
    " (SELECT body FROM entry WHERE idx = 3) WHERE idx = 2",
    "an entry's salt": "UPDATE entry SET salt ="
    " (SELECT salt FROM entry WHERE idx = 3) WHERE idx = 2",
    "an entry's leaf": "UPDATE entry SET leaf ="
    " (SELECT leaf FROM entry WHERE idx = 3) WHERE idx = 2",
    "an entry's time": "UPDATE entry SET time = time - 1 WHERE idx = 2",
    "an emptied entry": "UPDATE entry SET body = NULL, salt = NULL WHERE idx = 2",
    "an entry without salt": "UPDATE entry SET salt = NULL WHERE idx = 2",
    "a record's id": "UPDATE record SET id = 'E9' WHERE id = 'E1'",
    "a record's version": "UPDATE record SET version = 7 WHERE id = 'E1' AND version = 2",
    "which version is current": "UPDATE record SET current = 1 - current WHERE id = 'E1'",
    "who entered it": "UPDATE record SET actor = 'otto' WHERE entry = {event}",
    "when it happened": "UPDATE record SET at_from = at_from - 1 WHERE id = 'M7'",
    "its content's hash": "UPDATE record SET content_hash ="
    " (SELECT content_hash FROM record WHERE id = 'M8') WHERE id = 'M7'",
    "a missing row of an item": "DELETE FROM record_item WHERE entry = {event}",
    "another item": "UPDATE record_item SET item_id = 'S2' WHERE entry = {event}",
    "a missing person": "DELETE FROM record_person WHERE entry = {event}",
    "an added person": "INSERT INTO record_person (entry, person_id) VALUES ({case}, 'P9')",
    "a record taken out of its case": "DELETE FROM record_case WHERE entry = {case}",
    "an event taken out of its case": "DELETE FROM record_case WHERE entry = {event}",
    "an event put into another case": "INSERT INTO record_case (entry, case_id, via)"
    " VALUES ({event}, 'K2', 'S1')",
    "an item's case": "UPDATE item SET case_id = 'K2' WHERE item_id = 'E1'",
    "an item's parent": "UPDATE item SET parent = NULL WHERE item_id = 'S1'",
    "a missing item": "DELETE FROM item WHERE item_id = 'S1'",
    "a case handed down": "UPDATE item_case SET case_id = 'K2' WHERE item_id = 'S1'",
    "a tile": "UPDATE tile SET data = (SELECT data FROM tile WHERE level = 0 AND idx = 1)"
    " WHERE level = 0 AND idx = 0",
    "a missing tile": "DELETE FROM tile WHERE level = 1",
    "a tile too many": "UPDATE tile SET idx = 7 WHERE level = 1",
    "a file's bytes": "UPDATE file SET data = (SELECT leaf FROM entry WHERE idx = 1)",
    "a missing file": "DELETE FROM file",
    "a file in no record": "UPDATE file SET sha256 = 'abc'",
    "the unit's name": "UPDATE unit SET value = 'Warm cases' WHERE key = 'name'",
    "the unit's origin": "UPDATE unit SET value = 'another' WHERE key = 'origin'",
}


@pytest.mark.parametrize("sql", EDITS.values(), ids=EDITS)
def test_a_single_edit_is_found(filled: Unit, sql: str) -> None:
    assert filled.db.execute(sql.format(case=entry(filled, "K1"), event=entry(filled, "M7"))) > 0
    assert list(check.faults(filled.db))
    with pytest.raises(LogBroken):
        check.verify(filled.db)


def test_a_fault_says_which_thing_and_what(filled: Unit) -> None:
    event = entry(filled, "M7")
    filled.db.execute("DELETE FROM record_person WHERE entry = ? AND person_id = 'P2'", (event,))
    assert [str(fault) for fault in check.faults(filled.db)] == [
        f"entry {event}: lacks its row in record_person: P2"
    ]


def rewrite_entry(unit: Unit, idx: int) -> None:
    """Change an entry as an operator would who knows the program: leaf and tiles fit again."""
    row = unit.db.one("SELECT salt, body FROM entry WHERE idx = ?", (idx,))
    assert row is not None
    salt, body = bytes(row[0]), bytes(row[1]).replace(b'"P1"', b'"P3"')
    leaf = commitment(salt, body)
    unit.db.execute("UPDATE entry SET body = ?, leaf = ? WHERE idx = ?", (body, leaf, idx))
    grow_again(unit)


def grow_again(unit: Unit) -> None:
    unit.db.execute("DELETE FROM tile")
    leaves = unit.db.rows("SELECT leaf FROM entry ORDER BY idx")
    log.grow(unit.db, 0, [leaf_hash(bytes(leaf)) for (leaf,) in leaves])


def cut_last_entries(unit: Unit, size: int) -> None:
    for table in ("record_case", "record_item", "record_person", "item", "record"):
        unit.db.execute(f"DELETE FROM {table} WHERE entry >= ?", (size,))
    unit.db.execute("DELETE FROM entry WHERE idx >= ?", (size,))
    unit.db.execute("DELETE FROM file")
    grow_again(unit)


@pytest.mark.parametrize(
    ("forge", "says"),
    [
        (lambda unit: rewrite_entry(unit, entry(unit, "M40")), "another root"),
        (lambda unit: cut_last_entries(unit, 290), "taken away"),
    ],
    ids=["an entry rewritten with its tree", "the last entries cut off"],
)
def test_a_log_made_to_fit_is_found_by_whoever_holds_a_checkpoint(
    filled: Unit, forge: Callable[[Unit], None], says: str
) -> None:
    old = checkpoint(filled)
    forge(filled)
    assert any(says in fault.sentence for fault in check.faults(filled.db, earlier=[old]))


def test_a_checkpoint_of_another_log_is_told_apart(filled: Unit) -> None:
    strange = Checkpoint("another.example/log", 3, b"\0" * 32)
    (fault,) = check.faults(filled.db, earlier=[strange])
    assert "another log, another.example/log" in fault.sentence
