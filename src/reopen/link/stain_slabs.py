"""Stains with stains, slab by slab: which contributors may be one person is found by whoever does
the search's works; the few pairs left are weighed here, each by itself.

Draw by draw, as `weigh.pairing` has it, so that what is held and sent is of one draw. A pair's
number does not depend on the slabs. Not for: a few thousand stains, which `averaging.stain_pairs`
compares at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from reopen.kernels.shapes import Ints
from reopen.link.averaging import stain_pairs
from reopen.link.how import How, Item
from reopen.link.stains import LinkOptions, Progress, SolvedStain
from reopen.records import Locus, NotWeighed
from reopen.weigh.compare import LocusTable
from reopen.weigh.pair_sieve import Bounded, bounded, may_reach_between
from reopen.weigh.pairing import PairsFound, weighed
from reopen.weigh.trace_arrays import Draws

SLAB = 2000
"""Stains of a slab: no more than these are compared at once, where the search was started."""


@dataclass(frozen=True, slots=True)
class MayReach:
    """Finds which contributors of two slabs reach the threshold, or of one slab with itself."""

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
    slabs = _Slabs(solved, stains, slab)
    refused: list[NotWeighed] = []
    found = [np.zeros(0, dtype=np.int64)]
    for draw in range(draws):
        told = partial(_told, progress, draw, draws)
        items = slabs.items(tables, draw, draws)
        outcomes = how(MayReach(options.least_log10), items, "comparing", told)
        for between, outcome in zip(slabs.pairs, outcomes, strict=True):
            if isinstance(outcome, NotWeighed):
                refused.append(outcome)
            else:
                found.append(slabs.places(*between, *outcome))
    first, second = np.divmod(np.unique(np.concatenate(found)), max(1, slabs.people))
    workers = options.workers or os.cpu_count() or 1
    return weighed(stains, first, second, tables, options.least_log10, draws, workers), refused


def _told(progress: Progress, draw: int, draws: int, step: str, done: int, of: int) -> None:
    """Items of one draw told among those of all."""
    progress(step, draw * of + done, draws * of)


class _Slabs:
    """Stains in slabs, and every two of them."""

    def __init__(self, solved: Sequence[SolvedStain], stains: Sequence[Draws], slab: int):
        self._stains, self._slab = stains, slab
        self._starts = range(0, len(stains), slab)
        self._names = [_named(solved[start : start + slab]) for start in self._starts]
        sizes = [sum(len(of[0]) for of in stains[start : start + slab]) for start in self._starts]
        self._before = np.cumsum([0, *sizes])
        self.people = sum(sizes)
        n = len(sizes)
        self.pairs = [(a, b) for a in range(n) for b in range(a, n)]

    def items(self, tables: Mapping[Locus, LocusTable], draw: int, draws: int) -> list[Item]:
        """Every two slabs at a draw, a slab with itself among them."""
        ready = [
            bounded([of[draw % len(of)] for of in self._stains[start : start + self._slab]], tables)
            for start in self._starts
        ]
        at = f", draw {draw + 1}" if draws > 1 else ""
        return [
            Item(
                f"{self._names[a]} with {self._names[b]}{at}",
                (ready[a], None if a == b else ready[b]),
            )
            for a, b in self.pairs
        ]

    def places(self, a: int, b: int, first: Ints, second: Ints) -> Ints:
        """Pairs of contributors of two slabs, each as one number among all."""
        return np.asarray((first + self._before[a]) * self.people + second + self._before[b])


def _named(stains: Sequence[SolvedStain]) -> str:
    return f"{stains[0].stain.id} to {stains[-1].stain.id}"
