"""Pictures of the board's pages for the documentation, from a unit such as the demo's.

    python -m tools.board_pictures demo/demo.reopen docs/images/board

One for each page of the menu and for one of each kind of record, as a laptop shows it; --width and
--dark show the others. Needs Chromium and playwright, as the tests do.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.faces.web.chromium import chromium, serving

FIRST_OF = {
    "case": ("/cases", "a[href^='/cases/']"),
    "link": ("/links", "a[href^='/links/']"),
    "one-series": ("/series", "a[href^='/series/']"),
    "stain": ("/links", "a[href^='/stains/']"),
    "exhibit": ("/evidence", "a[href^='/evidence/']"),
    "person": ("/people", "a[href^='/people/']"),
    "family": ("/families", "a[href^='/families/']"),
    "finding": ("/audit", "a[href^='/audit/']"),
}
"""Pages of one record: where the first of its kind stands."""
OTHERS = {"signin": "/signin", "links": "/links", "series": "/series", "families": "/families",
          "map": "/map", "verify": "/verify", "me": "/me"}  # fmt: skip
SETTLED_MS = 1500


def pages(page: Any, address: str) -> Iterator[tuple[str, str]]:
    """Name and path of each page, as the menu and the lists lead to them."""
    page.goto(address + "/cases")
    menu = page.locator(".menu a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    for path in menu:
        yield path.strip("/") or "board", path
    yield from OTHERS.items()
    for name, (path, first) in FIRST_OF.items():
        page.goto(address + path)
        found = page.locator("main").locator(first)
        if found.count():
            yield name, found.first.get_attribute("href")


def take(unit: Path, actor: str, out: Path, width: int, height: int, dark: bool) -> list[Path]:
    """The pictures written. Pages that are not there are left out."""
    out.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    with TemporaryDirectory() as folder, chromium() as browser:
        copy = Path(folder) / unit.name
        shutil.copyfile(unit, copy)
        with serving(copy) as served:
            scheme = "dark" if dark else "light"
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            context.add_cookies([served.cookie(actor)])
            page = context.new_page()
            seen = dict(pages(page, served.address))
            for name, path in seen.items():
                if name == "signin":
                    continue
                answer = page.goto(served.address + path)
                if answer is None or answer.status != 200:
                    continue
                page.wait_for_timeout(SETTLED_MS if name in {"board", "map"} else 100)
                taken.append(out / f"{name}.png")
                page.screenshot(path=taken[-1])
            context.clear_cookies()
            page.goto(served.address + seen["signin"])
            taken.append(out / "signin.png")
            page.screenshot(path=taken[-1])
    return taken


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unit", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--as", dest="actor", default="mara")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--dark", action="store_true")
    given = parser.parse_args(words)
    for path in take(given.unit, given.actor, given.out, given.width, given.height, given.dark):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
