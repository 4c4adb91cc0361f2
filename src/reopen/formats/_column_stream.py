"""Tables that are columns already, as rows to be read: Parquet files, and databases of ours.

Titles and cells mean what they mean in a text. Not for: columns of alleles that are numbers with
a decimal point, which are refused: 9.3 has no exact binary form.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from reopen.errors import UnreadableFile, Where
from reopen.formats._text_stream import Row, SomeRows, TextBlock
from reopen.formats.database_export import OURS, table_batches, table_schema
from reopen.formats.reference_database import MAGIC, open_database
from reopen.formats.text import Table

PARQUET = b"PAR1"
_ROWS = 1 << 16
_HEAD_ROWS = 200
_LABEL = pa.dictionary(pa.int32(), pa.string())


class ColumnStream:
    """A table of columns as a `Stream`; a row's line is its number, from 1. n: how many rows."""

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        n: int,
        batches: Callable[[], Iterator[pa.RecordBatch]],
    ):
        self.path, self._schema, self.n, self._batches = path, schema, n, batches
        with path.open("rb") as file:
            self.sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        header = tuple(name.strip() for name in schema.names)
        ours = OURS in (schema.metadata or {}) and "purpose" in header
        self.purpose_at = header.index("purpose") if ours else None
        self.notices: tuple[str, ...] = ()
        first = tuple(islice(self._rows(), _HEAD_ROWS))
        self.head: Table = SomeRows(
            path.name, self.sha256, ",", header, 0, (), "", found=first, is_head=True
        )

    def refuse_numbers(self, positions: tuple[int, ...]) -> None:
        """Raise UnreadableFile where one of these columns holds floating-point numbers."""
        for position in positions:
            field = self._schema.field(position)
            if pa.types.is_floating(field.type) or pa.types.is_decimal(field.type):
                raise UnreadableFile(
                    f"Column {field.name!r} holds numbers of type {field.type}.",
                    rule="Alleles are names and kept as text: 9.3 has no exact binary form.",
                    way_on="Write the column as text where the file is made.",
                    where=Where(self.path.name, field=field.name),
                )

    def blocks(
        self, name_at: int, progress: Callable[[int], None] = lambda read: None
    ) -> Iterator[TextBlock]:
        """As `Stream` says; progress is told rows."""
        row = 0
        for batch in self._batches():
            columns = [
                _text(column, plain=position == name_at)
                for position, column in enumerate(batch.columns)
            ]
            names = [str(position) for position in range(len(columns))]
            lines = np.arange(row + 1, row + len(batch) + 1)
            row += len(batch)
            progress(row)
            if len(batch):
                yield TextBlock(lines, pa.table(columns, names=names))

    def _rows(self) -> Iterator[Row]:
        for block in self.blocks(0):
            for row in range(min(len(block), _HEAD_ROWS)):
                yield int(block.lines[row]), block.cells(row)


def column_stream(path: Path, head: bytes) -> ColumnStream | None:
    """The table of a Parquet file or of a database of ours; None for other files.

    Raises UnreadableFile for one that is broken.
    """
    if head.startswith(MAGIC):
        database = open_database(path)
        return ColumnStream(
            path, table_schema(database), database.n, lambda: table_batches(database)
        )
    if not head.startswith(PARQUET):
        return None
    try:
        file = pa.parquet.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile(
            f"The Parquet file is broken: {error}.",
            rule="A Parquet file is read by what its end says of it.",
            way_on="Export it again; a broken end often means a transfer that was cut off.",
            where=Where(path.name),
        ) from None
    n = file.metadata.num_rows
    return ColumnStream(path, file.schema_arrow, n, lambda: file.iter_batches(_ROWS))


def _text(column: pa.Array, *, plain: bool) -> pa.Array:
    """A column as text, nothing where there is nothing; coded unless it is to be plain."""
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        column = pa.nulls(len(column), pa.string())  # no reader of tables reads such columns
    text = pc.fill_null(column.cast(pa.string()), "")
    return text if plain else text.dictionary_encode()
