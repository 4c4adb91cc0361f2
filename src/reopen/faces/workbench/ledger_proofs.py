"""Receipts for single records, as files and as QR codes, and a unit's log checked as a whole.

Not here: the checks that a stranger makes with the file alone (`reopen.ledger.verify`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import segno

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.workbench.ledger import newest, read_file
from reopen.ledger import mirror
from reopen.ledger.checkpoint import check_checkpoint
from reopen.ledger.mirror import Copied, Folder, Source, Web
from reopen.ledger.note import Note, parse_note
from reopen.ledger.proof import parse_proof, write_proof
from reopen.ledger.verify import (
    SALT_BYTES,
    Checkpoint,
    Malformed,
    Policy,
    VerifierKey,
    commitment,
    examine,
    examine_bundle,
)
from reopen.records.access import Action
from reopen.records.base import Ref
from reopen.store import check, checkpoints
from reopen.store.check import Verified
from reopen.store.unit import Unit

MOST_QR_BYTES = 2_953  # of a code of version 40 with the least redundancy (ISO/IEC 18004)


def receipt_for(
    unit: Unit, actor: str, ref: Ref, *, purpose: str = "", supervisor: str = ""
) -> bytes:
    """The receipt of a record's current version, with the record inside.

    Raises UnknownName where the actor sees no such record, or no checkpoint covers it yet.
    """
    with unit.reading(actor, purpose=purpose, action=Action.EXPORT, supervisor=supervisor) as view:
        version = view.version(ref)
        if version is None:
            raise UnknownName(
                f"There is no {ref.kind} {ref.id!r} that {actor} may hand out.",
                rule="A receipt holds the record: it needs a grant to export it.",
                way_on="Check kind and id, or ask the unit's lead: reopen access",
            )
    return checkpoints.receipt(unit.db, version.entry)


def growth_since(unit: Unit, old: Checkpoint | None) -> bytes:
    """The proof that the newest checkpoint continues an earlier one, wherever that was kept.

    old  None: what is sent to a witness that has seen no state of the log yet
    """
    new = newest(unit).checkpoint
    if old is not None and old.origin != unit.origin:
        raise InvalidRecord(f"The checkpoint is of {old.origin}; the unit's log is {unit.origin}.")
    if old is not None and old.size > new.size:
        raise InvalidRecord(
            f"The checkpoint is of {old.size} entries; the newest of the unit has {new.size}.",
            rule="A log only grows.",
            way_on="If its signature holds, entries were taken away: keep it as evidence.",
        )
    return checkpoints.growth(unit.db, old.size if old else 0)


# --- QR codes ---


@dataclass(frozen=True)
class Code:
    """A receipt as it stands in a QR code.

    data         a tlog-proof that `verify.py` reads
    with_record  whether the record is inside; else the leaf, which is given with it
    leaf         the entry's leaf data
    """

    data: bytes
    with_record: bool
    leaf: bytes


def code_of(receipt: bytes) -> Code:
    """The receipt, small enough for one code.

    Signatures with ML-DSA-44 (2,420 bytes each) are left out, then the record. Both stay in the
    file; the code proves the same entry.
    """
    proof = parse_proof(receipt)
    if proof.extra is None:
        raise Malformed("The receipt does not hold its record.")
    leaf = commitment(proof.extra[:SALT_BYTES], proof.extra[SALT_BYTES:])
    small = replace(proof, checkpoint=_without_large(proof.checkpoint))
    for shown in (small, replace(small, extra=None)):
        data = write_proof(shown)
        if len(data) <= MOST_QR_BYTES:
            return Code(data, shown.extra is not None, leaf)
    raise InvalidRecord(
        f"The receipt needs {len(data)} bytes; a QR code holds {MOST_QR_BYTES}.",
        way_on="Print the file, or ask for fewer cosignatures in the policy.",
    )


_LARGE = 1000  # bytes: Ed25519 lines have 68 and 76, ML-DSA-44 lines 2,432


def _without_large(note: Note) -> Note:
    small = tuple(line for line in note.signatures if len(line.signature) < _LARGE)
    return replace(note, signatures=small or note.signatures)


def write_code(code: Code, path: Path) -> None:
    """The code as a picture: SVG, PNG, PDF or text, by the file's ending."""
    if path.suffix.lower() not in {".svg", ".png", ".pdf", ".txt"}:
        raise InvalidRecord(
            f"A QR code in {path.name!r}.", rule="The ending says how: .svg, .png, .pdf or .txt."
        )
    made = segno.make_qr(code.data, mode="byte", error="l", boost_error=True)
    try:
        if path.suffix.lower() == ".txt":
            made.save(str(path), border=4)
        else:
            made.save(str(path), scale=4)
    except OSError as error:
        raise InvalidRecord(f"{path} cannot be written: {error.strerror}.") from None


# --- Checking ---


@dataclass(frozen=True)
class UnitChecked:
    """A unit in which rows, files, tiles and log agree, and whose checkpoints are signed.

    signed  kept checkpoints whose signatures by the policy's keys hold; None without a policy
    """

    verified: Verified
    signed: int | None


def check_unit(
    unit: Unit, *, earlier: Sequence[Checkpoint] = (), policy: Policy | None = None
) -> UnitChecked:
    """Check everything a unit holds against its log, and the log against earlier checkpoints.

    Raises LogBroken, NotProven.
    """
    verified = check.verify(unit.db, earlier=earlier)
    if policy is None:
        return UnitChecked(verified, None)
    keys = [entry.key for entry in policy.logs]
    stored = checkpoints.every(unit.db)
    for each in stored:
        check_checkpoint(each.note, keys)
    return UnitChecked(verified, len(stored))


def examined(
    path: Path,
    policy: Policy,
    *,
    old: Checkpoint | None = None,
    leaf: bytes | None = None,
    every_key: bool = False,
) -> list[str]:
    """What holds of a receipt, a consistency proof, a checkpoint, a bundle or a mirror; in words.

    Raises NotProven, Malformed, UnreadableFile.
    """
    if not path.is_dir():
        return examine(read_file(path), policy, old=old, leaf=leaf, every_key=every_key)
    if not (path / "tile").is_dir():
        return examine_bundle(path, policy)
    checkpoint = mirror.check(path, _log_keys(policy), earlier=[old] if old else [])
    lines = examine(read_file(path / "checkpoint"), policy, every_key=every_key)
    return [*lines, "", f"The mirror holds all {checkpoint.size} entries, and they give the root."]


def mirrored(source: str, folder: Path, policy: Policy) -> Copied:
    """Bring a mirror in a folder up to a log elsewhere: a folder, or a web address."""
    is_web = source.startswith(("http://", "https://"))
    place: Source = Web(source) if is_web else Folder(Path(source))
    return mirror.update(place, folder, _log_keys(policy))


def published(unit: Unit, folder: Path, policy: Policy) -> Copied:
    """Show a unit's log in a folder: its newest checkpoint, tiles, and leaves that tell nothing."""
    note = parse_note(newest(unit).note)
    return mirror.publish(folder, note, _log_keys(policy), _leaves_of(unit))


def _leaves_of(unit: Unit) -> mirror.Leaves:
    def leaves(start: int, end: int) -> Sequence[bytes]:
        rows = unit.db.rows(
            "SELECT leaf FROM entry WHERE idx >= ? AND idx < ? ORDER BY idx", (start, end)
        )
        return [bytes(leaf) for (leaf,) in rows]

    return leaves


def _log_keys(policy: Policy) -> list[VerifierKey]:
    return [entry.key for entry in policy.logs]
