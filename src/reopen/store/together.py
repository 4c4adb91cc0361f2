"""Looks of blocks that end at the same time, kept in one transaction: one wait for the disk.

A block of reading ends when its looks are on the disk. Where several connections of this program
wait for that, the first to have its turn writes for all who wait; each returns, or fails, when its
own looks are kept or cannot be. Somebody alone writes their own, as they would without this. Not
here: what a look is (`reads`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from weakref import WeakValueDictionary

from reopen.records.access import ReadEvent
from reopen.store.database import Database
from reopen.store.writer import Writer


@dataclass(slots=True, eq=False)
class Ended:
    """A block that has ended, with its looks. done: they are kept, or `failed` says why not."""

    actor: str
    purpose: str
    clock: Callable[[], datetime]
    looks: Sequence[ReadEvent]
    done: bool = False
    failed: Exception | None = None

    def write(self, db: Database) -> None:
        """Within a `writing` block."""
        writer = Writer(db, self.actor, purpose=self.purpose, clock=self.clock)
        writer.put_many(self.looks)
        writer.finish()


@dataclass(slots=True, eq=False, weakref_slot=True)
class Turns:
    """Whose turn it is to write, among the connections of this program to one unit.

    waiting  blocks that have ended and are not kept; only who holds `adding` touches it
    """

    turn: Lock = field(default_factory=Lock)
    adding: Lock = field(default_factory=Lock)
    waiting: list[Ended] = field(default_factory=list)

    def keep(self, db: Database, own: Ended) -> None:
        """Returns when the disk has the looks. Raises what hindered it."""
        with self.adding:
            self.waiting.append(own)
        try:
            with self.turn:
                if not own.done:
                    self._write_all(db)
        finally:
            with self.adding, suppress(ValueError):
                self.waiting.remove(own)  # interrupted: nobody waits for it any more
        if own.failed is not None:
            raise own.failed

    def _write_all(self, db: Database) -> None:
        with self.adding:
            ended, self.waiting = self.waiting, []
        try:
            _write(db, ended)
        finally:
            with self.adding:  # interrupted: the next one writes them
                self.waiting[:0] = [each for each in ended if not each.done]


def _write(db: Database, ended: Sequence[Ended]) -> None:
    """All in one transaction; where that fails, each in one of its own. Where nobody can write,
    all fail alike."""
    begun = False
    try:
        with db.writing():
            begun = True
            for each in ended:
                each.write(db)
    except Exception as error:
        if begun and len(ended) > 1:
            for each in ended:
                _write(db, [each])
            return
        for each in ended:
            each.failed = error
    for each in ended:
        each.done = True


_TURNS: WeakValueDictionary[str, Turns] = WeakValueDictionary()
_ASKING = Lock()


def turns_of(db: Database) -> Turns:
    """Those of the unit that this is a connection to, for as long as somebody has them."""
    with _ASKING:
        found = _TURNS.get(db.where)
        if found is None:
            found = _TURNS[db.where] = Turns()
        return found
