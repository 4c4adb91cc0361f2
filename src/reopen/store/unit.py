"""A unit: everything it keeps, in one SQLite file or one PostgreSQL schema.

    with open_unit("unit.reopen") as unit:
        with unit.writing("mara", purpose="import of the 1987 index") as writer:
            writer.put(record)

A block is one transaction: all of it is kept, or nothing. A `Unit` belongs to one thread. Not here:
who may see what (`grants`, `reader`).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from reopen.errors import CannotStore, LogBroken, NotAllowed
from reopen.records.access import Action, Actor
from reopen.records.base import Ref
from reopen.store import held, migrations
from reopen.store.body import beginning
from reopen.store.database import Database, connect, is_server
from reopen.store.gate import Gate
from reopen.store.grants import Asker, first_grant
from reopen.store.kept import Kept
from reopen.store.places import new_file
from reopen.store.reader import Reader, must_be_here
from reopen.store.seen import Seen
from reopen.store.together import Ended, turns_of
from reopen.store.writer import Writer

Clock = Callable[[], datetime]


def now() -> datetime:
    """The computer's clock."""
    return datetime.now(UTC)


class Unit:
    """An open unit. Close it, or use it in a `with` block.

    name    what its people call it
    origin  its name in checkpoints, which no other log has
    where   its file, or its address without a password
    """

    def __init__(self, db: Database, clock: Clock = now):
        said: dict[str, str] = dict(db.rows("SELECT key, value FROM unit"))
        if not {"name", "origin"} <= said.keys():
            raise LogBroken(
                f"{db.where} does not say its unit's name or origin.",
                rule="Both are written when the unit is made, and into its first entry.",
                way_on="Keep the file as it is for the inquiry, and restore the last backup.",
            )
        self.name = said["name"]
        self.origin = said["origin"]
        self.where = db.where
        self.db = db
        self.clock = clock
        self._seen = Seen(db)
        self._turns = turns_of(db)

    @contextmanager
    def writing(self, actor: str, *, purpose: str = "", reason: str = "") -> Iterator[Writer]:
        """Keep records for an actor, all or none; returns when the disk has them.

        purpose  why the actor does this; written into each entry
        reason   why records that the unit holds already are amended

        Raises NotAllowed for somebody who is no actor of the unit, and at the end of the block for
        what the actor may not write; CannotStore.
        """
        with self.db.writing():
            moment = self.clock()
            _must_be_actor(self.db, actor, moment)
            gate = Gate(self.db, Asker(actor, moment))
            writer = Writer(
                self.db, actor, purpose=purpose, reason=reason, clock=self.clock, gate=gate
            )
            yield writer
            writer.finish()
            gate.after()

    @contextmanager
    def reading(
        self,
        actor: str,
        *,
        purpose: str = "",
        action: Action = Action.READ,
        supervisor: str = "",
    ) -> Iterator[Reader]:
        """Read for an actor, at one moment of the unit. The looks are entered in the log when the
        block ends, also where it fails.

        purpose     what the actor looks for; '' where they did not say
        action      EXPORT, where what is read leaves the unit
        supervisor  the actor beside them

        Raises NotAllowed for somebody who is no actor of the unit, CannotStore.
        """
        asker = Asker(actor, self.clock(), action, purpose, supervisor)
        self._seen.prepare()
        reader = Reader(self.db, asker, self._seen)
        try:
            with self.db.reading():
                must_be_here(self.db, asker)
                try:
                    yield reader
                finally:
                    reader.end()
        finally:
            looks = tuple(reader.looks.events())
            if looks:
                self._turns.keep(self.db, Ended(actor, purpose, self.clock, looks))

    def actors(self) -> tuple[Actor, ...]:
        """Everybody who uses or used the unit, in the order they came; open to all."""
        found = held.select(self.db, held.EVERYTHING, held.Asked(kind="actor"))
        return tuple(each.record for each in found if isinstance(each.record, Actor))

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> Unit:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def create_unit(
    where: str | Path, *, name: str, actor: Actor, origin: str | None = None, clock: Clock = now
) -> Unit:
    """Make a new unit, with its first actor. Raises CannotStore where something is there already.

    origin  its name in checkpoints; made from `name` where none is given
    """
    origin = origin or _origin(name)
    if is_server(where):
        db = connect(where)
        try:
            _fill(db, name, actor, origin, clock)
        except BaseException:
            db.close()
            raise
        return Unit(db, clock)
    with new_file(Path(where)) as unfinished:
        db = connect(unfinished, new=True)
        try:
            _fill(db, name, actor, origin, clock)
        finally:
            db.close()
    return open_unit(where, clock=clock)


def kept_together() -> Kept:
    """What connections of one unit may keep together, for `open_unit`; it shows nobody anything."""
    return Kept()


def open_unit(where: str | Path, *, clock: Clock = now, kept: Kept | None = None) -> Unit:
    """Open a unit, after bringing its schema up to date. Raises CannotStore.

    kept  of `kept_together`, where a program keeps what was read lately for all its connections
    """
    db = connect(where)
    db.kept = kept
    try:
        _must_hold_unit(db)
        if migrations.pending(db):
            with db.writing():
                migrations.apply(db)
        return Unit(db, clock)
    except BaseException:
        db.close()
        raise


def _fill(db: Database, name: str, actor: Actor, origin: str, clock: Clock) -> None:
    with db.writing():
        if db.has_table("unit"):
            raise CannotStore(
                f"{db.where} holds a unit already.",
                rule="A unit is never made in the place of another.",
                way_on="Choose another database or schema, or open this one.",
            )
        migrations.apply(db)
        db.insert("unit", ("key", "value"), [("name", name), ("origin", origin)])
        writer = Writer(db, actor.id, purpose=beginning(name, origin), clock=clock)
        writer.put(actor)
        writer.put(first_grant(actor.id))
        writer.finish()


def _must_hold_unit(db: Database) -> None:
    if not db.has_table("unit"):
        raise CannotStore(
            f"{db.where} holds no unit.",
            rule="A unit is made by reopen init.",
            way_on=f"Check the name, or make one: reopen init {db.where}",
        )


def _must_be_actor(db: Database, actor: str, moment: datetime) -> None:
    found = held.get(db, held.EVERYTHING, Ref("actor", actor))
    if found is None:
        raise NotAllowed(
            f"{actor!r} is no actor of this unit.",
            rule="Whoever writes or reads is known to the unit by name.",
            way_on="Let the unit's lead add them: reopen access actor",
        )
    assert isinstance(found.record, Actor)
    left = found.record.left
    if left is not None and left.latest is not None and left.latest < moment:
        raise NotAllowed(
            f"{actor!r} left the unit ({left}).",
            rule="Who has left neither writes nor reads.",
            way_on="Let the unit's lead add them again, with the date.",
        )


def _origin(name: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unit"
    return f"{words}.reopen/{secrets.token_hex(4)}"
