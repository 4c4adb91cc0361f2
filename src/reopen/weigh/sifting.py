"""One against many: the typed people whose LR with a stain, a person or a family is high enough.

A stain is several rows, its contributors at draws of its parameters; its LR is the mean over them.
Bounds of the mean give up nearly everybody after a few look-ups and lose nobody; those left are
weighed exactly, in the terms and order of `relations.against_typed`. Not for: two people who are
both uncertain (`pairing`), what chance alone would give (`chance`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from reopen.errors import CannotWeigh
from reopen.kernels.genotypes import number
from reopen.kernels.kin import add_up
from reopen.kernels.shapes import Floats, Ints, Numbers
from reopen.kernels.sieve import Codes, Sieve, prepared, sift
from reopen.records import Allele, Locus
from reopen.weigh.compare import Contributors, LocusTable
from reopen.weigh.mean_bounds import Bound, Powers, clusters_of_rows
from reopen.weigh.threads import each

CodesByLocus: TypeAlias = Mapping[Locus, Codes]

_LN_10 = float(np.log(10.0))
_PART = 1 << 20  # people searched at a time
_AT_ONCE = 1 << 14  # people left who are weighed at a time
_ASKED = 512  # people who say how closely to bound
_FEW = 0.02  # of them, of whom it is enough to look closer afterwards
_MOST_SIEVES = 4
_SLACK = 1e-6  # of a bound, far above its rounding error


@dataclass(frozen=True, slots=True)
class Found:
    """People who reach the threshold, each (found,), in the order of their places.

    person  place among those searched, from 0
    log10   of the mean LR over the rows
    best    the row with the largest LR
    """

    person: Ints
    log10: Floats
    best: Ints


def search_typed(
    rows: Mapping[Locus, Floats],
    people: CodesByLocus,
    least_log10: float,
    groups: Sequence[range] | None = None,
    workers: int = 1,
) -> tuple[Found, ...]:
    """Everybody whose mean LR over a group's rows is at least 10^least_log10, group by group.

    rows    locus -> (row, code) ln LR: `same_person_tables`, `related_tables` or a family's; a code
            after the last one stands for nobody typed. Loci that either side lacks count nothing
    people  locus -> (person,) codes: places in the rows' tables, as `TypedPeople.by_locus` or, with
            rows put through `on_codes`, those of a database
    groups  the rows of one stain; without them each row is by itself
    Raises CannotWeigh for a table with values that are no ln LR.
    """
    n_rows = len(next(iter(rows.values()))) if rows else 0
    found = []
    for group in groups if groups is not None else [range(row, row + 1) for row in range(n_rows)]:
        own = {locus: table[group.start : group.stop] for locus, table in rows.items()}
        search = Search(own, people, least_log10)
        found.append(search.among(_parts(people), workers))
    return tuple(found)


def search_blocks(
    rows: Mapping[Locus, Floats],
    blocks: Iterable[tuple[int, CodesByLocus]],
    least_log10: float,
    workers: int = 1,
) -> Found:
    """The same for one group, of people who come in blocks: (place of the first one, codes).

    rows  of `rows_on_codes` for a database; people are numbered by their places in it
    """
    coming = iter(blocks)
    first = next(coming, (0, {}))
    return Search(rows, first[1], least_log10).among(chain([first], coming), workers)


def _parts(people: CodesByLocus) -> Iterable[tuple[int, CodesByLocus]]:
    n = len(next(iter(people.values()))) if people else 0
    for start in range(0, n, _PART):
        yield start, {locus: codes[start : start + _PART] for locus, codes in people.items()}


class Search:
    """The rows of one stain, person or family, ready for any number of people.

    asked  people, as many as there are, of whom a few say what tells most; the result does not
           depend on them, the time does
    """

    def __init__(self, rows: Mapping[Locus, Floats], asked: CodesByLocus, least_log10: float):
        for locus, table in rows.items():
            if np.isnan(table).any() or (table == np.inf).any():
                raise CannotWeigh(
                    f"The table of {locus} has a value that is no logarithm of an LR.",
                    rule="Each is a number, or minus infinity where a genotype is excluded.",
                )
        self._least = least_log10
        self._loci = tuple(locus for locus in asked if locus in rows)
        self._rows = [_with_untyped(rows[locus]) for locus in self._loci]
        codes = [asked[locus] for locus in self._loci]
        self._sieves: list[Sieve] = []
        self._finer: list[Bound] = []
        if not self._loci:
            return
        powers = Powers(self._rows)
        bounds = [powers.bound(each) for each in clusters_of_rows(self._rows, codes)]
        first = self._coarsest(bounds, codes)
        self._sieves = [
            prepared(codes, tables, least_log10 * _LN_10)
            for tables in zip(*bounds[first].tables, strict=True)
        ]
        if least_log10 > -np.inf:
            self._finer = bounds[max(first, 1) :]

    def among(self, blocks: Iterable[tuple[int, CodesByLocus]], workers: int = 1) -> Found:
        """Those who reach the threshold, in blocks of (place of the first person, codes)."""

        def work(block: tuple[int, CodesByLocus]) -> Found:
            start, people = block
            found = self.found(people)
            return Found(found.person + start, found.log10, found.best)

        done = list(each(work, blocks, workers)) if workers > 1 else list(map(work, blocks))
        done.append(Found(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64)))
        return Found(
            np.concatenate([found.person for found in done]),
            np.concatenate([found.log10 for found in done]),
            np.concatenate([found.best for found in done]),
        )

    def found(self, people: CodesByLocus) -> Found:
        """Those who reach the threshold."""
        kept = self.candidates(people)
        own = [people[locus] for locus in self._loci]
        log10, best = np.empty(len(kept)), np.empty(len(kept), dtype=np.int64)
        for start in range(0, len(kept), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            sums = _sums(self._rows, _numbers(own, kept[some])) / _LN_10
            log10[some], best[some] = mean_log10(sums)
        reach = log10 >= self._least
        return Found(kept[reach], log10[reach], best[reach])

    def candidates(self, people: CodesByLocus) -> Ints:
        """Everybody who may reach the threshold: no one who does is missing, most others are."""
        own = [people[locus] for locus in self._loci]
        kept = sift(own, self._sieves[0]) if self._sieves else np.zeros(0, dtype=np.int64)
        for more in self._sieves[1:]:
            kept = np.union1d(kept, sift(own, more))
        for bound in self._finer:
            parts = [kept[start : start + _AT_ONCE] for start in range(0, len(kept), _AT_ONCE)]
            reach = [self._may_reach(bound, _numbers(own, some)) for some in parts]
            kept = kept[np.concatenate(reach)] if reach else kept
        return kept

    def _may_reach(self, bound: Bound, numbers: Numbers) -> NDArray[np.bool_]:
        sums = _sums(bound.tables, numbers) + bound.ln_share
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(np.exp(sums - self._least * _LN_10).sum(axis=0) >= 1 - _SLACK)

    def _coarsest(self, bounds: Sequence[Bound], codes: Sequence[Codes]) -> int:
        """Place of the bounds to sift by: the first that gives up nearly all who are asked."""
        some = [row[:: max(1, len(row) // _ASKED)] for row in codes]
        numbers = _numbers(some, np.arange(len(some[0])))
        last = max(k for k, bound in enumerate(bounds) if len(bound.ln_share) <= _MOST_SIEVES)
        for place, bound in enumerate(bounds[:last]):
            reach = self._may_reach(bound, numbers)
            if np.count_nonzero(reach) <= _FEW * len(reach):
                return place
        return last


def _numbers(codes: Sequence[Codes], people: Ints) -> Numbers:
    """Codes of some of the people; (locus, person)."""
    numbers = np.empty((len(codes), len(people)), dtype=np.uint16)
    for line, own in zip(numbers, codes, strict=True):
        line[:] = own[people]
    return numbers


def mean_log10(rows: Floats) -> tuple[Floats, Ints]:
    """log10 of the mean LR over rows, and the row with the largest; (row, person) -> (person,).

    Added row by row, so that one person's number does not depend on how many others there are.
    """
    top = rows.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    total = np.zeros(rows.shape[1])
    for row in rows:
        total += 10.0 ** (row - safe)
    with np.errstate(divide="ignore"):
        mean = np.log10(total / len(rows))
    return np.where(np.isfinite(top), safe + mean, -np.inf), rows.argmax(axis=0)


def _with_untyped(table: Floats) -> Floats:
    return np.pad(table, ((0, 0), (0, 1)))


def _sums(tables: Sequence[Floats], numbers: Numbers) -> Floats:
    """ln LR of every row with every person, in the order of the loci; (row, person)."""
    total = np.zeros((len(tables[0]), numbers.shape[1]))
    padded = np.zeros((len(tables), max(table.shape[1] for table in tables)))
    for row, sums in enumerate(total):
        for line, table in zip(padded, tables, strict=True):
            line[: table.shape[1]] = table[row]
        add_up(numbers, padded, sums)
    return total


def same_person_tables(people: Contributors) -> dict[Locus, Floats]:
    """ln LR, the same person against unrelated, for every genotype of another, typed person.

    Locus -> (person, genotype); rows of people without data are 0.
    """
    return {
        locus: np.where(people.present[locus][:, None], ln - people.unrelated[locus], 0.0)
        for locus, ln in people.ln.items()
    }


def rows_on_codes(
    rows: Mapping[Locus, Floats],
    tables: Mapping[Locus, LocusTable],
    alleles: Mapping[Locus, Sequence[Allele]],
) -> dict[Locus, Floats]:
    """Rows of a search put on a database's codes, at the loci that both have; see `on_codes`."""
    return {
        locus: on_codes(rows[locus], tables[locus], named)
        for locus, named in alleles.items()
        if locus in rows
    }


def on_codes(values: Floats, table: LocusTable, alleles: Sequence[Allele]) -> Floats:
    """Values by genotype number put on a database's codes; (row, genotype) -> (row, code).

    alleles  of the database at the locus, in its order: its code of the a-th and b-th, a <= b from
             0, is b (b + 1) / 2 + a
    Raises CannotWeigh for an allele that the search's table does not hold.
    """
    place = {label: k for k, label in enumerate(table.alleles)}
    for label in alleles:
        if label not in place:
            raise CannotWeigh(
                f"Allele {label} of the database is not in the table of {table.locus}.",
                rule="A search's table holds every allele met in it.",
                way_on="Make the table with the database's alleles among those met.",
            )
    places = np.array([place[label] for label in alleles], dtype=np.int64)
    second, first = np.tril_indices(len(alleles))
    return np.asarray(values[:, number(places[first], places[second], len(table.alleles))])
