"""What the commands of access have in common: whom, where, which classes, why."""

from __future__ import annotations

from typing import Annotated

import typer

from reopen.errors import InvalidRecord
from reopen.faces.workbench.access import Kept
from reopen.faces.workbench.access_shown import kept_plain, kept_text, to_access_json
from reopen.records.access import Action, Sensitivity
from reopen.records.times import Interval

Whom = Annotated[str, typer.Argument(metavar="ACTOR", help="Whom it is for.", show_default=False)]
OfKind = Annotated[
    str,
    typer.Argument(
        metavar="KIND", help="A record's kind: case, exhibit, person ...", show_default=False
    ),
]
OfId = Annotated[str, typer.Argument(metavar="ID", help="The record's id.", show_default=False)]
OfActor = Annotated[
    str, typer.Option("--actor", metavar="ACTOR", help="Of this actor only.", show_default=False)
]
OnCase = Annotated[
    str, typer.Option("--case", metavar="CASE", help="On this case.", show_default=False)
]
OnItem = Annotated[
    str,
    typer.Option(
        "--item",
        metavar="ITEM",
        help="On this exhibit or sample, and what is made from it.",
        show_default=False,
    ),
]
Actions = Annotated[
    list[Action] | None,
    typer.Option(
        "--action",
        metavar="ACTION",
        help="What may be done: read, add, amend, decide, export, seal, expunge, grant; may be "
        "given several times.  [default: read]",
        show_default=False,
    ),
]
Classes = Annotated[
    list[Sensitivity] | None,
    typer.Option(
        "--class",
        metavar="CLASS",
        help='A sensitive class: staff, minor, "sexual offence", medical, informant, genetic, '
        "sealed; may be given several times.",
        show_default=False,
    ),
]
Until = Annotated[
    str,
    typer.Option(metavar="TIME", help="Until when: 2026-12-31; else it lasts.", show_default=False),
]
Why = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="Why; kept with it.", show_default=False)
]


def interval(text: str) -> Interval | None:
    return Interval.parse(text) if text else None


def must_say(where: str, case: str, item: str, everything: bool) -> None:
    """A grant says what it is on; everything only where that is said."""
    if bool(case or item) == everything:
        raise InvalidRecord(
            f"{where} is on a case, on an item, or on everything.",
            rule="What somebody may see is stated, and is as little as they need.",
            way_on="Give --case, or --item, or --everything alone.",
        )


def told_of(kept: Kept, json: bool) -> str:
    return to_access_json(kept_plain(kept)) if json else kept_text(kept)
