"""Roots and proofs of Merkle trees (RFC 6962), from the hashes of their complete subtrees.

A complete subtree of height h at index i covers the leaves from i * 2**h to (i + 1) * 2**h. It
never changes once it is full, so that every earlier state of a log can be recomputed.
Not here: where hashes are kept (`tiles`), and checking proofs (`verify`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reopen.errors import InvalidRecord
from reopen.ledger.verify import EMPTY_ROOT, leaf_hash, node_hash

__all__ = [
    "EMPTY_ROOT",
    "consistency_proof",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "parents",
    "root",
    "root_of",
]

Subtrees = Callable[[int, int], bytes]  # height, index -> hash


def root(size: int, subtree: Subtrees) -> bytes:
    """The root of the tree of the first `size` leaves."""
    return _range(0, size, subtree) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, subtree: Subtrees) -> tuple[bytes, ...]:
    """The hashes from the leaf's sibling up to the root's child.

    Source: RFC 6962, section 2.1.1, PATH.
    """
    if not 0 <= index < size:
        raise InvalidRecord(f"Entry {index} of a log of {size} entries.", rule="There is none.")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_range(middle, end, subtree))
            end = middle
        else:
            proof.append(_range(start, middle, subtree))
            start = middle
    return tuple(reversed(proof))


def consistency_proof(old: int, new: int, subtree: Subtrees) -> tuple[bytes, ...]:
    """The hashes that show the tree of `old` leaves to be the beginning of that of `new`.

    Empty from 0, and from a size to itself. Source: RFC 6962, section 2.1.2, PROOF.
    """
    if not 0 <= old <= new:
        raise InvalidRecord(f"From {old} to {new} entries.", rule="A log only grows.")
    proof: list[bytes] = []
    start, end = 0, new
    while start < old < end:
        middle = start + _split(end - start)
        if old <= middle:
            proof.append(_range(middle, end, subtree))
            end = middle
        else:
            proof.append(_range(start, middle, subtree))
            start = middle
    if start:  # else the old tree is itself a subtree, whose root the verifier has
        proof.append(_range(start, end, subtree))
    return tuple(reversed(proof))


def _range(start: int, end: int, subtree: Subtrees) -> bytes:
    """The hash over the leaves from start to end, where start is a multiple of a full height."""
    size = end - start
    if size & (size - 1) == 0:
        height = size.bit_length() - 1
        return subtree(height, start >> height)
    middle = start + _split(size)
    return node_hash(_range(start, middle, subtree), _range(middle, end, subtree))


def _split(size: int) -> int:
    """The largest power of two smaller than size."""
    return 1 << (size - 1).bit_length() - 1


def parents(hashes: Sequence[bytes]) -> list[bytes]:
    """The next level up; an odd one at the end is left out."""
    return [node_hash(*pair) for pair in zip(hashes[::2], hashes[1::2], strict=False)]


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over all leaf hashes at once, for those who hold them all."""
    if not hashes:
        return EMPTY_ROOT
    while len(hashes) > 1:
        odd = hashes[-1:] if len(hashes) & 1 else []
        hashes = [*parents(hashes), *odd]
    return hashes[0]
