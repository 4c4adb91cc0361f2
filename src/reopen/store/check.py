"""Whether a unit is what was entered: every byte and row against the log, the log against its past.

Finds what was changed outside the program: edited or missing entries, rows that say something else
than their entry, tiles, files, and a log that is not the one an earlier checkpoint was made of.
A log rewritten as a whole since the last checkpoint that somebody else holds is not found; that is
what witnesses are for. Not here: access tables (`zoning`), signatures of checkpoints (`ledger`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from reopen.errors import LogBroken, ReopenError
from reopen.ledger import tiles
from reopen.ledger.verify import Checkpoint
from reopen.store import (
    check_access,
    check_checkpoints,
    check_entries,
    check_rows,
    files,
    log,
    migrations,
)
from reopen.store.check_entries import Fault, Seen
from reopen.store.database import Database

__all__ = ["FURTHER", "Fault", "Verified", "faults", "verify"]

FURTHER: list[Callable[[Database], Iterator[Fault]]] = []
"""Checks of tables that other modules derive from records."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A unit in which everything agrees.

    root      of the tree of `size` entries
    expunged  entries emptied by order of two people
    files     kept files, each read and compared with its hash
    checkpoints  that were stored or given, all of this log
    """

    size: int
    root: bytes
    expunged: int
    files: int
    checkpoints: int


def verify(
    db: Database, *, earlier: Sequence[Checkpoint] = (), with_files: bool = True
) -> Verified:
    """Check a whole unit. Raises LogBroken with the first things found.

    earlier     checkpoints of this log that somebody else has kept
    with_files  also read every kept file
    """
    seen = Seen()
    with db.reading():
        found = list(islice(_faults(db, seen, earlier, with_files), 5))
        if found:
            raise LogBroken(
                "; ".join(f"{fault.thing}: {fault.sentence}" for fault in found),
                rule="What a unit holds is what was entered, and its log only grows.",
                way_on="Keep the unit as it is for the inquiry, and compare it with its backups, "
                "mirrors and receipts.",
            )
        return Verified(
            size=seen.size,
            root=log.root(db, seen.size),
            expunged=len(seen.emptied),
            files=seen.files,
            checkpoints=seen.checkpoints,
        )


def faults(
    db: Database, *, earlier: Sequence[Checkpoint] = (), with_files: bool = True
) -> Iterator[Fault]:
    """Everything that does not agree, one by one."""
    with db.reading():
        yield from _faults(db, Seen(), earlier, with_files)


def _faults(
    db: Database, seen: Seen, earlier: Sequence[Checkpoint], with_files: bool
) -> Iterator[Fault]:
    steps: list[Callable[[], Iterator[Fault]]] = [
        lambda: _schema_faults(db),
        lambda: check_entries.faults(db, seen),
        lambda: check_rows.faults(db, seen),
        lambda: _tile_faults(db, seen),
        lambda: check_checkpoints.faults(db, seen, earlier),
        lambda: _file_faults(db, seen, with_files),
        lambda: check_access.faults(db),
        *((lambda further=further: further(db)) for further in FURTHER),
    ]
    for step in steps:
        try:
            yield from step()
        except ReopenError as error:  # what cannot even be read
            yield Fault("database", error.seen)


def _tile_faults(db: Database, seen: Seen) -> Iterator[Fault]:
    for sentence in tiles.faults(log.Tiles(db), seen.size, seen.leaf_hashes):
        yield Fault("log", sentence)
    rows = db.rows("SELECT level, idx, length(data) FROM tile")
    expected = {(at, index): 32 * width for at, index, width in tiles.tiles_of(seen.size)}
    for level, index, length in rows:
        if expected.get((level, index)) != length:
            yield Fault("log", f"tile {level}/{index} has {length} bytes, which no entry explains")


def _schema_faults(db: Database) -> Iterator[Fault]:
    """Steps by other names. Which version of the program took them, nothing vouches for."""
    known = {(step.number, step.name) for step in migrations.known()}
    for number, name in db.rows("SELECT number, name FROM migration"):
        if (number, name) not in known:
            yield Fault("migration", f"{number} is called {name}")


_PARTS = "SELECT sha256, COUNT(*), MIN(part), MAX(part) FROM file GROUP BY sha256"


def _file_faults(db: Database, seen: Seen, with_files: bool) -> Iterator[Fault]:
    kept = set()
    for sha, count, first, last in db.rows(_PARTS):
        kept.add(sha)
        if (first, last) != (0, count - 1):
            yield Fault(f"file {sha}", "has parts that do not follow each other")
    for sha in sorted(kept - seen.file_ids):
        yield Fault(f"file {sha}", "is in no record")
    for sha in sorted(seen.file_ids):
        seen.files += 1
        if sha not in kept:
            yield Fault(f"file {sha}", "is not kept, though a record says so")
        elif with_files:
            try:
                for _ in files.parts(db, sha):
                    pass
            except ReopenError as error:
                yield Fault(f"file {sha}", error.seen)
