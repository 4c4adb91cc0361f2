"""Tasks as text that reads at 80 characters and as JSON. Not here: finding them (`tasks`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reopen.faces.workbench.custody_shown import when
from reopen.faces.workbench.tables import WIDTH, table
from reopen.faces.workbench.tasks import Kept, TaskRow
from reopen.faces.workbench.unit_told import record_plain
from reopen.records.tasks import Task, TaskState


def tasks_text(rows: Sequence[TaskRow], names: Mapping[str, str], width: int = WIDTH) -> str:
    """The list, what is due first, first. names: of actors, by their ids."""
    if not rows:
        return "No such task that you may see."
    header = ("Task", "Due", "For", "What")
    told = [
        (row.task.id, due_text(row), names.get(row.task.owner, row.task.owner) or "nobody",
         what_text(row.task))
        for row in rows
    ]  # fmt: skip
    return table(header, told, width=width)


def due_text(row: TaskRow) -> str:
    """By when; how it ended, once it has."""
    task = row.task
    if task.state is not TaskState.OPEN:
        return f"{task.state} {when(task.ended)}" if task.ended else task.state.value
    due = when(task.due) if task.due else "open"
    return f"{due}, overdue" if row.overdue else due


def what_text(task: Task) -> str:
    about = f" ({task.subject})" if task.subject else ""
    remark = f": {task.remark}" if task.remark else ""
    return f"{task.what}{about}{remark}"


def kept_text(kept: Kept) -> str:
    task = kept.task
    who = f"for {task.owner}" if task.owner else "for nobody yet"
    told = {TaskState.OPEN: who}.get(task.state, task.state.value)
    return f"{task.id}: {told}, entry {kept.entry} of the log."


def tasks_plain(rows: Sequence[TaskRow]) -> object:
    return [
        {
            "task": record_plain(row.task),
            "overdue": row.overdue,
            "version": row.version,
            "by": row.by,
            "at": row.at.isoformat(),
        }
        for row in rows
    ]


def kept_plain(kept: Kept) -> object:
    return {"task": record_plain(kept.task), "version": kept.version, "entry": kept.entry}
