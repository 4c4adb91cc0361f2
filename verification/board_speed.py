"""Every page of the board and its twin, on a unit of 10,000 cases: time and bytes.

    python -m verification.board_speed demo/demo.reopen
    python -m verification.board_speed demo/demo.reopen --cases 1000 --only /links

The unit is the demo's, linked, with invented cases added (`large_unit`). The board runs in this
process, and a request ends with the last byte of its answer, as a browser takes it (compressed). A
time is CPU of the whole process, since the computer may do other work, beside the wall clock. The
first time a page is asked for stands apart from later ones: what comes with it is kept. Before
that, a board is served anew for each of a few pages, and asked for that page first.

Ends with status 1 where a page's 95th percentile of CPU is over 300 ms, where it is larger than a
megabyte with all that it loads, or where the demo's first page takes a second.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import quote, urlencode

import httpx2
from starlette.testclient import TestClient

from reopen.faces.web.app import Settings, board
from reopen.faces.web.gatekeeping import Limits
from reopen.faces.web.parts import PARTS
from reopen.faces.web.serve import keep_much
from reopen.records.findings import Finding
from reopen.records.results import FoundLink
from reopen.records.series import FoundSeries
from reopen.records.stored import StoredFamily, StoredProfile
from reopen.records.tasks import Task
from reopen.store.reader import Reader
from reopen.store.unit import open_unit
from verification.board_load import PORT, loads_of, memory_of, served, signed_in
from verification.common import RESULTS, Column, Json, Progress, made_with, table, write_table
from verification.large_unit import ACTOR, case_id, make_large

NAME = "board_speed"
LIMIT_MS, FIRST_MS, LIMIT_BYTES = 300.0, 1000.0, 1_000_000
REPEATS = 7
STARTS = ("/", "/cases", "/stains")
NOT_PAGES = frozenset(
    ("/evidence-picture/{sha256}", "/evidence-file/{sha256}", "/import/{id}", "/api/import/{id}",
     "/import/{id}/refused/{number}", "/import-refused/{sha256}", "/reports/{work}/{name}",
     "/api/reports/{work}/{name}", "/runs/{id}", "/api/runs/{id}", "/ledger/code.svg",
     "/ledger/receipt", "/ledger/policy.txt")
)  # fmt: skip
"""Files, and pages of work that nobody has begun here."""


@dataclass(frozen=True, slots=True)
class PageTimes:
    """A page or twin. Milliseconds of CPU and of the wall; bytes as sent.

    first  the first time that it was asked for; the others are of later times
    loads  bytes with all that a page loads
    """

    page: str
    first_cpu: float
    first_wall: float
    cpu: float
    cpu_p95: float
    longest_cpu: float
    wall: float
    bytes: int
    loads: int

    @property
    def is_met(self) -> bool:
        return self.cpu_p95 <= LIMIT_MS and self.loads <= LIMIT_BYTES


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds of the first page that a new server is asked for; cpu: of the server."""

    page: str
    wall: float
    cpu: float


def asked_of(reader: Reader, cases: int) -> dict[str, list[Mapping[str, str]]]:
    """Path -> what it is asked: values of its own parts, and of the query."""
    links = sorted(reader.all(FoundLink), key=lambda one: -one.weight_log10)
    series = sorted(reader.all(FoundSeries), key=lambda one: len(one.profiles))
    stain = next(one for one in reader.all(StoredProfile) if one.kit == "GlobalFiler")
    case = case_id(cases // 2)
    family = next(one for one in links if one.other_kind == StoredFamily.KIND)
    words = {"words": "umbrella"}, {"words": "nobody has this"}, {"words": "quay 7"}
    deep = {"after": str(reader.count() // 2)}
    return {
        "/": [{}, {"least": "12"}, {"words": "umbrella"}, {"from": "1980", "to": "1982"},
              {"series": series[-1].id}, {"roles": "true"}],
        "/api/board": [{}],
        "/board/{kind}/{id}": [{"kind": "case", "id": case_id(1)}],
        "/cases": [{}, *words, {"order": "limitation", "start": "5000"}],
        "/cases/{id}": [{"id": case}, {"id": case_id(1)}, {"id": "K-1978-001"}],
        "/stains": [{}, *words, deep],
        "/stains/{id}": [{"id": stain.id}, {"id": f"{case_id(1)}-A1"}],
        "/people": [{}, *words, {"words": "quillfeather"}, deep],
        "/people/{id}": [{"id": f"P{cases // 2}"}, {"id": "P3"}],
        "/families/{id}": [{"id": family.other}],
        "/evidence": [{}, *words, deep],
        "/evidence/{id}": [{"id": f"{case}-E0"}, {"id": "K-1978-001-A1"}],
        "/audit": [{}],
        "/audit/{id}": [{"id": next(reader.all(Finding)).id}],
        "/search": [{}, *words, {"words": "quillfeather"}, {"words": "umbrella", "whole": "true"}],
        "/links": [{}, {"least": "20"}, {"start": "4000"}],
        "/links/{id}": [{"id": links[0].id}, {"id": family.id}],
        "/series/{id}": [{"id": series[-1].id}, {"id": series[0].id}],
        "/tasks/{id}": [{"id": one.id} for one in islice(reader.all(Task), 1)],
        "/grants/who": [{"kind": "case", "id": case}],
        "/ledger/record": [{"kind": "case", "id": case}],
    }  # fmt: skip


def pages_of(asked: Mapping[str, Sequence[Mapping[str, str]]]) -> Iterator[str]:
    """Every page and twin of the board, each as it is asked for. Raises KeyError for one that is
    not known here."""
    for part in PARTS:
        for route in part.routes:
            path = str(getattr(route, "path", ""))
            if "GET" not in getattr(route, "methods", ()) or path in NOT_PAGES:
                continue
            known = path if path in asked else path.removeprefix("/api")
            for values in asked[known] if "{" in known else asked.get(known, [{}]):
                yield _address(path, values)


def _address(path: str, values: Mapping[str, str]) -> str:
    rest = dict(values)
    for name in values:
        if f"{{{name}}}" in path:
            path = path.replace(f"{{{name}}}", quote(rest.pop(name), safe=""))
    return f"{path}?{urlencode(rest)}" if rest else path


def measured(client: TestClient, page: str, repeats: int) -> PageTimes:
    """Raises RuntimeError where it is not shown."""
    times, sent, loads = [], 0, 0
    for _ in range(repeats + 1):
        cpu, wall = time.process_time(), time.perf_counter()
        with client.stream("GET", page) as answer:
            sent = sum(len(part) for part in answer.iter_raw())
        times.append((time.process_time() - cpu, time.perf_counter() - wall))
        if answer.status_code != 200:
            raise RuntimeError(f"{page} answered {answer.status_code}.")
    if not page.startswith("/api"):
        loads = sum(_sent(client, each) for each in loads_of(client.get(page).text))
    (first_cpu, first_wall), *later = [(1000 * cpu, 1000 * wall) for cpu, wall in times]
    cpus, walls = zip(*later, strict=True)
    ordered = sorted(cpus)
    return PageTimes(
        page, first_cpu, first_wall, median(cpus), ordered[-(-95 * len(ordered) // 100) - 1],
        ordered[-1], median(walls), sent, sent + loads,
    )  # fmt: skip


def _sent(client: TestClient, page: str) -> int:
    with client.stream("GET", page) as answer:
        return sum(len(part) for part in answer.iter_raw())


@contextmanager
def opened(unit: Path, state: Path) -> Iterator[TestClient]:
    """A board in this process, and a browser that the unit's lead is signed in with, who may ask
    as much as one likes."""
    keep_much()
    app = board(str(unit), state, Settings(limits=Limits(per_minute=1_000_000)))
    with TestClient(app, base_url="http://localhost:8000") as client:
        token = app.state.shared.sessions.begin(ACTOR)
        client.cookies.set(app.state.shared.cookie, token)
        yield client


def until_sorted(client: TestClient) -> float:
    """Seconds until the page of cases has its order, which is worked out behind it."""
    begun = time.perf_counter()
    while not client.get("/api/cases").json()["ready"]:
        time.sleep(0.2)
    return time.perf_counter() - begun


def cpu_of(pid: int) -> float:
    """Milliseconds of CPU that a process has used (Linux)."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return 1000 * (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def started(unit: Path) -> list[Start]:
    """A new server for each page, asked for that page first."""
    found = []
    for number, page in enumerate(STARTS):
        state = unit.with_name(f"{unit.stem}-{number}.board")
        cookie = signed_in(unit, state, 1)[0]
        with (
            served(unit, state) as process,
            httpx2.Client(base_url=f"http://localhost:{PORT}", cookies=cookie, timeout=60) as one,
        ):
            cpu, wall = cpu_of(process.pid), time.perf_counter()
            one.get(page)
            found.append(
                Start(page, 1000 * (time.perf_counter() - wall), cpu_of(process.pid) - cpu)
            )
    return found


def text(cases: int, records: int, times: Sequence[PageTimes], demo: Sequence[Start],
         large: Sequence[Start], behind: float, memory: float) -> str:  # fmt: skip
    over = [each for each in times if not each.is_met]
    slowest = max(times, key=lambda each: each.cpu_p95)
    lines = [
        (f"`{t.page}`", f"{t.first_cpu:.0f}", f"{t.cpu:.0f}", f"{t.cpu_p95:.0f}",
         f"{t.longest_cpu:.0f}", f"{t.wall:.0f}", f"{t.bytes / 1000:.1f}",
         f"{t.loads / 1000:.0f}" if t.loads > t.bytes else "")
        for t in times
    ]  # fmt: skip
    columns = [
        Column("Page", False), Column("first, CPU ms"), Column("later: median"),
        Column("95th percentile"), Column("longest"), Column("median, wall ms"), Column("KB sent"),
        Column("KB with all it loads"),
    ]  # fmt: skip
    starts = "" if not demo else table(
        [Column("First page after a start", False), Column("demo, CPU ms"), Column("wall ms"),
         Column("large unit, CPU ms"), Column("wall ms")],
        [(f"`{one.page}`", f"{one.cpu:.0f}", f"{one.wall:.0f}", f"{other.cpu:.0f}",
          f"{other.wall:.0f}")
         for one, other in zip(demo, large, strict=True)],
    )  # fmt: skip
    told = (
        f"A unit of {cases:,} cases, {records:,} records: {len(times)} pages and twins, "
        f"{len(over)} of them over {LIMIT_MS:.0f} ms of CPU or over a megabyte; the slowest is "
        f"`{slowest.page}` with {slowest.cpu_p95:.0f} ms. The order of cases took {behind:.0f} s "
        f"behind the pages; the process took {memory:.0f} MiB at most."
    )
    return "\n\n".join(filter(None, (told, starts, table(columns, lines))))


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("demo", type=Path, help="the demo's unit, linked")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--unit", type=Path, help="a unit made by large_unit of so many cases")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--only", default="", help="pages with these letters in their address")
    parser.add_argument("--no-starts", action="store_true", help="no new server for a first page")
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args(words)
    with TemporaryDirectory() as name:
        folder = Path(name)
        unit, demo = folder / "large.reopen", folder / "demo.reopen"
        shutil.copyfile(given.demo, demo)
        if given.unit:
            shutil.copyfile(given.unit, unit)
        else:
            make_large(given.demo, unit, given.cases).close()
        times, records, behind = measured_all(unit, folder, given)
        starts = not (given.only or given.no_starts)
        first = [started(each) if starts else [] for each in (demo, unit)]
    if given.only:
        for each in times:
            print(f"{each.cpu:7.0f} ms, at most {each.longest_cpu:7.0f}, "
                  f"{each.bytes:8} bytes  {each.page}")  # fmt: skip
        return 0
    memory = memory_of(os.getpid())
    told = text(given.cases, records, times, first[0], first[1], behind, memory.most)
    data: dict[str, Json] = {
        **made_with(), "cases": given.cases, "records": records, "order_s": behind,
        "memory_mib": memory.most, "demo": [asdict(each) for each in first[0]],
        "large": [asdict(each) for each in first[1]], "pages": [asdict(each) for each in times],
    }  # fmt: skip
    write_table(given.out, NAME, told, data)
    late = [each for each in first[0] if each.cpu > FIRST_MS]
    return 1 if late or any(not each.is_met for each in times) else 0


def measured_all(
    unit: Path, folder: Path, given: argparse.Namespace
) -> tuple[list[PageTimes], int, float]:
    """Every page, how many records there are, and seconds until cases had their order."""
    with open_unit(unit) as held, held.reading(ACTOR) as reader:
        asked, records = asked_of(reader, given.cases), reader.count()
    pages = [page for page in pages_of(asked) if given.only in page]
    found, progress = [], Progress()
    with opened(unit, folder / "large.board") as client:
        behind = until_sorted(client)
        for number, page in enumerate(pages, 1):
            found.append(measured(client, page, given.repeats))
            progress("measuring", number, len(pages))
    return found, records, behind


if __name__ == "__main__":
    sys.exit(main())
