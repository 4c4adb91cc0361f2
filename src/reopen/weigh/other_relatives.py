"""Other people a candidate may be: relatives of a missing person put into the pedigree.

Not here: what their genotypes say (`weigh.family_power`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum

from reopen.errors import CannotWeigh
from reopen.records import Member, Pedigree, Sex


class OtherRelative(StrEnum):
    """A relative of the missing person, and of the same sex."""

    FULL_SIBLING = "full sibling"
    PATERNAL_HALF_SIBLING = "paternal half sibling"
    MATERNAL_HALF_SIBLING = "maternal half sibling"
    CHILD = "child"


def with_relative(pedigree: Pedigree, member: str, who: str) -> tuple[Pedigree, str]:
    """The pedigree with somebody who stands so to a member, and that person's name.

    who  one of `OtherRelative`, who is added (and parents where the pedigree has none); or else a
         member
    Raises CannotWeigh for any other word.
    """
    pedigree.member(member)
    if who not in set(OtherRelative):
        if who in pedigree:
            return pedigree, who
        raise CannotWeigh(
            f"{who!r} is no member of the pedigree and no relation.",
            rule="A candidate may be: " + ", ".join(OtherRelative) + ", or a member.",
            way_on="Use one of these words, or add the person to the pedigree.",
        )
    names = _new_names(pedigree, f"{who} of {member}")
    members = list(pedigree.members)
    at = next(k for k, m in enumerate(members) if m.id == member)
    if members[at].is_founder and who != OtherRelative.CHILD:
        father, mother = Member(next(names), Sex.MALE), Member(next(names), Sex.FEMALE)
        members[at] = replace(members[at], father=father.id, mother=mother.id)
        members += [father, mother]
    missing = members[at]
    father_id, mother_id = missing.father, missing.mother
    if who == OtherRelative.PATERNAL_HALF_SIBLING:
        mother_id = next(names)
        members.append(Member(mother_id, Sex.FEMALE))
    elif who == OtherRelative.MATERNAL_HALF_SIBLING:
        father_id = next(names)
        members.append(Member(father_id, Sex.MALE))
    elif who == OtherRelative.CHILD:
        partner = next(names)
        is_mother = missing.sex is Sex.FEMALE
        members.append(Member(partner, Sex.MALE if is_mother else Sex.FEMALE))
        father_id, mother_id = (partner, member) if is_mother else (member, partner)
    added = Member(next(names), missing.sex, father_id, mother_id)
    return replace(pedigree, members=(*members, added)), added.id


def _new_names(pedigree: Pedigree, words: str) -> Iterator[str]:
    count = 0
    while True:
        name = f"{words} ({count})" if count else words
        if name not in pedigree:
            yield name
        count += 1
