"""Who was compared with whom by earlier searches, so that a search compares only what is new.

A search compares each of its new profiles with all of its profiles. Its numbers depend on the
tables of alleles, which every profile may add to: searches on other tables do not count.
Not here: whether settings and profiles are the same as then (the caller leaves out what is not).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reopen.records import Link, Locus
from reopen.weigh.compare import LocusTable


@dataclass(frozen=True, slots=True)
class Searched:
    """An earlier search: its new profiles (ids), all its profiles, and its tables' hash."""

    new: frozenset[str]
    every: frozenset[str]
    tables: str


@dataclass(frozen=True, slots=True)
class Before:
    """Earlier searches under the same settings, of profiles that are still the same.

    Where a search looks into a database, so did they: into the same one.
    """

    searches: tuple[Searched, ...] = ()

    def on(self, tables: str) -> Before:
        """Those that had these tables."""
        return Before(tuple(each for each in self.searches if each.tables == tables))

    def on_file(self, people: Iterable[str]) -> Before:
        """The same, with these people of the database among those compared."""
        more = frozenset(people)
        return Before(tuple(replace(each, every=each.every | more) for each in self.searches))

    def had(self, id: str) -> bool:
        """Whether a profile was compared with the others, and with the database."""
        return any(id in search.every for search in self.searches)

    def mask(self, ones: Sequence[str], others: Sequence[str]) -> NDArray[np.bool_]:
        """(one, other): whether the pair was compared."""
        found = np.zeros((len(ones), len(others)), dtype=bool)
        for search in self.searches:
            new, every = _within(ones, search)
            others_new, others_every = _within(others, search)
            found |= np.outer(new, others_every) | np.outer(every, others_new)
        return found

    def has(self, one: str, other: str) -> bool:
        """Whether the two were compared."""
        return any(
            one in search.every
            and other in search.every
            and (one in search.new or other in search.new)
            for search in self.searches
        )

    def without(self, links: Iterable[Link]) -> list[Link]:
        """Links of pairs that were not compared."""
        return [link for link in links if not self.has(link.one.profile, link.other.profile)]


def _within(ids: Sequence[str], search: Searched) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    new = np.fromiter((id in search.new for id in ids), bool, len(ids))
    every = np.fromiter((id in search.every for id in ids), bool, len(ids))
    return new, every


def hash_of_tables(tables: Mapping[Locus, LocusTable]) -> str:
    """SHA-256 of the alleles told apart at each locus: with the population, what a search's
    numbers rest on beside the pair itself."""
    named = {locus: list(table.alleles) for locus, table in tables.items()}
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()
