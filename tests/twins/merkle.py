"""Merkle trees by the definitions of RFC 6962, section 2.1, over plain lists of leaf data."""

from __future__ import annotations

from hashlib import sha256


def k(n: int) -> int:
    """The largest power of two smaller than n."""
    power = 1
    while power * 2 < n:
        power *= 2
    return power


def mth(d: list[bytes]) -> bytes:
    """The Merkle tree hash of a list."""
    if not d:
        return sha256(b"").digest()
    if len(d) == 1:
        return sha256(b"\x00" + d[0]).digest()
    n = k(len(d))
    return sha256(b"\x01" + mth(d[:n]) + mth(d[n:])).digest()


def path(m: int, d: list[bytes]) -> list[bytes]:
    """The audit path of leaf m."""
    if len(d) == 1:
        return []
    n = k(len(d))
    if m < n:
        return [*path(m, d[:n]), mth(d[n:])]
    return [*path(m - n, d[n:]), mth(d[:n])]


def proof(m: int, d: list[bytes]) -> list[bytes]:
    """The consistency proof from the first m leaves, 0 < m <= n."""
    return subproof(m, d, True)


def subproof(m: int, d: list[bytes], known: bool) -> list[bytes]:
    if m == len(d):
        return [] if known else [mth(d)]
    n = k(len(d))
    if m <= n:
        return [*subproof(m, d[:n], known), mth(d[n:])]
    return [*subproof(m - n, d[n:], False), mth(d[:n])]
