"""What is attacked in `ledger_attacks`: an invented unit, its published log, receipts, and keys."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from reopen.ledger import mirror, tiles
from reopen.ledger.checkpoint import sign_checkpoint
from reopen.ledger.cosignature import cosign
from reopen.ledger.keys import SigningKey
from reopen.ledger.note import Note, parse_note, with_signatures
from reopen.ledger.verify import Checkpoint, Log, Policy, Witness, leaf_hash
from reopen.records.access import Actor, Standing
from reopen.records.cases import Case, Exhibit, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.times import Interval
from reopen.store import checkpoints
from reopen.store.unit import Unit, create_unit

ORIGIN = "attacks.example/unit"
BEGIN = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
EARLY, LATE = 300, 320  # custody events before and after the old checkpoint
KEYS = tuple(SigningKey(ORIGIN, kind, bytes([n]) * 32) for n, kind in enumerate(
    ("ed25519", "ml-dsa-44"), start=1))  # fmt: skip
WITNESS = SigningKey("witness.example", "ed25519-cosignature", bytes([9]) * 32)
POLICY = Policy(tuple(Log(key.public) for key in KEYS), (Witness("W", WITNESS.public),), quorum="W")
DATABASE_POLICY = replace(POLICY, quorum="none")


@dataclass(frozen=True)
class Target:
    """What is attacked, and what the checker holds.

    unit, log      the file of the unit, and its log as it is published
    earlier        copies of the unit as it was before the old checkpoint
    old            the one checkpoint that the checker has
    note           the newest one, cosigned
    receipts       of some entries that the old checkpoint covers
    growth         from the old to the newest checkpoint
    leaves         of all entries
    """

    unit: Path
    log: Path
    earlier: tuple[Path, ...]
    old: Checkpoint
    note: Note
    receipts: tuple[bytes, ...]
    growth: bytes
    leaves: tuple[bytes, ...]


class _Clock:
    def __init__(self) -> None:
        self.moment = BEGIN

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


def target(folder: Path) -> Target:
    """An invented unit: people move samples, and checkpoints are signed on the way."""
    path, clock = folder / "unit.reopen", _Clock()
    lead = Actor(id="mara", name="Mara Lind", standing=Standing.LEAD)
    earlier: list[Path] = []
    with create_unit(path, name="Attacked", actor=lead, origin=ORIGIN, clock=clock) as unit:
        with unit.writing("mara") as writer:
            writer.put_many(
                [Case(id="K1"), Exhibit(id="E1", case="K1"), Sample(id="S1", parent="E1")]
            )
            writer.put_file(b"a page of the old index", "page-1.png", case="K1")
        for start in range(0, EARLY, 50):
            move(unit, start, start + 50)
            checkpoints.make(unit.db, KEYS, clock())
            earlier.append(folder / f"earlier-{start}.reopen")
            shutil.copy(path, earlier[-1])
        earlier.pop()
        old = checkpoints.make(unit.db, KEYS, clock()).checkpoint
        move(unit, EARLY, LATE)
        stored = checkpoints.make(unit.db, KEYS, clock())
        line = cosign(stored.note, WITNESS, int(clock().timestamp()))
        stored = checkpoints.add_signatures(unit.db, stored.number, [line], clock())
        note = parse_note(stored.note)
        leaves = tuple(
            bytes(leaf) for (leaf,) in unit.db.rows("SELECT leaf FROM entry ORDER BY idx")
        )
        keys = [key.public for key in KEYS]
        mirror.publish(folder / "log", note, keys, lambda start, end: leaves[start:end])
        receipts = tuple(checkpoints.receipt(unit.db, n) for n in range(0, old.size, 7))
        growth = checkpoints.growth(unit.db, old.size)
    return Target(path, folder / "log", tuple(earlier), old, note, receipts, growth, leaves)


def move(unit: Unit, start: int, end: int) -> None:
    with unit.writing("mara", purpose="custody") as writer:
        writer.put_many(
            CustodyEvent(
                id=f"M{n}",
                item="S1",
                event=EventKind.MOVED,
                at=Interval.at(BEGIN + timedelta(minutes=n)),
                giver=f"P{n % 7}",
                receiver=f"P{(n + 1) % 7}",
            )
            for n in range(start, end)
        )


class Unchanged(Exception):
    """The attack would have changed nothing, or the database itself refused it."""


def changed(value: object, rng: Random) -> object:
    """Another value of the same type."""
    if isinstance(value, bytes):
        if not value:
            return b"\x00"
        at = rng.randrange(len(value))
        return value[:at] + bytes([value[at] ^ (1 << rng.randrange(8))]) + value[at + 1 :]
    if isinstance(value, int):
        return value + rng.choice([-1, 1, 60_000_000])
    if isinstance(value, str):
        if not value:
            return "x"
        at = rng.randrange(len(value))
        return value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]
    return "x" if value is None else None


class MemoryTiles(dict[tuple[int, int], bytes]):
    """Tiles of a log that an attacker builds."""

    def get(self, level: int, index: int) -> bytes | None:  # type: ignore[override]
        return super().get((level, index))

    def put(self, level: int, index: int, data: bytes) -> None:
        self[level, index] = data


def tree_of(leaves: Sequence[bytes]) -> MemoryTiles:
    store = MemoryTiles()
    tiles.append(store, 0, [leaf_hash(leaf) for leaf in leaves])
    return store


def signed_anew(leaves: Sequence[bytes]) -> Note:
    """A checkpoint of another history, with all the log's keys, by a witness without memory."""
    state = Checkpoint(ORIGIN, len(leaves), tiles.root(tree_of(leaves), len(leaves)))
    note = parse_note(sign_checkpoint(state, KEYS))
    return with_signatures(note, [cosign(note, WITNESS, int(BEGIN.timestamp()))])
