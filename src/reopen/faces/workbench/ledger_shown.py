"""What the commands of the log say: as text, and as plain values for JSON.

Not here: what a stranger's check says (`reopen.ledger.verify`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reopen.faces.workbench.ledger import Witnessing
from reopen.faces.workbench.ledger_proofs import UnitChecked
from reopen.ledger.keys import SigningKey
from reopen.ledger.mirror import Copied
from reopen.ledger.verify import Checkpoint, Policy, VerifierKey
from reopen.ledger.witness_http import Said

Plain = Mapping[str, object]

_SAYINGS = {
    Said.COSIGNED: "cosigned",
    Said.INCONSISTENT: "INCONSISTENT",
    Said.REFUSED: "refused",
    Said.NO_ANSWER: "no answer (which says nothing about the log)",
}


def keys_plain(keys: Sequence[SigningKey], folder: Path) -> Plain:
    return {"folder": str(folder), "keys": [_key_plain(key.public) for key in keys]}


def keys_text(keys: Sequence[SigningKey], folder: Path, policy: str = "") -> str:
    """The public lines of keys, and what to do with them."""
    lines = [f"Keys of {keys[0].name}, in {folder}", ""]
    lines += [f"{key.public.type}, id {key.public.id.hex()}\n{key.public}\n" for key in keys]
    if policy:
        lines.append(f"The policy {policy} names them: hand it to those who will check the log.")
    lines.append("Keep a copy of the folder where nobody who can change the unit can reach it.")
    return "\n".join(lines)


def _key_plain(key: VerifierKey) -> Plain:
    return {"name": key.name, "type": str(key.type), "id": key.id.hex(), "vkey": str(key)}


def witnessing_plain(made: Witnessing) -> Plain:
    return {
        **checkpoint_plain(made.stored.checkpoint),
        "number": made.stored.number,
        "cosigned": list(made.cosigned),
        "asked": {
            name: {"said": reply.said.value, "why": reply.why, "size": reply.size}
            for name, reply in made.replies.items()
        },
        "not_asked": list(made.unasked),
        "quorum": made.policy.wants(),
        "quorum_met": made.met,
    }


def witnessing_text(made: Witnessing) -> str:
    """A checkpoint, who cosigned it, and what the other witnesses said."""
    checkpoint = made.stored.checkpoint
    by = ", ".join(made.cosigned) or "nobody"
    lines = [
        f"Checkpoint {made.stored.number} of {checkpoint.origin}: {checkpoint.size} entries",
        f"root {checkpoint.root.hex()}",
        "",
        f"Cosigned by {by}; wanted: {made.policy.wants()}{'' if made.met else '. NOT MET'}.",
    ]
    for name, reply in made.replies.items():
        if reply.said is not Said.COSIGNED:
            lines.append(f"  {name}: {_SAYINGS[reply.said]}: {reply.why}")
        if reply.said is Said.INCONSISTENT:
            lines.append(
                "    It showed a checkpoint that this log's own key signed."
                if reply.evidence
                else "    It showed no checkpoint that this log signed: its word stands alone."
            )
    for name in made.unasked:
        lines.append(f"  {name}: not asked, since the policy has no address")
    if not made.cosigned:
        lines += ["", "Without a witness the log proves nothing against whoever holds its keys."]
    return "\n".join(lines)


def checkpoint_plain(checkpoint: Checkpoint) -> Plain:
    return {
        "origin": checkpoint.origin,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
    }


def copied_plain(copied: Copied) -> Plain:
    return {**checkpoint_plain(copied.checkpoint), "before": copied.before}


def copied_text(copied: Copied, folder: Path) -> str:
    log = copied.checkpoint
    return (
        f"The mirror of {log.origin} in {folder} holds {log.size} entries, "
        f"{log.size - copied.before} of them new; they give the root that the log signed."
    )


def unit_checked_plain(checked: UnitChecked) -> Plain:
    verified = checked.verified
    return {
        "holds": True,
        "entries": verified.size,
        "root": verified.root.hex(),
        "expunged": verified.expunged,
        "files": verified.files,
        "checkpoints": verified.checkpoints,
        "checkpoints_signed": checked.signed,
    }


def unit_checked_text(checked: UnitChecked, earlier: int) -> str:
    """What holds of a whole unit, and what only others can say."""
    verified = checked.verified
    signed = (
        "Whose signatures they bear was not checked: name a policy."
        if checked.signed is None
        else f"All {checked.signed} kept checkpoints are signed by the log's keys."
    )
    lines = [
        f"HOLDS: {verified.size} entries, {verified.files} files; rows say what entries say.",
        f"root {verified.root.hex()}",
        f"{verified.checkpoints} checkpoints are of this log, {earlier} of them kept elsewhere.",
        signed,
    ]
    if verified.expunged:
        lines.append(f"{verified.expunged} entries were expunged by order; the log says by whom.")
    if not earlier:
        lines.append(
            "No checkpoint from elsewhere was named (--old): whoever holds the keys could have "
            "rewritten the unit as a whole. A witness, a mirror or an old receipt tells."
        )
    return "\n".join(lines)


def policy_plain(policy: Policy) -> Plain:
    return {
        "logs": [{**_key_plain(log.key), "url": log.url} for log in policy.logs],
        "witnesses": [
            {"as": witness.name, **_key_plain(witness.key), "url": witness.url}
            for witness in policy.witnesses
        ],
        "groups": [
            {"name": group.name, "threshold": group.threshold, "members": list(group.members)}
            for group in policy.groups
        ],
        "quorum": policy.quorum,
        "wants": policy.wants(),
    }


def policy_text(policy: Policy) -> str:
    """A policy in words."""
    lines = ["Logs"]
    lines += [f"  {_told(log.key)} {log.url}".rstrip() for log in policy.logs] or ["  none"]
    lines += ["Witnesses"]
    lines += [
        f"  {witness.name}: {_told(witness.key)} {witness.url}".rstrip()
        for witness in policy.witnesses
    ] or ["  none"]
    lines += [f"A checkpoint counts when the log signed it and it is cosigned by {policy.wants()}."]
    names = [witness.key.name for witness in policy.witnesses]
    for name in sorted({name for name in names if names.count(name) > 1}):
        lines.append(f"{name} has several keys here: put them into one group of threshold 1.")
    return "\n".join(lines)


def _told(key: VerifierKey) -> str:
    return f"{key.name}, {key.type} key {key.id.hex()}"


def remembered_plain(logs: Mapping[str, Checkpoint | None]) -> Plain:
    return {name: at and checkpoint_plain(at) for name, at in logs.items()}


def remembered_text(logs: Mapping[str, Checkpoint | None]) -> str:
    lines: Iterable[str] = (
        f"{name}: {'never cosigned' if at is None else f'{at.size} entries, root {at.root.hex()}'}"
        for name, at in logs.items()
    )
    return "\n".join(lines) or "It vouches for no log yet: reopen ledger witness trust"
