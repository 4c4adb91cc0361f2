"""A log's tree in tiles (c2sp.org/tlog-tiles): up to 256 hashes of one level, side by side.

A tile at level l and index n holds the hashes of the complete subtrees of 256**l leaves from
n * 256 on; level 0 holds the leaves' own hashes. Full tiles never change, which makes them easy
to copy and to check. Not here: where tiles are kept (anything with `get` and `put` will do).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from typing import Protocol

from reopen.ledger import tree
from reopen.ledger.verify import HASH_BYTES, Malformed

WIDTH = 256
_HEIGHT = 8  # 2**8 == WIDTH
_MOST_LEVELS = 64


class TileReader(Protocol):
    """What tiles are read from."""

    def get(self, level: int, index: int) -> bytes | None:
        """The tile's hashes, one after another; None if there is no such tile."""
        ...


class TileStore(TileReader, Protocol):
    """What keeps tiles: the newest, widest version of each."""

    def put(self, level: int, index: int, data: bytes) -> None:
        """Keep the tile, in place of a narrower version of itself."""
        ...


def append(store: TileStore, size: int, leaf_hashes: Sequence[bytes]) -> int:
    """Append leaves to the log of `size` leaves; the new size. Writes each tile once."""
    fresh, before, level = list(leaf_hashes), size, 0
    while fresh:
        fresh = _append_level(store, level, before, fresh)
        before, level = before // WIDTH, level + 1
    return size + len(leaf_hashes)


def _append_level(store: TileStore, level: int, count: int, fresh: list[bytes]) -> list[bytes]:
    """Append hashes to a level that has `count`; the hashes of the tiles that became full."""
    index, width = divmod(count, WIDTH)
    hashes = _tile(store, level, index, width) + fresh
    full = []
    for start in range(0, len(hashes), WIDTH):
        tile = hashes[start : start + WIDTH]
        store.put(level, index, b"".join(tile))
        if len(tile) == WIDTH:
            full.append(tree.root_of(tile))
        index += 1
    return full


def root(store: TileReader, size: int) -> bytes:
    """The root of the log when it had `size` entries."""
    return tree.root(size, _subtrees(store))


def inclusion_proof(store: TileReader, index: int, size: int) -> tuple[bytes, ...]:
    """The proof that entry `index` stands in the log of `size` entries."""
    return tree.inclusion_proof(index, size, _subtrees(store))


def consistency_proof(store: TileReader, old: int, new: int) -> tuple[bytes, ...]:
    """The proof that the log of `new` entries begins with that of `old`; empty from 0."""
    return tree.consistency_proof(old, new, _subtrees(store))


def _subtrees(store: TileReader) -> tree.Subtrees:
    def subtree(height: int, index: int) -> bytes:
        level, within = divmod(height, _HEIGHT)
        first = index << within
        tile, offset = divmod(first, WIDTH)
        hashes = _tile(store, level, tile, offset + (1 << within))[offset:]
        return tree.root_of(hashes)

    return subtree


def _tile(store: TileReader, level: int, index: int, width: int) -> list[bytes]:
    """The first `width` hashes of a tile."""
    if not width:
        return []
    data = store.get(level, index)
    if data is None or len(data) < width * HASH_BYTES:
        have = 0 if data is None else len(data) // HASH_BYTES
        raise Malformed(
            f"Tile {tile_path(level, index)} has {have} hashes; {width} are needed.",
            rule="Every tile of the log up to its size is kept.",
            way_on="The log is damaged or cut. Restore a backup, or compare with a mirror.",
        )
    return split_hashes(data[: width * HASH_BYTES])


def split_hashes(data: bytes) -> list[bytes]:
    """A tile's hashes, one by one."""
    if len(data) % HASH_BYTES:
        raise Malformed(f"A tile of {len(data)} bytes.", rule="Its hashes have 32 bytes each.")
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def tiles_of(size: int) -> Iterator[tuple[int, int, int]]:
    """Level, index and width of every tile of a log of `size` entries, the lowest level first."""
    level = 0
    while size:
        full, width = divmod(size, WIDTH)
        yield from ((level, index, WIDTH) for index in range(full))
        if width:
            yield level, full, width
        size, level = full, level + 1


def faults(store: TileReader, size: int, leaf_hashes: Sequence[bytes]) -> Iterator[str]:
    """What is wrong with the tiles of a log whose leaf hashes are known, in words.

    A tile may be wider than the size asks for: the log has grown since.
    """
    expected = leaf_hashes[:size]
    above: list[bytes] = []
    level = 0
    for at, index, width in tiles_of(size):
        if at != level:
            expected, above, level = above, [], at
        data = store.get(at, index)
        want = expected[index * WIDTH : index * WIDTH + width]
        if len(want) == WIDTH:
            above.append(tree.root_of(want))
        if data is None:
            yield f"tile {tile_path(at, index)} is missing"
        elif len(data) % HASH_BYTES or len(data) > WIDTH * HASH_BYTES:
            yield f"tile {tile_path(at, index)} has {len(data)} bytes"
        elif data[: width * HASH_BYTES] != b"".join(want):
            yield f"tile {tile_path(at, index)} does not hold its entries' hashes"


# --- Paths ---


def tile_path(level: int, index: int, width: int = WIDTH) -> str:
    """Where a tile is found, as in tile/0/x001/234.p/56; the end only for those not full."""
    return f"tile/{level}/{_index_path(index, width)}"


def entries_path(index: int, width: int = WIDTH) -> str:
    """Where the bundle with the entries of a tile of level 0 is found."""
    return f"tile/entries/{_index_path(index, width)}"


def entries_path_of(entry: int, size: int) -> str:
    """Where an entry of a log of `size` entries is found."""
    index = entry // WIDTH
    return entries_path(index, min(WIDTH, size - index * WIDTH))


def _index_path(index: int, width: int) -> str:
    digits = str(index)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *head, last = (digits[at : at + 3] for at in range(0, len(digits), 3))
    path = "/".join([*(f"x{part}" for part in head), last])
    return path if width == WIDTH else f"{path}.p/{width}"


_PATH = re.compile(
    r"tile/(?P<level>entries|0|[1-9][0-9]?)/(?P<head>(?:x[0-9]{3}/)*)(?P<last>[0-9]{3})"
    r"(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


def parse_path(path: str) -> tuple[int | None, int, int]:
    """Level (None for entries), index and width of a tile, from its path."""
    found = _PATH.fullmatch(path)
    if found:
        level = None if found["level"] == "entries" else int(found["level"])
        index = int(re.sub(r"[x/]", "", found["head"] + found["last"]))
        width = int(found["width"] or WIDTH)
        partial = found["width"] is not None
        canonical = (entries_path(index, width) if level is None else
                     tile_path(level, index, width))  # fmt: skip
        if (
            (level or 0) < _MOST_LEVELS
            and index < 1 << 63
            and width < WIDTH + (not partial)
            and canonical == path
        ):
            return level, index, width
    raise Malformed(f"{path!r} is not the path of a tile.", rule="As in tile/0/x001/234.p/56.")


# --- Entry bundles ---


def write_bundle(leaves: Sequence[bytes]) -> bytes:
    """Leaves' data as a bundle: each after its length in two bytes."""
    for leaf in leaves:
        if len(leaf) > 0xFFFF:
            raise Malformed(f"An entry of {len(leaf)} bytes.", rule="At most 65,535.")
    return b"".join(struct.pack(">H", len(leaf)) + leaf for leaf in leaves)


def parse_bundle(data: bytes) -> list[bytes]:
    """The leaves' data in a bundle."""
    leaves, at = [], 0
    while at < len(data):
        length = int.from_bytes(data[at : at + 2], "big")
        leaf = data[at + 2 : at + 2 + length]
        if len(data) < at + 2 or len(leaf) != length:
            raise Malformed("A bundle of entries that is cut.")
        leaves.append(leaf)
        at += 2 + length
    if len(leaves) > WIDTH:
        raise Malformed(f"A bundle of {len(leaves)} entries.", rule="At most 256.")
    return leaves
