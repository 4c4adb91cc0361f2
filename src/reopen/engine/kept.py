"""A folder of inputs and results by content name: what a stopped night goes on from.

What must be on disk before what: a file is written under a temporary name, brought to the disk and
renamed, so that a name in the folder is a whole file. The first line is the hash of what follows:
a file that a failing disk changed is as good as absent, and is made again. The hash is no
signature. Whoever may write in the folder may change results, and whoever may read it reads
profiles: it is made for its owner alone. Not here: what the bytes mean (`values`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

from reopen.errors import CannotStore


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of our own; made where there is none. Raises CannotStore where it cannot be.

    lasting  it is there after the run, so that another one goes on from it
    """

    folder: Path
    lasting: bool = True

    def __post_init__(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot(self.folder, error) from error

    @property
    def way_on(self) -> str:
        """What to do about blocks that were not done."""
        if self.lasting:
            return "Run the same again: what is done is kept, and only the rest is tried."
        return "Name a folder to keep results in: a search that is run again goes on from it."

    def read(self, name: str) -> bytes | None:
        """The bytes kept; None where there are none, or others than were written."""
        try:
            head, _, data = (self.folder / name).read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _cannot(self.folder, error) from error
        return data if head == _hash(data) else None

    def write(self, name: str, data: bytes) -> None:
        """Keep bytes. Two who write the same name at once write the same bytes."""
        try:
            _put(self.folder / name, _hash(data) + b"\n" + data)
        except OSError as error:
            raise _cannot(self.folder, error) from error


@contextmanager
def kept_in(folder: Path | None) -> Iterator[Kept]:
    """A folder that stays, or one for this run alone."""
    if folder is not None:
        yield Kept(folder)
        return
    with TemporaryDirectory(prefix="reopen-") as own:
        yield Kept(Path(own), lasting=False)


def _put(path: Path, data: bytes) -> None:
    """Write a whole file or none."""
    with NamedTemporaryFile(dir=path.parent, prefix=".half-", delete=False) as file:
        half = Path(file.name)
        try:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
            half.replace(path)
        finally:
            half.unlink(missing_ok=True)


def _hash(data: bytes) -> bytes:
    return sha256(data).hexdigest().encode()


def _cannot(folder: Path, error: OSError) -> CannotStore:
    return CannotStore(
        f"The folder of results {folder} cannot be used ({error.strerror or error}).",
        rule="Every result is kept there before the next one counts.",
        way_on="Make room, or name a folder that may be written. What is in it is safe.",
    )
