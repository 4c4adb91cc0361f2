"""Familial search: is a relative of a stain's donor, of the dead, or of a person in the database?

Each contributor of each stain, all remains, and people who are looked for, are weighed as relatives
of everybody whose profile may be searched so, one relation at a time. The threshold is set by the
number of unrelated people expected to reach it, and those below it are counted. Not for: the person
themselves (`dna`, `persons`), families of the missing (`families`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.link.chance_links import OneSide, every_set, samples_of, total
from reopen.link.dna import WHICH
from reopen.link.searched_people import People, Reached
from reopen.link.sought import Sought
from reopen.link.stains import SolvedStain
from reopen.records import (
    PARENT_CHILD,
    End,
    KinshipModel,
    LeftOut,
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
    related_tables,
    terms_with,
)
from reopen.weigh.sides import Side, side_of

WHICH_PARENT = "which of the two is the parent"


@dataclass(frozen=True, slots=True)
class Donor:
    """Whose relatives are looked for: the contributors of a stain, whichever, remains, a person.

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


def donors_in_person(ids: Sequence[str], first: int) -> list[Donor]:
    """Typed people who are looked for themselves, whose rows begin at `first`."""
    return [
        Donor(LinkKind.REFERENCE_RELATIVE, (row,), (End(id),)) for row, id in enumerate(ids, first)
    ]


@dataclass(frozen=True, slots=True)
class FoundRelatives:
    """Links of donors with relatives, those that chance left out, and the people linked."""

    links: list[Link]
    left_out: list[LeftOut]
    people: dict[str, Reference]


def relatives_of_donors(
    sought: Sought,
    donors: Sequence[Donor],
    people: Contributors,
    among: Sequence[People],
    least_log10: float,
    same_person: Mapping[tuple[str, str], float],
) -> FoundRelatives:
    """Links of donors with relatives, each by its best relation.

    among        people who may be searched so
    same_person  (profile, reference) -> log10 LR of links of the donor in person: a relation that
                 explains no more is not listed
    """
    best: dict[tuple[str, str], list[Link]] = {}
    found = FoundRelatives([], [], {})
    for relation in sought.relations:
        for link in _of_relation(relation, sought, donors, people, among, least_log10, found):
            ends = link.one.profile, link.other.profile
            if link.log10 > same_person.get(ends, -np.inf):
                best.setdefault(ends, []).append(link)
    found.links.extend(map(_with_others, best.values()))
    return found


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
    among: Sequence[People],
    least_log10: float,
    found: FoundRelatives,
) -> Iterator[Link]:
    parts = _parts(relation, sought.model, people)
    ways = [related_tables(people, Kin(relation, part), sought.model) for part in parts]
    in_common = every_set(*(some.by_loci for some in among))
    for kind in dict.fromkeys(donor.kind for donor in donors):
        own = [donor for donor in donors if donor.kind is kind]
        samples = samples_of(len(own))
        chance = total(
            OneSide(
                _side(ways, donor, people), samples, f"{relation.name} {donor.ends[0].profile}"
            ).with_people(in_common)
            for donor in own
        )
        listed_from = max(chance.threshold(sought.most_chance), least_log10)
        below, highest = 0, -np.inf
        for donor in own:
            rows = {
                locus: np.concatenate([way[locus][list(donor.rows)] for way in ways])
                for locus in people.tables
            }
            for some in among:
                reached = some.reaching(rows, least_log10, listed_from)
                found.people.update({one.id: one for one in reached.people})
                below, highest = below + reached.below, max(highest, reached.highest)
                links = _links(relation, donor, ways, people, reached)
                expected = chance.expected(reached.log10.tolist())
                for link, by_chance in zip(links, expected, strict=True):
                    yield replace(link, expected_chance=by_chance.high, by_chance=by_chance)
        if below:
            left = LeftOut(kind, relation.name, below, least_log10, highest, sought.most_chance)
            found.left_out.append(left)


def _links(
    relation: Relation,
    donor: Donor,
    ways: Sequence[Mapping[Locus, Floats]],
    people: Contributors,
    reached: Reached,
) -> Iterator[Link]:
    """Links of a donor with those reached; how many chance gives is not yet said."""
    which_one = WHICH if len(donor.rows) > 1 else WHICH_PARENT
    for k, person in enumerate(reached.people):
        way, which = divmod(int(reached.best[k]), len(donor.rows))
        row = donor.rows[which]
        terms = {
            locus: term
            for locus, term in terms_with(ways[way], row, reached.typed, k).items()
            if people.present[locus][row]
        }
        log10 = float(reached.log10[k])
        several = len(ways) * len(donor.rows) > 1
        rest = {which_one: log10 - sum(terms.values())} if several else {}
        end = donor.ends[which]
        yield Link(
            donor.kind, end, End(person.id), relation.name, log10, terms, 0.0, other_terms=rest
        )


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
