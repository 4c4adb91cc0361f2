"""What else could explain traces of one donor: two donors, two brothers, any division among donors.

Two donors, related or not, are weighed exactly at any theta (`kernels.donors`). Best splits of up
to `MOST_DIVIDED` traces are sought among all of them; of more, from single traces and the weakest
links on, moving one trace at a time. Splits are ranked at a few draws, the leading ones weighed at
all. Not for: which traces make a series (`link.series`). Twin: tests/twins/donors.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from reopen.errors import InvalidRecord
from reopen.kernels.shapes import Floats, Ints
from reopen.records import UNRELATED, Relation
from reopen.weigh.one_donor import (
    Members,
    Together,
    ln_alone,
    ln_apart,
    ln_each_apart,
    ln_every_two,
    ln_pair,
    ln_shared,
    mean_log10,
    which,
)

MOST_DIVIDED = 8
"""Traces of whose divisions all are weighed: 4,140 of eight."""

_FEW_DRAWS = 4  # at which splits are ranked
_LEADING = 8  # splits weighed at every draw
_CLIMBS = 3  # of the leading ones that are made better
_MOST_EXACT = 256  # divisions among three and more donors weighed with theta among donors
_WITHIN_LOG10 = 6.0  # of the best: those that can matter


@dataclass(frozen=True, slots=True)
class Split:
    """Two donors, and log10 LR of one donor of all traces against these two.

    one, other  places of the traces; the smaller part is `other`
    """

    one: tuple[int, ...]
    other: tuple[int, ...]
    log10: float


@dataclass(frozen=True, slots=True)
class Division:
    """Traces divided among donors: log10 LR against a donor for each trace, and its probability."""

    groups: tuple[tuple[int, ...], ...]
    log10: float
    probability: float


@dataclass(frozen=True, slots=True)
class Divisions:
    """Divisions, most probable first, and the probability of all others together.

    complete  whether all divisions were weighed; else one donor and the best splits alone
    """

    likeliest: tuple[Division, ...]
    others: float
    complete: bool


@dataclass(frozen=True, slots=True)
class Rivals:
    """Two donors as rivals of one donor of the same traces; each is told as log10 LR against a
    different, unrelated donor for each trace.

    apart  ln P of those; (draw,)
    """

    of: Together
    apart: Floats

    def one(self) -> float:
        """One donor."""
        ratio = ln_shared(self.of, self.of.everybody[None])[0] - self.apart
        return float(mean_log10(ratio)) + which(self.of, self.of.everybody)

    def two(self, splits: Members, relation: Relation) -> Floats:
        """Two donors of a relation, for every split; (split, trace) -> (split,)."""
        found = mean_log10(ln_pair(self.of, splits, ~splits, relation) - self.apart)
        if relation != UNRELATED:  # a brother alone is one of his stain's contributors, too
            return np.asarray(found + which(self.of, self.of.everybody))
        return np.asarray(found + [which(self.of, split, ~split) for split in splits])


def rivals(of: Together) -> Rivals:
    return Rivals(of, ln_each_apart(of))


def rivals_of_many(of: Together) -> Rivals:
    """The same for what one donor leads two by, in less time: theta among as many donors as traces
    is left out, which is the same for both but for how draws are weighted."""
    return Rivals(of, ln_alone(of).sum(axis=0))


def best_split(of: Together, relation: Relation = UNRELATED, known: Rivals | None = None) -> Split:
    """The two donors, of that relation, who explain the traces best, and how far one donor leads.

    Two traces or more. Where one donor cannot have left them, the lead is -inf.
    known  `rivals` of these traces, where there already
    """
    n = len(of.owners)
    splits = _all_splits(n) if n <= MOST_DIVIDED else None
    if splits is None or len(splits) > _LEADING:
        ranked = _Ranked(of, relation)
        splits = _promising_splits(ranked) if splits is None else ranked.leading(splits)
    known = known or rivals(of)
    two, one = known.two(splits, relation), known.one()
    best = int(two.argmax())
    return _split(splits[best], one - float(two[best]) if np.isfinite(one) else -np.inf)


class _Ranked:
    """Splits by how much they explain, at a few draws."""

    def __init__(self, of: Together, relation: Relation):
        self.of, self._relation = of.at_draws(_FEW_DRAWS), relation
        self._rivals = rivals_of_many(self.of)

    def __call__(self, splits: Members) -> Floats:
        return self._rivals.two(splits, self._relation)

    def leading(self, splits: Members) -> Members:
        """The splits that explain most, the best first."""
        return splits[np.argsort(-self(splits), kind="stable")[:_LEADING]]


def _split(members: Members, log10: float) -> Split:
    parts = (tuple(np.flatnonzero(side).tolist()) for side in (members, ~members))
    larger, smaller = sorted(parts, key=lambda part: (-len(part), part))
    return Split(larger, smaller, log10)


@cache
def _all_splits(n: int) -> Members:
    """Every way to divide n traces in two, the first trace in the first part; (split, trace)."""
    numbers = np.arange(2 ** (n - 1) - 1)
    rest = (numbers[:, None] >> np.arange(n - 1)) & 1
    return np.hstack([np.ones((len(numbers), 1), dtype=bool), rest.astype(bool)])


def _promising_splits(ranked: _Ranked) -> Members:
    """Single traces and cuts at links of the strongest tree, and what is best near them."""
    n = len(ranked.of.owners)
    splits = ranked.leading(np.vstack([np.eye(n, dtype=bool), _tree_cuts(_links(ranked.of))]))
    return np.vstack([splits, *(_climbed(ranked, split) for split in splits[:_CLIMBS])])


def _links(of: Together) -> Floats:
    """ln LR of every two traces as one donor's, theta within a person alone; (trace, trace)."""
    n = len(of.owners)
    first, second = np.triu_indices(n, 1)
    own = ln_alone(of)
    both = ln_every_two(of, first, second) - own[first] - own[second]
    links = np.full((n, n), -np.inf)
    links[first, second] = links[second, first] = mean_log10(both)
    return links


def _tree_cuts(links: Floats) -> Members:
    """Parts that fall apart where a link of the strongest spanning tree is cut; (cut, trace).

    Source: Gower and Ross 1969, Appl Stat 18, 54-64 (single linkage by such trees).
    """
    n = len(links)
    parent = np.zeros(n, dtype=np.int64)
    strength = links[0].copy()
    order, waiting = [0], set(range(1, n))
    while waiting:
        nearest = max(sorted(waiting), key=lambda k: strength[k])
        waiting.remove(nearest)
        order.append(nearest)
        nearer = links[nearest] > strength
        nearer[order] = False
        strength[nearer], parent[nearer] = links[nearest][nearer], nearest
    below = np.eye(n, dtype=bool)
    for child in reversed(order[1:]):
        below[parent[child]] |= below[child]
    return below[order[1:]]


def _climbed(ranked: _Ranked, split: Members) -> Members:
    """The split that no move of one trace makes better; (1, trace)."""
    moves = np.eye(len(split), dtype=bool)
    height = float(ranked(split[None])[0])
    while True:
        near = split ^ moves
        near = near[near.any(axis=1) & ~near.all(axis=1)]
        found = ranked(near)
        best = int(found.argmax())
        if not found[best] > height:
            return split[None]
        split, height = near[best], float(found[best])


def divisions(
    of: Together, possible_donors: float | None = None, least_probability: float = 1e-6
) -> Divisions:
    """Posterior probabilities of the ways to divide traces among unrelated donors.

    possible_donors    people any of whom may have left each trace, all alike: k traces have m
                       given donors with N (N - 1) ... (N - m + 1) / N^k; None: all divisions alike
    least_probability  of those told one by one
    """
    n = len(of.owners)
    if possible_donors is not None and possible_donors < n:
        raise InvalidRecord(
            f"{possible_donors:g} possible donors of {n} traces.",
            rule="Each trace may have a donor of its own.",
            way_on="Give the number of people who may have left the traces.",
        )
    if n <= MOST_DIVIDED:
        ways = _all_divisions(n)
        log10 = _log10_of_all(of)
    else:
        known = rivals(of)
        split, one = best_split(of, known=known), known.one()
        ways = ((tuple(range(n)),), (split.one, split.other))
        log10 = np.array([one, one - split.log10])
    prior = np.array([_log10_prior(len(way), n, possible_donors) for way in ways])
    if not np.isfinite(log10 + prior).any():
        return Divisions((), 1.0, n <= MOST_DIVIDED)
    share = 10.0 ** (log10 + prior - (log10 + prior).max())
    share /= share.sum()
    told = [k for k in np.argsort(-share, kind="stable").tolist() if share[k] >= least_probability]
    likeliest = tuple(Division(ways[k], float(log10[k]), float(share[k])) for k in told)
    others = float(np.delete(share, told).sum())
    return Divisions(likeliest, others, n <= MOST_DIVIDED)


def _log10_prior(donors: int, traces: int, possible: float | None) -> float:
    if possible is None:
        return 0.0
    people = possible - np.arange(donors)
    return float(np.log10(people).sum() - traces * np.log10(possible))


def _log10_of_all(of: Together) -> Floats:
    """log10 LR of every division, in the order of `_all_divisions`.

    At theta 0 donors are independent, so each block is weighed once. Above it, that gives the
    order; divisions near the best are then weighed with theta among donors.
    """
    n = len(of.owners)
    ways = _all_divisions(n)
    numbers = np.arange(2**n)
    blocks = ((numbers[:, None] >> np.arange(n)) & 1).astype(bool)
    own = ln_shared(of, np.eye(n, dtype=bool))
    gain = ln_shared(of, blocks) - blocks.astype(np.float64) @ own
    penalty = np.array([which(of, block) for block in blocks])
    places = _blocks_of_divisions(n)
    with np.errstate(invalid="ignore"):
        log10 = mean_log10(gain[places].sum(axis=1)) + penalty[places].sum(axis=1)
    if any(table.theta for table in of.tables.values()):
        apart = ln_each_apart(of)
        near = np.argsort(-log10, kind="stable")[:_MOST_EXACT]
        for k in near[log10[near] >= log10.max() - _WITHIN_LOG10].tolist():
            members = np.array([[t in group for t in range(n)] for group in ways[k]])
            log10[k] = mean_log10(ln_apart(of, members) - apart) + penalty[places[k]].sum()
    return np.asarray(log10)


@cache
def _all_divisions(n: int) -> tuple[tuple[tuple[int, ...], ...], ...]:
    """Every way to divide n traces into groups, each in the order of its traces."""
    ways: list[tuple[tuple[int, ...], ...]] = [()]
    for trace in range(n):
        ways = [
            grown
            for way in ways
            for grown in (
                *((*way[:k], (*way[k], trace), *way[k + 1 :]) for k in range(len(way))),
                (*way, (trace,)),
            )
        ]
    return tuple(ways)


@cache
def _blocks_of_divisions(n: int) -> Ints:
    """The blocks of every division as bit patterns, padded with the empty one; (division, n)."""
    patterns = [[sum(1 << t for t in group) for group in way] for way in _all_divisions(n)]
    return np.array([[*row, *[0] * (n - len(row))] for row in patterns], dtype=np.int64)
