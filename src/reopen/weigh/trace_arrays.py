"""Contributors at draws of their stains' parameters, put into the ragged arrays of `kernels.pairs`.

Not for: weighing them (`pairing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import numpy as np

from reopen.kernels.genotypes import pairs
from reopen.kernels.pairs import Loci, Traces, to_likelihoods
from reopen.kernels.shapes import Floats, Ints
from reopen.records import REST, Allele, GenotypeLikelihoods, Locus, LocusLikelihoods
from reopen.weigh.compare import LocusTable

Draws: TypeAlias = Sequence[Sequence[GenotypeLikelihoods]]
"""A stain: (draw, contributor); at its fit alone one draw."""

_Row: TypeAlias = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Crowd:
    """All stains of a search in arrays, a quarter of what they take as records.

    traces  their contributors in turn, at all draws
    stain   (contributor,) the stain's place
    loci    what they are compared by
    """

    traces: Traces
    stain: Ints
    loci: Loci

    def at_draw(self, draw: int) -> Crowd:
        """The same at one draw; stains of fewer go round."""
        of = self.traces
        if (of.draws == 1).all():
            return self
        size = (of.told + 1) * (of.told + 2) // 2
        start = of.first_value + (draw % of.draws)[:, None] * size
        first = _before(size)
        values = np.repeat((start - first).ravel(), size.ravel()) + np.arange(size.sum())
        one = np.ones_like(of.draws)
        traces = of._replace(draws=one, first_value=first, value=of.value[values])
        return Crowd(traces, self.stain, self.loci)

    def part(self, first: int, stop: int) -> Crowd:
        """Some consecutive stains, numbered anew."""
        start, end = (int(place) for place in np.searchsorted(self.stain, (first, stop)))
        of, some = self.traces, slice(start, end)
        alleles = _flat(of.first_allele, len(of.allele), start, end)
        values = _flat(of.first_value, len(of.value), start, end)
        traces = Traces(
            of.draws[some],
            of.told[some],
            of.first_allele[some] - alleles.start,
            of.allele[alleles],
            of.first_value[some] - values.start,
            of.value[values],
        )
        return Crowd(traces, self.stain[some] - first, self.loci)


def _flat(first: Ints, end: int, start: int, stop: int) -> slice:
    """Where what some traces have lies, of all that lies there up to the end."""
    ends = [int(first[k, 0]) if k < len(first) and first.shape[1] else end for k in (start, stop)]
    return slice(*ends)


def crowd_of(stains: Sequence[Draws], tables: Mapping[Locus, LocusTable]) -> Crowd:
    """Stains, each of any number of contributors and draws, as a search has them."""
    size = [len(draws[0]) for draws in stains]
    stain = np.repeat(np.arange(len(stains)), size)
    return Crowd(traces_of(stains, tables), stain, loci_of(tables))


def loci_of(tables: Mapping[Locus, LocusTable]) -> Loci:
    """Frequencies and theta of a search, in the order of its tables."""
    most = max((len(table.alleles) for table in tables.values()), default=0)
    frequency = np.zeros((len(tables), most))
    for line, table in zip(frequency, tables.values(), strict=True):
        line[: len(table.alleles)] = table.frequency
    return Loci(frequency, np.array([table.theta for table in tables.values()]))


def traces_of(stains: Iterable[Draws], tables: Mapping[Locus, LocusTable]) -> Traces:
    """Each stain's contributors in turn, on the alleles that each tells apart.

    What cannot be put on the tables counts nothing there, as in `compare.contributors`, which lists
    it with the reason.
    """
    people = [
        [one.by_locus for one in draws] for stain in stains for draws in zip(*stain, strict=True)
    ]
    columns = [(locus, _Places(table)) for locus, table in tables.items()]
    counts: list[int] = []
    alleles: list[int] = []
    rows: list[_Row] = []
    for draws in people:
        for locus, on_table in columns:
            found = on_table.of([by_locus.get(locus) for by_locus in draws])
            counts.append(-1 if found is None else len(found[0]))
            if found is not None:
                alleles += found[0]
                rows += found[1]
    told = np.array(counts, dtype=np.int64).reshape(len(people), len(tables))
    n_draws = np.array([len(draws) for draws in people], dtype=np.int64)
    n_values = n_draws[:, None] * ((told + 1) * (told + 2) // 2)
    traces = Traces(
        n_draws,
        told,
        _before(np.maximum(told, 0)),
        np.array(alleles, dtype=np.int64),
        _before(n_values),
        np.fromiter(chain.from_iterable(rows), dtype=np.float64, count=int(n_values.sum())),
    )
    to_likelihoods(traces)
    return traces


def _before(counts: Ints) -> Ints:
    """How many come before each, row by row."""
    return np.asarray(counts.cumsum().reshape(counts.shape) - counts)


class _Places:
    """Likelihoods of one locus put on its table."""

    def __init__(self, table: LocusTable):
        self._place = {label: k for k, label in enumerate(table.alleles)}
        self._place_of = self._place.__getitem__

    def of(self, draws: Sequence[LocusLikelihoods | None]) -> tuple[list[int], list[_Row]] | None:
        """Places of the alleles told apart, and each draw's values: of them and, last, the rest."""
        first = draws[0]
        if first is not None and first.alleles[-1:] == (REST,):
            alleles = first.alleles
            rows = [one.ln for one in draws if one is not None and one.alleles == alleles]
            if len(rows) == len(draws) and (places := self._places(alleles[:-1])) is not None:
                return places, rows
        return self._together(draws)

    def _places(self, alleles: tuple[Allele, ...]) -> list[int] | None:
        """None where one is not in the table."""
        try:
            return [*map(self._place_of, alleles)]
        except KeyError:
            return None

    def _is_whole(self, alleles: tuple[Allele, ...]) -> bool:
        """Whether its alleles are all in the table, and every one of the table has a value."""
        told = set(alleles) - {REST}
        return told <= self._place.keys() and (REST in alleles or len(told) == len(self._place))

    def _together(
        self, draws: Sequence[LocusLikelihoods | None]
    ) -> tuple[list[int], list[_Row]] | None:
        """Draws that tell different alleles apart, some of which may tell nothing."""
        usable = [one if one is not None and self._is_whole(one.alleles) else None for one in draws]
        labels = {label for one in usable if one is not None for label in one.alleles} - {REST}
        if all(one is None for one in usable):
            return None
        told = sorted(labels, key=self._place.__getitem__)
        rows = [tuple(map(float, _on(one, told))) for one in usable]
        return [self._place[label] for label in told], rows


def _on(likelihoods: LocusLikelihoods | None, told: Sequence[Allele]) -> Floats:
    """ln likelihoods of the genotypes of some alleles and a rest; 0 without data.

    Somebody who tells all alleles of the table apart has no rest, and there is none.
    """
    first, second = pairs(len(told) + 1)
    if likelihoods is None:
        return np.zeros(len(first))
    own = {label: k for k, label in enumerate(likelihoods.alleles)}
    index = np.array([own.get(label, own.get(REST, -1)) for label in (*told, REST)])
    low, high = np.minimum(index[first], index[second]), np.maximum(index[first], index[second])
    numbers = low * len(own) - low * (low - 1) // 2 + (high - low)
    return np.where(low < 0, -np.inf, np.array(likelihoods.ln)[np.maximum(numbers, 0)])
