"""A witness's memory: a folder with the last cosigned checkpoint of each log.

    version          says that this folder is a witness's memory
    <hash>           the last checkpoint of a log, under the SHA-256 of the log's origin
    evidence/        requests that a log's key signed, and that contradict what is remembered

A witness that forgot would vouch for two histories. So a file is on disk, with its name, before
`remember` returns; and a folder that is not there is an error, never an empty memory. One process
writes at a time.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from hashlib import sha256
from pathlib import Path

from reopen.errors import UnreadableFile, Where
from reopen.ledger.note import Note, parse_note
from reopen.ledger.proof import write_growth
from reopen.ledger.verify import Growth, Malformed, parse_checkpoint

_VERSION = b"reopen witness memory, version 1\n"
_MOST_EVIDENCE = 1000  # files


class Evidence(Enum):
    """Why a refused request is kept."""

    FORK = "fork"  # two states of one size, both signed by the log: proof of two histories
    UNPROVEN = "unproven"  # signed by the log, but the proof failed: perhaps just a faulty client


class WitnessState:
    """The memory in an existing folder; `create` makes a new one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._thread = threading.Lock()
        try:
            known = (folder / "version").read_bytes() == _VERSION
        except OSError:
            known = False
        if not known:
            raise UnreadableFile(
                "There is no witness's memory here.",
                rule="A witness that starts without its memory could vouch for two histories.",
                way_on="Restore it. Only for a new witness with a new key, make an empty one.",
                where=Where(str(folder)),
            )

    @classmethod
    def create(cls, folder: Path) -> WitnessState:
        """A new, empty memory, for a witness whose key has cosigned nothing yet."""
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            raise UnreadableFile(
                "The folder exists already.",
                way_on="Use it if it is this witness's memory; else name another.",
                where=Where(str(folder)),
            ) from None
        _write(folder, "version", _VERSION)
        return cls(folder)

    @staticmethod
    def name(origin: str) -> str:
        """The name under which a log's state is kept, and found over HTTP."""
        return sha256(origin.encode()).hexdigest()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Between reading and remembering, nobody else does either."""
        with self._thread, (self.folder / "version").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def latest(self, origin: str) -> Note | None:
        """The last checkpoint remembered of a log; None where none was ever cosigned."""
        path = self.folder / self.name(origin)
        try:
            note = parse_note(path.read_bytes())
            if parse_checkpoint(note).origin != origin:
                raise Malformed("It is of another log.")
        except FileNotFoundError:
            return None
        except (OSError, Malformed) as error:
            raise UnreadableFile(
                f"What the witness remembers of {origin} cannot be read: {error}",
                rule="A witness never goes on as if it remembered nothing.",
                way_on="Restore the file from a copy of the memory.",
                where=Where(str(path)),
            ) from None
        return note

    def remember(self, origin: str, note: Note) -> None:
        """Keep the checkpoint as a log's last; returns when the disk has it."""
        _write(self.folder, self.name(origin), bytes(note))

    def keep(self, why: Evidence, growth: Growth) -> None:
        """Keep what contradicts the memory, as it was sent; of one checkpoint one copy.

        Only what the log's key signed comes here. Still, the number of files has a limit.
        """
        folder = self.folder / "evidence"
        folder.mkdir(exist_ok=True)
        note = bytes(growth.checkpoint)
        origin = parse_checkpoint(growth.checkpoint).origin
        name = f"{why.value}-{self.name(origin)[:16]}-{sha256(note).hexdigest()[:16]}"
        if len(os.listdir(folder)) < _MOST_EVIDENCE and not (folder / name).exists():
            _write(folder, name, write_growth(growth))


def _write(folder: Path, name: str, data: bytes) -> None:
    """Write a file whole: new content, then its name, each on disk before the next step."""
    unfinished = folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
    with unfinished.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / name)
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
