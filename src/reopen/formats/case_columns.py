"""The header of a table of records: which column is which field, and what is no column at all.

Titles are those of the record's fields, in any order; case, blanks and hyphens do not matter.
Not here: cells (`case_cells`), rows (`case_tables`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from reopen.errors import UnreadableFile, Where
from reopen.formats.case_cells import Reader, reader_of
from reopen.formats.case_kinds import plain_title, plural
from reopen.formats.case_statements import OF_THE_ROW, PARTS, Column
from reopen.formats.text import Table
from reopen.records import Frozen
from reopen.records.base import Record
from reopen.records.fields import FIELDS
from reopen.records.plain import FieldType, field_types

RECORD = "record_kind"
"""The column that says which kind of record a row is, where the file's name does not."""
OF_A_REFUSAL = ("refused_line", "refused_field", "refused_because")
"""Columns of a list of refused rows: passed over when the corrected list is imported."""

NAMED_BY_OTHERS = frozenset({
    "case", "person", "place", "exhibit", "sample", "statement", "batch", "injection", "consumable",
    "method", "lab_result", "report", "concern", "corrective_action", "device", "actor", "grant",
    "finding", "file", "profile", "family", "run",
})  # fmt: skip
"""Kinds whose id other records may name: their tables have a column `id`. Rows of other kinds get
an id made from their content where they have none."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a table stand.

    fields       of the record: position, type, and what reads a cell
    required     fields that every row must give
    statements   columns that statements are made from, in tables of subjects
    shared       what a row says of all its statements, by position
    id, record   position of those columns, if any
    untitled     positions without a title: their cells have to be empty
    """

    kind: type[Record]
    titles: tuple[str, ...]
    fields: tuple[tuple[int, FieldType, Reader], ...]
    required: tuple[str, ...]
    statements: tuple[Column, ...]
    shared: Mapping[str, int]
    id: int | None
    record: int | None
    untitled: tuple[int, ...]

    @property
    def of_subjects(self) -> bool:
        return self.kind.KIND in FIELDS

    @property
    def field_names(self) -> tuple[str, ...]:
        return tuple(field.name for _, field, _ in self.fields)


def layout_of(table: Table, kind: type[Record], left_out: Collection[int] = ()) -> Layout:
    """The layout of a table of this kind. left_out: positions of columns that are not to be read.

    Raises UnreadableFile, with the column, for a title that stands twice or is no field, and for a
    field that has to be given and has no column.
    """
    titles = tuple(
        "" if i in left_out else plain_title(title) for i, title in enumerate(table.header)
    )
    at = _positions(table, titles)
    types = {field.name: field for field in field_types(kind)}
    own = tuple((at[name], field, reader_of(field)) for name, field in types.items() if name in at)
    rest = {
        title: position
        for title, position in at.items()
        if title not in types and title != RECORD and title not in OF_A_REFUSAL
    }
    required = tuple(name for name, field in types.items() if field.required)
    subjects = kind.KIND in FIELDS
    shared = {name: rest.pop(name) for name in OF_THE_ROW if subjects and name in rest}
    if "source" in at and subjects:
        shared["source"] = at["source"]
    statements = _statements(table, rest, types, kind) if subjects else ()
    if rest and not subjects:
        raise _no_field(table, next(iter(rest)), kind, tuple(types))
    _refuse_missing(table, required, at, kind)
    untitled = tuple(i for i, title in enumerate(titles) if not title and i not in left_out)
    return Layout(
        kind, titles, own, required, statements, Frozen(shared), at.get("id"), at.get(RECORD),
        untitled,
    )  # fmt: skip


def _positions(table: Table, titles: Sequence[str]) -> dict[str, int]:
    at: dict[str, int] = {}
    for position, title in enumerate(titles):
        if title in at:
            raise UnreadableFile(
                f"Column {title!r} is there twice.",
                rule="Each column has a name of its own.",
                way_on="Take one of the two columns out.",
                where=Where(table.file, table.header_line, title),
            )
        if title:
            at[title] = position
    return at


def _statements(
    table: Table, rest: Mapping[str, int], types: Mapping[str, FieldType], kind: type[Record]
) -> tuple[Column, ...]:
    values = {title: position for title, position in rest.items() if ":" not in title}
    parts: dict[str, dict[str, int]] = {title: {} for title in values}
    for title, position in rest.items():
        field, colon, part = (word.strip("_") for word in title.partition(":"))
        if not colon:
            _refuse_slip(table, title, types, kind)
        elif field not in values or part not in PARTS:
            raise UnreadableFile(
                f"Column {title!r} belongs to no column.",
                rule="Beside a column `hair` may stand "
                + ", ".join(f"hair:{part}" for part in PARTS)
                + ".",
                way_on=f"Name the column of values {field!r}, or correct the part.",
                where=Where(table.file, table.header_line, title),
            )
        else:
            parts[field][part] = position
    return tuple(Column(name, at, Frozen(parts[name])) for name, at in values.items())


def _refuse_slip(
    table: Table, title: str, types: Mapping[str, FieldType], kind: type[Record]
) -> None:
    """Refuse a title that is nearly a field: a slip of the pen must not become another field."""
    known = (*types, *OF_THE_ROW, *FIELDS[kind.KIND])
    if title not in known and (near := get_close_matches(title, known, 1, cutoff=0.8)):
        raise UnreadableFile(
            f"Column {title!r} is nearly {near[0]!r}.",
            rule="A column of another name becomes a field of its own.",
            way_on=f"Write {near[0]!r}, or choose a name that cannot be taken for it.",
            where=Where(table.file, table.header_line, title),
        )


def _no_field(
    table: Table, title: str, kind: type[Record], known: tuple[str, ...]
) -> UnreadableFile:
    near = get_close_matches(title, known, 1)
    return UnreadableFile(
        f"Column {title!r} is no field of a {_words(kind)}.",
        rule=f"Its fields are: {', '.join(known)}.",
        way_on=f"Did you mean {near[0]!r}?" if near else "Rename the column, or take it out.",
        where=Where(table.file, table.header_line, title),
    )


def _refuse_missing(
    table: Table, required: Sequence[str], at: Mapping[str, int], kind: type[Record]
) -> None:
    for name in required:
        if name not in at and (name != "id" or kind.KIND in NAMED_BY_OTHERS):
            raise UnreadableFile(
                f"No column {name!r}; there are {', '.join(filter(None, table.header))}.",
                rule=f"Every {_words(kind)} has: {', '.join(required)}.",
                way_on=f"Add the column, or say which records these are: the file's name "
                f"({plural(kind.KIND)}.csv), or a column {RECORD!r}.",
                where=Where(table.file, table.header_line),
            )


def _words(kind: type[Record]) -> str:
    return kind.KIND.replace("_", " ")
