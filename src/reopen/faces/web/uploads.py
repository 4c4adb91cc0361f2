"""Files that a browser sent, until they are kept in the unit or let go.

Each upload is a folder beside the board's state with files under random names; what the user calls
a file is text in its list, and never a path. Nothing is unpacked. Not here: what the files are
(`bringing_in`), the size of a request (`gatekeeping`).
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from reopen.errors import InvalidRecord, UnknownName

MOST_FILES = 200
MOST_BYTES = 8 << 30
KEPT_S = 24 * 3600
_CHUNK = 1 << 20
_NAME_BYTES = 200
_LIST = "list.json"
_ID = re.compile(r"upload-[0-9a-f]{32}")
_NO_NAME = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent. name: what the user calls it; stored: the file it lies in."""

    name: str
    stored: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Upload:
    """Files sent together."""

    id: str
    folder: Path
    files: tuple[Sent, ...]

    def path(self, sent: Sent) -> Path:
        return self.folder / sent.stored

    def beside(self) -> dict[str, Path]:
        """Its files by what the user calls them."""
        return {sent.name: self.path(sent) for sent in self.files}

    def must_be_as_sent(self) -> None:
        """Raises InvalidRecord where a file's bytes are not those that were sent."""
        for sent in self.files:
            with self.path(sent).open("rb") as file:
                now = hashlib.file_digest(file, "sha256").hexdigest()
            if now != sent.sha256:
                raise InvalidRecord(
                    f"{sent.name} is not what was sent.",
                    rule="What is kept are the bytes that were previewed.",
                    way_on="Bring the files in again.",
                )

    def let_go(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


def keep_upload(home: Path, files: Iterable[tuple[str, BinaryIO]]) -> Upload:
    """Store files as they come. home: the board's folder for work; files: names and bytes.

    Raises InvalidRecord for too many files, or none; or where what waits to be kept is too much.
    """
    _sweep(home)
    if sum(file.stat().st_size for file in home.glob("upload-*/*")) > MOST_BYTES:
        raise InvalidRecord(
            f"More than {MOST_BYTES >> 30} GiB of files wait to be kept or let go.",
            rule="Files that are sent and not kept are let go after a day.",
            way_on="Keep or let go what is looked at already, or wait until others have.",
        )
    id = f"upload-{token_hex(16)}"
    folder = home / id
    folder.mkdir(mode=0o700)
    upload = Upload(id, folder, ())
    try:
        sent: list[Sent] = []
        for name, data in files:
            if len(sent) == MOST_FILES:
                raise InvalidRecord(
                    f"More than {MOST_FILES} files at once.",
                    rule="Files that come in together are looked at together.",
                    way_on="Bring them in parts; or use `reopen import` on the server.",
                )
            sent.append(_store(folder, plain_name(name), data))
        if not sent:
            raise InvalidRecord(
                "No file was chosen.",
                rule="An import brings one file at least.",
                way_on="Choose files, or drop them on the page.",
            )
        (folder / _LIST).write_text(json.dumps([asdict(each) for each in sent]), encoding="utf-8")
    except BaseException:
        upload.let_go()
        raise
    return Upload(id, folder, tuple(sent))


def upload_of(home: Path, id: str) -> Upload:
    """An upload by its id. Raises UnknownName where it was kept, let go, or is too old."""
    folder = home / id
    try:
        if not _ID.fullmatch(id):
            raise FileNotFoundError(id)
        listed = json.loads((folder / _LIST).read_text(encoding="utf-8"))
    except OSError:
        raise UnknownName(
            "These files are not here any more.",
            rule="Files that were sent are let go once they are kept, and after a day.",
            way_on="Bring them in again.",
        ) from None
    return Upload(id, folder, tuple(Sent(**each) for each in listed))


def plain_name(name: str) -> str:
    """A file's name as text: its last part, without control characters, and short."""
    last = _NO_NAME.sub("", re.split(r"[/\\]", name)[-1]).strip()
    short = last.encode("utf-8", "replace")[-_NAME_BYTES:].decode("utf-8", "ignore")
    return short if short.strip(".") else "file"


def _store(folder: Path, name: str, data: BinaryIO) -> Sent:
    stored, hashed, size = token_hex(16), hashlib.sha256(), 0
    with (folder / stored).open("xb") as file:
        while chunk := data.read(_CHUNK):
            hashed.update(chunk)
            size += len(chunk)
            file.write(chunk)
    return Sent(name, stored, size, hashed.hexdigest())


def _sweep(home: Path) -> None:
    """Let go of what was sent more than a day ago and never kept."""
    oldest = time.time() - KEPT_S
    for folder in home.glob("upload-*"):
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
