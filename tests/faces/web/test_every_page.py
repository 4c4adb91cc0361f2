"""Every page of the board in real Chromium, as the application itself lists them: axe at three
widths in light and dark, nothing wider than its screen, and every stop of the Tab key seen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from tests.faces.command import run
from tests.faces.unit_files import ANNA, PLAIN, population, references, stain
from tests.faces.web.chromium import (
    WIDTHS,
    Served,
    needs_chromium,
    serving,
    violations,
    watched,
)
from tests.faces.web.conftest import HELD, MARA
from tests.faces.web.dna_unit import finished, no_processes
from tests.faces.web.linked_unit import add_links
from tests.faces.web.test_evidence import HELD as EVIDENCE
from tests.faces.web.test_pages import routes
from tests.faces.web.test_people import FAMILIES

from reopen.faces.workbench.ledger import make_keys, signers_of
from reopen.records.base import Ref
from reopen.records.cases import Place
from reopen.records.results import FoundLink
from reopen.records.statements import Statement
from reopen.records.stored import StoredFamily, StoredProfile
from reopen.records.tasks import Task
from reopen.store import checkpoints
from reopen.store.unit import create_unit, open_unit

pytestmark = needs_chromium

SEVERAL = {"/runs/{id}": 4, "/stains/{id}": 2}
"""Pages that look different for different things: so many of each are opened; of others one."""
NO_PAGES = {"/reports/{work}/{name}", "/oidc", "/oidc/back"}
"""What is taken out, and the ways to another sign-in and back."""
BY_WIDTH = ["target-size", "scrollable-region-focusable", "link-in-text-block"]
BY_LOOK = [*BY_WIDTH, "color-contrast"]
"""Rules of axe that depend on the width, and on the colours too; the others are asked once of each
page. Colours are those of the theme at every width, and are looked at on two screens for each."""
RULES = {
    ("phone", "light"): BY_WIDTH, ("phone", "dark"): BY_LOOK,
    ("laptop", "light"): None, ("laptop", "dark"): BY_LOOK,
    ("wall", "light"): BY_LOOK, ("wall", "dark"): BY_WIDTH,
}  # fmt: skip
MOST_STOPS = 60


def pages_of(app: FastAPI) -> set[str]:
    """Every address that is a page: what has a twin is in the schema, and what is a file too."""
    return {
        route.path for route in routes(app)
        if "GET" in route.methods and not route.include_in_schema
        and not route.path.startswith("/api")
    } - NO_PAGES  # fmt: skip


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A unit with something of everything."""
    folder = tmp_path_factory.mktemp("unit")
    path = folder / "harbour.reopen"
    with create_unit(path, name="Harbour", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put_many(HELD)
    people = references(folder / "people.csv", {"anna": ANNA})
    one = stain(folder, "A1", ANNA)
    done = run("import", path, one, "--references", people, "--case", "K1", "--as", "mara")
    assert done.code == 0, done.err
    done = run("link", path, "--population", population(folder), *PLAIN, "--as", "mara")
    assert done.code == 0, done.err
    add_links(path)
    with open_unit(path) as unit:
        with unit.writing("mara") as writer:
            file = writer.put_file(FAMILIES, "families.toml").id
            writer.put_many((
                *EVIDENCE,
                StoredFamily(id="Quay", file=file, content_hash="h1"),
                StoredProfile(id="John-Doe", purpose="unidentified", file=file, content_hash="h2"),
                FoundLink(id="John-Doe x Quay: lost son", link="remains with family",
                          one="John-Doe", other="Quay", other_kind="family",
                          relation="missing member", weight_log10=7.25),
                Place(id="quay", name="The old quay", latitude=60.45, longitude=22.27,
                      radius_km=0.5),
                Task(id="K1 1", case="K1", what="call the crimson witness", owner="mara"),
                Statement(id="W1", subject=Ref("case", "K1"), field="site", value="quay"),
            ))  # fmt: skip
        make_keys(unit, "mara")
        checkpoints.make(unit.db, signers_of(unit), unit.clock())
    with serving(path) as board:
        no_processes(board.app)
        yield board


def at_work(served: Served, page: Any) -> None:
    """A preview, a weighing, a search and an audit, done from their pages."""
    begun: list[str] = []
    page.goto(served.address + "/import")
    rows = "id,agency\nK-8,Harbour\n\nK-8,Elsewhere\n"
    page.locator("#files").set_input_files(
        {"name": "cases.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    page.get_by_role("button", name="Look at them").click()
    page.wait_for_url("**/import/*")
    begun.append(page.url)
    page.goto(served.address + "/stains/A1")
    page.get_by_label("Person in question").fill("anna")
    page.get_by_role("button", name="Weigh").click()
    page.wait_for_url("**/runs/*")
    begun.append(page.url)
    page.goto(served.address + "/search?profile=anna")
    page.get_by_role("button", name="Look", exact=True).click()
    page.wait_for_url("**/runs/*")
    begun.append(page.url)
    page.goto(served.address + "/audit")
    page.get_by_role("button", name="Audit the unit now").click()
    page.wait_for_url("**/runs/*")
    begun.append(page.url)
    for address in begun:
        finished(served.app, address)


def seen(served: Served, page: Any, first: list[str]) -> Iterator[tuple[str, str]]:
    """The pages that can be reached, each with its route: a few of each kind are opened, and asked
    which others they lead to."""
    patterns = {
        path: re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for path in pages_of(served.app)
    }
    opened: dict[str, set[str]] = {path: set() for path in patterns}
    ahead = list(first)
    while ahead:
        address = ahead.pop(0)
        path = urlsplit(address).path
        route = path if path in patterns else next(
            (each for each, form in patterns.items() if form.fullmatch(path)), ""
        )  # fmt: skip
        if not route or path in opened[route] or len(opened[route]) == SEVERAL.get(route, 1):
            continue
        opened[route].add(path)
        page.goto(served.address + address)
        yield route, address
        ahead += page.evaluate(
            "[...document.querySelectorAll('main a[href^=\"/\"], .menu a, .who a')]"
            ".map((a) => a.getAttribute('href')).filter((to) => !to.startsWith('/api'))"
        )


def looked_at(page: Any) -> list[str]:
    """What is wrong with the page as it stands, at each width, in light and dark."""
    found: list[str] = []
    for width, (wide, high) in WIDTHS.items():
        page.set_viewport_size({"width": wide, "height": high})
        needed = page.evaluate("document.documentElement.scrollWidth")
        if needed > wide:
            found.append(f"{width}: {needed} pixels wide")
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            against = violations(page, RULES[width, scheme])
            found += [f"{width}, {scheme}: {each}" for each in against]
    return found


def test_axe_finds_nothing_on_any_page(served: Served, browser: Any) -> None:
    """A page that no other leads to, or that nobody can open, is found by its route being left."""
    context = browser.new_context()
    context.add_cookies([served.cookie("mara")])
    page, wrong = watched(context)
    at_work(served, page)
    found: dict[str, list[str]] = {}
    left = pages_of(served.app) - {"/signin", "/invitation/{token}"}
    for route, address in seen(served, page, ["/"]):
        assert page.locator("h1").count() == 1, address
        left.discard(route)
        if against := looked_at(page):
            found[address] = against
    assert not left, f"no page leads to these: {left}"
    page.goto(served.address + "/cases/nowhere")
    found |= {"an error": against} if (against := looked_at(page)) else {}
    page.goto(served.address + "/grants")
    page.get_by_role("button", name="Invite").first.click()
    found |= {"an invitation made": against} if (against := looked_at(page)) else {}
    context.clear_cookies()
    page.goto(served.address + "/signin")
    page.get_by_label("Your name in the unit").fill("mara")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in", exact=True).click()
    found |= {"a sign-in": against} if (against := looked_at(page)) else {}
    assert page.get_by_label("Your name in the unit").input_value() == "mara"
    page.goto(served.invitation("mara"))
    found |= {"an invitation": against} if (against := looked_at(page)) else {}
    context.close()
    assert found == {}
    refused = re.compile(r"status of (401|404) ")  # the error page and the refused sign-in
    assert [each for each in wrong if not refused.search(each)] == []


def test_axe_finds_nothing_on_the_pages_of_somebody_without_a_grant(
    served: Served, browser: Any
) -> None:
    """Empty pages, which say what to do next."""
    context = browser.new_context()
    context.add_cookies([served.cookie("stranger")])
    page, wrong = watched(context)
    found = {}
    for path in sorted(path for path in pages_of(served.app) if "{" not in path):
        answer = page.goto(served.address + path)
        if answer.status == 200 and (against := violations(page)):
            found[path] = against
    context.close()
    assert found == {}
    assert [each for each in wrong if "Failed to load resource" not in each] == []


STOP = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const seen = box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight;
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const again = "stop" in at.dataset;
  at.dataset.stop = "";
  return [at.outerHTML.slice(0, 90), seen && ring && !again];
}"""


@pytest.mark.parametrize("path", ["/", "/cases", "/stains/A1", "/grants"])
def test_every_stop_of_the_tab_key_is_seen(served: Served, browser: Any, path: str) -> None:
    """In sight, with a ring and once, on a phone; the first is the way past the menu."""
    width, height = WIDTHS["phone"]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_cookies([served.cookie("mara")])
    page, wrong = watched(context)
    page.goto(served.address + path)
    stops: list[tuple[str, bool]] = []
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if (stop := page.evaluate(STOP)) is None:
            break
        stops.append(tuple(stop))
    context.close()
    assert "To the content" in stops[0][0]
    assert [what for what, is_seen in stops if not is_seen] == []
    assert not wrong
