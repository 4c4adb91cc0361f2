"""What triage says of every case, kept in memory for each who looks, and worked out behind a page.

It holds as long as nothing that it rests on or that decides who may see it has changed: it is then
what reading it anew would give. Where only records came in that say something of their own cases,
those cases alone are read anew. Not here: the rule (`workbench.triage`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Event, Lock, Thread
from weakref import WeakKeyDictionary

from reopen.faces.web.in_pieces import InPieces
from reopen.faces.web.looks import Look, Units
from reopen.faces.workbench.case_file import CaseFile, case_files, some_case_files
from reopen.faces.workbench.case_places import places_named
from reopen.faces.workbench.triage import Order, Triage, ordered, places_by_rule, triage
from reopen.records.access import ReadEvent
from reopen.records.cases import Interview, Mention, Person
from reopen.records.custody import CustodyEvent, Retention
from reopen.records.findings import AuditRun, Disposition, Finding
from reopen.records.organisation import ImportCount
from reopen.records.results import NameKnown, Request
from reopen.records.statements import Statement
from reopen.records.tasks import Task
from reopen.store.log import CHANGES, newest, only_came
from reopen.store.reader import Reader

_OF_CASES = (CustodyEvent, Interview, Mention, NameKnown, Request, Retention, Statement)
_BESIDE = (AuditRun, Disposition, Finding, ImportCount, ReadEvent, Task)
_PLAIN = tuple(kind.KIND for kind in (*_OF_CASES, *_BESIDE))
"""Kinds that triage reads for their own cases, and kinds that it does not read: by none of them is
it decided who may see another record, or what case that belongs to."""
_MOST_ANEW = 200  # cases: of more, all are read
_PATIENCE_S = 0.1
_MOST_KEPT = 20
_AT_ONCE = 20_000  # entries of a log: a unit with no more records is read in one look

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Every case that somebody may see something of.

    orders  the cases in each order; places: by the rule; scenes: case -> where it happened
    change  the unit's newest change then; until: when the actor may see something else next
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
        change, now = newest(unit.db, CHANGES), unit.clock()
    with kept.lock:
        found = kept.sorted.get(key)
        if found and _holds(found, change, now):
            return found
        done = kept.under_way.get(key)
        if done is None:
            done = kept.under_way[key] = Event()
            given = (kept, key, look, change, found, done)
            Thread(target=_work_out, args=given, daemon=True).start()
    done.wait(patience_s)
    with kept.lock:
        found = kept.sorted.get(key)
        return found if found and _holds(found, change, now) else None


def _holds(found: Sorted, change: int, now: datetime) -> bool:
    same_day = found.at.date() == now.date()  # limits end with days
    return found.change == change and same_day and (found.until is None or now < found.until)


def _work_out(
    kept: _Kept, key: Key, look: Look, change: int, before: Sorted | None, done: Event
) -> None:
    try:
        found = (before and renewed(look, change, before)) or sorted_anew(look, change)
        with look.lent() as unit:
            still = newest(unit.db, CHANGES) == change
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


def renewed(look: Look, change: int, before: Sorted) -> Sorted | None:
    """As `sorted_anew`; cases that nothing came in for stay as before. None where more changed."""
    with look.lent() as unit:
        if not only_came(unit.db, before.change, _PLAIN):
            return None
    with look.reading() as reader:
        now = reader.asker.moment
        cases = _cases_since(reader, before.change)
        if cases is None or not _holds(before, before.change, now):
            return None
        if {*reader.cases()} != before.found.keys():
            return None
        if not cases:
            return replace(before, change=change, at=now)
        files = some_case_files(reader, sorted(cases))
    return _in_order({**before.found, **_judged(files, now)}, {**before.scenes, **_scenes(files)},
                     change, now, before.until)  # fmt: skip


def _cases_since(reader: Reader, entry: int) -> set[str] | None:
    """Cases that records behind this entry say something of; None where they are too many, or it is
    said of people, who may be in others."""
    found: set[str] = set()
    for kind in _OF_CASES:
        for one in reader.all(kind, after=entry):
            if isinstance(one, Statement) and (one.supersedes or one.subject.kind == Person.KIND):
                return None
            found.update(reader.cases_of(one.ref))
            if len(found) > _MOST_ANEW:
                return None
    return found


def sorted_anew(look: Look, change: int) -> Sorted:
    """Every case read, at one moment where the unit is small, and in pieces where it is not."""
    with look.reading() as reader:
        now, until = reader.asker.moment, reader.until()
        files = case_files(reader) if change < _AT_ONCE else None
    if files is None:
        files = case_files(InPieces(look))
    return _in_order(_judged(files, now), _scenes(files), change, now, until)


def _judged(files: Mapping[str, CaseFile], now: datetime) -> dict[str, Triage]:
    return {id: triage(file, now) for id, file in files.items()}


def _scenes(files: Mapping[str, CaseFile]) -> dict[str, tuple[str, ...]]:
    return {id: tuple(places_named(file, scenes_only=True)) for id, file in files.items()}


def _in_order(
    found: Mapping[str, Triage],
    scenes: Mapping[str, tuple[str, ...]],
    change: int,
    now: datetime,
    until: datetime | None,
) -> Sorted:
    orders = {each: tuple(one.id for one in ordered(found.values(), each)) for each in Order}
    return Sorted(found, orders, places_by_rule(found.values()), scenes, change, now, until)
