"""Files to profiles: what a unit's files hold, each stain with its kit, and what had to be refused.

One unreadable file or record does not stop the others; it is listed. Not for: forms of files
(`formats`), laboratory settings (`settings`), weighing (`bench`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from pathlib import Path
from typing import TypeVar

from reopen.errors import ReopenError, UnknownName, Where
from reopen.formats import (
    Imported,
    Options,
    find_kit,
    group_replicates,
    guess_kit,
    library,
    parse_profiles,
    read_profiles,
)
from reopen.formats.samples import Role
from reopen.records import (
    Control,
    Frozen,
    Kit,
    NotWeighed,
    Purpose,
    Reference,
    Stain,
)

Record = TypeVar("Record", bound=Stain | Reference)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its path as given, the form recognised, and the hash of its bytes."""

    path: str
    form: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Profiles:
    """Everything read from a unit's files. Each record is in exactly one of the lists.

    kits        by the name that stains carry; a stain whose kit is not known has none here
    sources     the files read
    unreadable  paths of files that could not be read; they are in not_weighed too
    not_weighed records, parts of them and files that could not be taken, with the reason
    notices     what was understood in a way the user may want to know
    """

    stains: tuple[Stain, ...] = ()
    references: tuple[Reference, ...] = ()
    controls: tuple[Control, ...] = ()
    kits: Mapping[str, Kit] = Frozen()
    sources: tuple[Source, ...] = ()
    unreadable: tuple[str, ...] = ()
    not_weighed: tuple[NotWeighed, ...] = ()
    notices: tuple[str, ...] = ()

    def stain(self, id: str = "") -> Stain:
        """The stain of this id, or the only one. Raises UnknownName with similar ids."""
        return _one_of(self.stains, id, "stain", self)

    def reference(self, id: str = "") -> Reference:
        """The reference of this id, or the only one. Raises UnknownName with similar ids."""
        return _one_of(self.references, id, "reference", self)

    def kit_of(self, stain: Stain) -> Kit | None:
        """The kit a stain was typed with, where it is known."""
        return self.kits.get(stain.kit)


def open_profiles(
    *paths: str | Path,
    references: Iterable[str | Path] = (),
    staff: Iterable[str | Path] = (),
    kit: str = "",
    replicates: str = "none",
    decimal_comma: bool | None = None,
    as_stains: bool = False,
) -> Profiles:
    """Read files of stains and references, in any form.

    paths          stains; profiles among them that are plainly references are taken as such
    references     files of known people
    staff          files of the staff elimination database
    kit            name of a kit, or path of a kit file, where a file names none that is known
    replicates     how names of replicates differ: none, suffix or prefix (`group_replicates`)
    decimal_comma  whether "9,3" is 9.3; None takes a comma only where nothing else is meant
    as_stains      take every profile of `paths` as a stain, those without heights too

    Raises UnknownName for a kit that is not known, and UnreadableFile if no file can be read.
    """
    said = find_kit(kit) if kit else None
    files = [(path, Purpose.STAFF) for path in staff]
    files += [(path, Purpose.DATABASE) for path in references]
    reading = _Reading(said, decimal_comma)
    for path, purpose in files:
        reading.read(path, "references", purpose)
    for path in paths:
        reading.read(path, "stains" if as_stains else "auto", Purpose.DATABASE)
    return reading.result(replicates)


def parse_profile_file(
    file: str,
    data: bytes,
    *,
    role: Role = "auto",
    purpose: Purpose = Purpose.DATABASE,
    kit: str | Path = "",
    replicates: str = "none",
    decimal_comma: bool | None = None,
) -> Profiles:
    """The profiles of one file from its bytes; arguments and errors as for `open_profiles`."""
    reading = _Reading(find_kit(kit) if kit else None, decimal_comma)
    options = Options(role, "", decimal_comma, purpose)
    reading.take(file, parse_profiles(file, data, options), role)
    return reading.result(replicates)


class _Reading:
    """Collects what the files hold, and what had to be refused."""

    def __init__(self, said: Kit | None, decimal_comma: bool | None):
        self.said = said
        self.decimal_comma = decimal_comma
        self.imports: list[Imported] = []
        self.sources: list[Source] = []
        self.errors: dict[str, ReopenError] = {}
        self.not_weighed: list[NotWeighed] = []
        self.notices: list[str] = []

    def read(self, path: str | Path, role: Role, purpose: Purpose) -> None:
        try:
            found = read_profiles(
                path, role=role, decimal_comma=self.decimal_comma, purpose=purpose
            )
        except ReopenError as error:
            self.errors[str(path)] = error
            where = error.where or Where(str(path))
            self.not_weighed.append(NotWeighed(str(path), in_one_line(error), where))
            return
        self.take(str(path), found, role)

    def take(self, path: str, found: Imported, role: Role) -> None:
        self.imports.append(found)
        self.sources.append(Source(path, found.format, found.sha256))
        self.not_weighed += found.refused
        self.notices += [f"{found.file}: {notice}" for notice in found.notices]
        if role == "auto" and found.references:
            n = len(found.references)
            told = f"{n} profiles are" if n > 1 else f"{found.references[0].id} is"
            self.notices.append(f"{found.file}: {told} read as references, not as stains.")

    def result(self, replicates: str) -> Profiles:
        if self.errors and not self.imports:
            raise next(iter(self.errors.values()))
        stains, kits = self._with_kits(self._grouped(replicates))
        people = [person for found in self.imports for person in found.references]
        return Profiles(
            stains=tuple(self._without_duplicates(stains, lambda stain: stain)),
            references=tuple(self._without_duplicates(people, lambda person: person.genotypes)),
            controls=tuple(c for found in self.imports for c in found.controls),
            kits=Frozen(kits),
            sources=tuple(self.sources),
            unreadable=tuple(self.errors),
            not_weighed=tuple(self.not_weighed),
            notices=tuple(self.notices),
        )

    def _grouped(self, replicates: str) -> list[Stain]:
        """Replicates put together, file by file: equal names in two files are two stains."""
        stains: list[Stain] = []
        for found in self.imports:
            stains += group_replicates(found.stains, replicates)  # type: ignore[arg-type]
        return stains

    def _without_duplicates(
        self, records: Sequence[Record], content: Callable[[Record], object]
    ) -> list[Record]:
        """One record for each id. Equal ones are kept once; of ones that differ, none is taken."""
        by_id: dict[str, list[Record]] = {}
        for record in records:
            by_id.setdefault(record.id, []).append(record)
        kept: list[Record] = []
        for id_, group in by_id.items():
            first, *others = group
            if all(content(first) == content(other) for other in others):
                kept.append(first)
                refused: Sequence[Record] = others
                reason = f"The same profile as in {first.where}; taken once."
            else:
                places = "; ".join(str(record.where) for record in group)
                refused = group
                reason = (
                    f"Profiles that differ go by this one name: {places}. Each profile has a name "
                    "of its own; which one is meant cannot be known. Rename one, or leave it out."
                )
            self.not_weighed += [NotWeighed(id_, reason, record.where) for record in refused]
        return kept

    def _with_kits(self, stains: Iterable[Stain]) -> tuple[list[Stain], dict[str, Kit]]:
        """Stains with the name of their kit, and the kits by those names."""
        kits: dict[str, Kit] = {}
        kept: list[Stain] = []
        told: dict[str, list[str]] = {}
        for stain in stains:
            try:
                kit, notice = self._kit_of(stain)
            except UnknownName as error:
                self.not_weighed.append(NotWeighed(stain.id, in_one_line(error), stain.where))
                continue
            if kit is not None:
                kits[kit.name] = kit
                stain = replace(stain, kit=kit.name)
            if notice:
                told.setdefault(notice, []).append(stain.id)
            kept.append(stain)
        self.notices += [f"{notice}: {_listed(ids)}." for notice, ids in told.items()]
        return kept, kits

    def _kit_of(self, stain: Stain) -> tuple[Kit | None, str]:
        """A stain's kit, and what is to be told about how it was found. The file's own word comes
        first, then what was said, then what the loci tell."""
        if not stain.kit:
            if self.said is not None:
                return self.said, ""
            guessed = guess_kit(stain.loci)
            if guessed is None:
                return None, "Kit not known, neither by name nor by loci; degradation not modelled"
            return guessed, f"Kit not named; the loci are those of {guessed.name} only"
        if self.said is None:
            return find_kit(stain.kit), ""
        if library.kit_name(stain.kit) is None:
            if stain.kit == self.said.name:
                return self.said, ""
            return self.said, f"No kit is called {stain.kit!r}; {self.said.name} taken, as said"
        kit = find_kit(stain.kit)
        if kit.name == self.said.name:
            return kit, ""
        return kit, f"The file names the kit {kit.name}, which was kept to, not {self.said.name}"


def _one_of(records: Sequence[Record], id: str, noun: str, profiles: Profiles) -> Record:
    fitting = [record for record in records if record.id == id or not id]
    if len(fitting) == 1:
        return fitting[0]
    seen = f"No {noun} is called {id!r}." if id else f"There are {len(fitting)} {noun}s, not one."
    refused = [str(item) for item in profiles.not_weighed if item.what in (id or item.what,)]
    if not fitting and refused:
        raise UnknownName(f"{seen} Not taken: {refused[0]}")
    ids = [record.id for record in records]
    close = nsmallest(8, ids, key=lambda other: _edits(id, other)) if id else ids[:8]
    more = f" and {len(ids) - len(close)} more" if len(ids) > len(close) else ""
    raise UnknownName(
        seen,
        rule=_read_otherwise(id, noun, profiles)
        or (f"There are: {', '.join(close)}{more}." if ids else f"No {noun} was read."),
        way_on="Name the one that is meant, as in FILE#NAME.",
    )


def _read_otherwise(id: str, noun: str, profiles: Profiles) -> str:
    """That what was asked for was read as something else, with how the file was understood."""
    others: Sequence[Stain | Reference]
    others, other = (
        (profiles.references, "reference") if noun == "stain" else (profiles.stains, "stain")
    )
    asked_for = [record.id for record in others if not id or record.id == id]
    if not asked_for or (not id and (profiles.stains and profiles.references)):
        return ""
    verb = f"was read as a {other}" if len(asked_for) == 1 else f"were read as {other}s"
    return " ".join([f"{_listed(asked_for)} {verb}.", *profiles.notices])


def _edits(one: str, other: str) -> int:
    """Characters to replace, insert or leave out until one name is the other (Levenshtein 1966)."""
    row = list(range(len(other) + 1))
    for i, a in enumerate(one.casefold(), start=1):
        before, row = row, [i]
        for j, b in enumerate(other.casefold(), start=1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
    return row[-1]


def split_name(text: str | Path) -> tuple[str, str]:
    """Path and profile name of `FILE#NAME`; a file whose own name holds "#" comes first."""
    whole = str(text)
    path, mark, name = whole.rpartition("#")
    return (path, name) if mark and not Path(whole).exists() else (whole, "")


def in_one_line(error: ReopenError) -> str:
    """An error as one sentence after the other; its place stands beside it."""
    return " ".join(part for part in (error.seen, error.rule, error.way_on) if part)


def _listed(ids: Sequence[str], most: int = 6) -> str:
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more
