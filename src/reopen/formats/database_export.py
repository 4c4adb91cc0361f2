"""A reference database as a table that other programs read: CSV as SmartRank writes it, or Parquet.

Alleles are text, two columns a locus, three where somebody has three. What was listed once is
written once. Parquet also holds purposes and kits. Not for: frequencies, results of a search.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from reopen.errors import UnreadableFile, Where
from reopen.formats._database_schema import aside_genotypes
from reopen.formats._writing import whole_file
from reopen.formats.genotype_codes import n_codes, pairs
from reopen.formats.reference_database import ReferenceDatabase
from reopen.records import Locus

OURS = b"reopen.purposes"  # says that a Parquet file's column `purpose` holds ours
_ROWS = 1 << 17
_LABEL = pa.dictionary(pa.int32(), pa.string())

Progress = Callable[[int, int], None]


def export_database(
    database: ReferenceDatabase,
    out: str | Path,
    progress: Progress = lambda done, of: None,
) -> None:
    """Write everybody into a table; its form is told by the name, .csv or .parquet.

    progress  is told how many people are written, and how many there are
    Raises UnreadableFile for another ending, CannotStore where the file cannot be written.
    """
    out = Path(out)
    write = {".csv": _write_csv, ".parquet": _write_parquet}.get(out.suffix.lower())
    if write is None:
        raise UnreadableFile(
            f"No form of table ends in {out.suffix or 'nothing'}.",
            rule="A database is exported as .csv or .parquet.",
            way_on="Give the file one of these endings.",
            where=Where(str(out)),
        )
    with whole_file(out) as made:
        write(database, made, progress)


def _write_csv(database: ReferenceDatabase, path: Path, progress: Progress) -> None:
    titles, done = ["specimenId", *_titles(database)], 0
    with path.open("w", encoding="utf-8", newline="") as text:
        csv.writer(text, lineterminator="\n").writerow(titles)
    with path.open("ab") as file:
        for batch in _batches(database):
            columns = [batch.column("id"), *_alleles(database, batch)]
            table = pa.table([column.cast(pa.string()) for column in columns], names=titles)
            file.write(_csv(table))
            done += len(batch)
            progress(done, database.n)


def _csv(table: pa.Table) -> pa.Buffer:
    """Rows as text; with quotation marks around all cells, if any cell needs them."""
    for style in ("none", "needed"):
        text = pa.BufferOutputStream()
        options = pa.csv.WriteOptions(include_header=False, quoting_style=style)
        with suppress(pa.ArrowInvalid):
            pa.csv.write_csv(table, text, options)
            break
    return text.getvalue()


def _write_parquet(database: ReferenceDatabase, path: Path, progress: Progress) -> None:
    done, schema = 0, table_schema(database)
    with pa.parquet.ParquetWriter(str(path), schema, compression="zstd") as file:
        for batch in table_batches(database):
            file.write_batch(batch, row_group_size=_ROWS)
            done += len(batch)
            progress(done, database.n)


def table_schema(database: ReferenceDatabase) -> pa.Schema:
    """Columns of the table of a database: id, purpose, kit, then alleles as text."""
    fields = [("id", pa.string()), ("purpose", _LABEL), ("kit", _LABEL)]
    fields += [(title, _LABEL) for title in _titles(database)]
    return pa.schema(fields, metadata={OURS: b"1"})


def table_batches(database: ReferenceDatabase) -> Iterator[pa.RecordBatch]:
    """The table of a database, some rows at a time."""
    schema = table_schema(database)
    for batch in _batches(database):
        said = [batch.column(name).cast(_LABEL) for name in ("purpose", "kit")]
        columns = [batch.column("id"), *said, *_alleles(database, batch)]
        yield pa.record_batch(columns, schema=schema)


def _batches(database: ReferenceDatabase) -> Iterator[pa.RecordBatch]:
    for batch in database.batches():
        for start in range(0, len(batch), _ROWS):
            yield batch.slice(start, _ROWS)


def _titles(database: ReferenceDatabase) -> list[str]:
    return [
        f"{locus}_{k}" for locus in database.loci for k in range(1, _width(database, locus) + 1)
    ]


def _width(database: ReferenceDatabase, locus: Locus) -> int:
    return 3 if database.about.triallelic.get(locus) else 2


def _alleles(database: ReferenceDatabase, batch: pa.RecordBatch) -> Iterator[pa.DictionaryArray]:
    """Columns of allele labels, in the order of the titles; null where there is none."""
    people, numbers = _once(batch)
    aside = [
        (k, aside_genotypes(text))
        for k, text in enumerate(batch.column("aside").to_pylist())
        if text is not None
    ]
    for number, (locus, labels) in enumerate(database.alleles.items()):
        codes = batch.column(locus).fill_null(n_codes(len(labels))).to_numpy()
        a, b = (part.astype(np.int32) for part in pairs(codes))
        untyped = codes == n_codes(len(labels))
        a[untyped] = b[untyped] = -1
        b[people[numbers == number]] = -1
        columns = [a, b, np.full(len(codes), -1, dtype=np.int32)][: _width(database, locus)]
        names = list(labels)
        for k, genotypes in aside:
            if locus in genotypes:
                for column, label in zip(columns, genotypes[locus].alleles, strict=True):
                    if label not in names:
                        names.append(label)
                    column[k] = names.index(label)
        for column in columns:
            places = pa.array(column, mask=column < 0)
            yield pa.DictionaryArray.from_arrays(places, pa.array(names, pa.string()))


def _once(batch: pa.RecordBatch) -> tuple[NDArray[np.intp], NDArray[np.uint16]]:
    """Who listed one allele alone and at which locus, side by side: places, numbers of loci."""
    lists = batch.column("once")
    lengths = pa.compute.list_value_length(lists).to_numpy()
    return np.repeat(np.arange(len(batch)), lengths), lists.flatten().to_numpy()
