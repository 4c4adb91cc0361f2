"""The people of a disaster: victims, the missing, and who of them can be told apart at all.

Not here: likelihoods (`dvi_terms`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from reopen.errors import CannotWeigh
from reopen.records import Family, Pedigree, Sex


@dataclass(frozen=True, slots=True)
class Sought:
    """A missing person. name: the member's, with the family before it where two share it."""

    name: str
    family: str
    member: str
    sex: Sex


def sought(families: Sequence[Family]) -> tuple[Sought, ...]:
    """The missing of all families, each with a name of its own."""
    if len({family.id for family in families}) < len(families):
        ids = [family.id for family in families]
        twice = next(id for id in ids if ids.count(id) > 1)
        raise CannotWeigh(
            f"Two families are called {twice}.",
            rule="Each family has a name of its own.",
            way_on="Rename one, or join the two if they seek the same people.",
        )
    members = [member for family in families for member in family.missing]
    return tuple(
        Sought(
            member if members.count(member) == 1 else f"{family.id}: {member}",
            family.id,
            member,
            family.pedigree.sex(member),
        )
        for family in families
        for member in family.missing
    )


def may_be(one: Sex, other: Sex) -> bool:
    """Whether two people may be one, by sex; an unknown sex fits both."""
    return Sex.UNKNOWN in (one, other) or one is other


def count_assignments(victims: Sequence[Sex], missing: Sequence[Sex]) -> int:
    """How many ways there are to give each victim a missing person of its sex, or nobody.

    For known sexes, the product over both of sum_k C(V, k) C(M, k) k!.
    """
    kinds = (Sex.FEMALE, Sex.MALE, Sex.UNKNOWN)
    ways = {tuple(sum(sex is kind for sex in missing) for kind in kinds): 1}
    for victim in victims:
        further = dict(ways)  # this victim is none of the missing
        for left, n in ways.items():
            for place, kind in enumerate(kinds):
                if left[place] and may_be(victim, kind):
                    fewer = (*left[:place], left[place] - 1, *left[place + 1 :])
                    further[fewer] = further.get(fewer, 0) + n * left[place]
        ways = further
    return sum(ways.values())


def not_identifiable(family: Family, typed: Collection[str] = ()) -> tuple[str, ...]:
    """Missing members without a chain of blood relations to a typed one.

    typed  members typed since, beside the family's references. Links of the chain are typed or
           missing members: two missing sisters can identify each other only if one of them has a
           typed relative
    """
    pedigree = family.pedigree
    origins = _origins(pedigree)
    reached = {*family.profiles, *typed}
    waiting = set(family.missing) - reached
    while near := {m for m in waiting if any(origins[m] & origins[r] for r in reached)}:
        reached |= near
        waiting -= near
    return tuple(member for member in family.missing if member in waiting)


def _origins(pedigree: Pedigree) -> Mapping[str, frozenset[str]]:
    """Each member and all ancestors. Two people are blood relations if these sets meet."""
    twins = {id: group for group in pedigree.twins for id in group}
    origins: dict[str, frozenset[str]] = {}
    for member in pedigree.parents_first:
        own = frozenset(twins.get(member.id, (member.id,)))
        origins[member.id] = own.union(*(origins[parent] for parent in member.parents))
    return origins
