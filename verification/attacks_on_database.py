"""Attacks on a unit's database: any cell of any table, and histories rewritten with all keys."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from reopen.faces.workbench.ledger_proofs import check_unit
from reopen.ledger import tiles
from reopen.ledger.canonical import canonical, parse
from reopen.ledger.checkpoint import sign_checkpoint
from reopen.ledger.verify import SALT_BYTES, Checkpoint, commitment
from reopen.store import checkpoints
from reopen.store.unit import open_unit
from verification.attack_target import (
    DATABASE_POLICY,
    KEYS,
    ORIGIN,
    Target,
    Unchanged,
    changed,
    move,
    tree_of,
)

# --- On the database, without keys: any table, any column ---

Connection = sqlite3.Connection
Rows = list[tuple[object, ...]]


def _tables(db: Connection) -> list[str]:
    rows = db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [name for (name,) in rows if not name.startswith("sqlite_")]


def _some_table(db: Connection, rng: Random) -> tuple[str, list[str], Rows]:
    """A table that has rows; the log's own tables more often than the others."""
    names = _tables(db) if rng.random() < 0.4 else ["entry", "record", "tile", "checkpoint"]
    name = rng.choice(names)
    cursor = db.execute(f"SELECT * FROM {name}")
    rows = cursor.fetchall()
    if not rows:
        raise Unchanged
    return name, [column[0] for column in cursor.description], rows


UNVOUCHED = {("migration", "program")}
"""Columns that say nothing of a record: which version of the program made the tables."""


def _some_column(rng: Random, name: str, columns: list[str]) -> int:
    vouched = [at for at, column in enumerate(columns) if (name, column) not in UNVOUCHED]
    return rng.choice(vouched)


def _where(columns: list[str]) -> str:
    return " AND ".join(f"{column} IS ?" for column in columns)


def edit_a_cell(db: Connection, rng: Random, _: Target) -> None:
    name, columns, rows = _some_table(db, rng)
    row, at = rng.choice(rows), _some_column(rng, name, columns)
    db.execute(
        f"UPDATE {name} SET {columns[at]} = ? WHERE {_where(columns)}",
        (changed(row[at], rng), *row),
    )


def delete_a_row(db: Connection, rng: Random, _: Target) -> None:
    name, columns, rows = _some_table(db, rng)
    db.execute(f"DELETE FROM {name} WHERE {_where(columns)}", rng.choice(rows))


def swap_two_cells(db: Connection, rng: Random, _: Target) -> None:
    name, columns, rows = _some_table(db, rng)
    one, other, at = rng.choice(rows), rng.choice(rows), _some_column(rng, name, columns)
    if one[at] == other[at]:
        raise Unchanged
    for row, value in ((one, other[at]), (other, one[at])):
        db.execute(f"DELETE FROM {name} WHERE {_where(columns)}", row)
        swapped = (*row[:at], value, *row[at + 1 :])
        if row is other:
            first = (*one[:at], other[at], *one[at + 1 :])
            marks = ", ".join("?" * len(columns))
            db.executemany(f"INSERT INTO {name} VALUES ({marks})", [first, swapped])
            if sorted(map(repr, (first, swapped))) == sorted(map(repr, (one, other))):
                raise Unchanged  # two rows changed places, which tables do not have


def cut_a_table(db: Connection, rng: Random, _: Target) -> None:
    name, columns, rows = _some_table(db, rng)
    for row in rows[-rng.randint(1, len(rows)) :]:
        db.execute(f"DELETE FROM {name} WHERE {_where(columns)}", row)


def add_a_row(db: Connection, rng: Random, _: Target) -> None:
    name, columns, rows = _some_table(db, rng)
    row = tuple(changed(v, rng) if rng.random() < 0.5 else v for v in rng.choice(rows))
    db.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", row)


# --- On the database, with the log's keys: everything consistent and signed again ---


def rewrite_a_record(db: Connection, rng: Random, aim: Target) -> None:
    """Another body in an entry, with leaf, tiles and checkpoints made to fit."""
    number = rng.randrange(aim.old.size)
    salt, body = db.execute("SELECT salt, body FROM entry WHERE idx = ?", (number,)).fetchone()
    value = parse(body)
    assert isinstance(value, dict)
    record = dict(value["record"])
    texts = [name for name, text in record.items() if isinstance(text, str) and name != "id"]
    name = rng.choice(texts) if texts else "note"
    record[name] = f"{record.get(name, '')}x"
    new = canonical({**value, "record": record})
    _set_entry(db, number, salt, new)
    _sign_again(db)


def exchange_two_entries(db: Connection, rng: Random, aim: Target) -> None:
    """Two entries in each other's place, with rows, tiles and checkpoints made to fit."""
    one, other = rng.randrange(aim.old.size), rng.randrange(aim.old.size)
    found = [
        db.execute("SELECT salt, body FROM entry WHERE idx = ?", (number,)).fetchone()
        for number in (one, other)
    ]
    if one == other:
        raise Unchanged
    _set_entry(db, one, *found[1])
    _set_entry(db, other, *found[0])
    for table_ in _tables(db):
        columns = [row[1] for row in db.execute(f"PRAGMA table_info({table_})")]
        if "entry" in columns:
            db.execute(
                f"UPDATE {table_} SET entry = -1 - entry WHERE entry IN (?, ?)", (one, other)
            )
            db.execute(f"UPDATE {table_} SET entry = ? WHERE entry = ?", (other, -1 - one))
            db.execute(f"UPDATE {table_} SET entry = ? WHERE entry = ?", (one, -1 - other))
    _sign_again(db)


def new_salts(db: Connection, rng: Random, aim: Target) -> None:
    """The same records under other salts: nothing that anybody reads has changed."""
    number = rng.randrange(aim.old.size)
    (body,) = db.execute("SELECT body FROM entry WHERE idx = ?", (number,)).fetchone()
    _set_entry(db, number, rng.randbytes(SALT_BYTES), body)
    _sign_again(db)


def _set_entry(db: Connection, number: int, salt: bytes, body: bytes) -> None:
    db.execute(
        "UPDATE entry SET leaf = ?, salt = ?, body = ? WHERE idx = ?",
        (commitment(salt, body), salt, body, number),
    )


def _sign_again(db: Connection) -> None:
    leaves = [leaf for (leaf,) in db.execute("SELECT leaf FROM entry ORDER BY idx")]
    store = tree_of(leaves)
    db.execute("DELETE FROM tile")
    db.executemany(
        "INSERT INTO tile (level, idx, data) VALUES (?, ?, ?)",
        [(level, index, data) for (level, index), data in store.items()],
    )
    # cosignatures cannot be made anew: the notes that bear them are left out
    db.execute(
        "DELETE FROM checkpoint WHERE number NOT IN"
        " (SELECT MIN(number) FROM checkpoint GROUP BY size)"
    )
    rows = db.execute("SELECT size, time FROM checkpoint ORDER BY number").fetchall()
    db.execute("DELETE FROM checkpoint")
    for number, (size, microseconds) in enumerate(rows, start=1):
        state = Checkpoint(ORIGIN, size, tiles.root(store, size))
        note = sign_checkpoint(state, KEYS, time=microseconds // 1_000_000)
        row = (number, size, microseconds, note)
        db.execute("INSERT INTO checkpoint (number, size, time, note) VALUES (?, ?, ?, ?)", row)
    db.execute("UPDATE unit SET value = ? WHERE key = ?", (str(len(rows)), checkpoints.COUNT))


def roll_back(path: Path, rng: Random, aim: Target) -> None:
    """An earlier state of the whole unit, perhaps with another history after it."""
    shutil.copy(rng.choice(aim.earlier), path)
    if rng.random() < 0.7:
        with open_unit(path) as unit:
            move(unit, 1000, 1000 + rng.randint(1, 400))
            checkpoints.make(unit.db, KEYS, datetime.now(UTC))


CELLS: dict[str, Callable[[Connection, Random, Target], None]] = {
    "edit of a cell": edit_a_cell,
    "deletion of a row": delete_a_row,
    "swap of two cells": swap_two_cells,
    "truncation of a table": cut_a_table,
    "row put in": add_a_row,
    "record rewritten, with keys": rewrite_a_record,
    "entries exchanged, with keys": exchange_two_entries,
    "new salt, with keys": new_salts,
}


def attack_database(name: str, rng: Random, aim: Target, folder: Path) -> Callable[[], object]:
    path = folder / "attacked.reopen"
    if name == "rollback, with keys":
        roll_back(path, rng, aim)
    else:
        shutil.copy(aim.unit, path)
        db = sqlite3.connect(path)
        try:
            CELLS[name](db, rng, aim)
            if not db.total_changes:
                raise Unchanged
            db.commit()
        except (sqlite3.IntegrityError, OverflowError):
            raise Unchanged from None
        finally:
            db.close()

    def check() -> object:
        with open_unit(path) as unit:
            return check_unit(unit, earlier=[aim.old], policy=DATABASE_POLICY)

    return check
