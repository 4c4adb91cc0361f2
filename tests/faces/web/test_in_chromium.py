"""The board in real Chromium: signing in by passkey, by keyboard alone, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.faces.web.chromium import Served, needs_chromium, serving, watched
from tests.faces.web.conftest import HELD, MARA, PASSWORD

from reopen.records.cases import Exhibit, Place
from reopen.store.unit import create_unit, open_unit

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("unit") / "harbour.reopen"
    with create_unit(path, name="Harbour", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put_many(HELD)
    with serving(path) as board:
        yield board


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    opened = browser.new_context()
    yield opened
    opened.close()


def test_somebody_invited_comes_in_and_signs_in_by_passkey_afterwards(
    served: Served, context: Any
) -> None:
    page, wrong = watched(context)
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": device})

    page.goto(served.invitation("mara"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Go in").click()
    page.goto(served.address + "/me")
    page.get_by_label("Name", exact=True).fill("this laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_text("this laptop, since").wait_for()

    page.get_by_role("button", name="Sign out").click()
    page.goto(served.address + "/cases/K1")
    assert "/signin?next=" in page.url
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("heading", name="K1").wait_for()
    assert page.url == served.address + "/cases/K1"
    assert not wrong


def test_by_keyboard_alone(served: Served, context: Any) -> None:
    context.add_cookies([served.cookie("mara")])
    page, wrong = watched(context)
    page.goto(served.address + "/me")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.get_by_role("heading", name="Cases").wait_for()
    page.wait_for_load_state()  # a heading is seen before the keys are listened to
    page.keyboard.press("/")
    page.keyboard.type("umbrella")
    page.get_by_text("1 case that you may see with “umbrella”").wait_for()
    assert "words=umbrella" in page.url
    page.keyboard.press("Escape")
    page.get_by_role("link", name="K1").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="K1").wait_for()
    page.wait_for_load_state()
    page.keyboard.press("?")
    assert page.locator("dialog#keys").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("dialog#keys").is_visible()
    assert not wrong


def test_the_theme_is_chosen_and_kept(served: Served, browser: Any) -> None:
    context = browser.new_context(color_scheme="light")
    context.add_cookies([served.cookie("mara")])
    page, _ = watched(context)
    page.goto(served.address + "/cases")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark or light").click()
    page.goto(served.address + "/me")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    context.close()


def test_nothing_is_asked_of_anybody_else_and_a_page_is_small(served: Served, context: Any) -> None:
    context.add_cookies([served.cookie("mara")])
    page, wrong = watched(context)
    asked: list[str] = []
    sizes: list[int] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: sizes.append(len(answer.body())))
    page.goto(served.address + "/cases")
    page.wait_for_load_state("networkidle")
    assert all(url.startswith(served.address) for url in asked)
    assert sum(sizes) < 1_000_000
    assert not wrong


def test_a_board_needs_no_script_to_be_read(served: Served, browser: Any, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([served.cookie("mara")])
    page = context.new_page()
    page.goto(served.address + "/cases")
    page.get_by_label("Find").fill("crimson")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="K1").click()
    assert page.get_by_role("heading", name="K1").is_visible()
    context.close()


def test_a_form_that_is_refused_keeps_what_was_typed_and_says_where(
    served: Served, context: Any
) -> None:
    context.add_cookies([served.cookie("mara")])
    page, wrong = watched(context)
    page.goto(served.address + "/grants")
    page.get_by_text("Give a grant, or bar somebody").click()
    form = page.locator("form[action='/grants/give']")
    form.get_by_label("Case").fill("K1")
    form.get_by_label("Until").fill("some day")
    form.get_by_role("button", name="Keep it").click()
    told = form.get_by_role("alert")
    told.wait_for()
    assert "some day" in told.inner_text()
    assert form.get_by_label("Case").input_value() == "K1"
    assert form.get_by_label("Until").get_attribute("aria-invalid") == "true"
    assert page.evaluate("document.activeElement.name") == "until"
    form.get_by_label("Until").fill("2099-12-31")
    form.get_by_role("button", name="Keep it").click()
    page.get_by_text("2099-12-31").first.wait_for()
    assert not form.get_by_role("alert").count()
    assert [each for each in wrong if "Failed to load resource" not in each] == []


def test_the_name_of_a_place_stays_text_on_the_map(served: Served, context: Any) -> None:
    name = "<b>quarry</b><meta http-equiv=refresh content='0;url=/verify'>"
    with open_unit(served.unit) as unit, unit.writing("mara") as writer:
        writer.put(Place(id="Q", name=name, latitude=60.45, longitude=22.27))
        writer.put(Exhibit(id="E8", case="K 2/3", collected_at="Q"))
    context.add_cookies([served.cookie("mara")])
    page, wrong = watched(context)
    page.goto(served.address + "/cases/K%202%2F3")
    page.locator("path.leaflet-interactive").first.hover()
    told = page.locator(".leaflet-tooltip")
    told.wait_for()
    assert told.inner_text() == name
    assert told.locator("b").count() == 0
    assert not wrong


def test_a_page_that_is_not_renewed_any_more_says_so(served: Served, context: Any) -> None:
    context.add_cookies([served.cookie("mara")])
    page, wrong = watched(context)
    page.goto(served.address + "/links")
    asks = "document.dispatchEvent(new Event('visibilitychange'))"  # as it does by itself, sooner
    context.set_offline(True)
    page.evaluate(asks)
    told = page.get_by_text("The board does not answer since")
    told.wait_for()
    page.evaluate(asks)
    assert told.count() == 1
    context.set_offline(False)
    page.evaluate(asks)
    told.wait_for(state="detached")
    assert all("ERR_INTERNET_DISCONNECTED" in each for each in wrong)
