"""A unit opened for many who ask: who looks, what for and with whom, and a pool of connections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition

from reopen.faces.web.sessions import Session
from reopen.records.access import Action
from reopen.records.base import Ref
from reopen.store.reader import Reader
from reopen.store.unit import Unit, kept_together, open_unit
from reopen.store.writer import Writer

Key = tuple[str, ...]


class Units:
    """Connections to one unit. One is lent again to whoever looked through it last, since what an
    actor may see is worked out once for a connection.

    most  connections open at once; who comes then, waits
    """

    def __init__(self, where: str, most: int = 16):
        self.where = where
        self._kept = kept_together()
        self._most = most
        self._idle: list[tuple[Key, Unit]] = []
        self._open = 0
        self._changed = Condition()

    @contextmanager
    def lent(self, key: Key) -> Iterator[Unit]:
        unit = self._take(key)
        try:
            yield unit
        except BaseException:
            self._dropped(unit)
            raise
        with self._changed:
            self._idle.append((key, unit))
            self._changed.notify()

    def close(self) -> None:
        with self._changed:
            for _, unit in self._idle:
                unit.close()
            self._open -= len(self._idle)
            self._idle.clear()

    def _take(self, key: Key) -> Unit:
        with self._changed:
            while True:
                own = next((i for i, (by, _) in enumerate(self._idle) if by == key), None)
                if own is not None:
                    return self._idle.pop(own)[1]
                if self._open < self._most:
                    self._open += 1
                    break
                if self._idle:
                    return self._idle.pop(0)[1]
                self._changed.wait()
        try:
            return open_unit(self.where, kept=self._kept)
        except BaseException:
            self._gone()
            raise

    def _dropped(self, unit: Unit) -> None:
        """After an error a connection is not trusted to be as it should."""
        unit.close()
        self._gone()

    def _gone(self) -> None:
        with self._changed:
            self._open -= 1
            self._changed.notify()


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody signed in, who looks at the unit or changes it. Every look is in the unit's log
    before what it showed leaves the server."""

    session: Session
    units: Units

    @property
    def actor(self) -> str:
        return self.session.actor

    @contextmanager
    def reading(self, action: Action = Action.READ) -> Iterator[Reader]:
        """Raises NotAllowed for somebody who has left the unit, CannotStore."""
        asked = self.session
        with (
            self.units.lent((asked.actor, action, asked.purpose, asked.supervisor)) as unit,
            unit.reading(
                asked.actor, purpose=asked.purpose, action=action, supervisor=asked.supervisor
            ) as reader,
        ):
            yield reader

    def may_export(self, refs: Iterable[Ref]) -> frozenset[Ref]:
        """Those of the records that the actor may take out of the unit."""
        asked = tuple(refs)
        if not asked:
            return frozenset()
        with self.reading(Action.EXPORT) as reader:
            return frozenset(ref for ref in asked if reader.rule(ref))

    @contextmanager
    def writing(self, reason: str = "") -> Iterator[Writer]:
        """All or nothing. Raises NotAllowed at the end for what the actor may not write."""
        with (
            self.lent() as unit,
            unit.writing(self.actor, purpose=self.session.purpose, reason=reason) as writer,
        ):
            yield writer

    @contextmanager
    def lent(self) -> Iterator[Unit]:
        """The open unit itself, for what the workbench does with a whole one."""
        with self.units.lent((self.actor, "", "", "")) as unit:
            yield unit
