"""Familial search: is a relative of a stain's donor, or of the dead, in the database?

Each contributor of each stain, and all remains, are weighed as relatives of everybody whose profile
may be searched so, one relation at a time. The threshold is set by the number of unrelated people
expected to reach it. Not for: the person themselves (`dna`, `remains`), families of the missing
(`families`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.link.chance_links import OneSide, locus_sets, samples_of, total
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
from reopen.weigh.compare import Contributors
from reopen.weigh.relations import (
    Kin,
    Part,
    TypedPeople,
    related_tables,
    terms_with,
)
from reopen.weigh.sides import Side, side_of
from reopen.weigh.sifting import Search

WHICH_PARENT = "which of the two is the parent"


@dataclass(frozen=True, slots=True)
class Donor:
    """Whose relatives are looked for: the contributors of a stain, whichever, or remains.

    rows  among the people weighed; ends of the same length
    """

    kind: LinkKind
    rows: tuple[int, ...]
    ends: tuple[End, ...]


def donors_of_stains(solved: Sequence[SolvedStain], groups: Sequence[range]) -> list[Donor]:
    """The contributors of each stain."""
    return [
        Donor(
            LinkKind.STAIN_RELATIVE,
            tuple(group),
            tuple(
                End(item.stain.id, place, len(shares), shares[place - 1])
                for place in item.deconvolution.places
            ),
        )
        for item, group in zip(solved, groups, strict=True)
        for shares in [item.deconvolution.fit.proportions]
    ]


def donors_of_remains(ids: Sequence[str], first: int) -> list[Donor]:
    """Remains, whose rows begin at `first`."""
    return [
        Donor(LinkKind.REMAINS_RELATIVE, (row,), (End(id),)) for row, id in enumerate(ids, first)
    ]


def relatives_of_donors(
    sought: Sought,
    donors: Sequence[Donor],
    people: Contributors,
    references: Sequence[Reference],
    typed: TypedPeople,
    least_log10: float,
    same_person: Mapping[tuple[str, str], float],
) -> list[Link]:
    """Links of donors with relatives, each by its best relation.

    references, typed  people who may be searched so
    same_person  (profile, reference) -> log10 LR of links of the donor in person: a relation that
                 explains no more is not listed
    """
    best: dict[tuple[str, str], list[Link]] = {}
    for relation in sought.relations:
        for link in _of_relation(relation, sought, donors, people, references, typed, least_log10):
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
    donors: Sequence[Donor],
    people: Contributors,
    references: Sequence[Reference],
    typed: TypedPeople,
    least_log10: float,
) -> list[Link]:
    parts = _parts(relation, sought.model, people)
    ways = [related_tables(people, Kin(relation, part), sought.model) for part in parts]
    in_common = locus_sets(typed, np.arange(len(references)))
    found = []
    for kind in dict.fromkeys(donor.kind for donor in donors):
        own = [donor for donor in donors if donor.kind is kind]
        samples = samples_of(len(own))
        chance = total(
            OneSide(
                _side(ways, donor, people), samples, f"{relation.name} {donor.ends[0].profile}"
            ).with_people(in_common)
            for donor in own
        )
        least = max(chance.threshold(sought.most_chance), least_log10)
        for donor in own:
            rows = {
                locus: np.concatenate([way[locus][list(donor.rows)] for way in ways])
                for locus in typed.loci
            }
            search = Search(rows, typed.by_locus, least)
            reached = search.found(typed.by_locus)
            by_chance = chance.expected(reached.log10.tolist())
            for at, k in enumerate(map(int, reached.person)):
                way, which = divmod(int(reached.best[at]), len(donor.rows))
                terms = {
                    locus: term
                    for locus, term in terms_with(ways[way], donor.rows[which], typed, k).items()
                    if people.present[locus][donor.rows[which]]
                }
                log10 = float(reached.log10[at])
                rest = log10 - sum(terms.values())
                name = WHICH if len(donor.rows) > 1 else WHICH_PARENT
                found.append(
                    Link(
                        kind,
                        donor.ends[which],
                        End(references[k].id),
                        relation.name,
                        log10,
                        terms,
                        by_chance[at].high,
                        other_terms={name: rest} if len(ways) * len(donor.rows) > 1 else {},
                        by_chance=by_chance[at],
                    )
                )
    return found


def _parts(relation: Relation, model: KinshipModel, people: Contributors) -> tuple[Part, ...]:
    """Parent and child differ where alleles mutate; before looking, each is as likely."""
    mutates = relation.ibd == PARENT_CHILD.ibd and any(
        one.kind is not MutationKind.NONE
        for locus in people.tables
        for one in (model.mutation_at(locus).female, model.mutation_at(locus).male)
    )
    return (Part.PARENT, Part.CHILD) if mutates else (Part.PARENT,)


def _side(ways: Sequence[Mapping[Locus, Floats]], donor: Donor, people: Contributors) -> Side:
    """A donor's contributors in each way: the LR is the mean over all of them."""
    rows = list(donor.rows)
    loci = [locus for locus in people.tables if people.present[locus][rows].any()]
    ln_prior = {locus: np.log(people.tables[locus].prior) for locus in loci}
    return side_of(
        {locus: np.concatenate([way[locus][rows] for way in ways]) for locus in loci},
        {
            locus: np.concatenate([people.unrelated[locus][rows] + ln_prior[locus]] * len(ways))
            for locus in loci
        },
    )
