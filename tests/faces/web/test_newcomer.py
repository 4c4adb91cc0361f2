"""Somebody new, in real Chromium: files in, links, why, a stain weighed, a report taken along, a
receipt checked; and somebody without a grant, to whom none of it shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.faces.web.chromium import Served, needs_chromium, serving, watched
from tests.faces.web.conftest import MARA, PASSWORD, STRANGER

import reopen
from reopen.faces.workbench.ledger import make_keys
from reopen.store.unit import create_unit, open_unit

pytestmark = [needs_chromium, pytest.mark.slow]

STAINS = ("K-2005-052-A1", "K-2009-055-A1")
"""Two of the demo's fourteen, which one man left."""
LONG_MS = 600_000.0


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some of the demo's files, with two of its stains, so that it does not take minutes."""
    unit = reopen.demo_unit()
    used = {stain.kit for stain in unit.stains if stain.id in STAINS}
    few = replace(
        unit,
        stains=tuple(stain for stain in unit.stains if stain.id in STAINS),
        database=unit.database[:20],
        kits=tuple(kit for kit in unit.kits if kit.name in used),
    )
    folder = tmp_path_factory.mktemp("demo")
    reopen.write_demo_unit(few, folder)
    return folder


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    path = tmp_path_factory.mktemp("unit") / "harbour.reopen"
    with create_unit(path, name="Harbour", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put(STRANGER)
    with open_unit(path) as unit:
        make_keys(unit, "mara")
    with serving(path) as board:
        yield board


def test_a_newcomer_goes_from_files_to_a_report_and_a_receipt(
    served: Served, browser: Any, files: Path, tmp_path: Path
) -> None:
    context = browser.new_context()
    context.set_default_timeout(60_000)
    page, wrong = watched(context)
    page.goto(served.invitation("mara"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Go in").click()

    page.get_by_role("link", name="Import", exact=True).click()
    chosen = [*files.glob("stains-*.txt"), files / "victims.csv"]
    page.get_by_label("Files", exact=True).set_input_files(chosen)
    page.get_by_role("button", name="Look at them").click()
    page.get_by_role("button", name="Keep").click(timeout=LONG_MS)
    page.get_by_text("What came in").wait_for(timeout=LONG_MS)

    page.goto(served.address + "/runs")
    page.get_by_role("button", name="Link everything that is new").click()
    links = page.locator("#content").get_by_role("link", name="Links")
    links.first.wait_for(timeout=LONG_MS)
    page.goto(served.address + "/links")
    strongest = page.locator("table a[href^='/links/']").first
    strongest.click()
    page.get_by_role("heading", name="Why").first.wait_for()
    assert page.get_by_role("heading", name="What would break it").is_visible()

    stain = page.locator("h1 a[href^='/stains/'], main a[href^='/stains/']").first
    stain.click()
    page.get_by_role("heading", name="Weigh a person").wait_for()
    victim = (files / "victims.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    page.get_by_label("Person in question").fill(victim)
    page.get_by_label("Contributors in all").select_option("2")
    page.get_by_role("button", name="Weigh").click()
    with page.expect_download(timeout=LONG_MS) as taken:
        page.get_by_role("link", name="report.html").first.click(timeout=LONG_MS)
    report = tmp_path / "report.html"
    taken.value.save_as(report)
    assert victim in report.read_text(encoding="utf-8")

    page.get_by_role("link", name="Ledger", exact=True).click()
    page.get_by_role("button", name="Make a checkpoint").click()
    page.wait_for_url("**/runs/*")
    page.get_by_text("The policy wants").wait_for(timeout=LONG_MS)
    page.goto(f"{served.address}/stains/{STAINS[0]}")
    page.get_by_role("link", name="Its entries in the log, and a receipt").click()
    receipt, policy = tmp_path / "one.tlog-proof", tmp_path / "policy.txt"
    taken_along(page, "Download the receipt", receipt)
    page.goto(served.address + "/ledger")
    taken_along(page, "The policy, to hand out", policy)
    page.get_by_role("link", name="Verify a receipt").first.click()
    context.set_offline(True)
    verdict = page.locator("#verdict")
    page.get_by_label("Keys that you trust").fill(policy.read_text(encoding="utf-8"))
    page.get_by_label("Receipt", exact=True).set_input_files(receipt)
    page.get_by_role("button", name="Verify it").click()
    page.locator("#verdict[data-verdict='holds']").wait_for()
    assert STAINS[0] in verdict.inner_text()
    receipt.write_bytes(receipt.read_bytes().replace(b"extra ", b"extra A", 1))
    page.get_by_label("Receipt", exact=True).set_input_files(receipt)
    page.get_by_role("button", name="Verify it").click()
    page.locator("#verdict:not([data-verdict='holds'])").wait_for()
    assert not wrong
    context.close()


def taken_along(page: Any, link: str, to: Path) -> None:
    with page.expect_download() as taken:
        page.get_by_role("link", name=link).click()
    taken.value.save_as(to)


def test_a_reservist_without_grants_sees_nothing_of_it(served: Served, browser: Any) -> None:
    """By page, by its twin, by export and by a guessed address."""
    context = browser.new_context()
    context.add_cookies([served.cookie("stranger")])
    page, _ = watched(context)
    secrets = (*STAINS, "K-2005-052", "K-2009-055", "V-0")
    menu = ["/", "/cases", "/stains", "/links", "/series", "/evidence", "/audit", "/search?words=K",
            "/import", "/reports", "/runs", "/people"]  # fmt: skip
    guessed = [f"/stains/{STAINS[0]}", f"/cases/{STAINS[0][:-3]}", "/reports/1/report.html"]
    for path in (*menu, *guessed):
        for address in (path, "/api" + path.rstrip("/")):
            answer = context.request.get(served.address + address)
            assert answer.status < 500
            text = answer.text()
            found = [secret for secret in secrets if secret in text and secret not in path]
            assert not found, (address, found)
            if path in guessed:
                assert answer.status == 404, address
    page.goto(served.address + "/")
    assert not any(secret in page.content() for secret in secrets)
    context.close()
