"""`reopen task ...`: who is to do what in a case, by when, and how it ended."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from reopen.faces.cli import _options as options
from reopen.faces.cli import _unit as shared
from reopen.faces.cli._options import PlainHelp
from reopen.faces.cli._ways import DONE, show, told, width
from reopen.faces.workbench.tasks import (
    Kept,
    add_task,
    change_task,
    end_task,
    subject_of,
    tasks_in,
    undo_task,
)
from reopen.faces.workbench.tasks_told import kept_plain, kept_text, tasks_plain, tasks_text
from reopen.faces.workbench.unit_shown import as_json
from reopen.records.tasks import TaskState
from reopen.records.times import Interval

One = Annotated[str, typer.Argument(metavar="TASK", help="The task's number, as listed.")]
Remark = Annotated[
    str, typer.Option(metavar="TEXT", help="What came of it, or why.", show_default=False)
]


def _for(help: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        "--for", metavar="ACTOR", help=help, show_default=False
    )
    return option


def _due(help: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(metavar="TIME", help=help, show_default=False)
    return option


@told
def add(
    unit: shared.UnitFile,
    case: shared.OneCase,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What is to be done.")],
    owner: Annotated[str, _for("Who does it; nobody yet if not given.")] = "",
    due: Annotated[str, _due("By when: 2026-12-01, 2026-12. Open if not given.")] = "",
    about: Annotated[
        str,
        typer.Option(
            metavar="RECORD",
            help='What it is about, by kind and id: "exhibit K-1987-114-E2".',
            show_default=False,
        ),
    ] = "",
    note: Annotated[
        str, typer.Option(metavar="TEXT", help="Whatever else there is to say.", show_default=False)
    ] = "",
    purpose: shared.Purpose = "",
    supervisor: shared.Supervisor = "",
    actor: shared.As = "",
    json: options.Json = False,
) -> int:
    """Give a task in a case.

    \b
    Example:
      reopen task add harbour.reopen K-1987-114 "ask the store for E2" --for berg --due 2026-12-01
    """
    when = Interval.parse(due) if due else None
    with shared.acting(unit, actor) as (opened, who):
        kept = add_task(
            opened, who, case, what, owner=owner, due=when, subject=subject_of(about), note=note,
            purpose=purpose, supervisor=supervisor,
        )  # fmt: skip
    return _shown(kept, json)


@told
def listing(
    unit: shared.UnitFile,
    case: shared.OfCase = "",
    owner: Annotated[
        str | None, _for('Of this actor; "" for those that nobody has. All if not given.')
    ] = None,
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only those that are overdue.")
    ] = False,
    ended: Annotated[
        bool, typer.Option("--ended", help="Also those that are done or dropped.")
    ] = False,
    purpose: shared.Purpose = "",
    supervisor: shared.Supervisor = "",
    actor: shared.As = "",
    json: options.Json = False,
) -> int:
    """List the tasks of a unit: what is due first, first.

    \b
    Example:
      reopen task list harbour.reopen --for berg
    """
    with (
        shared.acting(unit, actor) as (opened, who),
        opened.reading(who, purpose=purpose, supervisor=supervisor) as reader,
    ):
        rows = tasks_in(reader, case=case, owner=owner, ended=ended)
        rows = tuple(row for row in rows if row.overdue or not overdue)
        names = reader.names(row.task.owner for row in rows)
    show(as_json(tasks_plain(rows)) if json else tasks_text(rows, names, width()))
    return DONE


@told
def change(
    unit: shared.UnitFile,
    task: One,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why it is changed.")],
    what: Annotated[
        str, typer.Option(metavar="TEXT", help="What is to be done.", show_default=False)
    ] = "",
    owner: Annotated[str | None, _for('Who does it now; "" for nobody.')] = None,
    due: Annotated[str | None, _due('By when now; "" for open.')] = None,
    purpose: shared.Purpose = "",
    supervisor: shared.Supervisor = "",
    actor: shared.As = "",
    json: options.Json = False,
) -> int:
    """Pass a task on, or give it another date.

    \b
    Example:
      reopen task change harbour.reopen K-1987-114-T261122-8c1f02 --for ito --reason "Berg is away"
    """
    fields: dict[str, Any] = {"what": what} if what else {}
    if owner is not None:
        fields["owner"] = owner
    if due is not None:
        fields["due"] = Interval.parse(due) if due else None
    with shared.acting(unit, actor) as (opened, who):
        kept = change_task(
            opened, who, task, reason=reason, purpose=purpose, supervisor=supervisor, **fields
        )
    return _shown(kept, json)


@told
def done(
    unit: shared.UnitFile,
    task: One,
    remark: Remark = "",
    purpose: shared.Purpose = "",
    supervisor: shared.Supervisor = "",
    actor: shared.As = "",
    json: options.Json = False,
) -> int:
    """Say that a task is done, and what came of it.

    \b
    Example:
      reopen task done harbour.reopen K-1987-114-T261122-8c1f02 --remark "it is in store 2"
    """
    return _ended(unit, task, TaskState.DONE, remark, purpose, supervisor, actor, json)


@told
def drop(
    unit: shared.UnitFile,
    task: One,
    remark: Annotated[str, typer.Option(metavar="TEXT", help="Why it need not be done.")],
    purpose: shared.Purpose = "",
    supervisor: shared.Supervisor = "",
    actor: shared.As = "",
    json: options.Json = False,
) -> int:
    """Say that a task need not be done, and why.

    \b
    Example:
      reopen task drop harbour.reopen K-1987-114-T261122-8c1f02 --remark "E2 was destroyed in 1999"
    """
    return _ended(unit, task, TaskState.DROPPED, remark, purpose, supervisor, actor, json)


@told
def undo(
    unit: shared.UnitFile,
    task: One,
    purpose: shared.Purpose = "",
    supervisor: shared.Supervisor = "",
    actor: shared.As = "",
    json: options.Json = False,
) -> int:
    """Undo the last change of a task. Both stay in the log.

    \b
    Example:
      reopen task undo harbour.reopen K-1987-114-T261122-8c1f02
    """
    with shared.acting(unit, actor) as (opened, who):
        kept = undo_task(opened, who, task, purpose=purpose, supervisor=supervisor)
    return _shown(kept, json)


def _ended(
    unit: str, task: str, state: TaskState, remark: str, purpose: str, supervisor: str,
    actor: str, json: bool,
) -> int:  # fmt: skip
    with shared.acting(unit, actor) as (opened, who):
        kept = end_task(
            opened, who, task, state, remark=remark, purpose=purpose, supervisor=supervisor
        )
    return _shown(kept, json)


def _shown(kept: Kept, json: bool) -> int:
    show(as_json(kept_plain(kept)) if json else kept_text(kept))
    return DONE


def group() -> typer.Typer:
    """`reopen task ...`."""
    app = typer.Typer(
        help="Tasks: who is to do what in a case, by when.", no_args_is_help=True,
        rich_markup_mode=None,
    )  # fmt: skip
    app.command("list", cls=PlainHelp)(listing)
    for command in (add, change, done, drop, undo):
        app.command(cls=PlainHelp)(command)
    return app
