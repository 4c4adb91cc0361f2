"""Time and memory of a casefile with a million custody events: import, check, open, list, audit.

    python -m verification.casefile_speed [--events N] [--where PLACE] [--no-audit]
    python -m verification.casefile_speed --cases N [--where PLACE]

The unit is invented: every exhibit is collected, booked, sealed and moved between stores by forty
people. A time is CPU seconds of one process (its database's server, where there is one, not
counted) beside the wall clock; each row runs in a process of its own, so that its memory is its own
too.

With --cases, what a page takes on a unit of N cases with 13 records each: the median of several
looks by one connection that stays open, each with its look entered in the log. Printed only.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from secrets import token_hex
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from reopen.faces.workbench.unit_views import case_rows, case_view, found_cases
from reopen.ledger.keys import SigningKey
from reopen.records.access import Actor, Standing
from reopen.records.base import Record
from reopen.records.cases import Case, Exhibit, Involvement, Person, Role, Sample
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.times import Interval
from reopen.store import check, checkpoints
from reopen.store.backup import back_up
from reopen.store.reader import Reader
from reopen.store.unit import Unit, create_unit, now, open_unit
from verification.common import RESULTS, Column, Json, Progress, made_with, table, write_table

NAME = "casefile_speed"
LEAD = "mara"
EVENTS_OF_EXHIBIT = 20
EXHIBITS_OF_CASE = 50
_BEGIN = datetime(1987, 3, 1, 8, 0, tzinfo=UTC)
_KINDS = (EventKind.COLLECTED, EventKind.BOOKED, EventKind.SEALED)


def exhibits(events: int) -> Iterator[Record]:
    """Cases and their exhibits."""
    for n in range(events // EVENTS_OF_EXHIBIT):
        if n % EXHIBITS_OF_CASE == 0:
            yield Case(id=f"K-{n // EXHIBITS_OF_CASE:05}", agency="County", title="Burglary")
        yield Exhibit(
            id=f"E-{n:06}", case=f"K-{n // EXHIBITS_OF_CASE:05}", description="swab, door handle"
        )


def custody(events: int) -> Iterator[CustodyEvent]:
    """What happened to each exhibit, the oldest first."""
    every = events // EVENTS_OF_EXHIBIT
    for n in range(every * EVENTS_OF_EXHIBIT):
        step, exhibit = divmod(n, every)
        kind = _KINDS[step] if step < len(_KINDS) else EventKind.MOVED
        yield CustodyEvent(
            id=f"C-{n:08}",
            item=f"E-{exhibit:06}",
            event=kind,
            at=Interval.at(_BEGIN + timedelta(minutes=7 * n)),
            giver=_person(exhibit, step - 1) if step else None,
            receiver=_person(exhibit, step),
            by=_person(exhibit, step),
            store=f"store {(exhibit + step) % 6}",
            seal_before=f"S{exhibit:06}" if step > 2 else None,
            seal_after=f"S{exhibit:06}" if step >= 2 else None,
        )


def _person(exhibit: int, step: int) -> str:
    return f"P-{(exhibit * 7 + step * 3) % 40:02}"


# --- What is measured; `where` holds the unit after the import ---


def import_all(where: str, events: int) -> str:
    lead = Actor(id=LEAD, name="Mara Lind", standing=Standing.LEAD)
    with create_unit(where, name="Cold cases", actor=lead) as unit:
        with unit.writing(LEAD, purpose="import of the old index") as writer:
            writer.put_many(exhibits(events))
            counts = writer.put_many(custody(events))
        checkpoints.make(unit.db, [SigningKey.generate("ed25519", unit.origin)], now())
    return f"{counts.new:,} events"


def verify(where: str, events: int) -> str:
    with open_unit(where) as unit:
        return f"{check.verify(unit.db).size:,} entries"


def open_and_list_cases(where: str, events: int) -> str:
    with open_unit(where) as unit, unit.reading(LEAD) as reader:
        return f"{len(reader.cases()):,} cases"


def open_and_list_events(where: str, events: int) -> str:
    with open_unit(where) as unit, unit.reading(LEAD) as reader:
        return f"{sum(1 for _ in reader.all(CustodyEvent, case='K-00001')):,} events"


def open_and_put_one(where: str, events: int) -> str:
    one = CustodyEvent(
        id="C-new", item="E-000007", event=EventKind.SEEN, at=Interval.at(_BEGIN), by="P-01"
    )
    with open_unit(where) as unit, unit.writing(LEAD) as writer:
        return str(writer.put(one).state)


def open_and_prove_one(where: str, events: int) -> str:
    with open_unit(where) as unit:
        return f"{len(checkpoints.receipt(unit.db, events // 2)):,} bytes"


def write_backup(where: str, events: int, folder: str) -> str:
    with open_unit(where) as unit:
        return f"{back_up(unit, Path(folder) / 'backup.reopen').bytes >> 20:,} MiB"


def audit_all(where: str, events: int) -> str:
    from reopen.prove.audit import audit  # the other tasks need none of the science
    from reopen.prove.holdings import Holdings

    with open_unit(where) as unit, unit.reading(LEAD) as reader:
        found = audit(Holdings(reader.holdings(), now=now()))
    return f"{len(found.findings):,} findings"


@dataclass(frozen=True, slots=True)
class Task:
    """Something a unit does. goal: CPU seconds at most, where there is one."""

    name: str
    work: Callable[[str, int], str]
    goal: float | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """result: what came out; megabytes: the most the process held, libraries included."""

    result: str
    cpu_seconds: float
    wall_seconds: float
    megabytes: float


# --- Pages of a unit with many cases, by one connection that stays open ---

LOOKS = 15


def case_records(cases: int) -> Iterator[Record]:
    """Cases with people, exhibits and samples; witnesses are in four more cases each."""
    for n in range(cases):
        case = f"K-{1970 + n % 50}-{n:05}"
        yield Case(id=case, title=f"Case {n}", agency="Harbour")
        yield Person(id=f"P{n}")
        yield Involvement(id=f"I{n}", person=f"P{n}", case=case, role=Role.VICTIM)
        for k in range(3):
            yield Exhibit(id=f"{case}-E{k}", case=case, description="swab")
            yield Sample(id=f"{case}-E{k}-S", exhibit=f"{case}-E{k}", kind="swab")
        for k in range(4):
            witness = f"P{(7 * n + k) % cases}"
            yield Involvement(id=f"J{n}-{k}", person=witness, case=case, role=Role.WITNESS)


@dataclass(frozen=True, slots=True)
class Page:
    """Something that a page shows of a unit. goal: milliseconds of CPU at most.

    anew  an entry that is no look comes before each, so that it is worked out anew who sees what
    """

    name: str
    work: Callable[[Reader, str], object]
    goal: float | None = None
    anew: bool = False


PAGES = (
    Page("all cases, with what each has", lambda reader, case: case_rows(reader), 500.0),
    Page("50 cases, with what each has", lambda reader, case: found_cases(reader, limit=50)),
    Page("50 cases found by words", lambda reader, case: found_cases(reader, "case 7", limit=50)),
    Page("a case", case_view, 60.0),
    Page("a case, after somebody wrote", case_view, anew=True),
    Page("every record of a case", lambda reader, case: list(reader.listing(case=case)), 15.0),
)


def page_times(unit: Unit, page: Page, case: str) -> tuple[float, float, float]:
    """Milliseconds of CPU and of the wall until it is read, and of the wall with its looks kept."""
    found = []
    for n in range(LOOKS + 1):
        if page.anew:
            with unit.writing(LEAD) as writer:
                writer.put(Case(id=f"K-new-{token_hex(4)}-{n}"))
        cpu, wall = process_time(), perf_counter()
        with unit.reading(LEAD) as reader:
            page.work(reader, case)
            read = (process_time() - cpu, perf_counter() - wall)
        found.append((*read, perf_counter() - wall))
    cpu, wall, kept = (1000 * median(times) for times in zip(*found[1:], strict=True))
    return cpu, wall, kept


def measure_pages(where: str, cases: int) -> str:
    """A table of what each page takes."""
    lead = Actor(id=LEAD, name="Mara Lind", standing=Standing.LEAD)
    with create_unit(where, name="Cold cases", actor=lead) as unit, unit.writing(LEAD) as writer:
        writer.put_many(case_records(cases))
    lines = []
    with open_unit(where) as unit:
        with unit.reading(LEAD) as reader:
            case = reader.cases()[cases // 2]
        for page in PAGES:
            cpu, wall, kept = page_times(unit, page, case)
            goal = "" if page.goal is None else f"at most {page.goal:g} ms"
            met = "" if page.goal is None else "yes" if cpu <= page.goal else "no"
            lines.append([page.name, f"{cpu:.3g}", f"{wall:.3g}", f"{kept:.3g}", goal, met])
    columns = [
        Column("page", False), Column("CPU ms"), Column("wall ms"), Column("with looks kept"),
        Column("goal"), Column("met", False),
    ]  # fmt: skip
    return table(columns, lines)


def tasks(folder: str, with_audit: bool) -> list[Task]:
    return [
        Task("import", import_all),
        Task("check the whole log, rows and tiles", verify, 60.0),
        Task("open, and list the cases", open_and_list_cases, 1.0),
        Task("open, and list a case's events", open_and_list_events, 1.0),
        Task("open, and keep one event", open_and_put_one),
        Task("open, and prove one event", open_and_prove_one),
        Task("backup, checked", partial(write_backup, folder=folder)),
        *([Task("audit: read all, ask every rule", audit_all)] if with_audit else []),
    ]


def cost(work: Callable[[str, int], str], where: str, events: int) -> Cost:
    """Measure one task in this process."""
    cpu, wall = process_time(), perf_counter()
    result = work(where, events)
    cpu, wall = process_time() - cpu, perf_counter() - wall
    unit = 2**20 if sys.platform == "darwin" else 2**10
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return Cost(result, cpu, wall, most)


def costs(some: Sequence[Task], where: str, events: int) -> list[Cost]:
    """Each task in a fresh process, one after the other."""
    found, progress = [], Progress()
    for number, task in enumerate(some, 1):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found.append(pool.submit(cost, task.work, where, events).result())
        progress("measuring", number, len(some))
    return found


def is_met(task: Task, found: Cost) -> bool:
    return task.goal is None or found.cpu_seconds <= task.goal


def as_table(some: Sequence[Task], found: Sequence[Cost]) -> str:
    columns = [
        Column("task", False), Column("CPU s"), Column("wall s"), Column("goal"), Column("MB"),
        Column("met", False), Column("result", False),
    ]  # fmt: skip
    lines = [
        [
            task.name, f"{one.cpu_seconds:.3g}", f"{one.wall_seconds:.3g}", _goal(task),
            f"{one.megabytes:.0f}", "yes" if is_met(task, one) else "no", one.result,
        ]
        for task, one in zip(some, found, strict=True)
    ]  # fmt: skip
    return table(columns, lines)


def as_data(some: Sequence[Task], found: Sequence[Cost], events: int) -> Mapping[str, Json]:
    rows = [
        {
            "name": task.name,
            **asdict(one),
            "figure": f"{one.cpu_seconds:.3g} s",
            "goal_told": _goal(task),
            "is_met": is_met(task, one),
        }
        for task, one in zip(some, found, strict=True)
    ]
    return {"made": made_with(), "events": events, "rows": rows}


def _goal(task: Task) -> str:
    return "" if task.goal is None else f"at most {task.goal:g} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--cases", type=int, help="measure pages of a unit with so many cases")
    parser.add_argument("--where", help="a folder for the unit, or an empty PostgreSQL schema")
    parser.add_argument("--no-audit", action="store_true", help="leave the audit out")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        where = asked.where or folder
        if not where.startswith("postgresql://"):
            where = str(Path(where) / "unit.reopen")
        if asked.cases is not None:
            print(measure_pages(where, asked.cases))
            return
        some = tasks(folder, with_audit=not asked.no_audit)
        found = costs(some, where, asked.events)
    write_table(asked.out, NAME, as_table(some, found), as_data(some, found, asked.events))


if __name__ == "__main__":
    main()
