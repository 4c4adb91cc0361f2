"""A unit's log for commands: its keys, its checkpoints, and who cosigned them.

Keys lie in a folder beside the unit's file, or elsewhere: best on a medium that whoever can change
the unit's file cannot reach. Not here: receipts (`ledger_proofs`), being a witness for others
(`ledger_witness`), and the log's own arithmetic and formats (`reopen.ledger`).
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from reopen.errors import NotAllowed, UnknownName, UnreadableFile, Where
from reopen.ledger import tiles
from reopen.ledger.cosignature import with_cosignatures
from reopen.ledger.keys import KINDS, Kind, SigningKey, read_key, write_key
from reopen.ledger.note import Note, parse_note
from reopen.ledger.policy import EMPTY, with_log
from reopen.ledger.verify import (
    Malformed,
    Policy,
    VerifierKey,
    parse_policy,
    parse_signature_line,
)
from reopen.ledger.witness_http import Reply, Said, ask
from reopen.records.organisation import CheckpointSeen, KeyChange
from reopen.records.times import Interval
from reopen.store import checkpoints, log
from reopen.store.checkpoints import StoredCheckpoint
from reopen.store.database import is_server
from reopen.store.unit import Unit

KEYS = "REOPEN_KEYS"
"""The environment variable that names the folder with a unit's keys, where a command does not."""

LOG_KINDS: tuple[Kind, ...] = ("ed25519", "ml-dsa-44")
POLICY = "policy.txt"


# --- Keys ---


def key_folder(unit: Unit, given: Path | None = None) -> Path:
    """Where a unit's keys lie: as given, else as the environment says, else beside its file."""
    said = given or (Path(os.environ[KEYS]) if os.environ.get(KEYS) else None)
    if said is not None:
        return said
    if is_server(unit.where):
        raise UnreadableFile(
            "It is not said where the unit's keys are.",
            rule="Keys never lie in the database that they vouch for.",
            way_on=f"Name their folder: --keys DIR, or the environment variable {KEYS}.",
        )
    return Path(f"{unit.where}.keys")


def signers_of(unit: Unit, given: Path | None = None) -> tuple[SigningKey, ...]:
    """The keys that sign for a unit's log. Raises UnreadableFile where there are none."""
    folder = key_folder(unit, given)
    keys = tuple(_keys_in(folder))
    for key in keys:
        if key.name != unit.origin:
            raise UnreadableFile(
                f"These are the keys of {key.name}, not of {unit.origin}.",
                way_on="Name the folder of this unit's keys: --keys DIR",
                where=Where(str(folder)),
            )
    if not keys:
        raise UnreadableFile(
            "There are no keys that sign for this unit.",
            way_on=f"Make them once: reopen ledger keys {unit.where}",
            where=Where(str(folder)),
        )
    return keys


def _keys_in(folder: Path) -> Iterator[SigningKey]:
    for kind in KINDS:
        path = folder / f"{kind}.key"
        if path.exists():
            yield read_key(path)


def make_keys(unit: Unit, actor: str, given: Path | None = None) -> tuple[SigningKey, ...]:
    """Make the unit's keys that are missing, and the policy that names them; all of its keys.

    Each new key is entered in the log, so that a key that was changed later is seen.
    """
    folder = key_folder(unit, given)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    have = {key.kind for key in _keys_in(folder)}
    for kind in LOG_KINDS:
        if kind not in have:
            key = SigningKey.generate(kind, unit.origin)
            write_key(key, folder / f"{kind}.key")
            try:
                _enter_key(unit, actor, key.public)
            except BaseException:  # a key that the log does not know never signs for it
                (folder / f"{kind}.key").unlink()
                raise
    keys = signers_of(unit, given)
    policy = folder / POLICY
    if not policy.exists():
        data = EMPTY
        for key in keys:
            data = with_log(data, key.public)
        policy.write_bytes(data)
    return keys


def _enter_key(unit: Unit, actor: str, key: VerifierKey) -> None:
    change = KeyChange(
        id=f"key-{key.id.hex()}",
        what=f"signing key of the log ({key.type}, id {key.id.hex()})",
        at=Interval.at(unit.clock()),
        by=actor,
        note=str(key),
    )
    with unit.writing(actor, purpose="keys of the log") as writer:
        writer.put(change)


def approve_keys(unit: Unit, actor: str, ids: Sequence[str] = ()) -> tuple[KeyChange, ...]:
    """Approve changes of keys that somebody else made; without ids, all that wait for it.

    Raises NotAllowed for one's own, UnknownName for an id that no change of keys has.
    """
    with unit.reading(actor, purpose="approval of keys") as reader:
        held = {each.record.id: each for each in reader.listing(KeyChange.KIND)}
    changes = {
        id: each.record for id, each in held.items() if isinstance(each.record, KeyChange)
    }  # fmt: skip
    for id in ids:
        if id not in changes:
            raise UnknownName(
                f"No change of keys is called {id!r}.", rule=f"There are: {', '.join(changes)}."
            )
    waiting = [changes[id] for id in ids] if ids else list(changes.values())
    waiting = [change for change in waiting if change.approved_by is None]
    for change in waiting:
        if change.by == actor:
            raise NotAllowed(
                f"{actor} made the change {change.id}.",
                rule="A key is approved by somebody who did not bring it.",
                way_on="Let another actor of the unit approve it: --as NAME",
            )
    approved = tuple(replace(change, approved_by=actor) for change in waiting)
    with unit.writing(actor, purpose="approval of keys", reason="seen by a second person") as kept:
        for change in approved:
            kept.put(change, at_version=held[change.id].version)
    return approved


def policy_of(unit: Unit, given: Path | None = None, *, keys: Path | None = None) -> bytes:
    """The policy to ask by: the file given, else the one beside the unit's keys."""
    path = given or key_folder(unit, keys) / POLICY
    if given is None and not path.exists():
        raise UnreadableFile(
            "There is no policy beside the unit's keys.",
            rule="The policy names the keys that sign the log, and the witnesses asked.",
            way_on=f"Make the keys and it once: reopen ledger keys {unit.where}",
            where=Where(str(path)),
        )
    return read_file(path)


def read_file(path: Path) -> bytes:
    """A file's bytes. Raises UnreadableFile."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"It cannot be read: {error.strerror}.", where=Where(str(path))
        ) from None


def read_policy(path: Path) -> Policy:
    """A policy from its file. Raises UnreadableFile, Malformed."""
    try:
        return parse_policy(read_file(path))
    except Malformed as error:
        raise error.at(Where(str(path))) from None


# --- Checkpoints ---


@dataclass(frozen=True)
class Witnessing:
    """A checkpoint, and what its witnesses said.

    replies   by the witnesses' names in the policy, of those that were asked
    cosigned  names of the witnesses whose cosignatures it has
    unasked   the others: witnesses without an address, that have not cosigned
    """

    stored: StoredCheckpoint
    policy: Policy
    replies: Mapping[str, Reply]
    cosigned: tuple[str, ...]
    unasked: tuple[str, ...]

    @property
    def met(self) -> bool:
        return self.policy.satisfied(self.cosigned)

    @property
    def accused(self) -> bool:
        """Whether a witness remembers another history of this log."""
        return any(reply.said is Said.INCONSISTENT for reply in self.replies.values())


def sign_and_ask(
    unit: Unit,
    actor: str,
    signers: Sequence[SigningKey],
    policy: Policy,
    *,
    timeout_seconds: float = 10.0,
) -> Witnessing:
    """Sign the log as it stands, keep the checkpoint, and ask the policy's witnesses to cosign.

    What they said is entered in the log, told apart: consistent, inconsistent, no answer.
    """
    stored = checkpoints.make(unit.db, signers, unit.clock())
    replies = {}
    for url, names in _addresses(policy, stored).items():
        keys = [witness.key for witness in policy.witnesses if witness.name in names]
        reply = _ask(unit, url, keys, signers, stored, timeout_seconds)
        stored = checkpoints.add_signatures(unit.db, stored.number, reply.lines, unit.clock())
        for name in names:
            replies[name] = reply
    if replies:
        with unit.writing(actor, purpose="asking witnesses to cosign") as writer:
            writer.put_many(_seen(unit, stored, name, reply) for name, reply in replies.items())
    return witnessing(stored, policy, replies)


def witnessing(
    stored: StoredCheckpoint, policy: Policy, replies: Mapping[str, Reply]
) -> Witnessing:
    """Who of a policy's witnesses has cosigned a checkpoint."""
    note = parse_note(stored.note)
    cosigned = tuple(w.name for w in policy.witnesses if _has_signed(note, w.key))
    rest = tuple(w.name for w in policy.witnesses if w.name not in {*cosigned, *replies})
    return Witnessing(stored, policy, replies, cosigned, rest)


def _addresses(policy: Policy, stored: StoredCheckpoint) -> dict[str, list[str]]:
    """Names of the witnesses still to be asked, by their address: a witness may have two keys."""
    note = parse_note(stored.note)
    found: dict[str, list[str]] = {}
    for witness in policy.witnesses:
        if witness.url and not _has_signed(note, witness.key):
            found.setdefault(witness.url, []).append(witness.name)
    return found


def _has_signed(note: Note, key: VerifierKey) -> bool:
    return any(line.is_by(key) for line in note.signatures)


def _ask(
    unit: Unit,
    url: str,
    keys: Sequence[VerifierKey],
    signers: Sequence[SigningKey],
    stored: StoredCheckpoint,
    timeout_seconds: float,
) -> Reply:
    size = stored.checkpoint.size
    tree = log.Tiles(unit.db)
    return ask(
        url,
        keys,
        parse_note(stored.note),
        lambda old: tiles.consistency_proof(tree, old, size),
        log_keys=[signer.public for signer in signers],
        remembered=_remembered(unit, keys, size),
        timeout_seconds=timeout_seconds,
    )


def _remembered(unit: Unit, keys: Sequence[VerifierKey], size: int) -> int:
    """The size that a witness last cosigned, as far as the unit has kept it."""
    for stored in reversed(checkpoints.every(unit.db)):
        note = parse_note(stored.note)
        if stored.checkpoint.size <= size and any(_has_signed(note, key) for key in keys):
            return stored.checkpoint.size
    return 0


_ANSWERS = {Said.COSIGNED: "consistent", Said.INCONSISTENT: "inconsistent"}


def _seen(unit: Unit, stored: StoredCheckpoint, name: str, reply: Reply) -> CheckpointSeen:
    checkpoint = stored.checkpoint
    return CheckpointSeen(
        id=f"seen-{checkpoint.size}-{name}-{secrets.token_hex(4)}",
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root.hex(),
        at=Interval.at(unit.clock()),
        held_by=name,
        answer=_ANSWERS.get(reply.said, "no answer"),
        cosigned=reply.said is Said.COSIGNED,
    )


def add_answer(unit: Unit, answer: bytes, policy: Policy) -> Witnessing:
    """Keep cosignatures of the newest checkpoint that came by another way than the network.

    Raises UnreadableFile where no line is by a witness of the policy, NotProven where one fails.
    """
    stored = newest(unit)
    text = answer.decode(errors="replace").strip("\n")
    note = parse_note(stored.note)
    lines = [parse_signature_line(line) for line in text.split("\n")]
    signed = with_cosignatures(note, lines, [witness.key for witness in policy.witnesses])
    if signed == note:
        raise UnreadableFile(
            "No line of the answer is by a witness of the policy that has not cosigned yet.",
            rule="A witness's answer has one line per key: a dash, its name, its cosignature.",
        )
    stored = checkpoints.add_signatures(unit.db, stored.number, signed.signatures, unit.clock())
    return witnessing(stored, policy, {})


def newest(unit: Unit) -> StoredCheckpoint:
    """The newest checkpoint that the unit keeps. Raises UnreadableFile where there is none."""
    stored = checkpoints.latest(unit.db)
    if stored is None:
        raise UnreadableFile(
            "The unit's log has no checkpoint yet.",
            way_on=f"Sign one: reopen ledger checkpoint {unit.where}",
        )
    return stored
