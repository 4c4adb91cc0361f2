"""What everything against everything costs: people, relatives, stains and references a second.

    python -m verification.search_speed [--people 26000000] [--stains 10000]
    python -m verification.search_speed --only stains            # shown, not kept
    python -m verification.search_speed --only stains --renew    # in the place of the old rows

What is measured is defined in `benchmarks/`, on people and stains drawn by the simulator, stains
taken apart beforehand. A rate is by the wall clock with one thread, kernels compiled; "two cores"
is how many times as fast two threads are. Each row runs in a process of its own, so that its memory
is its own too. Beside the rates stand the machine's own bounds, measured in the same run: reading
memory, and products of matrices in single precision. Peers were measured on a machine of this kind
when the goals were set. Each row of the JSON says with what it was made. Not here: one mixture
(`speed`), kinship with mutation (`kinship_speed`).
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, fields
from functools import partial
from math import log10
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from benchmarks import deconvolution, pairs, search

from reopen.link.candidates import duplicates, search_tables
from reopen.weigh.pairing import pairs_above
from reopen.weigh.sifting import Search
from reopen.weigh.simulate import draw_references
from verification.charts import BLUE, RED, Axis, sheet, side_by_side
from verification.common import RESULTS, Column, Json, Progress, made_with, table, write

MEGABYTES = 4000.0  # goal: less, for 26 million references
_BLOCK = 1 << 20
_TIMES = 3  # each is measured, the best of which counts
_COMPILED = 800  # stains after which every kernel of a search among stains is compiled
_PEOPLE = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000, 26_000_000)
_STAINS = (300, 1_000, 3_000, 10_000)


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement.

    of       people, stains or references; done: what the rate counts, persons or pairs
    two      times as fast with two threads; None where not measured
    goal     of done a second; least_seconds: of the whole
    bound    of done a second by this machine's own speed, where there is one
    """

    name: str
    of: int
    done: float
    seconds: float
    two: float | None
    megabytes: float
    goal: float | None
    most_seconds: float | None
    bound: float | None
    peer: str

    @property
    def rate(self) -> float:
        return self.done / self.seconds

    @property
    def is_met(self) -> bool | None:
        if self.goal is None and self.most_seconds is None:
            return None
        fast = self.goal is None or self.rate >= self.goal
        soon = self.most_seconds is None or self.seconds <= self.most_seconds
        return fast and soon and self.megabytes < MEGABYTES

    @property
    def goal_told(self) -> str:
        parts = []
        if self.goal is not None:
            parts.append(f"{self.goal / 1e6:g} million/s")
        if self.most_seconds is not None:
            parts.append(f"{self.most_seconds:g} s")
        return ", ".join(parts)

    @property
    def figure(self) -> str:
        return f"{self.rate / 1e6:,.1f} million/s, {self.seconds:.3g} s"


@dataclass(frozen=True, slots=True)
class Task:
    """What to measure, in a process of its own."""

    name: str
    measure: Callable[[int], Row]
    of: int


def one_against(
    name: str, rows: str, goal: float | None, peer: str, of: int, most: float | None = None
) -> Row:
    """A stain's contributor, or somebody's relative, among so many people."""
    kinds, tables = search.kinds_of_rows()
    typed = search.drawn_people(tables, of)
    parts = [
        (start, {locus: codes[start : start + _BLOCK] for locus, codes in typed.items()})
        for start in range(0, of, _BLOCK)
    ]
    looked = Search(kinds[rows], parts[0][1], search.LEAST)
    one, two = (_best(partial(looked.among, parts, workers)) for workers in (1, 2))
    size = sum(codes.nbytes for codes in typed.values())
    return Row(
        name, of, of, one, one / two, _megabytes(), goal, most, of * memory_speed() / size, peer
    )


def stain_pairs(of: int, *, draws: bool = False) -> Row:
    """So many stains of three with each other."""
    stains = pairs.crowd(pairs.solved_stains(pairs.TAKEN_APART, draws), of)
    tables = pairs.tables_of(stains)
    pairs_above(stains[:_COMPILED], tables, pairs.LEAST_LOG10)
    one, two = (
        _best(partial(pairs_above, stains, tables, pairs.LEAST_LOG10, workers=workers))
        for workers in (1, 2)
    )
    done = 3 * of * (3 * of - 1) / 2
    at = "32 draws" if draws else "at the fits"
    return Row(
        f"{of:,} stains of three with each other, {at}", of, done, one, one / two, _megabytes(),
        None if draws else 30e6, 30.0 if of == 10_000 and not draws else None, None, "none runs",
    )  # fmt: skip


def same_references(of: int) -> Row:
    """So many references with each other: who is in the database twice."""
    rng = np.random.default_rng(3)
    names = [f"R{k}" for k in range(of)]
    people = draw_references(rng, search.POPULATION, names, loci=search.LOCI)
    tables = search_tables(search.LOCI, search.POPULATION, {})
    took = _best(lambda: duplicates(people, tables, search.LEAST))
    done = of * (of - 1) / 2
    return Row(
        f"{of:,} references with each other, duplicates", of, done, took, None, _megabytes(),
        100e6, None, None, "DNAprofiles 11.5 million pairs/s",
    )  # fmt: skip


def taken_apart(of: int) -> Row:
    """So many three-person stains taken apart on every core."""
    stains = deconvolution.invented(of)
    deconvolution.seconds(stains[:2], None)
    every = deconvolution.seconds(stains, None)
    few = stains[: max(of // 5, 1)]
    one = deconvolution.seconds(few, 1) / len(few) * of
    usage = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return Row(
        f"{of:,} stains of three taken apart, 32 draws, every core", of, of, every, one / every,
        usage / _UNIT, None, None, None, "",
    )  # fmt: skip


_UNIT = 2**20 if sys.platform == "darwin" else 2**10


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _UNIT


def _once(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _best(work: Callable[[], object]) -> float:
    return min(_once(work) for _ in range(_TIMES))


def memory_speed() -> float:
    """Bytes a second that one thread reads."""
    much = np.ones(1 << 25, dtype=np.uint64)
    return much.nbytes / _best(much.sum)


def matrix_speed() -> float:
    """Single-precision operations a second in a product of matrices, as many threads as it uses."""
    one = np.ones((4096, 4096), dtype=np.float32)
    return float(2 * 4096.0**3 / _best(lambda: one @ one))


_STAIN_PEER = {2: "SmartRank 1,749 profiles/s", 3: "SmartRank 2,383 profiles/s"}
_KIN_PEER = "DNAprofiles 5.5 million/s, 15 loci"


def tasks(people: int, stains: int, apart: int) -> list[Task]:
    million = 1_000_000
    found = []
    for n in (2, 3):
        told = f"one contributor of {n} among 1,000,000, 21 loci"
        work = partial(one_against, told, f"{n} persons", 60e6, _STAIN_PEER[n])
        found.append(Task(told, work, million))
    told = f"one contributor of 2 among {people:,}"
    found.append(Task(told, partial(one_against, told, "2 persons", 60e6, "", most=1.0), people))
    told = "three contributors at 32 draws among 1,000,000"
    found.append(Task(told, partial(one_against, told, "3 persons, 32 draws", None, ""), million))
    for relation in ("parent, child", "full siblings"):
        told = f"{relation} of one person among 1,000,000"
        found.append(Task(told, partial(one_against, told, relation, 20e6, _KIN_PEER), million))
    found.append(Task("stains", stain_pairs, stains))
    found.append(Task("stains, draws", partial(stain_pairs, draws=True), min(stains, 1_000)))
    found.append(Task("references", same_references, 20_000))
    found.append(Task("taken apart", taken_apart, apart))
    return found


def measured(every: Sequence[Task], progress: Progress, step: str) -> list[Row]:
    """Each in a fresh process, one after the other."""
    rows = []
    for done, task in enumerate(every, start=1):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            rows.append(pool.submit(task.measure, task.of).result())
        progress(step, done, len(every))
    return rows


def growth(people: int, stains: int) -> dict[str, list[Task]]:
    """The same again with more and more people, and stains."""
    told = "one contributor of 2"
    return {
        "people": [
            Task(told, partial(one_against, told, "2 persons", None, ""), of)
            for of in _PEOPLE
            if of <= people
        ],
        "stains": [Task("stains", stain_pairs, of) for of in _STAINS if of <= stains],
    }


def drawing(every: Sequence[Row]) -> str:
    named = {"people": "people searched, one contributor", "stains": "stains with each other"}
    grown: dict[str, list[Row]] = {name: [] for name in named}
    for row in every:
        grown["stains" if "stains" in row.name else "people"].append(row)
    axes = []
    for name, rows in grown.items():
        of = [row.of for row in rows]
        axes.append(Axis(named[name], min(of) / 2, max(of) * 2, logarithmic=True))
    seconds = [row.seconds for row in every]
    y = Axis("seconds, one core", min(seconds) / 2, max(seconds) * 2, logarithmic=True)
    panels = side_by_side([named[name] for name in grown], axes, y, width=360)
    marks: list[str] = []
    for rows, panel in zip(grown.values(), panels, strict=True):
        marks.append(panel.curve([(row.of, row.seconds) for row in rows], BLUE))
        marks += [
            panel.dot(row.of, row.seconds, BLUE, f"{row.of:,}: {row.seconds:.3g} s, "
                      f"{row.megabytes:,.0f} MB")
            for row in rows
        ]  # fmt: skip
        last = rows[-1]
        power = 1 if panel is panels[0] else 2
        marks.append(
            panel.curve(
                [(row.of, last.seconds * (row.of / last.of) ** power) for row in rows], RED, "5 3"
            )
        )
    return sheet(
        panels,
        "Time of a search by the number of people, and of stains",
        "Wall seconds of one thread; both axes by powers of ten.",
        marks,
        "Blue: measured; red, dotted: in proportion to the people, and to the pairs of stains.",
    )


def as_text(rows: Sequence[Row], bounds: Mapping[str, float], grown: Sequence[Row]) -> str:
    columns = [
        Column("task", False), Column("measured"), Column("goal"), Column("met", False),
        Column("two cores"), Column("MB"), Column("of what memory could be read"),
        Column("best open peer", False),
    ]  # fmt: skip
    said = {True: "yes", False: "no", None: ""}
    lines = [
        (
            row.name, row.figure, row.goal_told, said[row.is_met],
            "" if row.two is None else f"{row.two:.2f} times", f"{row.megabytes:,.0f}",
            "" if row.bound is None else f"{row.rate / row.bound:.0%}", row.peer,
        )
        for row in rows
    ]  # fmt: skip
    machine = (
        f"This machine: one thread reads memory at {bounds['memory'] / 1e9:.1f} GB/s; products "
        f"of matrices in single precision {bounds['matrix'] / 1e9:.0f} GFLOP/s."
    )
    if not grown:
        return "\n\n".join((table(columns, lines), machine))
    more = [
        (row.name, f"{row.of:,}", f"{row.seconds:.3g}", f"{row.megabytes:,.0f}",
         _power(grown, row))
        for row in grown
    ]  # fmt: skip
    second = [Column("growth", False), Column("of"), Column("s"), Column("MB"),
              Column("power of the growth since the line above")]  # fmt: skip
    return "\n\n".join((table(columns, lines), machine, table(second, more)))


def _power(grown: Sequence[Row], row: Row) -> str:
    """By which power time grew since the smaller search on the line above."""
    place = list(grown).index(row)
    before = grown[place - 1]
    if place == 0 or before.of >= row.of:
        return ""
    return f"{log10(row.seconds / before.seconds) / log10(row.of / before.of):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument(
        "--only", nargs="+", help="tasks whose names hold one of these words; shown, not kept"
    )
    parser.add_argument(
        "--renew", action="store_true", help="put what was chosen in the place of the old rows"
    )
    parser.add_argument("--people", type=int, default=26_000_000)
    parser.add_argument("--stains", type=int, default=10_000)
    parser.add_argument("--apart", type=int, default=1_000, help="stains to take apart")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    progress = Progress()
    chosen = [
        task
        for task in tasks(asked.people, asked.stains, asked.apart)
        if not asked.only or any(word in task.name for word in asked.only)
    ]
    bounds = {"memory": memory_speed(), "matrix": matrix_speed()}
    rows = measured(chosen, progress, "measuring")
    if asked.only and not asked.renew:
        print(as_text(rows, bounds, ()))
        return
    grown = [
        row
        for name, every in growth(asked.people, asked.stains).items()
        if not asked.only or name in asked.only
        for row in measured(every, progress, f"growth with {name}")
    ]
    made = {row: made_with() for row in (*rows, *grown)}
    if asked.renew:
        before = json.loads((asked.out / "search_speed.json").read_text())
        rows = renewed(before["rows"], rows, made)
        grown = renewed(before["growth"], grown, made)
    data: dict[str, Json] = {
        "made": made_with(),
        "bounds": bounds,
        "rows": [
            {**asdict(r), "figure": r.figure, "goal_told": r.goal_told, "is_met": r.is_met,
             "made": made[r]}
            for r in rows
        ],
        "growth": [{**asdict(row), "made": made[row]} for row in grown],
    }  # fmt: skip
    write(asked.out, "search_speed", as_text(rows, bounds, grown), drawing(grown), data)


def renewed(
    before: Sequence[Mapping[str, Any]], rows: Sequence[Row], made: dict[Row, Json]
) -> list[Row]:
    """Rows of a former table, those that were measured again in the place of their former selves;
    `made` is told with what the others were made."""
    again = {(row.name, row.of): row for row in rows}
    names = [field.name for field in fields(Row)]
    found = []
    for one in before:
        row = again.pop((one["name"], one["of"]), None)
        if row is None:
            row = Row(**{name: one[name] for name in names})
            made[row] = one["made"]
        found.append(row)
    return [*found, *again.values()]


if __name__ == "__main__":
    main()
