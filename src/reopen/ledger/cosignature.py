"""Cosignatures (c2sp.org/tlog-cosignature): a witness's word that a log only grew.

Here they are made and gathered. When a witness may give one is decided in `witness`; the message
that is signed, and checking it, is in `verify`.
"""

from __future__ import annotations

from collections.abc import Iterable

from reopen.ledger.note import Note, Signer, parse_note, signed_by, with_signatures
from reopen.ledger.verify import (
    Malformed,
    SignatureLine,
    SignatureType,
    VerifierKey,
    check_signature,
    parse_checkpoint,
)


def cosign(note: bytes | Note, signer: Signer, timestamp: int) -> SignatureLine:
    """A witness's line under a checkpoint. It checks nothing: that is the witness's work.

    timestamp  seconds since 1970; a witness always states it
    """
    note = note if isinstance(note, Note) else parse_note(note)
    parse_checkpoint(note)
    key = signer.public
    if key.type is SignatureType.ED25519:
        raise Malformed(
            f"The key {key.name} signs as a log and cannot cosign.",
            way_on="Make a witness's key of its own: ed25519-cosignature or ml-dsa-44.",
        )
    if timestamp <= 0:
        raise Malformed(f"A cosignature with the time {timestamp}.", rule="A witness states when.")
    return signed_by(signer, note.text, time=timestamp)


def with_cosignatures(
    note: bytes | Note, lines: Iterable[SignatureLine], keys: Iterable[VerifierKey]
) -> Note:
    """The note with those of the lines that are by these keys; others are ignored.

    Raises NotProven when a line in the name of one of these keys does not hold.
    """
    note = note if isinstance(note, Note) else parse_note(note)
    known = {(key.name, key.id): key for key in keys}
    taken = []
    for line in lines:
        key = known.get((line.name, line.key_id))
        if key is not None:
            check_signature(key, note.text, line.signature)
            taken.append(line)
    return with_signatures(note, taken)
