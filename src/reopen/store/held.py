"""Reading what a unit holds, through a filter that every query must be given.

For the rooms of the store itself. Everybody else reads through a `Reader`, which has an actor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from operator import itemgetter

from reopen.records.base import Ref
from reopen.store.body import Version, must_be, read_body, read_fields
from reopen.store.database import Database, Row, Value, in_parts, marks

__all__ = [
    "EVERYTHING",
    "Asked",
    "Filter",
    "Version",
    "count",
    "fields",
    "get",
    "get_all",
    "lacking",
    "look_through",
    "select",
    "versions",
]

PAGE = 2000


@dataclass(frozen=True, slots=True)
class Filter:
    """A condition in SQL on the table `record`, with the values of its `?`.

    start  the tables to start from, narrowest first; the last is `record`
    """

    sql: str
    parameters: tuple[Value, ...] = ()
    start: str = "record"


EVERYTHING = Filter("1 = 1")
"""For the writer, the checks and the backup, which look at no record for anybody."""


_COLUMNS = "record.entry, record.kind, record.id, record.current, entry.body"
_ENTRY = "JOIN entry ON entry.idx = record.entry"


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records: of a kind, of a case, naming an item or a person; current versions only, or
    all. What is None is not asked about. having: with any of these bytes in their entry's."""

    kind: str | None = None
    case: str | None = None
    item: str | None = None
    person: str | None = None
    current: bool = True
    having: Sequence[bytes] = ()

    def where(self, visible: Filter) -> Filter:
        """This and the filter, as one condition."""
        parts, values = [f"({visible.sql})"], list(visible.parameters)
        if self.kind is not None:
            parts.append("record.kind = ?")
            values.append(self.kind)
        if self.current:
            parts.append("record.current = 1")
        start = visible.start
        for table, column, value in (
            ("record_case", "case_id", self.case),
            ("record_item", "item_id", self.item),
            ("record_person", "person_id", self.person),
        ):
            if value is None:
                continue
            if start == "record" and table != "record_case":  # few name it: begin there
                start = f"{table} CROSS JOIN record"
                parts.append(f"{table}.{column} = ? AND record.entry = {table}.entry")
            else:
                parts.append(f"record.entry IN (SELECT entry FROM {table} WHERE {column} = ?)")
            values.append(value)
        return Filter(" AND ".join(parts), tuple(values), start)


def select(
    db: Database,
    visible: Filter,
    asked: Asked,
    *,
    after: int | None = None,
    limit: int | None = None,
) -> Iterator[Version]:
    """Records in the order they were entered, beginning behind the entry `after`.

    Asked for page by page, so that a unit of any size fits; for one moment of the unit, call it
    inside `db.reading()`.
    """
    rows = chain.from_iterable(_pages(db, visible, asked, after=after, limit=limit))
    return map(partial(_version, db), rows)


def look_through(
    db: Database,
    visible: Filter,
    asked: Asked,
    words: Sequence[str],
    *,
    after: int | None = None,
    limit: int | None = None,
) -> Iterator[tuple[int, Version | None]]:
    """The same, each with its entry; None in the place of a record whose bytes do not have all of
    these words, in no capitals: it is not made, and no field of it has them either."""
    lacks = lacking(words)
    for rows in _pages(db, visible, asked, after=after, limit=limit):
        for row, none in zip(rows, lacks([row[4] for row in rows]), strict=True):
            yield row[0], None if none else _version(db, row)


def lacking(words: Sequence[str]) -> Callable[[Sequence[bytes]], Sequence[bool]]:
    """Which entries' bytes lack one of these words for certain: in plain ASCII a word stands in
    them as it stands in the field, capitals apart. What else may be meant is left to who asks."""
    plain = [
        word.encode() for word in words if word.isascii() and word.isprintable()
        and not {'"', "\\"} & {*word}
    ]  # fmt: skip

    def lacks(bodies: Sequence[bytes]) -> Sequence[bool]:
        has = [True] * len(bodies)
        whole = b"\n".join(bodies).lower() if plain else b""
        if whole.isascii() and any(word not in whole for word in plain):
            return [True] * len(bodies)  # no one has it: so it is with most words
        texts = [body.lower() for body in bodies] if plain else []
        for word in plain:
            has = [so_far and word in text for so_far, text in zip(has, texts, strict=True)]
        return [not each and body.isascii() for each, body in zip(has, bodies, strict=True)]

    return lacks


def _pages(
    db: Database, visible: Filter, asked: Asked, *, after: int | None, limit: int | None
) -> Iterator[Sequence[Row]]:
    where = asked.where(visible)
    holding = [db.holding.format(column="entry.body")] * len(asked.having)
    having = f" AND ({' OR '.join(holding)})" if holding else ""
    sql = (
        f"SELECT {_COLUMNS} FROM {where.start} {_ENTRY}"
        f" WHERE {where.sql}{having} AND record.entry > ?"
        " ORDER BY record.entry LIMIT ?"
    )
    last = -1 if after is None else after
    left = limit
    while left is None or left > 0:
        page = PAGE if left is None else min(PAGE, left)
        rows = db.rows(sql, (*where.parameters, *asked.having, last, page))
        yield rows
        if len(rows) < page:
            return
        last = rows[-1][0]
        left = None if left is None else left - page


def count(db: Database, visible: Filter, asked: Asked) -> int:
    """How many records `select` would give."""
    where = asked.where(visible)
    row = db.one(f"SELECT COUNT(*) FROM {where.start} WHERE {where.sql}", where.parameters)
    assert row is not None
    return int(row[0])


def get(db: Database, visible: Filter, ref: Ref) -> Version | None:
    """The current version of a record, if the unit has it and the filter lets it through."""
    return next(iter(get_all(db, visible, ref.kind, [ref.id])), None)


def get_all(db: Database, visible: Filter, kind: str, ids: Iterable[str]) -> Iterator[Version]:
    """The current versions of records of one kind by their ids; those not there are left out."""
    for part in in_parts(ids):
        where = f"record.kind = ? AND record.current = 1 AND record.id IN ({marks(part)})"
        yield from _these(db, visible, where, (kind, *part))


def fields(
    db: Database,
    visible: Filter,
    kind: str,
    names: Sequence[str],
    ids: Sequence[str] | None = None,
    words: Sequence[str] = (),
) -> Iterator[tuple[int, str, list[object] | None]]:
    """Entry, id and these fields, as they were entered, of current records of a kind; '' where one
    was not told. For lists of many that show little of each: no records are made, but where they
    are kept.

    ids    of these, at most as many as one statement takes; of all where None
    words  None in the place of fields that do not have all of them, as in `look_through`
    """
    lacks = lacking(words)
    some = "" if ids is None else f" AND record.id IN ({marks(ids)})"
    rows = db.rows(
        f"SELECT {_COLUMNS} FROM {visible.start} {_ENTRY}"
        f" WHERE ({visible.sql}) AND record.kind = ? AND record.current = 1{some}",
        (*visible.parameters, kind, *(ids or ())),
    )
    for row, none in zip(rows, lacks([row[4] for row in rows]), strict=True):
        yield row[0], row[2], None if none else _fields(db, row, names)


def _fields(db: Database, row: Row, names: Sequence[str]) -> list[object]:
    entry, kind, id, _, body = row
    if db.kept is None:
        return read_fields(entry, Ref(kind, id), body, names)
    record = _version(db, row).record
    return [getattr(record, name) for name in names]


def versions(db: Database, visible: Filter, ref: Ref) -> tuple[Version, ...]:
    """Every version of a record, the first one first."""
    return tuple(_these(db, visible, "record.kind = ? AND record.id = ?", (ref.kind, ref.id)))


def _these(db: Database, visible: Filter, where: str, values: Sequence[Value]) -> Iterator[Version]:
    sql = f"SELECT {_COLUMNS} FROM record {_ENTRY} WHERE ({visible.sql}) AND {where}"
    rows = db.rows(sql, (*visible.parameters, *values))  # sorted here, so that ids are looked up
    return map(partial(_version, db), sorted(rows, key=itemgetter(0)))


def _version(db: Database, row: Row) -> Version:
    entry, kind, id, current, body = row
    read = read_body if db.kept is None else db.kept.version
    version = read(entry, body, current=bool(current))
    record = version.record
    if id != record.id or kind != record.KIND:
        must_be(entry, record.ref, Ref(kind, id))
    return version
