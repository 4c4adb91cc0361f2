"""People as files list them, made into members of a pedigree: parents that a file leaves out.

For: one parent known, names repeated between families. Not for: checks of descent (`records`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from reopen.errors import InvalidRecord, ReopenError, Where
from reopen.records import Member, Pedigree, Sex


@dataclass(slots=True)
class Person:
    """One person as a file lists them; either parent may be unknown.

    couple   the parents' union, where the file has one: its children share an unknown parent
    twin_of  an identical twin, perhaps said of one of the two only
    """

    id: str
    sex: Sex = Sex.UNKNOWN
    father: str | None = None
    mother: str | None = None
    couple: str = ""
    twin_of: str = ""
    inbreeding: float = 0.0
    where: Where | None = field(default=None, compare=False)


def pedigree(
    people: Sequence[Person], name: str, where: Where | None = None
) -> tuple[Pedigree, tuple[str, ...]]:
    """A pedigree of listed people, and notices of the parents that had to be added to it.

    Raises InvalidRecord, with the place, where the people cannot be a pedigree.
    """
    taken = {person.id for person in people}
    added: dict[tuple[str, str], Person] = {}
    members = [_member(person, taken, added) for person in people]
    members += [Member(person.id, person.sex) for person in added.values()]
    inbred = {person.id: person.inbreeding for person in people if person.inbreeding}
    try:
        made = Pedigree(
            tuple(members),
            name,
            twins=_twins(people),
            founder_inbreeding=inbred,
            where=where,
        )
    except InvalidRecord as error:
        raise error.at(_place(error, people) or where or Where()) from None
    return made, tuple(_told(name, added.values()))


def descend(parent: Person, child: Person) -> None:
    """Enter a parent of a child, as father or mother by the parent's sex.

    Raises InvalidRecord where the child has another parent of that sex, or the sex is unknown.
    """
    if parent.sex is Sex.UNKNOWN:
        raise InvalidRecord(
            f"{parent.id}, a parent of {child.id}, has no sex.",
            rule="A father is male, a mother is female.",
            way_on="Say which of the two it is.",
        )
    role = "father" if parent.sex is Sex.MALE else "mother"
    taken = child.father if parent.sex is Sex.MALE else child.mother
    if taken not in (None, parent.id):
        raise InvalidRecord(
            f"{child.id} has two {role}s, {taken} and {parent.id}.",
            rule="A child has one father and one mother.",
            way_on="Correct the pedigree, or the sex of one of the two.",
        )
    setattr(child, role, parent.id)


def _twins(people: Sequence[Person]) -> tuple[tuple[str, ...], ...]:
    """Sets of twins, in the order of the people; a name that is nobody's comes last."""
    groups: list[set[str]] = []
    for person in people:
        if person.twin_of:
            pair = {person.id, person.twin_of}
            touching = [group for group in groups if group & pair]
            groups = [group for group in groups if group not in touching]
            groups.append(pair.union(*touching))
    order = {person.id: i for i, person in enumerate(people)}
    return tuple(
        tuple(sorted(group, key=lambda id: (order.get(id, len(order)), id))) for group in groups
    )


def _member(person: Person, taken: set[str], added: dict[tuple[str, str], Person]) -> Member:
    father, mother = person.father, person.mother
    if father is None and mother is not None:
        father = _added(person, "father", Sex.MALE, mother, taken, added)
    elif mother is None and father is not None:
        mother = _added(person, "mother", Sex.FEMALE, father, taken, added)
    try:
        return Member(person.id, person.sex, father, mother)
    except ReopenError as error:
        raise error.at(person.where or Where()) from None


def _added(
    child: Person,
    role: str,
    sex: Sex,
    known: str,
    taken: set[str],
    added: dict[tuple[str, str], Person],
) -> str:
    """Name of the untyped parent of a child; one for each child, or for each couple."""
    key = (role, child.couple or f"child {child.id}")
    if key not in added:
        name = f"{role} of {child.id}"
        while name in taken:
            name += " (added)"
        taken.add(name)
        added[key] = Person(name, sex, couple=known)
    return added[key].id


def _told(name: str, added: Iterable[Person]) -> Iterator[str]:
    in_pedigree = f"{name}: " if name else ""
    for person in added:
        yield f"{in_pedigree}added {person.id}, untyped, since one parent only is named."
    known = Counter((person.sex, person.couple) for person in added)
    for (sex, parent), n in known.items():
        if n > 1:
            role = "fathers" if sex is Sex.MALE else "mothers"
            yield (
                f"{in_pedigree}children of {parent} are taken to have {n} different {role}, since "
                "none is named. If they are full siblings, name the other parent."
            )


def _place(error: InvalidRecord, people: Iterable[Person]) -> Where | None:
    """Line of the first person that the error names."""
    named = [p for p in people if p.where and error.seen.startswith(f"{p.id} ")]
    named += [p for p in people if p.where and f" of {p.id}" in error.seen]
    return named[0].where if named else error.where


def repeated(names: Iterable[Iterable[str]]) -> frozenset[str]:
    """Names that stand in more than one group: they need the group's name before them."""
    counts = Counter(name for group in names for name in set(group))
    return frozenset(name for name, n in counts.items() if n > 1)
