"""Tasks: one's own and the unit's, each with its history; given, passed on, ended and undone here
and on the page of their case.

Not here: what is done (`workbench.tasks`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from fastapi import Form, Query
from starlette.responses import RedirectResponse, Response

from reopen.errors import InvalidRecord
from reopen.faces.web.names_in_paths import name_in_path
from reopen.faces.web.pages import Pages
from reopen.faces.web.shared import Changing
from reopen.faces.web.shown.record_lines import RecordLine, record_line
from reopen.faces.web.words import interval
from reopen.faces.workbench.tasks import (
    TaskRow,
    add_task,
    change_task,
    count_tasks,
    end_task,
    subject_of,
    task_row,
    tasks_in,
    undo_task,
)
from reopen.faces.workbench.tasks_told import due_text
from reopen.records.access import Actor, Standing
from reopen.records.base import Ref
from reopen.records.tasks import Task, TaskState
from reopen.records.times import Interval
from reopen.store.body import Version
from reopen.store.reader import Reader

pages = Pages("Tasks")
router = pages.router

Word = Annotated[str, Form(max_length=300)]
Words = Annotated[str, Form(max_length=2000)]
Seen = Annotated[int | None, Form(ge=1, le=2**31)]
MOST = 100


class Whose(StrEnum):
    """Whose tasks a list has."""

    MINE = "mine"
    UNIT = "unit"
    NOBODY = "nobody"


class Which(StrEnum):
    """Which tasks a list has."""

    OPEN = "open"
    OVERDUE = "overdue"
    ENDED = "ended"


class By(StrEnum):
    """In which order."""

    DUE = "due"
    CASE = "case"


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task. due: by when, or how it ended; owner: who does it, by their id; owner_name: '' for
    nobody; about: the record it is about; version: its last, which a change names."""

    id: str
    case: str
    what: str
    owner: str
    owner_name: str
    due: str
    overdue: bool
    state: str
    remark: str
    note: str
    about: RecordLine | None
    version: int


@dataclass(frozen=True, slots=True)
class TasksPage:
    """Tasks that the actor may see. open, overdue: how many of `whose` there are in all."""

    tasks: tuple[TaskLine, ...]
    whose: Whose
    which: Which
    by: By
    open: int
    overdue: int
    start: int
    total: int
    most: int = MOST


@dataclass(frozen=True, slots=True)
class TaskVersion:
    """A version of a task, as it was then."""

    version: int
    at: str
    by: str
    reason: str
    owner: str
    due: str
    what: str
    state: str
    entry: int


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One task. due_as_given: as a form takes it; owners: who it can be for, with their names."""

    task: TaskLine
    due_as_given: str
    versions: tuple[TaskVersion, ...]
    owners: tuple[tuple[str, str], ...]


@pages.page("/tasks", "tasks.html.j2")
def tasks_page(
    reader: Reader,
    whose: Whose = Whose.MINE,
    which: Which = Which.OPEN,
    by: By = By.DUE,
    start: Annotated[int, Query(ge=0, le=10**9)] = 0,
) -> TasksPage:
    """Tasks of your own, of the unit, or of nobody yet."""
    owner = {Whose.MINE: reader.actor, Whose.NOBODY: ""}.get(whose)
    every = tasks_in(reader, owner=owner, ended=which is Which.ENDED)
    found = [row for row in every if _is(row, which)]
    if by is By.CASE:
        found.sort(key=lambda row: row.task.case)
    counts = count_tasks(every)
    shown = task_lines(reader, found[start : start + MOST])
    return TasksPage(shown, whose, which, by, counts.open, counts.overdue, start, len(found))


def _is(row: TaskRow, which: Which) -> bool:
    if which is Which.OVERDUE:
        return row.overdue
    return (row.task.state is TaskState.OPEN) is (which is Which.OPEN)


def task_lines(reader: Reader, rows: Iterable[TaskRow]) -> tuple[TaskLine, ...]:
    """Rows of a table of tasks."""
    every = tuple(rows)
    names = reader.names(row.task.owner for row in every if row.task.owner)
    return tuple(
        TaskLine(
            id=row.task.id,
            case=row.task.case,
            what=row.task.what,
            owner=row.task.owner,
            owner_name=names.get(row.task.owner, row.task.owner),
            due=due_text(row),
            overdue=row.overdue,
            state=row.task.state.value,
            remark=row.task.remark,
            note=row.task.note,
            about=record_line(row.task.subject) if row.task.subject else None,
            version=row.version,
        )
        for row in every
    )


def owners(reader: Reader) -> tuple[tuple[str, str], ...]:
    """Who a task can be for: everybody who works with the unit and has not left it."""
    now = reader.asker.moment
    return tuple(
        (one.id, one.name)
        for one in reader.all(Actor)
        if one.standing is not Standing.PROGRAM
        and not (one.left and one.left.earliest and one.left.earliest <= now)
    )


@pages.page("/tasks/{id}", "task.html.j2")
def task_page(reader: Reader, id: str) -> TaskPage:
    """One task with every version of it."""
    row = task_row(reader, id)
    [line] = task_lines(reader, [row])
    versions = reader.versions(Ref(Task.KIND, id))
    due = row.task.due
    return TaskPage(line, str(due) if due else "", _versions(reader, versions), owners(reader))


def _versions(reader: Reader, versions: Iterable[Version]) -> tuple[TaskVersion, ...]:
    every = [(each, each.record) for each in versions if isinstance(each.record, Task)]
    names = reader.names(actor for each, task in every for actor in (each.actor, task.owner))
    return tuple(
        TaskVersion(
            each.version, f"{each.time:%Y-%m-%d %H:%M} UTC", names.get(each.actor, each.actor),
            each.reason, names.get(task.owner, task.owner), interval(task.due), task.what,
            task.state.value, each.entry,
        )
        for each, task in every
    )  # fmt: skip


# --- changes -------------------------------------------------------------------------------------


@pages.form("/tasks")
def give_task(
    look: Changing, case: Word, what: Words, owner: Word = "", due: Word = "", about: Word = ""
) -> Response:
    with look.lent() as unit:
        add_task(
            unit, look.actor, case.strip(), what, owner=owner, due=_time(due),
            subject=subject_of(about), purpose=look.session.purpose,
            supervisor=look.session.supervisor,
        )  # fmt: skip
    return RedirectResponse(f"/cases/{name_in_path(case.strip())}#tasks", 303)


@pages.form("/tasks/{id}/change")
def pass_on(
    look: Changing, id: str, what: Words, reason: Words, owner: Word = "", due: Word = "",
    version: Seen = None,
) -> Response:  # fmt: skip
    if not reason.strip():
        raise InvalidRecord(
            "No reason was given.",
            rule="Whoever changes a task says why.",
            way_on="Write it in a few words.",
        )
    with look.lent() as unit:
        change_task(
            unit, look.actor, id, reason=reason.strip(), at_version=version, what=what.strip(),
            owner=owner, due=_time(due), purpose=look.session.purpose,
            supervisor=look.session.supervisor,
        )  # fmt: skip
    return _to(id)


@pages.form("/tasks/{id}/end")
def end(look: Changing, id: str, state: Word, remark: Words = "", version: Seen = None) -> Response:
    if state not in tuple(TaskState):
        raise InvalidRecord(
            f"{state!r} is no way for a task to stand.",
            rule="It is one of: " + ", ".join(TaskState) + ".",
            way_on="Choose one of them.",
        )
    with look.lent() as unit:
        end_task(
            unit, look.actor, id, TaskState(state), remark=remark, at_version=version,
            purpose=look.session.purpose, supervisor=look.session.supervisor,
        )  # fmt: skip
    return _to(id)


@pages.form("/tasks/{id}/undo")
def undo(look: Changing, id: str, version: Seen = None) -> Response:
    with look.lent() as unit:
        undo_task(
            unit, look.actor, id, at_version=version, purpose=look.session.purpose,
            supervisor=look.session.supervisor,
        )  # fmt: skip
    return _to(id)


def _to(id: str) -> Response:
    return RedirectResponse(f"/tasks/{name_in_path(id)}", 303)


def _time(text: str) -> Interval | None:
    return Interval.parse(text) if text.strip() else None
