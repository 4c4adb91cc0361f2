"""Which names stand more than once among millions, told from 64-bit numbers of them.

Two names may share a number, so those found are compared as text. Not for: secrets (the numbers
are easily inverted).
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]

_LONGEST = 64  # bytes of a name that are mixed for all names at once
_MIX = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio, odd


def name_numbers(names: pa.Array) -> Numbers:
    """A number for each name; equal names have equal ones. (name,)."""
    _, offsets, data = names.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[names.offset : names.offset + len(names) + 1]
    text = np.frombuffer(data or b"", dtype=np.uint8)
    length = np.diff(ends)
    short = length <= _LONGEST
    width = (int(length[short].max(initial=1)) + 7) // 8 * 8
    padded = np.zeros((len(names), width), dtype=np.uint8)
    padded[(np.arange(width) < length[:, None]) & short[:, None]] = _of_short(text, ends, short)
    mixed = length.astype(np.uint64)
    for start, word in zip(range(0, width, 8), padded.view(np.uint64).T, strict=True):
        more = (mixed ^ word) * _MIX
        mixed = np.where(length > start, more ^ (more >> np.uint64(29)), mixed)
    for k in np.flatnonzero(~short):
        digest = blake2b(text[ends[k] : ends[k + 1]].tobytes(), digest_size=8).digest()
        mixed[k] = int.from_bytes(digest, "little")
    return mixed


def _of_short(
    text: NDArray[np.uint8], ends: NDArray[np.int32], short: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """The bytes of the short names, one after the other."""
    inside = text[ends[0] : ends[-1]]
    return inside if short.all() else inside[np.repeat(short, np.diff(ends))]


def met_twice(numbers: Numbers) -> Numbers:
    """The numbers that are there more than once, ascending."""
    ordered = np.sort(numbers)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def among(numbers: Numbers, wanted: Numbers) -> NDArray[np.intp]:
    """Places of the numbers that are wanted. wanted: ascending."""
    if not len(wanted):
        return np.empty(0, dtype=np.intp)
    place = np.minimum(np.searchsorted(wanted, numbers), len(wanted) - 1)
    return np.flatnonzero(wanted[place] == numbers)
