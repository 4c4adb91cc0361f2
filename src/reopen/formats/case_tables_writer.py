"""Records as a table that reads back as those records, and refused rows as one to correct.

Not here: reading (`case_tables`).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from reopen.errors import InvalidRecord
from reopen.formats.case_cells import text_of
from reopen.formats.case_columns import OF_A_REFUSAL, RECORD
from reopen.formats.case_kinds import plain_title
from reopen.formats.case_tables import CaseTable, Refused
from reopen.records.base import Record
from reopen.records.plain import field_types


def write_case_table(records: Sequence[Record]) -> str:
    """A table of records of one kind, which reads back as those records.

    Columns that no record has a value in are left out. Raises InvalidRecord for records of several
    kinds, and for text that a cell cannot hold.
    """
    kinds = {type(record) for record in records}
    if len(kinds) != 1:
        raise InvalidRecord(
            f"A table of {', '.join(sorted(kind.KIND for kind in kinds)) or 'nothing'}.",
            rule="A table holds records of one kind, and at least one of them.",
            way_on="Write one table for each kind.",
        )
    (kind,) = kinds
    rows = [
        {field.name: text_of(field, getattr(record, field.name)) for field in field_types(kind)}
        for record in records
    ]
    columns = [name for name in rows[0] if name == "id" or any(row[name] for row in rows)]
    header = [RECORD, *columns]
    return _csv(header, ([kind.KIND, *(row[name] for name in columns)] for row in rows))


def write_refused(table: CaseTable, refused: Iterable[Refused]) -> str:
    """The refused rows as they stood, each with its line and why: correct them here, and import
    this file."""
    width = len(table.header)
    kept = [i for i, name in enumerate(table.header) if plain_title(name) not in OF_A_REFUSAL]
    rows = []
    for row in refused:
        cells = [*row.cells, *[""] * width]
        field = row.why.where.field if row.why.where else ""
        rows.append([*(cells[at] for at in kept), str(row.line), field, row.why.reason])
    return _csv([*(table.header[at] for at in kept), *OF_A_REFUSAL], rows)


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()
