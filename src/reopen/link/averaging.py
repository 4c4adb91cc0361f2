"""LRs of all pairs averaged over draws of the stains' parameters, and the draw that counts most.

Not here: where the draws come from (`weigh.averaged`), stains with typed people (`among_typed`),
links and their reasons (`dna`).
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reopen.kernels.shapes import Floats, Ints
from reopen.link.compared import Before
from reopen.link.stains import LinkOptions, Progress, SolvedStain
from reopen.records import Locus
from reopen.weigh.compare import LocusTable
from reopen.weigh.pairing import PairsFound, pairs_above

_LN_10 = float(np.log(10.0))


@dataclass(frozen=True, slots=True)
class Averaged:
    """log10 of the mean LR over draws, and the draw with the largest LR, which explains it best.

    Each of the shape of what was added.
    """

    log10: Floats
    best: Ints


class Mean:
    """A mean of LRs as they come, draw by draw."""

    def __init__(self, shape: tuple[int, ...]):
        self.ln_sum, self.top = np.full(shape, -np.inf), np.full(shape, -np.inf)
        self.best = np.zeros(shape, dtype=np.int64)
        self.draws = 0

    def add(self, log10: Floats) -> None:
        self.ln_sum = np.logaddexp(self.ln_sum, log10 * _LN_10)
        higher = log10 > self.top
        self.top[higher], self.best[higher] = log10[higher], self.draws
        self.draws += 1

    def __call__(self) -> Averaged:
        return Averaged((self.ln_sum - np.log(self.draws)) / _LN_10, self.best)


def stain_pairs(
    solved: Sequence[SolvedStain],
    tables: Mapping[Locus, LocusTable],
    options: LinkOptions,
    progress: Progress,
) -> PairsFound:
    """Every two stains that reach the threshold, whichever contributor of each.

    Draws of two stains are taken side by side: the k-th of one with the k-th of the other. A
    pair's number does not depend on the other stains.
    """

    if len(solved) < 2:  # a search for one stain does not wait for what compares two
        none = np.zeros(0, dtype=np.int64)
        return PairsFound(none, none, np.zeros(0), none)

    def told(done: int, of: int) -> None:
        progress("comparing", done, of)

    return pairs_above(
        [[item.at_draw(draw) for draw in range(item.draws)] for item in solved],
        tables,
        options.least_log10,
        workers=options.workers or os.cpu_count() or 1,
        progress=told,
    )


def pairs_not_compared(found: PairsFound, ids: Sequence[str], done: Before) -> PairsFound:
    """Those that no earlier search compared; ids of the stains."""
    pairs = zip(found.one.tolist(), found.other.tolist(), strict=True)
    new = np.array([not done.has(ids[a], ids[b]) for a, b in pairs], dtype=bool)
    return PairsFound(found.one[new], found.other[new], found.log10[new], found.best[new])


def block(of: Floats, first: range, second: range) -> Floats:
    """Rows of one stain's contributors, columns of another's."""
    return of[first.start : first.stop, second.start : second.stop]


def mean_log10(of: Floats) -> float:
    """log10 of the mean LR over all pairs of contributors."""
    top = float(of.max())
    if not np.isfinite(top):
        return top
    return top + float(np.log10(np.mean(10.0 ** (of - top))))
