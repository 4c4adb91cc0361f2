"""Each entry by itself: its salt and bytes give its leaf, its rows say what its bytes say.

One pass over the log in order, a chunk at a time. Not here: what follows from several entries
(`check_rows`), the tree above the leaves (`check`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from hashlib import sha256

from reopen.errors import ReopenError
from reopen.ledger.verify import HASH_BYTES, SALT_BYTES, commitment, leaf_hash
from reopen.records.access import FourEyes
from reopen.records.base import Ref
from reopen.records.cases import Exhibit, Sample
from reopen.records.kinds import Named, kind_of, named
from reopen.records.plain import Plain, field_types, from_plain
from reopen.records.times import Interval
from reopen.store import index, log
from reopen.store.body import envelope
from reopen.store.database import Database, Row, Value

CHUNK = 1_000
EXPUNGE = "expunge"
_RECORD = ("entry", "kind", "id", "version", "actor", "at_from", "at_to", "content_hash")
ItemRow = tuple[int, str, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not agree: which thing, and what is wrong with it."""

    thing: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.thing}: {self.sentence}"


@dataclass(slots=True)
class Seen:
    """What a pass over the log learns, for the checks that follow.

    emptied  entries without their bytes
    asked    requests to expunge -> who entered them
    ordered  entries that two people ordered to be emptied -> the order's entry
    items    current exhibits and samples -> their row of `item`
    """

    size: int = 0
    leaf_hashes: list[bytes] = field(default_factory=list)
    emptied: set[int] = field(default_factory=set)
    asked: dict[str, str] = field(default_factory=dict)
    ordered: dict[int, int] = field(default_factory=dict)
    items: dict[Ref, ItemRow] = field(default_factory=dict)
    file_ids: set[str] = field(default_factory=set)
    files: int = 0
    checkpoints: int = 0


_Said = dict[int, tuple[Row, Named]]
"""What entries' bytes say: entry -> its row, and what it names."""


def faults(db: Database, seen: Seen) -> Iterator[Fault]:
    """Faults of entries and of their own rows; fills `seen`."""
    seen.size = log.size(db)
    for first in range(0, seen.size, CHUNK):
        yield from _chunk(db, seen, first, min(first + CHUNK, seen.size))
    yield from _expunging(seen)
    yield from _outside(db, seen.size)


def _chunk(db: Database, seen: Seen, first: int, end: int) -> Iterator[Fault]:
    rows = db.rows(
        "SELECT idx, leaf, salt, body, time FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx",
        (first, end),
    )
    if [row[0] for row in rows] != list(range(first, end)):
        missing = sorted(set(range(first, end)) - {row[0] for row in rows})
        yield Fault(f"entry {missing[0]}", "is missing")
    said: _Said = {}
    for row in rows:
        try:
            wrong = _entry(seen, said, *row)
        except (ReopenError, ValueError, KeyError, TypeError, AttributeError) as error:
            wrong = f"cannot be read: {error}"
        if wrong:
            yield Fault(f"entry {row[0]}", wrong)
    yield from _rows(db, said, first, end)


def _entry(
    seen: Seen, said: _Said, idx: int, leaf: Value, salt: Value, body: Value, time: Value
) -> str:
    """What is wrong with an entry, or '' and what it says is in `said`."""
    if not isinstance(leaf, bytes) or len(leaf) != HASH_BYTES:
        return "has no leaf of 32 bytes"
    seen.leaf_hashes.append(leaf_hash(leaf))
    if salt is None and body is None:
        seen.emptied.add(idx)
        return ""
    if not isinstance(salt, bytes) or len(salt) != SALT_BYTES or not isinstance(body, bytes):
        return "has no bytes or no salt"
    if commitment(salt, body) != leaf:
        return "does not hold what was entered"
    entry = json.loads(body.decode())
    kind, record, actor = entry["kind"], entry["record"], entry["actor"]
    moment, microseconds = _entered(entry["time"])
    _note(seen, idx, kind, entry["id"], record, actor)
    content_hash = sha256(_content(entry, body, moment)).digest()
    row = (idx, kind, entry["id"], entry["version"], actor, *_times(kind, record), content_hash)
    said[idx] = row, named(kind, record)
    return "" if microseconds == time else "has another time than its bytes say"


@lru_cache
def _entered(time: str) -> tuple[datetime, int | None]:
    moment = datetime.fromisoformat(time)
    return moment, index.microseconds(moment)


def _content(entry: Mapping[str, str], body: bytes, moment: datetime) -> bytes:
    """The record's own bytes within its entry's."""
    before, after = envelope(
        Ref(entry["kind"], entry["id"]),
        version=int(entry["version"]),
        time=moment,
        actor=entry["actor"],
        purpose=entry.get("purpose", ""),
        reason=entry.get("reason", ""),
    )
    if not body.startswith(before) or not body.endswith(after):
        raise ValueError("its JSON is not canonical")
    return body[len(before) : -len(after)]


def _times(kind: str, record: Mapping[str, Plain]) -> tuple[int | None, int | None]:
    at = record.get("at")
    if not isinstance(at, str) or not _has_time(kind):
        return None, None
    if at.endswith("Z") and "/" not in at:  # a moment, as most are: the short way
        moment = index.microseconds(datetime.fromisoformat(at))
        return moment, moment
    interval = Interval.parse(at)
    return index.microseconds(interval.earliest), index.microseconds(interval.latest)


@cache
def _has_time(kind: str) -> bool:
    return any(f.name == "at" and f.holds is Interval for f in field_types(kind_of(kind)))


def _note(
    seen: Seen, idx: int, kind: str, id: str, record: Mapping[str, Plain], actor: str
) -> None:
    """Remember what later checks need of some kinds."""
    if kind in ("exhibit", "sample"):
        made = from_plain(kind, record)
        assert isinstance(made, Exhibit | Sample)
        seen.items[made.ref] = (idx, *index.item_row(made))
    elif kind == "file":
        seen.file_ids.add(id)
    elif kind == "four_eyes" and record.get("act") == EXPUNGE:
        made = from_plain(kind, record)
        assert isinstance(made, FourEyes)
        _note_order(seen, idx, made, actor)


def _note_order(seen: Seen, idx: int, order: FourEyes, actor: str) -> None:
    """An order counts where one actor entered the request and another the confirmation."""
    if order.confirmed is None:
        seen.asked[order.id] = actor
    elif not order.refused and actor == order.confirmed_by != seen.asked.get(order.id, actor):
        seen.ordered.update(dict.fromkeys(order.entries, idx))


def _rows(db: Database, said: _Said, first: int, end: int) -> Iterator[Fault]:
    """Compare the rows of these entries with what the entries say."""
    expected: list[tuple[str, tuple[str, ...], Sequence[Row]]] = [
        ("record", _RECORD, [row for row, _ in said.values()]),
        *index.rows_of([(entry, names) for entry, (_, names) in said.items()]),
    ]
    for table, columns, rows in expected:
        own = " AND via = ''" if table == "record_case" else ""
        found = db.rows(
            f"SELECT {', '.join(columns)} FROM {table} WHERE entry >= ? AND entry < ?{own}"
            f" ORDER BY {', '.join(columns[:2])}",
            (first, end),
        )
        if found != rows:
            yield from _differences(table, found, rows)


def _differences(table: str, found: Sequence[Row], expected: Sequence[Row]) -> Iterator[Fault]:
    for row in sorted(set(found) ^ set(expected), key=repr):
        what = "has a row in" if row in found else "lacks its row in"
        yield Fault(f"entry {row[0]}", f"{what} {table}: {_shown(row[1:])}")


def _shown(row: Row) -> str:
    return ", ".join(value.hex() if isinstance(value, bytes) else str(value) for value in row)


def _expunging(seen: Seen) -> Iterator[Fault]:
    for idx in sorted(seen.emptied - seen.ordered.keys()):
        yield Fault(f"entry {idx}", "was emptied, and no two people ordered that")
    for idx in sorted(seen.ordered.keys() - seen.emptied):
        yield Fault(f"entry {idx}", f"was ordered to be emptied (entry {seen.ordered[idx]})")


def _outside(db: Database, size: int) -> Iterator[Fault]:
    """Rows that belong to no entry of the log."""
    for table in ("record", "item", "record_item", "record_person", "record_case"):
        rows = db.rows(f"SELECT entry FROM {table} WHERE entry < 0 OR entry >= ?", (size,))
        for (entry,) in rows:
            yield Fault(f"entry {entry}", f"is not in the log, and has a row in {table}")
    if db.one("SELECT 1 FROM entry WHERE idx < 0"):
        yield Fault("log", "has entries before its first")
