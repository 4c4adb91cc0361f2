"""Writing bundles: a folder that a stranger checks with `verify.py FOLDER --policy policy.txt`.

What the folder holds beside its records is the caller's. Checking is in `verify`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from reopen.ledger.note import Signer, sign_note
from reopen.ledger.verify import (
    BUNDLE_CHECKPOINT,
    BUNDLE_ENTRIES,
    BUNDLE_HEADER,
    MANIFEST,
    MANIFEST_NOTE,
    manifest_text,
    parse_checkpoint,
)

__all__ = ["given_line", "kept_back_line", "verifier", "write_bundle"]

VERIFIER = "verify.py"


def given_line(index: int, proof: Sequence[bytes], salt: bytes, body: bytes) -> str:
    """An entry whose record is given."""
    return _line(index, proof, {"salt": _base64(salt), "body": body.decode()})


def kept_back_line(index: int, proof: Sequence[bytes], leaf: bytes, reason: str) -> str:
    """An entry whose record is kept back: that it stands in the log can still be checked."""
    return _line(index, proof, {"leaf": _base64(leaf), "reason": reason})


def _line(index: int, proof: Sequence[bytes], rest: Mapping[str, str]) -> str:
    line = {"index": index, "proof": [_base64(hash) for hash in proof], **rest}
    return json.dumps(line, ensure_ascii=False) + "\n"


def verifier() -> bytes:
    """The stand-alone verifier's own source."""
    return files("reopen.ledger").joinpath(VERIFIER).read_bytes()


def write_bundle(
    folder: Path,
    checkpoint: bytes,
    lines: Iterable[str],
    *,
    signers: Iterable[Signer],
    says: Mapping[str, str | int],
    time: int = 0,
) -> None:
    """Complete a folder: entries, checkpoint, verifier, and the signed list of all its files.

    folder  with whatever else belongs to the bundle already in it
    says    what the manifest says of it: case, purpose, who made it and when
    """
    with (folder / BUNDLE_ENTRIES).open("w", encoding="utf-8", newline="") as entries:
        entries.writelines(lines)
    (folder / BUNDLE_CHECKPOINT).write_bytes(checkpoint)
    (folder / VERIFIER).write_bytes(verifier())
    origin = parse_checkpoint(checkpoint).origin
    manifest = {"bundle": BUNDLE_HEADER, "log": origin, **says, "files": _hashes(folder)}
    data = (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode()
    (folder / MANIFEST).write_bytes(data)
    note = sign_note(manifest_text(origin, data), signers, time=time)
    (folder / MANIFEST_NOTE).write_bytes(bytes(note))


def _hashes(folder: Path) -> dict[str, str]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in paths
        if path.relative_to(folder).as_posix() not in (MANIFEST, MANIFEST_NOTE)
    }


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
