"""One side of a search, as chance sees it: LRs of any typed person with a stain, a person or a
family, and how probable each genotype is in an unrelated person.

A stain is several rows, its contributors at draws of its parameters; its LR is the mean over them.
Not for: who of a database reaches a threshold (`sifting`), how many would by chance (`chance`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats
from reopen.records import Locus

_DIGITS = 9  # of a ln LR; what differs later is rounding


@dataclass(frozen=True, slots=True)
class Side:
    """Rows of LRs, and an unrelated person.

    ln_ratio  locus -> (row, sort) ln LR of a person with a genotype of this sort; genotypes that
              no row tells apart are one sort
    chance    locus -> (sort,) its probability in an unrelated person; sums to 1
    share     (row,) of the mean over rows; sums to 1
    """

    ln_ratio: Mapping[Locus, Floats]
    chance: Mapping[Locus, Floats]
    share: Floats

    @property
    def loci(self) -> frozenset[Locus]:
        return frozenset(self.ln_ratio)

    @property
    def row_means(self) -> Floats:
        """Mean LR of unrelated people with each row; (row,)."""
        means = np.ones(len(self.share))
        for locus, ratio in self.ln_ratio.items():
            means *= np.exp(ratio) @ self.chance[locus]
        return means

    @property
    def mean(self) -> float:
        """Mean LR of unrelated people: 1, but for what theta moves between draws."""
        return float(self.share @ self.row_means)

    def at(self, loci: Iterable[Locus]) -> Side:
        """What is left of it for people who are typed at these loci only."""
        wanted = frozenset(loci)
        if wanted >= self.loci:
            return self
        ratios = {locus: ratio for locus, ratio in self.ln_ratio.items() if locus in wanted}
        return _merged(ratios, {locus: self.chance[locus] for locus in ratios}, self.share)


def side_of(
    ln_ratio: Mapping[Locus, Floats],
    ln_chance: Mapping[Locus, Floats],
    share: Floats | None = None,
) -> Side:
    """Put tables by genotype together as one side.

    ln_ratio   locus -> (row, genotype) ln LR: `sifting.same_person_tables`,
               `relations.related_tables` or a family's, at the loci that have data
    ln_chance  locus -> (row, genotype) ln of the genotype's probability in an unrelated person, up
               to a constant of the row. Where theta makes rows differ, their mean is taken
    share      (row,) of the mean over rows; None: all alike
    Raises CannotWeigh where a table holds no logarithms of LRs.
    """
    n = len(next(iter(ln_ratio.values()))) if ln_ratio else 1
    shares = np.full(n, 1.0 / n) if share is None else share / share.sum()
    ratios, chances = {}, {}
    for locus, table in ln_ratio.items():
        if np.isnan(table).any() or (table == np.inf).any():
            raise CannotWeigh(
                f"The table of {locus} has a value that is no logarithm of an LR.",
                rule="Each is a number, or minus infinity where a genotype is excluded.",
            )
        weights = np.exp(ln_chance[locus] - ln_chance[locus].max(axis=1, keepdims=True))
        chance = shares @ (weights / weights.sum(axis=1, keepdims=True))
        ratios[locus], chances[locus] = _sorts(table, chance)
    return _merged(ratios, chances, shares)


def _sorts(ratio: Floats, chance: Floats) -> tuple[Floats, Floats]:
    """Genotypes that no row tells apart as one, those of no probability left out."""
    keys = np.ascontiguousarray((np.round(ratio, _DIGITS) + 0.0).T)
    numbers: dict[bytes, int] = {}
    possible = np.flatnonzero(chance > 0)
    sort = [numbers.setdefault(keys[g].tobytes(), len(numbers)) for g in possible]
    together = np.bincount(sort, weights=chance[possible])
    _, first = np.unique(sort, return_index=True)
    return np.ascontiguousarray(ratio[:, possible[first]]), together / together.sum()


def _merged(ratios: Mapping[Locus, Floats], chances: Mapping[Locus, Floats], share: Floats) -> Side:
    """Equal rows as one."""
    numbers: dict[bytes, int] = {}
    row = [
        numbers.setdefault(b"".join(table[k].tobytes() for table in ratios.values()), len(numbers))
        for k in range(len(share))
    ]
    _, first = np.unique(row, return_index=True)
    shares = np.bincount(row, weights=share).astype(np.float64)
    return Side({at: table[first] for at, table in ratios.items()}, dict(chances), shares)


def possible_rows(side: Side) -> NDArray[np.bool_]:
    """(row,) whether any genotype at all is possible at every locus."""
    possible = np.ones(len(side.share), dtype=bool)
    for ratio in side.ln_ratio.values():
        possible &= (ratio > -np.inf).any(axis=1)
    return possible
