"""The zones that an actor may see, worked out once and kept by the connection for later blocks.

Working them out takes longer the more a unit holds. They are kept for an asker (actor, action,
purpose, supervisor) and taken again while they cannot have changed:

    1. Nothing but looks was entered since: first versions of read events that no record names.
       These make zones of their own, which are asked about alone; they change no other zone, no
       grant, and nothing else that the rule reads.
    2. No moment lies between at which an actor joins or leaves, or a grant, denial, emergency or
       revocation begins or ends, whichever way the clock went.
    3. The log still holds the last entry that they were worked out with, under the same schema.

Else they are worked out anew. All of this is asked inside the block, at the moment of the unit that
it reads. What is kept, and how long it holds, lie in temporary tables of the connection and change
in one transaction: where that is undone, both are as before. Not here: the rule (`grants`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from reopen.errors import CannotStore
from reopen.ledger.canonical import canonical
from reopen.records.access import ReadEvent
from reopen.store import grants
from reopen.store.database import Database, Value
from reopen.store.grants import Asker
from reopen.store.index import microseconds
from reopen.store.ties import AFTER, BEFORE, purpose_key

ASKERS = 8
"""How many askers a connection keeps zones for: for more, those not asked for longest go."""
_FEW = 16
"""Who sees less than one zone in so many sees few of the unit's."""


@dataclass(frozen=True, slots=True)
class View:
    """Zones that an asker may see.

    place  the table that holds them
    few    whether they are few among the unit's, so that a search had better begin with them
    """

    slot: int
    few: bool

    @property
    def place(self) -> str:
        return _place(self.slot)


@dataclass(frozen=True, slots=True)
class _Log:
    """How far a unit is: entries, the highest zone, and steps of its schema."""

    entries: int
    zones: int
    steps: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a slot holds, from when to when it holds, and the log that it was worked out with.

    leaf   of the log's last entry
    shown  how many zones
    """

    slot: int
    log: _Log
    leaf: bytes
    shown: int


class Seen:
    """Zones that a connection keeps for its askers. Belongs to one `Unit`, as its connection does.

    A slot that a block reads from is not touched until that block ends.
    """

    def __init__(self, db: Database):
        self._db = db
        self._ready = False
        self._reading: Counter[int] = Counter()
        self._used = list(range(ASKERS))  # the slot used last comes last
        self._refilled: set[int] = set()

    def prepare(self) -> None:
        """Make the tables; before the block of reading begins, which may make none."""
        within = self._db.in_writing or self._db.in_reading
        if not self._ready:
            for statement in _TABLES:
                self._db.execute(statement.format_map(self._db.types))
            self._ready = not within
        elif self._refilled and not within:
            for slot in self._refilled:
                self._db.reuse(_place(slot))
                self._db.reuse(_cases(slot))
            self._refilled.clear()

    def take(self, asker: Asker) -> View:
        """The zones that the asker may see, kept or worked out; give the view back with `leave`."""
        log = _log(self._db)
        view = self._again(asker, log) or self._anew(asker, log)
        self._reading[view.slot] += 1
        self._used.remove(view.slot)
        self._used.append(view.slot)
        return view

    def cases(self, view: View) -> str:
        """The table of cases that these zones belong to, of which there is something to see. Looks
        add none, so that it is filled once for as long as the zones are kept."""
        filled = self._db.one("SELECT cases FROM seen_by WHERE slot = ?", (view.slot,))
        place = _cases(view.slot)
        if filled != (1,):
            sql = (_CASES_OF_FEW if view.few else _CASES).format(place=view.place)
            self._db.execute(f"DELETE FROM {place}")
            self._db.execute(f"INSERT INTO {place} (id) {sql}")
            self._db.execute("UPDATE seen_by SET cases = 1 WHERE slot = ?", (view.slot,))
        return place

    def leave(self, view: View) -> None:
        """The block that took this view has ended."""
        self._reading[view.slot] -= 1

    def _again(self, asker: Asker, log: _Log) -> View | None:
        """What is kept for the asker, where it still holds."""
        if self._db.in_writing:  # what this block wrote is half done, and may be undone
            return None
        now = microseconds(asker.moment)
        for row in self._db.rows(_KEPT, (_key(asker), now, now)):
            slot, entries, zones, steps, leaf, shown = row
            kept = _Kept(slot, _Log(entries, zones, steps), bytes(leaf), shown)
            if _holds(self._db, kept, log):
                return _view(self._follow(kept, asker, log), log)
        return None

    def _follow(self, kept: _Kept, asker: Asker, log: _Log) -> _Kept:
        """Ask about the zones that came with looks, and remember that the log has grown."""
        if kept.log == log:
            return kept
        shown = kept.shown
        if log.zones > kept.log.zones:
            fresh = "SELECT zone FROM zone WHERE zone > ?"
            shown += _fill(self._db, kept.slot, asker, fresh, (kept.log.zones,))
        kept = replace(kept, log=log, leaf=_leaf(self._db, log.entries), shown=shown)
        self._db.execute(
            "UPDATE seen_by SET entries = ?, zones = ?, leaf = ?, shown = ? WHERE slot = ?",
            (log.entries, log.zones, kept.leaf, shown, kept.slot),
        )
        return kept

    def _anew(self, asker: Asker, log: _Log) -> View:
        slot = self._free(asker)
        self._db.execute("DELETE FROM seen_by WHERE slot = ?", (slot,))
        self._db.execute(f"DELETE FROM {_place(slot)}")
        kept = _Kept(slot, log, _leaf(self._db, log.entries), _fill(self._db, slot, asker))
        self._refilled.add(slot)
        if not self._db.in_writing:
            self._db.execute(
                "INSERT INTO seen_by (slot, asker, entries, zones, steps, leaf, shown, cases,"
                " from_us, until_us) VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
                (slot, _key(asker), log.entries, log.zones, log.steps, kept.leaf, kept.shown,
                 *turns(self._db, asker)),
            )  # fmt: skip
        return _view(kept, log)

    def _free(self, asker: Asker) -> int:
        """A slot that no block reads from: the asker's own, else the one not used for longest."""
        rows = self._db.rows("SELECT slot FROM seen_by WHERE asker = ?", (_key(asker),))
        for slot in (*(slot for (slot,) in rows), *self._used):
            if not self._reading[slot]:
                return int(slot)
        raise CannotStore(
            f"{self._db.where} is being read in {ASKERS} blocks within each other.",
            rule=f"A connection reads for {ASKERS} askers at once.",
            way_on="Finish a block before you begin another.",
        )


_ASKERS = """
    CREATE TEMPORARY TABLE IF NOT EXISTS seen_by (slot {integer} PRIMARY KEY, asker {text},
        entries {integer}, zones {integer}, steps {integer}, leaf {bytes}, shown {integer},
        cases {integer}, from_us {integer}, until_us {integer})"""

_TABLES = (
    _ASKERS,
    *(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {table}_{slot} ({column} PRIMARY KEY)"
        for slot in range(ASKERS)
        for table, column in (("seen_zone", "zone {integer}"), ("seen_case", "id {text}"))
    ),
)

_KEPT = """
    SELECT slot, entries, zones, steps, leaf, shown FROM seen_by
    WHERE asker = ? AND from_us <= ? AND ? < until_us"""

_LOG = """
    SELECT (SELECT COALESCE(MAX(idx) + 1, 0) FROM entry), (SELECT COALESCE(MAX(zone), 0) FROM zone),
        (SELECT COUNT(*) FROM migration)"""

# Each of these is the first microsecond of a time in which other rows are in force than before.
_TURNS = """
    SELECT MAX(CASE WHEN turn.at_us <= asked.now_us THEN turn.at_us END),
        MIN(CASE WHEN turn.at_us > asked.now_us THEN turn.at_us END)
    FROM (
        SELECT from_us AS at_us FROM actor UNION SELECT until_us FROM actor
        UNION SELECT from_us FROM granted WHERE actor IN (?, ?)
        UNION SELECT until_us + 1 FROM granted WHERE actor IN (?, ?)
        UNION SELECT at_us FROM revoked
    ) turn CROSS JOIN (SELECT CAST(? AS BIGINT) AS now_us) asked"""


# Grants and looks make no case: one may be asked for that is not there.
_CASES = """
    SELECT named.id FROM (SELECT DISTINCT id FROM zone_reach WHERE kind = 'case') named
    WHERE EXISTS (
        SELECT 1 FROM zone_reach inside CROSS JOIN zone CROSS JOIN record
        WHERE inside.kind = 'case' AND inside.id = named.id
        AND +inside.zone IN (SELECT zone FROM {place})
        AND zone.zone = inside.zone AND zone.nature <> 'control'
        AND record.zone = inside.zone AND record.current = 1)"""

_CASES_OF_FEW = """
    SELECT DISTINCT inside.id FROM {place} seen CROSS JOIN zone CROSS JOIN zone_reach inside
    WHERE zone.zone = seen.zone AND zone.nature <> 'control'
    AND inside.zone = zone.zone AND inside.kind = 'case'
    AND EXISTS (SELECT 1 FROM record WHERE record.zone = inside.zone AND record.current = 1)"""


def _place(slot: int) -> str:
    return f"seen_zone_{slot}"


def _cases(slot: int) -> str:
    return f"seen_case_{slot}"


def _view(kept: _Kept, log: _Log) -> View:
    return View(kept.slot, kept.shown * _FEW < log.zones)


def _key(asker: Asker) -> str:
    """What the answer depends on beside the moment."""
    purpose = purpose_key(asker.purpose)
    return canonical([asker.actor, asker.action.value, purpose, asker.supervisor]).decode()


def _log(db: Database) -> _Log:
    row = db.one(_LOG)
    assert row is not None
    return _Log(*row)


def _leaf(db: Database, entries: int) -> bytes:
    """The leaf of the last of so many entries; no bytes where there is none such."""
    row = db.one("SELECT leaf FROM entry WHERE idx = ?", (entries - 1,))
    return b"" if row is None else bytes(row[0])


def _holds(db: Database, kept: _Kept, log: _Log) -> bool:
    """Whether nothing but looks came since."""
    if kept.log.steps != log.steps or kept.leaf != _leaf(db, kept.log.entries):
        return False
    if kept.log.entries == log.entries:
        return kept.log.zones == log.zones
    looks = db.one(
        "SELECT COUNT(*) FROM record WHERE entry >= ? AND kind = ? AND version = 1",
        (kept.log.entries, ReadEvent.KIND),
    )
    if looks != (log.entries - kept.log.entries,):
        return False
    named = db.one(
        "SELECT 1 FROM record CROSS JOIN zone_reach named WHERE record.entry >= ?"
        " AND named.kind = record.kind AND named.id = record.id LIMIT 1",
        (kept.log.entries,),
    )
    return named is None


def _fill(
    db: Database, slot: int, asker: Asker, zones: str = "", parameters: tuple[Value, ...] = ()
) -> int:
    """Add the zones that the asker may see, of these or of all; how many they are."""
    query = grants.zones(asker, zones, parameters)
    into = f"INSERT INTO {_place(slot)} (zone) {query.sql} ON CONFLICT (zone) DO NOTHING"
    return db.execute(into, query.parameters)


def turns(db: Database, asker: Asker) -> tuple[int, int]:
    """From when to when (not included) the same grants are in force and the same actors belong."""
    who = (asker.actor, asker.supervisor)
    row = db.one(_TURNS, (*who, *who, microseconds(asker.moment)))
    first, last = row or (None, None)
    return BEFORE if first is None else first, AFTER if last is None else last
