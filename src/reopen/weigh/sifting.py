"""One against many: the typed people whose LR with a stain, a person or a family is high enough.

A stain is several rows, its contributors at draws of its parameters; its LR is the mean over them.
Bounds of the mean give up nearly everybody after a few look-ups and lose nobody; those left are
weighed exactly, in the terms and order of `relations.against_typed`. Not for: two people who are
both uncertain (`pairing`), what chance alone would give (`chance_hits`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.genotypes import number
from reopen.kernels.kin import add_up
from reopen.kernels.shapes import Floats, Ints, Numbers
from reopen.kernels.sieve import Codes, prepared, sift
from reopen.records import Allele, Locus
from reopen.weigh.compare import Contributors, LocusTable
from reopen.weigh.threads import each

CodesByLocus: TypeAlias = Mapping[Locus, Codes]

_LN_10 = float(np.log(10.0))
_PART = 1 << 20  # people searched at a time
_AT_ONCE = 1 << 14  # people left who are weighed at a time
_MOST_CLUSTERS = 16
_ROWS_EACH = 4  # rows of a cluster, on average, below which they had better be weighed
_ASKED = 64  # people who say which rows are alike
_FAR = -10.0  # ln LR below which rows are not told apart
_SLACK = 1e-6  # of a bound's ln, far above its rounding error


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
        n_rows = len(self._rows[0]) if self._rows else 0
        bounds = [power_mean(table, len(self._rows)) for table in self._rows]
        codes = [asked[locus] for locus in self._loci]
        self._sieve = prepared(codes, bounds, least_log10 * _LN_10)
        self._finer = [
            _bound(self._rows, clusters) for clusters in _clusters(self._rows, codes, n_rows)
        ]

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
        log10, best = np.empty(len(kept)), np.empty(len(kept), dtype=np.int64)
        for start in range(0, len(kept), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            sums = _sums(self._rows, self._numbers(people, kept[some])) / _LN_10
            log10[some], best[some] = mean_log10(sums)
        reach = log10 >= self._least
        return Found(kept[reach], log10[reach], best[reach])

    def candidates(self, people: CodesByLocus) -> Ints:
        """Everybody who may reach the threshold: no one who does is missing, most others are."""
        kept = sift([people[locus] for locus in self._loci], self._sieve)
        least = self._least * _LN_10 - _SLACK
        for tables, ln_share in self._finer:
            parts = [kept[start : start + _AT_ONCE] for start in range(0, len(kept), _AT_ONCE)]
            reach = [
                np.logaddexp.reduce(_sums(tables, self._numbers(people, some)) + ln_share) >= least
                for some in parts
            ]
            kept = kept[np.concatenate(reach)] if reach else kept
        return kept

    def _numbers(self, people: CodesByLocus, kept: Ints) -> Numbers:
        numbers = np.empty((len(self._loci), len(kept)), dtype=np.uint16)
        for line, locus in zip(numbers, self._loci, strict=True):
            line[:] = people[locus][kept]
        return numbers


def mean_log10(rows: Floats) -> tuple[Floats, Ints]:
    """log10 of the mean LR over rows, and the row with the largest; (row, person) -> (person,)."""
    top = rows.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        mean = np.log10(np.mean(10.0 ** (rows - safe), axis=0))
    return np.where(np.isfinite(top), safe + mean, -np.inf), rows.argmax(axis=0)


def power_mean(ln: Floats, loci: int) -> Floats:
    """ln of (mean over rows of x^n)^(1/n), n loci; (row, code) -> (code,).

    The product over n loci of these is at least the mean over rows of the product, and at most the
    product of the largest values.
    Source: Hardy, Littlewood and Polya 1934, Inequalities, theorem 11 (Hoelder's, n factors).
    """
    top = ln.max(axis=0)
    safe = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.asarray(safe + np.log(np.mean(np.exp(loci * (ln - safe)), axis=0)) / loci)


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


def _bound(rows: Sequence[Floats], clusters: Sequence[Ints]) -> tuple[list[Floats], Floats]:
    """Tables that bound the mean over each cluster of rows, and ln of its share of all rows."""
    sizes = np.array([len(cluster) for cluster in clusters], dtype=np.float64)
    tables = [
        np.array([power_mean(table[cluster], len(rows)) for cluster in clusters]) for table in rows
    ]
    return tables, np.log(sizes / sizes.sum())[:, None]


def _clusters(rows: Sequence[Floats], codes: Sequence[Codes], n: int) -> list[list[Ints]]:
    """Rows in 2, 4, 8 and 16 sets of rows that are alike; fewer where there are few rows."""
    if n < 2 * _ROWS_EACH:
        return []
    values = [
        np.maximum(table[:, own[:: max(1, len(own) // _ASKED)]], _FAR)
        for table, own in zip(rows, codes, strict=True)
    ]
    seen = np.concatenate(values, axis=1)
    square = (seen**2).sum(axis=1)
    distance = square[:, None] + square - 2 * seen @ seen.T
    made = [[np.arange(n)]]
    while 2 * len(made[-1]) <= min(_MOST_CLUSTERS, n // _ROWS_EACH):
        made.append([half for cluster in made[-1] for half in _halves(cluster, distance)])
        if len(made[-1]) == len(made[-2]):
            break
    return made[1:]


def _halves(cluster: Ints, distance: Floats) -> list[Ints]:
    """Rows that are nearer to one or to the other of the two furthest apart."""
    own = distance[np.ix_(cluster, cluster)]
    one, other = np.unravel_index(int(own.argmax()), own.shape)
    near = own[one] <= own[other]
    return [cluster] if near.all() else [cluster[near], cluster[~near]]


def same_person_tables(people: Contributors) -> dict[Locus, Floats]:
    """ln LR, the same person against unrelated, for every genotype of another, typed person.

    Locus -> (person, genotype); rows of people without data are 0.
    """
    return {
        locus: np.where(people.present[locus][:, None], ln - people.unrelated[locus], 0.0)
        for locus, ln in people.ln.items()
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
