"""The board in real Chromium: drawn, chosen from by keyboard alone, filtered, kept up to date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.faces.web.chromium import Served, needs_chromium, serving, watched
from tests.faces.web.conftest import HELD, MARA
from tests.faces.web.linked_unit import LINK, add_links

from reopen.records.cases import Exhibit, Sample
from reopen.records.results import FoundLink
from reopen.records.stored import StoredProfile
from reopen.store.unit import create_unit, open_unit

pytestmark = needs_chromium

FOCUSED = "document.activeElement.dataset.id || document.activeElement.id"
PLACES = "Object.fromEntries(boardGraph.nodes().map((n) => [n.id(), n.position()]))"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("unit") / "harbour.reopen"
    with create_unit(path, name="Harbour", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put_many(HELD)
    add_links(path)
    with serving(path) as board:
        yield board


@pytest.fixture
def page(served: Served, browser: Any) -> Iterator[Any]:
    """The board, opened and drawn; nothing went wrong when it is left."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([served.cookie("mara")])
    opened, wrong = watched(context)
    opened.goto(served.address + "/")
    opened.locator(".zoom:not([hidden])").wait_for()
    yield opened
    assert not wrong
    context.close()


def test_the_picture_has_the_nodes_and_links_of_the_list(page: Any) -> None:
    drawn = page.evaluate("boardGraph.elements().not('.tie').map((each) => each.id())")
    listed = page.evaluate(
        "[...document.querySelectorAll('#list [data-id]')].map((e) => e.dataset.id)"
    )
    assert sorted(drawn) == sorted(listed)
    assert len(drawn) == 8 + 3 + 1


def test_by_keyboard_alone_from_the_graph_to_the_list_and_back(page: Any) -> None:
    page.locator("#graph").focus()
    page.keyboard.press("ArrowRight")
    name = page.locator("#said").text_content()
    page.keyboard.press("Enter")
    page.locator("#panel h1").get_by_text(name, exact=True).wait_for()
    assert page.evaluate(FOCUSED) == "panel"
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED).endswith(f":{name}")
    page.keyboard.press("Home")
    assert page.evaluate(FOCUSED) == f"link:{LINK}"
    page.keyboard.press("Enter")
    page.locator("#panel").get_by_text("vWA carries most").wait_for()
    page.keyboard.press("Escape")
    assert page.evaluate(FOCUSED) == f"link:{LINK}"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == "graph"
    stops = page.evaluate("document.querySelectorAll('#list a[tabindex=\"0\"]').length")
    assert stops == 1  # one stop of the Tab key for the whole list


def test_a_filter_moves_nothing_and_the_way_back_shows_all(page: Any) -> None:
    before = page.evaluate(PLACES)
    page.get_by_label("Least log10 LR").fill("5")
    page.get_by_text("6 nodes, 1 link").wait_for()  # with both suspects of K1
    after = page.evaluate(PLACES)
    assert {"exhibit:X1", "exhibit:X2"} < after.keys() < before.keys()
    assert all(after[node] == before[node] for node in after if not node.startswith("series:"))
    assert "least=5" in page.url
    page.go_back()
    page.get_by_text("8 nodes, 3 links").wait_for()


def test_what_comes_in_is_drawn_and_what_is_read_stays(page: Any, served: Served) -> None:
    page.locator(f'#list [data-id="link:{LINK}"]').click()
    page.locator("#panel").get_by_text("vWA carries most").wait_for()
    before = page.evaluate(PLACES)
    view = page.evaluate("JSON.stringify([boardGraph.zoom(), boardGraph.pan()])")
    with open_unit(served.unit) as unit, unit.writing("mara") as writer:
        writer.put_many(
            (
                Exhibit(id="X4", case="K3"),
                Sample(id="T4", exhibit="X4", kind="swab"),
                StoredProfile(id="T4", purpose="stain", file="0" * 64, content_hash="0" * 64,
                              case="K3", sample="T4"),
                FoundLink(id="T1 x T4", link="stain with stain", one="T1", other="T4",
                          weight_log10=4.4),
            )
        )  # fmt: skip
    page.locator('#list [data-id="exhibit:X4"]').wait_for()
    after = page.evaluate(PLACES)
    assert "exhibit:X4" in after
    assert {node: after[node] for node in before} == before
    assert page.evaluate("JSON.stringify([boardGraph.zoom(), boardGraph.pan()])") == view
    assert "vWA carries most" in page.locator("#panel").text_content()
    current = page.locator("#list [aria-current]").get_attribute("data-id")
    assert current == f"link:{LINK}"
