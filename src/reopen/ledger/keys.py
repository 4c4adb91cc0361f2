"""Keys that sign: made, kept in files that only their owner reads, and named.

A key signs in one way only: as a log or as a witness with Ed25519, or as either with ML-DSA-44,
which is safe from quantum computers too. Not here: what is signed (`checkpoint`, `cosignature`).
"""

from __future__ import annotations

import os
from base64 import b64encode
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from reopen.errors import InvalidRecord, UnreadableFile, Where
from reopen.ledger.verify import (
    Malformed,
    SignatureType,
    VerifierKey,
    base64_bytes,
    is_key_name,
    parse_vkey,
)

__all__ = ["KINDS", "Kind", "SigningKey", "parse_vkey", "read_key", "write_key"]

Kind = Literal["ed25519", "ed25519-cosignature", "ml-dsa-44"]
KINDS: dict[Kind, SignatureType] = {
    "ed25519": SignatureType.ED25519,
    "ed25519-cosignature": SignatureType.ED25519_COSIGNATURE,
    "ml-dsa-44": SignatureType.ML_DSA_44,
}
SEED_BYTES = 32
_HEADER = "reopen signing key, version 1"
_WARNING = "Whoever reads this file can sign in this name. Never send it; send the public line."


@dataclass(frozen=True)
class SigningKey:
    """A private key: 32 random bytes, from which its scheme derives the rest."""

    name: str
    kind: Kind
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidRecord(f"{self.kind!r} is no kind of key.", rule=", ".join(KINDS))
        if len(self.seed) != SEED_BYTES:
            raise InvalidRecord(f"A private key of {len(self.seed)} bytes.", rule="It has 32.")
        if not is_key_name(self.name):
            raise InvalidRecord(
                f"{self.name!r} cannot name a key.",
                rule="No spaces and no plus sign; best a web address without its https://.",
            )

    @classmethod
    def generate(cls, kind: Kind, name: str) -> SigningKey:
        """A new key. The name should be a web address without its scheme, as a log's origin."""
        return cls(name, kind, os.urandom(SEED_BYTES))

    @cached_property
    def public(self) -> VerifierKey:
        """The key that verifiers know; as text, its line in a policy."""
        return VerifierKey(
            self.name, KINDS[self.kind], self._private.public_key().public_bytes_raw()
        )

    def sign(self, message: bytes) -> bytes:
        """The signature over the bytes of a message."""
        return self._private.sign(message)

    @cached_property
    def _private(self) -> Ed25519PrivateKey | MLDSA44PrivateKey:
        if self.kind != "ml-dsa-44":
            return Ed25519PrivateKey.from_private_bytes(self.seed)
        try:
            return MLDSA44PrivateKey.from_seed_bytes(self.seed)
        except UnsupportedAlgorithm:
            raise InvalidRecord(
                "ML-DSA-44 is not in the cryptographic library of this computer.",
                way_on="Install the `cryptography` package from its wheels, which bring it.",
            ) from None


def write_key(key: SigningKey, path: Path) -> None:
    """Keep a key in a new file that only its owner can read. A file that exists is not touched."""
    text = (
        f"{_HEADER}\n{_WARNING}\n\nkind: {key.kind}\nname: {key.name}\n"
        f"private: {b64encode(key.seed).decode()}\npublic: {key.public}\n"
    )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise UnreadableFile(
            "A file of this name exists already; a key is never overwritten.",
            way_on="Choose another name.",
            where=Where(str(path)),
        ) from None
    except OSError as error:
        raise UnreadableFile(
            f"The key cannot be written: {error.strerror}.", where=Where(str(path))
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def read_key(path: Path) -> SigningKey:
    """A key from its file. A file that others can read is refused, for they can sign too."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"The key cannot be read: {error}.", where=Where(str(path))) from None
    if os.name == "posix" and mode & 0o077:
        raise UnreadableFile(
            f"Others can read this key: its mode is {mode & 0o777:o}.",
            rule="Only its owner may read a private key.",
            way_on=f"chmod 600 {path}; and make a new key if others may have had it.",
            where=Where(str(path)),
        )
    try:
        return _parsed(text)
    except Malformed as error:
        raise error.at(Where(str(path))) from None


def _parsed(text: str) -> SigningKey:
    lines = text.split("\n")
    fields = dict(line.split(": ", 1) for line in lines[3:] if ": " in line)
    if lines[0] != _HEADER or set(fields) != {"kind", "name", "private", "public"}:
        raise Malformed("Not a key file.", rule=f"Its first line is {_HEADER!r}.")
    kind = next((kind for kind in KINDS if kind == fields["kind"]), None)
    if kind is None:
        raise Malformed(f"A key of the unknown kind {fields['kind']!r}.", rule=", ".join(KINDS))
    key = SigningKey(fields["name"], kind, base64_bytes(fields["private"], "The private key"))
    if str(key.public) != fields["public"]:
        raise Malformed(
            "The private and the public key of the file are not a pair.",
            way_on="The file was altered. Use a copy of it, or make a new key.",
        )
    return key
