"""Tables of the records that a unit keeps: cases, people, exhibits, custody events, results.

One table holds one kind of record (`case_kinds`), one row each; columns are the record's fields
(`docs/fields.md`). Tables of cases, people, places and things may have further columns, which
become statements. Every row is taken whole or refused with its line, field and reason.
Not for: profiles, pedigrees, kits (`profiles`, `kinship`, `kits`); writing (`case_tables_writer`);
what a unit holds already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reopen.errors import InvalidRecord, ReopenError, UnknownName, UnreadableFile, Where
from reopen.formats._tables import read_bytes
from reopen.formats.case_columns import RECORD, Layout, layout_of
from reopen.formats.case_kinds import kind_called, kind_of_file, plain_title
from reopen.formats.case_statements import statements_of
from reopen.formats.samples import reason
from reopen.formats.text import Table, read_table
from reopen.records import Frozen, NotWeighed
from reopen.records.base import Record, Ref
from reopen.records.kinds import KINDS
from reopen.records.plain import field_types

NO_COLUMNS: Mapping[str, str] = Frozen()
_OF_ONE_ROW = frozenset({"source", "note"})


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that was read: its record, and in tables of subjects the statements on it."""

    line: int
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not: its cells as they stood, and why."""

    line: int
    cells: tuple[str, ...]
    why: NotWeighed


@dataclass(frozen=True, slots=True)
class CaseTable:
    """A table of one kind of record, its rows read anew at each pass.

    fields      of the record that the table has columns for; what it has no column for, it says
                nothing about
    statements  fields that statements are made from
    notices     what was understood in a way the user may want to know
    """

    file: str
    sha256: str
    kind: type[Record]
    fields: tuple[str, ...]
    statements: tuple[str, ...]
    header: tuple[str, ...]
    notices: tuple[str, ...]
    _table: Table
    _layout: Layout
    _repeated: Mapping[str, tuple[tuple[int, tuple[str, ...]], ...]]

    def rows(self) -> Iterator[Taken | Refused]:
        """Every row, taken or refused. Raises UnreadableFile for a quote that is never closed."""
        for line, cells in self._table.rows():
            try:
                yield Taken(line, self._records(line, cells))
            except ReopenError as error:
                place = error.where or Where(self.file, line)
                what = f"{self.kind.KIND} {_id(self._layout, cells)}".strip()
                yield Refused(line, tuple(cells), NotWeighed(what, reason(error), place))

    def _records(self, line: int, cells: list[str]) -> tuple[Record, ...]:
        layout, where = self._layout, Where(self.file, line)
        _fit(layout, cells, where)
        id = _id(layout, cells)
        own: Sequence[str] = cells
        if id in self._repeated:
            own = _together(layout, self._repeated[id], cells, where)
        record = _record(layout, id, own, where)
        if not layout.statements:
            return (record,)
        subject = Ref(self.kind.KIND, id)
        return (record, *statements_of(layout.statements, layout.shared, subject, cells, where))


def read_case_table(path: str | Path, *, kind: str = "") -> CaseTable:
    """The table of records in a file. kind: of its records, where neither the file's name nor a
    column `record_kind` says.

    Raises UnreadableFile where the file cannot be opened, is no table, or has a column that is no
    field; UnknownName where its kind is not known.
    """
    return parse_case_table(Path(path).name, read_bytes(path), kind=kind)


def parse_case_table(
    file: str, data: bytes, *, kind: str = "", columns: Mapping[str, str] = NO_COLUMNS
) -> CaseTable:
    """As `read_case_table`, from bytes that are at hand.

    file     the name used in messages
    columns  which field a column is, by its title as it stands; '' to leave the column out
    """
    given = read_table(file, data)
    renamed = tuple(columns.get(title) or title for title in given.header)
    left_out = {i for i, title in enumerate(given.header) if columns.get(title) == ""}
    table = replace(given, header=renamed)
    of = _kind(table, kind)
    layout = layout_of(table, of, left_out)
    _refuse_empty(table)
    repeated, same = _repeated(table, layout)
    fields, told = layout.field_names, tuple(column.field for column in layout.statements)
    notices = [*table.notices]
    if left_out:
        names = ", ".join(given.header[i] for i in sorted(left_out))
        notices.append(f"Columns left out: {names}.")
    if told:
        notices.append(f"Columns read as statements: {', '.join(told)}.")
    if layout.id is None:
        notices.append("No column id: each row's id is made from its content.")
    if same:
        notices.append(f"{same} rows repeat another row word for word.")
    return CaseTable(
        file, table.sha256, of, fields, told, given.header, tuple(notices), table, layout, repeated
    )


def is_case_table(file: str, data: bytes, *, kind: str = "") -> bool:
    """Whether a file says that it is a table of records: by its columns, its name, or the user."""
    try:
        table = read_table(file, data)
        of = _kind(table, kind)
    except ReopenError:
        return False
    titles = {plain_title(title) for title in table.header}
    required = {field.name for field in field_types(of) if field.required}
    return bool({"id", RECORD} & titles) or (required - {"id"} <= titles and required != {"id"})


def _kind(table: Table, given: str) -> type[Record]:
    found = kind_called(given) if given else _kind_told(table)
    if found is None:
        raise UnknownName(
            f"{given!r} is no kind of record."
            if given
            else "Neither the file's name nor a column 'record_kind' says what the rows are.",
            rule="Kinds are: " + ", ".join(sorted(KINDS)) + ".",
            way_on="Name the file after its kind (exhibits.csv), or add a column 'record_kind'.",
            where=Where(table.file),
        )
    return found


def _kind_told(table: Table) -> type[Record] | None:
    titles = [plain_title(title) for title in table.header]
    if RECORD not in titles:
        return kind_of_file(table.file)
    at = titles.index(RECORD)
    first = next((cells for _, cells in table.rows()), [])
    return kind_called(first[at]) if len(first) > at else None


def _refuse_empty(table: Table) -> None:
    if next(table.rows(), None) is None:
        raise UnreadableFile(
            "The table has a header and no rows.",
            rule="A table has one row at least: an export that failed looks like this.",
            way_on="Check that the export is complete.",
            where=Where(table.file, table.header_line),
        )


def _fit(layout: Layout, cells: list[str], where: Where) -> None:
    """Fill a short row up with empty cells; refuse a long one, and one of another kind."""
    width = len(layout.titles)
    extra = [*cells[width:], *(cells[at] for at in layout.untitled if at < len(cells))]
    if any(extra):
        raise InvalidRecord(
            f"The row has cells without a title: {', '.join(filter(None, extra))}.",
            rule="Each cell stands below the title of its column.",
            way_on="Correct the row; text with a separator in it needs quotation marks.",
            where=where,
        )
    del cells[width:]
    cells.extend([""] * (width - len(cells)))
    if layout.record is not None and kind_called(cells[layout.record]) is not layout.kind:
        raise InvalidRecord(
            f"{cells[layout.record]!r} in a table of {layout.kind.KIND}.",
            rule="A table holds one kind of record.",
            way_on="Put the row into a table of its own kind.",
            where=Where(where.file, where.line, RECORD),
        )


def _id(layout: Layout, cells: Sequence[str]) -> str:
    """The id in a row; made of the row's content where the table has no such column."""
    if layout.id is not None:
        return cells[layout.id] if layout.id < len(cells) else ""
    said = [f"{field.name}={cells[at]}" for at, field, _ in layout.fields if at < len(cells)]
    return hashlib.sha256("\x1f".join(sorted(said)).encode()).hexdigest()[:16]


def _record(layout: Layout, id: str, cells: Sequence[str], where: Where) -> Record:
    given: dict[str, object] = {}
    for position, field, read in layout.fields:
        text = cells[position]
        try:
            if text:
                given[field.name] = read(text)
            elif field.required:
                raise InvalidRecord(
                    f"{field.name} is empty.",
                    rule=f"Every {layout.kind.KIND.replace('_', ' ')} has: "
                    f"{', '.join(layout.required)}.",
                    way_on="Give it, or leave the row out.",
                )
        except ReopenError as error:
            raise error.at(Where(where.file, where.line, field.name)) from None
    given["id"] = id
    made: Record = layout.kind(**given, where=where)  # type: ignore[arg-type]
    return made


def _repeated(
    table: Table, layout: Layout
) -> tuple[dict[str, tuple[tuple[int, tuple[str, ...]], ...]], int]:
    """Ids that stand more than once with different content: id -> lines and cells; and how many
    rows repeat another word for word."""
    seen: set[str] = set()
    twice: set[str] = set()
    for _, cells in table.rows():
        id = _id(layout, cells)
        (twice if id in seen else seen).add(id)
    if not twice:
        return {}, 0
    found: dict[str, dict[tuple[str, ...], int]] = {}
    same = 0
    for line, cells in table.rows():
        id = _id(layout, cells)
        if id in twice:
            rows = found.setdefault(id, {})
            same += tuple(cells) in rows
            rows.setdefault(tuple(cells), line)
    several = {
        id: tuple((line, cells) for cells, line in rows.items())
        for id, rows in found.items()
        if len(rows) > 1
    }
    return several, same


def _together(
    layout: Layout,
    rows: Sequence[tuple[int, tuple[str, ...]]],
    cells: Sequence[str],
    where: Where,
) -> list[str]:
    """The record's cells from all rows of its id: in a table of subjects, several people may speak
    of one. Raises InvalidRecord where they contradict each other in what the record itself says."""
    width = len(layout.titles)
    padded = [(line, [*row, *[""] * width][:width]) for line, row in rows]
    together = list(padded[0][1])
    for position, field, _ in layout.fields:
        if field.name in _OF_ONE_ROW and layout.of_subjects:
            continue
        said = {row[position]: line for line, row in reversed(padded) if row[position]}
        if len(said) > 1 or (not layout.of_subjects and len({r[position] for _, r in padded}) > 1):
            other = next((line for line, row in padded if row[position] != cells[position]), None)
            raise InvalidRecord(
                f"This row contradicts line {other}.",
                rule="A record stands once in a table; which row is right cannot be known.",
                way_on="None of them was taken. Keep one row, or give each its own id.",
                where=Where(where.file, where.line, field.name),
            )
        together[position] = next(iter(said), "")
    return together
