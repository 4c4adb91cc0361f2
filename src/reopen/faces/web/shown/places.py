"""Places on a map with a shipped basemap: those of one case, and the scenes of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from reopen.faces.web.looks import Look
from reopen.faces.web.pages import Pages
from reopen.faces.web.triage_kept import kept_triage
from reopen.faces.workbench.case_places import CasePlace, located
from reopen.records.cases import Place

pages = Pages("Cases")
router = pages.router

MOST = 2000


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A place. radius_km: how far off the point may be; None: not recorded. at: '60.450, 22.270
    within 0.5 km', '' where nobody recorded it; cases: it belongs to."""

    id: str
    name: str
    what: str
    latitude: float | None
    longitude: float | None
    radius_km: float | None
    at: str
    cases: tuple[str, ...] = ()

    @property
    def drawn(self) -> bool:
        return self.latitude is not None and self.longitude is not None


@dataclass(frozen=True, slots=True)
class MapPage:
    """Scenes of the cases that the actor may see. ready: whether they are all gathered; unplaced:
    how many have no point; left_out: how many are too many to draw."""

    places: tuple[PlaceLine, ...]
    ready: bool
    unplaced: int
    left_out: int


@pages.page("/map", "map.html.j2")
def map_page(look: Look) -> MapPage:
    """Where the cases happened, as far as anybody recorded it."""
    known = kept_triage(look)
    if known is None:
        return MapPage((), False, 0, 0)
    with look.reading() as reader:
        seen = set(reader.cases())
        cases: dict[str, list[str]] = {}
        for case, names in known.scenes.items():
            if case in seen:
                for name in names:
                    cases.setdefault(name, []).append(case)
        found = located(reader, cases)
    lines = [place_line(id, "scene", found[id], cases[id]) for id in sorted(found)]
    drawn = [line for line in lines if line.drawn]
    return MapPage(tuple(drawn[:MOST]), True, len(cases) - len(drawn), max(len(drawn) - MOST, 0))


def place_lines(places: Iterable[CasePlace]) -> tuple[PlaceLine, ...]:
    return tuple(place_line(one.name, ", ".join(one.what), one.place) for one in places)


def place_line(id: str, what: str, place: Place | None, cases: Sequence[str] = ()) -> PlaceLine:
    if place is None or place.latitude is None or place.longitude is None:
        return PlaceLine(id, place.name if place else "", what, None, None, None, "", tuple(cases))
    radius = f" within {place.radius_km:g} km" if place.radius_km is not None else ""
    at = f"{place.latitude:.3f}, {place.longitude:.3f}{radius}"
    return PlaceLine(
        id, place.name, what, place.latitude, place.longitude, place.radius_km, at, tuple(cases)
    )
