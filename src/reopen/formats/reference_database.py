"""A reference database on disk: many typed people in an Arrow file, read where it lies.

Opened, it is mapped into memory: what a search touches is read, no more. Made by
`database_builder`. Not for: weighing anybody (`weigh`), profiles of a case (`profiles`).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, compress, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reopen.errors import InvalidRecord, LogBroken, UnreadableFile, Where, cannot_open
from reopen.formats._database_schema import (
    HASH,
    About,
    Source,
    about_of,
    aside_genotypes,
    column_as_codes,
    first_hash,
    next_hash,
    untyped_of,
)
from reopen.formats.genotype_codes import Codes, pairs
from reopen.records import Allele, Genotype, Locus, Purpose, Reference

__all__ = ["About", "DatabaseBlock", "ReferenceDatabase", "Source", "open_database"]

MAGIC = b"ARROW1"
"""How an Arrow file begins."""


@dataclass(frozen=True)
class DatabaseBlock:
    """Some people of a database, one after the other.

    start     place of the first one in the database
    by_locus  codes at each locus of the database, each (person,), uint8 or uint16: the file
              itself, which cannot be written to
    """

    start: int
    by_locus: tuple[Codes, ...]

    @property
    def people(self) -> int:
        return len(self.by_locus[0])

    @cached_property
    def numbers(self) -> Codes:
        """The codes side by side, (locus, person); uint8 where every locus's fit, else uint16."""
        side_by_side: Codes = np.empty(
            (len(self.by_locus), self.people), dtype=np.result_type(*self.by_locus)
        )
        for row, codes in zip(side_by_side, self.by_locus, strict=True):
            row[:] = codes
        return side_by_side


class ReferenceDatabase:
    """Typed people in the order of their file, each known by a place from 0.

    The code b (b + 1) / 2 + a at a locus is the genotype of its a-th and b-th alleles, counted
    from 0, a <= b. Loci of three alleles have no code; `people` gives them.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._reader = _mapped(self.path)
        self.about = about_of(self._reader.schema, self.path.name)
        self._batches = [
            self._reader.get_batch_with_custom_metadata(number)
            for number in range(self._reader.num_record_batches)
        ]
        self._starts = list(accumulate((len(part.batch) for part in self._batches), initial=0))
        if self._starts[-1] != self.n:
            raise _broken(self.path, f"it holds {self._starts[-1]:,} people and says {self.n:,}")

    @property
    def name(self) -> str:
        """Of its file."""
        return self.path.name

    @property
    def parts(self) -> tuple[ReferenceDatabase, ...]:
        """The databases it is made of: itself alone."""
        return (self,)

    @property
    def loci(self) -> tuple[Locus, ...]:
        """In the order of the codes' rows."""
        return tuple(self.about.alleles)

    @property
    def alleles(self) -> Mapping[Locus, tuple[Allele, ...]]:
        """Locus -> its alleles in the order of their numbers."""
        return self.about.alleles

    @property
    def n(self) -> int:
        """How many people."""
        return self.about.people

    @property
    def untyped(self) -> NDArray[np.int64]:
        """The code that stands for "not typed" at each locus, (locus,): how many others it has."""
        return untyped_of(self.about.alleles)

    @property
    def hash(self) -> str:
        """SHA-256 of the content, as it was when the database was made; see `check`."""
        return self._said_hash(len(self._batches) - 1)

    def blocks(self) -> Iterator[DatabaseBlock]:
        """All people, a block of up to a million at a time.

        Raises LogBroken for a column that another program wrote anew.
        """
        for start, part in zip(self._starts, self._batches, strict=False):
            codes = []
            for locus, untyped in zip(self.loci, self.untyped, strict=True):
                column = part.batch.column(locus)
                known = column_as_codes(column)
                nulls = np.count_nonzero(known == untyped)
                if nulls != column.null_count or known.max(initial=0) > untyped:
                    raise _broken(self.path, f"{locus} has codes that stand for no genotype")
                codes.append(known)
            yield DatabaseBlock(start, tuple(codes))

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All columns of all people as they lie in the file, as `_database_schema` says."""
        return (part.batch for part in self._batches)

    def ids(self, places: Iterable[int]) -> tuple[str, ...]:
        """Names of the people at these places. Raises InvalidRecord for nobody's place."""
        return tuple(batch.column("id")[at].as_py() for batch, at in map(self._at, places))

    def people(self, places: Iterable[int]) -> tuple[Reference, ...]:
        """The people at these places as they stood in their files, loci of three alleles too.

        Raises InvalidRecord for a place that is nobody's.
        """
        return tuple(self._person(batch, at) for batch, at in map(self._at, places))

    def places(self, names: Iterable[str]) -> dict[str, int]:
        """Where the people of these names stand; a name that nobody has is left out."""
        wanted = pa.array(list(names), pa.string())
        found = {}
        for start, batch in zip(self._starts, self.batches(), strict=False):
            here = pc.is_in(batch.column("id"), value_set=wanted).to_numpy(zero_copy_only=False)
            for at in np.flatnonzero(here).tolist():
                found[batch.column("id")[at].as_py()] = start + at
        return found

    def of_purpose(
        self, places: NDArray[np.int64], purposes: Collection[Purpose]
    ) -> NDArray[np.int64]:
        """Those of the places whose people are on file for one of these purposes."""
        kept = np.zeros(len(places), dtype=bool)
        for start, batch in zip(self._starts, self.batches(), strict=False):
            here = (places >= start) & (places < start + len(batch))
            kept[here] = _is_for(batch, purposes)[places[here] - start]
        return places[kept]

    def people_by_loci(
        self, purposes: Collection[Purpose] | None = None
    ) -> dict[frozenset[Locus], int]:
        """How many people are typed at just these loci: one entry for each set that is met.

        purposes  of those who are on file for one of these alone
        """
        found = Counter[frozenset[Locus]]()
        for purpose, people in self._by_purpose.items():
            if purposes is None or purpose in purposes:
                found.update(people)
        return dict(found)

    @cached_property
    def _by_purpose(self) -> Mapping[Purpose, Counter[frozenset[Locus]]]:
        """People by why they are on file and the loci they are typed at."""
        found: dict[Purpose, Counter[frozenset[Locus]]] = {}
        for block, batch in zip(self.blocks(), self.batches(), strict=True):
            column = batch.column("purpose")
            which = column.indices.to_numpy()
            for number, name in enumerate(column.dictionary.to_pylist()):
                wanted = which == number
                if wanted.any():
                    people = found.setdefault(Purpose(name), Counter())
                    people.update(self._by_loci(block, wanted))
        return found

    def _by_loci(
        self, block: DatabaseBlock, wanted: NDArray[np.bool_]
    ) -> dict[frozenset[Locus], int]:
        """How many of those wanted of a block are typed at just these loci."""
        typed = {
            locus: codes != untyped
            for locus, codes, untyped in zip(self.loci, block.by_locus, self.untyped, strict=True)
        }
        always = [locus for locus, known in typed.items() if known.all()]
        sometimes = [locus for locus in self.loci if locus not in always]
        if not sometimes:
            return {frozenset(always): int(np.count_nonzero(wanted))}
        packed = _as_one(np.array([typed[locus] for locus in sometimes]))
        sets, times = np.unique(packed[wanted], return_counts=True)
        bits = np.unpackbits(sets.view(np.uint8).reshape(len(sets), sets.itemsize), axis=1)
        return {
            frozenset([*always, *compress(sometimes, known)]): n
            for known, n in zip(bits, times.tolist(), strict=True)
        }

    def check(self) -> None:
        """Read everything and compare it with its hash. Raises LogBroken where it differs."""
        reached = first_hash(self.about)
        for number, (first, last) in enumerate(pairwise(self._starts)):
            reached = next_hash(reached, self._batches[number].batch)
            if reached.hex() != self._said_hash(number):
                raise _broken(
                    self.path, f"people {first + 1:,} to {last:,} are not what was written"
                )

    def _said_hash(self, number: int) -> str:
        said = self._batches[number].custom_metadata
        if said is None or HASH not in said:
            raise _broken(self.path, "a part of it carries no hash")
        return bytes(said[HASH]).decode()

    def _at(self, place: int) -> tuple[pa.RecordBatch, int]:
        if not 0 <= place < self.n:
            raise InvalidRecord(
                f"Nobody has place {place} in {self.path.name}.",
                rule=f"Its places go from 0 to {self.n - 1}.",
            )
        number = bisect_right(self._starts, place) - 1
        return self._batches[number].batch, place - self._starts[number]

    def _person(self, batch: pa.RecordBatch, at: int) -> Reference:
        def cell(name: str) -> Any:
            return batch.column(name)[at].as_py()

        once = set(cell("once"))
        genotypes = aside_genotypes(cell("aside"))
        for number, (locus, labels) in enumerate(self.about.alleles.items()):
            if (known := cell(locus)) is not None:
                a, b = (int(one) for one in pairs(np.array(known)))
                genotypes[locus] = Genotype(
                    (labels[a],) if number in once else (labels[a], labels[b])
                )
        ordered = {locus: genotypes[locus] for locus in self.loci if locus in genotypes}
        where = Where(cell("source"), cell("line"))
        return Reference(cell("id"), ordered, Purpose(cell("purpose")), cell("kit"), where=where)


def open_database(path: str | Path) -> ReferenceDatabase:
    """A database as it was built. Nothing is read yet but what it says of itself.

    Raises UnreadableFile for a file that is not one, LogBroken for one that was cut off.
    """
    return ReferenceDatabase(path)


def _is_for(batch: pa.RecordBatch, purposes: Collection[Purpose]) -> NDArray[np.bool_]:
    """Who is on file for one of these purposes, (person,)."""
    column = batch.column("purpose")
    wanted = np.array([name in purposes for name in column.dictionary.to_pylist()], dtype=bool)
    kept: NDArray[np.bool_] = wanted[column.indices.to_numpy()]
    return kept


def _as_one(typed: NDArray[np.bool_]) -> NDArray[np.generic]:
    """Which loci a person is typed at as one value of bits, (person,). typed: (locus, person)."""
    packed = np.packbits(typed, axis=0).T
    width = -(-packed.shape[1] // 8) * 8
    bits = np.zeros((len(packed), width), dtype=np.uint8)
    bits[:, : packed.shape[1]] = packed
    kind = np.dtype(np.uint64 if width == 8 else (np.void, width))
    return bits.view(kind)[:, 0]


def _mapped(path: Path) -> pa.RecordBatchFileReader:
    try:
        return pa.ipc.open_file(pa.memory_map(str(path)))
    except OSError as error:
        raise cannot_open(path, error) from None
    except pa.ArrowInvalid as error:
        raise UnreadableFile(
            f"This is not a whole Arrow file: {error}.",
            rule="A reference database is an Arrow file, made by `reopen database build`.",
            way_on="Build one from your files; a broken end often means a copy that was cut off.",
            where=Where(str(path)),
        ) from None


def _broken(path: Path, seen: str) -> LogBroken:
    return LogBroken(
        f"The database was changed outside: {seen}.",
        rule="A database is made once and only read since.",
        way_on="Take a copy that holds, or build it again from your files.",
        where=Where(str(path)),
    )
