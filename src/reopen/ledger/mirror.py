"""Copies of a log (c2sp.org/tlog-tiles) in a folder that any web server can show.

    checkpoint                the last one, with all its signatures
    tile/0/x001/234           the tree's hashes
    tile/entries/x001/234     the entries' leaf data: commitments, which tell nothing of a record

A copy takes entries, builds the tree itself, and stands only if the signed root comes out; then
it has the whole log, and its old state shows every later change. Nothing of it is replaced before.
Not here: who signs (`checkpoint`), and records, which no mirror sees.
"""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from reopen.errors import UnreadableFile, Where
from reopen.ledger import tiles
from reopen.ledger.checkpoint import check_checkpoint
from reopen.ledger.note import Note, parse_note
from reopen.ledger.tree import root_of
from reopen.ledger.verify import (
    MOST_NOTE_BYTES,
    Checkpoint,
    Malformed,
    NotProven,
    VerifierKey,
    leaf_hash,
    parse_checkpoint,
)

_MOST_BYTES = max(MOST_NOTE_BYTES, tiles.WIDTH * (2 + 0xFFFF))


class Source(Protocol):
    """Where a log is copied from."""

    def read(self, path: str) -> bytes | None:
        """What is found under a path of the log; None if nothing is there."""
        ...


@dataclass(frozen=True)
class Folder:
    """A log in a folder: a mirror, or what a log's owner handed over."""

    path: Path

    def read(self, path: str) -> bytes | None:
        try:
            return (self.path / path).read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise UnreadableFile(
                f"It cannot be read: {error.strerror}.", where=Where(str(self.path / path))
            ) from None


@dataclass(frozen=True)
class Web:
    """A log under a web address."""

    prefix: str
    timeout_seconds: float = 30.0

    def read(self, path: str) -> bytes | None:
        address = f"{self.prefix.rstrip('/')}/{path}"
        try:
            call = Request(address, headers={"Accept-Encoding": "gzip, identity"})
            with urlopen(call, timeout=self.timeout_seconds) as answer:
                data: bytes = answer.read(_MOST_BYTES)
                packed = answer.headers.get("Content-Encoding", "") == "gzip"
            return gzip.decompress(data) if packed else data
        except HTTPError as error:
            error.close()
            if error.code in (404, 410):
                return None
            raise UnreadableFile(f"It answers {error.code}.", where=Where(address)) from None
        except (URLError, OSError, EOFError) as error:
            reason = getattr(error, "reason", None) or error
            raise UnreadableFile(
                f"No answer: {reason}.",
                way_on="This says nothing about the log. Try again.",
                where=Where(address),
            ) from None


class FolderTiles:
    """The tree's tiles in a folder (a `tiles.TileStore`)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, level: int, index: int) -> bytes | None:
        whole = self.folder / tiles.tile_path(level, index)
        if whole.exists():
            return whole.read_bytes()
        partial = whole.with_name(f"{whole.name}.p")
        widths = [int(path.name) for path in partial.glob("[0-9]*")]
        return (partial / str(max(widths))).read_bytes() if widths else None

    def put(self, level: int, index: int, data: bytes) -> None:
        write_file(self.folder / tiles.tile_path(level, index, len(data) // 32), data)


class _Grown:
    """Tiles of a mirror with those that are being added, kept apart until the root is right."""

    def __init__(self, kept: FolderTiles, fresh: FolderTiles) -> None:
        self.kept, self.put, self._fresh = kept, fresh.put, fresh

    def get(self, level: int, index: int) -> bytes | None:
        return self._fresh.get(level, index) or self.kept.get(level, index)


@dataclass(frozen=True)
class Copied:
    """What an update of a mirror did."""

    checkpoint: Checkpoint
    before: int  # entries it had


def update(source: Source, folder: Path, keys: Iterable[VerifierKey]) -> Copied:
    """Bring a mirror up to its log's last checkpoint, which one of these keys must have signed.

    Raises NotProven when the log shrank, changed, or its entries do not give the signed root; the
    mirror then stays as it was and the checkpoint is kept in `evidence`. UnreadableFile when the
    log cannot be reached, which says nothing about it.
    """
    data = source.read("checkpoint")
    if data is None:
        raise UnreadableFile("There is no checkpoint.", way_on="Is this the log's address?")
    note = parse_note(data)
    return publish(folder, note, keys, lambda start, end: _entries(source, start, end))


class Leaves(Protocol):
    """Gives the leaf data of the entries from start to end."""

    def __call__(self, start: int, end: int) -> Iterable[bytes]: ...


def publish(folder: Path, note: Note, keys: Iterable[VerifierKey], leaves: Leaves) -> Copied:
    """Bring a folder up to a signed checkpoint, from its log's leaf data. As `update`."""
    checkpoint, _ = check_checkpoint(note, keys)
    held = held_checkpoint(folder)
    before = held.size if held else 0
    try:
        if held:
            _must_follow(held, checkpoint)
        if checkpoint.size > before:
            _grow(folder, before, checkpoint, leaves)
        elif held is None:
            folder.mkdir(parents=True, exist_ok=True)
    except NotProven:
        evidence = folder / "evidence"
        write_file(evidence / sha256(bytes(note)).hexdigest()[:16], bytes(note))
        raise
    os.sync()  # tiles and entries first
    write_file(folder / "checkpoint", bytes(note))
    os.sync()
    return Copied(checkpoint, before)


def _must_follow(held: Checkpoint, checkpoint: Checkpoint, what: str = "the mirror") -> None:
    if held.origin != checkpoint.origin:
        raise NotProven(
            f"The checkpoint is of {checkpoint.origin}, {what} of {held.origin}.",
            way_on="Give each log a folder of its own.",
        )
    if checkpoint.size < held.size:
        raise NotProven(
            f"The log shows {checkpoint.size} entries; {what} has {held.size}.",
            rule="A log only grows: entries were taken away, or an old state is shown.",
            way_on="Keep what you have: it shows what was taken away.",
        )
    if checkpoint.size == held.size and checkpoint.root != held.root:
        raise NotProven(
            f"The log's {held.size} entries are not those of {what}.",
            rule="Two histories of one log, both signed by it.",
            way_on="Keep both checkpoints: together they are evidence.",
        )


def _grow(folder: Path, before: int, checkpoint: Checkpoint, leaves: Leaves) -> None:
    unfinished = folder / "unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    kept = FolderTiles(folder)
    store = _Grown(kept, FolderTiles(unfinished))
    first = before - before % tiles.WIDTH
    bundle = list(_entries(Folder(folder), first, before))
    size = before
    for leaf in leaves(before, checkpoint.size):
        bundle.append(leaf)
        if len(bundle) == tiles.WIDTH:
            size = _add_bundle(unfinished, store, size, bundle)
            bundle = []
    if bundle:
        size = _add_bundle(unfinished, store, size, bundle)
    if size != checkpoint.size:
        raise Malformed(f"{size} entries came; the checkpoint is of {checkpoint.size}.")
    if tiles.root(store, size) != checkpoint.root:
        raise NotProven(
            f"The {size} entries do not give the root that the log signed.",
            rule=f"Either the entries handed out are not the log's, or its first {before} entries "
            "are no longer those of the mirror.",
            way_on="The mirror stays as it was. Ask for a consistency proof to tell which.",
        )
    for path in sorted(unfinished.rglob("*")):
        if path.is_file():
            place = folder / path.relative_to(unfinished)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.replace(place)
    shutil.rmtree(unfinished)


def _add_bundle(folder: Path, store: _Grown, size: int, bundle: list[bytes]) -> int:
    index = size // tiles.WIDTH
    write_file(folder / tiles.entries_path(index, len(bundle)), tiles.write_bundle(bundle))
    fresh = bundle[size % tiles.WIDTH :]
    return tiles.append(store, size, [leaf_hash(leaf) for leaf in fresh])


def _entries(source: Source, start: int, end: int) -> Iterator[bytes]:
    """Leaf data from a log's bundles."""
    while start < end:
        index, skip = divmod(start, tiles.WIDTH)
        width = min(tiles.WIDTH, end - index * tiles.WIDTH)
        data = source.read(tiles.entries_path(index, width)) or source.read(
            tiles.entries_path(index)
        )
        found = [] if data is None else tiles.parse_bundle(data)
        if len(found) < width:
            raise UnreadableFile(
                f"Entries {start} to {end - 1} are not there.",
                rule="A log shows every entry up to its checkpoint.",
                where=Where(tiles.entries_path(index, width)),
            )
        yield from found[skip:width]
        start = index * tiles.WIDTH + width


def held_checkpoint(folder: Path) -> Checkpoint | None:
    """The checkpoint that a mirror stands at; None for a folder that is none yet."""
    data = Folder(folder).read("checkpoint")
    return None if data is None else parse_checkpoint(data)


def check(
    folder: Path, keys: Iterable[VerifierKey], *, earlier: Sequence[Checkpoint] = ()
) -> Checkpoint:
    """Read a whole mirror again: entries, tiles, root and signatures. Raises what is wrong.

    earlier  checkpoints of this log that were kept elsewhere: it must begin with each of them
    """
    data = Folder(folder).read("checkpoint")
    if data is None:
        raise UnreadableFile("This is no mirror: no checkpoint.", where=Where(str(folder)))
    checkpoint, _ = check_checkpoint(data, keys)
    hashes = [leaf_hash(leaf) for leaf in _entries(Folder(folder), 0, checkpoint.size)]
    for fault in tiles.faults(FolderTiles(folder), checkpoint.size, hashes):
        raise NotProven(f"In the mirror, {fault}.", way_on="Restore it, or copy the log again.")
    if root_of(hashes) != checkpoint.root:
        raise NotProven("The mirror's entries do not give the root that the log signed.")
    for old in earlier:
        _must_follow(old, checkpoint, "your old checkpoint")
        if root_of(hashes[: old.size]) != old.root:
            raise NotProven(
                f"The mirror's first {old.size} entries are not those of your old checkpoint.",
                rule="A log only grows: entries were changed, removed or put in between.",
                way_on="Keep both checkpoints: together they are evidence.",
            )
    return checkpoint


def write_file(path: Path, data: bytes) -> None:
    """A file whole or not at all; `os.sync` makes it last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_bytes(data)
    unfinished.replace(path)
