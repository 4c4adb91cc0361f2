"""CPU time and memory of kinship: pairs, families, disasters and power, beside the best open peers.

    python -m verification.kinship_speed [--only NAME ...]

What is measured is defined in `benchmarks/`, on people drawn by the simulator. A time is CPU
seconds of one thread, the least of three, compiled kernels ready; each row runs in a process of its
own, so that its memory is its own too. Peers were measured on a machine of this kind when the goals
were set.
"""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from time import process_time

from verification.common import RESULTS, Column, Json, Progress, made_with, table, write_table

NAME = "kinship_speed"
MEGABYTES = 1000.0  # goal: less
_TIMES = 3


@dataclass(frozen=True, slots=True)
class Task:
    """A benchmark with its goal.

    suite, method  in `benchmarks`: "pedigrees.Pedigrees", "time_three_generations"
    arguments      of the benchmark
    work           profiles in one run where the goal is a rate, else None
    goal           seconds at most, or profiles a second at least
    peer           the best open peer, in words
    """

    name: str
    suite: str
    method: str
    arguments: tuple[str | float, ...]
    goal: float
    peer: str
    work: int | None = None

    @property
    def goal_told(self) -> str:
        if self.work is None:
            return f"at most {self.goal:g} s"
        return f"at least {self.goal / 1e6:g} million/s"


MILLION = 1_000_000
_BULK = "DNAprofiles 5.5 million/s, 15 loci"
TASKS = (
    *(
        Task(
            f"one against 1,000,000: {relation}{mutation}, theta 0.01, 23 loci",
            "kin.OneAgainstMany", method, (relation,), 20e6, peer, MILLION,
        )
        for relation, mutation, method, peer in (
            ("full siblings", "", "time_one_against_a_million", _BULK),
            ("half siblings", "", "time_one_against_a_million", _BULK),
            ("parent and child", "", "time_one_against_a_million", _BULK),
            (
                "parent and child", ", stepwise mutation", "time_with_stepwise_mutation",
                "Familias 58/s (10,000 in 173 s)",
            ),
        )
    ),
    Task(
        "200 families against 5,000 profiles, mutation", "families.TwoHundredFamilies",
        "time_everything_from_raw_records", (0.0,), 10.0, "none",
    ),
    Task(
        "the same with theta 0.01", "families.TwoHundredFamilies",
        "time_everything_from_raw_records", (0.01,), 10.0, "none",
    ),
    Task(
        "one new profile against the 200 families", "families.TwoHundredFamilies",
        "time_one_new_profile", (0.0,), 0.1, "none",
    ),
    Task(
        "missing person, three generations, stepwise", "pedigrees.Pedigrees",
        "time_three_generations", (), 0.02, "Familias 0.021",
    ),
    Task(
        "family of 31, two marriages of cousins, 8 typed, 15 loci", "pedigrees.Pedigrees",
        "time_marriages_of_cousins", (), 0.3, "pedprobr 9.4 for one locus of 8 alleles",
    ),
    *(
        Task(
            f"10 victims by 10 missing, {shape}: 2,390,116 assignments", "disaster.Disaster",
            "time_identify", (shape, 0.0), 2.0, "refused (56 h extrapolated)",
        )
        for shape in ("ten families", "five families of two", "three families of 4, 3 and 3")
    ),
    Task(
        "power curve of a family, exact", "power.Power", "time_whole_curve", (), 2.0,
        "29 by simulation of 1,000",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """seconds: CPU; megabytes: the most the process held, Python and libraries included."""

    seconds: float
    megabytes: float


def cost(task: Task) -> Cost:
    """Measure one task in this process."""
    module, _, suite = task.suite.partition(".")
    bench = getattr(import_module(f"benchmarks.{module}"), suite)()
    bench.setup(*task.arguments)
    run: Callable[..., object] = getattr(bench, task.method)
    run(*task.arguments)
    seconds = []
    for _ in range(_TIMES):
        start = process_time()
        run(*task.arguments)
        seconds.append(process_time() - start)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Cost(min(seconds), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


def costs(tasks: Sequence[Task]) -> list[Cost]:
    """Each task in a fresh process, one after the other."""
    found, progress = [], Progress()
    for number, task in enumerate(tasks, 1):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            found.append(pool.submit(cost, task).result())
        progress("measuring", number, len(tasks))
    return found


def is_met(task: Task, found: Cost) -> bool:
    if found.megabytes >= MEGABYTES:
        return False
    if task.work is None:
        return found.seconds <= task.goal
    return task.work / found.seconds >= task.goal


def figure(task: Task, found: Cost) -> str:
    if task.work is None:
        return f"{found.seconds:.3g} s"
    return f"{task.work / found.seconds / 1e6:.1f} million/s"


def as_table(tasks: Sequence[Task], found: Sequence[Cost]) -> str:
    columns = [
        Column("task", False), Column("measured"), Column("goal"), Column("MB"),
        Column("met", False), Column("best open peer", False),
    ]  # fmt: skip
    lines = [
        [
            task.name, figure(task, one), task.goal_told, f"{one.megabytes:.0f}",
            "yes" if is_met(task, one) else "no", task.peer,
        ]
        for task, one in zip(tasks, found, strict=True)
    ]  # fmt: skip
    return table(columns, lines)


def as_data(tasks: Sequence[Task], found: Sequence[Cost]) -> Mapping[str, Json]:
    rows = [
        {
            **asdict(task),
            "arguments": list(task.arguments),
            **asdict(one),
            "figure": figure(task, one),
            "goal_told": task.goal_told,
            "is_met": is_met(task, one),
        }
        for task, one in zip(tasks, found, strict=True)
    ]
    return {"made": made_with(), "rows": rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--only", nargs="+", help="tasks whose names hold one of these words")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    tasks = [t for t in TASKS if not asked.only or any(word in t.name for word in asked.only)]
    if not tasks:
        parser.error("no task of that name; tasks: " + "; ".join(task.name for task in TASKS))
    found = costs(tasks)
    write_table(asked.out, NAME, as_table(tasks, found), as_data(tasks, found))


if __name__ == "__main__":
    main()
