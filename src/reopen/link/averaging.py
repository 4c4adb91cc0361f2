"""LRs of all pairs averaged over draws of the stains' parameters, and the draw that counts most.

Not here: where the draws come from (`weigh.averaged`), stains with typed people (`among_typed`),
links and their reasons (`dna`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reopen.kernels.shapes import Floats, Ints
from reopen.link.candidates import any_contributor
from reopen.link.stains import Progress, SolvedStain
from reopen.records import Locus
from reopen.weigh.compare import Contributors, LocusTable, against_each_other, contributors

_LN_10 = float(np.log(10.0))


@dataclass(frozen=True, slots=True)
class Averaged:
    """log10 of the mean LR over draws, and the draw with the largest LR, which explains it best.

    Each (stain, stain), or of whatever pairs were added.
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


def averaged(
    solved: Sequence[SolvedStain],
    groups: Sequence[range],
    tables: Mapping[Locus, LocusTable],
    progress: Progress,
) -> Averaged:
    """Every stain with every other, whichever contributor.

    Draws of two stains are taken side by side: the k-th of one with the k-th of the other.
    """
    stains = Mean((len(solved), len(solved)))
    draws = max((item.draws for item in solved), default=1)
    for draw in range(draws):
        progress("comparing", draw, draws)
        known, _ = contributors([one for item in solved for one in item.at_draw(draw)], tables)
        stains.add(with_each_other(known, groups))
    progress("comparing", draws, draws)
    return stains()


def with_each_other(known: Contributors, groups: Sequence[range]) -> Floats:
    """log10 LR that two stains share a contributor, the mean over all pairs of theirs.

    Shape (stain, stain), for the first before the second; -inf elsewhere.
    """
    found = np.full((len(groups), len(groups)), -np.inf)
    if len(groups) > 1:
        total, _ = against_each_other(known)
        by_first = np.stack([any_contributor(total, group)[0] for group in groups])
        by_both = np.stack([any_contributor(by_first.T, group)[0] for group in groups], axis=1)
        later = np.triu_indices(len(groups), 1)
        found[later] = by_both[later]
    return found


def block(of: Floats, first: range, second: range) -> Floats:
    """Rows of one stain's contributors, columns of another's."""
    return of[first.start : first.stop, second.start : second.stop]


def mean_log10(of: Floats) -> float:
    """log10 of the mean LR over all pairs of contributors."""
    top = float(of.max())
    if not np.isfinite(top):
        return top
    return top + float(np.log10(np.mean(10.0 ** (of - top))))
