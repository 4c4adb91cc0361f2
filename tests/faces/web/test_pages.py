"""Each page has its twin, shows what its actor may see, and needs a session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.testclient import TestClient
from tests.faces.web.conftest import Browser

from reopen.faces.web.pages import MENU

OPEN = {"/signin", "/signout", "/invitation/{token}", "/passkey", "/passkey/asked", "/verify"}
"""Pages that nobody needs to be signed in for."""
DOWNLOADS = {"/ledger/receipt"}
"""Files, which are what they are for programs too."""
SECRETS = ("umbrella", "crimson", "Harrowgate", "Quillfeather", "K1", "alert(1)")


def routes(app: FastAPI) -> Iterator[APIRoute]:
    for route in app.routes:
        if isinstance(route, APIRoute):
            yield route
        else:
            inner = getattr(route, "original_router", None)
            yield from (each for each in getattr(inner, "routes", ()) if isinstance(each, APIRoute))


def test_nothing_but_the_ways_in_is_open_to_somebody_not_signed_in(
    app: FastAPI, opened: TestClient
) -> None:
    seen = 0
    for route in routes(app):
        if route.path in OPEN:
            continue
        path = re.sub(r"\{\w+\}", "K1", route.path)
        for method in route.methods:
            said = opened.request(method, path, follow_redirects=False)
            assert said.status_code in {303, 401, 403, 404, 405, 422}, (method, path)
            if said.status_code == 303:
                assert said.headers["location"].startswith("/signin"), (method, path)
            told = said.text.replace(path, "")
            assert not any(secret in told for secret in SECRETS), (method, path)
            seen += 1
    assert seen > 10


def test_a_page_has_a_twin_with_a_described_form(app: FastAPI, client: Browser) -> None:
    described = client.json("/openapi.json")["paths"]
    pages = {
        route.path for route in routes(app)
        if "GET" in route.methods and not route.include_in_schema and route.path not in OPEN
        and route.path.count("{") == route.path.count("{id}") and "." not in route.path
    }  # fmt: skip
    twins = {path: "/api" + (path if path != "/" else "/board") for path in pages - DOWNLOADS}
    assert not {path for path, twin in twins.items() if twin not in described}
    schema = described["/api/cases/{id}"]["get"]["responses"]["200"]["content"]
    assert schema["application/json"]["schema"]["$ref"].endswith("CasePage")


def test_somebody_without_a_grant_sees_no_case_by_page_or_twin_or_guessed_address(
    client: Browser, signed_in: Callable[[str], Browser]
) -> None:
    stranger = signed_in("stranger")
    assert client.json("/cases")["total"] == 2
    assert client.json("/cases/K1")["title"] == "The crimson umbrella"
    for path in ("/cases", "/links", "/runs", "/me", "/cases?words=umbrella"):
        for answer in (stranger.get(path), stranger.get("/api" + path)):
            assert answer.status_code == 200
            text = answer.text.replace("words=umbrella", "").replace("umbrella”", "")
            assert not any(secret in text for secret in SECRETS if secret != "umbrella")
    assert stranger.json("/cases")["total"] == 0
    there, nowhere = stranger.get("/api/cases/K1"), stranger.get("/api/cases/K9")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert there.text.replace("K1", "") == nowhere.text.replace("K9", "")
    assert stranger.get("/cases/K1").status_code == 404


def test_what_is_shown_is_text_and_never_a_tag(client: Browser) -> None:
    html = client.get("/cases").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html


def test_names_of_any_form_lead_to_their_pages(client: Browser) -> None:
    assert 'href="/cases/K%202%2F3"' in client.get("/cases").text
    assert client.json("/cases/K%202%2F3")["id"] == "K 2/3"


def test_an_address_that_is_not_understood_is_told_so(client: Browser) -> None:
    said = client.get("/cases?start=-1")
    assert said.status_code == 422
    assert "start" in said.text
    assert client.get("/api/cases?start=x").json() == {
        "seen": "start: 'x' was given.",
        "rule": "start is a whole number.",
        "way_on": "Change it in the address, and ask again.",
    }
    assert "start is 0 or more." in said.text
    assert (
        "is one of these: &#39;open&#39;, &#39;ended&#39; or &#39;all&#39;"
        in client.get("/audit?which=both").text
    )
    assert client.get("/nothing").status_code == 404


def test_every_look_is_in_the_log_before_it_is_shown(client: Browser, app: FastAPI) -> None:
    from reopen.records.access import ReadEvent

    client.get("/cases/K1")
    with (
        app.state.shared.units.lent(("test",)) as unit,
        unit.reading("mara") as reader,
    ):
        looks = [each for each in reader.all(ReadEvent) if each.actor == "mara"]
    assert any("K1" in look.target for look in looks)


def test_the_documentation_shows_every_page_of_the_menu_and_keeps_its_pictures_small() -> None:
    docs = Path(__file__).parents[3] / "docs"
    named = re.findall(
        r"images/board/([\w-]+)\.webp", (docs / "board-pictures.md").read_text("utf-8")
    )
    pictures = list((docs / "images" / "board").iterdir())
    assert sorted(named) == sorted(each.stem for each in pictures)
    assert {place.path.strip("/") or "board" for place in MENU} <= set(named)
    assert sum(each.stat().st_size for each in pictures) < 2_500_000
