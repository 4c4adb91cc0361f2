"""What may lie behind genotypes that do not go with a pedigree, each weighed against it.

A sample of a stranger, two exchanged, one filed twice, another parent, half siblings who share the
other parent too. One thing wrong at a time. Not for: whether anything is wrong (`pedigree_check`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import combinations
from math import inf, log

from reopen.records import Member, Pedigree, Reference
from reopen.weigh.kinship import PedigreeWeigher

_LN_10 = log(10.0)
_SLIP = 0.01  # of a locus that was typed otherwise the second time
_ALIKE = 0.5  # log10 LR up to which an exchange is one of people whose places are alike


class Cause(StrEnum):
    """What may lie behind genotypes that do not fit a pedigree."""

    MUTATION = "mutation"
    STRANGER = "sample of somebody else"
    EXCHANGED = "exchanged samples"
    TWICE = "one sample filed twice"
    PARENT = "another parent"
    SAME_PARENT = "the same parent"


@dataclass(frozen=True, slots=True)
class Explanation:
    """What may have happened, and how much better it explains all genotypes than the pedigree.

    log10  LR against the stated pedigree with its mutations; inf where that is impossible
    """

    cause: Cause
    told: str
    log10: float


def explanations(
    weighers: Sequence[PedigreeWeigher],
    profiles: Mapping[str, Reference],
    suspects: Collection[str],
    twice: Collection[tuple[str, str]] = (),
) -> tuple[Explanation, ...]:
    """Everything that may have happened, best first; what is impossible is left out.

    weighers  of each hypothesis; what may have happened is weighed with the one it goes with best,
              against the best as it is stated
    suspects  people whose sample may be wrong
    twice     pairs of people whose profiles look like one person's
    """
    stated = max(weigher.likelihood(profiles)[0].ln for weigher in weighers)
    found = {"the pedigree is right, with mutations": (stated, Cause.MUTATION)}
    for weigher in weighers:
        for ln, cause, told in _weighed(weigher, profiles, suspects, twice):
            if cause is Cause.EXCHANGED and abs(ln - stated) <= _ALIKE * _LN_10:
                continue
            found[told] = max(found.get(told, (-inf, cause)), (ln, cause))
    ranked = sorted(found.items(), key=lambda item: -item[1][0])
    return tuple(
        Explanation(cause, told, inf if stated == -inf else (ln - stated) / _LN_10)
        for told, (ln, cause) in ranked
        if ln > -inf
    )


def _weighed(
    weigher: PedigreeWeigher,
    profiles: Mapping[str, Reference],
    suspects: Collection[str],
    twice: Collection[tuple[str, str]],
) -> Iterator[tuple[float, Cause, str]]:
    for cause, told, pedigree, people in _others(weigher.pedigree, profiles, suspects):
        other = PedigreeWeigher(pedigree, weigher.population, weigher.model, met=weigher.met)
        yield other.likelihood(people)[0].ln, cause, told
    for pair in twice:
        for copy, original in (pair, pair[::-1]):
            told = f"the sample of {copy} is one of {original}"
            yield _filed_twice(weigher, profiles, copy, original), Cause.TWICE, told


def _filed_twice(
    weigher: PedigreeWeigher, profiles: Mapping[str, Reference], copy: str, original: str
) -> float:
    """ln P of all others, times that of typing one sample twice with these results."""
    others = {id: profile for id, profile in profiles.items() if id != copy}
    ln = weigher.likelihood(others)[0].ln
    twice = profiles[original].genotypes
    different = sum(twice.get(at, g) != g for at, g in profiles[copy].genotypes.items())
    return ln + different * log(_SLIP)


_Way = tuple[Cause, str, Pedigree, Mapping[str, Reference]]


def _others(
    pedigree: Pedigree, profiles: Mapping[str, Reference], suspects: Collection[str]
) -> Iterator[_Way]:
    """Each other explanation: the cause, in words, and the pedigree and profiles it amounts to."""
    for id in suspects:
        stranger = _unused(pedigree, f"sample of {id}")
        people = {stranger if who == id else who: profile for who, profile in profiles.items()}
        told = f"the sample of {id} is of somebody unrelated to the family"
        yield Cause.STRANGER, told, _with(pedigree, Member(stranger)), people
    for one, other in combinations(profiles, 2):
        differ = profiles[one].genotypes != profiles[other].genotypes
        if differ and (one in suspects or other in suspects):
            turned = {**profiles, one: profiles[other], other: profiles[one]}
            told = f"the samples of {one} and {other} were exchanged"
            yield Cause.EXCHANGED, told, pedigree, turned
    for told, changed in _other_parents(pedigree, profiles):
        yield Cause.PARENT, told, changed, profiles
    for told, changed in _same_parents(pedigree, profiles):
        yield Cause.SAME_PARENT, told, changed, profiles


def _other_parents(
    pedigree: Pedigree, profiles: Mapping[str, Reference]
) -> Iterator[tuple[str, Pedigree]]:
    twins = {id for group in pedigree.twins for id in group}
    for member in pedigree.members:
        if member.id in twins or not _has_typed(pedigree, member.id, profiles):
            continue
        for role, parent in zip(("father", "mother"), member.parents, strict=False):
            unknown = _unused(pedigree, f"another {role} of {member.id}")
            told = f"{parent} is not the {role} of {member.id}"
            yield told, _with_parent(pedigree, [member.id], parent, unknown)


def _same_parents(
    pedigree: Pedigree, profiles: Mapping[str, Reference]
) -> Iterator[tuple[str, Pedigree]]:
    """Half siblings whose other parents, untyped founders, are one person."""
    couples = dict.fromkeys(m.parents for m in pedigree.members if m.parents)
    for one, other in combinations(couples, 2):
        for k in (0, 1):
            mine, theirs = one[k], other[k]
            if mine == theirs or one[1 - k] != other[1 - k]:
                continue
            children = [m.id for m in pedigree.members if m.parents in (one, other)]
            if all(
                id not in profiles and pedigree.member(id).is_founder for id in (mine, theirs)
            ) and all(_has_typed(pedigree, id, profiles) for id in children):
                told = f"{' and '.join(children)} are full siblings, and {theirs} is {mine}"
                moved = [m.id for m in pedigree.children(theirs)]
                yield told, _with_parent(pedigree, moved, theirs, mine)


def _has_typed(pedigree: Pedigree, id: str, profiles: Mapping[str, Reference]) -> bool:
    return id in profiles or any(
        _has_typed(pedigree, child.id, profiles) for child in pedigree.children(id)
    )


def _with_parent(pedigree: Pedigree, children: list[str], parent: str, other: str) -> Pedigree:
    """The pedigree in which some children have another parent instead of one."""

    def child(member: Member) -> Member:
        if member.id not in children:
            return member
        if member.father == parent:
            return replace(member, father=other)
        return replace(member, mother=other)

    members = tuple(child(member) for member in pedigree.members)
    known = other in pedigree
    return replace(pedigree, members=members if known else (*members, Member(other)))


def _with(pedigree: Pedigree, member: Member) -> Pedigree:
    return replace(pedigree, members=(*pedigree.members, member))


def _unused(pedigree: Pedigree, name: str) -> str:
    while name in pedigree:
        name += "'"
    return name
