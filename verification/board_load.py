"""Fifty people at a unit's board at once: how long its pages take, and what that asks of a laptop.

    python -m verification.board_load demo/demo.reopen --people 50 --minutes 5

A copy of the unit is served as `reopen serve` does. Each person is signed in, reads a page, follows
one of its links after a while (three seconds on average, exponential), and now and then begins at a
page of the menu; so what is asked is what is there to be asked, the same for the same seed. Times
are from the request to the last byte, on this computer. Each page's first view, and all that it
loads, is measured before, alone.

Ends with status 1 where a page failed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import httpx2

from reopen.faces.web.sessions import Sessions
from reopen.faces.web.state import State
from reopen.store.unit import open_unit
from verification.common import RESULTS, Column, Json, made_with, table, write_table

PORT = 8790
THINK_S = 3.0
MENU_SHARE = 0.2
_STARTED_S = 180.0


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer: its kind of page, seconds, bytes as sent, status."""

    page: str
    seconds: float
    bytes: int
    status: int


@dataclass(frozen=True, slots=True)
class PageTimes:
    """A kind of page under load; times in milliseconds."""

    page: str
    asked: int
    median: float
    p95: float
    longest: float


@dataclass(frozen=True, slots=True)
class FirstView:
    """A page with everything it loads, as a browser without a cache gets it."""

    page: str
    seconds: float
    bytes: int


@dataclass(frozen=True, slots=True)
class Memory:
    """Of the server, in MiB: at most ever, and at the end."""

    most: float
    at_the_end: float


def links_of(html: str) -> list[str]:
    """Pages that a page leads to; no files, no ways out."""
    found = (unescape(each) for each in re.findall(r'<a\b[^>]*?\bhref="(/[^"#]*)[^"]*"', html))
    return [each for each in found if not each.startswith(("/static/", "/signout", "/reports/"))]


def loads_of(html: str) -> list[str]:
    """Files that a page needs to be shown."""
    return [unescape(each) for each in re.findall(r'(?:src|href)="(/static/[^"]+)"', html)]


def kind_of(path: str) -> str:
    """/cases/K-1987-114?x=1 is a page of the kind /cases/..."""
    parts = urlsplit(path).path.strip("/").split("/")
    return "/" + parts[0] + ("/..." if len(parts) > 1 else "")


def times_of(asked: Iterable[Asked]) -> list[PageTimes]:
    """By kind of page, and all together at the end."""
    by_page: dict[str, list[float]] = defaultdict(list)
    for each in asked:
        by_page[each.page].append(1000 * each.seconds)
        by_page["all"].append(1000 * each.seconds)
    pages = sorted(page for page in by_page if page != "all")
    return [_times(page, sorted(by_page[page])) for page in (*pages, "all") if page in by_page]


def _times(page: str, ordered: Sequence[float]) -> PageTimes:
    return PageTimes(
        page, len(ordered), _quantile(ordered, 0.5), _quantile(ordered, 0.95), ordered[-1]
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of all do not exceed."""
    place = -(-share * len(ordered) // 1)  # rounded up
    return ordered[max(0, int(place) - 1)]


class Person:
    """Somebody who reads, thinks and goes on."""

    def __init__(self, client: httpx2.AsyncClient, menu: Sequence[str], seed: int):
        self._client, self._menu, self._chance = client, menu, random.Random(seed)
        self.asked: list[Asked] = []

    async def work(self, until: float) -> None:
        await asyncio.sleep(self._chance.uniform(0, THINK_S))
        path = self._chance.choice(self._menu)
        while time.monotonic() < until:
            html = await self._read(path)
            await asyncio.sleep(self._chance.expovariate(1 / THINK_S))
            ways = links_of(html)
            from_menu = not ways or self._chance.random() < MENU_SHARE
            path = self._chance.choice(self._menu if from_menu else ways)

    async def _read(self, path: str) -> str:
        begun = time.perf_counter()
        answer = await self._client.get(path, follow_redirects=True)
        spent = time.perf_counter() - begun
        sent = answer.num_bytes_downloaded
        self.asked.append(Asked(kind_of(path), spent, sent, answer.status_code))
        return answer.text


async def first_views(client: httpx2.AsyncClient, menu: Sequence[str]) -> list[FirstView]:
    """Each page of the menu with all it loads, one at a time."""
    found = []
    for path in menu:
        begun = time.perf_counter()
        answer = await client.get(path)
        sent = answer.num_bytes_downloaded
        for each in loads_of(answer.text):
            sent += (await client.get(each)).num_bytes_downloaded
        found.append(FirstView(path, time.perf_counter() - begun, sent))
    return found


async def visited(
    address: str, cookies: Sequence[Mapping[str, str]], seconds: float
) -> tuple[list[FirstView], list[Asked]]:
    """What people met who worked at the board."""
    clients = [
        httpx2.AsyncClient(base_url=address, cookies=dict(each), timeout=60.0) for each in cookies
    ]
    try:
        front = (await clients[0].get("/cases")).text
        menu = list(dict.fromkeys(re.findall(r'<a href="(/[^"]*)" data-key=', front)))
        first = await first_views(clients[0], menu)
        people = [Person(client, menu, seed) for seed, client in enumerate(clients)]
        until = time.monotonic() + seconds
        await asyncio.gather(*(person.work(until) for person in people))
    finally:
        for client in clients:
            await client.aclose()
    return first, [each for person in people for each in person.asked]


@contextmanager
def served(unit: Path, state: Path) -> Iterator[subprocess.Popen[str]]:
    """`reopen serve`, until the block ends."""
    command = [sys.executable, "-m", "reopen", "serve", str(unit), "--port", str(PORT), "--json",
               "--state", str(state)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            _until_it_answers(process)
            yield process
        finally:
            process.terminate()


def _until_it_answers(process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + _STARTED_S
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx2.get(f"http://localhost:{PORT}/signin")
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The board did not open.")


def memory_of(pid: int) -> Memory:
    """Of a process (Linux)."""
    said = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    held = {name: int(kilobytes) for name, kilobytes in re.findall(r"(Vm\w+):\s+(\d+) kB", said)}
    return Memory(held["VmHWM"] / 1024, held["VmRSS"] / 1024)


def signed_in(unit: Path, state: Path, people: int) -> list[dict[str, str]]:
    """Cookies of people, who are the unit's actors in turn."""
    with open_unit(unit) as opened:
        actors = [actor.id for actor in opened.actors()]
    kept = State(state)
    sessions = Sessions(kept)
    tokens = [sessions.begin(actors[n % len(actors)]) for n in range(people)]
    kept.close()
    return [{"reopen": token} for token in tokens]


def text(first: Sequence[FirstView], times: Sequence[PageTimes], failed: int, memory: Memory,
         people: int, minutes: float) -> str:  # fmt: skip
    total = times[-1]
    pages = table(
        (Column("Page", number=False), Column("asked"), Column("median, ms"),
         Column("95th percentile, ms"), Column("longest, ms")),
        [(t.page, str(t.asked), f"{t.median:.0f}", f"{t.p95:.0f}", f"{t.longest:.0f}")
         for t in times],
    )  # fmt: skip
    views = table(
        (Column("Page", number=False), Column("everything loaded, s"), Column("KB sent")),
        [(v.page, f"{v.seconds:.2f}", f"{v.bytes / 1000:.0f}") for v in first],
    )
    return (
        f"{people} people at once for {minutes:g} minutes: {total.asked} pages, {failed} failed, "
        f"95th percentile {total.p95:.0f} ms; the server took {memory.most:.0f} MiB at most, "
        f"{memory.at_the_end:.0f} MiB at the end.\n\n{pages}\n\n"
        f"First view of each page of the menu, alone, nothing cached:\n\n{views}"
    )


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("unit", type=Path)
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(words)
    with TemporaryDirectory() as folder:
        unit, state = Path(folder) / given.unit.name, Path(folder) / "load.board"
        shutil.copyfile(given.unit, unit)
        cookies = signed_in(unit, state, given.people)
        with served(unit, state) as process:
            first, asked = asyncio.run(
                visited(f"http://localhost:{PORT}", cookies, 60 * given.minutes)
            )
            memory = memory_of(process.pid)
    bad = [each for each in asked if each.status >= 400]
    times = times_of(asked)
    told = text(first, times, len(bad), memory, given.people, given.minutes)
    data: dict[str, Json] = {
        **made_with(), "people": given.people, "minutes": given.minutes,
        "pages": json.loads(json.dumps([asdict(each) for each in times])),
        "first_views": json.loads(json.dumps([asdict(each) for each in first])),
        "failed": len(bad), "memory_mib": json.loads(json.dumps(asdict(memory))),
    }  # fmt: skip
    write_table(given.out, "board_load", told, data)
    for each in bad[:20]:
        print(each, file=sys.stderr)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
