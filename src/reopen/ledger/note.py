"""Signing text (c2sp.org/signed-note): a text, an empty line, and one line per signature.

Not here: reading and checking signed notes (`verify`), and the keys (`keys`).
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

from reopen.ledger.verify import (
    Malformed,
    Note,
    SignatureLine,
    VerifierKey,
    check_signatures,
    parse_note,
    parse_signature_line,
    signed_message,
)

__all__ = [
    "Note",
    "SignatureLine",
    "Signer",
    "check_signatures",
    "parse_note",
    "parse_signature_line",
    "sign_note",
    "signed_by",
    "with_signatures",
]


class Signer(Protocol):
    """What can sign a note: a key in a file, or a device that does not give its key away."""

    @property
    def public(self) -> VerifierKey:
        """The key that verifiers know."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over the bytes of a message."""
        ...


def sign_note(text: str, signers: Iterable[Signer], *, time: int = 0) -> Note:
    """The text, signed by all signers.

    time  seconds since 1970, for signatures that state one; 0 makes no statement
    """
    if not text.endswith("\n") or any(c < " " and c != "\n" for c in text):
        raise Malformed(f"{text!r} cannot be signed.", rule="Plain lines, each with its newline.")
    lines = tuple(signed_by(signer, text, time=time) for signer in signers)
    if not lines:
        raise Malformed("A note without signers.", way_on="Make a key first.")
    return Note(text, lines)


def signed_by(signer: Signer, text: str, *, time: int = 0) -> SignatureLine:
    """A signer's line under a note."""
    key = signer.public
    stamp = struct.pack(">Q", time) if key.type.states_time else b""
    signature = signer.sign(signed_message(key, text, time))
    return SignatureLine(key.name, key.id, stamp + signature)


def with_signatures(note: Note, lines: Iterable[SignatureLine]) -> Note:
    """The note with further signatures; those it has stay, and none stands twice."""
    return replace(note, signatures=tuple(dict.fromkeys((*note.signatures, *lines))))
