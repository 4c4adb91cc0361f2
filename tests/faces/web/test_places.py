"""Places on the map of a case and of all cases, and the basemap that goes with them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.faces.web.conftest import Browser

from reopen.records.base import Ref
from reopen.records.cases import Exhibit, Place
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.statements import Statement
from reopen.records.times import Interval
from reopen.store.unit import open_unit


@pytest.fixture
def held(unit_file: Path) -> Path:
    with open_unit(unit_file) as unit, unit.writing("mara") as writer:
        writer.put_many([
            Place(id="Quarry", name="The old quarry", latitude=60.45, longitude=22.27,
                  radius_km=0.5),
            Place(id="Store-A", latitude=60.2, longitude=24.9),
            Exhibit(id="E7", case="K1", collected_at="Quarry"),
            Statement(id="S7", subject=Ref("case", "K1"), field="site", value="behind the mill"),
            CustodyEvent(id="C7", item="E7", event=EventKind.BOOKED, store="Store-A",
                         at=Interval.parse("1987")),
        ])  # fmt: skip
    return unit_file


def whole_map(browser: Browser) -> Any:
    for _ in range(200):
        page = browser.json("/map")
        if page["ready"]:
            return page
        time.sleep(0.02)
    raise AssertionError("The places were never gathered.")


def test_a_case_has_its_places(held: Path, client: Browser) -> None:
    rows = {each["id"]: each for each in client.json("/cases/K1")["places"]}
    assert rows["Quarry"]["at"] == "60.450, 22.270 within 0.5 km"
    assert rows["Quarry"]["what"] == "collected here"
    assert rows["Store-A"]["what"] == "custody"
    assert rows["behind the mill"]["at"] == ""
    text = client.get("/cases/K1").text
    assert 'data-latitude="60.45"' in text
    assert "leaflet.js" in text
    assert "style=" not in text.partition('id="places"')[2]


def test_a_case_without_places_loads_no_map(held: Path, client: Browser) -> None:
    assert "leaflet.js" not in client.get("/cases/K%202%2F3").text


def test_the_map_of_all_has_scenes_and_no_stores(held: Path, client: Browser) -> None:
    page = whole_map(client)
    assert [(each["id"], each["cases"]) for each in page["places"]] == [("Quarry", ["K1"])]
    assert page["unplaced"] == 1  # behind the mill
    assert "The old quarry" in client.get("/map").text


def test_who_sees_no_case_sees_no_scene(held: Path, signed_in: Callable[[str], Browser]) -> None:
    """Places are open to all of a unit; which of them is a scene is not."""
    page = whole_map(signed_in("stranger"))
    assert page == {"places": [], "ready": True, "unplaced": 0, "left_out": 0}


def test_the_basemap_is_land_and_small() -> None:
    data = (files("reopen.faces.web") / "static" / "basemap.json").read_bytes()
    assert len(data) < 250_000
    land = json.loads(data)
    assert land["type"] == "FeatureCollection"
    for feature in land["features"]:
        for polygon in feature["geometry"]["coordinates"]:
            for ring in polygon:
                assert ring[0] == ring[-1]
                assert all(-180 <= x <= 180 and -90 <= y <= 90 for x, y in ring)
