"""What triage says of every case, kept in memory for each who looks, and worked out behind a page.

It holds as long as nothing that it rests on or that decides who may see it has changed: it is then
what reading it anew would give. Not here: the rule (`workbench.triage`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Lock, Thread
from weakref import WeakKeyDictionary

from reopen.faces.web.in_pieces import InPieces
from reopen.faces.web.looks import Look, Units
from reopen.faces.workbench.case_file import case_files
from reopen.faces.workbench.case_places import places_named
from reopen.faces.workbench.triage import Order, Triage, ordered, places_by_rule, triage
from reopen.records.access import Emergency, Grant, ReadEvent
from reopen.records.kinds import KINDS
from reopen.store.log import newest

_CHANGES = tuple(kind for kind in KINDS if kind != ReadEvent.KIND)
_PATIENCE_S = 0.1
_MOST_KEPT = 20
_AT_ONCE = 20_000  # entries of a log: a unit with no more records is read in one look

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Every case that somebody may see something of.

    orders  the cases in each order; places: by the rule; scenes: case -> where it happened
    change  the unit's newest change then; until: when a grant begins or ends next
    """

    found: Mapping[str, Triage]
    orders: Mapping[Order, tuple[str, ...]]
    places: Mapping[str, int]
    scenes: Mapping[str, tuple[str, ...]]
    change: int
    at: datetime
    until: datetime | None


class _Kept:
    def __init__(self) -> None:
        self.lock = Lock()
        self.sorted: dict[Key, Sorted] = {}
        self.under_way: dict[Key, Event] = {}


_KEPT: WeakKeyDictionary[Units, _Kept] = WeakKeyDictionary()


def kept_triage(look: Look, *, patience_s: float = _PATIENCE_S) -> Sorted | None:
    """What triage says for this look; None while it is being worked out."""
    kept = _KEPT.setdefault(look.units, _Kept())
    key = (look.actor, look.session.purpose, look.session.supervisor)
    with look.lent() as unit:
        change, now = newest(unit.db, _CHANGES), unit.clock()
    with kept.lock:
        found = kept.sorted.get(key)
        if found and _holds(found, change, now):
            return found
        done = kept.under_way.get(key)
        if done is None:
            done = kept.under_way[key] = Event()
            Thread(target=_work_out, args=(kept, key, look, change, done), daemon=True).start()
    done.wait(patience_s)
    with kept.lock:
        found = kept.sorted.get(key)
        return found if found and _holds(found, change, now) else None


def _holds(found: Sorted, change: int, now: datetime) -> bool:
    same_day = found.at.date() == now.date()  # limits end with days
    return found.change == change and same_day and (found.until is None or now < found.until)


def _work_out(kept: _Kept, key: Key, look: Look, change: int, done: Event) -> None:
    try:
        found = _sorted(look, change)
        with look.lent() as unit:
            still = newest(unit.db, _CHANGES) == change
        with kept.lock:
            kept.sorted.pop(key, None)
            if still:
                kept.sorted[key] = found
            while len(kept.sorted) > _MOST_KEPT:
                kept.sorted.pop(next(iter(kept.sorted)))
    except Exception:
        logging.getLogger("reopen.web").exception("Triage could not be worked out.")
    finally:
        with kept.lock:
            kept.under_way.pop(key, None)
        done.set()


def _sorted(look: Look, change: int) -> Sorted:
    with look.reading() as reader:
        now = reader.asker.moment
        times = [each.during for each in reader.all(Grant)]
        times += [each.until for each in reader.all(Emergency)]
        files = case_files(reader) if change < _AT_ONCE else None
    if files is None:
        files = case_files(InPieces(look))
    ends = [end for time in times for end in (time.earliest, time.latest) if end and end > now]
    found = {id: triage(file, now) for id, file in files.items()}
    scenes = {id: tuple(places_named(file, scenes_only=True)) for id, file in files.items()}
    orders = {each: tuple(one.id for one in ordered(found.values(), each)) for each in Order}
    places = places_by_rule(found.values())
    return Sorted(found, orders, places, scenes, change, now, min(ends, default=None))
