"""Missing people whom no DNA tells apart: brothers of whom only a parent is typed.

A swap is a renaming of a pedigree's members that keeps who descends from whom, and every typed
member in place. Assignments that differ by a swap have the same likelihood, whatever the victims'
profiles.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import combinations

from reopen.records import Pedigree

Swap = Mapping[str, str]
Filled = frozenset[tuple[str, str]]


def swaps(pedigree: Pedigree, typed: Collection[str], missing: Sequence[str]) -> tuple[Swap, ...]:
    """For every two missing members who can change places, one way to do it.

    typed  members with a profile, identified victims included
    Others of the missing keep their places where that is possible. Member -> member, for the
    missing who move.
    """
    members = _needed(pedigree, {*typed, *missing})
    found = []
    for one, other in combinations(missing, 2):
        rest = set(missing) - {one, other}
        for fixed in ({*typed, *rest}, set(typed)):
            moved = _swap(pedigree, members, fixed, set(missing), one, other)
            if moved is not None:
                found.append({m: moved[m] for m in missing if moved[m] != m})
                break
    return tuple(found)


def classes(missing: Sequence[str], found: Sequence[Swap]) -> tuple[frozenset[str], ...]:
    """Sets of missing members who can stand in each other's place, of two or more."""
    label = {member: member for member in missing}
    for swap in found:
        for one, other in swap.items():
            joined = label[other]
            label = {m: label[one] if name == joined else name for m, name in label.items()}
    named = dict.fromkeys(label.values())
    sets = (frozenset(m for m in missing if label[m] == name) for name in named)
    return tuple(people for people in sets if len(people) > 1)


def alike(filled: Filled, found: Sequence[Swap]) -> frozenset[Filled]:
    """All fillings that swaps make of one. filled: (missing, victim) pairs."""
    reached = {filled}
    waiting = [filled]
    while waiting:
        now = waiting.pop()
        for swap in found:
            other = frozenset((swap.get(m, m), victim) for m, victim in now)
            if other not in reached:
                reached.add(other)
                waiting.append(other)
    return frozenset(reached)


def _needed(pedigree: Pedigree, kept: set[str]) -> tuple[str, ...]:
    """Members, parents first, without those who are childless and in nobody's interest."""
    members = [member.id for member in pedigree.parents_first]
    parents = {m.id: m.parents for m in pedigree.members}
    for member in reversed(members[:]):
        if member not in kept and not any(member in parents[other] for other in members):
            members.remove(member)
    return tuple(members)


def _swap(
    pedigree: Pedigree,
    members: Sequence[str],
    fixed: set[str],
    missing: set[str],
    one: str,
    other: str,
) -> dict[str, str] | None:
    """A renaming that puts one member in another's place, if there is one."""
    twins = {id for group in pedigree.twins for id in group}
    colour = _colours(pedigree, members, fixed | twins, missing)

    def extend(place: int, moved: dict[str, str]) -> dict[str, str] | None:
        if place == len(members):
            return moved
        member = members[place]
        used = set(moved.values())
        for target in (other,) if member == one else members:
            fits = colour[target] == colour[member] and target not in used
            if fits and _same_parents(pedigree, member, target, moved):
                whole = extend(place + 1, {**moved, member: target})
                if whole is not None:
                    return whole
        return None

    return extend(0, {}) if colour[one] == colour[other] else None


def _same_parents(pedigree: Pedigree, member: str, target: str, moved: Mapping[str, str]) -> bool:
    """Whether the target's parents are where the member's parents were moved to."""
    own, others = pedigree.member(member).parents, pedigree.member(target).parents
    return tuple(moved[parent] for parent in own) == others


def _colours(
    pedigree: Pedigree, members: Sequence[str], unmoved: set[str], missing: set[str]
) -> Mapping[str, Hashable]:
    """What a member has in common with those it could be swapped with, relatives' colours too."""
    colour: dict[str, Hashable] = {
        id: (
            id if id in unmoved else "",
            id in missing,
            pedigree.sex(id),
            pedigree.founder_inbreeding.get(id, 0.0),
        )
        for id in members
    }
    for _ in members:
        seen = {
            id: (
                colour[id],
                tuple(colour[parent] for parent in pedigree.member(id).parents),
                tuple(sorted(str(colour[c.id]) for c in pedigree.children(id) if c.id in colour)),
            )
            for id in members
        }
        names = {told: k for k, told in enumerate(sorted(set(seen.values()), key=str))}
        refined: dict[str, Hashable] = {id: names[seen[id]] for id in members}
        if len(names) == len(set(colour.values())):
            return refined
        colour = refined
    return colour
