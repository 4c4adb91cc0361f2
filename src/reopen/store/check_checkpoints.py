"""The unit's name and its checkpoints: that they are of this log, complete and in order.

Not here: whether the signatures hold, which needs the keys (`ledger.checkpoint`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reopen.ledger.note import parse_note
from reopen.ledger.verify import Checkpoint, Note, SignatureLine, parse_checkpoint
from reopen.store import held, log
from reopen.store.body import beginning
from reopen.store.check_entries import Fault, Seen
from reopen.store.checkpoints import COUNT
from reopen.store.database import Database

_KEYS = {"name", "origin", COUNT}
_STAMP_BYTES = 8
_ML_DSA_44_BYTES = 2420


def faults(db: Database, seen: Seen, earlier: Sequence[Checkpoint]) -> Iterator[Fault]:
    """What is wrong with the unit's name, its checkpoints, or those that were given."""
    said: dict[str, str] = dict(db.rows("SELECT key, value FROM unit"))
    for key in sorted(said.keys() - _KEYS):
        yield Fault("unit", f"has {key!r}, which no unit has")
    first = next(held.select(db, held.EVERYTHING, held.Asked(current=False), limit=1), None)
    if first is None or first.purpose != beginning(said.get("name", ""), said.get("origin", "")):
        yield Fault("unit", "has another name or origin than its first entry says")
    yield from _stored(db, seen, said)
    for checkpoint in earlier:
        thing = f"the checkpoint of {checkpoint.size} entries that was given"
        yield from _is_of_this_log(db, seen, checkpoint, thing, said.get("origin"))


def _stored(db: Database, seen: Seen, said: dict[str, str]) -> Iterator[Fault]:
    rows = db.rows("SELECT number, size, time, note FROM checkpoint ORDER BY number")
    if said.get(COUNT, "0") != str(len(rows)):
        yield Fault("checkpoints", f"are {len(rows)}, and {said.get(COUNT, 0)} were made")
    before, signed_before = (0, 0, 0), set[SignatureLine]()
    for nth, (number, size, time, signed) in enumerate(rows, start=1):
        thing = f"checkpoint {number}"
        note = parse_note(bytes(signed))
        checkpoint = parse_checkpoint(note)
        if number != nth or checkpoint.size != size or not before < (number, size, time):
            yield Fault(thing, "is out of its place")
        if time < before[2] or _at_odds(note, time):
            yield Fault(thing, "has another time than when it was signed")
        if size == before[1] and not signed_before < set(note.signatures):
            yield Fault(thing, "lacks signatures that it had, or brings none")
        yield from _is_of_this_log(db, seen, checkpoint, thing, said.get("origin"))
        before, signed_before = (number, size, time), set(note.signatures)


def _at_odds(note: Note, time: int) -> bool:
    """Whether the log's own ML-DSA-44 signature, which states a time, states another."""
    origin = parse_checkpoint(note).origin
    for line in note.signatures:
        if line.name == origin and len(line.signature) == _STAMP_BYTES + _ML_DSA_44_BYTES:
            signed = int.from_bytes(line.signature[:_STAMP_BYTES], "big")
            if signed * 1_000_000 != time:
                return True
    return False


def _is_of_this_log(
    db: Database, seen: Seen, checkpoint: Checkpoint, thing: str, origin: str | None
) -> Iterator[Fault]:
    seen.checkpoints += 1
    if checkpoint.origin != origin:
        yield Fault(thing, f"is of another log, {checkpoint.origin}")
    elif checkpoint.size > seen.size:
        yield Fault(
            thing, f"has {checkpoint.size} entries, the log {seen.size}: entries were taken away"
        )
    elif log.root(db, checkpoint.size) != checkpoint.root:
        yield Fault(thing, "has another root: its entries were changed since it was made")
