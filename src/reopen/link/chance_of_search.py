"""Every link of a search with the number of links as strong that chance alone would give.

Only for the kinds of which there are links, since a stain's tail takes longer than its search; of
many stains only where the bound leaves chance possible. Not for: how a number is worked out
(`chance_links`), kin, whose search needs it beforehand (`relatives`, `families`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from reopen.kernels.shapes import Ints
from reopen.link.chance_links import (
    Comparisons,
    LocusSets,
    OneSide,
    all_pairs,
    every_set,
    locus_sets,
    pairs_between,
    same_typed,
    samples_of,
    stain_side,
    total,
    with_rest_bounded,
)
from reopen.link.stains import LinkOptions, Progress, SolvedStain, each
from reopen.records import LeftOut, Link, LinkKind, Locus, Purpose, Reference
from reopen.weigh.compare import LocusTable
from reopen.weigh.relations import TypedPeople

_STAINS_WITH_TYPED = (LinkKind.STAIN_REFERENCE, LinkKind.STAIN_STAFF, LinkKind.STAIN_REMAINS)
_TYPED_WITH_TYPED = (
    LinkKind.REFERENCE_REFERENCE,
    LinkKind.REMAINS_REFERENCE,
    LinkKind.REMAINS_REMAINS,
)
_RELATIVES = (
    LinkKind.STAIN_RELATIVE,
    LinkKind.REMAINS_RELATIVE,
    LinkKind.REFERENCE_RELATIVE,
)
_MANY_STAINS = 500  # a stain's tails take a tenth of a second
_NO_DOUBT = 1e-6  # links by chance


@dataclass(frozen=True, slots=True)
class Compared:
    """What a search compared.

    typed       references, then remains of whom full profiles are known
    references  of `typed`, without those remains
    counts      comparisons by kind
    in_database, staff_in_database  people of a database, staff apart, by the loci they are typed
                at; they are compared with stains and remains
    """

    solved: Sequence[SolvedStain]
    typed: TypedPeople
    references: Sequence[Reference]
    tables: Mapping[Locus, LocusTable]
    counts: Mapping[LinkKind, int]
    in_database: LocusSets = field(default_factory=dict)
    staff_in_database: LocusSets = field(default_factory=dict)

    def _sets(self, people: Ints) -> LocusSets:
        return locus_sets(self.typed, people)

    @property
    def staff(self) -> LocusSets:
        return every_set(self._sets(self._with_purpose(is_staff=True)), self.staff_in_database)

    @property
    def others(self) -> LocusSets:
        return every_set(self._sets(self._with_purpose(is_staff=False)), self.in_database)

    @property
    def on_file(self) -> LocusSets:
        return every_set(self.in_database, self.staff_in_database)

    @property
    def everybody(self) -> LocusSets:
        return self._sets(np.arange(len(self.references)))

    @property
    def remains(self) -> LocusSets:
        return self._sets(np.arange(len(self.references), self.typed.numbers.shape[1]))

    def _with_purpose(self, *, is_staff: bool) -> Ints:
        return np.flatnonzero(
            [(one.purpose is Purpose.STAFF) is is_staff for one in self.references]
        )


class ChanceOfSearch:
    """What chance gives of each kind of link in a search; worked out once."""

    def __init__(self, compared: Compared, options: LinkOptions, progress: Progress):
        self._compared, self._options, self._progress = compared, options, progress
        self._known: dict[LinkKind, Comparisons] = {}

    def with_chance(self, links: Sequence[Link]) -> tuple[Link, ...]:
        """Links with how many as strong chance would give, of all comparisons of their kind.

        Strong is the lower of a link's two numbers, which is at most the one that chance is worked
        out for. Links that have such a number already keep it.
        """
        by_kind = self._by_kind(links)
        found: dict[int, Link] = {}
        for kind, comparisons in by_kind.items():
            own = [item for item in links if item.kind is kind and item.by_chance is None]
            expected = comparisons.expected([item.weight for item in own])
            found |= {
                id(item): replace(item, expected_chance=chance.high, by_chance=chance)
                for item, chance in zip(own, expected, strict=True)
            }
        return tuple(found.get(id(item), item) for item in links)

    def listed(self, links: Sequence[Link]) -> tuple[list[Link], list[LeftOut]]:
        """Links that no more unrelated people reach than the options allow, and what is left out.

        Relatives are listed so already, by an allowance of their own.
        """
        most = self._options.most_chance
        if most is None:
            return list(links), []
        own = [item for item in links if item.kind not in _RELATIVES]
        chances = [item.expected_chance for item in self.with_chance(own)]
        told = dict(zip(map(id, own), chances, strict=True))
        kept = [item for item in links if told.get(id(item), 0.0) <= most]
        left: dict[tuple[LinkKind, str], list[float]] = {}
        for item in own:
            if told[id(item)] > most:
                left.setdefault((item.kind, item.relation), []).append(item.log10)
        least = self._options.least_log10
        return kept, [
            LeftOut(kind, relation, len(log10), least, max(log10), most)
            for (kind, relation), log10 in left.items()
        ]

    def _by_kind(self, links: Sequence[Link]) -> dict[LinkKind, Comparisons]:
        waiting = [item for item in links if item.by_chance is None]
        kinds = list(dict.fromkeys(item.kind for item in waiting))
        bounded = {kind: Comparisons(bounded=self._compared.counts[kind]) for kind in kinds}
        new = [
            kind
            for kind in kinds
            if kind not in self._known and _is_in_doubt(kind, waiting, self._compared)
        ]
        self._known |= _comparisons(new, self._compared, self._options, self._progress)
        return {kind: self._known.get(kind, bounded[kind]) for kind in kinds}


def _is_in_doubt(kind: LinkKind, links: Sequence[Link], compared: Compared) -> bool:
    """Whether more is asked for than the bound: of many stains only if chance is possible by it."""
    if len(compared.solved) <= _MANY_STAINS or kind not in _STAINS_WITH_TYPED:
        return True
    weakest = min(item.weight for item in links if item.kind is kind)
    return bool(compared.counts[kind] * 10.0**-weakest > _NO_DOUBT)


def _comparisons(
    kinds: Sequence[LinkKind], compared: Compared, options: LinkOptions, progress: Progress
) -> dict[LinkKind, Comparisons]:
    """What is known of the comparisons of each kind; the rest of them are bounded."""
    found = {kind: Comparisons() for kind in kinds}
    if any(kind in _STAINS_WITH_TYPED for kind in kinds):
        found |= _of_stains(compared, options, progress)
    if any(kind in _TYPED_WITH_TYPED for kind in kinds):
        found |= _of_typed(compared)
    return {kind: with_rest_bounded(found[kind], compared.counts[kind]) for kind in kinds}


def _of_stains(
    compared: Compared, options: LinkOptions, progress: Progress
) -> dict[LinkKind, Comparisons]:
    sets = (compared.others, compared.staff, compared.remains)
    draws = max((item.draws for item in compared.solved), default=1)
    samples = samples_of(len(compared.solved))

    def work(item: SolvedStain) -> list[Comparisons]:
        side = OneSide(stain_side(item, compared.tables, draws), samples, item.stain.id)
        return [side.with_people(each_set) for each_set in sets]

    done = list(each(work, compared.solved, options, "working out chance", progress))
    return {
        kind: total(parts[place] for parts in done) for place, kind in enumerate(_STAINS_WITH_TYPED)
    }


def _of_typed(compared: Compared) -> dict[LinkKind, Comparisons]:
    side = OneSide(same_typed(compared.tables))
    return {
        kind: side.with_people(in_common)
        for kind, in_common in zip(
            _TYPED_WITH_TYPED,
            (
                all_pairs(compared.everybody),
                pairs_between(compared.remains, every_set(compared.everybody, compared.on_file)),
                all_pairs(compared.remains),
            ),
            strict=True,
        )
    }
