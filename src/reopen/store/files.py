"""Files kept whole in the unit, found by the SHA-256 of their bytes.

In parts, so that a film does not have to fit in memory. What the file is and whose case it belongs
to is a `StoredFile` record, whose id is the hash and which the log holds. Not here: reading what
is in them (`formats`).
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

from reopen.errors import LogBroken, UnknownName, UnreadableFile
from reopen.store.database import Database

PART = 1 << 22  # 4 MiB


def keep(db: Database, file: Path | bytes) -> tuple[str, int]:
    """Keep a file's bytes; their hash and their number. Those held already are not written again.

    A file on disk is copied first, so that the bytes kept are those hashed even if it changes.
    """
    with SpooledTemporaryFile(PART) as copy:
        digest, length = sha256(), 0
        for part in _parts(file):
            digest.update(part)
            length += len(part)
            copy.write(part)
        sha = digest.hexdigest()
        if not holds(db, sha):
            copy.seek(0)
            numbered = enumerate(_read(copy) if length else [b""])
            db.insert("file", ("sha256", "part", "data"), ((sha, n, data) for n, data in numbered))
    return sha, length


def holds(db: Database, sha: str) -> bool:
    return db.one("SELECT 1 FROM file WHERE sha256 = ? AND part = 0", (sha,)) is not None


def parts(db: Database, sha: str) -> Iterator[bytes]:
    """A file's bytes part by part, checked against their hash at the end.

    Raises UnknownName where the unit has no such file, LogBroken where its bytes have changed.
    """
    digest, n = sha256(), 0
    while row := db.one("SELECT data FROM file WHERE sha256 = ? AND part = ?", (sha, n)):
        data = bytes(row[0])
        digest.update(data)
        n += 1
        yield data
    if n == 0:
        raise UnknownName(
            f"The unit keeps no file {sha}.",
            rule="A kept file is named by the SHA-256 of its bytes.",
            way_on="Import the file again, or look for it in a backup.",
        )
    if digest.hexdigest() != sha:
        raise LogBroken(
            f"The bytes kept for file {sha} have the hash {digest.hexdigest()}.",
            rule="A kept file never changes.",
            way_on="Restore it from a backup; keep this unit as it is for the inquiry.",
        )


def read(db: Database, sha: str) -> bytes:
    """A whole file, checked."""
    return b"".join(parts(db, sha))


def _parts(file: Path | bytes) -> Iterator[bytes]:
    if isinstance(file, bytes):
        yield from (file[at : at + PART] for at in range(0, len(file), PART))
        return
    try:
        with file.open("rb") as source:
            yield from _read(source)
    except OSError as error:
        raise UnreadableFile(
            f"{file} cannot be read: {error.strerror}.",
            rule="An attachment is kept whole.",
            way_on="Check the name and your right to read it.",
        ) from error


def _read(source: IO[bytes]) -> Iterator[bytes]:
    while part := source.read(PART):
        yield part
