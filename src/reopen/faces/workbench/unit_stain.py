"""One profile of a unit: read again from its kept bytes, taken apart as the unit's last search took
it apart, or taken apart now.

Not here: every profile of a search (`unit_search`), weighing (`bench`), showing (`stain_shown`).
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

from reopen.errors import CannotWeigh, ReopenError, UnknownName
from reopen.faces.workbench.given import ReadStain
from reopen.faces.workbench.profiles import Profiles
from reopen.faces.workbench.sought_files import open_sought
from reopen.faces.workbench.unit_profiles import Files, ReadAs, read_profile_file
from reopen.faces.workbench.unit_runs import searches
from reopen.faces.workbench.unit_search import Found, Kept, Terms, read_again, signature
from reopen.faces.workbench.unit_solved import name_of, solved_before, solved_file
from reopen.link import Progress, SolvedStain
from reopen.link.stains import quiet, solve
from reopen.records import Kit, Population, Reference, Remains, Stain
from reopen.records.stored import StoredFile, StoredProfile
from reopen.store.reader import Reader
from reopen.store.unit import Unit


@dataclass(frozen=True, slots=True)
class HeldProfile:
    """A profile as the unit holds it.

    file      the name of its file; '' where that is not for the actor
    cases     that it belongs to
    terms     of the unit's last search, or the usual ones
    refused   why it could not be read again, or ''
    solved    as a search on these terms, or `take_apart`, took it apart
    """

    stored: StoredProfile
    file: str
    cases: tuple[str, ...]
    terms: Terms
    found: Found
    refused: str = ""
    solved: SolvedStain | None = None

    @property
    def stain(self) -> Stain | None:
        return next(iter(self.found.profiles.stains), None)

    @property
    def kit(self) -> Kit | None:
        return self.found.profiles.kit_of(self.stain) if self.stain else None

    @property
    def person(self) -> Reference | Remains | None:
        """A typed person, or remains; None for a stain."""
        for person in self.found.profiles.references:
            return person
        return next(iter(self.found.sought.sought.remains), None)

    def as_read(self) -> ReadStain:
        """The stain for weighing. Raises CannotWeigh where it could not be read."""
        if self.stain is None:
            raise self._unread("stain")
        return ReadStain(self.stain, self.kit, self.found.profiles.not_weighed, self.found.profiles)

    def as_reference(self) -> Reference:
        """The typed person for weighing. Raises CannotWeigh for a stain, or one not read."""
        person = self.person
        if person is None:
            raise self._unread("reference")
        return person.profile if isinstance(person, Remains) else person

    def _unread(self, noun: str) -> CannotWeigh:
        return CannotWeigh(
            f"{self.stored.id} is no {noun} that could be read.",
            rule=self.refused or f"Its purpose is {self.stored.purpose}.",
            way_on=f"Name a {noun} of the unit.",
        )


def profile_in(
    reader: Reader, id: str, *, apart: bool = True, most_bytes: int | None = None
) -> HeldProfile:
    """A profile of the unit, read again.

    apart       and, if it is a stain, as it was taken apart
    most_bytes  a larger file is not read: it would take longer than somebody waits for a page

    Raises UnknownName where there is none that the actor may see.
    """
    stored = reader.get(StoredProfile, id)
    if stored is None:
        raise UnknownName(
            f"There is no profile {id!r} that {reader.actor} may see.",
            rule="A profile is named by its id in the unit.",
            way_on="The page Stains lists those that you may see.",
        )
    runs = searches(reader)
    terms = Terms.of(runs[-1].parameters) if runs else Terms()
    cases = reader.cases_of(stored.ref)
    file = reader.get(StoredFile, stored.file)
    if file is not None and most_bytes is not None and file.bytes > most_bytes:
        told = f"It is in a file of {file.bytes:,} bytes, which is read when it is weighed."
        nothing = Found(Profiles(), open_sought(()), {})
        return HeldProfile(stored, file.name, cases, terms, nothing, told)
    held = _held(reader, stored, terms, cases, file.name if file else "")
    if not apart or held.stain is None:
        return held
    return _with_solved(reader, held)


def _held(
    reader: Reader, stored: StoredProfile, terms: Terms, cases: tuple[str, ...], file: str
) -> HeldProfile:
    case = stored.case or next(iter(cases), "")
    kept = Kept((stored,), (), {stored.file: file}, {stored.id: case}, reader.file)
    found = read_again(kept, read=_READ)
    refused = " ".join(item.reason for item in found.profiles.not_weighed)
    return HeldProfile(stored, file, cases, terms, found, refused)


class _ReadOnce:
    """Reads files of profiles, and keeps the last few: who looks at one profile of a file often
    looks at another. Files are known by their bytes, which whoever asks has been given."""

    def __init__(self) -> None:
        self._read: OrderedDict[object, Profiles] = OrderedDict()
        self._lock = Lock()

    def __call__(self, name: str, data: bytes, how: ReadAs, files: Files) -> Profiles:
        if how.kit_file:
            files(how.kit_file.partition("#")[0])
        key = name, sha256(data).digest(), how
        with self._lock:
            if key in self._read:
                self._read.move_to_end(key)
                return self._read[key]
        found = read_profile_file(name, data, how, files)
        if len(data) <= _SMALL:
            with self._lock:
                self._read[key] = found
                while len(self._read) > _KEPT:
                    self._read.popitem(last=False)
        return found


_SMALL, _KEPT = 2_000_000, 8
_READ = _ReadOnce()


def _with_solved(reader: Reader, held: HeldProfile) -> HeldProfile:
    """Where a search on the same terms took the stain apart, with that."""
    assert held.stain is not None
    try:
        same = _signature(reader, held.terms)
    except ReopenError:  # the terms name a file that is not for the actor
        return held
    name = name_of(same)
    case = held.stain.case or None
    files = {file.id: name for file in reader.all(StoredFile, case=case) if file.name == name}
    kept = Kept((), (), files, {}, reader.file)
    solved = solved_before(kept, same, held.found)
    return HeldProfile(
        held.stored, held.file, held.cases, held.terms, held.found, held.refused,
        solved.get(held.stain.id),
    )  # fmt: skip


_SIGNATURES: dict[Terms, str] = {}


def _signature(reader: Reader, terms: Terms) -> str:
    """What stains taken apart on these terms are named after; worked out once for each terms."""
    if terms not in _SIGNATURES:
        population = terms.frequencies(reader.file)
        _SIGNATURES[terms] = signature(terms, population, of_stains=True)
    return _SIGNATURES[terms]


def take_apart(
    unit: Unit,
    actor: str,
    id: str,
    *,
    purpose: str = "",
    supervisor: str = "",
    progress: Progress = quiet,
) -> SolvedStain:
    """Take a stain apart on the terms of the unit's last search, and keep that where a search
    keeps it. Raises UnknownName, CannotWeigh, and NotAllowed for who may not add to the unit."""
    progress("reading the stain", 0, 1)
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        held = profile_in(reader, id)
        stain, kit, *_ = held.as_read()
        population: Population = held.terms.frequencies(reader.file)
        same = signature(held.terms, population, of_stains=True)
    if held.solved is not None:
        return held.solved
    progress("taking the stain apart", 0, 1)
    settings, options = held.terms.settings(), held.terms.options
    solved = solve(stain, population, kit, settings.model_for(stain.kit), options)
    with unit.writing(actor, purpose=purpose) as writer:
        data = solved_file([solved], held.found)
        writer.put_file(data, name_of(same), case=stain.case or None)
    progress("taking the stain apart", 1, 1)
    return solved
