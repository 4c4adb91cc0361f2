"""Which events of a queue are taken: signed by a known device, in its order, none twice or missing.

What comes after a missing event waits for it, unless it is declared lost. Not here: the queue's
file (`custody_queue`), keeping the events (`custody`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from reopen.errors import ReopenError
from reopen.faces.workbench.custody_queue import Queued, Refused
from reopen.ledger.note import check_signatures
from reopen.ledger.verify import parse_vkey
from reopen.records.custody import CustodyEvent, Device, DeviceCount


@dataclass(frozen=True, slots=True)
class Judged:
    """A queue as judged.

    taken    events to keep, with the device's clock error and the person who confirmed each
    refused  lines that are not taken
    counts   device -> how far it has come: its last count, and what it signed there
    lost     device -> counts that were declared lost
    """

    taken: tuple[tuple[Queued, CustodyEvent], ...]
    refused: tuple[Refused, ...]
    counts: Mapping[str, tuple[int, str]]
    lost: Mapping[str, tuple[int, ...]]


@dataclass(slots=True)
class _Device:
    """Where a device has come to. signed None: what was signed last is not known."""

    count: int
    signed: str | None
    held: int
    lost: list[int] = field(default_factory=list)


def judge(
    queued: Iterable[Queued],
    *,
    devices: Mapping[str, Device],
    counts: Mapping[str, DeviceCount],
    held: Mapping[str, str],
    declared_lost: frozenset[int] = frozenset(),
    needs_second: bool = True,
) -> Judged:
    """Judge a queue, line by line.

    counts         device -> how far its queue was submitted before
    held           event id -> SHA-256 of what was signed, of events that the unit holds already
    declared_lost  counts that somebody declared lost, for a stated reason
    needs_second   a device's key has to be approved by a second person
    """
    states: dict[str, _Device] = {}
    signed = dict(held)
    taken: list[tuple[Queued, CustodyEvent]] = []
    refused: list[Refused] = []
    for each in queued:
        device = devices.get(each.device)
        if each.device not in states:
            last = counts.get(each.device)
            states[each.device] = (
                _Device(last.counter, last.signed, last.counter) if last else _Device(0, "", 0)
            )
        state = states[each.device]
        problem = _not_trusted(each, device, needs_second) or _not_next(
            each, state, signed, declared_lost
        )
        confirmed, doubt = ("", None) if problem else _confirmed(each, devices)
        problem = problem or doubt
        if problem is not None or device is None:
            refused.append(problem or Refused(str(each), each.line, "it is refused."))
            continue
        state.lost += range(state.count + 1, each.count)
        state.count, state.signed = each.count, each.digest
        signed[each.event.id] = each.digest
        event = replace(
            each.event,
            clock_error_s=device.clock_error_s,
            confirmed=confirmed or None,
            signed=each.digest,
        )
        taken.append((each, event))
    moved = {name: s for name, s in states.items() if s.count > s.held}
    return Judged(
        tuple(taken),
        tuple(refused),
        {name: (state.count, state.signed or "") for name, state in moved.items()},
        {name: tuple(state.lost) for name, state in moved.items() if state.lost},
    )


def _refuse(each: Queued, why: str, way_on: str = "") -> Refused:
    return Refused(str(each), each.line, why, way_on)


def _not_trusted(each: Queued, device: Device | None, needs_second: bool) -> Refused | None:
    """The device is not known, or the line is not as its key signed it."""
    if device is None:
        return _refuse(
            each,
            "the unit knows no such device.",
            f"Register its public key: reopen custody device UNIT {each.device} --key KEY",
        )
    if needs_second and device.approved_by is None:
        return _refuse(
            each,
            "nobody has approved the device's key yet.",
            f"Let a second person do so: reopen custody device UNIT {each.device} --approve",
        )
    if device.retired is not None and not each.event.at.before(device.retired):
        return _refuse(each, f"the device was retired ({device.retired}).")
    if not _signed_by(each, device):
        return _refuse(
            each,
            f"altered: it is not what the key of {each.device} signed.",
            "Submit the queue as the device wrote it; look into who could change the file.",
        )
    return None


def _signed_by(each: Queued, device: Device) -> bool:
    try:
        return bool(check_signatures(each.note, [parse_vkey(device.key)]))
    except ReopenError:
        return False


def _not_next(
    each: Queued, state: _Device, held: Mapping[str, str], lost: frozenset[int]
) -> Refused | None:
    """The line was taken before, or others are missing before it, or it follows another one."""
    if each.count <= state.count:
        return _again(each, state, held)
    missing = [n for n in range(state.count + 1, each.count) if n not in lost]
    if missing:
        told = f"count {missing[0]}" if len(missing) == 1 else f"counts {_runs(missing)}"
        return _refuse(
            each,
            f"{told} before it missing; it waits for {'it' if len(missing) == 1 else 'them'}.",
            "Submit the queue that holds what is missing, or declare it lost with the reason: "
            "--lost COUNT --reason TEXT",
        )
    follows = each.count == state.count + 1 and state.signed is not None
    if follows and each.previous != state.signed:
        return _refuse(
            each,
            f"altered: it was signed after another event {state.count} than the one taken.",
            "Look for a second queue of this device, or a copy of its key.",
        )
    return None


def _again(each: Queued, state: _Device, held: Mapping[str, str]) -> Refused:
    if held.get(each.event.id, each.digest) != each.digest:
        return _refuse(
            each,
            f"the unit holds another event as {each.event.id}, signed by the same device.",
            "The device's key or count was copied: retire it, and look into both events.",
        )
    when = "before" if each.count <= state.held else "earlier in this queue"
    return _refuse(each, f"replayed: it was submitted {when}.")


def _runs(numbers: list[int]) -> str:
    if numbers[-1] - numbers[0] + 1 == len(numbers):
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(str(n) for n in numbers)


def _confirmed(each: Queued, devices: Mapping[str, Device]) -> tuple[str, Refused | None]:
    """Who confirmed it with a second device; refused where that does not hold."""
    for name in dict.fromkeys(line.name for line in each.note.signatures):
        if name == each.device:
            continue
        second = devices.get(name)
        if second is None or not second.person:
            why = f"the unit does not know whose device {name} is, which confirms it."
            return "", _refuse(each, why, f"Register it: reopen custody device UNIT {name}")
        if not _signed_by(each, second):
            return "", _refuse(each, f"altered: it is not what the key of {name} confirmed.")
        first = devices[each.device].person
        if second.person == first:
            why = f"{name} and {each.device} are devices of one person, who cannot confirm twice."
            return "", _refuse(each, why)
        parties = (each.event.receiver, each.event.giver)
        if any(parties) and second.person not in parties:
            why = f"{second.person} confirms it, and is neither its giver nor its receiver."
            return "", _refuse(each, why)
        return second.person, None
    return "", None
