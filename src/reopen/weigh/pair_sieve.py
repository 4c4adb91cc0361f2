"""Which contributors reach a search's threshold, at one draw of their stains' parameters.

A contributor is a vector at each locus; the product over loci of two contributors' scalar products
bounds their LR from above (`kernels.pair_bounds`). Short vectors are multiplied all with all,
longer ones pair by pair for the pairs that are left, and LRs are for those who are left then. No
pair that reaches the threshold is lost. Not for: means over draws and contributors (`pairing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

import numpy as np

from reopen.kernels import strips
from reopen.kernels.arrays import (
    Array,
    ArrayLibrary,
    budgets,
    may_reach,
    room_for_vectors,
    telling_order,
)
from reopen.kernels.pair_bounds import Side, bounding_vectors, n_classes, reach_in_turn
from reopen.kernels.pair_classes import classes_of, put_together
from reopen.kernels.pairs import Loci, Singles, Traces
from reopen.kernels.shapes import Floats, Ints
from reopen.weigh.threads import each
from reopen.weigh.trace_arrays import Crowd

_LN_10 = float(np.log(10.0))
_GROUPS = 16  # of alleles, for the vectors
_TILE = 4 * strips.WIDE  # people multiplied with as many
_TILE_ELSEWHERE = 1 << 13  # the same on a GPU
_ASKED = 256  # people, at most, who say which loci tell most and which genotypes go together
_ONE_IN = 64  # people is asked about genotypes
_DEAR = 0.008  # growth of a mean product that costs as much as a class that is saved
_MANY = 1 << 22  # pairs for which it is worth to put genotypes together
_SLACK = 1e-3  # of a bound's ln, far above its rounding error
_BITS = 32  # a pair is one number: the first's place above the second's

Progress: TypeAlias = Callable[[int, int], None]
Multiply: TypeAlias = Callable[[slice, slice], tuple[Ints, Ints]]
"""Some of one crowd with some of the other: places of the pairs that may reach the threshold."""


def quiet(done: int, of: int) -> None:
    """No progress shown."""


@dataclass(frozen=True, slots=True)
class Bounded:
    """Stains' contributors at one draw, with vectors that bound their LRs: all a sieve needs.

    stain   (contributor,) the stain's place
    unit    (contributor, entry) in single precision, locus by locus, with an entry for rounding
    starts  (locus + 1,) a locus's first entry, and the end
    length  (locus, contributor) of the vectors
    traces  the contributors; loci: what they are compared by
    """

    stain: Ints
    unit: Singles
    starts: Ints
    length: Floats
    traces: Traces
    loci: Loci

    def at_locus(self, locus: int) -> Singles:
        """Vectors at a locus; (contributor, entry)."""
        return self.unit[:, self.starts[locus] : self.starts[locus + 1]]


def bounded(crowd: Crowd) -> Bounded:
    """Stains' contributors, all at one draw, made ready for a sieve."""
    loci, n = crowd.loci, len(crowd.stain)
    groups = _groups(loci)
    entries = [n_classes(int(own.max()) + 1) for own in groups]
    unit = room_for_vectors(n, *entries)
    starts = np.cumsum([0, *(of + 1 for of in entries)])
    length = np.empty((len(loci.theta), n))
    bounding_vectors(crowd.traces, loci, groups, starts, unit, length)
    return Bounded(crowd.stain, unit, starts, length, crowd.traces, loci)


def _groups(loci: Loci) -> Ints:
    """Groups of neighbouring alleles, about equally frequent; (locus, allele).

    Neighbours, since who is uncertain is so by a repeat: what stutter explains. Few alleles are
    each a group.
    """
    each = np.arange(loci.frequency.shape[1])
    n = np.where(loci.frequency > 0, each + 1, 1).max(axis=1, keepdims=True, initial=1)
    middle = loci.frequency.cumsum(axis=1) - loci.frequency / 2
    place = np.where(n <= _GROUPS, each, middle * _GROUPS)
    return np.clip(place, 0, np.minimum(n, _GROUPS) - 1).astype(np.int64)


def may_reach_between(
    one: Bounded,
    other: Bounded | None,
    least_log10: float,
    *,
    workers: int = 1,
    library: ArrayLibrary | None = None,
    progress: Progress = quiet,
) -> tuple[Ints, Ints]:
    """Contributors of two stains whose LR reaches the threshold, none missed; some nearly do.

    other    None for the same stains: the first contributor is of an earlier stain
    library  for the products, as array_api_compat.torch or .cupy, whose arrays are then made where
             that library makes them; without one they are taken on the processor, `kernels.strips`
    progress called with (done, of); an exception it raises stops the work
    Both are of the same loci. Places of the contributors, in their order. The mean over
    contributors of two stains is never above the largest of them.
    """
    if not len(one.stain) or (other is not None and not len(other.stain)):
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    sieve = _Sieve(one, other, least_log10, library)
    tiles = list(sieve.tiles())
    found = [np.zeros(0, dtype=np.int64)]
    for done, pairs in enumerate(each(sieve.reach, tiles, workers)):
        progress(done, len(tiles))
        found.append(pairs)
    progress(len(tiles), len(tiles))
    every = np.unique(np.concatenate(found))
    return every >> _BITS, every & ((1 << _BITS) - 1)


class _Short(NamedTuple):
    """Short vectors by locus, (person, entry), budgets, and places of those first who tell most."""

    vectors: list[Singles]
    budget: Singles
    order: Ints


def _here(one: _Short, other: _Short) -> Multiply:
    """On the processor."""
    mine = strips.in_strips(*one)
    others = mine if other is one else strips.in_strips(*other)

    def multiply(rows: slice, columns: slice) -> tuple[Ints, Ints]:
        first, last = columns.start // strips.WIDE, columns.stop // strips.WIDE
        found = strips.may_reach(mine, rows.start, rows.stop, others, first, last)
        return found[:, 0], found[:, 1]

    return multiply


def _made(library: ArrayLibrary, of: _Short) -> tuple[list[Array], Array]:
    """Vectors by locus and budgets, in the order."""
    vectors = [library.asarray(own[of.order]) for own in of.vectors]
    return vectors, library.asarray(of.budget[of.order])


def _elsewhere(library: ArrayLibrary, one: _Short, other: _Short) -> Multiply:
    """Where a library makes its arrays."""
    mine, budget = _made(library, one)
    others, others_budget = (mine, budget) if other is one else _made(library, other)

    def multiply(rows: slice, columns: slice) -> tuple[Ints, Ints]:
        first, second = may_reach(
            library,
            [own[rows] for own in mine],
            [own[columns] for own in others],
            budget[rows],
            others_budget[columns],
        )
        return first + rows.start, second + columns.start

    return multiply


@dataclass(frozen=True, slots=True)
class _Crowd:
    """One side of a search. order: places of those first who tell most; ln_size: of the product of
    their vectors' lengths, in the order."""

    order: Ints
    ln_size: Floats
    side: Side


class _Sieve:
    """Two crowds and a threshold."""

    def __init__(
        self, one: Bounded, other: Bounded | None, least_log10: float, library: ArrayLibrary | None
    ):
        self._ln_least = least_log10 * _LN_10
        self._loci, self._stain, self._alone = Loci(*one.loci), one.stain, other is None
        self._tile = _TILE if library is None else _TILE_ELSEWHERE
        many = len(one.stain) * len((other or one).stain) >= _MANY
        shorter = Shorter(one if many else None)
        asked = _some(one, _ASKED)
        self._starts, self._order = one.starts, np.array(telling_order(asked), dtype=np.int64)
        loci = telling_order([shorter(locus, own) for locus, own in enumerate(asked)])
        self._one, mine = self._crowd(one, shorter, loci)
        self._other, others = (
            (self._one, mine) if other is None else self._crowd(other, shorter, loci)
        )
        self._multiply = _elsewhere(library, mine, others) if library else _here(mine, others)

    def _crowd(self, of: Bounded, shorter: Shorter, loci: Sequence[int]) -> tuple[_Crowd, _Short]:
        ln_size = np.log(of.length).sum(axis=0)
        order = np.argsort(-ln_size, kind="stable")
        budget = budgets(ln_size, self._ln_least)
        side = Side(Traces(*of.traces), of.unit, of.length, budget.astype(np.float64))
        vectors = [shorter(locus, of.at_locus(locus)) for locus in loci]
        return _Crowd(order, ln_size[order], side), _Short(vectors, budget, order)

    def tiles(self) -> Iterator[tuple[slice, slice]]:
        """Those who tell little come last, and do not reach the threshold however they agree."""
        one, other = self._one.ln_size, self._other.ln_size
        for row in range(0, len(one), self._tile):
            for column in range(row if self._alone else 0, len(other), self._tile):
                if one[row] + other[column] + _SLACK < self._ln_least:
                    break
                yield slice(row, row + self._tile), slice(column, column + self._tile)

    def reach(self, tile: tuple[slice, slice]) -> Ints:
        """Pairs of contributors, each as one number."""
        one, other = self._one, self._other
        mine, others = self._multiply(*tile)
        first, second = one.order[mine], other.order[others]
        if self._alone:
            first, second = self._in_order(first, second)
        reach = np.empty(len(first), dtype=bool)
        reach_in_turn(
            one.side, other.side, first, second, self._loci, self._starts, self._order, reach
        )
        return first[reach] << _BITS | second[reach]

    def _in_order(self, first: Ints, second: Ints) -> tuple[Ints, Ints]:
        """Pairs of one crowd with itself: those of two stains, that of the earlier one first."""
        one, other = self._stain[first], self._stain[second]
        apart = one != other
        before = (one < other)[apart]
        first, second = first[apart], second[apart]
        return np.where(before, first, second), np.where(before, second, first)


class Shorter:
    """Makes vectors shorter, as a few of some people say; leaves them where there are none."""

    def __init__(self, of: Bounded | None):
        self._classes: list[Ints] = []
        if of is not None:
            asked = _some(of, min(_ASKED, len(of.stain) // _ONE_IN))
            squares = [np.ascontiguousarray(np.square(own[:, :-1]).T) for own in asked]
            self._classes = [classes_of(own, _DEAR) for own in squares]

    def __call__(self, locus: int, unit: Singles) -> Singles:
        return put_together(unit, self._classes[locus]) if self._classes else unit


def _some(of: Bounded, people: int) -> list[Singles]:
    """Vectors of some of the people, by locus."""
    step = max(1, len(of.stain) // max(1, people))
    return [of.at_locus(locus)[::step] for locus in range(len(of.length))]
