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

import numpy as np

from reopen.kernels.arrays import ArrayLibrary
from reopen.kernels.pairs import Loci, ln_same_person
from reopen.kernels.shapes import Floats, Ints
from reopen.records import Locus
from reopen.weigh.compare import LocusTable
from reopen.weigh.pair_sieve import Progress, bounded, may_reach_between, quiet
from reopen.weigh.threads import each
from reopen.weigh.trace_arrays import Draws, loci_of, traces_of

_LN_10 = float(np.log(10.0))
_HELD = 1 << 12  # pairs of stains times draws that are weighed together


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

    draws    over which LRs are averaged; None is as many as the stain with most has
    library, progress  of the sieve, as in `may_reach_between`
    What cannot be put on the tables counts nothing, and `compare.contributors` lists it.
    """
    draws = draws or max(map(len, stains), default=1)
    vectors = bounded(stains, tables, draws)
    one, other = may_reach_between(
        vectors, None, least_log10, workers=workers, library=library, progress=progress
    )
    return weighed(stains, one, other, tables, least_log10, draws, workers)


def weighed(
    stains: Sequence[Draws],
    one: Ints,
    other: Ints,
    tables: Mapping[Locus, LocusTable],
    least_log10: float,
    draws: int,
    workers: int,
) -> PairsFound:
    """Pairs of stains weighed exactly, and those of them that reach the threshold.

    one, other  (pair,) places of the stains, in the order that is wanted back
    draws       over which LRs are averaged; stains of fewer go round
    """
    loci = loci_of(tables)
    step = max(1, _HELD // draws)
    parts = [slice(start, start + step) for start in range(0, len(one), step)]

    def work(part: slice) -> tuple[Floats, Ints]:
        return _exactly(stains, one[part], other[part], tables, loci, draws)

    done = list(each(work, parts, workers))
    log10 = np.concatenate([np.zeros(0), *(found for found, _ in done)])
    best = np.concatenate([np.zeros(0, dtype=np.int64), *(draw for _, draw in done)])
    reach = log10 >= least_log10
    return PairsFound(one[reach], other[reach], log10[reach], best[reach])


def _exactly(
    stains: Sequence[Draws],
    one: Ints,
    other: Ints,
    tables: Mapping[Locus, LocusTable],
    loci: Loci,
    draws: int,
) -> tuple[Floats, Ints]:
    """log10 of the mean LR of pairs of stains, and the draw with the largest; each (pair,)."""
    needed = np.unique([one, other])
    traces = traces_of([stains[k] for k in needed], tables)
    places = np.array([len(stains[k][0]) for k in needed])
    start = np.cumsum(places) - places
    a, b = np.searchsorted(needed, one), np.searchsorted(needed, other)
    n = places[a] * places[b]
    begin = np.cumsum(n) - n
    pair = np.repeat(np.arange(len(one)), n)
    within = np.arange(len(pair)) - begin[pair]
    first = start[a][pair] + within // places[b][pair]
    second = start[b][pair] + within % places[b][pair]
    ln_ratio = np.empty((len(pair), draws))
    ln_same_person(traces, first, traces, second, loci, ln_ratio)
    mean = np.logaddexp.reduceat(ln_ratio, begin, axis=0) - np.log(n)[:, None]
    total = np.logaddexp.reduce(mean, axis=1) - np.log(draws)
    return total / _LN_10, mean.argmax(axis=1)
