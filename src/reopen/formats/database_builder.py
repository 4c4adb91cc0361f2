"""Makes a reference database, block by block, in memory that does not grow with its people.

What comes in is kept in a folder beside the database until everything is there: only then are the
alleles known, and the names that stand twice. Then the database is written under another name and
renamed, so that no half of one is ever found. Not for: reading files (`database_import`).
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from reopen.errors import InvalidRecord, UnreadableFile, Where
from reopen.formats._database_people import UNTYPED, AlleleNumbers, People
from reopen.formats._database_schema import About, Source, aside_genotypes, aside_text
from reopen.formats._database_staging import Block, Place, keep, repeated
from reopen.formats._database_writer import Column, DatabaseWriter, Relabelled, Renumbering
from reopen.formats._names import Numbers, among
from reopen.formats._refused_list import RefusedList
from reopen.formats._writing import settle, writing
from reopen.formats.reference_database import ReferenceDatabase, open_database
from reopen.formats.samples import reason
from reopen.records import Genotype, Locus, NotWeighed


@dataclass(slots=True)
class _Reading:
    """A source while it is read, and what its alleles stand for."""

    said: Source
    relabelled: Relabelled = field(default_factory=dict)


class DatabaseBuilder:
    """A database in the making. Left by an error, it leaves nothing behind.

    with DatabaseBuilder("database.arrow") as builder:
        builder.begin("export.csv")
        builder.take(people)
        builder.end(sha256, form)
        database = builder.finish()
    """

    def __init__(self, out: str | Path):
        self.out = Path(out)
        self.refused_path = self.out.with_name(f"{self.out.stem}.refused.csv")
        self.numbers = AlleleNumbers()
        self._sources: list[_Reading] = []
        self._blocks: list[Block] = []
        self._kits: dict[str, int] = {}
        self._seen: dict[tuple[int, Locus], NDArray[np.bool_]] = {}

    def __enter__(self) -> DatabaseBuilder:
        with writing(self.out):
            folder = tempfile.mkdtemp(prefix=f".{self.out.name}.", dir=self.out.parent)
            self._folder = Path(folder)
            self._refused = RefusedList(self._folder / "refused.csv")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._refused.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    # what comes in

    def begin(self, file: str) -> None:
        """What is taken and refused from here on is of this file."""
        self._sources.append(_Reading(Source(file, "", "", 0)))
        self._refused.begin()

    def take(self, people: People) -> None:
        """Some people of the file that was begun last."""
        if not len(people):
            return
        source = len(self._sources) - 1
        for locus, codes in people.codes.items():
            if locus not in self.numbers.by_locus:
                continue  # nobody is typed there
            seen = self._seen.setdefault((source, locus), np.zeros(UNTYPED + 1, dtype=np.bool_))
            seen[codes] = True
        path = self._folder / f"{len(self._blocks):06}.arrow"
        with writing(self.out):
            self._blocks.append(keep(path, people, source, self._loci(), self._kits))

    def refuse(self, refused: Iterable[NotWeighed]) -> None:
        """List what could not be taken of the file that was begun last."""
        self._refuse(len(self._sources) - 1, refused)

    def end(
        self,
        sha256: str,
        form: str,
        notices: Sequence[str] = (),
        *,
        controls: int = 0,
        relabelled: Relabelled | None = None,
    ) -> None:
        """The file that was begun last has been read.

        controls    ladders and controls that were left out
        relabelled  locus -> label -> what it stands for in this file (amelogenin's 1 and 2)
        """
        reading = self._sources[-1]
        reading.said = replace(
            reading.said, sha256=sha256, form=form, notices=tuple(notices), controls=controls
        )
        reading.relabelled = relabelled or {}

    def take_back(self, names: Numbers, lines: Collection[int]) -> None:
        """Forget the people of these names, and what was refused on these lines, of this file.

        names  numbers of names (`name_numbers`), ascending
        """
        source = len(self._sources) - 1
        for block in self._blocks:
            if block.source == source:
                block.kept[among(block.names, names)] = False
        with writing(self.out):
            self._count(source, -self._refused.take_back(lines))

    def _loci(self) -> list[Locus]:
        return list(self.numbers.by_locus)

    def _refuse(self, source: int, refused: Iterable[NotWeighed]) -> None:
        with writing(self.out):
            self._count(source, self._refused.add(refused, self._sources[source].said.file))

    def _count(self, source: int, refused: int) -> None:
        reading = self._sources[source]
        reading.said = replace(reading.said, refused=reading.said.refused + refused)

    # the database

    def finish(self) -> ReferenceDatabase:
        """Write the database and the list of what was refused, both whole or not at all.

        Of a name that several files have, the first is kept if they agree, else none.
        Raises UnreadableFile where nobody is left, CannotStore where the disk refuses.
        """
        relabelled = [reading.relabelled for reading in self._sources]
        renumbering = Renumbering(self.numbers.by_locus, self._seen, relabelled)
        self._settle_names(renumbering)
        about = self._about(renumbering)
        if not about.people:
            raise _nobody(self._sources, self._refused.first)
        made = self._folder / "database.arrow"
        with writing(self.out):
            writer = DatabaseWriter(made, about, list(self._kits))
            for block in self._blocks:
                writer.write(self._columns(block, renumbering, list(about.alleles)))
            writer.close()
            self._refused.close()
            settle(self._refused.path, self.refused_path)
            settle(made, self.out)  # last: a database is never without its list
        return open_database(self.out)

    def _about(self, renumbering: Renumbering) -> About:
        people, triallelic = Counter[int](), Counter[Locus]()
        for block in self._blocks:
            people[block.source] += block.people
            for text in block.kept_rows().column("aside").drop_null().to_pylist():
                triallelic.update(aside_genotypes(text).keys())
        return About(
            people.total(),
            {
                locus: labels
                for locus, labels in renumbering.alleles.items()
                if labels or triallelic[locus]  # else it was met in refused records alone
            },
            tuple(replace(r.said, people=people[k]) for k, r in enumerate(self._sources)),
            self.refused_path.name,
            dict(triallelic),
        )

    def _columns(
        self, block: Block, renumbering: Renumbering, loci: Sequence[Locus]
    ) -> dict[str, Column]:
        rows = block.kept_rows()
        columns: dict[str, Column] = {
            name: rows.column(name).to_numpy() for name in ("purpose", "kit", "line")
        }
        relabelled = self._sources[block.source].relabelled
        columns |= {
            "source": np.full(len(rows), block.source),
            "id": rows.column("id"),
            "once": _once(rows.column("once"), self._loci(), loci),
            "aside": _aside(rows.column("aside"), relabelled),
        }
        for locus in loci:
            met = rows.column(locus).to_numpy() if locus in rows.schema.names else None
            columns[locus] = renumbering.codes(block.source, locus, met, len(rows))
        return columns

    # names that several files have

    def _settle_names(self, renumbering: Renumbering) -> None:
        for name, places in repeated(self._blocks).items():
            known = [self._content(place, renumbering) for place in places]
            agree = all(other == known[0] for other in known)
            first = self._where(places[0])
            error = InvalidRecord(
                f"This record repeats the one of {first}."
                if agree
                else f"{len(places)} records with different alleles are named {name!r}.",
                rule="A reference is listed once.",
                way_on="The first was taken." if agree else "Give each person a name.",
            )
            for place in places[1:] if agree else places:
                block, at = place
                block.kept[at] = False
                item = NotWeighed(name, reason(error), self._where(place))
                self._refuse(block.source, [item])

    def _content(self, place: Place, renumbering: Renumbering) -> object:
        """All that was typed, to be compared with that of others."""
        block, at = place
        row = block.rows().slice(at, 1)
        codes = []
        for locus in renumbering.alleles:
            met = row.column(locus).to_numpy() if locus in row.schema.names else None
            codes.append(int(renumbering.codes(block.source, locus, met, 1)[0]))
        aside = _aside(row.column("aside"), self._sources[block.source].relabelled)
        return codes, aside_genotypes(aside[0].as_py())

    def _where(self, place: Place) -> Where:
        block, at = place
        line = block.rows().column("line")[at].as_py()
        return Where(self._sources[block.source].said.file, line)


def _once(lists: pa.ListArray, met: Sequence[Locus], loci: Sequence[Locus]) -> pa.ListArray:
    """Places among the loci that were met, as places among those of the database."""
    if list(met) == list(loci):
        return lists
    place = {locus: k for k, locus in enumerate(loci)}
    table = np.array([place.get(locus, 0) for locus in met], dtype=np.uint16)
    ends = np.concatenate([[0], np.cumsum(pc.list_value_length(lists).to_numpy())])
    values = table[lists.flatten().to_numpy()]
    return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), pa.array(values))


def _aside(column: pa.Array, relabelled: Relabelled) -> pa.Array:
    """Loci of three alleles, their labels as they stand for in this file."""
    if not relabelled or column.null_count == len(column):
        return column
    texts = []
    for text in column.to_pylist():
        known = aside_genotypes(text)
        for locus, labels in relabelled.items():
            if locus in known:
                alleles = known[locus].alleles
                known[locus] = Genotype(tuple(labels.get(a, a) for a in alleles))
        texts.append(aside_text(known.items()))
    return pa.array(texts, pa.string())


def _nobody(sources: Sequence[_Reading], first: str) -> UnreadableFile:
    refused = sum(reading.said.refused for reading in sources)
    return UnreadableFile(
        f"No profile could be taken, {refused} were refused"
        + (f"; the first: {first}" * bool(first))
        + ".",
        rule="A database holds one person at least.",
        way_on="Correct the files, or export them again.",
        where=Where(sources[0].said.file if sources else ""),
    )
