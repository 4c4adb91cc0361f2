"""What somebody said or a document states: the fields of a case or a person are statements.

Disagreeing statements stay beside each other; the value shown is a view of them (`shown`). A
statement is never changed: a later one may supersede it. Unknown is not no.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from reopen.errors import InvalidRecord
from reopen.records.base import Record, Ref
from reopen.records.times import Interval


class State(StrEnum):
    """The four states of a field (ViCAP and ViCLAS coders mix up the last three)."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_RECORDED = "not recorded"
    NOT_APPLICABLE = "not applicable"


class SourceGrade(StrEnum):
    """How far the source can be relied on (3x5x2 scheme; College of Policing)."""

    RELIABLE = "reliable"
    UNTESTED = "untested"
    NOT_RELIABLE = "not reliable"
    NOT_GRADED = "not graded"


class InformationGrade(StrEnum):
    """How the speaker knows it (3x5x2 scheme)."""

    KNOWN_DIRECTLY = "known directly"
    KNOWN_INDIRECTLY_CORROBORATED = "known indirectly, corroborated"
    KNOWN_INDIRECTLY = "known indirectly"
    NOT_KNOWN = "not known"
    SUSPECTED_FALSE = "suspected to be false"
    NOT_GRADED = "not graded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Record):
    """One value of one field, as said.

    subject     what it is about: a case, a person, an exhibit
    field       the field's name (docs/fields.md)
    value       as text; a time or a range in the form of `Interval` or 'low..high'; empty unless
                state is PRESENT
    state       whether it was observed at all
    speaker     who said it; empty where the document speaks for itself
    said        when it was said
    code_list   name and year of the code list, where the value is a code
    supersedes  ids of statements that this one takes the place of, for a stated reason (note)
    """

    KIND: ClassVar[str] = "statement"

    subject: Ref
    field: str
    value: str = ""
    state: State = State.PRESENT
    speaker: str = ""
    said: Interval | None = None
    source_grade: SourceGrade = SourceGrade.NOT_GRADED
    information_grade: InformationGrade = InformationGrade.NOT_GRADED
    code_list: str = ""
    supersedes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        if (self.state is State.PRESENT) != bool(self.value):
            raise InvalidRecord(
                f"Field {self.field!r} of {self.subject} is {self.state} with the value "
                f"{self.value!r}.",
                rule="A statement has a value exactly where something was observed present.",
                way_on="Give the value, or say absent, not recorded or not applicable.",
                where=self.where,
            )


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Statements on one field of one subject that cannot all hold."""

    subject: Ref
    field: str
    statements: tuple[Statement, ...]


def standing(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Those that no other supersedes, in the order given."""
    every = tuple(statements)
    gone = {id for statement in every for id in statement.supersedes}
    return tuple(statement for statement in every if statement.id not in gone)
