"""How many unrelated people would reach a likelihood ratio by chance, in a whole search.

Exact for one family or one person against people drawn from the population: at each locus the LR
takes one value for each genotype, and the terms are summed by convolution (Kruijver 2015, Forensic
Sci Int Genet 14:116). Not for: whether the LR is right, relatives of other degrees.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.records import Locus
from reopen.weigh.sum_distribution import SumDistribution, sum_distribution

_ERROR = 0.2  # of log10 LR, always towards more hits
_FLOOR = -1.0
_LN_10 = float(np.log(10.0))


@dataclass(frozen=True, slots=True)
class Terms:
    """One side of many comparisons, at each locus.

    ln_ratio    locus -> (genotype,) ln LR if the other person has it
    ln_chance   locus -> (genotype,) ln of its probability in an unrelated person, up to a constant
    """

    ln_ratio: Mapping[Locus, Floats]
    ln_chance: Mapping[Locus, Floats]


class ChanceHits:
    """Chance hits among comparisons of some sides with `people` unrelated people each.

    People are taken to be typed at all loci of a side; fewer loci give fewer strong chance hits.
    """

    def __init__(self, sides: Sequence[Terms], people: int):
        self._sides, self._people = sides, people
        self._distributions: list[SumDistribution] | None = None

    def expected(self, log10: float) -> float:
        """Upper bound of the number of LRs of at least 10^log10 among unrelated people.

        At most 1 in LR reaches LR (Good 1950), and no more than the distribution's own tail.
        """
        bound = float(10.0**-log10)
        if log10 <= _FLOOR:
            return float(self._people * len(self._sides))
        tails = (min(side.at_least(log10)[1], bound, 1.0) for side in self._made())
        return self._people * sum(tails)

    def threshold(self, most: float) -> float:
        """The least log10 LR, by hundredths, at which no more than so many hits are expected."""
        low, high = 0, 100 * 40
        while low < high:
            middle = (low + high) // 2
            if self.expected(middle / 100) <= most:
                high = middle
            else:
                low = middle + 1
        return low / 100

    def _made(self) -> list[SumDistribution]:
        if self._distributions is None:
            self._distributions = [_distribution(side) for side in self._sides]
        return self._distributions


class ChanceOfOne:
    """P(an unrelated person reaches an LR with one of many sides), where the two have some loci."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, frozenset[Locus]], SumDistribution] = {}

    def at_least(self, log10: float, row: int, side: Terms, loci: frozenset[Locus]) -> float:
        """Upper bound, for the side of this number at these loci."""
        if log10 <= _FLOOR:
            return 1.0
        if (row, loci) not in self._known:
            shared = Terms(
                {at: ratio for at, ratio in side.ln_ratio.items() if at in loci}, side.ln_chance
            )
            self._known[row, loci] = _distribution(shared)
        return min(self._known[row, loci].at_least(log10)[1], float(10.0**-log10), 1.0)


def _distribution(side: Terms) -> SumDistribution:
    terms = []
    for locus, ratio in side.ln_ratio.items():
        chance = side.ln_chance[locus]
        weight = np.exp(chance - chance.max())
        terms.append((ratio / _LN_10, weight / weight.sum()))
    return sum_distribution(terms, error=_ERROR, floor=_FLOOR)
