"""Whose names a screen keeps back until they are asked for: survivors, and children.

Not here: who may see them at all (`store.grants`).
"""

from __future__ import annotations

from collections.abc import Iterable

from reopen.records.access import Sensitivity
from reopen.records.base import Ref
from reopen.records.cases import Involvement, Role
from reopen.records.statements import Statement
from reopen.store.reader import Reader

CLASSES = frozenset((Sensitivity.SEXUAL, Sensitivity.MINOR))
FIELDS = frozenset(("name", "alias", "possible_name", "address", "next_of_kin_contact"))
"""Fields that tell who somebody is, or where they live."""


def shielded(
    reader: Reader, involvements: Iterable[Involvement], people: Iterable[str] = ()
) -> frozenset[str]:
    """Of people in cases, and of others: those who are marked as one of the classes, and victims in
    a case that is."""
    every = tuple(involvements)
    cases = {one.case for one in every if one.role is Role.VICTIM}
    marked = {id for id in cases if reader.classes_of(Ref("case", id)) & CLASSES}
    everybody = dict.fromkeys([*(one.person for one in every), *people])
    return frozenset(
        person
        for person in everybody
        if reader.classes_of(Ref("person", person)) & CLASSES
        or any(o.person == person and o.role is Role.VICTIM and o.case in marked for o in every)
    )


def tells_who(statement: Statement, people: frozenset[str]) -> bool:
    """Whether it tells who one of these people is."""
    subject = statement.subject
    return subject.kind == "person" and subject.id in people and statement.field in FIELDS
