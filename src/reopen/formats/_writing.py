"""Large files written whole or not at all.

Not for: what is in them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reopen.errors import CannotStore, Where


@contextmanager
def writing(out: Path) -> Iterator[None]:
    """Tells a disk that refuses in our words: CannotStore, with the file that was wanted."""
    try:
        yield
    except OSError as error:
        raise CannotStore(
            f"The file cannot be written: {error.strerror or error}.",
            rule="It is written beside its place and renamed; what was there before is untouched.",
            way_on="Name a file in a folder that may be written and has room.",
            where=Where(str(out)),
        ) from None


@contextmanager
def whole_file(out: Path) -> Iterator[Path]:
    """A name beside the file's own to write to; it takes the file's place when all is written.

    Raises CannotStore where the disk refuses.
    """
    made = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with writing(out):
            yield made
            settle(made, out)
    finally:
        made.unlink(missing_ok=True)


def settle(made: Path, name: Path) -> None:
    """Give a finished file its name, after its content has reached the disk."""
    with made.open("rb") as file:
        os.fsync(file.fileno())
    made.replace(name)
