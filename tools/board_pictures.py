"""Pictures of the board's pages for the documentation, from a unit such as the demo's.

    python -m tools.board_pictures demo/demo.reopen docs/images/board

One for each page of the menu, for one of each kind of record and of work, as a laptop shows it; a
few as a wall, a phone or a dark room do. They are WebP, a third as large as PNG. --width, --dark
and --only make others. Needs Chromium and playwright, as the tests do; takes two minutes.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.faces.web.chromium import WIDTHS, chromium, serving

FIRST_OF = {
    "case": ("/cases", "a[href^='/cases/']"),
    "link": ("/links", "a[href^='/links/']"),
    "one-series": ("/series", "a[href^='/series/']"),
    "stain": ("/links", "a[href^='/stains/']"),
    "exhibit": ("/evidence", "a[href^='/evidence/']"),
    "person": ("/families", "a[href^='/people/']"),
    "family": ("/families", "a[href^='/families/']"),
    "finding": ("/audit", "a[href^='/audit/']"),
}
"""Pages of one record: where the first of its kind stands."""
OTHERS = {"signin": "/signin", "links": "/links", "series": "/series", "families": "/families",
          "map": "/map", "verify": "/verify", "me": "/me", "looks": "/grants/looks"}  # fmt: skip
ALSO = (("board", "wall", False), ("stain", "laptop", True), ("case", "phone", False),
        ("map", "laptop", True))  # fmt: skip
"""Pages that are shown on another screen too, or in a dark room."""
MADE = ("task", "preview", "weighing")
"""Pages of what is made here, so that there is something to see."""
SETTLED_MS = 1500
ENDED_MS = 600_000.0
QUALITY = 0.72
TASK = "Ask the store for the glass, and who signed for it"
ROWS = "id,agency,title\nK-2026-058,Harbour,The brass key\nK-2026-059,Harbour\nK-2026-058,Docks,\n"

AS_WEBP = """async ([png, quality]) => {
  const image = new Image();
  image.src = "data:image/png;base64," + png;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""


@dataclass(frozen=True, slots=True)
class Screen:
    """What the pictures are taken on."""

    width: int
    height: int
    dark: bool = False


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


def asked_for(
    page: Any, address: str, actor: str, case: str, stain: str
) -> Iterator[tuple[str, str]]:
    """Name and path of what is made here: a task, a preview, and a stain weighed."""
    page.goto(address + case)
    page.get_by_text("Give a task").click()
    page.get_by_label("What is to be done").fill(TASK)
    page.locator("form[action='/tasks'] select[name=owner]").first.select_option(actor)
    page.get_by_label("Due").fill("2026-12-01")
    page.get_by_role("button", name="Give it").click()
    task = page.locator("main a[href^='/tasks/']").first
    task.wait_for()
    yield "task", task.get_attribute("href")
    page.goto(address + "/import")
    page.locator("#files").set_input_files(
        {"name": "cases.csv", "mimeType": "text/csv", "buffer": ROWS.encode()}
    )
    page.get_by_role("button", name="Look at them").click()
    page.get_by_role("heading", name="Keep it").wait_for(timeout=ENDED_MS)
    yield "preview", page.url.removeprefix(address)
    page.goto(address + stain)
    somebody = page.locator("#people option")
    if somebody.count():
        page.get_by_label("Person in question").fill(somebody.first.get_attribute("value"))
        page.get_by_role("button", name="Weigh", exact=True).click()
        page.get_by_role("heading", name="Terms by locus").wait_for(timeout=ENDED_MS)
        yield "weighing", page.url.removeprefix(address)


def take(unit: Path, actor: str, out: Path, screen: Screen, only: Sequence[str]) -> list[Path]:
    """The pictures written. Pages that are not there are left out."""
    out.mkdir(parents=True, exist_ok=True)
    taken: list[Path] = []
    with TemporaryDirectory() as folder, chromium() as browser:
        copy = Path(folder) / unit.name
        shutil.copyfile(unit, copy)
        with serving(copy) as served:
            context = browser.new_context()
            context.add_cookies([served.cookie(actor)])
            page, encoder = context.new_page(), browser.new_page()

            def shown(name: str, path: str, on: Screen, also: str = "") -> None:
                page.set_viewport_size({"width": on.width, "height": on.height})
                page.emulate_media(color_scheme="dark" if on.dark else "light")
                answer = page.goto(served.address + path)
                if answer is None or answer.status != 200:
                    return
                page.wait_for_timeout(SETTLED_MS if name in {"board", "map", "case"} else 200)
                png = base64.b64encode(page.screenshot()).decode()
                webp = encoder.evaluate(AS_WEBP, [png, QUALITY])
                taken.append(out / f"{name}{also}.webp")
                taken[-1].write_bytes(base64.b64decode(webp))

            known = dict(pages(page, served.address))
            if {"case", "stain"} <= known.keys() and (not only or set(MADE) & set(only)):
                known |= asked_for(page, served.address, actor, known["case"], known["stain"])
            for name, path in known.items():
                if name != "signin" and (not only or name in only):
                    shown(name, path, screen)
            for name, width, dark in () if only else ALSO:
                shown(name, known[name], Screen(*WIDTHS[width], dark),
                      f"-{'dark' if dark else width}")  # fmt: skip
            context.clear_cookies()
            if not only or "signin" in only:
                shown("signin", known["signin"], screen)
    return taken


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unit", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--as", dest="actor", default="mara")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--only", nargs="+", default=[], help="names of pages")
    given = parser.parse_args(words)
    screen = Screen(given.width, given.height, given.dark)
    for path in take(given.unit, given.actor, given.out, screen, given.only):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
