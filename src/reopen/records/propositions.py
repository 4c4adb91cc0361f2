"""Who is said to have contributed to a stain, and the pair of propositions under test."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from reopen.errors import InvalidRecord, UnknownName
from reopen.records.profiles import Reference


@dataclass(frozen=True, slots=True)
class Relation:
    """How an unknown person is related to another: probabilities of sharing 0, 1, 2 alleles
    identical by descent (Thompson 1975)."""

    name: str
    ibd: tuple[float, float, float]

    def __post_init__(self) -> None:
        if min(self.ibd) < 0 or abs(sum(self.ibd) - 1) > 1e-9:
            raise InvalidRecord(
                f"Relation {self.name!r} has k0, k1, k2 = {self.ibd}.",
                rule="Three probabilities that sum to 1.",
                way_on="Full siblings, for instance, are (0.25, 0.5, 0.25).",
            )


UNRELATED = Relation("unrelated", (1.0, 0.0, 0.0))
PARENT_CHILD = Relation("parent and child", (0.0, 1.0, 0.0))
FULL_SIBLINGS = Relation("full siblings", (0.25, 0.5, 0.25))
HALF_SIBLINGS = Relation("half siblings", (0.5, 0.5, 0.0))
GRANDPARENT = Relation("grandparent and grandchild", (0.5, 0.5, 0.0))
AVUNCULAR = Relation("uncle or aunt and nephew or niece", (0.5, 0.5, 0.0))
FIRST_COUSINS = Relation("first cousins", (0.75, 0.25, 0.0))
DOUBLE_FIRST_COUSINS = Relation("double first cousins", (9 / 16, 6 / 16, 1 / 16))
SECOND_COUSINS = Relation("second cousins", (15 / 16, 1 / 16, 0.0))
IDENTICAL = Relation("identical twins or one person", (0.0, 0.0, 1.0))

RELATIONS = (
    PARENT_CHILD,
    FULL_SIBLINGS,
    HALF_SIBLINGS,
    GRANDPARENT,
    AVUNCULAR,
    FIRST_COUSINS,
    DOUBLE_FIRST_COUSINS,
    SECOND_COUSINS,
    IDENTICAL,
    UNRELATED,
)
"""Relations of two people who are not inbred, by name. Source: Thompson 1975."""


def relation_named(name: str) -> Relation:
    """The relation of that name. Raises UnknownName."""
    known = {relation.name: relation for relation in RELATIONS}
    if name.strip().lower() not in known:
        raise UnknownName(
            f"Relation {name!r}.",
            rule="Relations are known by name.",
            way_on=f"Name one of: {', '.join(known)}.",
        )
    return known[name.strip().lower()]


@dataclass(frozen=True, slots=True)
class Contributor:
    """One person whose DNA is in the stain.

    reference   the typed profile of a known contributor; None for an unknown one
    relation    of an unknown contributor to `related_to`
    related_to  a typed person, or None: the unknown contributor named just before this one
    """

    reference: Reference | None = None
    relation: Relation = UNRELATED
    related_to: Reference | None = None

    @property
    def is_known(self) -> bool:
        return self.reference is not None

    def __str__(self) -> str:
        if self.reference is not None:
            return self.reference.id
        if self.relation == UNRELATED:
            return "an unknown person"
        other = self.related_to.id if self.related_to else "the unknown person before"
        return f"an unknown person ({self.relation.name}, with {other})"


UNKNOWN = Contributor()


@dataclass(frozen=True, slots=True)
class Proposition:
    """The contributors, known ones first, and typed people said not to have contributed
    (their alleles count for theta)."""

    contributors: tuple[Contributor, ...]
    non_contributors: tuple[Reference, ...] = ()

    def __post_init__(self) -> None:
        kinds = [c.is_known for c in self.contributors]
        if not self.contributors:
            raise InvalidRecord(
                "A proposition without contributors.",
                rule="At least one contributor: somebody left the stain.",
                way_on="Name a person, or give a number of unknown people.",
            )
        if kinds != sorted(kinds, reverse=True):
            raise InvalidRecord(
                f"Contributors in the order: {self}.",
                rule="Known contributors come before unknown ones.",
                way_on="Reorder the contributors.",
            )
        ids = [person.id for person in self.known]
        if len(set(ids)) < len(ids):
            raise InvalidRecord(
                f"A person named twice in: {self}.",
                rule="Each contributor is another person.",
                way_on="Name the person once, or use ids that tell two people apart.",
            )
        related = [c for c in self.contributors if c.relation != UNRELATED]
        if len(related) > 1 or (related and self.contributors[-1] is not related[0]):
            raise InvalidRecord(
                f"Related contributors in: {self}.",
                rule="At most one unknown contributor is related to somebody, and is named last.",
                way_on="Test one relation at a time.",
            )
        if related and (related[0].is_known or (not related[0].related_to and self.unknowns < 2)):
            raise InvalidRecord(
                f"A relation that says nothing in: {self}.",
                rule="A relation is of an unknown contributor, to a typed person or to the "
                "unknown contributor named before.",
                way_on="Name the typed relative, or leave the relation out.",
            )
        self._check_relatives()
        self._check_non_contributors()
        check_names(self._named())

    def _check_relatives(self) -> None:
        for person in self.contributors:
            relative = person.related_to
            if relative is not None and person.relation == UNRELATED:
                raise InvalidRecord(
                    f"{relative.id} as a relative, with no relation.",
                    rule="A contributor who is related to somebody is related in a stated way.",
                    way_on="State the relation, or leave the relative out.",
                )
            if relative is not None and not relative.genotypes:
                raise InvalidRecord(
                    f"A relation to {relative.id}, of whom no locus was typed.",
                    rule="A relation is to a typed person.",
                    way_on="Type the relative, or leave the relation out.",
                )

    def _check_non_contributors(self) -> None:
        known = {person.id for person in self.known}
        both = [person.id for person in self.non_contributors if person.id in known]
        if both:
            raise InvalidRecord(
                f"{both[0]} as a contributor and as a person who did not contribute, in: {self}.",
                rule="A typed person contributed or did not.",
                way_on="Name the person on one side only.",
            )

    def _named(self) -> tuple[Reference, ...]:
        """Every mention of a typed person."""
        related = (c.related_to for c in self.contributors if c.related_to is not None)
        return (*self.known, *self.non_contributors, *related)

    @property
    def known(self) -> tuple[Reference, ...]:
        return tuple(c.reference for c in self.contributors if c.reference is not None)

    @property
    def typed(self) -> tuple[Reference, ...]:
        """Every typed person the proposition speaks of, each once."""
        return tuple({person.id: person for person in self._named()}.values())

    @property
    def unknowns(self) -> int:
        return sum(not c.is_known for c in self.contributors)

    def __str__(self) -> str:
        known = [str(c) for c in self.contributors if c.is_known or c.relation != UNRELATED]
        plain = sum(c == UNKNOWN for c in self.contributors)
        if plain:
            known.append("1 unknown person" if plain == 1 else f"{plain} unknown people")
        return " + ".join(known)


def check_names(people: Iterable[Reference]) -> None:
    """Refuse two profiles by one name: which of them is meant cannot be known."""
    by_id: dict[str, Reference] = {}
    for person in people:
        if by_id.setdefault(person.id, person).genotypes != person.genotypes:
            raise InvalidRecord(
                f"Two profiles that differ go by the name {person.id}.",
                rule="A name stands for one person throughout the propositions.",
                way_on="Rename one of them.",
            )


def proposition(
    *known: Reference, unknowns: int = 0, non_contributors: tuple[Reference, ...] = ()
) -> Proposition:
    """Known contributors and a number of unrelated unknown ones."""
    if unknowns < 0:
        raise InvalidRecord(
            f"{unknowns} unknown contributors.",
            rule="A number of people is 0 or more.",
            way_on="Ask for as many contributors as there are people named, or more.",
        )
    people = tuple(Contributor(person) for person in known) + (UNKNOWN,) * unknowns
    return Proposition(people, non_contributors)


@dataclass(frozen=True, slots=True)
class Propositions:
    """The pair under test: what the prosecution says (numerator) and the alternative."""

    numerator: Proposition
    denominator: Proposition

    def __post_init__(self) -> None:
        if self.numerator == self.denominator:
            raise InvalidRecord(
                f"The same proposition twice: {self.numerator}.",
                rule="A likelihood ratio compares two propositions.",
                way_on="State what the other side says happened.",
            )
        check_names((*self.numerator.typed, *self.denominator.typed))


Side = Literal["numerator", "denominator"]
