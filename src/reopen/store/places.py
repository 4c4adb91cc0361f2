"""Files that appear whole or not at all, and never in the place of another.

Not here: what is in them.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from reopen.errors import CannotStore


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """A name beside `path` to write to; at the end of the block it becomes `path`.

    After a power cut there is the whole file or none. Raises CannotStore where `path` is taken.
    """
    _refuse_taken(path)
    unfinished = path.with_name(f".{path.name}.{token_hex(4)}.unfinished")
    try:
        yield unfinished
        flush(unfinished)
        _name(unfinished, path)
        flush(path.parent)
    except OSError as error:
        raise CannotStore(
            f"{path} cannot be written: {error.strerror}.",
            rule="A file appears whole or not at all.",
            way_on="Check that the folder is there, writable, and has room.",
        ) from error
    finally:
        for left in (unfinished, unfinished.with_name(unfinished.name + "-journal")):
            with suppress(OSError):
                left.unlink()


def _name(unfinished: Path, path: Path) -> None:
    """Give the file its name. A link fails where the name is taken; not all file systems link."""
    try:
        os.link(unfinished, path)
    except FileExistsError:
        _refuse_taken(path)
        raise
    except OSError:
        _refuse_taken(path)
        unfinished.rename(path)


def _refuse_taken(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise CannotStore(
            f"{path} is there already.",
            rule="A unit or backup is never written in the place of a file.",
            way_on="Choose another name, or move that file away.",
        )


def flush(path: Path) -> None:
    """Return when the disk has the file, or the folder's list of names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
