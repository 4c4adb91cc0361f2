"""How rare so bad a fit of two people's genotypes is if they are related as stated.

The LR of the stated relation against the best of a grid of kappa, compared with that of pairs drawn
under the stated relation. Not for: the likeliest kappa (`kappa`).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reopen.kernels.identity import STATES, identity_probabilities
from reopen.kernels.shapes import Floats, Ints
from reopen.records import Locus
from reopen.weigh.compare import LocusTable

IBD = [8, 7, 6]  # the states of people who are not inbred: 0, 1 and 2 alleles shared
ALL_STATES = range(len(STATES))
_BATCHES = (200, 1000)  # pairs drawn before a p-value that is not small is taken as it is
_ENOUGH = 20  # pairs at most as good, from which it is not small
_MOST_LOCI, _FEWEST = 200_000, 100  # loci drawn in all; pairs drawn whatever the loci
_LEAST = 1e-12  # a difference of ln likelihoods that is none
_Key = tuple[bytes, tuple[tuple[Locus, bytes, float], ...]]


class DrawnPairs:
    """Pairs drawn under stated relations; what was drawn for some loci is kept for other people."""

    def __init__(self, seed: int = 1):
        self._seed = seed
        self._known: dict[_Key, tuple[np.random.Generator, Floats]] = {}

    def p_value(
        self,
        by_state: Floats,
        tables: Mapping[Locus, LocusTable],
        delta: Floats,
        most: int,
    ) -> float:
        """(those at most as good + 1) / (all + 1), of so many pairs at most, or an upper bound.

        By Markov's inequality the p-value is at most the number of places of the grid times the LR;
        where that is less than the pairs could show, it is given and none is drawn.

        by_state  (locus, state) of the two people; delta (state,), as stated
        most      fewer are drawn of thousands of loci, which take long and leave little to chance
        """
        most = max(min(most, _MOST_LOCI // len(tables)), _FEWEST)
        seen = float(_against_grid(by_state[None], delta)[0])
        bound = len(_GRID) * float(np.exp(seen))
        if bound <= 1 / (1 + most):
            return bound
        for n in (*(batch for batch in _BATCHES if batch < most), most):
            as_bad = int(np.sum(self._drawn(tables, delta, n) <= seen + _LEAST))
            if as_bad >= _ENOUGH:
                break
        return (1 + as_bad) / (1 + n)

    def _drawn(self, tables: Mapping[Locus, LocusTable], delta: Floats, n: int) -> Floats:
        """ln LRs of the first n pairs, for one relation and one set of loci."""
        key = (
            delta.tobytes(),
            tuple((at, table.frequency.tobytes(), table.theta) for at, table in tables.items()),
        )
        fresh = np.random.default_rng(self._seed), np.empty(0)
        rng, drawn = self._known.get(key, fresh)
        if len(drawn) < n:
            more = n - len(drawn)
            pairs = np.stack([_draw(rng, table, delta, more) for table in tables.values()], axis=1)
            drawn = np.concatenate([drawn, _against_grid(pairs, delta)])
            self._known[key] = rng, drawn
        return drawn[:n]


def ln_given(by_state: Floats, delta: Floats) -> Floats:
    """ln P(genotypes | delta) of each pair; by_state (pair, locus, state) -> (pair,)."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(by_state @ delta).sum(axis=1))


def _against_grid(by_state: Floats, delta: Floats) -> Floats:
    """ln LR of delta against the best kappa of the grid; (pair, locus, state) -> (pair,)."""
    on_grid = np.zeros((len(by_state), len(_GRID)))
    with np.errstate(divide="ignore"):
        for at_locus in by_state[:, :, IBD].swapaxes(0, 1):
            on_grid += np.log(at_locus @ _GRID.T)
    return np.asarray(ln_given(by_state, delta) - on_grid.max(axis=1))


def _grid() -> Floats:
    """(k0, k1, k2) that two people can have, by steps of 1/8; the rows are places."""
    eighths = [(i / 8, 1 - i / 8 - j / 8, j / 8) for i in range(9) for j in range(9 - i)]
    return np.array([k for k in eighths if k[1] ** 2 >= 4 * k[0] * k[2]])


_GRID = _grid()


def _draw(rng: np.random.Generator, table: LocusTable, delta: Floats, n: int) -> Floats:
    """Pairs of people so related, as probabilities given each state; (pair, state)."""
    states = np.array(STATES)[rng.choice(len(STATES), size=n, p=delta / delta.sum())]
    drawn = _urn(rng, table, n)
    alleles = np.take_along_axis(drawn, states, axis=1)
    wanted = IBD if delta[IBD].sum() >= delta.sum() else ALL_STATES
    return identity_probabilities(
        alleles[:, :2], alleles[:, 2:], table.frequency, table.theta, wanted
    )


def _urn(rng: np.random.Generator, table: LocusTable, n: int) -> Ints:
    """Four alleles drawn one after another, each time anew or as a copy of one before; (n, 4)."""
    drawn = rng.choice(len(table.alleles), size=(n, 4), p=table.frequency)
    for k in range(1, 4):
        copies = rng.random(n) < k * table.theta / (1 + (k - 1) * table.theta)
        which = rng.integers(k, size=n)
        drawn[:, k] = np.where(copies, drawn[np.arange(n), which], drawn[:, k])
    return np.asarray(drawn, dtype=np.int64)
