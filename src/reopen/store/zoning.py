"""Zones: records that name the same lie together, so that who may see them is asked once.

A zone's names lead on to others: a sample to its exhibit, an exhibit to its case, a finding to its
records. What they lead to is kept and renewed whenever a named record comes or changes, so that
the order of imports does not matter. Not here: what a record names (`naming`), who may see it
(`grants`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

from reopen.ledger.canonical import canonical
from reopen.records.base import Record, Ref
from reopen.records.kinds import KINDS
from reopen.records.stored import StoredFile
from reopen.store import held, recusal, ties
from reopen.store.database import Database, in_parts, marks
from reopen.store.index import Placed
from reopen.store.naming import ITEMS, Name, names, nature, node

_PLAIN_NODES = ("case", "person", "item", "compared")
"""Names that are their own: what they stand for names itself already, or is no record."""


def assign(db: Database, records: Sequence[Record]) -> list[int]:
    """The zone of each record, for its row; new zones are made."""
    marked = _marked(db, {record.KIND for record in records})
    named = [(nature(record), names_now(db, record, marked)) for record in records]
    key_of = {each: zone_key(*each) for each in set(named)}
    keys = [key_of[each] for each in named]
    known = _known(db, keys)
    first = _next(db)
    fresh: dict[str, tuple[str, frozenset[Name]]] = {}
    for key, each in zip(keys, named, strict=True):
        if key not in known:
            known[key] = first + len(fresh)
            fresh[key] = each
    db.insert(
        "zone",
        ("zone", "key", "nature", "needs", "people"),
        ((known[key], key, nature, 0, 0) for key, (nature, _) in fresh.items()),
    )
    db.insert(
        "zone_name",
        ("zone", "kind", "id"),
        ((known[key], *name) for key, (_, some) in fresh.items() for name in sorted(some)),
    )
    return [known[key] for key in keys]


def settle(db: Database, placed: Sequence[Placed]) -> None:
    """Follow up records that have just been indexed: where zones lead to, and who is recused."""
    if not placed:
        return
    records = [each.record for each in placed]
    touched = ties.keep(db, placed)
    _rezone(db, touched)
    _renew(db, [*(node(record.ref) for record in records), *touched], _zones(db, placed))
    recusal.renew(db, {record.KIND for record in records})


def remove(db: Database, entries: Sequence[int], records: Sequence[Record]) -> None:
    """Forget expunged records, whose rows are gone."""
    touched = ties.forget(db, entries)
    _rezone(db, touched)
    _renew(db, [*(node(record.ref) for record in records), *touched], [])
    recusal.renew(db, {record.KIND for record in records})


def names_now(db: Database, record: Record, marked: set[Name]) -> frozenset[Name]:
    """A marked record names itself, to have its classes; a file names what is in it."""
    own = {node(record.ref)} & marked
    if isinstance(record, StoredFile):
        return names(record) | own | ties.held_in(db, record.id)
    return names(record) | own


def _marked(db: Database, kinds: Iterable[str]) -> set[Name]:
    return {
        (kind, id)
        for wanted in sorted(kinds)
        if wanted not in _PLAIN_NODES and wanted not in ITEMS
        for kind, id in db.rows("SELECT DISTINCT kind, id FROM marking WHERE kind = ?", (wanted,))
    }


def zone_key(nature: str, some: frozenset[Name]) -> str:
    """What a zone is known by: the same names give the same key."""
    return sha256(canonical([nature, [list(name) for name in sorted(some)]])).hexdigest()


def _known(db: Database, keys: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in in_parts(dict.fromkeys(keys)):
        found.update(db.rows(f"SELECT key, zone FROM zone WHERE key IN ({marks(part)})", part))
    return found


def _next(db: Database) -> int:
    row = db.one("SELECT COALESCE(MAX(zone), 0) + 1 FROM zone")
    assert row is not None
    return int(row[0])


def _zones(db: Database, placed: Sequence[Placed]) -> list[int]:
    """Zones of these records that do not lead anywhere yet."""
    rows = db.rows(
        "SELECT DISTINCT record.zone FROM record WHERE entry BETWEEN ? AND ? AND NOT EXISTS"
        " (SELECT 1 FROM zone_reach reached WHERE reached.zone = record.zone)",
        (min(each.entry for each in placed), max(each.entry for each in placed)),
    )
    return [zone for (zone,) in rows]


def _rezone(db: Database, touched: Iterable[Name]) -> None:
    """Marked records, and files of new profiles, name something else than they did."""
    for kind, id in sorted(touched):
        if kind in _PLAIN_NODES or kind not in KINDS:
            continue
        version = held.get(db, held.EVERYTHING, Ref(kind, id))
        if version is None:
            continue
        (zone,) = assign(db, [version.record])
        where = " WHERE entry = ? AND zone <> ?"
        if db.execute("UPDATE record SET zone = ?" + where, (zone, version.entry, zone)):
            _renew(db, [], [zone])


def _renew(db: Database, changed: Sequence[Name], fresh: Sequence[int]) -> None:
    """Find anew where zones lead to: `fresh` ones, and those that reach a changed record."""
    zones = dict.fromkeys(fresh)
    by_kind: dict[str, list[str]] = {}
    for kind, id in dict.fromkeys(changed):
        by_kind.setdefault(kind, []).append(id)
    for kind, ids in by_kind.items():
        if db.one("SELECT 1 FROM zone_name WHERE kind = ? LIMIT 1", (kind,)) is None:
            continue  # nothing names records of this kind
        for some in in_parts(ids):
            _place_nodes(db, kind, some)
            sql = f"SELECT DISTINCT zone FROM zone_reach WHERE kind = ? AND id IN ({marks(some)})"
            zones.update((zone, None) for (zone,) in db.rows(sql, (kind, *some)))
    for part in in_parts(fresh):
        _place_named(db, part)
    for step in (_reach, _leaves, _classes, _count):
        for part in in_parts(zones):
            step(db, part, marks(part))


def _place_nodes(db: Database, kind: str, ids: Sequence[str]) -> None:
    these = marks(ids)
    db.execute(f"DELETE FROM node WHERE kind = ? AND id IN ({these})", (kind, *ids))
    kinds = ITEMS if kind == "item" else (kind,)
    db.execute(
        "INSERT INTO node (kind, id, zone) SELECT DISTINCT CAST(? AS TEXT), id, zone FROM record"
        f" WHERE kind IN ({marks(kinds)}) AND current = 1 AND id IN ({these})",
        (kind, *kinds, *ids),
    )


def _place_named(db: Database, zones: Sequence[int]) -> None:
    rows = db.rows(f"SELECT DISTINCT kind, id FROM zone_name WHERE zone IN ({marks(zones)})", zones)
    by_kind: dict[str, list[str]] = {}
    for kind, id in rows:
        by_kind.setdefault(kind, []).append(id)
    for kind, ids in by_kind.items():
        for part in in_parts(ids):
            _place_nodes(db, kind, part)


def _reach(db: Database, zones: Sequence[int], these: str) -> None:
    db.execute(f"DELETE FROM zone_reach WHERE zone IN ({these})", zones)
    db.execute(
        "INSERT INTO zone_reach (zone, kind, id) WITH RECURSIVE reach (zone, kind, id) AS ("
        f"SELECT zone, kind, id FROM zone_name WHERE zone IN ({these})"
        " UNION SELECT reach.zone, named.kind, named.id FROM reach"
        " JOIN node ON node.kind = reach.kind AND node.id = reach.id"
        " JOIN zone_name named ON named.zone = node.zone)"
        " SELECT zone, kind, id FROM reach",
        zones,
    )


def _leaves(db: Database, zones: Sequence[int], these: str) -> None:
    db.execute(f"DELETE FROM zone_leaf WHERE zone IN ({these})", zones)
    db.execute(
        "INSERT INTO zone_leaf (zone, item_id, case_id, up)"
        " SELECT DISTINCT leaf.zone, leaf.id, COALESCE(lies.id, ''), COALESCE(up.id, leaf.id)"
        " FROM zone_reach leaf LEFT JOIN node ON node.kind = 'item' AND node.id = leaf.id"
        " LEFT JOIN zone_reach lies ON lies.zone = node.zone AND lies.kind = 'case'"
        " LEFT JOIN zone_reach up ON up.zone = node.zone AND up.kind = 'item'"
        f" WHERE leaf.zone IN ({these}) AND leaf.kind = 'item' AND NOT EXISTS ("
        "SELECT 1 FROM zone_reach other CROSS JOIN node made CROSS JOIN zone_reach origin"
        " WHERE other.zone = leaf.zone AND other.kind = 'item' AND other.id <> leaf.id"
        " AND made.kind = 'item' AND made.id = other.id"
        " AND origin.zone = made.zone AND origin.kind = 'item' AND origin.id = leaf.id)",
        zones,
    )


def _classes(db: Database, zones: Sequence[int], these: str) -> None:
    db.execute(f"DELETE FROM zone_class WHERE zone IN ({these})", zones)
    db.execute(
        "INSERT INTO zone_class (zone, class)"
        f" SELECT zone, id FROM zone_reach WHERE kind = 'class' AND zone IN ({these})"
        " UNION SELECT reached.zone, marking.class FROM zone_reach reached"
        " JOIN marking ON marking.kind = reached.kind AND marking.id = reached.id"
        f" WHERE reached.zone IN ({these}) AND marking.lifted = 0 AND NOT EXISTS ("
        "SELECT 1 FROM marking later WHERE later.kind = marking.kind AND later.id = marking.id"
        " AND later.class = marking.class AND later.lifted = 1 AND later.at > marking.at)"
        " UNION SELECT reached.zone, 'staff' FROM zone_reach reached"
        " JOIN tie ON tie.what = 'staff' AND tie.one = reached.id"
        f" WHERE reached.kind = 'compared' AND reached.zone IN ({these})",
        (*zones, *zones, *zones),
    )


def _count(db: Database, zones: Sequence[int], these: str) -> None:
    cases = "SELECT COUNT(*) FROM zone_reach WHERE zone_reach.zone = zone.zone AND kind = 'case'"
    leaves = "SELECT 1 FROM zone_leaf WHERE zone_leaf.zone = zone.zone"
    people = "SELECT COUNT(*) FROM zone_reach WHERE zone_reach.zone = zone.zone AND kind = 'person'"
    db.execute(
        f"UPDATE zone SET needs = CASE WHEN ({cases}) > 0 THEN ({cases})"
        f" WHEN EXISTS ({leaves}) THEN 1 ELSE 0 END,"
        f" people = CASE WHEN ({cases}) > 0 THEN 0 ELSE ({people}) END WHERE zone IN ({these})",
        zones,
    )
