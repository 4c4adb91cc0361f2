"""Signed checkpoints (c2sp.org/tlog-checkpoint): a log's state that its keys stand by.

    example.org/cold-cases
    345
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

    — example.org/cold-cases Az3grlgtzPICa5OS8npV...

A log must never sign two checkpoints of which neither begins with the other. Not here: keeping
that promise (`store`), and telling who broke it (`witness`).
"""

from __future__ import annotations

from collections.abc import Iterable

from reopen.ledger.note import Note, Signer, check_signatures, parse_note, sign_note
from reopen.ledger.verify import (
    Checkpoint,
    Malformed,
    NotProven,
    SignatureType,
    Signed,
    VerifierKey,
    parse_checkpoint,
    parse_checkpoint_text,
)

__all__ = [
    "Checkpoint",
    "check_checkpoint",
    "parse_checkpoint",
    "parse_checkpoint_text",
    "sign_checkpoint",
]


def sign_checkpoint(checkpoint: Checkpoint, signers: Iterable[Signer], *, time: int = 0) -> bytes:
    """The checkpoint as a note signed by the log's keys, which bear the log's name.

    time  seconds since 1970, which ML-DSA-44 signatures state; 0 makes no statement
    """
    signers = tuple(signers)
    for signer in signers:
        key = signer.public
        if key.name != checkpoint.origin:
            raise Malformed(
                f"The key {key.name} cannot sign for the log {checkpoint.origin}.",
                rule="A log's keys bear the log's name.",
            )
        if key.type is SignatureType.ED25519_COSIGNATURE:
            raise Malformed(f"The key {key.name} is a witness's, which cannot sign as a log.")
    return bytes(sign_note(checkpoint.text, signers, time=time))


def check_checkpoint(
    note: bytes | Note, keys: Iterable[VerifierKey]
) -> tuple[Checkpoint, tuple[Signed, ...]]:
    """What a note states as a checkpoint, and the signatures by these keys: at least one.

    Raises NotProven when none of the keys signed, or one of their signatures does not hold.
    """
    note = note if isinstance(note, Note) else parse_note(note)
    checkpoint = parse_checkpoint(note)
    signed = check_signatures(note, (key for key in keys if key.name == checkpoint.origin))
    if not signed:
        raise NotProven(f"No known key of the log {checkpoint.origin} signed this checkpoint.")
    return checkpoint, signed
