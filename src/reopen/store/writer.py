"""The one way to keep something: an entry in the log and its rows, in one transaction.

Nothing is overwritten. The same kind and id with other content is the next version, an amendment,
and needs a reason; the same content again changes nothing. Not here: reading for somebody
(`reader`), undoing (there is none; `expunging` is the lawful exception).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from reopen.errors import CannotStore, InvalidRecord
from reopen.ledger.canonical import canonical
from reopen.records.base import Record, Ref
from reopen.records.plain import Plain, to_plain
from reopen.records.stored import StoredFile
from reopen.store import files, index, log, zoning
from reopen.store.body import envelope
from reopen.store.database import Database, in_parts, marks
from reopen.store.gate import Gate
from reopen.store.index import Placed

BATCH = 10_000
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class PutState(StrEnum):
    """What became of a record that was to be kept."""

    NEW = "new"
    UNCHANGED = "unchanged"
    AMENDED = "amended"


@dataclass(frozen=True, slots=True)
class Put:
    """A record that the unit holds now: as which version, in which entry, and since when."""

    ref: Ref
    version: int
    entry: int
    state: PutState


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records were new, as held already, or amended."""

    new: int = 0
    unchanged: int = 0
    amended: int = 0


class _Current(NamedTuple):
    entry: int
    version: int
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class _Fresh:
    placed: Placed
    version: int
    body: bytes
    content_hash: bytes


class Writer:
    """Keeps records for one actor. Comes from `Unit.writing`, and ends with that block."""

    def __init__(
        self,
        db: Database,
        actor: str,
        *,
        purpose: str = "",
        reason: str = "",
        clock: Callable[[], datetime],
        gate: Gate | None = None,
    ):
        self.actor = actor
        self._gate = gate
        self._db = db
        self._purpose = purpose
        self._reason = reason
        self._clock = clock
        self._begun = self._size = log.size(db)
        self._grown = self._size
        self._learnt = max(self._size, BATCH // 10)
        self._hashes: list[bytes] = []
        self._half_done = False

    @property
    def size(self) -> int:
        """Entries of the log, with those of this block."""
        return self._size

    def put(self, record: Record, *, reason: str = "", at_version: int | None = None) -> Put:
        """Keep one record.

        reason      why it differs from what the unit holds; else that of the block
        at_version  the version that it was made from, 0 for none: where the unit holds another by
                    now, nothing is kept, so that nobody's change is lost

        Raises InvalidRecord for that and for an amendment without a reason, NotAllowed,
        CannotStore.
        """
        return self._keep([record], reason, at_version)[0]

    def put_many(self, records: Iterable[Record], *, reason: str = "") -> Counts:
        """Keep records in the order given; takes them as they come, so that any number fits."""
        counts = dict.fromkeys(PutState, 0)
        for part in in_parts(records, BATCH):
            for put in self._keep(part, reason):
                counts[put.state] += 1
        return Counts(
            counts[PutState.NEW], counts[PutState.UNCHANGED], counts[PutState.AMENDED]
        )  # fmt: skip

    def put_file(
        self, file: Path | bytes, name: str, *, case: str | None = None, media: str = ""
    ) -> StoredFile:
        """Keep a file whole, by its hash. The same bytes again change nothing, whatever their name.

        Raises UnreadableFile, CannotStore.
        """
        sha, length = files.keep(self._db, file)
        stored = StoredFile(id=sha, name=name, bytes=length, case=case, media=media)
        if sha not in self._current("file", [sha]):
            self.put(stored)
        return stored

    def finish(self) -> None:
        """Bring the tree up to the entries; the block's last act before its commit.

        Raises CannotStore where a record was only half written, and somebody went on regardless.
        """
        if self._half_done:
            raise CannotStore(
                f"{self._db.where}: an earlier step of this block failed.",
                rule="A block is kept whole or not at all; nothing of this one is kept.",
                way_on="Do it again from its beginning.",
            )
        if self._hashes:
            log.grow(self._db, self._grown, self._hashes)
            self._grown, self._hashes = self._size, []

    def _keep(
        self, records: Sequence[Record], reason: str, at_version: int | None = None
    ) -> list[Put]:
        now = self._clock().astimezone(UTC)
        current = self._current_of(records)
        hidden = self._hidden(current.values())
        if hidden and len(records) > 1:  # refused for the first that fails, hidden or new
            return [put for record in records for put in self._keep([record], reason)]
        puts: list[Put] = []
        fresh: list[_Fresh] = []
        replaced: list[int] = []
        for record in records:
            plain = to_plain(record)
            content = _content(record, plain)
            content_hash = sha256(content).digest()
            held = current.get(record.ref)
            if held is not None and self._gate and held.entry in hidden:
                self._gate.would_replace_hidden(record, hidden[held.entry])
                puts.append(Put(record.ref, 1, self._size, PutState.NEW))
                continue
            if at_version is not None:
                self._must_be_at(record, held, at_version)
            if held is not None and held.content_hash == content_hash:
                puts.append(Put(record.ref, held.version, held.entry, PutState.UNCHANGED))
                continue
            if held is not None:
                _must_have_reason(record, reason or self._reason)
                replaced.append(held.entry)
            entry = self._size + len(fresh)
            version = held.version + 1 if held else 1
            before, after = self._around(record, version, now, reason)
            placed = Placed(entry, record, plain)
            fresh.append(_Fresh(placed, version, before + content + after, content_hash))
            current[record.ref] = _Current(entry, version, content_hash)
            state = PutState.AMENDED if held else PutState.NEW
            puts.append(Put(record.ref, version, entry, state))
        if fresh and self._gate:
            self._gate.before([each.placed.record for each in fresh], replaced)
        if fresh:
            self._write(fresh, replaced, now)
        return puts

    def _must_be_at(self, record: Record, held: _Current | None, version: int) -> None:
        """Asked by the only writer, so that nobody can be quicker after the answer."""
        if (held.version if held else 0) == version:
            return
        done = "is not there any more"
        if held is not None:
            row = self._db.one("SELECT actor FROM record WHERE entry = ?", (held.entry,))
            done = f"was changed by {row[0] if row else 'somebody'} since you looked at it"
        raise InvalidRecord(
            f"{record.ref!s} {done}.",
            rule="A change is made to the last version, so that nobody's is lost.",
            way_on="Look at it again, and change it then.",
            where=record.where,
        )

    def _hidden(self, current: Iterable[_Current]) -> dict[int, int]:
        """Entries from before this block that the actor must not learn of, with their zones."""
        if self._gate is None:
            return {}
        return self._gate.hidden([held.entry for held in current if held.entry < self._begun])

    def _write(self, fresh: Sequence[_Fresh], replaced: Sequence[int], now: datetime) -> None:
        time = index.microseconds(now)
        assert time is not None
        self._half_done = True
        hashes = log.add_entries(self._db, self._size, [each.body for each in fresh], time)
        for part in in_parts(entry for entry in replaced if entry < self._size):
            self._db.execute(f"UPDATE record SET current = 0 WHERE entry IN ({marks(part)})", part)
        gone = set(replaced)
        placed = [each.placed for each in fresh]
        zones = zoning.assign(self._db, [each.record for each in placed])
        rows = (self._row(each, gone, zone) for each, zone in zip(fresh, zones, strict=True))
        self._db.insert("record", _COLUMNS, rows)
        index.add(self._db, placed)
        zoning.settle(self._db, placed)
        if self._gate:
            self._gate.kept(
                (each.placed.record, zone, each.version > 1)
                for each, zone in zip(fresh, zones, strict=True)
            )
        self._half_done = False
        self._size += len(fresh)
        self._hashes += hashes
        if self._size > 2 * self._learnt:
            self._db.learn()
            self._learnt = self._size
        if len(self._hashes) >= 10 * BATCH:
            self.finish()

    def _row(self, each: _Fresh, gone: set[int], zone: int) -> tuple[int | str | bytes | None, ...]:
        entry, record = each.placed.entry, each.placed.record
        return (
            entry, record.KIND, record.id, each.version, int(entry not in gone),
            self.actor, *index.times(record), each.content_hash, zone,
        )  # fmt: skip

    def _around(
        self, record: Record, version: int, now: datetime, reason: str
    ) -> tuple[bytes, bytes]:
        """What an entry says beside the record's own bytes, which are canonical already."""
        return envelope(
            record.ref,
            version=version,
            time=now,
            actor=self.actor,
            purpose=self._purpose,
            reason=(reason or self._reason) if version > 1 else "",
        )

    def _current_of(self, records: Sequence[Record]) -> dict[Ref, _Current]:
        ids: dict[str, dict[str, None]] = {}
        for record in records:
            ids.setdefault(record.KIND, {})[record.id] = None
        return {
            Ref(kind, id): held
            for kind, some in ids.items()
            for id, held in self._current(kind, some).items()
        }

    def _current(self, kind: str, ids: Iterable[str]) -> dict[str, _Current]:
        found: dict[str, _Current] = {}
        for part in in_parts(ids):
            rows = self._db.rows(
                "SELECT id, entry, version, content_hash FROM record"
                f" WHERE kind = ? AND current = 1 AND id IN ({marks(part)})",
                (kind, *part),
            )
            found.update((id, _Current(entry, n, bytes(h))) for id, entry, n, h in rows)
        return found


_COLUMNS = (
    "entry", "kind", "id", "version", "current", "actor", "at_from", "at_to", "content_hash",
    "zone",
)  # fmt: skip


def _content(record: Record, plain: Mapping[str, Plain]) -> bytes:
    content = canonical(plain)
    if rb"\u0000" in content and _NUL.search(content):
        raise InvalidRecord(
            f"{record.ref!s} holds a NUL character.",
            rule="Text has no NUL characters; databases and file names cannot hold them.",
            way_on="Remove it from the source.",
            where=record.where,
        )
    return content


def _must_have_reason(record: Record, reason: str) -> None:
    if not reason.strip():
        raise InvalidRecord(
            f"{record.ref!s} differs from what the unit holds, and no reason is given.",
            rule="Nothing is overwritten: an amendment is a new version, with its reason.",
            way_on="Give the reason, or keep it under an id of its own.",
            where=record.where,
        )
