"""Familial search: is a relative of a stain's donor in the database?

Each contributor of each stain is weighed as a relative of everybody whose profile may be searched
so, one relation at a time. The threshold is set by the number of unrelated people expected to reach
it. Not for: the donor in person (`dna`), families of the missing (`families`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.link.candidates import any_contributor
from reopen.link.dna import WHICH
from reopen.link.sought import Sought
from reopen.link.stains import SolvedStain
from reopen.records import (
    PARENT_CHILD,
    End,
    KinshipModel,
    Link,
    LinkKind,
    Locus,
    MutationKind,
    Reference,
    Relation,
)
from reopen.weigh.chance_hits import ChanceHits, Terms
from reopen.weigh.compare import Contributors
from reopen.weigh.relations import (
    Kin,
    Part,
    TypedPeople,
    against_typed,
    related_tables,
    terms_with,
)

WHICH_PARENT = "which of the two is the parent"


@dataclass(frozen=True, slots=True)
class _Ways:
    """How a relation may hold: for each part that a contributor may play, tables of LRs."""

    tables: tuple[dict[Locus, Floats], ...]

    def totals(self, rows: Sequence[int], typed: TypedPeople) -> Floats:
        """log10 LR; (way and contributor, typed person), contributors of a way together."""
        return np.array([against_typed(one, row, typed) for one in self.tables for row in rows])


def relatives_of_donors(
    sought: Sought,
    solved: Sequence[SolvedStain],
    groups: Sequence[range],
    known: Contributors,
    references: Sequence[Reference],
    typed: TypedPeople,
    same_person: Mapping[tuple[str, str], float],
) -> list[Link]:
    """Links of stains with relatives of a donor, each by its best relation.

    references, typed  people who may be searched so
    same_person  (stain, reference) -> log10 LR of links of the donor in person: not listed again
    """
    best: dict[tuple[str, str], list[Link]] = {}
    for relation in sought.relations:
        for link in _of_relation(relation, sought, solved, groups, known, references, typed):
            ends = link.one.profile, link.other.profile
            if link.log10 > same_person.get(ends, -np.inf):
                best.setdefault(ends, []).append(link)
    return [_with_others(links) for links in best.values()]


def _with_others(links: list[Link]) -> Link:
    """The link of the best relation, the others in a remark."""
    first, *others = sorted(links, key=lambda link: -link.log10)
    told = [f"as {link.relation}: log10 LR {link.log10:.2f}" for link in others]
    return replace(first, remarks=(*first.remarks, *told))


def _of_relation(
    relation: Relation,
    sought: Sought,
    solved: Sequence[SolvedStain],
    groups: Sequence[range],
    known: Contributors,
    references: Sequence[Reference],
    typed: TypedPeople,
) -> list[Link]:
    parts = _parts(relation, sought.model, known)
    ways = _Ways(tuple(related_tables(known, Kin(relation, part), sought.model) for part in parts))
    chance = ChanceHits(_sides(ways, known), len(references))
    least = chance.threshold(sought.most_chance)
    found = []
    for item, group in zip(solved, groups, strict=True):
        every = ways.totals(group, typed)
        total, place = any_contributor(every, range(len(every)))
        for k in map(int, np.flatnonzero(total >= least)):
            way, person = divmod(int(place[k]), len(group))
            terms = {
                locus: term
                for locus, term in terms_with(ways.tables[way], group[person], typed, k).items()
                if known.present[locus][group[person]]
            }
            rest = float(total[k]) - sum(terms.values())
            name = WHICH if len(group) > 1 else WHICH_PARENT
            found.append(
                Link(
                    LinkKind.STAIN_RELATIVE,
                    _end(item, person),
                    End(references[k].id),
                    relation.name,
                    float(total[k]),
                    terms,
                    chance.expected(float(total[k])),
                    (),
                    {name: rest} if len(every) > 1 else {},
                )
            )
    return found


def _parts(relation: Relation, model: KinshipModel, known: Contributors) -> tuple[Part, ...]:
    """Parent and child differ where alleles mutate; before looking, each is as likely."""
    mutates = relation.ibd == PARENT_CHILD.ibd and any(
        one.kind is not MutationKind.NONE
        for locus in known.tables
        for one in (model.mutation_at(locus).female, model.mutation_at(locus).male)
    )
    return (Part.PARENT, Part.CHILD) if mutates else (Part.PARENT,)


def _sides(ways: _Ways, known: Contributors) -> list[Terms]:
    """Each contributor in each way: a mean over them reaches an LR only if one of them does."""
    sides = []
    for tables in ways.tables:
        for row in range(len(known.owners)):
            loci = [locus for locus in tables if known.present[locus][row]]
            sides.append(
                Terms(
                    {locus: tables[locus][row] for locus in loci},
                    {
                        locus: known.unrelated[locus][row] + np.log(known.tables[locus].prior)
                        for locus in loci
                    },
                )
            )
    return sides


def _end(item: SolvedStain, k: int) -> End:
    fit = item.deconvolution.fit
    place = item.deconvolution.places[k]
    return End(item.stain.id, place, len(fit.proportions), fit.proportions[place - 1])
