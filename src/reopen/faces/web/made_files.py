"""What a piece of work made for who asked for it: a result to be shown, files to be taken by name.

A result says what it tells of, so that whoever looks at it is asked again whether they may see all
of that, and whoever takes a file, whether it may leave the unit. What was asked for names records
too, and is kept back with them. Not here: the pages (`shown.runs`, `shown.reports`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reopen.errors import UnknownName
from reopen.faces.web.work import Work
from reopen.records.base import Ref
from reopen.records.cases import Case
from reopen.records.kinds import KINDS
from reopen.records.stored import StoredFamily, StoredProfile
from reopen.store.reader import Reader

FILES, ABOUT = "files", "about"
_OUT = "out"
_MEDIA = {".html": "text/html", ".json": "application/json", ".zip": "application/zip"}
_ONE_BY_ONE = 30
OF_OWN_FILES = frozenset(("preview", "import", "checkpoint"))
"""Kinds of work that tell of files that their asker sent, or of what everybody may know."""

_NAMING = {
    "weigh": ("stain", "suspect", "known"), "weigh_seen": ("stain", "suspect", "known"),
    "take_apart": ("stain",), "search": ("profile",), "disclosure": ("case",),
}  # fmt: skip
"""Kinds of work whose title and wishes name records, and the wishes that do."""

About = Mapping[str, Sequence[str]]
"""Kind of record -> ids of those that files tell of."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file of a work. can_be_shown: as a page in the browser, which may load and run nothing."""

    work: str
    name: str
    bytes: int
    media: str
    can_be_shown: bool


def folder_for_files(folder: Path) -> Path:
    """Where a work puts files that may be taken; what an earlier try left there is gone."""
    out = folder / _OUT
    out.mkdir(mode=0o700, exist_ok=True)
    for path in out.iterdir():
        path.unlink()
    return out


def told(folder: Path, about: About) -> dict[str, Any]:
    """What a work's result says of its files."""
    files = [
        {"name": path.name, "bytes": path.stat().st_size}
        for path in sorted((folder / _OUT).iterdir())
    ]
    return {FILES: files, **tells_of(about)}


def tells_of(about: About) -> dict[str, Any]:
    """What a work's result says of what it tells of."""
    return {ABOUT: {kind: list(dict.fromkeys(ids)) for kind, ids in about.items()}}


def files_of(work: Work) -> tuple[MadeFile, ...]:
    """Those that may be taken."""
    return tuple(
        MadeFile(
            work.id, each["name"], each["bytes"], _media(each["name"]),
            each["name"].endswith(".html"),
        )
        for each in work.result.get(FILES, ())
    )  # fmt: skip


def file_of(work: Work, name: str, folder: Path) -> tuple[MadeFile, Path]:
    """One of them, and where it lies. Raises UnknownName for a name that the work did not make."""
    found = next((file for file in files_of(work) if file.name == name), None)
    if found is None or not (folder / _OUT / found.name).is_file():
        raise UnknownName(
            f"This work made no file {name!r}.",
            rule="What a work made is listed on its page.",
            way_on="The page Reports lists yours.",
        )
    return found, folder / _OUT / found.name


def named_in(work: Work) -> tuple[str, ...]:
    """Records that its title and what was asked for name, by their ids."""
    fields = [work.asked.get(field, "") for field in _NAMING.get(work.kind, ())]
    many = (json.loads(each) if each.startswith("[") else [each] for each in fields)
    return tuple(id for ids in many for id in ids if id)


def may_be_named(reader: Reader, works: Iterable[Work]) -> set[str]:
    """Those of the works, by their ids, of which everything that they name may be seen today. Who
    asked for them wrote the names: this is no look."""
    named = {work.id: (work.kind, named_in(work)) for work in works}
    every = [id for _, ids in named.values() for id in ids]
    seen = {
        True: reader.of_these(Case.KIND, every),
        False: reader.of_these(StoredProfile.KIND, every)
        | reader.of_these(StoredFamily.KIND, every),
    }
    return {id for id, (kind, ids) in named.items() if seen[kind == "disclosure"].issuperset(ids)}


def may_be_shown(reader: Reader, work: Work) -> bool:
    """Whether everything that the work's result tells of may be seen today by this actor; not where
    it does not say what that is. Each is a look, which the log keeps."""
    if not work.result or work.kind in OF_OWN_FILES:
        return True
    about: About | None = work.result.get(ABOUT)
    return about is not None and all(
        len(_seen(reader, kind, ids)) == len(ids) for kind, ids in about.items()
    )


def may_leave(reader: Reader, work: Work) -> None:
    """Whether everything that the work's files tell of may leave the unit today, with this actor;
    not where it does not say what that is.

    Each is a look, which the log keeps. Raises UnknownName.
    """
    about: About | None = work.result.get(ABOUT)
    if about is None or any(len(_seen(reader, *each)) < len(each[1]) for each in about.items()):
        raise UnknownName(
            f"Not everything that this tells of may be taken out by {reader.actor}.",
            rule="What leaves the unit needs a grant to export at the time when it leaves.",
            way_on="Ask the unit's lead for a grant where you need it.",
        )


def _seen(reader: Reader, kind: str, ids: Sequence[str]) -> set[str]:
    if len(ids) <= _ONE_BY_ONE:
        return {id for id in ids if reader.version(Ref(kind, id)) is not None}
    if kind == Case.KIND:
        return set(reader.cases()) & set(ids)
    return {record.id for record in reader.some(KINDS[kind], ids)}


def _media(name: str) -> str:
    return _MEDIA.get(Path(name).suffix, "application/octet-stream")
