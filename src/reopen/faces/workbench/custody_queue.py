"""Custody events of a device without network: signed one by one, queued in a file, judged later.

A line of the queue is JSON: the event with the device's own count, the SHA-256 of what it signed
before, and the signatures, made as in C2SP signed-note over the canonical JSON of the rest. A
second device may sign the same line: the other person of a handover. Not here: keeping the events
(`custody`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import cast

from reopen.errors import InvalidRecord, ReopenError, UnreadableFile, Where
from reopen.ledger.canonical import canonical
from reopen.ledger.keys import SigningKey
from reopen.ledger.note import (
    Note,
    SignatureLine,
    parse_signature_line,
    sign_note,
    signed_by,
    with_signatures,
)
from reopen.records.custody import CustodyEvent
from reopen.records.plain import Plain, from_plain, to_plain

FORM = "reopen custody queue, version 1"


@dataclass(frozen=True, slots=True)
class Queued:
    """An event as a device signed it.

    line      of the queue, from 1
    previous  SHA-256 of what the device signed before; empty for its first event
    """

    line: int
    event: CustodyEvent
    previous: str
    note: Note

    @property
    def device(self) -> str:
        return self.event.device

    @property
    def count(self) -> int:
        return self.event.counter or 0

    @property
    def digest(self) -> str:
        return _digest(self.note.text)

    def __str__(self) -> str:
        return f"count {self.count} of device {self.device}"


@dataclass(frozen=True, slots=True)
class Refused:
    """A line of a queue that is not taken: by its name, with the reason and the way on."""

    name: str
    line: int
    why: str
    way_on: str = ""

    def __str__(self) -> str:
        return f"Line {self.line}, {self.name}: {self.why}"


def event_id(device: str, count: int) -> str:
    """The id of an event that a device queued."""
    return f"{device}-{count}"


def enqueue(
    queue: Path, key_file: Path, key: SigningKey, event: CustodyEvent, *, second: SigningKey | None
) -> Queued:
    """Sign an event and add it to a queue; it is on disk when this returns.

    event   its id, device and count are given here
    second  the key of the other person's device, for a handover

    Raises UnreadableFile, InvalidRecord.
    """
    count, previous = _last(queue, key_file, key.name)
    event = replace(event, id=event_id(key.name, count + 1), device=key.name, counter=count + 1)
    text = _text(event, previous)
    signers = [key, second] if second is not None else [key]
    if second is not None and second.name == key.name:
        raise InvalidRecord(
            f"Device {key.name} as the second device of its own handover.",
            rule="A handover is confirmed by another person, with a device of their own.",
            way_on="Sign with the other person's key.",
        )
    queued = Queued(0, event, previous, sign_note(text, signers))
    with queue.open("a", encoding="utf-8", newline="\n") as file:
        file.write(_written(queued) + "\n")
        file.flush()
        os.fsync(file.fileno())
    _remember(key_file, event.counter or 0, queued.digest)
    return queued


def confirm_queued(queue: Path, key: SigningKey, count: int, device: str) -> Queued:
    """Add a second device's signature to an event of a queue.

    Raises UnreadableFile; InvalidRecord where the queue has no such event of another device.
    """
    entries, _ = read_queue(queue)
    wanted = next((each for each in entries if each.count == count and each.device == device), None)
    if wanted is None or device == key.name:
        raise InvalidRecord(
            f"{key.name} cannot confirm count {count} of device {device} in {queue}.",
            rule="A second device confirms an event that the queue holds, and not its own.",
            way_on="Name the device that queued it, and its count.",
        )
    signed = replace(wanted, note=with_signatures(wanted.note, [signed_by(key, wanted.note.text)]))
    lines = _lines(queue.read_text(encoding="utf-8"))
    lines[wanted.line - 1] = _written(signed)
    beside = queue.with_name(queue.name + ".new")
    with beside.open("w", encoding="utf-8", newline="\n") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(queue)
    return signed


def read_queue(queue: Path) -> tuple[list[Queued], list[Refused]]:
    """The lines of a queue, and those that cannot be read. Raises UnreadableFile."""
    try:
        lines = _lines(queue.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(
            f"The queue cannot be read: {error}.",
            rule="A queue is a text file with one signed event in each line.",
            way_on="Name the file that the device wrote.",
            where=Where(str(queue)),
        ) from None
    taken: list[Queued] = []
    refused: list[Refused] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            taken.append(_read(line, number))
        except ReopenError as error:
            refused.append(Refused("no event", number, error.seen, error.way_on))
    return taken, refused


def _lines(text: str) -> list[str]:
    """Lines of a queue; other signs that break lines may stand within an event's text."""
    return text.removesuffix("\n").split("\n")


# --- one line -----------------------------------------------------------------------------------


def _text(event: CustodyEvent, previous: str) -> str:
    """What a device signs."""
    body: dict[str, Plain] = {"form": FORM, "previous": previous, "event": to_plain(event)}
    return canonical(body).decode() + "\n"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _written(queued: Queued) -> str:
    body = cast("dict[str, Plain]", json.loads(queued.note.text))
    signatures = [str(line).rstrip("\n") for line in queued.note.signatures]
    return canonical({"signed": body, "signatures": signatures}).decode()


def _read(line: str, number: int) -> Queued:
    body, signatures = _parts(line)
    event = from_plain(CustodyEvent.KIND, cast("Mapping[str, Plain]", body["event"]))
    assert isinstance(event, CustodyEvent)
    if event.counter is None or event.id != event_id(event.device, event.counter):
        raise InvalidRecord(
            f"An event {event.id!r} of device {event.device!r} with the count {event.counter}.",
            rule="A queued event is named by its device and its count.",
            way_on="Submit the queue as the device wrote it.",
        )
    text = canonical(body).decode() + "\n"
    return Queued(number, event, str(body["previous"]), Note(text, signatures))


def _parts(line: str) -> tuple[dict[str, Plain], tuple[SignatureLine, ...]]:
    try:
        whole = json.loads(line)
        body, signatures = whole["signed"], whole["signatures"]
        known = set(body) == {"form", "previous", "event"} and body["form"] == FORM
        if not known or not isinstance(body["event"], dict):
            raise KeyError
        return body, tuple(parse_signature_line(str(each)) for each in signatures)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InvalidRecord(
            "It is no signed custody event.",
            rule=f"Each line holds what a device signed, of the form {FORM!r}, and signatures.",
            way_on="Submit the queue as the device wrote it.",
        ) from None


# --- the device's count --------------------------------------------------------------------------


def _counts_file(key_file: Path) -> Path:
    return key_file.with_name(key_file.name + ".count")


def _last(queue: Path, key_file: Path, device: str) -> tuple[int, str]:
    """The device's last count and what it signed then: from beside its key, or from the queue,
    where the power went between the two."""
    known = [_remembered(key_file)]
    if queue.exists():
        entries, _ = read_queue(queue)
        known += [(each.count, each.digest) for each in entries if each.device == device]
    return max(known)


def _remembered(key_file: Path) -> tuple[int, str]:
    file = _counts_file(key_file)
    try:
        count, digest = file.read_text(encoding="utf-8").split()
        return int(count), digest
    except FileNotFoundError:
        return 0, ""
    except (OSError, ValueError):
        raise UnreadableFile(
            "The device's count cannot be read.",
            rule="Beside the key lies the count of what it signed last.",
            way_on="Restore the file; or make the device a new key and register it.",
            where=Where(str(file)),
        ) from None


def _remember(key_file: Path, count: int, digest: str) -> None:
    file = _counts_file(key_file)
    beside = file.with_name(file.name + ".new")
    with beside.open("w", encoding="utf-8") as out:
        out.write(f"{count} {digest}\n")
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)
