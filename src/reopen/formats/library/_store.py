"""The files of the library: which there are, what each is called, and their content as records.

The form is our own. A kit is one TOML file with a table per marker, its sizes written as
"allele=bp allele=bp ..."; a population is one TOML file with the counted alleles of each locus
written as "allele=count ...". index.toml in each folder lists the files and their names.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from reopen.errors import UnknownName
from reopen.records import Allele, AlleleFrequencies, Kit, Locus, Marker, allele

Folder = Literal["kits", "populations"]

NO_REPEAT = 0
"""Repeat length of a marker without a repeat motif (amelogenin, an indel, a quality sensor)."""

_MARKS = re.compile(r"[^a-z0-9+\s]")
_WORDS = re.compile(r"ampf[il]?str|\bkit\b|\s")


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of the library: its short name (the file's), its name and other names."""

    stem: str
    name: str
    aliases: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, self.stem, *self.aliases)


def key(name: str) -> str:
    """Names that differ in case, spaces, marks or a maker's prefix only have one key."""
    text = _WORDS.sub("", _MARKS.sub("", name.casefold())).replace("+", "plus")
    return text.replace("powerplex", "pp")


@cache
def entries(folder: Folder) -> tuple[Entry, ...]:
    """The library's files of one kind, in the order of the index."""
    return tuple(
        Entry(stem, str(item["name"]), tuple(item["aliases"]))
        for stem, item in _toml(folder, "index").items()
    )


@cache
def _by_key(folder: Folder) -> dict[str, Entry]:
    return {key(name): entry for entry in entries(folder) for name in entry.names}


def known(folder: Folder, name: str) -> Entry | None:
    """The file that goes by this name, or None."""
    return _by_key(folder).get(key(name))


def named(folder: Folder, name: str) -> Entry:
    """The file that goes by this name. Raises UnknownName with the closest names there are."""
    entry = known(folder, name)
    if entry is None:
        raise unknown(folder, name)
    return entry


def unknown(folder: Folder, name: str) -> UnknownName:
    """The error for a name that nothing in the library goes by."""
    by_key = _by_key(folder)
    close = get_close_matches(key(name), by_key, n=8, cutoff=0.5)
    suggestions = list(dict.fromkeys(by_key[k].name for k in close))
    listed = suggestions or [entry.name for entry in entries(folder)]
    return UnknownName(
        f"No {folder[:-1]} of the library is called {name!r}.",
        rule=f"{'Close to it' if suggestions else 'There are'}: {', '.join(listed)}.",
        way_on=f"Name one of these, or give the path of a file of your own {folder}.",
    )


@cache
def kit(stem: str) -> Kit:
    """The kit of one file."""
    data = _toml("kits", stem)
    entry = next(e for e in entries("kits") if e.stem == stem)
    return Kit(
        name=data["name"],
        markers=tuple(_marker(item) for item in data["marker"]),
        source=data["source"],
        maker=data["maker"],
        aliases=entry.aliases,
    )


def _marker(item: dict[str, Any]) -> Marker:
    # The labels of quality sensors (Q, S) are names of peaks, not alleles.
    label = Allele if item["kind"] == "quality" else allele
    return Marker(
        locus=Locus(item["locus"]),
        dye=item["dye"],
        sizes_bp={label(text): float(size) for text, size in _run(item["sizes_bp"])},
        repeat_bp=item.get("repeat_bp", NO_REPEAT),
        kind=item["kind"],
        dye_name=item.get("dye_name", ""),
    )


@cache
def population(stem: str) -> AlleleFrequencies:
    """The allele frequencies of one file: counts divided by the number of alleles counted."""
    data = _toml("populations", stem)
    counts = {
        Locus(locus): {Allele(text): int(count) for text, count in _run(line)}
        for locus, line in data["counts"].items()
    }
    totals = {locus: sum(table.values()) for locus, table in counts.items()}
    return AlleleFrequencies(
        name=data["name"],
        by_locus={
            locus: {label: count / totals[locus] for label, count in table.items()}
            for locus, table in counts.items()
        },
        source=f"{data['source']}. {data['terms']}.",
        counts=totals,
    )


def _run(text: str) -> Iterator[tuple[str, str]]:
    for pair in text.split():
        label, _, value = pair.rpartition("=")
        yield label, value


def _toml(folder: Folder, stem: str) -> dict[str, Any]:
    text = (files(__package__) / folder / f"{stem}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
