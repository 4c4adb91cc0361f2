"""Checks what a log hands out: receipts, checkpoints and signatures. One file that runs alone.

    python verify.py receipt.tlog-proof --policy policy.txt

Copy this file anywhere; it needs Python 3.11 and the library `cryptography` (from version 47 on,
for ML-DSA-44). Every check either returns or raises, so that no caller can forget to look.

Formats: RFC 6962 and 9162 (Merkle trees); c2sp.org/signed-note, tlog-checkpoint,
tlog-cosignature, tlog-policy and tlog-proof. Not here: anything that signs, keeps or sends.
"""

from __future__ import annotations

import argparse
import binascii
import json
import re
import struct
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from textwrap import wrap

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if __package__:  # within reopen: one family of errors
    from reopen.errors import ReopenError
else:  # alone: the same words

    class ReopenError(Exception):  # type: ignore[no-redef]
        """What was seen, the rule it breaks, and the way on."""

        def __init__(self, seen: str, *, rule: str = "", way_on: str = "") -> None:
            self.seen, self.rule, self.way_on = seen, rule, way_on
            super().__init__("\n".join(part for part in (seen, rule, way_on) if part))


class Malformed(ReopenError):
    """Bytes that are not of the form they should have; nothing can be said about them."""


class MalformedSignature(Malformed):
    """A signature line that cannot be read, under a text that can."""


class NotProven(ReopenError):
    """A proof, signature or quorum of the right form that does not hold."""


# --- Merkle trees (RFC 6962, section 2.1) ---

HASH_BYTES = 32
SALT_BYTES = 32
EMPTY_ROOT = sha256().digest()
MOST_HASHES = 63  # of a proof: a tree has fewer than 2**63 leaves


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf: SHA-256 of 0x00 and its data."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256 of 0x01 and its children's hashes."""
    return sha256(b"\x01" + left + right).digest()


def commitment(salt: bytes, body: bytes) -> bytes:
    """A leaf's data: it fixes the body, and tells nothing of it to those without the salt."""
    if len(salt) != SALT_BYTES:
        raise Malformed(f"A salt of {len(salt)} bytes.", rule=f"A salt has {SALT_BYTES} bytes.")
    return sha256(b"reopen/leaf/v1\n" + salt + body).digest()


def check_inclusion(
    index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """That the leaf with hash `leaf` stands at `index` in the tree of `size` leaves with `root`.

    Source: RFC 9162, section 2.1.3.2.
    """
    _refuse_odd_hashes(leaf, root, *proof)
    if not 0 <= index < size:
        raise NotProven(f"Entry {index} of a log of {size} entries.", rule="There is none such.")
    at, last = index, size - 1
    for hash_ in proof:
        if not last:
            raise NotProven(f"The inclusion proof is too long: {len(proof)} hashes.")
        if at & 1 or at == last:
            leaf = node_hash(hash_, leaf)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            leaf = node_hash(leaf, hash_)
        at, last = at >> 1, last >> 1
    if last:
        raise NotProven(f"The inclusion proof is too short: {len(proof)} hashes.")
    if leaf != root:
        raise NotProven(
            f"The proof for entry {index} leads to another root than the checkpoint's.",
            rule="The entry is not in this log as the checkpoint states it.",
        )


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """That the tree of `new` leaves begins with the tree of `old` leaves, 1 <= old <= new.

    The empty tree is every tree's beginning and needs no proof: callers settle old = 0.
    Source: RFC 9162, section 2.1.4.2.
    """
    _refuse_odd_hashes(old_root, new_root, *proof)
    if not 1 <= old <= new:
        raise NotProven(f"From {old} to {new} entries: no log grows so.")
    if old == new:
        if proof:
            raise NotProven("A proof of hashes between two checkpoints of one size.")
        _refuse_fork(old_root == new_root, old, new)
        return
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    if not path:
        raise NotProven("The consistency proof is empty.")
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    from_old = from_new = path[0]
    for hash_ in path[1:]:
        if not last:
            raise NotProven(f"The consistency proof is too long: {len(proof)} hashes.")
        if at & 1 or at == last:
            from_old, from_new = node_hash(hash_, from_old), node_hash(hash_, from_new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            from_new = node_hash(from_new, hash_)
        at, last = at >> 1, last >> 1
    if last:
        raise NotProven(f"The consistency proof is too short: {len(proof)} hashes.")
    _refuse_fork(from_old == old_root and from_new == new_root, old, new)


def _refuse_fork(agree: bool, old: int, new: int) -> None:
    if not agree:
        raise NotProven(
            f"The log of {new} entries is not shown to begin with the log of {old} entries.",
            rule="A log only grows. Entries may have been changed, removed or put in between.",
            way_on="Keep both checkpoints: together they are evidence.",
        )


def _refuse_odd_hashes(*hashes: bytes) -> None:
    for hash_ in hashes:
        if len(hash_) != HASH_BYTES:
            raise Malformed(f"A hash of {len(hash_)} bytes.", rule="SHA-256 gives 32 bytes.")


# --- Text forms ---


def base64_bytes(text: str, what: str) -> bytes:
    """Standard base64, only as it would be written."""
    try:
        data = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        data = b""
    if not data or b64encode(data).decode() != text:
        raise Malformed(f"{what} is not base64: {_short(text)!r}.")
    return data


def base64_hash(text: str, what: str) -> bytes:
    data = base64_bytes(text, what)
    if len(data) != HASH_BYTES:
        raise Malformed(f"{what} has {len(data)} bytes: {_short(text)!r}.", rule="A hash has 32.")
    return data


def decimal(text: str, what: str) -> int:
    """A number from 0 to 2**63 - 1 in plain ASCII digits, without leading zeroes."""
    if not re.fullmatch(r"0|[1-9][0-9]{0,18}", text) or int(text) >= 1 << 63:
        raise Malformed(f"{what} is not a number: {_short(text)!r}.")
    return int(text)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


# --- Keys and signatures (signed-note, tlog-cosignature) ---


class SignatureType(IntEnum):
    """The byte that names how a key signs; it is part of the key's identity."""

    ED25519 = 0x01  # a log's, over the text of the note
    ED25519_COSIGNATURE = 0x04  # a witness's, with the time
    ML_DSA_44 = 0x06  # a log's or a witness's, with the time, over origin, size and root

    @property
    def states_time(self) -> bool:
        """Whether eight bytes with the time stand before the signature."""
        return self is not SignatureType.ED25519

    def __str__(self) -> str:
        return _NAMES[self]


_NAMES = {
    SignatureType.ED25519: "Ed25519",
    SignatureType.ED25519_COSIGNATURE: "Ed25519 cosignature",
    SignatureType.ML_DSA_44: "ML-DSA-44",
}
_PUBLIC_BYTES = {
    SignatureType.ED25519: 32,
    SignatureType.ED25519_COSIGNATURE: 32,
    SignatureType.ML_DSA_44: 1312,
}

# Points of order 1, 2, 4 and 8 of Curve25519: keys for which anybody can make signatures.
_FIELD = 2**255 - 19
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_LOW_ORDER = {0, 1, _FIELD - 1, _ORDER_8, _FIELD - _ORDER_8}


@dataclass(frozen=True)
class VerifierKey:
    """A public key with the name and the way of signing that it stands for."""

    name: str
    type: SignatureType
    public: bytes

    def __post_init__(self) -> None:
        if not is_key_name(self.name):
            raise Malformed(
                f"{self.name!r} is not the name of a key.", rule="No spaces and no plus sign."
            )
        if len(self.public) != _PUBLIC_BYTES[self.type]:
            raise Malformed(
                f"A public key of {len(self.public)} bytes, named {self.name}.",
                rule=f"{self.type} has {_PUBLIC_BYTES[self.type]}.",
            )
        if self.type is not SignatureType.ML_DSA_44:
            y = int.from_bytes(self.public, "little") & (2**255 - 1)
            if y >= _FIELD or y in _LOW_ORDER:
                raise Malformed(
                    f"The key of {self.name} is a weak point of the curve.",
                    rule="Anybody can make signatures that such a key accepts.",
                    way_on="Ask the key's owner for another key.",
                )

    @cached_property
    def id(self) -> bytes:
        """Four bytes that tell keys of one name apart; an identifier, not a fingerprint."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    def __str__(self) -> str:
        """The key as a line of text, a "vkey": name, id and public key."""
        encoded = b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"


def is_key_name(name: str) -> bool:
    """Not empty, no Unicode space, no plus, no control character, and text that has bytes."""
    odd = any(c.isspace() or c == "+" or c < " " or "\ud800" <= c <= "\udfff" for c in name)
    return bool(name) and not odd


def parse_vkey(text: str) -> VerifierKey:
    """A public key from its line of text."""
    parts = text.split("+", 2)
    if len(parts) != 3 or not re.fullmatch(r"[0-9a-f]{8}", parts[1]):
        raise Malformed(
            f"{_short(text)!r} is not a verifier key.",
            rule="The form is NAME+ID+KEY, without gaps.",
        )
    name, id_, encoded = parts
    data = base64_bytes(encoded, f"The key of {name}")
    if data[0] not in set(SignatureType):
        raise Malformed(
            f"The key of {name} signs in a way that is not known here: type {data[0]:#04x}.",
            rule="Known are " + ", ".join(f"{t} ({t.value:#04x})" for t in SignatureType) + ".",
        )
    key = VerifierKey(name, SignatureType(data[0]), data[1:])
    if key.id.hex() != id_:
        raise Malformed(
            f"The key of {name} says that its id is {id_}; it is {key.id.hex()}.",
            way_on="Copy the whole line of the key again.",
        )
    return key


@dataclass(frozen=True)
class Signed:
    """A signature that was checked and holds; `time` in seconds since 1970 where it states one."""

    key: VerifierKey
    time: int | None = None


def check_signature(key: VerifierKey, text: str, signature: bytes) -> Signed:
    """That the key signed the text of a note."""
    time = 0
    if key.type.states_time:
        if len(signature) < 8:
            raise Malformed(f"A cosignature of {len(signature)} bytes by {key.name}.")
        (time,) = struct.unpack(">Q", signature[:8])
        signature = signature[8:]
    message = signed_message(key, text, time)
    try:
        _verify(key, signature, message)
    except (InvalidSignature, ValueError):
        raise NotProven(
            f"A signature in the name of {key.name} (key {key.id.hex()}) does not hold.",
            rule="Either the text was changed or the signature is not by that key.",
        ) from None
    return Signed(key, time or None)


def signed_message(key: VerifierKey, text: str, time: int) -> bytes:
    """The bytes that a key signs for a note's text; witnesses and ML-DSA-44 add the time.

    Source: signed-note; tlog-cosignature.
    """
    if not 0 <= time < 1 << 63:
        raise Malformed(f"A cosignature by {key.name} with the impossible time {time}.")
    if key.type is SignatureType.ED25519:
        return text.encode()
    if key.type is SignatureType.ED25519_COSIGNATURE:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    checkpoint = parse_checkpoint_text(text)
    name, origin = key.name.encode(), checkpoint.origin.encode()
    if max(len(name), len(origin)) > 255:
        raise Malformed(
            f"A name or origin of more than 255 bytes: {_short(key.name)}, "
            f"{_short(checkpoint.origin)}.",
            rule="ML-DSA-44 signatures of checkpoints have no room for them.",
        )
    head = b"subtree/v1\n\x00" + bytes([len(name)]) + name + struct.pack(">Q", time)
    return (
        head
        + (bytes([len(origin)]) + origin)
        + struct.pack(">QQ", 0, checkpoint.size)
        + checkpoint.root
    )


def _verify(key: VerifierKey, signature: bytes, message: bytes) -> None:
    if key.type is not SignatureType.ML_DSA_44:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
        return
    try:
        from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

        public = MLDSA44PublicKey.from_public_bytes(key.public)
    except (ImportError, UnsupportedAlgorithm):
        raise Malformed(
            f"The key of {key.name} is ML-DSA-44, which the installed `cryptography` lacks.",
            way_on="Install version 47 or newer: python -m pip install --upgrade cryptography",
        ) from None
    public.verify(signature, message)


# --- Signed notes ---

MOST_NOTE_BYTES = 1_000_000
MOST_SIGNATURES = 100
_DASH = "\u2014 "


@dataclass(frozen=True)
class SignatureLine:
    """A signature as it stands in a note: a claim, not yet checked."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {b64encode(self.key_id + self.signature).decode()}\n"

    def is_by(self, key: VerifierKey) -> bool:
        return (self.name, self.key_id) == (key.name, key.id)


@dataclass(frozen=True)
class Note:
    """A text, ending in a newline, and the signatures under it."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def __bytes__(self) -> bytes:
        return (self.text + "\n" + "".join(map(str, self.signatures))).encode()


def parse_note(data: bytes) -> Note:
    """A signed note from its bytes."""
    if len(data) > MOST_NOTE_BYTES:
        raise Malformed(f"A signed note of {len(data)} bytes.", rule="At most a million.")
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise Malformed("A signed note that is not UTF-8.") from None
    if any(c < " " and c != "\n" for c in whole):
        raise Malformed("A signed note with control characters.", way_on="Was it edited or cut?")
    head, gap, tail = whole.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise Malformed(
            "Not a signed note.",
            rule="A text, an empty line, and signature lines, each ending in a newline.",
        )
    lines = tail[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise Malformed(f"A signed note with {len(lines)} signatures.", rule="At most 100.")
    return Note(head + "\n", tuple(dict.fromkeys(map(parse_signature_line, lines))))


def parse_signature_line(line: str) -> SignatureLine:
    """A line of a note, without its newline: dash, name, and base64 of key id and signature."""
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        data = base64_bytes(encoded, "It")
    except Malformed:
        data = b""
    if not line.startswith(_DASH) or not is_key_name(name) or len(data) < 5:
        raise MalformedSignature(
            f"Not a signature line: {_short(line)!r}.",
            rule="It has a dash, a name, and a key id with a signature in base64.",
        )
    return SignatureLine(name, data[:4], data[4:])


def check_signatures(note: Note, keys: Iterable[VerifierKey]) -> tuple[Signed, ...]:
    """The signatures by these keys, all checked; of other keys nothing is said.

    One signature of a known key that does not hold spoils the note.
    """
    known = {(key.name, key.id): key for key in keys}
    signed: dict[VerifierKey, Signed] = {}
    for line in note.signatures:
        key = known.get((line.name, line.key_id))
        if key is not None:
            checked = check_signature(key, note.text, line.signature)
            signed.setdefault(key, checked)
    return tuple(signed.values())


# --- Checkpoints ---


@dataclass(frozen=True)
class Checkpoint:
    """A log's state in three lines: its name, how many entries, and the root hash of all."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_odd_hashes(self.root)
        for line in (self.origin, *self.extensions):
            if not line or any(c < " " for c in line):
                raise Malformed(f"A checkpoint's line {line!r}.", rule="One line, and not empty.")
        if not 0 <= self.size < 1 << 63:
            raise Malformed(f"A checkpoint of {self.size} entries.")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Malformed("A checkpoint of no entries with the root of some.")

    @property
    def text(self) -> str:
        root = b64encode(self.root).decode()
        return "".join(
            f"{line}\n" for line in (self.origin, str(self.size), root, *self.extensions)
        )


def parse_checkpoint_text(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop():
        raise Malformed(
            "Not a checkpoint.", rule="It has three lines: origin, number of entries, root hash."
        )
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin,
        decimal(size, "A checkpoint's number of entries"),
        base64_hash(root, "A checkpoint's root"),
        tuple(extensions),
    )


def parse_checkpoint(note: bytes | Note) -> Checkpoint:
    """What a signed note states as a checkpoint. Its signatures are not looked at here."""
    return parse_checkpoint_text((note if isinstance(note, Note) else parse_note(note)).text)


# --- Policies ---

NO_QUORUM = "none"


@dataclass(frozen=True)
class Log:
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Witness:
    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True)
class Group:
    """It has witnessed what at least `threshold` of its members have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """Whom a verifier trusts: logs, witnesses, and how many of the witnesses together."""

    logs: tuple[Log, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NO_QUORUM

    def satisfied(self, cosigned: Iterable[str]) -> bool:
        """Whether these witnesses, by their names in this policy, make the quorum."""
        have = set(cosigned)
        for group in self.groups:  # members are defined before their group
            if sum(member in have for member in group.members) >= group.threshold:
                have.add(group.name)
        return self.quorum == NO_QUORUM or self.quorum in have

    def wants(self) -> str:
        """The quorum in words."""
        groups = {group.name: group for group in self.groups}

        def words(name: str) -> str:
            if name not in groups:
                return name
            group = groups[name]
            return f"{group.threshold} of ({', '.join(map(words, group.members))})"

        return "no witness" if self.quorum == NO_QUORUM else words(self.quorum)


def parse_policy(data: bytes) -> Policy:
    """A policy from its file. Names are octets; two that look alike are not therefore one."""
    if any((byte < 0x20 and byte not in b"\t\n") or byte == 0x7F for byte in data):
        raise Malformed("A policy file with control characters.", way_on="End lines with LF only.")
    if data and not data.endswith(b"\n"):
        raise Malformed(
            "The last line of the policy file does not end.",
            way_on="End it with a newline; or was the file cut?",
        )
    reading = _PolicyLines()
    for number, line in enumerate(data.decode(errors="surrogateescape").split("\n"), start=1):
        words = re.findall(r"[^ \t]+", line)
        if words and not words[0].startswith("#"):
            try:
                reading.take(words)
            except ReopenError as error:
                raise Malformed(
                    f"Line {number} of the policy: {error.seen}",
                    rule=error.rule,
                    way_on=error.way_on,
                ) from None
    return reading.policy()


class _PolicyLines:
    """A policy file as far as it was read."""

    def __init__(self) -> None:
        self.logs: list[Log] = []
        self.witnesses: list[Witness] = []
        self.groups: list[Group] = []
        self.quorum: str | None = None
        self.defined: set[str] = set()
        self.grouped: set[str] = set()

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                self._log(parse_vkey(vkey), *url)
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._witness(name, parse_vkey(vkey), *url)
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name]:
                self._quorum(name)
            case _:
                raise Malformed(
                    f"{_short(' '.join(words))!r} says nothing known.",
                    rule="Lines are: log VKEY [URL]; witness NAME VKEY [URL]; "
                    "group NAME all|any|K NAME...; quorum NAME|none.",
                )

    def _log(self, key: VerifierKey, url: str = "") -> None:
        if key.type is SignatureType.ED25519_COSIGNATURE:
            raise Malformed(f"{key.name} is a witness's key.", rule="A log signs, not cosigns.")
        if any(key.public == log.key.public for log in self.logs):
            raise Malformed(f"The key of {key.name} is listed twice as a log.")
        self.logs.append(Log(key, url))

    def _witness(self, name: str, key: VerifierKey, url: str = "") -> None:
        if key.type is SignatureType.ED25519:
            raise Malformed(f"{key.name} is a log's key.", rule="A witness cosigns with the time.")
        if any(key.public == witness.key.public for witness in self.witnesses):
            raise Malformed(
                f"The key of {name} is listed twice as a witness.",
                rule="One witness would count as two.",
            )
        self._define(name)
        self.witnesses.append(Witness(name, key, url))

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        for member in members:
            if member not in self.defined:
                raise Malformed(f"{member!r} is not defined above group {name!r}.")
            if member in self.grouped:
                raise Malformed(
                    f"{member!r} is a member twice.",
                    rule="Each name is a member of one group at most, so that it counts once.",
                )
            self.grouped.add(member)
        count = {"any": 1, "all": len(members)}.get(threshold) or decimal(threshold, "A threshold")
        if not 1 <= count <= len(members):
            raise Malformed(f"{count} of {len(members)} members in group {name!r}.")
        self._define(name)
        self.groups.append(Group(name, count, tuple(members)))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise Malformed("A second quorum line.", rule="A policy has exactly one.")
        if name != NO_QUORUM and name not in self.defined:
            raise Malformed(f"The quorum {name!r} is not defined above.")
        self.quorum = name

    def _define(self, name: str) -> None:
        if name in self.defined or name == NO_QUORUM:
            raise Malformed(f"The name {name!r} is taken.")
        self.defined.add(name)

    def policy(self) -> Policy:
        if self.quorum is None:
            raise Malformed(
                "The policy has no quorum line.",
                way_on='Write "quorum none" if no witness is asked for.',
            )
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)


@dataclass(frozen=True)
class Witnessed:
    """A checkpoint that a policy accepts, and by whose word.

    signed    by the log's keys
    unsigned  the log's keys in the policy that did not sign
    cosigned  by witnesses, under their names in the policy
    absent    witnesses of the policy that did not cosign
    """

    checkpoint: Checkpoint
    signed: tuple[Signed, ...]
    unsigned: tuple[VerifierKey, ...]
    cosigned: Mapping[str, Signed]
    absent: tuple[str, ...]


def check_policy(note: bytes | Note, policy: Policy) -> Witnessed:
    """That a log of the policy signed the checkpoint and its quorum of witnesses cosigned it."""
    note = note if isinstance(note, Note) else parse_note(note)
    checkpoint = parse_checkpoint(note)
    keys = [log.key for log in policy.logs if log.key.name == checkpoint.origin]
    if not keys:
        known = ", ".join(sorted({log.key.name for log in policy.logs})) or "none"
        raise NotProven(
            f"The checkpoint is of the log {checkpoint.origin}, which the policy does not list.",
            rule=f"Logs in the policy: {known}.",
        )
    signed = check_signatures(note, keys)
    if not signed:
        raise NotProven(
            f"No key that the policy lists for {checkpoint.origin} signed the checkpoint."
        )
    by = {checked.key: checked for checked in signed}
    witnesses = {witness.key: witness.name for witness in policy.witnesses}
    cosigned = {
        witnesses[cosignature.key]: cosignature for cosignature in check_signatures(note, witnesses)
    }
    if not policy.satisfied(cosigned):
        raise NotProven(
            f"Cosigned by {', '.join(cosigned) or 'nobody the policy names'}.",
            rule=f"The policy wants {policy.wants()}.",
            way_on="Ask the log for a checkpoint with more cosignatures.",
        )
    return Witnessed(
        checkpoint,
        signed,
        tuple(key for key in keys if key not in by),
        cosigned,
        tuple(name for name in witnesses.values() if name not in cosigned),
    )


# --- Receipts: tlog-proof files, with salt and body as extra data ---

PROOF_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class Proof:
    """A tlog-proof: that some entry stands in a log. `extra` is a hint that nobody signed."""

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: Note
    extra: bytes | None = None


def parse_proof(data: bytes) -> Proof:
    """A tlog-proof from its file."""
    head, gap, note = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        lines = []
    if not gap or lines[:1] != [PROOF_HEADER]:
        raise Malformed("Not a receipt.", rule=f"Its first line is {PROOF_HEADER}.")
    rest = lines[1:]
    extra = None
    if rest and rest[0].startswith("extra "):
        extra = base64_bytes(rest.pop(0)[6:], "The extra data")
    if not rest or not rest[0].startswith("index "):
        raise Malformed("A receipt without the number of its entry.")
    index = decimal(rest.pop(0)[6:], "The number of the entry")
    if len(rest) > MOST_HASHES:
        raise Malformed(f"A proof of {len(rest)} hashes.", rule="At most 63.")
    hashes = tuple(base64_hash(line, "A hash of the proof") for line in rest)
    checkpoint = parse_note(note)
    parse_checkpoint(checkpoint)
    return Proof(index, hashes, checkpoint, extra)


@dataclass(frozen=True)
class Receipt:
    """A receipt that holds: what was entered, where, and who vouches for the log."""

    body: bytes
    index: int
    witnessed: Witnessed


def check_receipt(proof: Proof, policy: Policy) -> Receipt:
    """That the record inside the receipt is an entry of a log that the policy accepts."""
    if proof.extra is None or len(proof.extra) <= SALT_BYTES:
        raise Malformed(
            "The receipt does not hold the record and its salt.",
            way_on="Check it with the entry's leaf (--leaf), or ask for a full receipt.",
        )
    salt, body = proof.extra[:SALT_BYTES], proof.extra[SALT_BYTES:]
    witnessed = check_entry(proof, commitment(salt, body), policy)
    return Receipt(body, proof.index, witnessed)


def check_entry(proof: Proof, leaf: bytes, policy: Policy) -> Witnessed:
    """That an entry with this leaf data stands in a log that the policy accepts."""
    witnessed = check_policy(proof.checkpoint, policy)
    checkpoint = witnessed.checkpoint
    check_inclusion(proof.index, checkpoint.size, leaf_hash(leaf), proof.hashes, checkpoint.root)
    return witnessed


# --- Growth: what a log sends to a witness (tlog-witness), and what proves that it only grew ---


@dataclass(frozen=True)
class Growth:
    """A checkpoint with the proof that the log begins with its first `old` entries."""

    old: int
    hashes: tuple[bytes, ...]
    checkpoint: Note


def parse_growth(data: bytes) -> Growth:
    """A consistency proof with its checkpoint, in the form of an add-checkpoint request."""
    head, gap, note = data.partition(b"\n\n")
    try:
        first, *rest = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        first, rest = "", []
    if not gap or not first.startswith("old "):
        raise Malformed("Not a consistency proof.", rule='Its first line is "old" and a number.')
    if len(rest) > MOST_HASHES:
        raise Malformed(f"A proof of {len(rest)} hashes.", rule="At most 63.")
    hashes = tuple(base64_hash(line, "A hash of the proof") for line in rest)
    return Growth(decimal(first[4:], "The old number of entries"), hashes, parse_note(note))


def check_growth(growth: Growth, old: Checkpoint) -> Checkpoint:
    """That the log of the new checkpoint begins with the log of the old one. No signature."""
    new = parse_checkpoint(growth.checkpoint)
    if new.origin != old.origin:
        raise NotProven(f"Checkpoints of two logs: {old.origin} and {new.origin}.")
    if growth.old != old.size:
        raise NotProven(
            f"The proof starts from {growth.old} entries, the old checkpoint has {old.size}.",
            way_on="Ask for a proof from the old checkpoint's size.",
        )
    if old.size == 0:
        if growth.hashes:
            raise NotProven("A proof of hashes from the empty log, which needs none.")
    else:
        check_consistency(old.size, old.root, new.size, new.root, growth.hashes)
    return new


# --- Bundles: a folder with the records of a case, one checkpoint, and a proof for each record ---

BUNDLE_HEADER = "reopen/bundle/v1"
MANIFEST, MANIFEST_NOTE = "manifest.json", "manifest.note"
BUNDLE_CHECKPOINT, BUNDLE_ENTRIES = "checkpoint.note", "entries.jsonl"


@dataclass(frozen=True)
class Bundle:
    """A bundle that holds.

    manifest   what it says of itself: case, purpose, by whom and when it was made
    given      numbers of the entries whose records are inside
    kept_back  entry -> why its record is not inside; that it stands in the log is proven
    files      names of the other files, each as the manifest states it
    """

    manifest: Mapping[str, object]
    given: tuple[int, ...]
    kept_back: Mapping[int, str]
    files: tuple[str, ...]
    witnessed: Witnessed


def check_bundle(folder: Path, policy: Policy) -> Bundle:
    """That a folder is what the log's owner signed, and that its records stand in the log."""
    manifest = _json_object(_read(str(folder / MANIFEST)), MANIFEST)
    files = manifest.get("files")
    if manifest.get("bundle") != BUNDLE_HEADER or not isinstance(files, Mapping):
        raise Malformed(f"{MANIFEST} is not that of a bundle.", rule=f"It states {BUNDLE_HEADER}.")
    witnessed = check_policy(_read(str(folder / BUNDLE_CHECKPOINT)), policy)
    _check_manifest(folder, witnessed.checkpoint.origin, policy)
    _check_files(folder, files)
    given: list[int] = []
    kept_back: dict[int, str] = {}
    for number, line in enumerate(_read(str(folder / BUNDLE_ENTRIES)).splitlines(), start=1):
        entry = _json_object(line, f"Line {number} of {BUNDLE_ENTRIES}")
        index = _check_line(entry, number, witnessed.checkpoint)
        if "leaf" in entry:
            kept_back[index] = str(entry.get("reason", ""))
        else:
            given.append(index)
    return Bundle(manifest, tuple(given), kept_back, tuple(files), witnessed)


def manifest_text(origin: str, manifest: bytes) -> str:
    """What the log's keys sign for a bundle: a log of its own, whose one entry is the manifest."""
    return Checkpoint(f"{origin}/bundle", 1, leaf_hash(manifest)).text


def _check_manifest(folder: Path, origin: str, policy: Policy) -> None:
    note = parse_note(_read(str(folder / MANIFEST_NOTE)))
    if note.text != manifest_text(origin, _read(str(folder / MANIFEST))):
        raise NotProven(f"{MANIFEST} is not the one that was signed.")
    keys = [log.key for log in policy.logs if log.key.name == origin]
    if not check_signatures(note, keys):
        raise NotProven(f"No key that the policy lists for {origin} signed {MANIFEST}.")


def _check_files(folder: Path, files: Mapping[str, object]) -> None:
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    there -= {MANIFEST, MANIFEST_NOTE}
    for name in sorted(there ^ set(files)):
        state = "is missing" if name in files else "is not in the manifest"
        raise NotProven(f"{name} {state}.", way_on="Ask for the bundle as it was made.")
    for name in (BUNDLE_CHECKPOINT, BUNDLE_ENTRIES):
        if name not in files:
            raise NotProven(f"The manifest does not state {name}.")
    for name, stated in files.items():
        if sha256(_read(str(folder / name))).hexdigest() != stated:
            raise NotProven(f"{name} is not as the manifest states it.")


def _check_line(entry: Mapping[str, object], number: int, log: Checkpoint) -> int:
    """That a line's record, or what is left of one kept back, stands in the log; its number."""
    where = f"line {number} of {BUNDLE_ENTRIES}"
    index, proof = entry.get("index"), entry.get("proof")
    if type(index) is not int or not isinstance(proof, list) or len(proof) > MOST_HASHES:
        raise Malformed(f"An index and a proof are wanted in {where}.")
    hashes = tuple(base64_hash(str(text), f"A hash in {where}") for text in proof)
    if "leaf" in entry:
        leaf = base64_hash(str(entry["leaf"]), f"The leaf in {where}")
    else:
        salt = base64_hash(str(entry.get("salt")), f"The salt in {where}")
        leaf = commitment(salt, str(entry.get("body")).encode())
    try:
        check_inclusion(index, log.size, leaf_hash(leaf), hashes, log.root)
    except NotProven as error:
        raise NotProven(f"Entry {index} ({where}): {error.seen}", rule=error.rule) from None
    return index


def _json_object(data: bytes, what: str) -> Mapping[str, object]:
    try:
        value = json.loads(data, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Malformed(f"{what} cannot be read.", rule="It is JSON, an object.")
    return value


# --- The command ---


def main(arguments: Sequence[str] | None = None) -> int:
    """Check a file and say in plain words what holds: 0 it holds, 1 it does not, 2 unreadable."""
    asked = _parser().parse_args(arguments)
    try:
        policy = parse_policy(_read(asked.policy))
        old = parse_checkpoint(_read(asked.old)) if asked.old else None
        if Path(asked.file).is_dir():
            lines = examine_bundle(Path(asked.file), policy)
        else:
            lines = examine(
                _read(asked.file), policy, old=old, leaf=asked.leaf, every_key=asked.every_key
            )
    except NotProven as error:
        print(_plain(f"NOT PROVEN: {asked.file}\n\n{error}"))
        return 1
    except ReopenError as error:
        print(_plain(f"NOT CHECKED: {asked.file}\n\n{error}"))
        return 2
    print(_plain("\n".join(lines)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="verify.py",
        description="Checks a receipt (.tlog-proof), a checkpoint or a consistency proof of a log, "
        "or a folder with a case's records, without the log and without a network.",
        epilog="Example: python verify.py receipt.tlog-proof --policy policy.txt",
    )
    parser.add_argument("file", help="what to check")
    parser.add_argument(
        "--policy",
        required=True,
        help="whom you trust: the log's keys, witnesses, and how many of them (tlog-policy). "
        "Get it from somebody you trust, not with the receipt",
    )
    parser.add_argument(
        "--old", help="a checkpoint that you kept; the log must begin with what it states"
    )
    parser.add_argument(
        "--leaf",
        type=bytes.fromhex,
        help="the entry's leaf data in hexadecimal, for receipts that hold no record",
    )
    parser.add_argument(
        "--every-key",
        action="store_true",
        help="every key that the policy lists for the log must have signed, not just one",
    )
    return parser


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Malformed(f"{path} cannot be read: {error.strerror}.") from None


@dataclass(frozen=True)
class _Held:
    """What was found to hold: a headline, what it rests on, and what it leaves open."""

    headline: str
    checked: str
    witnessed: Witnessed
    unproven: Sequence[str]
    record: Sequence[str] = ()


def examine(
    data: bytes,
    policy: Policy,
    *,
    old: Checkpoint | None = None,
    leaf: bytes | None = None,
    every_key: bool = False,
) -> list[str]:
    """Check a receipt, a consistency proof or a checkpoint; the lines that say what holds.

    Raises NotProven when it does not hold, Malformed when nothing can be said.
    """
    if data.startswith(b"old "):
        held, old = _growth_held(parse_growth(data), policy, old), None
    elif data.startswith(PROOF_HEADER.encode()):
        held = _entry_held(parse_proof(data), policy, leaf)
    else:
        held = _state_held(data, policy)
    compared = [] if old is None else _compared(held.witnessed.checkpoint, old)
    if every_key and held.witnessed.unsigned:
        missing = ", ".join(f"{key.type} key {key.id.hex()}" for key in held.witnessed.unsigned)
        raise NotProven(f"Not every key of the log signed: {missing} is missing.")
    return [
        f"HOLDS: {held.headline}",
        *("", "What was checked", *_indented(held.checked), *compared),
        *_signers(held.witnessed, policy),
        *held.record,
        *_unproven(held.unproven, held.witnessed),
    ]


def examine_bundle(folder: Path, policy: Policy) -> list[str]:
    """Check a bundle; the lines that say what holds. Raises NotProven, Malformed."""
    bundle = check_bundle(folder, policy)
    log = bundle.witnessed.checkpoint
    made = [
        f"  {name}: {value}"
        for name, value in bundle.manifest.items()
        if isinstance(value, str | int) and name != "bundle"
    ]
    kept_back = [f"  entry {index}: {why}" for index, why in bundle.kept_back.items()]
    checked = (
        f"{len(bundle.given)} records are entries of the log {log.origin} as it stood at "
        f"{log.size} entries, not one character changed since. {len(bundle.kept_back)} more "
        f"entries are listed as kept back. {len(bundle.files)} files are those that the log's "
        "owner signed."
    )
    return [
        f"HOLDS: {len(bundle.given)} records of the log {log.origin}.",
        *("", "What was checked", *_indented(checked)),
        *("", "What the bundle says of itself", *made),
        *_signers(bundle.witnessed, policy),
        *("", "Kept back, by the log owner's word", *(kept_back or ["  nothing"])),
        *_unproven(_UNPROVEN_BUNDLE, bundle.witnessed),
    ]


def _entry_held(proof: Proof, policy: Policy, leaf: bytes | None) -> _Held:
    if leaf is None:
        receipt = check_receipt(proof, policy)
        witnessed, record, what = receipt.witnessed, _record(receipt.body), "record below"
    else:
        witnessed, record, what = check_entry(proof, leaf, policy), [], "leaf that you named"
    log = witnessed.checkpoint
    return _Held(
        f"entry {proof.index} of the log {log.origin}.",
        f"The {what} is entry {proof.index} (counted from 0) of the log as it stood at {log.size} "
        "entries. Not one character of it was changed since.",
        witnessed,
        _UNPROVEN_RECORD,
        record,
    )


def _growth_held(growth: Growth, policy: Policy, old: Checkpoint | None) -> _Held:
    if old is None:
        raise Malformed(
            "A consistency proof alone.", way_on="Name the checkpoint that you kept with --old."
        )
    witnessed = check_policy(growth.checkpoint, policy)
    log = check_growth(growth, old)
    return _Held(
        f"the log {log.origin} only grew, from {old.size} to {log.size} entries.",
        f"Its first {old.size} entries are those of your old checkpoint, unchanged and in order.",
        witnessed,
        _UNPROVEN_LOG,
    )


def _state_held(data: bytes, policy: Policy) -> _Held:
    witnessed = check_policy(data, policy)
    log = witnessed.checkpoint
    return _Held(
        f"a checkpoint of the log {log.origin} at {log.size} entries.",
        "The signatures. A checkpoint alone says nothing about any record.",
        witnessed,
        _UNPROVEN_LOG,
    )


def _compared(new: Checkpoint, old: Checkpoint) -> list[str]:
    if new.origin != old.origin:
        raise NotProven(f"Your old checkpoint is of another log: {old.origin}.")
    if new.size == old.size:
        _refuse_fork(new.root == old.root, old.size, new.size)
        return _indented("It is the same state of the log as in your old checkpoint.")
    return _indented(
        f"Not compared with your old checkpoint of {old.size} entries: that needs a consistency "
        "proof between the two, which the log's owner can make."
    )


def _signers(witnessed: Witnessed, policy: Policy) -> list[str]:
    lines = ["", "Who signed"]
    for signed in witnessed.signed:
        lines.append(f"  {signed.key.name}, the log itself: {signed.key.type} key "
                     f"{signed.key.id.hex()}{_at(signed)}")  # fmt: skip
    for key in witnessed.unsigned:
        lines.append(f"  not with its {key.type} key {key.id.hex()}")
    lines += ["", f"Who cosigned (your policy wants {policy.wants()})"]
    for name, signed in witnessed.cosigned.items():
        lines.append(f"  {name} ({signed.key.name}, {signed.key.type}){_at(signed)}")
    for name in witnessed.absent:
        lines.append(f"  not {name}")
    if not witnessed.cosigned and not witnessed.absent:
        lines.append("  nobody: your policy names no witness")
    return lines


def _at(signed: Signed) -> str:
    return "" if signed.time is None else f", at {moment(signed.time)}"


def moment(time: int) -> str:
    """A time in seconds since 1970, in words; far times stay numbers."""
    try:
        return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M:%S} UTC"
    except (ValueError, OverflowError, OSError):
        return f"{time} seconds after 1970"


def _record(body: bytes) -> list[str]:
    try:
        text = json.dumps(json.loads(body, object_pairs_hook=_once), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ["", f"The record ({len(body)} bytes, not JSON)", f"  {body[:400].hex()}"]
    return ["", "The record", *(f"  {line}" for line in text.split("\n"))]


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)


_UNPROVEN_RECORD = (
    "That the record is true. Only that it stood in the log in these words.",
    "That it is the last word: a later entry may amend it. Ask for the record's later versions.",
    "That it is all there is: what was never entered leaves no trace in a log.",
    "Who made it: the name in the record is the log owner's word, and so is the time in it.",
)
_UNPROVEN_BUNDLE = (
    "That the records are true. Only that they stood in the log in these words.",
    "That these are all the records of the case: which entries belong to it is the owner's word.",
    "That the verifier in the folder is honest: take verify.py from somebody you trust.",
)
_UNPROVEN_LOG = ("That what the log holds is true, or complete.",)
_INDEPENDENT = (
    "That the witnesses are independent of the log's owner: your policy says whom you trust."
)
_UNWITNESSED = (
    "When it was entered, and that others are shown the same log: no witness cosigned, so that "
    "the log's owner could have made it anew."
)


def _unproven(points: Iterable[str], witnessed: Witnessed) -> list[str]:
    points = [*points, _INDEPENDENT if witnessed.cosigned else _UNWITNESSED]
    times = [signed.time for signed in witnessed.cosigned.values() if signed.time]
    if times:
        first = moment(min(times))
        points.append(f"How long before {first}, the first cosignature, it was entered.")
    lines = [line for point in points for line in _indented(point)]
    return ["", "What this does not prove", *lines]


def _indented(text: str) -> list[str]:
    return wrap(text, 96, initial_indent="  ", subsequent_indent="    ")


def _plain(text: str) -> str:
    """Text that cannot play tricks on a terminal."""
    return "".join(c if c.isprintable() or c == "\n" else f"\\u{ord(c):04x}" for c in text)


if __name__ == "__main__":
    sys.exit(main())
