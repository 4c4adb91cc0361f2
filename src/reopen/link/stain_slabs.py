"""Stains with stains, slab by slab: which contributors may be one person is found by whoever does
the search's works; the few pairs left are weighed here, each by itself.

What is sent is a contributor's bounding vectors, a tenth of its likelihoods. A pair's number does
not depend on the slabs. Not for: a few thousand stains, which `averaging.stain_pairs` compares at
once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reopen.kernels.shapes import Ints
from reopen.link.averaging import stain_pairs
from reopen.link.how import How, Item
from reopen.link.stains import LinkOptions, Progress, SolvedStain
from reopen.records import Locus, NotWeighed
from reopen.weigh.compare import LocusTable
from reopen.weigh.pair_sieve import Bounded, bounded, may_reach_between
from reopen.weigh.pairing import PairsFound, weighed

SLAB = 2000
"""Stains of a slab: no more than these are compared at once, where the search was started."""


@dataclass(frozen=True, slots=True)
class MayReach:
    """Finds which contributors of two slabs may reach the threshold, or of one slab with itself."""

    least_log10: float

    def __call__(self, one: Bounded, other: Bounded | None) -> tuple[Ints, Ints]:
        return may_reach_between(one, other, self.least_log10)


def every_stain_pair(
    solved: Sequence[SolvedStain],
    tables: Mapping[Locus, LocusTable],
    options: LinkOptions,
    how: How,
    progress: Progress,
) -> tuple[PairsFound, list[NotWeighed]]:
    """Every two stains that reach the threshold: at once, or in slabs where there are many; and
    the slabs that could not be compared."""
    if len(solved) <= SLAB:
        return stain_pairs(solved, tables, options, progress), []
    return pairs_in_slabs(solved, tables, options, how, progress)


def pairs_in_slabs(
    solved: Sequence[SolvedStain],
    tables: Mapping[Locus, LocusTable],
    options: LinkOptions,
    how: How,
    progress: Progress,
    slab: int = SLAB,
) -> tuple[PairsFound, list[NotWeighed]]:
    """The same in slabs of so many stains, however few they are."""
    stains = [[item.at_draw(draw) for draw in range(item.draws)] for item in solved]
    draws = max(map(len, stains), default=1)
    starts = range(0, len(stains), slab)
    vectors = [bounded(stains[start : start + slab], tables, draws) for start in starts]
    sizes = [len(each.stain) for each in vectors]
    before = np.cumsum([0, *sizes])
    pairs = list(_pairs(len(vectors)))
    items = [
        Item(
            f"{_named(solved, starts[a], slab)} with {_named(solved, starts[b], slab)}",
            (vectors[a], None if a == b else vectors[b]),
        )
        for a, b in pairs
    ]
    outcomes = list(how(MayReach(options.least_log10), items, "comparing", progress))
    refused = [one for one in outcomes if isinstance(one, NotWeighed)]
    found = [
        (one[0] + before[a], one[1] + before[b])
        for (a, b), one in zip(pairs, outcomes, strict=True)
        if not isinstance(one, NotWeighed)
    ]
    nobody = (np.zeros(0, np.int64), np.zeros(0, np.int64))
    first, second = (np.concatenate(side) for side in zip(nobody, *found, strict=True))
    workers = options.workers or os.cpu_count() or 1
    return weighed(stains, first, second, tables, options.least_log10, draws, workers), refused


def _pairs(slabs: int) -> Iterator[tuple[int, int]]:
    for a in range(slabs):
        for b in range(a, slabs):
            yield a, b


def _named(solved: Sequence[SolvedStain], start: int, slab: int) -> str:
    own = solved[start : start + slab]
    return f"{own[0].stain.id} to {own[-1].stain.id}"
