"""Many against many, all of them uncertain: the pairs of stains whose LR is high enough.

A stain is several contributors at draws of its parameters; the LR that two stains share one is the
mean over their contributors and over draws side by side, as the k-th draw of one and the k-th of
the other, those of fewer going round. A sieve gives up nearly all pairs and none that reaches the
threshold (`pair_sieve`); those left are weighed exactly, each by itself, so that no number depends
on what else is searched. Not for: typed people (`sifting`), what chance alone would give
(`chance`). Twin: tests/twins/pairs.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.arrays import ArrayLibrary
from reopen.kernels.pairs import ln_same_person
from reopen.kernels.shapes import Floats, Ints
from reopen.records import Locus
from reopen.weigh.compare import LocusTable
from reopen.weigh.pair_sieve import Progress, bounded, may_reach_between, quiet
from reopen.weigh.threads import each
from reopen.weigh.trace_arrays import Crowd, Draws, crowd_of

_LN_10 = float(np.log(10.0))
_HELD = 1 << 14  # pairs times draws that are weighed together
_SLACK = 1e-9  # of a mean's ln, above its rounding error


@dataclass(frozen=True, slots=True)
class PairsFound:
    """Pairs of stains that reach the threshold, each (pair,), in the order of their places.

    one, other  places of the stains
    log10       of the mean LR over contributors and draws
    best        the draw with the largest mean over contributors
    """

    one: Ints
    other: Ints
    log10: Floats
    best: Ints


def pairs_above(
    stains: Sequence[Draws],
    tables: Mapping[Locus, LocusTable],
    least_log10: float,
    *,
    draws: int | None = None,
    workers: int = 1,
    library: ArrayLibrary | None = None,
    progress: Progress = quiet,
) -> PairsFound:
    """Every two stains, the first before the second, whose mean LR is at least 10^least_log10.

    A mean over draws and contributors is never above its largest term, so that whoever reaches the
    threshold does so with one pair of contributors at one draw: the sieve takes draw after draw.

    draws    over which LRs are averaged; None is as many as the stain with most has
    library, progress  of the sieve, as in `may_reach_between`
    What cannot be put on the tables counts nothing, and `compare.contributors` lists it.
    """
    draws = draws or max(map(len, stains), default=1)
    crowd = crowd_of(stains, tables)
    people = len(crowd.stain)
    codes = [np.zeros(0, dtype=np.int64)]
    for draw in range(draws):
        one, other = may_reach_between(
            bounded(crowd.at_draw(draw)),
            None,
            least_log10,
            workers=workers,
            library=library,
            progress=partial(_told, progress, draw, draws),
        )
        codes.append(one * people + other)
    progress(draws, draws)
    one, other = np.divmod(np.unique(np.concatenate(codes)), max(1, people))
    return weighed(crowd, one, other, least_log10, draws, workers)


def _told(progress: Progress, draw: int, draws: int, done: int, of: int) -> None:
    """Tiles of one draw told as that draw of all; whoever stops the work stops it in between."""
    progress(draw, draws)


def weighed(
    crowd: Crowd, one: Ints, other: Ints, least_log10: float, draws: int, workers: int
) -> PairsFound:
    """Stains of pairs of contributors weighed exactly, and those that reach the threshold.

    one, other  (pair,) of `may_reach_between`, at any of the draws: places in the crowd
    draws       over which LRs are averaged; stains of fewer go round
    Contributors first: only where one pair of them reaches the threshold may two stains.
    """
    weigher = _Weigher(crowd, least_log10, draws, workers)
    return weigher.pairs(*weigher.that_reach(one, other))


class _Weigher:
    """Weighs pairs of a crowd's stains."""

    def __init__(self, crowd: Crowd, least_log10: float, draws: int, workers: int):
        self._crowd, self._least = crowd, least_log10
        self._draws, self._workers = draws, workers
        self._size = np.bincount(crowd.stain)
        self._first = np.cumsum(self._size) - self._size

    def that_reach(self, one: Ints, other: Ints) -> tuple[Ints, Ints]:
        """Stains of contributors whose mean over draws reaches the threshold; each pair once, in
        the order of their places."""

        def work(part: slice) -> NDArray[np.bool_]:
            ln_ratio = self._ln_ratio(one[part], other[part])
            mean = np.logaddexp.reduce(ln_ratio, axis=1) - np.log(self._draws)
            return np.asarray(mean >= self._least * _LN_10 - _SLACK)

        marks = list(each(work, _parts(len(one), self._draws), self._workers))
        reach = np.concatenate([np.zeros(0, dtype=bool), *marks])
        stain = self._crowd.stain
        pairs = np.unique(np.stack([stain[one[reach]], stain[other[reach]]]), axis=1)
        return pairs[0], pairs[1]

    def pairs(self, one: Ints, other: Ints) -> PairsFound:
        """Those pairs of stains that reach the threshold."""

        def work(part: slice) -> tuple[Floats, Ints]:
            return self._stains(one[part], other[part])

        done = list(each(work, _parts(len(one), self._draws), self._workers))
        log10 = np.concatenate([np.zeros(0), *(found for found, _ in done)])
        best = np.concatenate([np.zeros(0, dtype=np.int64), *(draw for _, draw in done)])
        reach = log10 >= self._least
        return PairsFound(one[reach], other[reach], log10[reach], best[reach])

    def _stains(self, one: Ints, other: Ints) -> tuple[Floats, Ints]:
        """log10 of the mean LR of pairs of stains, and the draw with the largest; each (pair,)."""
        n = self._size[one] * self._size[other]
        begin = np.cumsum(n) - n
        pair = np.repeat(np.arange(len(one)), n)
        within = np.arange(len(pair)) - begin[pair]
        first, second = np.divmod(within, self._size[other][pair])
        ln_ratio = self._ln_ratio(self._first[one][pair] + first, self._first[other][pair] + second)
        mean = np.logaddexp.reduceat(ln_ratio, begin, axis=0) - np.log(n)[:, None]
        total = np.logaddexp.reduce(mean, axis=1) - np.log(self._draws)
        return total / _LN_10, mean.argmax(axis=1)

    def _ln_ratio(self, first: Ints, second: Ints) -> Floats:
        """(pair, draw)."""
        ln_ratio = np.empty((len(first), self._draws))
        traces, loci = self._crowd.traces, self._crowd.loci
        ln_same_person(traces, first, traces, second, loci, ln_ratio)
        return ln_ratio


def _parts(pairs: int, draws: int) -> list[slice]:
    step = max(1, _HELD // draws)
    return [slice(start, start + step) for start in range(0, pairs, step)]
