"""A profile of a unit looked for in databases beside the unit, and among the unit's own people.

Databases are chosen from a list: those whose files lie in the unit's folder, and the one that the
terms of its searches name. Not here: searching (`searching`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from reopen.errors import CannotWeigh, InvalidRecord, UnknownName
from reopen.faces.workbench.unit_runs import searches
from reopen.records import KinshipCase, Reference
from reopen.records.base import Ref
from reopen.records.stored import StoredFamily, StoredFile, StoredProfile, StoredRun
from reopen.store.database import is_server

if TYPE_CHECKING:
    from reopen.faces.workbench.given import ReadStain
    from reopen.faces.workbench.results import Searching
    from reopen.formats.reference_database import ReferenceDatabase
    from reopen.link import Progress
    from reopen.store.reader import Reader
    from reopen.store.unit import Unit

OWN_PEOPLE = "people of this unit"
_MAGIC = b"ARROW1"  # how a database that was built begins


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """A database that may be searched, by the name that it is chosen by."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class LookedFor:
    """Who is looked for, where, as what, and from which log10 LR on links are listed.

    profile  a stain or a typed person; or a family, of whom the missing are looked for
    """

    profile: str
    database: str
    relations: tuple[str, ...] = ()
    least_log10: float = 3.0


def databases_beside(where: str, runs: Sequence[StoredRun]) -> tuple[DatabaseFile, ...]:
    """Databases in the folder of a unit, and the one that its last search looked in.

    where  the unit, as it was opened; one on a server has no folder
    """
    named = runs[-1].parameters.get("database", "") if runs else ""
    places = [Path(named)] if named else []
    if not is_server(where):
        places += sorted(Path(where).resolve().parent.iterdir())
    found: dict[str, DatabaseFile] = {}
    for place in places:
        if place.name not in found and _is_database(place):
            found[place.name] = DatabaseFile(place.name, place)
    return tuple(found.values())


def look_for(
    unit: Unit,
    where: str,
    actor: str,
    asked: LookedFor,
    *,
    purpose: str = "",
    supervisor: str = "",
    progress: Progress,
) -> Searching:
    """Look for a stain's donors, a person, or the missing of a family. What was searched is entered
    in the log.

    Staff in a database are left out, as in every search of a unit. Raises UnknownName for a
    profile, a family or a database that is not among those to choose from, and as `search`.
    """
    from reopen.faces.workbench.searched_places import built_of
    from reopen.faces.workbench.searching import search
    from reopen.faces.workbench.unit_database import DatabaseBeside
    from reopen.faces.workbench.unit_people import people_of_unit
    from reopen.faces.workbench.unit_search import Terms
    from reopen.faces.workbench.unit_stain import profile_in
    from reopen.link.dna import SAME_PERSON

    progress("reading the profile", 0, 1)
    with unit.reading(actor, purpose=purpose, supervisor=supervisor) as reader:
        who: ReadStain | Reference | KinshipCase
        if is_family(reader, asked.profile):
            who = _family_in(reader, asked.profile)
            runs = searches(reader)
            terms = Terms.of(runs[-1].parameters) if runs else Terms()
        else:
            held = profile_in(reader, asked.profile, apart=False)
            who = held.as_read() if held.stain else held.as_reference()
            terms = held.terms
        population = terms.frequencies(reader.file)
        file = _chosen(databases_beside(where, searches(reader)), asked.database)
        place: ReferenceDatabase | None = None
        if file is not None:
            place = DatabaseBeside(file.path, file.name)
            reader.looks.listed(f"person of {place.name} beside {asked.profile}", place.n)
    with TemporaryDirectory() as folder:
        if place is None:
            people, _ = people_of_unit(unit, actor, purpose)
            others = [one for one in people if one.id != asked.profile]
            if not others:
                raise InvalidRecord(
                    "Nobody else is typed in the unit whom you may see.",
                    rule="Somebody is looked for among typed people, staff apart.",
                    way_on="Import references first, or search in a database.",
                )
            place = built_of(others, Path(folder) / "people of the unit")
        return search(
            who,
            place,
            relations=(SAME_PERSON, *asked.relations),
            least_log10=asked.least_log10,
            population=population,
            settings=terms.settings(),
            progress=progress,
        )


def is_family(reader: Reader, name: str) -> bool:
    """Whether a name is that of a family, and of no profile, so far as the actor may see."""
    if reader.rule(Ref(StoredProfile.KIND, name)):
        return False
    return bool(reader.rule(Ref(StoredFamily.KIND, name)))


def _family_in(reader: Reader, id: str) -> KinshipCase:
    """A family alone, read again from its kept file. Raises CannotWeigh where it cannot be."""
    from reopen.faces.workbench.unit_profiles import read_family_file

    stored = reader.get(StoredFamily, id)
    assert stored is not None, "it was seen a moment ago"
    name = next((one.name for one in reader.some(StoredFile, [stored.file])), stored.file)
    case = read_family_file(name, reader.file(stored.file), stored.beside, reader.file)
    found = tuple(one for one in case.families if one.id == id)
    if not found:
        raise CannotWeigh(
            f"The kept file of family {id} does not name it.",
            rule="A family is read again from the file it came in with.",
            way_on="Import its file again.",
        )
    return replace(case, families=found, remains=())


def _chosen(files: Sequence[DatabaseFile], name: str) -> DatabaseFile | None:
    """The database of that name; None for the unit's own people."""
    if name == OWN_PEOPLE:
        return None
    found = next((file for file in files if file.name == name), None)
    if found is None:
        raise UnknownName(
            f"No database {name!r} lies beside the unit.",
            rule="Databases are chosen from those in the unit's folder, and the one that the terms "
            "of its searches name.",
            way_on="Put the file there, or choose another.",
        )
    return found


def _is_database(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_MAGIC)) == _MAGIC
    except OSError:  # a folder, or nothing there any more: not to be chosen
        return False
