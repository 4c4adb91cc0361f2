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
from reopen.weigh.trace_arrays import Crowd, crowd_of

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
    crowd = crowd_of(stains, tables)
    slabs, people = _Slabs(solved, crowd, slab), len(crowd.stain)
    refused: list[NotWeighed] = []
    found = [np.zeros(0, dtype=np.int64)]
    for draw in range(draws):
        told = partial(_told, progress, draw, draws)
        work, items = MayReach(options.least_log10), slabs.items(draw, draws)
        outcomes = how(work, items, "comparing", told)
        for (a, b), outcome in zip(slabs.pairs, outcomes, strict=True):
            if isinstance(outcome, NotWeighed):
                refused.append(outcome)
            else:
                first, second = outcome
                found.append((first + slabs.before[a]) * people + second + slabs.before[b])
    first, second = np.divmod(np.unique(np.concatenate(found)), max(1, people))
    workers = options.workers or os.cpu_count() or 1
    return weighed(crowd, first, second, options.least_log10, draws, workers), refused


def _told(progress: Progress, draw: int, draws: int, step: str, done: int, of: int) -> None:
    """Items of one draw told among those of all."""
    progress(step, draw * of + done, draws * of)


class _Slabs:
    """A crowd in slabs of so many stains: every two of them, and who comes before each."""

    def __init__(self, solved: Sequence[SolvedStain], crowd: Crowd, slab: int):
        starts = range(0, len(solved), slab)
        self._names = [_named(solved[start : start + slab]) for start in starts]
        self._parts = [crowd.part(start, start + slab) for start in starts]
        self.before = np.searchsorted(crowd.stain, starts)
        self.pairs = [(a, b) for a in range(len(starts)) for b in range(a, len(starts))]

    def items(self, draw: int, draws: int) -> list[Item]:
        """Every two slabs at a draw, a slab with itself among them."""
        ready = [bounded(part.at_draw(draw)) for part in self._parts]
        at = f", draw {draw + 1}" if draws > 1 else ""
        return [
            Item(
                f"{self._names[a]} with {self._names[b]}{at}",
                (ready[a], None if a == b else ready[b]),
            )
            for a, b in self.pairs
        ]


def _named(stains: Sequence[SolvedStain]) -> str:
    return f"{stains[0].stain.id} to {stains[-1].stain.id}"
