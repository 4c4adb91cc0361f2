"""The graph that somebody looked at last, kept in memory until the unit is another for them.

It holds as long as nothing that it rests on or that decides who may see it has changed, as in
`triage_kept`: it is then what reading it anew would give, and what was read for it is entered in
the log of looks each time. Not here: the graph (`workbench.unit_graph`), a page of it (`board`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from weakref import WeakKeyDictionary

from reopen.faces.web.looks import Look, Units
from reopen.faces.workbench.unit_graph import UnitGraph
from reopen.store.reader import Reader

_MOST = 8

Key = tuple[str, str, str, bool]


@dataclass(frozen=True, slots=True)
class _Held:
    """change: the unit's newest change then; until: when the actor may see something else next."""

    graph: UnitGraph
    change: int
    until: datetime | None


class _Kept:
    """Graphs that nobody is looking at just now, those of lately last."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[Key, _Held] = {}

    def take(self, key: Key, change: int, now: datetime) -> _Held | None:
        """The one of this key, where it holds. Those of an earlier change are let go."""
        with self._lock:
            self._held = {by: one for by, one in self._held.items() if one.change >= change}
            found = self._held.pop(key, None)
        holds = found and found.change == change and (found.until is None or now < found.until)
        return found if holds else None

    def put(self, key: Key, held: _Held) -> None:
        with self._lock:
            self._held[key] = held
            while len(self._held) > _MOST:
                self._held.pop(next(iter(self._held)))


_KEPT: WeakKeyDictionary[Units, _Kept] = WeakKeyDictionary()


@contextmanager
def kept_graph(look: Look, reader: Reader, *, whole: bool) -> Iterator[UnitGraph]:
    """The graph of this look, for a block of its reading; nobody else has it meanwhile.

    whole  every link will be read: kept apart, so that who looks at a part is not said to have
           looked at all
    """
    kept = _KEPT.setdefault(look.units, _Kept())
    key = (look.actor, look.session.purpose, look.session.supervisor, whole)
    change = reader.change()
    held = kept.take(key, change, reader.asker.moment)
    if held is None:
        held = _Held(UnitGraph(reader), change, reader.until())
    else:
        held.graph.look_again(reader)
    yield held.graph
    kept.put(key, held)
