"""Signed checkpoints of a unit's log, kept in order, and what is handed out against them.

A checkpoint is signed only after the log was found to continue the last one, and is stored before
anybody is shown it. Whoever hands out a receipt makes sure that its reader may see the record.
Not here: keys, witnesses and their policy (`ledger`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from reopen.errors import CannotStore, LogBroken, UnknownName
from reopen.ledger import tiles
from reopen.ledger.checkpoint import sign_checkpoint
from reopen.ledger.note import SignatureLine, Signer, with_signatures
from reopen.ledger.proof import Growth, write_growth, write_receipt
from reopen.ledger.verify import Checkpoint, parse_checkpoint, parse_note
from reopen.store import log
from reopen.store.database import Database, Row
from reopen.store.index import microseconds, moment

COUNT = "checkpoints"
"""Key of the table `unit` under which their number stands, so that one cut off is missed."""
_SELECT = "SELECT number, size, time, note FROM checkpoint"


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint as the unit keeps it: in which order, when it was signed, and its note."""

    number: int
    time: datetime
    note: bytes

    @property
    def checkpoint(self) -> Checkpoint:
        return parse_checkpoint(self.note)


def make(db: Database, signers: Iterable[Signer], now: datetime) -> StoredCheckpoint:
    """Sign the log as it stands, and keep it. Nothing new since the last one: that one.

    Raises LogBroken where the log does not continue the last checkpoint, CannotStore where the
    clock is before it, Malformed where a key has another name than the log.
    """
    with db.writing():
        last = latest(db)
        size = log.size(db)
        if last is not None:
            _must_continue(db, last.checkpoint, size)
            _must_be_later(last, now)
            if last.checkpoint.size == size:
                return last
        checkpoint = Checkpoint(origin(db), size, log.root(db, size))
        note = sign_checkpoint(checkpoint, signers, time=int(now.timestamp()))
        return _keep(db, size, note, now.replace(microsecond=0))


def add_signatures(
    db: Database, number: int, lines: Iterable[SignatureLine], now: datetime
) -> StoredCheckpoint:
    """Keep a checkpoint with further signatures, as a new note beside the old one.

    lines  those of witnesses, checked before (`ledger.cosignature`)
    """
    with db.writing():
        held = _get(db, number)
        note = with_signatures(parse_note(held.note), lines)
        if bytes(note) == held.note:
            return held
        return _keep(db, held.checkpoint.size, bytes(note), held.time)


def every(db: Database) -> tuple[StoredCheckpoint, ...]:
    """All that were kept, the first one first."""
    return tuple(map(_stored, db.rows(f"{_SELECT} ORDER BY number")))


def latest(db: Database) -> StoredCheckpoint | None:
    """The newest one, with all its signatures; None where the log was never signed."""
    row = db.one(f"{_SELECT} ORDER BY number DESC LIMIT 1")
    return None if row is None else _stored(row)


def receipt(db: Database, entry: int) -> bytes:
    """A tlog-proof that the entry stands in the log, with its salt and bytes, against the newest
    checkpoint. Raises UnknownName where no checkpoint covers it, or it was expunged."""
    with db.reading():
        last = latest(db)
        if last is None or last.checkpoint.size <= entry:
            raise UnknownName(
                f"No checkpoint covers entry {entry} yet.",
                rule="A receipt is a proof against a signed checkpoint.",
                way_on="Sign the log first: reopen ledger checkpoint",
            )
        row = db.one("SELECT salt, body FROM entry WHERE idx = ?", (entry,))
        if row is None or row[1] is None:
            raise UnknownName(
                f"Entry {entry} holds no record (any more).",
                rule="A receipt shows the record; an expunged one is gone.",
                way_on="Look into the log for the order: reopen log",
            )
        hashes = tiles.inclusion_proof(log.Tiles(db), entry, last.checkpoint.size)
        return write_receipt(entry, hashes, last.note, salt=bytes(row[0]), body=bytes(row[1]))


def growth(db: Database, old: int, number: int | None = None) -> bytes:
    """The proof that a kept checkpoint (the newest, without a number) continues the log of `old`
    entries, with the checkpoint: what a witness is sent."""
    with db.reading():
        held = latest(db) if number is None else _get(db, number)
        if held is None:
            raise UnknownName(
                "The log has no checkpoint yet.", way_on="Sign it first: reopen ledger checkpoint"
            )
        hashes = tiles.consistency_proof(log.Tiles(db), old, held.checkpoint.size)
        return write_growth(Growth(old, hashes, parse_note(held.note)))


def origin(db: Database) -> str:
    """The log's name."""
    row = db.one("SELECT value FROM unit WHERE key = 'origin'")
    assert row is not None
    return str(row[0])


def _must_continue(db: Database, old: Checkpoint, size: int) -> None:
    if old.size > size or log.root(db, old.size) != old.root:
        raise LogBroken(
            f"The log of {size} entries does not continue its checkpoint of {old.size}.",
            rule="A log only grows; two checkpoints that exclude each other are never signed.",
            way_on="Keep the unit as it is for the inquiry, and run reopen doctor on it.",
        )


def _must_be_later(last: StoredCheckpoint, now: datetime) -> None:
    if now < last.time:
        raise CannotStore(
            f"The clock says {now:%Y-%m-%d %H:%M:%S}, before the last checkpoint of "
            f"{last.time:%Y-%m-%d %H:%M:%S} UTC.",
            rule="Checkpoints state when they were signed, in the order in which they were.",
            way_on="Set the computer's clock, then sign.",
        )


def _keep(db: Database, size: int, note: bytes, signed: datetime) -> StoredCheckpoint:
    row = db.one("SELECT COALESCE(MAX(number), 0) + 1 FROM checkpoint")
    assert row is not None
    number, time = int(row[0]), microseconds(signed)
    db.insert("checkpoint", ("number", "size", "time", "note"), [(number, size, time, note)])
    db.execute(
        "INSERT INTO unit (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (COUNT, str(number)),
    )
    return StoredCheckpoint(number, signed, note)


def _get(db: Database, number: int) -> StoredCheckpoint:
    row = db.one(f"{_SELECT} WHERE number = ?", (number,))
    if row is None:
        raise UnknownName(
            f"The unit keeps no checkpoint {number}.", way_on="List them: reopen log --checkpoints"
        )
    return _stored(row)


def _stored(row: Row) -> StoredCheckpoint:
    number, _, time, note = row
    return StoredCheckpoint(number, moment(time), bytes(note))
