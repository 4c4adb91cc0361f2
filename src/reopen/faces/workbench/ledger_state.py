"""Where a unit's log stands, for every report: the newest checkpoint, and who cosigned it.

A report without these lines asks its reader to trust the unit. Signatures are checked here, by the
policy beside the unit's keys; where there is none, that is said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reopen.errors import ReopenError
from reopen.faces.workbench.ledger import policy_of
from reopen.ledger.checkpoint import check_checkpoint
from reopen.ledger.verify import (
    Checkpoint,
    Policy,
    Signed,
    check_signatures,
    moment,
    parse_note,
    parse_policy,
)
from reopen.store import checkpoints, log
from reopen.store.unit import Unit


@dataclass(frozen=True)
class LogState:
    """What a report says of the log that its records stand in.

    size        entries now
    checkpoint  the newest one that was signed; None where there is none yet
    cosigned    by witnesses, under their names in the policy
    absent      witnesses of the policy that have not cosigned it
    wanted      the policy's quorum in words; met: whether it is met
    trouble     why signatures could not be judged, or which does not hold
    """

    origin: str
    size: int
    checkpoint: Checkpoint | None = None
    cosigned: Mapping[str, Signed] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    wanted: str = ""
    met: bool = False
    trouble: str = ""


def log_state(unit: Unit, policy: Path | None = None, *, keys: Path | None = None) -> LogState:
    """Where a unit's log stands. Raises nothing: what cannot be told is said in `trouble`."""
    size, stored = log.size(unit.db), checkpoints.latest(unit.db)
    if stored is None:
        return LogState(unit.origin, size, trouble="The log was never signed.")
    note, checkpoint = parse_note(stored.note), stored.checkpoint
    try:
        trust = parse_policy(policy_of(unit, policy, keys=keys))
        check_checkpoint(note, (entry.key for entry in trust.logs))
        names = {witness.key: witness.name for witness in trust.witnesses}
        cosigned = {names[each.key]: each for each in check_signatures(note, names)}
    except ReopenError as error:
        return LogState(unit.origin, size, checkpoint, trouble=error.seen)
    return _judged(LogState(unit.origin, size, checkpoint, cosigned), trust)


def _judged(state: LogState, policy: Policy) -> LogState:
    return LogState(
        state.origin,
        state.size,
        state.checkpoint,
        state.cosigned,
        tuple(w.name for w in policy.witnesses if w.name not in state.cosigned),
        policy.wants(),
        policy.satisfied(state.cosigned),
    )


def state_lines(state: LogState) -> tuple[str, ...]:
    """The state in sentences, for the foot of a report."""
    lines = [f"Log {state.origin}: {state.size} entries."]
    if state.checkpoint is not None:
        covered, root = state.checkpoint.size, state.checkpoint.root.hex()
        lines.append(f"Newest signed checkpoint: {covered} entries, root {root}.")
        if covered < state.size:
            lines.append(f"{state.size - covered} entries came after it and are not signed yet.")
    if state.trouble:
        return (*lines, f"Who cosigned cannot be told: {state.trouble}")
    by = [
        f"{name} ({signed.key.name}{f', {moment(signed.time)}' if signed.time else ''})"
        for name, signed in state.cosigned.items()
    ]
    lines.append(f"Cosigned by {', '.join(by) or 'nobody'}; wanted: {state.wanted}.")
    if state.absent:
        lines.append(f"Not cosigned by {', '.join(state.absent)}.")
    if not state.met:
        lines.append("THE POLICY'S QUORUM IS NOT MET.")
    if not state.cosigned:
        lines.append("Without a witness the log proves nothing against whoever holds its keys.")
    return tuple(lines)
