"""Which contributors may be one person, as a search's threshold has it: bounds, no LRs.

A contributor is a vector at each locus; the product over loci of two contributors' scalar products
bounds their mean LR over draws from above (`kernels.pair_bounds`). Short vectors are multiplied all
with all, longer ones pair by pair for the pairs that are left. No pair that reaches the threshold
is lost. Not for: what the pairs are worth (`pairing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, cast

import numpy as np

from reopen.kernels.arrays import (
    Array,
    ArrayLibrary,
    budgets,
    host,
    may_reach,
    room_for_vectors,
    telling_order,
)
from reopen.kernels.pair_bounds import bounding_vectors, n_classes, reach_in_turn
from reopen.kernels.pairs import Loci, Singles
from reopen.kernels.shapes import Floats, Ints
from reopen.records import Locus
from reopen.weigh.compare import LocusTable
from reopen.weigh.threads import each
from reopen.weigh.trace_arrays import Draws, loci_of, traces_of

_LN_10 = float(np.log(10.0))
_COARSE, _FINE = 8, 13  # groups of alleles of the vectors
_TILE = 384  # people multiplied with as many: their products stay in the second cache
_TILE_ELSEWHERE = 1 << 13  # the same on a GPU
_ASKED = 256  # people who say which loci tell most
_STAINS = 256  # whose likelihoods are put in arrays together
_SLACK = 1e-3  # of a bound's ln, far above its rounding error
_BITS = 32  # a pair is one number: the first's place above the second's

Progress: TypeAlias = Callable[[int, int], None]


def quiet(done: int, of: int) -> None:
    """No progress shown."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """Stains' contributors as vectors that bound their LRs: all that the sieve needs of them.

    stain    (contributor,) the stain's place
    coarse, fine  (locus, contributor, entry) in single precision, with the entry for rounding
    coarse_size, fine_size  (contributor,) ln of the products of their lengths
    """

    stain: Ints
    coarse: Singles
    coarse_size: Floats
    fine: Singles
    fine_size: Floats


def bounded(stains: Sequence[Draws], tables: Mapping[Locus, LocusTable], draws: int) -> Bounded:
    """Make the vectors; draws: over which LRs are averaged, stains of fewer going round.

    Where draws differ much, their mean is bounded so loosely that each draw is better bounded by
    itself, as `pairing.pairs_above` does.
    """
    loci = loci_of(tables)
    sizes = [len(stain[0]) for stain in stains]
    people = sum(sizes)
    levels = [
        (groups, room_for_vectors(len(tables), people, n_classes(groups)), np.empty(people))
        for groups in (_COARSE, _FINE)
    ]
    done = 0
    for start in range(0, len(stains), _STAINS):
        traces = traces_of(stains[start : start + _STAINS], tables)
        for groups, unit, size in levels:
            group = _groups(loci, groups)
            bounding_vectors(traces, loci, group, groups, draws, done, unit, size)
        done += len(traces.draws)
    (_, coarse, coarse_size), (_, fine, fine_size) = levels
    stain = np.repeat(np.arange(len(stains)), sizes)
    return Bounded(stain, coarse, coarse_size, fine, fine_size)


def _groups(loci: Loci, groups: int) -> Ints:
    """Groups of neighbouring alleles, about equally frequent; (locus, allele).

    Neighbours, since who is uncertain is so by a repeat: what stutter explains. Few alleles are
    each a group.
    """
    few = (loci.frequency > 0).sum(axis=1, keepdims=True) <= groups
    middle = loci.frequency.cumsum(axis=1) - loci.frequency / 2
    place = np.where(few, np.arange(loci.frequency.shape[1]), middle * groups)
    return np.clip(place, 0, groups - 1).astype(np.int64)


def may_reach_between(
    one: Bounded,
    other: Bounded | None,
    least_log10: float,
    *,
    workers: int = 1,
    library: ArrayLibrary | None = None,
    progress: Progress = quiet,
) -> tuple[Ints, Ints]:
    """Contributors of two stains whose mean LR over draws may reach the threshold, none missed.

    other    None for the same stains: the first contributor is of an earlier stain
    library  for the matrix products, NumPy without one: array_api_compat.torch or .cupy, whose
             arrays are then made where that library makes them
    progress called with (done, of); an exception it raises stops the work
    Both are made with the same tables and draws. Places of the contributors, in their order. The
    mean over contributors of two stains is never above the largest of them.
    """
    sieve = _Sieve(one, other, least_log10, library)
    tiles = list(sieve.tiles())
    found = [np.zeros(0, dtype=np.int64)]
    for done, pairs in enumerate(each(sieve.reach, tiles, workers)):
        progress(done, len(tiles))
        found.append(pairs)
    progress(len(tiles), len(tiles))
    every = np.unique(np.concatenate(found))
    return every >> _BITS, every & ((1 << _BITS) - 1)


class _Sieve:
    """Two sides and a threshold."""

    def __init__(
        self, one: Bounded, other: Bounded | None, least_log10: float, library: ArrayLibrary | None
    ):
        self._library = library or cast(ArrayLibrary, np)
        self._tile = _TILE if library is None else _TILE_ELSEWHERE
        self._ln_least = least_log10 * _LN_10
        self._same = other is None
        self._one = self._side(one)
        self._other = self._one if other is None else self._side(other)
        n = len(one.stain)
        asked = np.arange(0, n, max(1, n // _ASKED))
        self._order = telling_order(one.coarse, asked) if n else []

    def _side(self, of: Bounded) -> _Side:
        """Contributors who tell most first."""
        order = np.argsort(-of.coarse_size, kind="stable")
        size = of.coarse_size[order]
        return _Side(
            of,
            order,
            size,
            self._library.asarray(of.coarse[:, order]),
            self._library.asarray(budgets(size, self._ln_least)),
            budgets(of.fine_size, self._ln_least).astype(np.float64),
        )

    def tiles(self) -> Iterator[tuple[slice, slice]]:
        """Those who tell little come last, and do not reach the threshold however they agree."""
        one, other = self._one.size, self._other.size
        for row in range(0, len(one), self._tile):
            for column in range(row if self._same else 0, len(other), self._tile):
                if one[row] + other[column] + _SLACK < self._ln_least:
                    break
                yield slice(row, row + self._tile), slice(column, column + self._tile)

    def reach(self, tile: tuple[slice, slice]) -> Ints:
        """Pairs of contributors, each as one number."""
        (rows, columns), one, other = tile, self._one, self._other
        found = may_reach(
            self._library,
            one.coarse[:, rows, :],
            other.coarse[:, columns, :],
            one.budget[rows],
            other.budget[columns],
            self._order,
        )
        first, second = one.order[rows][host(found[0])], other.order[columns][host(found[1])]
        if self._same:
            before = one.of.stain[first] < one.of.stain[second]
            first, second = np.where(before, first, second), np.where(before, second, first)
            apart = one.of.stain[first] != one.of.stain[second]
            first, second = first[apart], second[apart]
        reach = np.empty(len(first), dtype=bool)
        reach_in_turn(
            one.of.fine,
            other.of.fine,
            one.fine_budget,
            other.fine_budget,
            first,
            second,
            np.array(self._order, dtype=np.int64),
            reach,
        )
        return first[reach] << _BITS | second[reach]


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a search; coarse and budget are arrays of the library, in the order."""

    of: Bounded
    order: Ints
    size: Floats
    coarse: Array
    budget: Array
    fine_budget: Floats
