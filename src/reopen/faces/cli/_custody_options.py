"""Options of the custody commands, and the event that they say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from reopen.errors import InvalidRecord
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.times import Interval

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


def event_of(
    id: str, item: str, event: str, from_: str, to: str, at: str, place: str, store: str,
    found: str, closed: str, photo: str, amount: str, amount_error: float | None, note: str, *,
    by: str | None, now: datetime,
) -> CustodyEvent:  # fmt: skip
    """The event that the options say."""
    if event not in tuple(EventKind):
        raise InvalidRecord(
            f"{event!r} is no event.",
            rule=f"Events are: {', '.join(EventKind)}.",
            way_on="Choose one of them.",
        )
    before, used, after, measure = _amounts(amount)
    return CustodyEvent(
        id=id,
        item=item,
        event=EventKind(event),
        at=Interval.parse(at) if at else Interval.at(now),
        giver=from_ or None,
        receiver=to or None,
        by=by,
        place=place or None,
        store=store or None,
        seal_before=found or None,
        seal_after=closed or None,
        photo=photo or None,
        amount_before=before,
        amount_used=used,
        amount_after=after,
        amount_error=amount_error,
        unit=measure,
        entered=Interval.at(now.astimezone(UTC)),
        note=note,
    )


def _amounts(text: str) -> tuple[float | None, float | None, float | None, str]:
    """From "120/15/105 mg"."""
    if not text:
        return None, None, None, ""
    numbers, _, measure = text.strip().partition(" ")
    parts = numbers.split("/")
    try:
        if len(parts) != 3 or not measure:
            raise ValueError
        before, used, after = (float(part) if part else None for part in parts)
    except ValueError:
        raise InvalidRecord(
            f"{text!r} as amounts.",
            rule='They are three numbers and their unit: "120/15/105 mg", before, used and after.',
            way_on='Leave empty what was not measured: "//105 mg".',
        ) from None
    return before, used, after, measure.strip()
