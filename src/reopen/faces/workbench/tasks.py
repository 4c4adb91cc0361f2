"""Tasks of a unit: given, passed on, done, dropped and taken back; and what waits without anybody
having said so.

Every change is another version of the task. Not here: their words (`tasks_told`).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.workbench.case_file import CaseFile
from reopen.faces.workbench.custody_shown import when
from reopen.records.base import Ref
from reopen.records.cases import Case, Interview, Mention
from reopen.records.kinds import KINDS
from reopen.records.results import Request
from reopen.records.statements import Statement
from reopen.records.tasks import Task, TaskState
from reopen.records.times import Interval
from reopen.store.body import Version
from reopen.store.reader import Reader
from reopen.store.unit import Unit

_NEVER = datetime.max


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task as the unit holds it now. version, by, at: of its last change; overdue: it is open,
    and the last moment it was due at is over."""

    task: Task
    version: int
    by: str
    at: datetime
    overdue: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A task as it was kept. entry: its place in the log."""

    task: Task
    version: int
    entry: int


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many tasks wait for somebody, and how many of them are overdue."""

    open: int
    overdue: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that the records show to be waiting, though nobody gave it to anybody.

    since    when it began, or when it is due, in words; about: whom or what it is about
    subject  the record it follows from
    task     an open task that somebody made of it
    """

    what: str
    since: str
    about: str
    subject: Ref
    task: str = ""


# --- what there is -------------------------------------------------------------------------------


def tasks_in(
    reader: Reader, *, case: str = "", owner: str | None = None, ended: bool = False
) -> tuple[TaskRow, ...]:
    """Tasks that the reader's actor may see: what is due first, first; what ended, last.

    owner  of this actor only; '' for those that nobody has
    ended  with those that are done or dropped
    """
    now = reader.asker.moment
    rows = [
        _row(version, now)
        for version in reader.listing(Task.KIND, case=case or None)
        if isinstance(version.record, Task)
    ]
    wanted = [
        row
        for row in rows
        if (ended or row.task.state is TaskState.OPEN) and owner in (None, row.task.owner)
    ]
    return tuple(sorted(wanted, key=_order))


def task_row(reader: Reader, id: str) -> TaskRow:
    """One task. Raises UnknownName."""
    version = reader.version(Ref(Task.KIND, id))
    if version is None:
        raise _unknown(id, reader.actor)
    return _row(version, reader.asker.moment)


def count_tasks(rows: Iterable[TaskRow]) -> TaskCounts:
    every = [row for row in rows if row.task.state is TaskState.OPEN]
    return TaskCounts(len(every), sum(row.overdue for row in every))


def _row(version: Version, now: datetime) -> TaskRow:
    task = version.record
    assert isinstance(task, Task)
    return TaskRow(task, version.version, version.actor, version.time, is_overdue(task, now))


def is_overdue(task: Task, now: datetime) -> bool:
    """Whether the last moment that it was due at is over."""
    last = task.due.latest if task.due else None
    return task.state is TaskState.OPEN and last is not None and last < now


def _order(row: TaskRow) -> tuple[bool, datetime, str, str]:
    due = row.task.due
    last = (due.latest or due.earliest) if due else None
    return (
        row.task.state is not TaskState.OPEN,
        last.replace(tzinfo=None) if last else _NEVER,
        row.task.case,
        row.task.id,
    )


def waiting(file: CaseFile, tasks: Iterable[Task] = ()) -> tuple[Waiting, ...]:
    """Reviews to come, requests without an answer, people whom nobody heard, items not matched.

    tasks  of the case: an open one about the same record says that somebody has it
    """
    taken = {one.subject: one.id for one in tasks if one.subject and one.state is TaskState.OPEN}
    return tuple(replace(one, task=taken.get(one.subject, "")) for one in _waiting(file))


def _waiting(file: CaseFile) -> Iterator[Waiting]:
    for one in file.on("next_review"):
        if one.value:
            yield Waiting("Review", one.value, one.speaker, Ref(Statement.KIND, one.id))
    for request in file.requests:
        if request.answered is None and request.declined is None:
            what = f"{request.test or 'Test'} asked for, no answer recorded"
            ref = Ref(Request.KIND, request.id)
            yield Waiting(what, _when(request.asked), request.item, ref)
    heard = {one.person for one in file.interviews if one.held}
    for interview in file.interviews:
        if interview.held is None and interview.person not in heard:
            ref = Ref(Interview.KIND, interview.id)
            what = "Named, no interview recorded"
            yield Waiting(what, _when(interview.named), interview.person, ref)
    for mention in file.mentions:
        if mention.exhibit is None:
            what = f"Mentioned in {mention.document}, no exhibit here"
            ref = Ref(Mention.KIND, mention.id)
            yield Waiting(what, _when(mention.at), mention.text, ref)


def _when(time: Interval | None) -> str:
    return when(time) if time else ""


# --- changes -------------------------------------------------------------------------------------


def add_task(
    unit: Unit,
    actor: str,
    case: str,
    what: str,
    *,
    owner: str = "",
    due: Interval | None = None,
    subject: Ref | None = None,
    note: str = "",
    purpose: str = "",
    supervisor: str = "",
) -> Kept:
    """Give a task in a case that the actor may see.

    Raises UnknownName for a case, an owner or a subject that is not there, NotAllowed.
    """
    _must_be_an_actor(unit, owner)
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        if case not in reader.cases():
            raise UnknownName(
                f"There is no case {case!r} that {actor} may see.",
                rule="A task belongs to a case.",
                way_on="List the cases: reopen cases",
            )
        if subject is not None:
            _must_be_there(reader, subject)
    id = f"{case}-T{unit.clock():%y%m%d}-{secrets.token_hex(3)}"
    task = Task(
        id=id, case=case, what=what.strip(), owner=owner, due=due, subject=subject, note=note
    )
    return _keep(unit, actor, task, "", purpose)


def change_task(
    unit: Unit,
    actor: str,
    id: str,
    *,
    reason: str,
    at_version: int | None = None,
    purpose: str = "",
    supervisor: str = "",
    **fields: Any,
) -> Kept:
    """Another version of a task with these fields, for a reason.

    at_version  the version that the actor saw; the last one where it is not said. If it is not the
                last any more when it is kept, somebody was quicker

    Raises UnknownName, InvalidRecord, NotAllowed.
    """
    _must_be_an_actor(unit, str(fields.get("owner", "")))
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        row = task_row(reader, id)
    task = replace(row.task, **fields)
    return _keep(unit, actor, task, reason, purpose, at_version or row.version)


def end_task(
    unit: Unit,
    actor: str,
    id: str,
    state: TaskState,
    *,
    remark: str = "",
    at_version: int | None = None,
    purpose: str = "",
    supervisor: str = "",
) -> Kept:
    """A task done or dropped now; or, as TaskState.OPEN, taken up again."""
    if state is TaskState.DROPPED and not remark.strip():
        raise InvalidRecord(
            f"Task {id} dropped without a word.",
            rule="Who drops a task says why.",
            way_on="Give the reason as the remark.",
        )
    ended = None if state is TaskState.OPEN else Interval.at(unit.clock())
    word = "taken up again" if state is TaskState.OPEN else state.value
    return change_task(
        unit, actor, id, reason=": ".join(filter(None, (word, remark.strip()))),
        at_version=at_version, purpose=purpose, supervisor=supervisor,
        state=state, ended=ended, remark=remark.strip(),
    )  # fmt: skip


def undo_task(
    unit: Unit,
    actor: str,
    id: str,
    *,
    at_version: int | None = None,
    purpose: str = "",
    supervisor: str = "",
) -> Kept:
    """The version before the last one, as a new version: nothing is taken out of the log.

    Raises UnknownName; InvalidRecord for a task that was never changed.
    """
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        row = task_row(reader, id)
        versions = reader.versions(Ref(Task.KIND, id))
    if len(versions) < 2:
        raise InvalidRecord(
            f"Task {id} has not been changed.",
            rule="Undone is the last change of a task.",
            way_on="Drop the task, with the reason.",
        )
    before = versions[-2].record
    assert isinstance(before, Task)
    reason = f"version {row.version} undone"
    return _keep(unit, actor, before, reason, purpose, at_version or row.version)


def subject_of(text: str) -> Ref | None:
    """'exhibit K-1987-114-E2' as a reference; None for nothing. Raises InvalidRecord."""
    kind, _, id = text.strip().partition(" ")
    if not kind:
        return None
    if kind not in KINDS or not id.strip():
        raise InvalidRecord(
            f"{text!r} as what a task is about.",
            rule="A record is named by kind and id: exhibit K-1987-114-E2.",
            way_on="Write it so. Kinds are listed in docs/fields.md.",
        )
    return Ref(kind, id.strip())


def _keep(
    unit: Unit, actor: str, task: Task, reason: str, purpose: str, at_version: int | None = None
) -> Kept:
    with unit.writing(actor, purpose=purpose, reason=reason) as writer:
        put = writer.put(task, at_version=at_version)
    return Kept(task, put.version, put.entry)


def _must_be_an_actor(unit: Unit, owner: str) -> None:
    if owner and owner not in {actor.id for actor in unit.actors()}:
        raise UnknownName(
            f"{owner!r} is no actor of this unit.",
            rule="A task is for somebody who works with the unit.",
            way_on="Check the name; the unit's lead adds actors: reopen access actor",
        )


def _must_be_there(reader: Reader, subject: Ref) -> None:
    known = subject.id in reader.cases() if subject.kind == Case.KIND else reader.rule(subject)
    if not known:
        raise UnknownName(
            f"There is no {subject.kind.replace('_', ' ')} {subject.id!r} that {reader.actor} "
            "may see.",
            rule="A task is about a record of the unit.",
            way_on="Name it as the unit does, or leave it out.",
        )


def _unknown(id: str, actor: str) -> UnknownName:
    return UnknownName(
        f"There is no task {id!r} that {actor} may see.",
        rule="A task is named by its number.",
        way_on="List the tasks: reopen task list",
    )
