"""The tables that find records again: time, items, people, and the cases a record belongs to.

All of it follows from the entries, and `check` compares it with them. A record belongs to the cases
it names and to those of the exhibits and samples it names; when an exhibit arrives after its
events, their cases are added then. Not here: who may see what (`grants`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from reopen.records.base import Record
from reopen.records.cases import Exhibit, Sample
from reopen.records.kinds import Named, named
from reopen.records.plain import Plain
from reopen.records.times import Interval
from reopen.store.database import Database, in_parts, marks

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Placed:
    """A record with the entry that holds it, as a value and in plain values."""

    entry: int
    record: Record
    plain: Mapping[str, Plain]


Projection = Callable[[Database, Sequence[Placed]], None]
PROJECTIONS: dict[str, Projection] = {}
"""Kind -> what else to write when current records of it come in (grants, markings)."""
TABLES = ["item", "record_item", "record_person", "record_case"]
"""Tables with a column `entry` that point at `record`: expunging empties them first."""


def microseconds(moment: datetime | None) -> int | None:
    """Since 1970 in UTC, as the tables keep times."""
    return None if moment is None else (moment - _EPOCH) // _MICROSECOND


def moment(microseconds: int) -> datetime:
    """The moment that the tables keep as this number."""
    return _EPOCH + microseconds * _MICROSECOND


def times(record: Record) -> tuple[int | None, int | None]:
    """The earliest and latest moment of a record's `at`, as the tables keep them."""
    at = getattr(record, "at", None)
    if not isinstance(at, Interval):
        return None, None
    return microseconds(at.earliest), microseconds(at.latest)


def add(db: Database, placed: Sequence[Placed]) -> None:
    """Index new records, whose rows of `record` are there; entries without gaps, in order."""
    every = [(each.entry, named(each.record.KIND, each.plain)) for each in placed]
    for table, columns, rows in rows_of(every):
        db.insert(table, columns, rows)
    items = [each for each in placed if isinstance(each.record, Exhibit | Sample)]
    if items:
        _place_items(db, items)
    _inherit(db, "ri.entry BETWEEN ? AND ?", (placed[0].entry, placed[-1].entry))
    _project(db, placed)


def rows_of(
    every: Sequence[tuple[int, Named]],
) -> Iterator[tuple[str, tuple[str, ...], list[tuple[int | str, ...]]]]:
    """Table, columns and rows for what entries name, in the order of their keys."""
    items = [(entry, id) for entry, it in every for id in _in_order(it.items)]
    yield "record_item", ("entry", "item_id"), list(items)
    people = [(entry, id) for entry, it in every for id in _in_order(it.people)]
    yield "record_person", ("entry", "person_id"), list(people)
    cases = [(entry, id, "") for entry, it in every for id in _in_order(it.cases)]
    yield "record_case", ("entry", "case_id", "via"), list(cases)


def _in_order(names: tuple[str, ...]) -> Sequence[str]:
    return names if len(names) < 2 else sorted(set(names))


def remove(db: Database, entries: Iterable[int]) -> None:
    """Take expunged entries out of every index."""
    for part in in_parts(entries):
        these = marks(part)
        items = [
            id for (id,) in db.rows(f"SELECT item_id FROM item WHERE entry IN ({these})", part)
        ]
        for table in TABLES:
            db.execute(f"DELETE FROM {table} WHERE entry IN ({these})", part)
        db.execute(f"DELETE FROM record WHERE entry IN ({these})", part)
        _resolve(db, items)


def item_row(record: Exhibit | Sample) -> tuple[str, str | None, str | None]:
    """Id, own case and parent of an exhibit or sample; '' counts as none."""
    exhibit = record.exhibit if isinstance(record, Sample) else None
    return record.id, record.case or None, record.parent or exhibit or None


def _place_items(db: Database, placed: Sequence[Placed]) -> None:
    ids = list(dict.fromkeys(each.record.id for each in placed))
    for part in in_parts(ids):
        # the version before is no longer the item's definition
        db.execute(
            f"DELETE FROM item WHERE item_id IN ({marks(part)})"
            " AND EXISTS (SELECT 1 FROM record WHERE record.entry = item.entry AND current = 0)",
            part,
        )
    latest = {each.record.ref: each for each in placed}
    db.insert(
        "item",
        ("entry", "item_id", "case_id", "parent"),
        (
            (each.entry, *item_row(each.record))
            for each in latest.values()
            if isinstance(each.record, Exhibit | Sample)
        ),
    )
    _resolve(db, ids)


def _resolve(db: Database, ids: Sequence[str]) -> None:
    """Find anew the cases of these items, of all taken from them, and of the records naming any."""
    for part in in_parts(_with_descendants(db, ids)):
        these = marks(part)
        db.execute(f"DELETE FROM item_case WHERE item_id IN ({these})", part)
        db.execute(
            f"INSERT INTO item_case (item_id, case_id) {cases_of_items(f'item_id IN ({these})')}",
            part,
        )
        db.execute(f"DELETE FROM record_case WHERE via IN ({these})", part)
        _inherit(db, f"ri.item_id IN ({these})", part)


def _with_descendants(db: Database, ids: Sequence[str]) -> list[str]:
    found = dict.fromkeys(ids)
    new = list(found)
    while new:
        children: list[str] = []
        for part in in_parts(new):
            rows = db.rows(f"SELECT item_id FROM item WHERE parent IN ({marks(part)})", part)
            children += [id for (id,) in rows]
        new = [id for id in dict.fromkeys(children) if id not in found]
        found.update(dict.fromkeys(new))
    return list(found)


def cases_of_items(which: str) -> str:
    """SQL for (item_id, case_id) of the items that `which` selects: an item's own case, else that
    of the nearest parent that has one. Parents in a circle have none."""
    return (
        "WITH RECURSIVE up (item_id, at_item) AS ("
        f"SELECT item_id, item_id FROM item WHERE {which}"
        " UNION SELECT up.item_id, item.parent FROM up JOIN item ON item.item_id = up.at_item"
        " WHERE item.case_id IS NULL AND item.parent IS NOT NULL)"
        " SELECT DISTINCT up.item_id, item.case_id FROM up"
        " JOIN item ON item.item_id = up.at_item WHERE item.case_id IS NOT NULL"
    )


def _inherit(db: Database, which: str, parameters: Sequence[int | str]) -> None:
    db.execute(
        "INSERT INTO record_case (entry, case_id, via)"
        " SELECT ri.entry, ic.case_id, ri.item_id FROM record_item ri"
        f" JOIN item_case ic ON ic.item_id = ri.item_id WHERE {which}"
        " ON CONFLICT (entry, case_id, via) DO NOTHING",
        parameters,
    )


def _project(db: Database, placed: Sequence[Placed]) -> None:
    of_kind: dict[str, list[Placed]] = {}
    for each in placed:
        if each.record.KIND in PROJECTIONS:
            of_kind.setdefault(each.record.KIND, []).append(each)
    for kind, some in of_kind.items():
        PROJECTIONS[kind](db, some)
