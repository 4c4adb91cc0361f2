"""The places of a case: where it happened, where things were taken, where they are.

A place is named by its id, or by the name that a statement gives. Not here: the map.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from reopen.faces.workbench.case_file import CaseFile
from reopen.records.cases import Place
from reopen.store.reader import Reader

SCENE = ("site", "collected here")
_SITES = ("site", "last_seen_at", "found_at")


@dataclass(frozen=True, slots=True)
class CasePlace:
    """A place, and what it is in a case. place: None where only its name is known."""

    name: str
    what: tuple[str, ...]
    place: Place | None


def places_named(file: CaseFile, *, scenes_only: bool = False) -> dict[str, tuple[str, ...]]:
    """Name -> what it is there. scenes_only: not where things were kept afterwards."""
    found: dict[str, dict[str, None]] = {}
    for name, what in _named(file, scenes_only):
        found.setdefault(name, {})[what] = None
    return {name: tuple(some) for name, some in found.items()}


def _named(file: CaseFile, scenes_only: bool) -> Iterator[tuple[str, str]]:
    for field in _SITES:
        for one in file.on(field):
            if one.value:
                yield one.value, field.replace("_", " ")
    for exhibit in file.exhibits:
        if exhibit.collected_at:
            yield exhibit.collected_at, SCENE[1]
    if scenes_only:
        return
    for event in file.events:
        for name in filter(None, (event.store, event.place)):
            yield name, "custody"
    for there in file.presences:
        if there.place:
            yield there.place, f"{there.person}: {there.presence}"


def places_of(reader: Reader, named: Mapping[str, tuple[str, ...]]) -> tuple[CasePlace, ...]:
    """They, with where they lie."""
    known = located(reader, named)
    return tuple(CasePlace(name, what, known.get(name)) for name, what in named.items())


def located(reader: Reader, names: Iterable[str]) -> dict[str, Place]:
    """Places of these ids."""
    return {one.id: one for one in reader.some(Place, dict.fromkeys(names))}
