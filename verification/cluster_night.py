"""A night on a cluster that loses a worker and is stopped: the bytes of one core, or not.

    python -m verification.cluster_night --stains 16 --people 1000

Invented stains are linked with invented people by the command as users give it: on one core; by two
processes; by a Dask cluster of two workers, of which one is killed after a third of the stains and
which is stopped (Ctrl-C) after two thirds, and started again; stopped likewise, and gone on with by
processes of this machine. Then a unit with the same files, on one core and by the cluster. What is
compared are the bytes of links.json without its clock, and of the terms of a unit's links.

Ends with status 1 where bytes differ or a result was done twice.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from distributed import LocalCluster

from reopen.formats.euroformix import write_references, write_stains
from reopen.records import Reference
from reopen.weigh.model import PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain
from verification.cold_cases import BY_NAME, LABORATORY, LOCI, POPULATION
from verification.common import RESULTS, Column, Json, made_with, table, write_table

KIT = "GlobalFiler"
LEAST = 4.0
SHARES = ((1.0,), (0.7, 0.3), (0.6, 0.25, 0.15))
_STAINS = re.compile(r"Weighing stains: (?:([\d,]+) taken over[^,]*, )?([\d,]+) done now")


@dataclass(frozen=True, slots=True)
class Row:
    """One way of doing the search.

    taken, done  stains that the last run took over and did
    links        found; sha256: of the bytes compared
    """

    way: str
    taken: int
    done: int
    links: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Files:
    """A folder with stains and people as files, and one with what the runs leave."""

    folder: Path
    stains: int

    @property
    def options(self) -> list[str]:
        """The files and terms as the command line names them."""
        return [
            str(self.folder / "stains.csv"), "--references", str(self.folder / "people.csv"),
            "--kit", KIT, "--population", "nist1036-cauc", "--least", str(LEAST),
        ]  # fmt: skip

    def kept(self, night: Path) -> int:
        """How many stains taken apart a folder of results holds: all but its inputs, which are
        the stains, their kit, their model and their work."""
        names = [each for each in night.glob("*") if not each.name.startswith(".")]
        return len(names) - self.stains - 3


def written(folder: Path, stains: int, people: int) -> Files:
    """Stains of one to three people, and people on file; of every four stains one of them left two.
    Raises IndexError where fewer are on file than half the stains."""
    rng, kit = np.random.default_rng(1), BY_NAME[KIT]
    on_file = _drawn(rng, [f"person {k}" for k in range(people)])
    donors = [on_file[k // 2] if k % 4 > 1 else _drawn(rng, ["stranger"])[0] for k in range(stains)]
    left = [
        draw_stain(
            rng, [donor, *_drawn(rng, ["second", "third"][: k % 3])], POPULATION, kit,
            PeakParameters(SHARES[k % 3], float(rng.uniform(400, 2500)), 0.2, 0.8),
            LABORATORY, id=f"stain {k}",
        )
        for k, donor in enumerate(donors)
    ]  # fmt: skip
    (folder / "stains.csv").write_text(write_stains(left), encoding="utf-8")
    (folder / "people.csv").write_text(write_references(on_file), encoding="utf-8")
    return Files(folder, stains)


def _drawn(rng: np.random.Generator, names: list[str]) -> tuple[Reference, ...]:
    return draw_references(rng, POPULATION, names, loci=LOCI)


def reopen(*words: object) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    command = [sys.executable, "-m", "reopen", *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8")


def said(process: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    """What it printed and told. Raises RuntimeError where it ends otherwise."""
    out, err = process.communicate()
    if process.returncode != code:
        raise RuntimeError(f"ended with {process.returncode}, not {code}: {err}")
    return out, err


def stopped(
    process: subprocess.Popen[str], files: Files, night: Path, kill: Callable[[], int]
) -> None:
    """Kill a worker after a third of the stains, and stop the command after two thirds."""
    for part, act in ((1, kill), (2, lambda: process.send_signal(signal.SIGINT))):
        while files.kept(night) < part * files.stains // 3:
            if process.poll() is not None:
                raise RuntimeError(f"ended too early: {process.communicate()}")
            time.sleep(0.05)
        act()
    said(process, 130)


def row_of(way: str, told: str, data: bytes, links: int) -> Row:
    found = _STAINS.search(told)
    taken, done = (int((n or "0").replace(",", "")) for n in found.groups()) if found else (0, 0)
    return Row(way, taken, done, links, sha256(data).hexdigest())


class Ways:
    """The ways of doing the search of files, and of a unit with them."""

    def __init__(self, files: Files, cluster: Any):
        self._files, self._cluster = files, cluster
        self._address = ("--cluster", cluster.scheduler_address)

    def rows(self) -> list[Row]:
        night, here = self._files.folder / "night", self._files.folder / "here"
        rows = [
            self._of_files("one core", "--workers", 1),
            self._of_files("two processes", "--workers", 2),
        ]
        self._stop(night, "link", *self._files.options)
        shutil.copytree(night, here)
        way = "cluster of two, one killed, stopped, started again"
        rows.append(self._of_files(way, *self._address, "--keep", night))
        way = "the same, gone on with by two processes here"
        rows.append(self._of_files(way, "--workers", 2, "--keep", here))
        return rows

    def rows_of_units(self) -> list[Row]:
        night = self._files.folder / "night of a unit"
        one, other = (self._unit(name) for name in ("one", "other"))
        rows = [self._of_unit("a unit on one core", one, "--workers", 1)]
        terms = ("--population", "nist1036-cauc", "--least", LEAST)
        self._stop(night, "link", other, *terms)
        way = "a unit on the cluster, one killed, stopped, started again"
        rows.append(self._of_unit(way, other, *self._address, "--keep", night))
        return rows

    def _stop(self, night: Path, *words: object) -> None:
        process = reopen(*words, *self._address, "--keep", night)
        stopped(process, self._files, night, self._kill)

    def _kill(self) -> int:
        worker = next(iter(self._cluster.workers.values()))
        os.kill(worker.pid, signal.SIGKILL)
        return int(worker.pid)

    def _of_files(self, way: str, *words: object) -> Row:
        out = self._files.folder / way.replace(" ", "_")
        _, told = said(reopen("link", *self._files.options, "--out", out, *words))
        data = (out / "links.json").read_bytes()
        links = len(json.loads(data)["links"])
        return row_of(way, told, re.sub(rb'"made_at": "[^"]*"', b"", data, count=1), links)

    def _unit(self, name: str) -> Path:
        unit = self._files.folder / f"{name}.reopen"
        said(reopen("init", unit, "--as", "mara"))
        folder = self._files.folder
        brought = (folder / "stains.csv", "--kit", KIT, "--references", folder / "people.csv")
        said(reopen("import", unit, *brought))
        return unit

    def _of_unit(self, way: str, unit: Path, *words: object) -> Row:
        terms = ("--population", "nist1036-cauc", "--least", LEAST)
        _, told = said(reopen("link", unit, *terms, *words))
        ids = sorted(each["id"] for each in json.loads(said(reopen("links", unit, "--json"))[0]))
        why = [json.loads(said(reopen("why", unit, id, "--json"))[0])["terms"] for id in ids]
        return row_of(way, told, json.dumps([ids, why]).encode(), len(ids))


def is_same(rows: Sequence[Row], stains: int) -> bool:
    """Whether all have the same bytes, and each stain was taken over or done once."""
    return len({row.sha256 for row in rows}) == 1 and all(
        row.taken + row.done == stains for row in rows
    )


def as_text(rows: Sequence[Row]) -> str:
    columns = [
        Column("way", number=False), Column("stains taken over"),
        Column("done in the last run"), Column("links"), Column("SHA-256", number=False),
    ]  # fmt: skip
    lines = [
        (row.way, str(row.taken), str(row.done), str(row.links),
         f"`{row.sha256[:16]}`")
        for row in rows
    ]  # fmt: skip
    return table(columns, lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--stains", type=int, default=16)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with (
        TemporaryDirectory() as folder,
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
    ):
        files = written(Path(folder), asked.stains, asked.people)
        ways = Ways(files, cluster)
        of_files, of_units = ways.rows(), ways.rows_of_units()
    data: dict[str, Json] = {
        "made": made_with(),
        "stains": asked.stains,
        "people": asked.people,
        "least_log10": LEAST,
        "files": [asdict(row) for row in of_files],
        "units": [asdict(row) for row in of_units],
    }
    write_table(asked.out, "cluster_night", as_text([*of_files, *of_units]), data)
    return 0 if is_same(of_files, asked.stains) and is_same(of_units, asked.stains) else 1


if __name__ == "__main__":
    sys.exit(main())
