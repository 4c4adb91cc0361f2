"""Files on their way into a unit: what each is, read once from its bytes, with what was refused.

A file is a table of records, of profiles, of pedigrees, or something kept as it is. Tables of
records say their kind by their name or a column; the others are told from their content.
Not here: keeping anything (`unit_import`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reopen.errors import ReopenError, UnreadableFile, Where, cannot_open
from reopen.faces.workbench.profiles import Profiles, in_one_line
from reopen.faces.workbench.unit_profiles import (
    Files,
    ReadAs,
    named_beside,
    not_understood,
    read_family_file,
    read_profile_file,
)
from reopen.formats.case_tables import CaseTable, Refused, Taken, is_case_table, parse_case_table
from reopen.records import Frozen, KinshipCase, NotWeighed
from reopen.records.kinds import cases_named

LARGEST_BYTES = 4_000_000_000
_HIDDEN = (".", "~")


@dataclass(frozen=True, slots=True)
class Given:
    """A file as the user gives it.

    attach    keep it as it is
    columns   of a table of records: which field a column is, by its title; '' to leave it out
    called    its name, where that is not the path's
    together  files given with it, by name; None for those in its folder
    """

    path: Path
    how: ReadAs = field(default_factory=ReadAs)
    kind: str = ""
    attach: bool = False
    columns: Mapping[str, str] = Frozen()
    called: str = ""
    together: Mapping[str, Path] | None = None

    @property
    def name(self) -> str:
        return self.called or self.path.name

    @property
    def label(self) -> str:
        """The file in messages."""
        return self.called or str(self.path)

    @property
    def others(self) -> Mapping[str, Path]:
        """Files beside it, by name."""
        if self.together is not None:
            return self.together
        if not self.path.parent.is_dir():
            return {}
        return {other.name: other for other in sorted(self.path.parent.iterdir())
                if other.is_file()}  # fmt: skip

    @property
    def said(self) -> Mapping[str, str]:
        """What was said of it, as an import is counted by."""
        columns = "; ".join(f"{title}={field}" for title, field in sorted(self.columns.items()))
        attach = "yes" if self.attach else ""
        about = {"kind": self.kind, "attach": attach, "columns": columns}
        return Frozen({k: v for k, v in {**self.how.said(), **about}.items() if v})


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file that was read. One of table, profiles and families is there, or none: it is kept only.

    sha256   of its bytes
    beside   files that it names: name -> bytes
    rows     of a table, or profiles, or families and remains; those refused too
    refused  what could not be taken, with the reason
    lost     rows that would not come in, of the same count
    bad_rows of a table, as they stood
    cases    that its rows name
    """

    given: Given
    data: bytes
    sha256: str
    form: str
    rows: int
    table: CaseTable | None = None
    profiles: Profiles | None = None
    families: KinshipCase | None = None
    beside: Mapping[str, bytes] = Frozen()
    refused: tuple[NotWeighed, ...] = ()
    lost: int = 0
    bad_rows: tuple[Refused, ...] = ()
    notices: tuple[str, ...] = ()
    cases: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        return self.given.name

    @property
    def beside_ids(self) -> Mapping[str, str]:
        """Files that it names: name -> SHA-256."""
        return Frozen((n, hashlib.sha256(data).hexdigest()) for n, data in self.beside.items())

    @property
    def rank(self) -> int:
        """Place in the order of keeping: what others name comes first."""
        if self.table is None:
            return len(_FIRST) + 1
        kind = self.table.kind.KIND
        return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)


_FIRST = ("actor", "case", "person", "place", "involvement", "exhibit", "sample")


def files_of(paths: Iterable[str | Path]) -> Iterator[Path]:
    """The files named, and those in the folders named, in the order of their names.

    Raises UnreadableFile for a path that is not there.
    """
    for path in map(Path, paths):
        if path.is_dir():
            inside = sorted(each for each in path.rglob("*") if each.is_file())
            yield from (each for each in inside if not each.name.startswith(_HIDDEN))
        elif path.is_file():
            yield path
        else:
            raise UnreadableFile(
                "There is no such file or folder.",
                way_on="Check its name.",
                where=Where(str(path)),
            )


def read_file(given: Given, data: bytes, files: Files) -> ReadFile:
    """A file's bytes as what they are. files: kept files by id, for a kit of the user's own.

    Raises UnreadableFile where they are none of what is known.
    """
    sha = hashlib.sha256(data).hexdigest()
    name = given.name
    if given.attach:
        return ReadFile(given, data, sha, "kept as it is", 1)
    if given.kind or is_case_table(name, data):
        return _table(given, data, sha)
    tried: list[ReopenError] = []
    try:
        profiles = read_profile_file(name, data, given.how, files)
    except UnreadableFile as error:
        tried.append(error)
    else:
        return _profiles(given, data, sha, profiles)
    named = named_beside(name, data, given.others)
    beside = {other: bytes_of(path) for other, path in named.items()}
    try:
        ids = {other: other for other in beside}
        case = read_family_file(name, data, ids, lambda other: beside[other])
    except UnreadableFile as error:
        tried.append(error)
    else:
        return _families(given, data, sha, case, beside)
    raise not_understood(name, [in_one_line(error) for error in tried])


def bytes_of(path: Path) -> bytes:
    """A file's bytes. Raises UnreadableFile."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UnreadableFile(
                "The file is larger than 4 GB.",
                rule="A file is read as a whole.",
                way_on="Split it.",
                where=Where(str(path)),
            )
        return path.read_bytes()
    except OSError as error:
        raise cannot_open(path, error) from None


def _table(given: Given, data: bytes, sha: str) -> ReadFile:
    table = parse_case_table(given.name, data, kind=given.kind, columns=given.columns)
    bad: list[Refused] = []
    cases: set[str] = set()
    rows = 0
    for rows, row in enumerate(table.rows(), start=1):  # noqa: B007
        if isinstance(row, Refused):
            bad.append(row)
        elif isinstance(row, Taken):
            cases.update(cases_named(row.records[0]))
    return ReadFile(
        given, data, sha, f"table of {table.kind.KIND}", rows,
        table=table, refused=tuple(row.why for row in bad), lost=len(bad), bad_rows=tuple(bad),
        notices=table.notices, cases=frozenset(cases),
    )  # fmt: skip


def _profiles(given: Given, data: bytes, sha: str, found: Profiles) -> ReadFile:
    taken = {stain.id for stain in found.stains} | {one.id for one in found.references}
    named = {item.what.partition(",")[0] for item in found.not_weighed}
    lost = [name for name in named if not name.startswith(tuple(taken))]
    return ReadFile(
        given, data, sha, found.sources[0].form, len(taken) + len(lost),
        profiles=found, refused=found.not_weighed, lost=len(lost), notices=found.notices,
        cases=frozenset(stain.case for stain in found.stains if stain.case),
    )  # fmt: skip


def _families(
    given: Given, data: bytes, sha: str, case: KinshipCase, beside: Mapping[str, bytes]
) -> ReadFile:
    return ReadFile(
        given, data, sha, case.format, len(case.families) + len(case.remains),
        families=case, beside=Frozen(beside), refused=case.not_weighed, notices=case.notices,
    )  # fmt: skip
