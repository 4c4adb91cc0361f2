"""What somebody is to do in a case: a task that a person made, and how it ended.

Each change is another version, so that who gave it to whom, and when, stays. Not here: what the
records show to be waiting by themselves (`faces.workbench.tasks`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from reopen.errors import InvalidRecord
from reopen.records.base import Record, Ref
from reopen.records.times import Interval


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Record):
    """Something to be done in a case, whoever gave it: an action of the investigation.

    what     what is to be done
    owner    the actor who does it; empty for nobody yet
    due      by when; empty where it is open
    state    whether it is done
    ended    when it was done or dropped
    remark   what came of it, or why it was dropped
    subject  the exhibit, person, finding or other record that it is about
    """

    KIND: ClassVar[str] = "task"

    case: str
    what: str
    owner: str = ""
    due: Interval | None = None
    state: TaskState = TaskState.OPEN
    ended: Interval | None = None
    remark: str = ""
    subject: Ref | None = None

    @property
    def person(self) -> str | None:
        """Whom it is about, where it is about a person: it puts them into its case."""
        subject = self.subject
        return subject.id if subject is not None and subject.kind == "person" else None

    def __post_init__(self) -> None:
        Record.__post_init__(self)
        if not self.what.strip():
            raise InvalidRecord(
                f"Task {self.id} without a word of what is to be done.",
                rule="A task says what is to be done.",
                way_on="Write it in a sentence.",
                where=self.where,
            )
        if self.state is TaskState.OPEN and self.ended is not None:
            raise InvalidRecord(
                f"Task {self.id} is open and ended on {self.ended}.",
                rule="A task has an end where it was done or dropped.",
                way_on="Say that it is done or dropped, or leave the end empty.",
                where=self.where,
            )
