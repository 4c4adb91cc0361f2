"""Where somebody is looked for, made ready for one search: databases opened, files of people and a
unit's people put into databases that are gone afterwards.

Not here: how databases are built to last (`databases`), searched (`link.in_database`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeAlias

from reopen.errors import InvalidRecord, cannot_open
from reopen.faces.workbench.searched_database import Searched, opened
from reopen.faces.workbench.unit import actor_of, casefile, names_unit
from reopen.faces.workbench.unit_people import people_of_unit
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records import NotWeighed, Reference

if TYPE_CHECKING:
    from reopen.formats.reference_database import ReferenceDatabase

Place: TypeAlias = "str | Path | ReferenceDatabase"
"""Where somebody is looked for: a database, open or its file, a file of people, or a unit."""

_ARROW = b"ARROW1"  # how a database that was built begins


@dataclass(frozen=True, slots=True)
class Looker:
    """Who looks into a unit and why, where one is searched; as the unit's log keeps it."""

    actor: str = ""
    purpose: str = ""


@dataclass(frozen=True)
class Opened:
    """Databases opened for one search, together.

    not_weighed  records of files that could not be taken, and people of a unit who are not searched
    notices      how files were understood
    """

    database: Searched
    not_weighed: tuple[NotWeighed, ...] = ()
    notices: tuple[str, ...] = ()


@contextmanager
def opened_together(
    places: Sequence[Place],
    looker: Looker,
    *,
    kit: str = "",
    decimal_comma: bool | None = None,
    progress: Progress = quiet,
) -> Iterator[Opened]:
    """Databases, files of people and units, as one to be searched; what is built for it is gone
    afterwards.

    Raises UnreadableFile for a file that cannot be read, InvalidRecord for two of one name, and
    NotAllowed where the actor of a unit is not known.
    """
    from reopen.formats._refused_list import read_refused
    from reopen.formats.database_import import build_database
    from reopen.formats.joined_databases import JoinedDatabases

    parts: list[ReferenceDatabase] = []
    refused: list[NotWeighed] = []
    notices: list[str] = []
    with ExitStack() as kept:
        for place in places:
            if not isinstance(place, str | Path):
                parts.append(place)
                notices += _told(place)
            elif names_unit(str(place)):
                folder = Path(kept.enter_context(TemporaryDirectory()))
                found, apart = _of_unit(str(place), looker, folder)
                parts.append(found)
                refused += apart
            elif _is_built(Path(place)):
                parts.append(opened(place))
                notices += _told(parts[-1])
            else:
                folder = Path(kept.enter_context(TemporaryDirectory()))
                out = folder / Path(place).name
                built = build_database(
                    out, [place], kit=kit, decimal_comma=decimal_comma, progress=progress
                )
                parts.append(built)
                refused += read_refused(folder / built.about.refused_file)
                notices += [f"{one.file}: {told}" for one in built.about.sources
                            for told in one.notices]  # fmt: skip
        database = parts[0] if len(parts) == 1 else JoinedDatabases(parts)
        yield Opened(database, tuple(refused), tuple(notices))


def _is_built(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_ARROW)) == _ARROW
    except OSError as error:
        raise cannot_open(path, error) from None


def _told(database: ReferenceDatabase) -> list[str]:
    """What was refused when a database was built: it is not in it, and cannot be found."""
    refused = sum(source.refused for source in database.about.sources)
    if not refused:
        return []
    listed = database.about.refused_file
    return [f"{database.name}: {refused:,} records were refused when it was built; see {listed}."]


def _of_unit(
    where: str, looker: Looker, folder: Path
) -> tuple[ReferenceDatabase, tuple[NotWeighed, ...]]:
    with casefile(where) as unit:
        name = unit_name(where)
        people, apart = people_of_unit(unit, actor_of(unit, looker.actor), looker.purpose)
    if not people:
        raise InvalidRecord(
            f"Nobody typed in {name} whom you may see and who is searched.",
            rule="Somebody is looked for among a unit's typed people, staff apart.",
            way_on="Import references first, or search elsewhere.",
        )
    return built_of(people, folder / name), apart


def unit_name(where: str) -> str:
    """A unit's name without its place: of a server, that of the database."""
    return Path(where.partition("?")[0]).name


def built_of(people: Sequence[Reference], out: Path) -> ReferenceDatabase:
    """A database of people who are at hand. Raises UnreadableFile where there is nobody."""
    from reopen.formats._database_people import people_of
    from reopen.formats.database_builder import DatabaseBuilder

    with DatabaseBuilder(out) as builder:
        builder.begin(out.name)
        taken, refused = people_of(people, builder.numbers)
        builder.take(taken)
        builder.refuse(refused)
        builder.end("", "unit")
        return builder.finish()
