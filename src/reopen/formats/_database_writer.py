"""Writes the Arrow file of a reference database: the alleles' final numbers, batches, the hash.

Not for: what comes in, and who is left out (`database_builder`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reopen.formats._database_people import UNTYPED
from reopen.formats._database_schema import (
    HASH,
    PEOPLE_IN_BATCH,
    About,
    codes_as_column,
    first_hash,
    next_hash,
    schema_of,
    untyped_of,
)
from reopen.formats.genotype_codes import Codes, code, n_codes, pairs, width_for
from reopen.records import Allele, Locus, Purpose, allele_order

Relabelled = Mapping[Locus, Mapping[Allele, Allele]]


class Renumbering:
    """From the numbers that alleles were met with to those of the database, source by source.

    met         locus -> label -> number
    seen        (source, locus) -> (code,) whether the source has the code
    relabelled  source -> locus -> label -> the label it stands for (amelogenin's 1 and 2)
    """

    def __init__(
        self,
        met: Mapping[Locus, Mapping[Allele, int]],
        seen: Mapping[tuple[int, Locus], NDArray[np.bool_]],
        relabelled: Sequence[Relabelled],
    ):
        self._met = met
        self._relabelled = relabelled
        found: dict[Locus, set[Allele]] = {locus: set() for locus in met}
        for (source, locus), codes in seen.items():
            labels = list(met[locus])
            there = np.flatnonzero(codes[: n_codes(len(labels))])
            for number in np.unique(np.concatenate(pairs(there))):
                found[locus].add(self._label(source, locus, labels[number]))
        self.alleles = {
            locus: tuple(sorted(labels, key=allele_order)) for locus, labels in found.items()
        }
        self._tables: dict[tuple[int, Locus], Codes] = {}

    def _label(self, source: int, locus: Locus, label: Allele) -> Allele:
        return self._relabelled[source].get(locus, {}).get(label, label)

    def untyped(self, locus: Locus) -> int:
        return n_codes(len(self.alleles[locus]))

    def codes(self, source: int, locus: Locus, met: Codes | None, n: int) -> Codes:
        """Codes of the database for n people's codes as they were met; None: nobody is typed."""
        kind = width_for(len(self.alleles[locus]))
        if met is None:
            return np.full(n, self.untyped(locus), dtype=kind)
        if (source, locus) not in self._tables:
            self._tables[source, locus] = self._table(source, locus).astype(kind)
        return self._tables[source, locus][met]

    def _table(self, source: int, locus: Locus) -> NDArray[np.int64]:
        place = {label: k for k, label in enumerate(self.alleles[locus])}
        new = np.array(
            [place.get(self._label(source, locus, label), 0) for label in self._met[locus]]
        )
        table = np.full(UNTYPED + 1, self.untyped(locus), dtype=np.int64)
        if len(new):
            a, b = pairs(np.arange(n_codes(len(new))))
            table[: len(a)] = code(new[a], new[b])
        return table


Column = Any  # an Arrow array (pyarrow ships no types) or an array of numbers


class DatabaseWriter:
    """Batches of a million people, written as they fill.

    Columns are handed over as Arrow arrays (id, once, aside) or as numbers: lines, codes, and
    places in the lists of purposes, kits and sources.
    """

    def __init__(self, path: Path, about: About, kits: Sequence[str]):
        self._schema = schema_of(about)
        self._named = {
            "purpose": pa.array([str(purpose) for purpose in Purpose]),
            "kit": pa.array(kits, pa.string()),
            "source": pa.array([source.file for source in about.sources], pa.string()),
        }
        self._untyped = dict(zip(about.alleles, untyped_of(about.alleles), strict=True))
        self._file = pa.ipc.new_file(str(path), self._schema)
        self._hash = first_hash(about)
        self._waiting: list[Mapping[str, Column]] = []
        self._people = 0

    def write(self, columns: Mapping[str, Column]) -> None:
        """Some more people; every column of the schema by its name."""
        self._waiting.append(columns)
        self._people += len(columns["id"])
        while self._people >= PEOPLE_IN_BATCH:
            self._write_batch(PEOPLE_IN_BATCH)

    def close(self) -> str:
        """Write who is still waiting. The hash of the whole database."""
        if self._people:
            self._write_batch(self._people)
        self._file.close()
        return self._hash.hex()

    def _write_batch(self, n: int) -> None:
        waiting = {name: _joined([columns[name] for columns in self._waiting])
                   for name in self._schema.names}  # fmt: skip
        batch = pa.record_batch(
            [self._column(name, column[:n]) for name, column in waiting.items()],
            schema=self._schema,
        )
        self._hash = next_hash(self._hash, batch)
        self._file.write_batch(batch, custom_metadata={HASH: self._hash.hex()})
        self._people -= n
        self._waiting = [{name: column[n:] for name, column in waiting.items()}]

    def _column(self, name: str, column: Column) -> pa.Array:
        if name in self._named:
            kind = self._schema.field(name).type.index_type.to_pandas_dtype()
            places = pa.array(column.astype(kind))
            return pa.DictionaryArray.from_arrays(places, self._named[name])
        if name in self._untyped:
            return codes_as_column(column, self._untyped[name])
        return pa.array(column) if isinstance(column, np.ndarray) else column


def _joined(parts: Sequence[Column]) -> Column:
    if len(parts) == 1:
        return parts[0]
    if isinstance(parts[0], np.ndarray):
        return np.concatenate(parts)
    return pa.concat_arrays(parts)
