"""How a reference database lies in an Arrow file: its columns, what it says of itself, its hash.

One row is one person. `id`, `purpose`, `kit`; `source` and `line`, where the person stood;
`once`, the loci (by position) at which one allele alone was listed; `aside`, loci of three alleles
as text; then a column of genotype codes (`genotype_codes`) for each locus, null where not typed,
with the number after the last genotype written below the null.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reopen.errors import UnreadableFile, Where
from reopen.formats.genotype_codes import Codes, n_codes, width_for
from reopen.records import Allele, Genotype, Locus

VERSION = 1
KEY = b"reopen.reference_database"
HASH = b"reopen.sha256"
PEOPLE_IN_BATCH = 1 << 20
ABOUT_PEOPLE = ("id", "purpose", "kit", "source", "line", "once", "aside")


@dataclass(frozen=True, slots=True)
class Source:
    """A file that people of a database came from, or the simulator.

    form      what it was read as ("SmartRank database", "simulated")
    people    how many of the database came from it
    refused   how many of its records, or loci of them, are in the list of refused ones
    notices   what was understood in a way the user may want to know
    controls  ladders and controls that were left out
    """

    file: str
    sha256: str
    form: str
    people: int
    refused: int = 0
    notices: tuple[str, ...] = ()
    controls: int = 0


@dataclass(frozen=True, slots=True)
class About:
    """What a database says of itself.

    alleles       locus -> its alleles, in the order of their numbers
    refused_file  where the refused records are listed
    triallelic    locus -> people with three alleles, who have no code there
    """

    people: int
    alleles: Mapping[Locus, tuple[Allele, ...]]
    sources: tuple[Source, ...]
    refused_file: str
    triallelic: Mapping[Locus, int]

    def as_bytes(self) -> bytes:
        plain = {"version": VERSION} | asdict(self)
        plain["alleles"] = {locus: list(labels) for locus, labels in self.alleles.items()}
        plain["triallelic"] = dict(self.triallelic)
        return json.dumps(plain, ensure_ascii=False).encode()


def about_of(schema: pa.Schema, file: str) -> About:
    """What a file's schema says. Raises UnreadableFile for an Arrow file that is not ours."""
    said = (schema.metadata or {}).get(KEY)
    if said is None:
        raise UnreadableFile(
            "This Arrow file is not a reference database.",
            rule="Databases are made by `reopen database build`.",
            way_on="Build one from your files, or name the one that was built.",
            where=Where(file),
        )
    plain = json.loads(said)
    if plain["version"] != VERSION:
        raise UnreadableFile(
            f"The database is of version {plain['version']}.",
            rule=f"This program reads version {VERSION}.",
            way_on="Build it again from your files, or use the program that made it.",
            where=Where(file),
        )
    return About(
        plain["people"],
        {Locus(k): tuple(Allele(label) for label in v) for k, v in plain["alleles"].items()},
        tuple(Source(**one | {"notices": tuple(one["notices"])}) for one in plain["sources"]),
        plain["refused_file"],
        {Locus(k): n for k, n in plain["triallelic"].items()},
    )


def schema_of(about: About) -> pa.Schema:
    """Columns of a database with these loci and alleles."""
    name = pa.dictionary(pa.int8(), pa.string())
    many = pa.dictionary(pa.int16(), pa.string())
    first = (pa.string(), name, many, many, pa.int64(), pa.list_(pa.uint16()), pa.string())
    fields = [
        pa.field(title, kind, nullable=title == "aside")
        for title, kind in zip(ABOUT_PEOPLE, first, strict=True)
    ]
    for locus, labels in about.alleles.items():
        fields.append(pa.field(locus, pa.from_numpy_dtype(width_for(len(labels)))))
    return pa.schema(fields, metadata={KEY: about.as_bytes()})


def codes_as_column(codes: Codes, untyped: int) -> pa.Array:
    """Genotype codes as a column: null where not typed, the code kept below the null."""
    typed = codes != untyped
    nulls = int(len(codes) - np.count_nonzero(typed))
    valid = pa.py_buffer(np.packbits(typed, bitorder="little")) if nulls else None
    return pa.Array.from_buffers(
        pa.from_numpy_dtype(codes.dtype), len(codes), [valid, pa.py_buffer(codes)], nulls
    )


def column_as_codes(column: pa.Array) -> Codes:
    """The codes of a column where they lie, without a copy; nulls as what is written below them."""
    values = np.frombuffer(column.buffers()[1], dtype=column.type.to_pandas_dtype())
    return values[column.offset : column.offset + len(column)]


def untyped_of(alleles: Mapping[Locus, Sequence[Allele]]) -> NDArray[np.int64]:
    """The code that stands for "not typed", (locus,)."""
    return np.array([n_codes(len(labels)) for labels in alleles.values()], dtype=np.int64)


# a hash that does not depend on how Arrow pads or orders what it writes


def first_hash(about: About) -> bytes:
    """The hash that the first batch goes on from: of what the database says of its people."""
    return hashlib.sha256(replace(about, refused_file="").as_bytes()).digest()


def next_hash(before: bytes, batch: pa.RecordBatch) -> bytes:
    """SHA-256 of the hash before and of a batch's content, column by column."""
    sha = hashlib.sha256(before)
    for column in batch.columns:
        for piece in _pieces(column):
            sha.update(piece)
    return sha.digest()


def _pieces(column: pa.Array) -> Iterator[bytes | memoryview]:
    if pa.types.is_dictionary(column.type):
        yield from _pieces(column.dictionary)
        yield _bytes(column.indices)
    elif pa.types.is_string(column.type):
        yield _bytes(pc.fill_null(pc.binary_length(column), -1))
        yield from _text(column)
    elif pa.types.is_list(column.type):
        yield _bytes(pc.list_value_length(column))
        yield _bytes(column.flatten())
    else:
        yield column_as_codes(column).tobytes()


def _text(column: pa.Array) -> Iterator[memoryview]:
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    if data is not None and len(ends):
        yield memoryview(data)[int(ends[0]) : int(ends[-1])]


def _bytes(numbers: pa.Array) -> bytes:
    data: bytes = numbers.to_numpy(zero_copy_only=False).tobytes()
    return data


# loci of three alleles, as text


def aside_text(genotypes: Iterable[tuple[Locus, Genotype]]) -> str | None:
    """Three-allele genotypes as one text, "TH01=6/8/9.3; vWA=14/15/16"; None for no genotype."""
    return "; ".join(f"{locus}={genotype}" for locus, genotype in genotypes) or None


def aside_genotypes(text: str | None) -> dict[Locus, Genotype]:
    """What `aside_text` wrote."""
    found = {}
    for part in (text or "").split("; "):
        locus, mark, labels = part.rpartition("=")
        if mark:
            found[Locus(locus)] = Genotype(tuple(Allele(label) for label in labels.split("/")))
    return found
