"""The part of a large pedigree that matters for the people asked about.

For pictures: a family tree of thousands in which four people are typed is drawn as those who join
the four. Not for: likelihoods, which take the whole pedigree.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from reopen.records import Member, Pedigree


def joining_part(pedigree: Pedigree, ids: Collection[str]) -> Pedigree:
    """The pedigree without people who join nobody to anybody.

    ids  members to keep, with all who join them. Left out again and again: others without children,
         and parents of one child only who have no parents themselves
    """
    people = {member.id: member for member in pedigree.members}
    twins = {id for group in pedigree.twins for id in group}
    kept = {*ids, *twins, *(id for id, f in pedigree.founder_inbreeding.items() if f)}
    while _without_leaves(people, kept) or _without_tops(people, kept, twins):
        pass
    return Pedigree(
        tuple(people.values()),
        pedigree.name,
        twins=pedigree.twins,
        founder_inbreeding={id: f for id, f in pedigree.founder_inbreeding.items() if id in people},
    )


def _children(people: dict[str, Member]) -> dict[str, list[str]]:
    children: dict[str, list[str]] = {id: [] for id in people}
    for member in people.values():
        for parent in member.parents:
            children[parent].append(member.id)
    return children


def _without_leaves(people: dict[str, Member], kept: set[str]) -> bool:
    leaves = [id for id, born in _children(people).items() if not born and id not in kept]
    if len(leaves) == len(people):
        leaves = leaves[1:]
    for id in leaves:
        del people[id]
    return bool(leaves)


def _without_tops(people: dict[str, Member], kept: set[str], twins: set[str]) -> bool:
    children = _children(people)
    tops = [
        member
        for member in people.values()
        if member.parents
        and member.id not in twins
        and all(
            people[parent].is_founder and children[parent] == [member.id] and parent not in kept
            for parent in member.parents
        )
    ]
    for member in tops:
        for parent in member.parents:
            del people[parent]
        people[member.id] = replace(member, father=None, mother=None)
    return bool(tops)
