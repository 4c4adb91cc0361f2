"""Columns of a table of cases, people, places or things that are no fields of the record itself.

Each such column is a field that statements are made in: `hair`, and beside it, where the file has
them, `hair:source`, `hair:speaker`, `hair:said` and the others of `PARTS`. The columns `speaker`,
`said`, `source_grade` and `information_grade`, and the record's `source`, hold for the whole row.
A value may be `absent`, `not recorded` or `not applicable`; an empty cell says nothing.
Not here: rows and refusals (`case_tables`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from reopen.errors import ReopenError, Where
from reopen.formats.case_cells import Reader, reader_of
from reopen.records.base import Ref
from reopen.records.fields import check_value, field_of
from reopen.records.plain import field_types
from reopen.records.statements import State, Statement

PARTS = (
    "source", "speaker", "said", "source_grade", "information_grade", "state", "code_list", "note",
)  # fmt: skip
"""What may be said of one column's statements, after a colon."""
OF_THE_ROW = ("speaker", "said", "source_grade", "information_grade")
"""What a column of its own says of all statements of a row."""

_NOT_THERE = {state.value: state for state in State if state is not State.PRESENT} | {
    "unknown": State.NOT_RECORDED
}
_READERS: Mapping[str, Reader] = {
    field.name: reader_of(field) for field in field_types(Statement) if field.name in PARTS
}


@dataclass(frozen=True, slots=True)
class Column:
    """The columns of one field: where its value stands, and what else is said of it."""

    field: str
    value: int
    parts: Mapping[str, int]


def statements_of(
    columns: Sequence[Column],
    shared: Mapping[str, int],
    subject: Ref,
    cells: Sequence[str],
    where: Where,
) -> tuple[Statement, ...]:
    """The statements of a row. shared: what the row says of all of them, by position.

    Raises InvalidRecord with the field's place.
    """
    return tuple(
        _statement(column, shared, subject, cells, Where(where.file, where.line, column.field))
        for column in columns
        if cells[column.value] or any(cells[at] for at in column.parts.values())
    )


def _statement(
    column: Column, shared: Mapping[str, int], subject: Ref, cells: Sequence[str], where: Where
) -> Statement:
    parts = _parts({**shared, **column.parts}, cells, column.field, where)
    value = cells[column.value]
    given = parts.pop("state", None)
    state = given if isinstance(given, State) else _NOT_THERE.get(value.casefold(), State.PRESENT)
    if state is not State.PRESENT and value.casefold() in (*_NOT_THERE, ""):
        value = ""
    try:
        if value and "code_list" not in parts:
            check_value(field_of(subject.kind, column.field), value)
        said: Any = parts  # each read as its field's type
        made = Statement(
            id="made", subject=subject, field=column.field, value=value, state=state, **said
        )
    except ReopenError as error:
        raise error.at(where) from None
    return _named(made, where)


def _parts(
    positions: Mapping[str, int], cells: Sequence[str], field: str, where: Where
) -> dict[str, object]:
    parts = {}
    for part, position in positions.items():
        if cells[position]:
            try:
                parts[part] = _READERS[part](cells[position])
            except ReopenError as error:
                raise error.at(Where(where.file, where.line, f"{field}:{part}")) from None
    return parts


def _named(made: Statement, where: Where) -> Statement:
    """With the id that its content gives it, so that the same words are the same statement."""
    said = f"{made.said}" if made.said else ""
    words = (
        made.subject.kind, made.value, made.state, made.source, made.speaker, said,
        made.source_grade, made.information_grade, made.code_list, made.note,
    )  # fmt: skip
    digest = hashlib.sha256("\x1f".join(words).encode()).hexdigest()
    return replace(made, id=f"{made.subject.id} {made.field} {digest[:12]}", where=where)
