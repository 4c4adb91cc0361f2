"""Contributors at draws of their stains' parameters, put into the ragged arrays of `kernels.pairs`.

Not for: weighing them (`pairing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    people = [of for draws in stains for of in zip(*draws, strict=True)]
    columns = [(locus, _Places(table)) for locus, table in tables.items()]
    counts: list[int] = []
    alleles: list[int] = []
    rows: list[_Row] = []
    for draws in people:
        for locus, on_table in columns:
            found = on_table.of([one.by_locus.get(locus) for one in draws])
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
        self._known: dict[tuple[Allele, ...], list[int] | None] = {}

    def of(self, draws: Sequence[LocusLikelihoods | None]) -> tuple[list[int], list[_Row]] | None:
        """Places of the alleles told apart, and each draw's values: of them and, last, the rest."""
        first = draws[0]
        if first is not None and first.alleles[-1:] == (REST,):
            places = self._places(first.alleles)
            told = [one for one in draws if one is not None and one.alleles == first.alleles]
            if places is not None and len(told) == len(draws):
                return places, [one.ln for one in told]
        return self._together(draws)

    def _places(self, alleles: tuple[Allele, ...]) -> list[int] | None:
        """None where an allele told apart is not in the table, or one of the table has no value."""
        if alleles not in self._known:
            own = [self._place.get(label) for label in alleles if label != REST]
            found = [place for place in own if place is not None]
            whole = REST in alleles or len(found) == len(self._place)
            self._known[alleles] = found if whole and len(found) == len(own) else None
        return self._known[alleles]

    def _together(
        self, draws: Sequence[LocusLikelihoods | None]
    ) -> tuple[list[int], list[_Row]] | None:
        """Draws that tell different alleles apart, some of which may tell nothing."""
        usable = [
            one if one is not None and self._places(one.alleles) is not None else None
            for one in draws
        ]
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
