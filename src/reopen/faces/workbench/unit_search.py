"""What a search of a unit starts from: its profiles and families read again from their kept bytes,
the settings, and what earlier searches compared.

Not here: searching and keeping what is found (`unit_link`), doing it again (`unit_redo`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from reopen import __version__
from reopen.errors import ReopenError, UnreadableFile
from reopen.faces.workbench.assumptions import DEFAULT_POPULATION
from reopen.faces.workbench.given import population_of
from reopen.faces.workbench.profiles import Profiles, Source, in_one_line
from reopen.faces.workbench.settings import Settings, read_settings
from reopen.faces.workbench.settings_file import write_settings
from reopen.faces.workbench.sought_files import SoughtFiles, open_sought
from reopen.faces.workbench.unit_profiles import (
    STAIN,
    Files,
    ReadAs,
    as_paths,
    hash_of_family,
    hash_of_profile,
    hash_of_remains,
    read_family_file,
    read_profile_file,
)
from reopen.link import LinkOptions
from reopen.link.compared import Searched
from reopen.records import KinshipCase, Kit, NotWeighed, Population, Purpose, Reference, Stain
from reopen.records.stored import StoredFamily, StoredProfile, StoredRun, veiled
from reopen.weigh.averaged import Averaging
from reopen.weigh.evaluate import MODEL
from reopen.weigh.hashes import hash_of_frequencies, hash_of_kit
from reopen.weigh.prior_odds import PriorOdds, read_prior_odds

_HASH = "database_hash"

Stored = TypeVar("Stored", StoredProfile, StoredFamily)


@dataclass(frozen=True, slots=True)
class Kept:
    """The profiles and families of a unit, as its records name them, and how to read their files.

    names  file's id -> its name
    cases  stain's id -> its case, also where that follows from its sample
    """

    profiles: tuple[StoredProfile, ...]
    families: tuple[StoredFamily, ...]
    names: Mapping[str, str]
    cases: Mapping[str, str]
    files: Files


@dataclass(frozen=True, slots=True)
class Found:
    """They, read again. tokens: 'profile X' or 'family X' -> hash of all that its numbers rest on;
    what could not be read is among the profiles' not_weighed and has none."""

    profiles: Profiles
    sought: SoughtFiles
    tokens: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a search, which a unit keeps so that it can be redone.

    population_file  id of a kept frequency file, with '#name'; then `population` is its name
    settings_text    of a settings file
    prior            odds of every link before the DNA, as stated; '' where none are
    database         where the file of a database lies, which is searched too
    database_hash    SHA-256 of its content
    """

    population: str = DEFAULT_POPULATION
    population_file: str = ""
    settings_text: str = ""
    contributors: int | None = None
    least_log10: float = 3.0
    averaging: bool = True
    prior: str = ""
    database: str = ""
    database_hash: str = ""

    @property
    def odds(self) -> PriorOdds | None:
        return read_prior_odds(self.prior) if self.prior else None

    @property
    def options(self) -> LinkOptions:
        return LinkOptions(
            contributors=self.contributors,
            least_log10=self.least_log10,
            averaging=Averaging(priors=self.settings().priors) if self.averaging else None,
        )

    def settings(self) -> Settings:
        """As read from their text: what is kept is what is used."""
        if not self.settings_text:
            return Settings()
        with TemporaryDirectory() as folder:
            path = Path(folder) / "settings.toml"
            path.write_text(self.settings_text, encoding="utf-8")
            return replace(read_settings(path), source="")

    def frequencies(self, files: Files) -> Population:
        with as_paths(files, {"population": self.population_file}) as paths:
            return population_of(paths.get("population", self.population), self.settings())

    def said(self) -> dict[str, str]:
        """As text, for the run's parameters."""
        named = {"prior": self.prior, "database": self.database, _HASH: self.database_hash}
        return {
            **{name: value for name, value in named.items() if value},
            "population": self.population,
            "population_file": self.population_file,
            "settings": self.settings_text,
            "contributors": "auto" if self.contributors is None else str(self.contributors),
            "least_log10": repr(self.least_log10),
            "averaging": "yes" if self.averaging else "no",
        }

    @classmethod
    def of(cls, said: Mapping[str, str]) -> Terms:
        """The terms of a run, from its parameters."""
        number = said.get("contributors", "auto")
        return cls(
            said.get("population", DEFAULT_POPULATION),
            said.get("population_file", ""),
            said.get("settings", ""),
            None if number == "auto" else int(number),
            float(said.get("least_log10", "3.0")),
            said.get("averaging", "yes") == "yes",
            said.get("prior", ""),
            said.get("database", ""),
            said.get(_HASH, ""),
        )


def text_of_settings(settings: Settings) -> str:
    """Settings as the text of a file that `read_settings` takes back; '' for the usual ones."""
    if settings == Settings():
        return ""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        write_settings(settings, path)
        return path.read_text(encoding="utf-8")


def signature(terms: Terms, population: Population, *, of_stains: bool = False) -> str:
    """Searches of one signature give the same numbers for the same profiles.

    of_stains  only as far as taking stains apart goes
    """
    said = replace(terms, prior="", database=Path(terms.database).name).said()
    without = {"least_log10", "database", _HASH} if of_stains else set()
    said = {name: value for name, value in said.items() if name not in without}
    return _hash([said, hash_of_frequencies(population), MODEL, __version__])


ReadFile = Callable[[str, bytes, ReadAs, Files], Profiles]
"""As `read_profile_file`."""


def read_again(
    kept: Kept, only: Mapping[str, str] | None = None, read: ReadFile = read_profile_file
) -> Found:
    """Every profile and family, in the order of their names.

    only  inputs of an earlier search: read these, and nothing else
    read  reads a file of profiles
    """
    reading = _Reading(kept, only, read)
    for group in _together(_wanted(kept.profiles, "profile", only)):
        if group[0].purpose == Purpose.UNIDENTIFIED.value:
            reading.remains(group)
        else:
            reading.typed(group)
    for families in _together(_wanted(kept.families, "family", only)):
        reading.families(families)
    return reading.found()


def searched(runs: Iterable[StoredRun], same: str, tokens: Mapping[str, str]) -> list[Searched]:
    """What runs of this signature compared, of profiles that are still as they were."""
    found = []
    for run in runs:
        if run.parameters.get("signature") == same:
            still = frozenset(
                name.partition(" ")[2]
                for name, token in tokens.items()
                if run.inputs.get(veiled(name)) == token
            )
            found.append(Searched(still, still, run.parameters.get("tables", "")))
    return found


class _Reading:
    def __init__(self, kept: Kept, only: Mapping[str, str] | None, read: ReadFile):
        self.kept, self.only, self.read = kept, only, read
        self.stains: list[Stain] = []
        self.references: list[Reference] = []
        self.kits: dict[str, Kit] = {}
        self.cases: list[KinshipCase] = []
        self.sources: dict[str, Source] = {}
        self.refused: list[NotWeighed] = []
        self.tokens: dict[str, str] = {}

    def typed(self, group: Sequence[StoredProfile]) -> None:
        """Profiles of one file, read in one way."""
        first = group[0]
        name = self._name(first.file)
        try:
            found = self.read(
                name, self.kept.files(first.file), ReadAs.of(first.read_as), self.kept.files
            )
        except ReopenError as error:
            self._refuse(group, error)
            return
        stains = {stain.id: stain for stain in found.stains}
        people = {person.id: person for person in found.references}
        for stored in group:
            where: Mapping[str, Stain] | Mapping[str, Reference] = (
                stains if stored.purpose == STAIN else people
            )
            profile = where.get(stored.id)
            if profile is None or hash_of_profile(profile) != stored.content_hash:
                self._changed(stored)
            elif isinstance(profile, Stain):
                kit = found.kits.get(profile.kit)
                if self._take(stored, hash_of_kit(kit) if kit else ""):
                    self.kits |= {profile.kit: kit} if kit else {}
                    self.stains.append(replace(profile, case=self.kept.cases.get(stored.id, "")))
            elif self._take(stored, stored.purpose):
                self.references.append(replace(profile, purpose=Purpose(stored.purpose)))
        self.sources[first.file] = Source(name, found.sources[0].form, first.file)

    def remains(self, group: Sequence[StoredProfile]) -> None:
        case = self._case(group)
        if case is None:
            return
        if not case.remains:  # a table of profiles that were given as unidentified
            self.typed(group)
            return
        held = {one.id: one for one in case.remains}
        taken = []
        for stored in group:
            one = held.get(stored.id)
            if one is None or hash_of_remains(one, case) != stored.content_hash:
                self._changed(stored)
            elif self._take(stored):
                taken.append(one)
        self.cases.append(replace(case, families=(), remains=tuple(taken), not_weighed=()))

    def families(self, group: Sequence[StoredFamily]) -> None:
        case = self._case(group)
        if case is None:
            return
        held = {family.id: family for family in case.families}
        taken = []
        for stored in group:
            family = held.get(stored.id)
            if family is None or hash_of_family(family, case) != stored.content_hash:
                self._changed(stored)
            elif self._take(stored):
                taken.append(family)
        self.cases.append(replace(case, families=tuple(taken), remains=(), not_weighed=()))

    def found(self) -> Found:
        return Found(
            Profiles(
                stains=tuple(sorted(self.stains, key=lambda one: one.id)),
                references=tuple(sorted(self.references, key=lambda one: one.id)),
                kits=dict(sorted(self.kits.items())),
                sources=tuple(self.sources.values()),
                not_weighed=tuple(self.refused),
            ),
            open_sought(self.cases),
            dict(sorted(self.tokens.items())),
        )

    def _case(self, group: Sequence[StoredProfile] | Sequence[StoredFamily]) -> KinshipCase | None:
        first = group[0]
        name = self._name(first.file)
        try:
            data = self.kept.files(first.file)
            case = read_family_file(name, data, first.beside, self.kept.files)
        except UnreadableFile as error:
            if isinstance(first, StoredProfile):
                return KinshipCase()
            self._refuse(group, error)
            return None
        except ReopenError as error:
            self._refuse(group, error)
            return None
        self.sources[first.file] = Source(name, case.format, first.file)
        return case

    def _name(self, file: str) -> str:
        return self.kept.names.get(file, file)

    def _take(self, stored: StoredProfile | StoredFamily, beside: str = "") -> bool:
        """Note what it is; False where that is not what an earlier search had."""
        name, token = f"{stored.KIND} {stored.id}", _hash([stored.content_hash, beside])
        if self.only is not None and self.only[veiled(name)] != token:
            self._changed(stored)
            return False
        self.tokens[name] = token
        return True

    def _refuse(
        self, group: Sequence[StoredProfile] | Sequence[StoredFamily], error: ReopenError
    ) -> None:
        self.refused += [NotWeighed(each.id, in_one_line(error), error.where) for each in group]

    def _changed(self, stored: StoredProfile | StoredFamily) -> None:
        self.refused.append(
            NotWeighed(
                stored.id,
                f"This {stored.KIND} does not read as it did when it came into the unit. What is "
                "compared is what was imported. Import its file again, and give the reason.",
            )
        )


def _wanted(stored: Iterable[Stored], kind: str, only: Mapping[str, str] | None) -> list[Stored]:
    return [each for each in stored if only is None or veiled(f"{kind} {each.id}") in only]


def _together(stored: Iterable[Stored]) -> list[list[Stored]]:
    """By the file they are in and how it was read."""
    groups: dict[object, list[Stored]] = {}
    for each in stored:
        groups.setdefault(_how(each), []).append(each)
    return list(groups.values())


def _how(stored: StoredProfile | StoredFamily) -> object:
    beside = tuple(stored.beside.items())
    if isinstance(stored, StoredFamily):
        return stored.file, beside
    remains = stored.purpose == Purpose.UNIDENTIFIED.value
    return stored.file, beside, remains, tuple(stored.read_as.items())


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
