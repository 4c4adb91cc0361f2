"""A board served on this computer, and real Chromium looking at it."""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from reopen.faces.web.app import Settings, board

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
WIDTHS = {"phone": (390, 844), "laptop": (1280, 800), "wall": (2560, 1440)}
needs_chromium = pytest.mark.skipif(
    CHROMIUM is None or find_spec("playwright") is None,
    reason="Chromium (Debian: apt install chromium) or playwright is not installed",
)


class Served:
    """A board at an address of this computer."""

    def __init__(self, unit: Path, port: int):
        self.address = f"http://localhost:{port}"
        self.unit = unit
        self.app = board(str(unit), unit.with_suffix(".board"), Settings(origin=self.address))

    def invitation(self, actor: str) -> str:
        return f"{self.address}/invitation/{self.shared.accounts.invite(actor, 'the server')}"

    def cookie(self, actor: str) -> dict[str, Any]:
        """The cookie of somebody who has signed in."""
        token = self.shared.sessions.begin(actor)
        return {"name": self.shared.cookie, "value": token, "url": self.address}

    @property
    def shared(self) -> Any:
        return self.app.state.shared


@contextmanager
def serving(unit: Path) -> Iterator[Served]:
    """The board of a unit, until the block ends."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    served = Served(unit, port)
    config = uvicorn.Config(served.app, port=port, log_level="error", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield served
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def watched(context: Any) -> tuple[Any, list[str]]:
    """A page, and what went wrong on it: errors of scripts, what the policy blocked, answers of
    500 and above."""
    page, wrong = context.new_page(), []
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    page.on("console", lambda said: said.type == "error" and wrong.append(f"console: {said.text}"))
    page.on(
        "response",
        lambda answer: answer.status >= 500 and wrong.append(f"{answer.status} {answer.url}"),
    )
    return page, wrong


def violations(page: Any, only: list[str] | None = None) -> list[str]:
    """What axe finds against WCAG 2.2 AA on a page, of long tables in their first rows.

    only  these of its rules
    """
    from axe_playwright_python.base import AXE_SCRIPT

    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    run_only = {"type": "rule", "values": only} if only else {"type": "tag", "values": tags}
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(
        "([context, options]) => axe.run(context, options)",
        [
            {"exclude": [["tbody tr:nth-child(n+8)"]]},
            {"runOnly": run_only, "resultTypes": ["violations"]},
        ],
    )
    return [
        f"{each['id']}: {each['help']}: {json.dumps([n['target'] for n in each['nodes'][:3]])}"
        for each in found["violations"]
    ]
