"""Somebody who is known, a typed person or remains, as the same person as somebody typed.

Not for: stains (`dna`), remains and references at hand (`remains`, `candidates`), relatives
(`relatives`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.link.chance_links import OneSide, every_set, total
from reopen.link.dna import SAME_PERSON
from reopen.link.searched_people import People, Reached
from reopen.records import End, Link, LinkKind, Locus, Purpose, Reference
from reopen.weigh.compare import Contributors
from reopen.weigh.relations import terms_with
from reopen.weigh.sides import side_of
from reopen.weigh.sifting import same_person_tables

_ERROR = 0.05  # of log10 LR, where remains have many different ones


@dataclass(frozen=True, slots=True)
class Somebody:
    """Who is looked for in person.

    row  among the people weighed
    """

    kind: LinkKind
    row: int
    id: str
    remarks: tuple[str, ...] = ()


def links_in_person(
    looked_for: Sequence[Somebody],
    people: Contributors,
    among: Sequence[People],
    least_log10: float,
) -> tuple[list[Link], dict[str, Reference]]:
    """Links of them with somebody typed, and the people linked.

    Each says how many of those searched would agree with one of those looked for by chance.
    """
    rows = same_person_tables(people)
    found: list[tuple[Link, Reference]] = []
    for one in looked_for:
        own = {locus: table[one.row : one.row + 1] for locus, table in rows.items()}
        for some in among:
            reached = some.reaching(own, least_log10, least_log10)
            found += [(_link(one, rows, people, reached, k), person)
                      for k, person in enumerate(reached.people)]  # fmt: skip
    if not found:
        return [], {}
    in_common = every_set(*(some.by_loci for some in among))
    links = [link for link, _ in found]
    chance = total(
        OneSide(side_of(*_side(people, rows, one.row)), name=one.id, error=_ERROR).with_people(
            in_common
        )
        for one in looked_for
    )
    expected = chance.expected([link.log10 for link in links])
    return [
        replace(link, expected_chance=by_chance.high, by_chance=by_chance)
        for link, by_chance in zip(links, expected, strict=True)
    ], {person.id: person for _, person in found}


def _link(
    one: Somebody, rows: Mapping[Locus, Floats], people: Contributors, reached: Reached, k: int
) -> Link:
    person = reached.people[k]
    terms = {
        locus: term
        for locus, term in terms_with(rows, one.row, reached.typed, k).items()
        if people.present[locus][one.row]
    }
    staff = ("a staff member: contamination?",) if person.purpose is Purpose.STAFF else ()
    log10 = float(reached.log10[k])
    remarks = (*one.remarks, *staff)
    return Link(one.kind, End(one.id), End(person.id), SAME_PERSON, log10, terms, 0.0, remarks)


def _side(
    people: Contributors, rows: Mapping[Locus, Floats], row: int
) -> tuple[dict[Locus, Floats], dict[Locus, Floats]]:
    """LRs with one of the people, and the genotypes of somebody unrelated."""
    only = slice(row, row + 1)
    loci = [locus for locus in rows if people.present[locus][row]]
    return (
        {locus: rows[locus][only] for locus in loci},
        {locus: people.unrelated[locus][only] + np.log(people.tables[locus].prior)
         for locus in loci},
    )  # fmt: skip
