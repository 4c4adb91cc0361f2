"""Contributors of solved stains, and typed people, as traces that can be weighed together.

A series says which contributor of each stain it means, so each has to be followed through the
draws of the stain's parameters, whose order of unknown contributors is not the fit's. Not here:
the average over whichever contributor (`averaging`), the weighing (`weigh.one_donor`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from reopen.errors import UnknownName
from reopen.kernels.donors import ln_lr_of_pairs, ln_one_donor
from reopen.link.stains import SolvedStain
from reopen.records import REST, End, GenotypeLikelihoods, Locus, NotWeighed, Reference
from reopen.weigh.compare import LocusTable
from reopen.weigh.one_donor import (
    Together,
    Trace,
    mean_log10,
    together,
    trace,
    typed,
)

Pair = tuple[End, End]

_AT_ONCE = 32  # profiles beside one: more take memory and no less time
_LEAST_LN = -50.0  # of a locus, so that one that rules a match out does not hide the others


def ends_of(item: SolvedStain) -> tuple[End, ...]:
    """Its contributors whose genotypes are not known, as ends of links."""
    shares = item.deconvolution.fit.proportions
    return tuple(
        End(item.stain.id, place, len(shares), shares[place - 1])
        for place in item.deconvolution.places
    )


def traces_of(item: SolvedStain, tables: Mapping[Locus, LocusTable]) -> tuple[Trace, ...]:
    """Its contributors, in the order of `ends_of`, each followed through the draws."""
    at_fit = item.deconvolution.likelihoods
    draws = [item.at_draw(draw) for draw in range(item.draws)]
    different = list({id(draw): draw for draw in draws}.values())
    if len(at_fit) > 1 and item.averaged is not None:
        orders = _orders(at_fit, different, tables)
    else:
        orders = [range(len(at_fit))] * len(different)
    order = {id(draw): found for draw, found in zip(different, orders, strict=True)}
    return tuple(
        trace([draw[order[id(draw)][place]] for draw in draws], places=len(at_fit))
        for place in range(len(at_fit))
    )


def _orders(
    at_fit: Sequence[GenotypeLikelihoods],
    draws: Sequence[Sequence[GenotypeLikelihoods]],
    tables: Mapping[Locus, LocusTable],
) -> list[Sequence[int]]:
    """Of each draw, which of its contributors is which of the fit's: those most alike, all told.

    Source: Stephens 2000, J R Stat Soc B 62, 795-809 (labels that change from draw to draw).
    """
    n = len(at_fit)
    by_place = [trace([draw[place] for draw in draws]) for place in range(n)]
    of = together([*(trace([one]) for one in at_fit), *by_place], tables)
    alike = np.zeros((n, n, len(draws)))  # contributor at the fit, at the draw, draw
    for locus, rows in of.ln.items():
        own = ln_one_donor(rows, of.prior[locus])
        both = ln_one_donor(rows[:n, None] + rows[None, n:], of.prior[locus])
        alike += np.maximum(both - own[:n, None] - own[None, n:], _LEAST_LN)
    return [linear_sum_assignment(-alike[:, :, k])[1].tolist() for k in range(len(draws))]


def in_order(ends: Iterable[End]) -> tuple[End, ...]:
    return tuple(sorted(ends, key=lambda end: (end.profile, end.contributor or 0)))


class Traces:
    """The traces of a search, made when they are first asked for."""

    def __init__(
        self,
        solved: Sequence[SolvedStain],
        references: Sequence[Reference],
        tables: Mapping[Locus, LocusTable],
    ):
        self.tables = tables
        self.stains = {item.stain.id: item for item in solved}
        self.people = {reference.id: reference for reference in references}
        self._made: dict[End, Trace] = {}
        self._refused: dict[NotWeighed, None] = {}

    @property
    def not_weighed(self) -> tuple[NotWeighed, ...]:
        """Loci of traces that could not be put on common alleles, met so far."""
        return tuple(self._refused)

    def ends(self, profile: str) -> tuple[End, ...]:
        """A stain's contributors, or a typed person. Raises UnknownName."""
        if profile in self.stains:
            return ends_of(self.stains[profile])
        if profile in self.people:
            return (End(profile),)
        raise UnknownName(
            f"Profile {profile!r} of a link is neither a solved stain nor a reference.",
            rule="A series is made of what a search compared.",
            way_on="Give all stains and references of the search that found the links.",
        )

    def together(self, ends: Sequence[End], *more: Trace) -> Together:
        """These traces, and others that are not of the search, ready to be weighed."""
        of = together([*(self._trace(end) for end in ends), *more], self.tables)
        self._refused.update(dict.fromkeys(of.not_weighed))
        return of

    def _trace(self, end: End) -> Trace:
        if end not in self._made:
            self._made.update(zip(self.ends(end.profile), self._of(end.profile), strict=True))
        return self._made[end]

    def _all(self, profile: str) -> list[Trace]:
        return [self._trace(end) for end in self.ends(profile)]

    def _of(self, profile: str) -> tuple[Trace, ...]:
        if profile in self.stains:
            return traces_of(self.stains[profile], self.tables)
        return (typed(self.people[profile]),)

    def pairs_with(self, one: str, others: Sequence[str]) -> dict[Pair, float]:
        """`pairs` of one with each of the others; many at once, which is quicker by far."""
        found: dict[Pair, float] = {}
        for some in self._at_once(one, others):
            found.update(self._pairs(one, some))
        return found

    def pairs(self, one: str, other: str) -> dict[Pair, float]:
        """log10 LR of every contributor of one with every one of another: one donor against two."""
        return self._pairs(one, [other])

    def _at_once(self, one: str, others: Sequence[str]) -> Iterator[list[str]]:
        """Others that change nothing in each other's numbers: of as many draws beside this one,
        and with room for alleles that they do not tell apart."""
        own = self._draws(one)
        alike: dict[int, list[str]] = {}
        for other in others:
            if self._tells_all(one) or self._tells_all(other):
                yield [other]
            else:
                alike.setdefault(max(own, self._draws(other)), []).append(other)
        for many in alike.values():
            for start in range(0, len(many), _AT_ONCE):
                yield many[start : start + _AT_ONCE]

    def _draws(self, profile: str) -> int:
        return max(trace.draws for trace in self._all(profile))

    def _tells_all(self, profile: str) -> bool:
        """Whether at some locus all alleles are told apart, so that another's are beyond them."""
        return any(
            REST not in seen.alleles
            for trace in self._all(profile)
            for seen in trace.by_locus.values()
        )

    def _pairs(self, one: str, others: Sequence[str]) -> dict[Pair, float]:
        first = self.ends(one)
        second = [end for other in others for end in self.ends(other)]
        of, n = self.together([*first, *second]), len(first)
        ratio = np.zeros((n, len(second), of.draws))
        for locus, table in of.tables.items():
            rows = of.ln[locus]
            ratio += ln_lr_of_pairs(
                rows[:n], rows[n:], of.prior[locus], table.frequency, table.theta
            )
        any_place = np.log10(np.outer(of.places[:n], of.places[n:]))
        found = (mean_log10(ratio) - any_place).tolist()
        return {
            (end, beside): found[i][j]
            for i, end in enumerate(first)
            for j, beside in enumerate(second)
        }
