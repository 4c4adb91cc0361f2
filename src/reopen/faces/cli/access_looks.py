"""`reopen access`: who may see a record and who looked, emergencies, and acts that need two people.

Not here: grants (`access`).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from reopen.faces.cli import _access_options as given
from reopen.faces.cli import _options as options
from reopen.faces.cli import _unit as shared
from reopen.faces.cli._options import PlainHelp
from reopen.faces.cli._ways import DONE, FAILED, show, told, width
from reopen.faces.cli.access import access
from reopen.records.base import Ref

RequestId = Annotated[
    str, typer.Argument(metavar="REQUEST", help="The request's id.", show_default=False)
]


@access.command(cls=PlainHelp)
@told
def who(
    unit: shared.UnitFile,
    kind: given.OfKind,
    id: given.OfId,
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Who may read a record, and by which rule or why not.

    For those who may grant access to it.

    \b
    Example:
      reopen access who unit.reopen case K-1987-114
    """
    from reopen.faces.workbench import access as workbench
    from reopen.faces.workbench.access_shown import to_access_json, who_plain, who_text

    with shared.acting(unit, as_) as (opened, by):
        every = workbench.who(opened, by, Ref(kind, id))
    show(to_access_json(who_plain(every)) if json else who_text(every, width()))
    return DONE


@access.command(cls=PlainHelp)
@told
def reads(
    unit: shared.UnitFile,
    whom: given.OfActor = "",
    case: shared.OfCase = "",
    days: Annotated[
        float | None,
        typer.Option(metavar="N", help="Of the last N days.", show_default=False, min=0.0),
    ] = None,
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Who looked at what, and what should be asked about. Exit code 1 where there is something.

    Your own looks, or everybody's where you see everything.

    \b
    Example:
      reopen access reads unit.reopen --days 7
    """
    from reopen.faces.workbench import access as workbench
    from reopen.faces.workbench.access_shown import reads_plain, reads_text, to_access_json

    with shared.acting(unit, as_) as (opened, by):
        since = None if days is None else opened.clock() - timedelta(days=days)
        log = workbench.read_log(opened, by, actor=whom, case=case, since=since)
    show(to_access_json(reads_plain(log)) if json else reads_text(log, width()))
    return FAILED if log.alerts else DONE


@access.command(cls=PlainHelp)
@told
def emergency(
    unit: shared.UnitFile,
    case: shared.OneCase,
    why: given.Why,
    hours: Annotated[
        float, typer.Option(metavar="N", help="For how long, at most 24.", min=0.1, max=24.0)
    ] = 24.0,
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Take a case for reading without a grant, where life or evidence is at risk.

    It is logged, and somebody else has to review it within 72 hours.

    \b
    Example:
      reopen access emergency unit.reopen K-1987-114 --why "Child missing since noon, same van"
    """
    from reopen.faces.workbench import access as workbench

    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.take(opened, by, case, reason=why, hours=hours)
    show(given.told_of(kept, json))
    return DONE


@access.command(cls=PlainHelp)
@told
def review(
    unit: shared.UnitFile,
    emergency: Annotated[
        str, typer.Argument(metavar="EMERGENCY", help="The emergency's id.", show_default=False)
    ],
    words: Annotated[
        str, typer.Option(metavar="TEXT", help="What the review found.", show_default=False)
    ],
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Review an emergency that somebody else took.

    \b
    Example:
      reopen access review unit.reopen emergency-77ab01c2 --words "Justified; two records read"
    """
    from reopen.faces.workbench import access as workbench

    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.review(opened, by, emergency, words)
    show(given.told_of(kept, json))
    return DONE


@access.command("four-eyes", cls=PlainHelp)
@told
def four_eyes(unit: shared.UnitFile, as_: shared.As = "", json: options.Json = False) -> int:
    """List what was asked for that needs a second person.

    \b
    Example:
      reopen access four-eyes unit.reopen
    """
    from reopen.faces.workbench import access as workbench
    from reopen.faces.workbench.access_shown import requests_plain, requests_text, to_access_json

    with shared.acting(unit, as_) as (opened, by):
        every = workbench.requests(opened, by)
    show(to_access_json(requests_plain(every)) if json else requests_text(every, width()))
    return DONE


@access.command(cls=PlainHelp)
@told
def ask(
    unit: shared.UnitFile,
    act: Annotated[
        str,
        typer.Argument(
            metavar="ACT", help='"expunge", "unseal" or "end a denial".', show_default=False
        ),
    ],
    kind: given.OfKind,
    id: given.OfId,
    why: given.Why,
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Ask for an act that cannot be undone; another actor confirms it.

    \b
    Example:
      reopen access ask unit.reopen expunge person P-017 --why "Order 12/2026, district court"
    """
    from reopen.faces.workbench import access as workbench

    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.ask(opened, by, act, Ref(kind, id), reason=why)
    show(given.told_of(kept, json))
    return DONE


@access.command(cls=PlainHelp)
@told
def confirm(
    unit: shared.UnitFile, request: RequestId, as_: shared.As = "", json: options.Json = False
) -> int:
    """Confirm what somebody else asked for. Expunging is done with this, and cannot be undone.

    \b
    Example:
      reopen access confirm unit.reopen ask-5d2e81aa --as quist
    """
    from reopen.faces.workbench import access as workbench

    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.answer(opened, by, request, confirmed=True)
    show(given.told_of(kept, json))
    return DONE


@access.command(cls=PlainHelp)
@told
def refuse(
    unit: shared.UnitFile,
    request: RequestId,
    why: given.Why,
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Refuse what somebody else asked for.

    \b
    Example:
      reopen access refuse unit.reopen ask-5d2e81aa --why "The order names another person"
    """
    from reopen.faces.workbench import access as workbench

    with shared.acting(unit, as_) as (opened, by):
        kept = workbench.answer(opened, by, request, confirmed=False, reason=why)
    show(given.told_of(kept, json))
    return DONE
