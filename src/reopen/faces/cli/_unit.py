"""What commands on a unit share: the unit, who acts, why, and how it is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from reopen.faces.workbench.unit import actor_of, casefile
from reopen.store.unit import Unit

UnitFile = Annotated[
    str,
    typer.Argument(
        metavar="UNIT",
        help="The unit: its file (NAME.reopen), or postgresql://... for one on a server.",
        show_default=False,
    ),
]
As = Annotated[
    str,
    typer.Option(
        "--as",
        metavar="NAME",
        help="Who you are in the unit; else the environment variable REOPEN_ACTOR, else the "
        "unit's only actor.",
        show_default=False,
    ),
]
Purpose = Annotated[
    str,
    typer.Option(
        metavar="TEXT", help="What this is done for; written into the log.", show_default=False
    ),
]
Reason = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="Why records that the unit holds already are changed.",
        show_default=False,
    ),
]
Supervisor = Annotated[
    str,
    typer.Option(
        "--with",
        metavar="NAME",
        help="The supervisor who is beside you, where your grant asks for one.",
        show_default=False,
    ),
]
OneCase = Annotated[
    str, typer.Argument(metavar="CASE", help="The case's number.", show_default=False)
]
OfCase = Annotated[
    str,
    typer.Option("--case", metavar="CASE", help="Of this case only.", show_default=False),
]


@contextmanager
def acting(where: str, given: str) -> Iterator[tuple[Unit, str]]:
    """The open unit, and who acts in it."""
    with casefile(where) as unit:
        yield unit, actor_of(unit, given)
