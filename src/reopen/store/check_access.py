"""Whether the tables of access are what the records say: else somebody was let in, or kept out.

Worked out again in Python from the records, beside the SQL that keeps them (`ties`, `zoning`,
`recusal`), and compared row by row. Not here: the rule itself (`grants`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Set
from itertools import groupby, islice, product
from operator import itemgetter

from reopen.records.custody import CustodyEvent
from reopen.records.kinds import KINDS
from reopen.records.stored import StoredFile
from reopen.store import held, recusal, ties, zoning
from reopen.store.check_entries import Fault
from reopen.store.database import Database, Value
from reopen.store.index import Placed
from reopen.store.naming import ITEMS, ORDINARY, Name, names, nature, node

_MOST = 20  # faults of a table that are told
_PAGE = 50_000
Row = tuple[Value, ...]
Contents = dict[int, tuple[str, frozenset[Name]]]  # zone -> nature and names


def faults(db: Database) -> Iterator[Fault]:
    """Rows of the access tables that no record explains, and rows that are missing."""
    yield from _said(db)
    yield from _zones(db)
    reach = _Reach(db)
    yield from _nodes(db, reach)
    zones = [zone for (zone,) in db.rows("SELECT zone FROM zone")]
    for table, (columns, worked_out) in _DERIVED.items():
        expected = {row for zone in zones for row in worked_out(reach, zone)}
        yield from _compared(table, expected, set(db.rows(f"SELECT {columns} FROM {table}")))
    recused = set(db.rows("SELECT actor, kind, id, rule FROM recused"))
    yield from _compared("recused", set(recusal.worked_out(db)), recused)


def _compared(table: str, expected: Set[Row], kept: Set[Row]) -> Iterator[Fault]:
    for row in islice(sorted(expected - kept, key=repr), _MOST):
        yield Fault(table, f"lacks {_told(row)}")
    for row in islice(sorted(kept - expected, key=repr), _MOST):
        yield Fault(table, f"has, and no entry explains, {_told(row)}")


def _told(row: Row) -> str:
    return ", ".join(map(str, row))


# --- What records say of access: actors, grants, markings, ties ---


def _said(db: Database) -> Iterator[Fault]:
    expected: dict[str, set[Row]] = {table: set() for table in ties.COLUMNS}
    for kind in ties.KEPT:
        for version in held.select(db, held.EVERYTHING, held.Asked(kind=kind.KIND)):
            said = ties.said([Placed(version.entry, version.record, {})])
            for table, rows in said.items():
                expected[table].update(rows)
    for table, columns in ties.COLUMNS.items():
        kept = set(db.rows(f"SELECT {', '.join(columns)} FROM {table}"))
        yield from _compared(table, expected[table], kept)


# --- Zones: which names lie together, and which records lie in which ---


def _zones(db: Database) -> Iterator[Fault]:
    by_zone = _names_of_zones(db)
    contents: Contents = {}
    for zone, key, kind in db.rows("SELECT zone, key, nature FROM zone"):
        contents[zone] = kind, by_zone.get(zone, frozenset())
        if zoning.zone_key(*contents[zone]) != key:
            yield Fault(f"zone {zone}", "does not name what its key says")
    for zone in sorted(by_zone.keys() - contents.keys()):
        yield Fault(f"zone {zone}", "is named, and is not there")
    marked = set(db.rows("SELECT DISTINCT kind, id FROM marking"))
    in_bulk = set() if any(kind == _BULK for kind, _ in marked) else {_BULK}
    for kind in sorted(KINDS.keys() - in_bulk):
        yield from islice(_in_wrong_zones(db, kind, contents, marked), _MOST)
    if in_bulk:
        yield from islice(_events_in_wrong_zones(db, contents), _MOST)


_BULK = CustodyEvent.KIND  # by the million, and each names its item and case alone
_EVENTS = """
    SELECT record.entry, record.zone, 'item', named.item_id FROM record
    LEFT JOIN record_item named ON named.entry = record.entry
    WHERE record.kind = ? AND record.entry BETWEEN ? AND ?
    UNION ALL SELECT record.entry, record.zone, 'case', named.case_id FROM record
    JOIN record_case named ON named.entry = record.entry AND named.via = ''
    WHERE record.kind = ? AND record.entry BETWEEN ? AND ?
    ORDER BY 1"""


def _events_in_wrong_zones(db: Database, contents: Contents) -> Iterator[Fault]:
    """By the tables of what they name, which are compared with the entries elsewhere."""
    last = db.one("SELECT MAX(entry) FROM record")
    for first in range(0, 1 + int(last[0] if last and last[0] is not None else -1), _PAGE):
        page = (_BULK, first, first + _PAGE - 1)
        for (entry, zone), some in groupby(db.rows(_EVENTS, page * 2), key=itemgetter(0, 1)):
            named = frozenset((kind, id) for _, _, kind, id in some if id is not None)
            if contents.get(zone) != (ORDINARY, named):
                yield Fault("custody event", f"of entry {entry} lies in another zone")


def _in_wrong_zones(
    db: Database, of_kind: str, contents: Contents, marked: set[Name]
) -> Iterator[Fault]:
    sql = "SELECT entry, zone FROM record WHERE kind = ?"
    zone_of: dict[int, int] = dict(db.rows(sql, (of_kind,)))
    for version in held.select(db, held.EVERYTHING, held.Asked(kind=of_kind, current=False)):
        record, own = version.record, {node(version.record.ref)}
        kind, lies = contents.get(zone_of[version.entry], ("", frozenset()))
        if version.current:
            right = lies == zoning.names_now(db, record, marked & own)
        else:  # it lies where it did when it was current: with its mark, and what a file then held
            more = lies - names(record) - own
            is_file = isinstance(record, StoredFile)
            right = names(record) <= lies and (is_file or not more)
        if not right or kind != nature(record):
            where = f"of entry {version.entry} lies in another zone"
            yield Fault(f"{record.KIND} {record.id}", where)


def _names_of_zones(db: Database) -> dict[int, frozenset[Name]]:
    rows = db.rows("SELECT zone, kind, id FROM zone_name ORDER BY zone")
    return {
        zone: frozenset((kind, id) for _, kind, id in some)
        for zone, some in groupby(rows, key=itemgetter(0))
    }


# --- Where zones lead to, and what follows from it ---


def _nodes(db: Database, reach: _Reach) -> Iterator[Fault]:
    """Where current records lie, for those that zones name; others may be listed too."""
    kept = set(db.rows("SELECT kind, id, zone FROM node"))
    named: set[Row] = {(*name, zone) for name, zones in reach.zones_of.items() for zone in zones}
    others = {row for row in kept - named if (row[0], row[1]) not in reach.zones_of}
    yield from _compared("node", named, kept - (others & reach.lies))


class _Reach:
    """What zones lead to, worked out from their names and the current records these stand for."""

    def __init__(self, db: Database) -> None:
        self.named = _names_of_zones(db)
        wanted = {name for some in self.named.values() for name in some}
        self.zones_of: dict[Name, set[int]] = defaultdict(set)
        self.lies: set[Row] = set()
        for kind, id, zone in db.rows("SELECT kind, id, zone FROM record WHERE current = 1"):
            name = ("item" if kind in ITEMS else kind, id)
            self.lies.add((*name, zone))
            if name in wanted:
                self.zones_of[name].add(zone)
        self.marked: dict[Name, set[str]] = defaultdict(set)
        for kind, id, sensitivity in db.rows(_MARKED):
            self.marked[kind, id].add(sensitivity)
        self.staff = {one for (one,) in db.rows("SELECT one FROM tie WHERE what = 'staff'")}
        self._reached: dict[int, frozenset[Name]] = {}

    def of(self, zone: int) -> frozenset[Name]:
        """Every name that a zone leads to: its own, and those of the zones these stand in."""
        if zone not in self._reached:
            found: set[Name] = set()
            seen, ahead = {zone}, [zone]
            while ahead:
                fresh = self.named.get(ahead.pop(), frozenset()) - found
                found |= fresh
                for name in fresh:
                    further = self.zones_of.get(name, set()) - seen
                    seen |= further
                    ahead += further
            self._reached[zone] = frozenset(found)
        return self._reached[zone]

    def reached(self, zone: int) -> set[Row]:
        return {(zone, *name) for name in self.of(zone)}

    def leaves(self, zone: int) -> set[Row]:
        """Items from which nothing else in the zone was made, their cases, and their origins."""
        items = _ids(self.of(zone), "item")
        origins = {item: self._origins(item) for item in items}
        found: set[Row] = set()
        for leaf in items:
            if any(leaf in origins[other] for other in items - {leaf}):
                continue
            places = [self.of(each) for each in self.zones_of.get(("item", leaf), ())]
            for lies in places or [frozenset[Name]()]:
                cases, ups = _ids(lies, "case") or {""}, _ids(lies, "item") or {leaf}
                found |= {(zone, leaf, case, up) for case, up in product(cases, ups)}
        return found

    def _origins(self, item: str) -> set[str]:
        zones = self.zones_of.get(("item", item), set())
        return {up for zone in zones for up in _ids(self.of(zone), "item")}

    def classes(self, zone: int) -> set[Row]:
        reached = self.of(zone)
        found = _ids(reached, "class") | {c for name in reached for c in self.marked.get(name, ())}
        if _ids(reached, "compared") & self.staff:
            found.add("staff")
        return {(zone, sensitivity) for sensitivity in found}

    def counts(self, zone: int) -> set[Row]:
        """How many cases a grant must cover, or else items; and people, where there are none."""
        reached = self.of(zone)
        cases, people = len(_ids(reached, "case")), len(_ids(reached, "person"))
        needs = cases or int(bool(self.leaves(zone)))
        return {(zone, needs, 0 if cases else people)}


_MARKED = """
    SELECT kind, id, class FROM marking WHERE lifted = 0 AND NOT EXISTS (
        SELECT 1 FROM marking later WHERE later.kind = marking.kind AND later.id = marking.id
        AND later.class = marking.class AND later.lifted = 1 AND later.at > marking.at)"""
_DERIVED = {
    "zone_reach": ("zone, kind, id", _Reach.reached),
    "zone_leaf": ("zone, item_id, case_id, up", _Reach.leaves),
    "zone_class": ("zone, class", _Reach.classes),
    "zone": ("zone, needs, people", _Reach.counts),
}


def _ids(some: Iterable[Name], kind: str) -> set[str]:
    return {id for each, id in some if each == kind}
