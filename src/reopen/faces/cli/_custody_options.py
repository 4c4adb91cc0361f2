"""Options of the custody commands."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from reopen.records.custody import EventKind

Item = Annotated[str, typer.Argument(metavar="ITEM", help="Exhibit, sample or standard.")]
Event = Annotated[
    str, typer.Argument(metavar="EVENT", help=f"What happened: {', '.join(EventKind)}.")
]
From = Annotated[
    str,
    typer.Option(
        "--from", metavar="PERSON", help="Who held it before, or the store.", show_default=False
    ),
]
To = Annotated[
    str, typer.Option("--to", metavar="PERSON", help="Who holds it after.", show_default=False)
]
At = Annotated[
    str,
    typer.Option(
        metavar="TIME",
        help="When: 2026-03-02T14:05+01:00, 1987-03, two with a slash. Now if not given.",
        show_default=False,
    ),
]
PlaceOption = Annotated[
    str, typer.Option("--place", metavar="PLACE", help="Where it is after.", show_default=False)
]
Store = Annotated[
    str,
    typer.Option(metavar="STORE", help="The registered store it is in after.", show_default=False),
]
Found = Annotated[
    str,
    typer.Option(metavar="SEAL", help="The seal's number found on it.", show_default=False),
]
Closed = Annotated[
    str,
    typer.Option(metavar="SEAL", help="The seal's number it was closed with.", show_default=False),
]
Photo = Annotated[
    str, typer.Option(metavar="NAME", help="The photograph of the seal.", show_default=False)
]
Amount = Annotated[
    str,
    typer.Option(
        metavar="BEFORE/USED/AFTER UNIT",
        help='Amounts, "120/15/105 mg"; leave empty what was not measured: "//105 mg".',
        show_default=False,
    ),
]
AmountError = Annotated[
    float | None,
    typer.Option(
        metavar="ERROR", help="The balance's standard error, in that unit.", show_default=False
    ),
]
Note = Annotated[
    str, typer.Option(metavar="TEXT", help="Whatever else there is to say.", show_default=False)
]
Device = Annotated[str, typer.Argument(metavar="DEVICE", help="The device's name.")]
QueueFile = Annotated[Path, typer.Argument(metavar="QUEUE", help="The queue's file.")]
KeyFile = Annotated[Path, typer.Option("--key", metavar="KEY", help="The device's key file.")]
