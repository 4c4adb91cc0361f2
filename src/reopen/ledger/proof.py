"""Writing receipts (c2sp.org/tlog-proof) and proofs that a log only grew.

A receipt holds, as its extra data, the entry's salt and body, so that a stranger can check the
record itself with `verify.py` and needs nothing else. Reading and checking is in `verify`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from reopen.ledger.verify import (
    PROOF_HEADER,
    SALT_BYTES,
    Growth,
    Malformed,
    Note,
    Proof,
    parse_growth,
    parse_note,
    parse_proof,
)

__all__ = [
    "Growth",
    "Proof",
    "parse_growth",
    "parse_proof",
    "write_growth",
    "write_proof",
    "write_receipt",
]


def write_receipt(
    index: int, hashes: Sequence[bytes], checkpoint: bytes | Note, *, salt: bytes, body: bytes
) -> bytes:
    """A tlog-proof for entry `index` with the entry's salt and body inside."""
    if len(salt) != SALT_BYTES:
        raise Malformed(f"A salt of {len(salt)} bytes.", rule=f"A salt has {SALT_BYTES} bytes.")
    note = checkpoint if isinstance(checkpoint, Note) else parse_note(checkpoint)
    return write_proof(Proof(index, tuple(hashes), note, salt + body))


def write_proof(proof: Proof) -> bytes:
    """A tlog-proof as a file."""
    extra = [] if proof.extra is None else [f"extra {_base64(proof.extra)}"]
    lines = [PROOF_HEADER, *extra, f"index {proof.index}", *map(_base64, proof.hashes)]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + bytes(proof.checkpoint)


def write_growth(growth: Growth) -> bytes:
    """A consistency proof with its checkpoint: what a witness is sent, and what a reader keeps."""
    lines = [f"old {growth.old}", *map(_base64, growth.hashes)]
    return "".join(f"{line}\n" for line in lines).encode() + b"\n" + bytes(growth.checkpoint)


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
