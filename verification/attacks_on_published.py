"""Attacks on what a log hands out: published tiles and entries, receipts, and proofs of growth."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

from reopen.ledger import mirror, tiles
from reopen.ledger.keys import SigningKey
from reopen.ledger.note import Note, signed_by
from reopen.ledger.proof import parse_proof, write_growth, write_proof
from reopen.ledger.verify import (
    SALT_BYTES,
    Growth,
    NotProven,
    commitment,
    examine,
    parse_growth,
)
from verification.attack_target import (
    KEYS,
    POLICY,
    WITNESS,
    Target,
    Unchanged,
    changed,
    signed_anew,
    tree_of,
)

FILES = (
    "edit of a file",
    "deletion of a file",
    "truncation of a file",
    "swap of two files",
    "history rewritten, with keys",
)
PROOFS = (
    "byte of a receipt",
    "another record in a receipt",
    "receipt for another place",
    "hashes of a receipt",
    "receipt signed by others",
    "byte of a growth proof",
    "hashes of a growth proof",
    "history rewritten, with keys",
)


# --- On the published log ---


def attack_mirror(name: str, rng: Random, aim: Target, folder: Path) -> Callable[[], object]:
    place = folder / "attacked-log"
    shutil.rmtree(place, ignore_errors=True)
    if name == "history rewritten, with keys":
        _publish_another(place, rng, aim)
    else:
        shutil.copytree(aim.log, place)
        _damage(name, rng, sorted(path for path in place.rglob("*") if path.is_file()))

    def check() -> None:
        """What somebody does who has a copy of the log: every key must have signed it."""
        mirror.check(place, [key.public for key in KEYS], earlier=[aim.old])
        examine((place / "checkpoint").read_bytes(), POLICY, every_key=True)

    return check


def _damage(name: str, rng: Random, files: list[Path]) -> None:
    path, other = rng.choice(files), rng.choice(files)
    data, rest = path.read_bytes(), other.read_bytes()
    if name == "edit of a file":
        new = changed(data, rng)
        assert isinstance(new, bytes)
        path.write_bytes(new)
    elif name == "deletion of a file":
        path.unlink()
    elif name == "truncation of a file":
        path.write_bytes(data[: rng.randrange(len(data))])
    elif data == rest:
        raise Unchanged
    else:
        path.write_bytes(rest)
        other.write_bytes(data)


def _publish_another(place: Path, rng: Random, aim: Target) -> None:
    leaves = list(aim.leaves)
    number = rng.randrange(aim.old.size)
    how = rng.choice(["changed", "removed", "put in", "cut"])
    if how == "changed":
        leaves[number] = rng.randbytes(32)
    elif how == "removed":
        del leaves[number]
    elif how == "put in":
        leaves.insert(number, rng.randbytes(32))
    else:
        del leaves[number:]
    note = signed_anew(leaves)
    mirror.publish(place, note, [key.public for key in KEYS], lambda start, end: leaves[start:end])


# --- On receipts, and on the proof that the log only grew ---


def attack_proof(name: str, rng: Random, aim: Target, folder: Path) -> Callable[[], object]:
    receipt, growth = rng.choice(aim.receipts), aim.growth
    proof = parse_proof(receipt)
    if name == "byte of a receipt":
        forged = changed(receipt, rng)
        assert isinstance(forged, bytes)
        receipt = forged
    elif name == "another record in a receipt":
        other = parse_proof(rng.choice(aim.receipts))
        if other.index == proof.index:
            raise Unchanged
        receipt = write_proof(replace(proof, extra=other.extra))
    elif name == "receipt for another place":
        index = rng.randrange(len(aim.leaves))
        if index == proof.index:
            raise Unchanged
        receipt = write_proof(replace(proof, index=index))
    elif name == "hashes of a receipt":
        receipt = write_proof(replace(proof, hashes=_shuffled(proof.hashes, rng)))
    elif name == "receipt signed by others":
        receipt = write_proof(replace(proof, checkpoint=_by_others(proof.checkpoint, rng)))
    elif name == "byte of a growth proof":
        forged = changed(growth, rng)
        assert isinstance(forged, bytes)
        growth = forged
    elif name == "hashes of a growth proof":
        read = parse_growth(growth)
        growth = write_growth(replace(read, hashes=_shuffled(read.hashes, rng)))
    else:
        receipt, growth = _rewritten(rng, aim)

    def check() -> None:
        """What a stranger does: the record is in the log, and that is the log of old."""
        examine(receipt, POLICY, every_key=True)
        examine(growth, POLICY, old=aim.old, every_key=True)
        if parse_proof(receipt).checkpoint.text != parse_growth(growth).checkpoint.text:
            raise NotProven("The two files are of two states of the log.")

    return check


def _shuffled(hashes: tuple[bytes, ...], rng: Random) -> tuple[bytes, ...]:
    found = list(hashes)
    how = rng.randrange(3)
    if how == 0:
        found.insert(rng.randint(0, len(found)), rng.choice([*hashes, rng.randbytes(32)]))
    elif how == 1:
        del found[rng.randrange(len(found))]
    else:
        rng.shuffle(found)
    if tuple(found) == hashes:
        raise Unchanged
    return tuple(found)


def _by_others(note: Note, rng: Random) -> Note:
    """One signature in place of which another stands, by a key of the same name."""
    at = rng.randrange(len(note.signatures))
    key = next(key for key in (*KEYS, WITNESS) if note.signatures[at].is_by(key.public))
    other = SigningKey(key.name, key.kind, rng.randbytes(32))
    lines = list(note.signatures)
    lines[at] = signed_by(other, note.text, time=1_700_000_000)
    if rng.random() < 0.5:  # and under the id of the key that it is not
        lines[at] = replace(lines[at], key_id=key.public.id)
    return replace(note, signatures=tuple(lines))


def _rewritten(rng: Random, aim: Target) -> tuple[bytes, bytes]:
    """An owner with all keys, and a witness with no memory: one record changed, all signed anew."""
    leaves = list(aim.leaves)
    number = rng.randrange(aim.old.size)
    extra = rng.randbytes(SALT_BYTES) + b'{"kind":"case","id":"forged"}'
    leaves[number] = commitment(extra[:SALT_BYTES], extra[SALT_BYTES:])
    store, size = tree_of(leaves), len(leaves)
    note = signed_anew(leaves)
    hashes = tiles.inclusion_proof(store, number, size)
    receipt = write_proof(replace(parse_proof(aim.receipts[0]), index=number, hashes=hashes,
                                  checkpoint=note, extra=extra))  # fmt: skip
    true = parse_growth(aim.growth).hashes
    forged = tiles.consistency_proof(store, aim.old.size, size)
    return receipt, write_growth(Growth(aim.old.size, rng.choice([true, forged]), note))
