"""The log of a unit: what becomes durable before what.

    1. entry, rows and tiles   in one transaction; its commit returns when the disk has it
    2. the answer              to whoever asked for the record to be kept
    3. the signed checkpoint   stored, then shown
    4. cosignatures            of witnesses, stored with it
    5. the receipt             for one entry, against a checkpoint that is stored

A power cut between two steps loses only what was not acknowledged; the next checkpoint covers
whatever was entered since the last. An entry is the salted commitment to a record's bytes.
Not here: whether rows and log agree (`check`), the tree's arithmetic (`ledger`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reopen.ledger import tiles
from reopen.ledger.leaf import commitment, new_salt
from reopen.ledger.verify import leaf_hash
from reopen.records.access import ReadEvent
from reopen.records.kinds import KINDS
from reopen.store.database import Database, marks

CHANGES = tuple(kind for kind in KINDS if kind != ReadEvent.KIND)
"""Kinds of records that are no looks."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """The tree's tiles in the unit's database (a `tiles.TileStore`)."""

    db: Database

    def get(self, level: int, index: int) -> bytes | None:
        row = self.db.one("SELECT data FROM tile WHERE level = ? AND idx = ?", (level, index))
        return None if row is None else bytes(row[0])

    def put(self, level: int, index: int, data: bytes) -> None:
        self.db.execute(
            "INSERT INTO tile (level, idx, data) VALUES (?, ?, ?)"
            " ON CONFLICT (level, idx) DO UPDATE SET data = excluded.data",
            (level, index, data),
        )


def size(db: Database) -> int:
    """How many entries the log has."""
    row = db.one("SELECT COALESCE(MAX(idx) + 1, 0) FROM entry")
    assert row is not None
    return int(row[0])


def root(db: Database, at_size: int | None = None) -> bytes:
    """The tree's root, now or when the log had that many entries. Raises Malformed."""
    return tiles.root(Tiles(db), size(db) if at_size is None else at_size)


def add_entries(db: Database, first: int, bodies: Sequence[bytes], time: int) -> list[bytes]:
    """Write entries from number `first` on; their leaf hashes, which `grow` takes.

    time  microseconds since 1970, UTC
    """
    salts = [new_salt() for _ in bodies]
    leaves = [commitment(salt, body) for salt, body in zip(salts, bodies, strict=True)]
    db.insert(
        "entry",
        ("idx", "leaf", "salt", "body", "time"),
        (
            (first + n, leaf, salt, body, time)
            for n, (leaf, salt, body) in enumerate(zip(leaves, salts, bodies, strict=True))
        ),
    )
    return [leaf_hash(leaf) for leaf in leaves]


def grow(db: Database, from_size: int, leaf_hashes: Sequence[bytes]) -> None:
    """Append leaf hashes to the tiles of a log of `from_size` entries."""
    tiles.append(Tiles(db), from_size, leaf_hashes)


def newest(db: Database, kinds: Sequence[str]) -> int:
    """Number of the newest entry of these kinds; -1 where there is none. It says only that
    something came, to whoever waits for it."""
    found = db.one(
        f"SELECT COALESCE(MAX(entry), -1) FROM record WHERE kind IN ({marks(kinds)})", tuple(kinds)
    )
    assert found is not None
    return int(found[0])


def only_came(db: Database, after: int, kinds: Sequence[str]) -> bool:
    """Whether all that was entered behind this entry are records of these kinds, each for the first
    time and named by none: of kinds that the rule of access does not read, and that are neither
    items nor people, whatever was there before is then where it was, and for whom it was."""
    other = db.one(
        "SELECT 1 FROM record WHERE entry > ?"
        f" AND (version <> 1 OR kind NOT IN ({marks(kinds)})) LIMIT 1",
        (after, *kinds),
    )
    named = db.one(
        "SELECT 1 FROM record CROSS JOIN zone_reach named WHERE record.entry > ?"
        " AND named.kind = record.kind AND named.id = record.id LIMIT 1",
        (after,),
    )
    return other is None and named is None
