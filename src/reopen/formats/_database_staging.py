"""People of a database in the making, kept in files until everybody is there.

Not for: the database itself (`_database_writer`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from reopen.formats._database_people import People
from reopen.formats._names import Numbers, among, met_twice, name_numbers
from reopen.records import Locus, Purpose

PURPOSES = [str(purpose) for purpose in Purpose]


@dataclass(slots=True)
class Block:
    """Some people of one source, in a file of their own.

    names  a number for each name, (person,)
    kept   who is not left out, (person,)
    """

    path: Path
    source: int
    names: Numbers
    kept: NDArray[np.bool_]

    @property
    def people(self) -> int:
        """How many are kept."""
        return int(np.count_nonzero(self.kept))

    def rows(self) -> pa.RecordBatch:
        """All of them, also those left out. Codes are plain numbers, as they were met."""
        return pa.ipc.open_file(pa.memory_map(str(self.path))).get_batch(0)

    def kept_rows(self) -> pa.RecordBatch:
        rows = self.rows()
        return rows if self.kept.all() else rows.filter(pa.array(self.kept))


Place = tuple[Block, int]


def keep(
    path: Path, people: People, source: int, loci: Sequence[Locus], kits: dict[str, int]
) -> Block:
    """Write people into a file.

    loci  all that were met so far: `once` speaks of them by their places
    kits  kit -> number; new ones are added
    """
    columns: dict[str, pa.Array] = {
        "id": people.ids,
        "purpose": _numbered(people.purposes, {name: k for k, name in enumerate(PURPOSES)}),
        "kit": _numbered(people.kits, kits),
        "line": pa.array(people.lines),
        "once": _once(people, loci),
        "aside": pa.array([people.aside.get(k) for k in range(len(people))], pa.string())
        if people.aside
        else pa.nulls(len(people), pa.string()),
    }
    columns |= {locus: pa.array(people.codes[locus]) for locus in loci if locus in people.codes}
    batch = pa.RecordBatch.from_pydict(columns)
    with pa.ipc.new_file(str(path), batch.schema) as file:
        file.write_batch(batch)
    kept = np.ones(len(people), dtype=np.bool_)
    return Block(path, source, name_numbers(people.ids), kept)


def _numbered(column: pa.DictionaryArray, numbers: dict[str, int]) -> pa.Array:
    table = [numbers.setdefault(value, len(numbers)) for value in column.dictionary.to_pylist()]
    return pa.array(np.array(table, dtype=np.int64)[column.indices.to_numpy()])


def _once(people: People, loci: Sequence[Locus]) -> pa.ListArray:
    """Places of the loci at which one allele alone was listed, a list for each person."""
    found = [np.flatnonzero(people.once[locus]) if locus in people.once else _NOBODY
             for locus in loci]  # fmt: skip
    person = np.concatenate([_NOBODY, *found])
    locus = np.repeat(np.arange(len(loci)), [len(some) for some in found])
    order = np.argsort(person, kind="stable")
    ends = np.cumsum(np.bincount(person, minlength=len(people)))
    return pa.ListArray.from_arrays(
        pa.array(np.concatenate([[0], ends]).astype(np.int32)),
        pa.array(locus[order].astype(np.uint16)),
    )


_NOBODY = np.empty(0, dtype=np.intp)


def repeated(blocks: Sequence[Block]) -> Mapping[str, list[Place]]:
    """Names that stand more than once among those kept, with their places in order."""
    if not blocks:
        return {}
    numbers = met_twice(np.concatenate([block.names[block.kept] for block in blocks]))
    places: dict[str, list[Place]] = {}
    for block in blocks:
        at = [k for k in among(block.names, numbers) if block.kept[k]]
        for k, name in zip(at, _names(block, at), strict=True):
            places.setdefault(name, []).append((block, int(k)))
    return {name: found for name, found in places.items() if len(found) > 1}


def _names(block: Block, at: Collection[int]) -> Iterator[str]:
    if at:
        yield from block.rows().column("id").take(pa.array(at)).to_pylist()
