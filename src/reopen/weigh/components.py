"""How contributors' genotypes at a locus come about: alleles drawn, typed, or shared by descent.

Not for: probabilities of draws (`encode`), peaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Protocol

from reopen.errors import CannotWeigh
from reopen.records import Allele, Genotype, Locus, Proposition


class Places(Protocol):
    """A locus whose alleles have places: all that genotypes of people need to know of it."""

    @property
    def locus(self) -> Locus: ...

    @property
    def n_positions(self) -> int: ...

    @property
    def relates_last_two(self) -> bool: ...

    def position_of(self, label: Allele) -> int:
        """Where a person's allele stands; raises CannotWeigh where it has no place."""
        ...


@dataclass(frozen=True, slots=True)
class Drawer:
    """Alleles drawn from the population together: `copies` of them (two for an unknown person).

    contributors  places (in the proposition) of the people who carry these alleles
    """

    copies: int
    contributors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Component:
    """One way in which the unknown contributors' alleles may have come about.

    ln_weight  of this way; the ways of a marker sum to one
    fixed      (contributor, position, copies) that are not drawn: typed people, alleles shared
               by descent with a typed relative
    """

    ln_weight: float
    drawers: tuple[Drawer, ...]
    fixed: tuple[tuple[int, int, int], ...]


def typed_counts(marker: Places, proposition: Proposition) -> list[int]:
    """Copies of each position's allele among the typed people, each person once (section 6)."""
    counts = [0] * marker.n_positions
    for person in proposition.typed:
        typed = person.genotypes.get(marker.locus)
        if typed is None:
            continue
        distinct = dict.fromkeys(marker.position_of(a) for a in typed.alleles)
        if typed.is_triallelic:
            for position in distinct:
                counts[position] += 2 if len(distinct) == 1 else 1
        else:
            for label in typed.pair:
                counts[marker.position_of(label)] += 1
    return counts


def components(marker: Places, proposition: Proposition) -> list[Component]:
    """The ways the contributors' genotypes at a marker come about, with their probabilities.

    Unrelated unknowns give one way. A relation by descent gives one for each number of alleles
    shared (mixture model, section 6). A known contributor who was not typed here is unknown here.
    Where the relative was not typed, the relation says nothing and is left out, or taken to be
    between the last two unknown contributors, by the model's convention.
    """
    people = proposition.contributors
    fixed = []
    drawn = []
    for place, person in enumerate(people):
        typed = person.reference.genotypes.get(marker.locus) if person.reference else None
        if typed is None:
            drawn.append(place)
        else:
            fixed += _fixed(marker, place, typed)
    last = people[-1]
    plain = tuple(Drawer(2, (place,)) for place in drawn)
    k0, k1, k2 = last.relation.ibd
    if k0 == 1.0 or not drawn or drawn[-1] != len(people) - 1:
        return [Component(0.0, plain, tuple(fixed))]
    others, place = plain[:-1], drawn[-1]
    found: list[tuple[float, tuple[Drawer, ...], list[tuple[int, int, int]]]] = []
    relative = last.related_to.genotypes.get(marker.locus) if last.related_to else None
    if last.related_to is not None and relative is not None:
        if relative.is_triallelic:
            raise CannotWeigh(
                f"{last.related_to.id}, to whom a contributor is related, has three alleles at "
                f"{marker.locus}: {relative}.",
                rule="Descent is followed through the two alleles of a person.",
                way_on="Weigh the relation without this locus.",
            )
        shared = [marker.position_of(a) for a in relative.pair]
        found.append((k0, plain, []))
        for position in shared:
            found.append((k1 / 2, (*others, Drawer(1, (place,))), [(place, position, 1)]))
        found.append((k2, others, [(place, position, 1) for position in shared]))
    elif others and (last.related_to is None or marker.relates_last_two):
        partner = others[-1].contributors[0]
        found.append((k0, plain, []))
        one_shared = (Drawer(1, (partner, place)), Drawer(1, (partner,)), Drawer(1, (place,)))
        found.append((k1, (*others[:-1], *one_shared), []))
        found.append((k2, (*others[:-1], Drawer(2, (partner, place))), []))
    else:
        return [Component(0.0, plain, tuple(fixed))]
    return [
        Component(log(weight), drawers, (*fixed, *more))
        for weight, drawers, more in found
        if weight > 0
    ]


def unseen_peaks(
    marker: Places, part: Component, proposition: Proposition
) -> list[tuple[int, int]]:
    """(contributor, copies) of each allele that is not drawn and was not seen in the stain.

    Each has a peak of its own, below the threshold; a person's two copies of one allele share it.
    """
    found = []
    for place, person in enumerate(proposition.contributors):
        rest = marker.n_positions - 1
        n = sum(who == place and position == rest for who, position, _ in part.fixed)
        typed = person.reference or person.related_to
        if n == 0 or typed is None:
            continue
        alleles = typed.genotypes[marker.locus].alleles
        homozygous = n == 2 and len(set(alleles)) == 1
        found += [(place, 2)] if homozygous else [(place, 1)] * n
    return found


def _fixed(marker: Places, place: int, typed: Genotype) -> list[tuple[int, int, int]]:
    """A typed contributor's copies; a third allele adds one copy of its own (section 8)."""
    if typed.is_triallelic:
        return [(place, marker.position_of(a), 1) for a in typed.alleles]
    return [(place, marker.position_of(a), 1) for a in typed.pair]
