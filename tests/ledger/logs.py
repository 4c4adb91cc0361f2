"""A small log with keys, for tests: entries are added, checkpoints signed, proofs made."""

from __future__ import annotations

from collections.abc import Sequence

from tests.ledger.stores import Tiles

from reopen.ledger import tiles
from reopen.ledger.checkpoint import sign_checkpoint
from reopen.ledger.keys import SigningKey
from reopen.ledger.leaf import commitment
from reopen.ledger.note import Note, parse_note
from reopen.ledger.proof import write_growth, write_receipt
from reopen.ledger.verify import Checkpoint, Growth, VerifierKey, leaf_hash

TIME = 1_700_000_000


class Log:
    """A log whose entries are salted records; its history can be rewritten, for attacks."""

    def __init__(self, origin: str = "example.org/log", prefix: str = "record") -> None:
        self.origin = origin
        self.prefix = prefix
        self.keys = [
            SigningKey(origin, "ed25519", bytes([1]) * 32),
            SigningKey(origin, "ml-dsa-44", bytes([2]) * 32),
        ]
        self.bodies: list[bytes] = []
        self.salts: list[bytes] = []
        self.store = Tiles()

    @property
    def public(self) -> list[VerifierKey]:
        return [key.public for key in self.keys]

    def grow(self, count: int) -> None:
        start = len(self.bodies)
        for number in range(start, start + count):
            self.bodies.append(f'{{"kind":"{self.prefix}","number":{number}}}'.encode())
            self.salts.append(number.to_bytes(32, "big"))
        tiles.append(self.store, start, [leaf_hash(leaf) for leaf in self.leaves(start)])

    def rebuild(self) -> None:
        """The tree anew, after records were changed: an owner's attack."""
        self.store = Tiles()
        tiles.append(self.store, 0, [leaf_hash(leaf) for leaf in self.leaves()])

    def leaves(self, start: int = 0, end: int | None = None) -> list[bytes]:
        pairs = zip(self.salts[start:end], self.bodies[start:end], strict=True)
        return [commitment(salt, body) for salt, body in pairs]

    def state(self, size: int | None = None) -> Checkpoint:
        size = len(self.bodies) if size is None else size
        return Checkpoint(self.origin, size, tiles.root(self.store, size))

    def note(self, size: int | None = None, keys: Sequence[SigningKey] | None = None) -> Note:
        return parse_note(sign_checkpoint(self.state(size), keys or self.keys, time=TIME))

    def proof_from(self, old: int, size: int | None = None) -> tuple[bytes, ...]:
        size = len(self.bodies) if size is None else size
        return tiles.consistency_proof(self.store, old, size)

    def request(self, old: int, size: int | None = None) -> bytes:
        return write_growth(Growth(old, self.proof_from(old, size), self.note(size)))

    def receipt(self, index: int, note: Note | None = None) -> bytes:
        note = note or self.note()
        proof = tiles.inclusion_proof(self.store, index, len(self.bodies))
        salt, body = self.salts[index], self.bodies[index]
        return write_receipt(index, proof, note, salt=salt, body=body)
