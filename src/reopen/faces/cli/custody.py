"""`reopen custody`: what happens to exhibits, recorded where it happens and shown as one line.

Not here: devices without network (`custody_devices`).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from reopen.errors import UnreadableFile, Where
from reopen.faces.cli import _custody_options as given
from reopen.faces.cli import _options as options
from reopen.faces.cli import _unit as shared
from reopen.faces.cli import custody_devices as devices
from reopen.faces.cli._options import PlainHelp
from reopen.faces.cli._ways import DONE, FAILED, show, tell, told
from reopen.records.times import Interval


@told
def record(
    unit: shared.UnitFile,
    item: given.Item,
    event: given.Event,
    from_: given.From = "",
    to: given.To = "",
    at: given.At = "",
    place: given.PlaceOption = "",
    store: given.Store = "",
    found: given.Found = "",
    closed: given.Closed = "",
    photo: given.Photo = "",
    amount: given.Amount = "",
    amount_error: given.AmountError = None,
    note: given.Note = "",
    as_: shared.As = "",
    purpose: shared.Purpose = "",
    json: options.Json = False,
) -> int:
    """Record what happened to an item.

    A handover from one person to another waits for the other one's confirmation. What does not
    follow from the records before is said at once, while people still know.

    \b
    Examples:
      reopen custody record unit.reopen K-1987-114-E2 booked --from Ito --to Berg --store S1
      reopen custody record unit.reopen K-1987-114-E2 opened --found K1001
    """
    from reopen.faces.workbench.custody import new_event_id, person_of, record_events
    from reopen.faces.workbench.custody_given import event_of
    from reopen.faces.workbench.custody_told import as_json, recorded_plain, recorded_text

    with shared.acting(unit, as_) as (opened, actor):
        now = opened.clock()
        made = event_of(
            new_event_id(item, now),
            item, event, from_, to, at, place, store, found, closed, photo, amount, amount_error,
            note, by=person_of(opened, actor), now=now,
        )  # fmt: skip
        recorded = record_events(opened, actor, [made], purpose=purpose)
    show(as_json(recorded_plain(recorded)) if json else recorded_text(recorded))
    return DONE


@told
def scan(
    unit: shared.UnitFile,
    as_: shared.As = "",
    purpose: shared.Purpose = "",
    json: options.Json = False,
) -> int:
    """Record events from scanned codes, or the same words typed.

    A scanner types what a label says. Scan the items, what happens, and the badges of giver and
    receiver; then "ok". One badge is the receiver's. Other codes say what they are: store:S1,
    place:Lab, found:K1001, closed:K1044, from:Ito, to:Berg, item:E2. "clear" begins anew, "done"
    ends.

    \b
    Example:
      reopen custody scan unit.reopen --as berg
    """
    from reopen.faces.workbench.custody import Recorded, begin_scanning, record_events
    from reopen.faces.workbench.custody_told import as_json, recorded_text, scanned_plain

    recorded: list[Recorded] = []
    refused: list[tuple[str, str]] = []
    with shared.acting(unit, as_) as (opened, actor):
        scanning = begin_scanning(opened, actor)
        if sys.stdin.isatty():
            tell("Scan items, event and badges, then ok. End with done.")
        for line in sys.stdin:
            if not line.strip():
                continue
            reply, events = scanning.read(line, opened.clock())
            if reply.startswith("Refused"):
                refused.append((line.strip(), reply))
            tell(reply)
            if events:
                kept = record_events(opened, actor, events, purpose=purpose)
                recorded += kept
                if not json:
                    show(recorded_text(kept))
            if scanning.done:
                break
    if json:
        show(as_json(scanned_plain(recorded, refused)))
    return FAILED if refused else DONE


@told
def confirm(
    unit: shared.UnitFile,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="The event's name.")],
    as_: shared.As = "",
    purpose: shared.Purpose = "",
    json: options.Json = False,
) -> int:
    """Confirm a handover, as the giver or receiver who did not record it.

    \b
    Example:
      reopen custody confirm unit.reopen K-1987-114-E2/20260302T140500-8c1f --as berg
    """
    from reopen.faces.workbench.custody import confirm as confirm_handover
    from reopen.faces.workbench.custody_told import as_json, recorded_plain, recorded_text

    with shared.acting(unit, as_) as (opened, actor):
        recorded = confirm_handover(opened, actor, event, purpose=purpose)
    show(as_json(recorded_plain([recorded])) if json else recorded_text([recorded]))
    return DONE


@told
def gap(
    unit: shared.UnitFile,
    item: given.Item,
    during: Annotated[str, typer.Argument(metavar="PERIOD", help="1991/1999, or 1987-03/..")],
    why: Annotated[str, typer.Option(metavar="TEXT", help="Why nobody can reconstruct it.")],
    as_: shared.As = "",
    purpose: shared.Purpose = "",
    json: options.Json = False,
) -> int:
    """Declare a paper period of an item that nobody can reconstruct.

    It is shown as a declared gap. Rules answer "cannot tell" for it, never "holds".

    \b
    Example:
      reopen custody gap unit.reopen K-1987-114-E2 1991/1999 --why "register lost in the flood"
    """
    from reopen.faces.workbench.custody import declare_gap
    from reopen.faces.workbench.custody_told import as_json, record_plain

    with shared.acting(unit, as_) as (opened, actor):
        period = Interval.parse(during)
        declared = declare_gap(opened, actor, item, period, why, purpose=purpose)
    said = f"Declared: {declared.during} of {item} cannot be reconstructed: {why}"
    show(as_json(record_plain(declared)) if json else said)
    return DONE


@told
def timeline(
    unit: shared.UnitFile,
    item: given.Item,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE.svg", help="Write the picture here.", show_default=False),
    ] = None,
    as_: shared.As = "",
    supervisor: shared.Supervisor = "",
    purpose: shared.Purpose = "",
    json: options.Json = False,
) -> int:
    """Show who held an item and when, with declared and unexplained gaps.

    \b
    Example:
      reopen custody timeline unit.reopen K-1987-114-E2 --out K-1987-114-E2.svg
    """
    from reopen.faces.workbench.custody import custody_of, picture_file
    from reopen.faces.workbench.custody_told import as_json, timeline_plain, timeline_text

    with shared.acting(unit, as_) as (opened, actor):
        held = custody_of(opened, actor, item, purpose=purpose, supervisor=supervisor)
    show(as_json(timeline_plain(held)) if json else timeline_text(held))
    if out is not None:
        _write(out, picture_file(held))
        tell(f"Picture: {out}")
    return DONE


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnreadableFile(
            f"It cannot be written: {error.strerror or error}.",
            way_on="Name a file in a folder that may be written.",
            where=Where(str(out)),
        ) from None


def group() -> typer.Typer:
    """`reopen custody ...`."""
    app = typer.Typer(
        help="Custody: record it, confirm it, show it.", no_args_is_help=True, rich_markup_mode=None
    )
    here = (record, scan, confirm, gap, timeline)
    away = (devices.key, devices.device, devices.queue, devices.cosign, devices.submit)
    for command in (*here, *away):
        app.command(cls=PlainHelp)(command)
    return app
