"""How many links at least so strong chance alone would give in a whole search.

Of every stain, person or family compared, the upper tail of its LR with unrelated people, for each
set of loci that those compared are typed at, times how many they are. Where the other end is not
typed either, Turing's bound is all that holds without knowing how that end came to be. Not for: the
tails themselves (`weigh.chance`), relatives of donors, whether a link is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np

from reopen.kernels.genotypes import pairs, probabilities
from reopen.kernels.shapes import Floats, Ints
from reopen.link.stains import SolvedStain
from reopen.records import ByChance, Locus
from reopen.weigh.chance import ERROR, SAMPLES, Method, Tail, bounded, tail_of
from reopen.weigh.compare import Contributors, LocusTable, contributors
from reopen.weigh.relations import TypedPeople
from reopen.weigh.sides import Side, side_of
from reopen.weigh.sifting import same_person_tables

LocusSets = Mapping[frozenset[Locus], int]

_MOST_SETS = 16  # of loci, of each side; people of rarer ones are bounded
_ALL_SAMPLES = 1 << 20  # of a search: the more stains, the fewer people drawn for each
_LEAST_SAMPLES = 1024
_HIGHEST = 40  # log10 LR of any threshold


@dataclass(frozen=True, slots=True)
class Comparisons:
    """Comparisons told apart by what chance does in them.

    tails    (how many comparisons, the tail of their LR)
    bounded  comparisons of which only the bound is known
    """

    tails: tuple[tuple[int, Tail], ...] = ()
    bounded: int = 0

    def expected(self, log10: Sequence[float]) -> list[ByChance]:
        """Links of 10^log10 or more that chance gives, for each value of log10, 0 or more."""
        values = np.asarray(log10, dtype=np.float64)
        most = self.bounded * bounded(values).high
        sure = np.array([most, np.zeros_like(most), most])
        drawn = np.zeros((3, len(values)))
        for n, tail in self.tails:
            found = tail.at(values)
            if tail.method is Method.SAMPLED:
                errors = found.probability - found.low, found.high - found.probability
                drawn += [n * found.probability, *((n * error) ** 2 for error in errors)]
            else:
                sure += [n * found.probability, n * found.low, n * found.high]
        middle, below, above = drawn[0], np.sqrt(drawn[1]), np.sqrt(drawn[2])
        sure += [middle, np.maximum(middle - below, 0.0), middle + above]
        exact, sampled = self._count(Method.EXACT), self._count(Method.SAMPLED)
        return [
            ByChance(expected, low, high, exact, sampled, self.bounded)
            for expected, low, high in sure.T.tolist()
        ]

    def threshold(self, most: float) -> float:
        """The least log10 LR, by hundredths, at which no more than so many links are expected."""
        low, high = 0, 100 * _HIGHEST
        while low < high:
            middle = (low + high) // 2
            if self.expected([middle / 100])[0].high <= most:
                high = middle
            else:
                low = middle + 1
        return low / 100

    def _count(self, method: Method) -> int:
        return sum(n for n, tail in self.tails if tail.method is method)


def locus_sets(typed: TypedPeople, people: Ints) -> LocusSets:
    """Sets of loci that some of the people are typed at, and how many have each."""
    if not len(people):
        return {}
    packed = np.packbits(typed.is_typed()[:, people], axis=0).T
    sets, counts = np.unique(packed, axis=0, return_counts=True)
    has = np.unpackbits(sets, axis=1, count=len(typed.loci)).astype(bool)
    return {
        frozenset(locus for locus, is_typed in zip(typed.loci, line, strict=True) if is_typed): n
        for line, n in zip(has, counts.tolist(), strict=True)
    }


class OneSide:
    """One side's comparisons with typed people; its tails are made once.

    name   of the side: people drawn for it are drawn for it alone, always the same
    """

    def __init__(self, side: Side, samples: int = SAMPLES, name: str = "", error: float = ERROR):
        self._side, self._samples, self._name, self._error = side, samples, name, error
        self._tails: dict[frozenset[Locus], Tail] = {}

    def with_people(self, sets: LocusSets) -> Comparisons:
        """People by the loci that they are typed at: the commonest sets each by its own tail."""
        in_common: Counter[frozenset[Locus]] = Counter()
        for loci, n in sets.items():
            in_common[loci & self._side.loci] += n
        ranked = sorted(in_common.items(), key=lambda item: (-item[1], sorted(item[0])))
        rest = sum(n for _, n in ranked[_MOST_SETS:])
        return Comparisons(tuple((n, self._tail(at)) for at, n in ranked[:_MOST_SETS]), rest)

    def _tail(self, loci: frozenset[Locus]) -> Tail:
        if loci not in self._tails:
            seed = crc32("\n".join([self._name, *sorted(loci)]).encode())
            self._tails[loci] = tail_of(self._side.at(loci), self._samples, seed, self._error)
        return self._tails[loci]


def samples_of(sides: int) -> int:
    """People to draw for each of so many sides: errors of many are independent and cancel."""
    return max(min(SAMPLES, _ALL_SAMPLES // max(sides, 1)), _LEAST_SAMPLES)


def stain_side(item: SolvedStain, tables: Mapping[Locus, LocusTable], draws: int) -> Side:
    """A stain's contributors at its draws, as the search averages them.

    draws  of the search: stains of fewer go round
    """
    rows = [one for draw in range(item.draws) for one in item.at_draw(draw)]
    people, _ = contributors(rows, tables)
    times = np.bincount(np.arange(draws) % item.draws, minlength=item.draws)
    return _same_person(people, np.repeat(times, len(rows) // item.draws).astype(np.float64))


def _same_person(people: Contributors, share: Floats) -> Side:
    ratios = same_person_tables(people)
    loci = [locus for locus in ratios if people.present[locus].any()]
    return side_of(
        {locus: ratios[locus] for locus in loci},
        {locus: people.unrelated[locus] + np.log(people.tables[locus].prior) for locus in loci},
        share,
    )


def every_set(*sets: LocusSets) -> LocusSets:
    """All of these people, by the loci that they are typed at."""
    every: Counter[frozenset[Locus]] = Counter()
    for some in sets:
        every.update(some)
    return every


def all_pairs(sets: LocusSets) -> LocusSets:
    """Pairs of these people, by the loci that both have."""
    pairs_of: Counter[frozenset[Locus]] = Counter()
    ranked = list(sets.items())
    for k, (loci, n) in enumerate(ranked):
        pairs_of[loci] += n * (n - 1) // 2
        for others, m in ranked[k + 1 :]:
            pairs_of[loci & others] += n * m
    return pairs_of


def pairs_between(ones: LocusSets, others: LocusSets) -> LocusSets:
    """Pairs of one and of another, by the loci that both have."""
    found: Counter[frozenset[Locus]] = Counter()
    for loci, n in ones.items():
        for other, m in others.items():
            found[loci & other] += n * m
    return found


def same_typed(tables: Mapping[Locus, LocusTable]) -> Side:
    """Two unrelated typed people, of whom one is taken for the other: an LR only where they agree.

    At each locus 1 / P(g | g) with the probability that both are g; NRC II 4.10a and b.
    """
    ratios, chances = {}, {}
    for locus, table in tables.items():
        again = _match_probability(table)
        both = probabilities(table.frequency, table.theta) * again
        ratios[locus] = np.append(-np.log(again), -np.inf)[None]
        chances[locus] = np.append(both, max(1.0 - both.sum(), 0.0))
    return Side(ratios, chances, np.ones(1))


def _match_probability(table: LocusTable) -> Floats:
    """P(g | g) of every genotype; (genotype,)."""
    a, b = pairs(len(table.frequency))
    theta, p = table.theta, (1 - table.theta) * table.frequency
    same = (2 * theta + p[a]) * (3 * theta + p[a])
    other = 2 * (theta + p[a]) * (theta + p[b])
    return np.where(a == b, same, other) / ((1 + theta) * (1 + 2 * theta))


def with_rest_bounded(known: Comparisons, every: int) -> Comparisons:
    """The same of so many comparisons in all; of those not known, the bound is."""
    rest = every - known.bounded - sum(n for n, _ in known.tails)
    return Comparisons(known.tails, known.bounded + max(rest, 0))


def total(parts: Iterable[Comparisons]) -> Comparisons:
    """All of them together."""
    every = list(parts)
    tails = tuple(tail for part in every for tail in part.tails)
    return Comparisons(tails, sum(part.bounded for part in every))
