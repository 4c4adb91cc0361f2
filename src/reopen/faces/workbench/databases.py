"""Reference databases of a unit: built from files or invented, shown, checked, exported.

Not for: searching them, which is of `reopen search`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from reopen.errors import CannotStore, InvalidRecord, Where
from reopen.faces.workbench.assumptions import DEFAULT_POPULATION
from reopen.formats import find_kit, find_population
from reopen.formats._database_people import People, alike
from reopen.formats.database_builder import DatabaseBuilder
from reopen.formats.database_export import export_database as _export
from reopen.formats.database_import import build_database as _build
from reopen.formats.genotype_codes import code
from reopen.formats.reference_database import ReferenceDatabase, open_database
from reopen.records import Population, Purpose
from reopen.weigh.simulate import draw_alleles

Progress = Callable[[str, int, int], None]

_AT_ONCE = 1 << 17  # invented people


def build_database(
    out: str | Path,
    *files: str | Path,
    kit: str = "",
    decimal_comma: bool | None = None,
    kept_as: str = Purpose.DATABASE,
    replace: bool = False,
    progress: Progress = lambda step, done, of: None,
) -> ReferenceDatabase:
    """A reference database of the typed people in some files, and the list of what was refused.

    out      ends in .arrow; the list is called NAME.refused.csv and stands beside it
    kept_as  the purpose for which these people are on file, where a file does not say it
    replace  a database of this name may be replaced

    Raises UnreadableFile for a file that cannot be read, InvalidRecord for a name that cannot be
    taken, CannotStore where the database cannot be written. Nothing is left half-written.
    """
    _check_name(Path(out), files, replace=replace)
    return _build(
        out,
        files,
        kit=kit,
        decimal_comma=decimal_comma,
        purpose=_purpose(kept_as),
        progress=progress,
    )


def simulate_database(
    out: str | Path,
    people: int,
    *,
    population: str = DEFAULT_POPULATION,
    kit: str = "GlobalFiler",
    seed: int = 1,
    kept_as: str = Purpose.DATABASE,
    replace: bool = False,
    progress: Progress = lambda step, done, of: None,
) -> ReferenceDatabase:
    """A reference database of invented, unrelated people, to try a search on.

    They are typed at the kit's autosomal loci that the population has. The same seed gives the
    same people. Raises what `build_database` does, and UnknownName.
    """
    out = Path(out)
    _check_name(out, (), replace=replace)
    frequencies = Population(find_population(population))
    typed = find_kit(kit)
    loci = [m.locus for m in typed.markers if m.kind == "autosomal"]
    loci = [locus for locus in loci if locus in frequencies.frequencies.by_locus]
    rng = np.random.default_rng(seed)
    width, purpose = len(str(people)), _purpose(kept_as)
    with DatabaseBuilder(out) as builder:
        builder.begin("invented people")
        for start in range(0, people, _AT_ONCE):
            n = min(_AT_ONCE, people - start)
            codes = {}
            for locus in loci:
                labels, pairs = draw_alleles(rng, frequencies, locus, n)
                numbers = np.array([builder.numbers.number(locus, label) for label in labels])
                codes[locus] = code(numbers[pairs[:, 0]], numbers[pairs[:, 1]])
            names = [f"SIM-{k:0{width}}" for k in range(start + 1, start + n + 1)]
            builder.take(
                People(
                    pa.array(names),
                    np.arange(start + 1, start + n + 1),
                    alike(purpose, n),
                    alike(typed.name, n),
                    codes,
                )
            )
            progress("inventing people", start + n, people)
        builder.end("", f"simulated: {frequencies.name}, {typed.name}, seed {seed}")
        return builder.finish()


def export_database(
    database: ReferenceDatabase | str | Path,
    out: str | Path,
    *,
    replace: bool = False,
    progress: Progress = lambda step, done, of: None,
) -> int:
    """Write a database as a table that other programs read: .csv (as SmartRank's) or .parquet.

    Returns how many people it holds. Raises UnreadableFile, InvalidRecord, CannotStore.
    """
    if not isinstance(database, ReferenceDatabase):
        database = open_database(database)
    _refuse_overwriting(Path(out), replace=replace)
    _export(database, out, lambda done, of: progress("writing the table", done, of))
    return database.n


def _purpose(kept_as: str) -> Purpose:
    if kept_as not in list(Purpose):
        raise InvalidRecord(
            f"People are to be on file as {kept_as!r}.",
            rule=f"A purpose is one of: {', '.join(Purpose)}.",
            way_on="Give one of these.",
        )
    return Purpose(kept_as)


def _check_name(out: Path, files: Sequence[str | Path], *, replace: bool) -> None:
    if out.suffix.lower() != ".arrow":
        raise InvalidRecord(
            f"The database is to be called {out.name}.",
            rule="A reference database is an Arrow file, and its name ends in .arrow.",
            way_on=f"Call it {out.stem}.arrow.",
        )
    _refuse_overwriting(out, replace=replace)


def _refuse_overwriting(out: Path, *, replace: bool) -> None:
    if out.exists() and not replace:
        raise CannotStore(
            "There is a file of this name already.",
            rule="What is there is not written over unasked.",
            way_on="Give another name, or say --replace.",
            where=Where(str(out)),
        )
