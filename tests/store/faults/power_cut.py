"""What a disk may hold after a power cut, played back from the record of a process's calls.

What was synced is there. Of later writes any may be there, whole, cut at a sector, or not at all,
in any order; of later changes of names the first few. Twin of no code of ours: a model of the
promises that POSIX file systems make.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

SECTOR = 512


@dataclass(frozen=True)
class Call:
    """what: c make, w write, s sync, t cut, u remove, r rename, l link, a acknowledge."""

    what: str
    path: str
    offset: int
    data: bytes


@dataclass
class _File:
    synced: bytearray = field(default_factory=bytearray)
    later: list[Call] = field(default_factory=list)


def read_record(path: Path, there: str, here: str) -> Iterator[Call]:
    """The calls in a shim's record; names in the folder `there` are told as in `here`."""
    data, at = path.read_bytes(), 0
    while at < len(data):
        what = chr(data[at])
        name, offset, length = struct.unpack_from("=QQQ", data, at + 1)
        at += 1 + struct.calcsize("=QQQ")
        file = data[at : at + name].decode().replace(there, here)
        rest = data[at + name : at + name + length]
        if what in "lr":
            rest = rest.decode().replace(there, here).encode()
        yield Call(what, file, offset, rest)
        at += name + length


class Disk:
    """A folder: what is safe in it, and what is only on its way."""

    def __init__(self, folder: Path):
        self._folder = str(folder)
        self._files = {str(file): _File(bytearray(file.read_bytes())) for file in folder.iterdir()}
        self._safe = dict(self._files)
        self._later: list[tuple[str, _File | None]] = []

    def take(self, call: Call) -> None:
        """The next call."""
        if call.what == "c":
            self._name(call.path, _File())
        elif call.what == "u":
            self._name(call.path, None)
        elif call.what == "l":
            self._name(call.data.decode(), self._files[call.path])
        elif call.what == "r":
            self._name(call.data.decode(), self._files[call.path])
            self._name(call.path, None)
        elif call.what == "s" and call.path == self._folder:
            self._safe, self._later = dict(self._files), []
        elif call.what == "s":
            file = self._files[call.path]
            for each in file.later:
                _apply(file.synced, each, len(each.data))
            file.later = []
        elif call.what in "wt":
            self._files[call.path].later.append(call)

    def _name(self, path: str, file: _File | None) -> None:
        self._later.append((path, file))
        if file is None:
            del self._files[path]
        else:
            self._files[path] = file

    def after_a_cut(self, kept: str, random: Random) -> dict[str, bytes]:
        """Names and bytes that may be found. kept: 'nothing', 'everything' or 'anything' that was
        not synced."""
        names: dict[str, _File | None] = dict(self._safe)
        some = {"nothing": 0, "everything": len(self._later)}
        names.update(self._later[: some.get(kept, random.randint(0, len(self._later)))])
        return {
            Path(path).name: bytes(_content(file, kept, random))
            for path, file in names.items()
            if file is not None
        }


def _content(file: _File, kept: str, random: Random) -> bytearray:
    data = bytearray(file.synced)
    for each in file.later if kept != "nothing" else ():
        length = len(each.data)
        if kept == "anything":
            if random.random() < 0.4:
                continue
            if random.random() < 0.2:
                length = SECTOR * random.randint(0, length // SECTOR)
        _apply(data, each, length)
    return data


def _apply(data: bytearray, call: Call, length: int) -> None:
    if call.what == "t":
        del data[call.offset :]
        data.extend(bytes(call.offset - len(data)))
        return
    data.extend(bytes(max(0, call.offset - len(data))))
    data[call.offset : call.offset + length] = call.data[:length]
