"""`reopen custody` for devices without network: keys, queues of signed events, submission."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from reopen.errors import InvalidRecord
from reopen.faces.cli import _custody_options as given
from reopen.faces.cli import _options as options
from reopen.faces.cli import _unit as shared
from reopen.faces.cli._ways import DONE, FAILED, show, told


@told
def key(
    device: given.Device,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The new key file.")],
    json: options.Json = False,
) -> int:
    """Make a key for a device that records where there is no network.

    The file stays on the device. The line that is printed is public: register it in the unit.

    \b
    Example:
      reopen custody key tablet-3 --out tablet-3.key
    """
    from reopen.faces.workbench.custody_told import as_json
    from reopen.ledger.keys import SigningKey, write_key

    made = SigningKey.generate("ed25519", device)
    write_key(made, out)
    public = str(made.public)
    show(as_json({"device": device, "public": public, "file": str(out)}) if json else public)
    return DONE


@told
def device(
    unit: shared.UnitFile,
    name: given.Device,
    public: Annotated[
        str,
        typer.Option(
            "--key", metavar="LINE", help="Its public key, to register it.", show_default=False
        ),
    ] = "",
    person: Annotated[
        str, typer.Option(metavar="PERSON", help="Who carries it.", show_default=False)
    ] = "",
    clock_error: Annotated[
        float | None,
        typer.Option(metavar="SECONDS", help="Its clock's declared error.", show_default=False),
    ] = None,
    approve: Annotated[
        bool, typer.Option("--approve", help="Approve its key, as a second person.")
    ] = False,
    retire: Annotated[
        bool, typer.Option("--retire", help="Refuse its events from now on.")
    ] = False,
    reason: Annotated[
        str,
        typer.Option(
            metavar="TEXT", help="Why it is retired, or has a new key.", show_default=False
        ),
    ] = "",
    as_: shared.As = "",
    json: options.Json = False,
) -> int:
    """Register a device's public key, approve it, or retire it.

    \b
    Examples:
      reopen custody device unit.reopen tablet-3 --key "tablet-3+5d2c..." --person Ito --as mara
      reopen custody device unit.reopen tablet-3 --approve --as berg
    """
    from reopen.faces.workbench import custody_devices as bench
    from reopen.faces.workbench.custody_told import as_json, record_plain

    if sum((bool(public), approve, retire)) != 1:
        raise InvalidRecord(
            "It is not said what to do with the device.",
            rule="One of --key, --approve and --retire is given.",
            way_on="Give one of them.",
        )
    with shared.acting(unit, as_) as (opened, actor):
        if public:
            known = bench.register_device(
                opened, actor, public, name=name, person=person or None,
                clock_error_s=clock_error, reason=reason,
            )  # fmt: skip
            said = "registered. A second person approves it with --approve."
        elif approve:
            known = bench.approve_device(opened, actor, name)
            said = "approved."
        else:
            known = bench.retire_device(opened, actor, name, reason)
            said = "retired."
    show(as_json(record_plain(known)) if json else f"{known.id} is {said}")
    return DONE


@told
def queue(
    queue: given.QueueFile,
    item: given.Item,
    event: given.Event,
    key: given.KeyFile,
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
    by: Annotated[
        str, typer.Option(metavar="PERSON", help="Who records it.", show_default=False)
    ] = "",
    second: Annotated[
        Path | None,
        typer.Option(
            metavar="KEY", help="The other person's key, for a handover.", show_default=False
        ),
    ] = None,
    json: options.Json = False,
) -> int:
    """Record an event on a device without network: signed, counted, and added to a file.

    \b
    Example:
      reopen custody queue monday.queue K-1987-114-E9 collected --key tablet-3.key --to Ito
    """
    from reopen.faces.workbench.custody_given import event_of
    from reopen.faces.workbench.custody_queue import enqueue
    from reopen.faces.workbench.custody_told import as_json, queued_plain
    from reopen.ledger.keys import read_key

    signing = read_key(key)
    made = event_of(
        "queued", item, event, from_, to, at, place, store, found, closed, photo, amount,
        amount_error, note, by=by or None, now=datetime.now(UTC),
    )  # fmt: skip
    queued = enqueue(queue, key, signing, made, second=read_key(second) if second else None)
    show(as_json(queued_plain(queued)) if json else f"Queued: {queued}, {made.event} {item}.")
    return DONE


@told
def cosign(
    queue: given.QueueFile,
    device: Annotated[str, typer.Argument(metavar="DEVICE", help="The device that queued it.")],
    count: Annotated[int, typer.Argument(metavar="COUNT", help="The event's count.")],
    key: given.KeyFile,
    json: options.Json = False,
) -> int:
    """Confirm a queued handover with the other person's device.

    \b
    Example:
      reopen custody cosign monday.queue tablet-3 12 --key phone-7.key
    """
    from reopen.faces.workbench.custody_queue import confirm_queued
    from reopen.faces.workbench.custody_told import as_json, queued_plain
    from reopen.ledger.keys import read_key

    signing = read_key(key)
    queued = confirm_queued(queue, signing, count, device)
    said = f"{queued} is confirmed with {signing.name}."
    show(as_json(queued_plain(queued)) if json else said)
    return DONE


@told
def submit(
    unit: shared.UnitFile,
    queue: given.QueueFile,
    lost: Annotated[
        list[int] | None,
        typer.Option(
            metavar="COUNT", help="The count of an event that is lost for good.", show_default=False
        ),
    ] = None,
    reason: Annotated[
        str, typer.Option(metavar="TEXT", help="How it was lost.", show_default=False)
    ] = "",
    as_: shared.As = "",
    purpose: shared.Purpose = "",
    json: options.Json = False,
) -> int:
    """Take the events that a device queued.

    Each line is checked: signed by a registered device, not altered, next in its count. What was
    submitted before, altered, or comes after a missing event is refused by name.

    \b
    Example:
      reopen custody submit unit.reopen monday.queue --as mara
    """
    from reopen.faces.workbench.custody_devices import submit as submit_queue
    from reopen.faces.workbench.custody_told import as_json, submitted_plain, submitted_text

    with shared.acting(unit, as_) as (opened, actor):
        done = submit_queue(opened, actor, queue, lost=lost or (), reason=reason, purpose=purpose)
    show(as_json(submitted_plain(done)) if json else submitted_text(done))
    return FAILED if done.refused else DONE
