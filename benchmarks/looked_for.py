"""One stain, person or family looked for among many, in person and as kin: time and memory.

    python -m benchmarks.looked_for                  # 1,000,000 invented people
    python -m benchmarks.looked_for nation.arrow     # a database that was built

A whole search as `reopen search` does it: files read, the stain taken apart, chance worked out.
The first search of each kind is not counted, since it compiles the kernels.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

import reopen
from reopen.formats import find_kit, find_population
from reopen.formats.euroformix import write_references, write_stains
from reopen.records import Locus, Population
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_child, draw_reference, draw_stain
from reopen.weigh.stutter import Stutter

PEOPLE = 1_000_000
POPULATION, KIT = "nist1036-cauc", "GlobalFiler"
KIN = ("parent and child", "full siblings")
FAMILY = """\
[profiles]
files = ["people.csv"]

[families.Lost]
father = { sex = "male", missing = true }
mother = { sex = "female" }
child = { sex = "male", father = "father", mother = "mother" }
second = { sex = "female", father = "father", mother = "mother" }
"""
CASES = {
    "a person": ("people.csv#child", ()),
    "a person, and parents, children, brothers": ("people.csv#child", KIN),
    "the father missing from a family": ("family.toml", ()),
    "a stain of two": ("stains.csv", ()),
    "a stain of two, and parents, children, brothers": ("stains.csv", KIN),
}


class LookedFor:
    """Among 100,000 people, GlobalFiler."""

    params = (tuple(CASES),)
    param_names = ("case",)

    def setup(self, case: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.search = prepared(Path(self.folder.name), people=100_000)[case]

    def teardown(self, case: str) -> None:
        self.folder.cleanup()

    def time_search(self, case: str) -> None:
        self.search()


def prepared(
    folder: Path, database: Path | None = None, people: int = PEOPLE
) -> dict[str, Callable[[], reopen.Searching]]:
    """Searches by name. The father of a child is in the database, the child left the stain."""
    if database is None:
        database = folder / "invented.arrow"
        reopen.simulate_database(database, people, population=POPULATION, kit=KIT)
    file = reopen.open_database(database)
    kit, population = find_kit(KIT), Population(find_population(POPULATION), theta=0.01)
    loci = [Locus(m.locus) for m in kit.markers if m.kind == "autosomal"]
    rng = np.random.default_rng(1)
    (father,) = file.people([file.n // 2])
    mother, other = (draw_reference(rng, population, name, loci=loci) for name in ("mother", "X"))
    children = [draw_child(rng, father, mother, name) for name in ("child", "second")]
    law, model = PeakParameters((0.7, 0.3), 500.0, 0.2, 0.9), PeakModel(stutter=Stutter(back=False))
    stain = draw_stain(rng, [children[0], other], population, kit, law, model, id="stain")
    (folder / "people.csv").write_text(write_references([mother, *children]), encoding="utf-8")
    (folder / "stains.csv").write_text(write_stains([stain]), encoding="utf-8")
    (folder / "family.toml").write_text(FAMILY, encoding="utf-8")
    settings = reopen.Settings().changed(stutter="none")

    def search(who: str, kin: tuple[str, ...]) -> reopen.Searching:
        return reopen.search(
            folder / who,
            database,
            relations=("same person", *kin),
            population=POPULATION,
            kit=KIT,
            settings=settings,
            contributors=2,
        )

    return {case: lambda asked=asked: search(*asked) for case, asked in CASES.items()}


def main() -> None:
    """Print a table: what was looked for, seconds on the clock and of all cores, links, memory."""
    given = Path(sys.argv[1]) if sys.argv[1:] else None
    with tempfile.TemporaryDirectory() as folder:
        print("| looked for | on the clock | of all cores | links | memory at most |")
        print("| --- | --- | --- | --- | --- |")
        for case, search in prepared(Path(folder), given).items():
            search()
            clock, cores = time.perf_counter(), time.process_time()
            found = search()
            clock, cores = time.perf_counter() - clock, time.process_time() - cores
            print(
                f"| {case} | {clock:.2f} s | {cores:.2f} s | {len(found.linking.links)} | "
                f"{_peak():.2f} GB |",
                flush=True,
            )


def _peak() -> float:
    status = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in status if line.startswith("VmHWM"))
    return int(peak) / 1e6


if __name__ == "__main__":
    main()
