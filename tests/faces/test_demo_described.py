"""The demo's places lie on a shore, and what is said of its missing agrees with the truth."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import cos, hypot, radians

import pytest

import reopen
from reopen.faces.workbench.demo_casefile import LABORATORY, SCENE, STORE, demo_casefile
from reopen.faces.workbench.demo_described import HARBOUR
from reopen.faces.workbench.fits import Described, Fit, described, side_by_side
from reopen.records.base import Record
from reopen.records.cases import Place
from reopen.records.fields import check_value, field_of
from reopen.records.statements import State, Statement

UNIT = reopen.demo_unit()
RECORDS = demo_casefile(UNIT)
SCENES = [each for each in RECORDS if isinstance(each, Place) and each.id.startswith(SCENE)]


@cache
def borders() -> tuple[tuple[tuple[float, float], tuple[float, float]], ...]:
    """Of the land of the shipped basemap, around the harbour."""
    land = json.loads((files("reopen.faces.web") / "static" / "basemap.json").read_bytes())
    found = []
    for feature in land["features"]:
        shape = feature["geometry"]
        rings = shape["coordinates"]
        if shape["type"] == "MultiPolygon":
            rings = [ring for polygon in rings for ring in polygon]
        found += [
            (tuple(one), tuple(other))
            for ring in rings
            for one, other in pairwise(ring)
            if min(one[1], other[1]) < HARBOUR[0] + 1 and max(one[1], other[1]) > HARBOUR[0] - 1
        ]
    return tuple(found)


def on_land(latitude: float, longitude: float) -> bool:
    """Whether an odd number of borders lie to the east of a point."""
    crossed = 0
    for (x, y), (to_x, to_y) in borders():
        if (y > latitude) != (to_y > latitude):
            crossed += longitude < x + (to_x - x) * (latitude - y) / (to_y - y)
    return bool(crossed % 2)


def km_from_harbour(latitude: float, longitude: float) -> float:
    north, east = latitude - HARBOUR[0], (longitude - HARBOUR[1]) * cos(radians(HARBOUR[0]))
    return 111.2 * hypot(north, east)


def test_scenes_lie_around_the_harbour_and_some_are_not_recorded() -> None:
    known = [each for each in SCENES if each.latitude is not None]
    assert len(SCENES) == len(UNIT.stains)
    assert 1 <= len(SCENES) - len(known) <= 12
    far = []
    for each in known:
        assert each.latitude is not None
        assert each.longitude is not None
        assert each.radius_km is not None
        assert 0.05 <= each.radius_km <= 2.0
        far.append(km_from_harbour(each.latitude, each.longitude))
    assert max(far) < 15.0
    assert sum(km < 5.0 for km in far) > len(far) / 2
    assert len({(each.latitude, each.longitude) for each in known}) == len(known)


def test_every_place_is_on_the_land_of_the_basemap() -> None:
    places = [each for each in RECORDS if isinstance(each, Place) and each.latitude is not None]
    for each in places:
        assert each.latitude is not None
        assert each.longitude is not None
        assert on_land(each.latitude, each.longitude), each.id
    assert not on_land(63.7, -16.9)  # the sea before it
    assert {STORE, LABORATORY} < {each.id for each in places}


def of_people(records: tuple[Record, ...]) -> dict[str, Described]:
    said: dict[str, list[Statement]] = defaultdict(list)
    for each in records:
        if isinstance(each, Statement) and each.subject.kind == "person":
            said[each.subject.id].append(each)
    return {person: described(person, some) for person, some in said.items()}


@pytest.mark.parametrize("member", ["man on CCTV", "infant"])
def test_the_truth_fits_what_is_said(member: str) -> None:
    people = of_people(RECORDS)
    true = people[UNIT.missing.truth[member]]
    fields = side_by_side(people[f"Quay: {member}"], true)
    assert not [each for each in fields if each.fit is Fit.DOES_NOT_FIT]
    assert [each for each in fields if each.fit is Fit.FITS]
    assert [each for each in fields if each.fit is Fit.CANNOT_TELL]


def test_some_other_children_do_not_fit_and_some_may() -> None:
    people = of_people(RECORDS)
    others = [each.id for each in UNIT.missing.children if each.id != UNIT.missing.truth["infant"]]
    judged = {
        other: {each.fit for each in side_by_side(people["Quay: infant"], people[other])}
        for other in others
    }
    against = [other for other, fits in judged.items() if Fit.DOES_NOT_FIT in fits]
    assert len(against) > 5
    assert len(against) < len(others)


def test_statements_hold_what_their_fields_hold_and_have_gaps() -> None:
    people = [each for each in RECORDS if isinstance(each, Statement)]
    gaps = 0
    for each in people:
        if each.state is State.PRESENT:
            check_value(field_of(each.subject.kind, each.field), each.value)
        else:
            gaps += 1
    assert gaps > 3


def test_a_smaller_unit_has_the_same_places_and_people() -> None:
    few = demo_casefile(replace(UNIT, stains=UNIT.stains[10:12]))
    assert {each for each in few if isinstance(each, Place)} < set(RECORDS)
    assert of_people(few) == of_people(RECORDS)
