"""The built-in library of kits and populations, and the user's own beside it.

A name is looked up without regard to case, spaces and marks: "Fusion 6C", "ppf6c" and "PowerPlex
Fusion 6C" are one kit. Each record carries the source it was taken from. Only the files that are
asked for are read.

Not here: which population suits a case, theta and the rule for unseen alleles
(`reopen.records.Population`), and how the files were made (tools/make_library.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TypeVar

from reopen.errors import UnknownName, UnreadableFile, Where
from reopen.formats.frequencies import read_frequencies
from reopen.formats.kits import read_kits
from reopen.formats.library import _store
from reopen.records import AlleleFrequencies, Kit, Locus

__all__ = [
    "find_kit",
    "find_population",
    "guess_kit",
    "kit",
    "kit_name",
    "kit_names",
    "kits",
    "population",
    "population_names",
    "populations",
]

Named = TypeVar("Named", Kit, AlleleFrequencies)


def kit_names() -> tuple[str, ...]:
    """Names of the library's kits."""
    return tuple(entry.name for entry in _store.entries("kits"))


def kit_name(name: str) -> str | None:
    """The library's name of a kit that goes by this name, or None. Reads no kit."""
    entry = _store.known("kits", name)
    return entry.name if entry else None


def kit(name: str) -> Kit:
    """A kit of the library. Raises UnknownName, listing kits of similar names."""
    return _store.kit(_store.named("kits", name).stem)


def kits() -> tuple[Kit, ...]:
    """All kits of the library."""
    return tuple(_store.kit(entry.stem) for entry in _store.entries("kits"))


def population_names() -> tuple[str, ...]:
    """Names of the library's populations."""
    return tuple(entry.name for entry in _store.entries("populations"))


def population(name: str) -> AlleleFrequencies:
    """A population of the library, by name ("NIST 1036 Caucasian") or short name
    ("nist1036-cauc"). Raises UnknownName, listing populations of similar names."""
    return _store.population(_store.named("populations", name).stem)


def populations() -> tuple[AlleleFrequencies, ...]:
    """All populations of the library."""
    return tuple(_store.population(entry.stem) for entry in _store.entries("populations"))


def find_kit(name_or_path: str | Path) -> Kit:
    """A kit of the library by name, or the user's own from a file.

    A file of several kits needs the one that is meant: `path#name`.
    Raises UnknownName, or UnreadableFile for a file that is not a kit table.
    """
    if (entry := _store.known("kits", str(name_or_path))) is not None:
        return _store.kit(entry.stem)
    path, wanted = _own_file("kits", str(name_or_path))
    return _only(read_kits(path), path, wanted, "kit")


def find_population(name_or_path: str | Path) -> AlleleFrequencies:
    """A population of the library by name, or the user's own from a file.

    A file of several populations needs the one that is meant: `path#name`.
    Raises UnknownName, or UnreadableFile for a file that is not a frequency table or holds loci
    that had to be refused: a table with a gap is not used unless somebody decides so.
    """
    if (entry := _store.known("populations", str(name_or_path))) is not None:
        return _store.population(entry.stem)
    path, wanted = _own_file("populations", str(name_or_path))
    imported = read_frequencies(path)
    if imported.refused:
        first = imported.refused[0]
        raise UnreadableFile(
            f"{len(imported.refused)} parts of the table are refused; the first is {first}.",
            rule="A frequency table is used as a whole.",
            way_on="Correct the file, or take these loci out of it.",
            where=first.where or Where(str(path)),
        )
    return _only(imported.tables, path, wanted, "population")


def guess_kit(loci: Iterable[Locus]) -> Kit | None:
    """The one kit of the library whose autosomal loci are exactly these.

    Loci of other kinds (amelogenin, Y) count only where several kits share the autosomal ones.
    None where no kit fits or more than one does: Identifiler and Identifiler Plus, for instance.
    """
    typed = frozenset(loci)
    wanted = typed - _not_autosomal()
    fitting = [k for k in kits() if wanted and _loci(k, autosomal=True) == wanted]
    if len(fitting) > 1:
        fitting = [k for k in fitting if frozenset(k.loci) == typed]
    return fitting[0] if len(fitting) == 1 else None


@cache
def _not_autosomal() -> frozenset[Locus]:
    return frozenset().union(*(_loci(k, autosomal=False) for k in kits()))


def _loci(one: Kit, *, autosomal: bool) -> frozenset[Locus]:
    return frozenset(m.locus for m in one.markers if (m.kind == "autosomal") is autosomal)


def _own_file(folder: _store.Folder, text: str) -> tuple[Path, str]:
    """Path and the name after "#", if there is one. Raises UnknownName where no such file is."""
    if _is_file(text):
        return Path(text), ""
    path, mark, name = text.rpartition("#")
    if mark and _is_file(path):
        return Path(path), name
    raise _store.unknown(folder, text)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # a name too long, or with a null character
        return False


def _only(records: tuple[Named, ...], path: Path, wanted: str, noun: str) -> Named:
    """The one record of the file, or the one of the wanted name."""
    fitting = [r for r in records if not wanted or _store.key(r.name) == _store.key(wanted)]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f"{path}#{r.name}" for r in records)
    raise UnknownName(
        f"{path.name} has no {noun} called {wanted!r}."
        if wanted and not fitting
        else f"{path.name} holds {len(fitting)} {noun}s{f' called {wanted!r}' if wanted else ''}.",
        rule=f"One {noun} is meant.",
        way_on=f"Name one of: {names}.",
    )
