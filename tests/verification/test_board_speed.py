"""What is measured of a large unit's pages: every page of the board, in time and bytes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fastapi import APIRouter
from tests.faces.web.conftest import HELD, MARA
from verification.board_speed import PageTimes, asked_of, measured, opened, pages_of, text
from verification.large_unit import ACTOR, make_large

from reopen.store.unit import create_unit, open_unit
from verification import board_speed

DEMO = os.environ.get("REOPEN_DEMO")


def times(page: str, p95: float, loads: int) -> PageTimes:
    return PageTimes(page, 9.0, 9.0, p95 / 2, p95, p95, 9.0, 1000, loads)


def test_pages_over_the_limit_are_counted() -> None:
    some = [times("/a", 300, 10**6), times("/b", 301, 0), times("/c", 5, 10**6 + 1)]
    assert [each.is_met for each in some] == [True, False, False]
    told = text(10_000, 150_000, some, [], [], 8.4, 512)
    assert "3 pages and twins, 2 of them over 300 ms of CPU or over a megabyte" in told
    assert "the slowest is `/b` with 301 ms" in told


def test_a_page_is_asked_for_as_its_path_says(monkeypatch: pytest.MonkeyPatch) -> None:
    part = APIRouter()
    for path in (
        "/links",
        "/api/links",
        "/links/{id}",
        "/api/links/{id}",
        "/evidence-file/{sha256}",
    ):
        part.add_api_route(path, lambda: None)
    part.add_api_route("/links/form", lambda: None, methods=["POST"])
    monkeypatch.setattr(board_speed, "PARTS", (part,))
    asked = {"/links": [{}, {"least": "3"}], "/links/{id}": [{"id": "A x B: C/D", "names": "true"}]}
    one = "/links/A%20x%20B%3A%20C%2FD?names=true"
    assert list(pages_of(asked)) == [
        "/links", "/links?least=3", "/api/links", "/api/links?least=3", one, f"/api{one}",
    ]  # fmt: skip
    with pytest.raises(KeyError, match=r"/links/\{id\}"):
        list(pages_of({}))


def test_a_page_is_measured_with_what_it_loads(tmp_path: Path) -> None:
    unit = tmp_path / "harbour.reopen"
    with create_unit(unit, name="Harbour", actor=MARA) as made, made.writing("mara") as writer:
        writer.put_many(HELD)
    with opened(unit, tmp_path / "harbour.board") as client:
        page, twin = measured(client, "/cases", 2), measured(client, "/api/cases", 2)
        with pytest.raises(RuntimeError, match="/cases/K9 answered 404"):
            measured(client, "/cases/K9", 0)
    assert 0 < page.cpu <= page.cpu_p95 <= page.longest_cpu
    assert page.loads > page.bytes > 500
    assert twin.loads == twin.bytes


@pytest.mark.skipif(not DEMO, reason="REOPEN_DEMO names no folder of a demo")
def test_a_large_unit_has_what_every_page_shows(tmp_path: Path) -> None:
    out = tmp_path / "large.reopen"
    with (
        make_large(Path(str(DEMO)) / "demo.reopen", out, 60) as unit,
        unit.reading(ACTOR) as reader,
    ):
        counts = reader.counts()
    assert counts["case"] >= 60
    assert min(counts[kind] for kind in ("found_link", "found_series", "family", "finding")) > 1
    with open_unit(out) as unit, unit.reading(ACTOR) as reader:
        pages = list(pages_of(asked_of(reader, 60)))
    assert len(pages) > 100
    kinds = ("/links/", "/series/", "/families/", "/stains/", "/tasks/")
    with opened(out, tmp_path / "large.board") as client:
        for page in pages:
            if page.startswith(kinds):
                assert client.get(page).status_code == 200
