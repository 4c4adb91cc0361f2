"""`reopen link` done by processes or a cluster: the bytes of one core, also where a worker is
killed and the command is stopped half-way."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.engine.unit import UNIT
from tests.faces.command import begun, run
from tests.faces.unit_files import ANNA, BERT, PLAIN, population, references, stain

from reopen.formats.euroformix import write_references, write_stains

PATIENCE_S = 240.0


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The invented unit as files."""
    made = tmp_path_factory.mktemp("unit")
    (made / "stains.csv").write_text(write_stains(UNIT.stains), encoding="utf-8")
    (made / "people.csv").write_text(write_references(UNIT.references), encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def on_one_core(folder: Path) -> bytes:
    said = run("link", *asked(folder), "--out", folder / "one core")
    assert said.code == 0, said.err
    return table(folder / "one core")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as running:
        yield running


def asked(folder: Path) -> list[object]:
    return [
        folder / "stains.csv", "--references", folder / "people.csv", "--kit", "SGM Plus",
        "--population", "nist1036-cauc", "--contributors", "1", "--stutter", "none",
    ]  # fmt: skip


def table(out: Path) -> bytes:
    """The bytes of links.json without the clock."""
    text = (out / "links.json").read_bytes()
    without, replaced = re.subn(rb'"made_at": "[^"]*"', b'"made_at": ""', text)
    assert replaced == 1
    assert len(json.loads(without)["links"]) == 4  # three people on file, and the stranger
    return without


class Command:
    """The command in a process of its own, with what it says."""

    def __init__(self, folder: Path, *words: object):
        every = [*asked(folder), *words]
        self.process = begun("link", *every)

    def ended(self) -> tuple[int, str]:
        _, said = self.process.communicate(timeout=PATIENCE_S)
        assert "Traceback" not in said
        return self.process.returncode, said


def until(holds: Callable[[], bool], command: Command) -> None:
    """Waits for something that happens while the command runs."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert command.process.poll() is None, command.ended()
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def held_still(cluster: Any) -> Iterator[None]:
    """Its workers do nothing meanwhile; one that is being started again will."""
    pids = [nanny.pid for nanny in cluster.workers.values() if nanny.pid is not None]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def kept(folder: Path) -> int:
    return len([each for each in folder.glob("*") if not each.name.startswith(".")])


def test_a_night_on_a_cluster_killed_stopped_and_resumed(
    folder: Path, on_one_core: bytes, cluster: Any, tmp_path: Path
) -> None:
    night, out = tmp_path / "night", tmp_path / "links"
    words = ("--cluster", cluster.scheduler_address, "--keep", night, "--out", out)
    inputs = len(UNIT.stains) + 3  # stains, and what they share: kit, model, work

    stopped = Command(folder, *words)
    until(lambda: kept(night) > inputs + 1, stopped)
    os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
    until(lambda: kept(night) > inputs + 2, stopped)
    with held_still(cluster):  # else it may end before it hears the signal
        stopped.process.send_signal(signal.SIGINT)
        code, said = stopped.ended()
    assert code in {130, -signal.SIGINT}  # a shell shows both as 130
    assert f"What is done is kept in {night}" in said
    assert not out.exists()

    code, said = Command(folder, *words).ended()
    assert code == 0, said
    taken = re.search(rf"Weighing stains: (\d+) taken over from {night}, (\d+) done now\.", said)
    assert taken, said
    assert int(taken[1]) >= 2
    assert int(taken[1]) + int(taken[2]) == len(UNIT.stains)
    assert table(out) == on_one_core


def test_processes_of_this_machine_have_the_bytes_of_one_core(
    folder: Path, on_one_core: bytes, tmp_path: Path
) -> None:
    said = run("link", *asked(folder), "--workers", 2, "--out", tmp_path)
    assert said.code == 0, said.err
    assert table(tmp_path) == on_one_core
    assert f"Weighing stains: {len(UNIT.stains)} done now." in said.err
    assert "taken over" not in said.err


def test_no_cluster_there_is_said_with_the_way_on(folder: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    import dask  # after the import above, which adds to the settings that `set` puts back

    with dask.config.set({"distributed.comm.timeouts.connect": "300ms"}):
        said = run("link", *asked(folder), "--cluster", "tcp://127.0.0.1:9")
    assert said.code == 2
    assert "No scheduler answers at 'tcp://127.0.0.1:9'" in said.err
    assert "dask scheduler" in said.err


def test_without_dask_the_way_on_is_to_install_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    said = run("link", *asked(folder), "--cluster", "tcp://127.0.0.1:9")
    assert said.code == 2
    assert "pip install 'reopen[cluster]'" in said.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--workers", 2, "--cluster", "tcp://127.0.0.1:9"), "or by a cluster"),
        (("--workers", 0), "--workers"),
        (("--keep", "stains.csv"), "The folder of results"),
    ],
)
def test_machines_that_cannot_be_are_refused(
    folder: Path, words: tuple[object, ...], told: str
) -> None:
    given = [folder / word if word == "stains.csv" else word for word in words]
    said = run("link", *asked(folder), *given)
    assert said.code == 2
    assert told in said.err


def links_of(unit: Path) -> list[dict[str, Any]]:
    """Every link of a unit but for the run that found it and the file that holds its terms."""
    told = run("links", unit, "--json").json
    return [{k: v for k, v in each.items() if k not in {"run", "terms", "found"}} for each in told]


def test_a_unit_is_linked_and_watched_by_processes_that_go_on_from_a_folder(
    tmp_path: Path,
) -> None:
    """What one unit's search did is taken over by that of another with the same files."""
    night = tmp_path / "night"
    stains = [stain(tmp_path, "A1", ANNA), stain(tmp_path, "B1", BERT)]
    people = references(tmp_path / "people.csv", {"anna": ANNA, "bert": BERT})
    words = ("--population", population(tmp_path), *PLAIN)
    units = [tmp_path / f"{name}.reopen" for name in ("one core", "processes", "watched")]
    for unit in units:
        run("init", unit, "--as", "mara")
        assert run("import", unit, *stains, "--references", people).code == 0

    assert "taken over" not in run("link", units[0], *words).err
    said = run("link", units[1], *words, "--workers", 2, "--keep", night)
    assert said.code == 0, said.err
    assert "Weighing stains: 2 done now." in said.err
    said = run("link", units[2], *words, "--keep", night)
    assert f"Weighing stains: 2 taken over from {night}, 0 done now." in said.err
    assert f"Comparing with references: 2 taken over from {night}, 0 done now." in said.err
    run("import", units[2], stain(tmp_path, "C1", ANNA))
    said = run("watch", units[2], "--once", "--workers", 1, "--keep", night)
    assert "Weighing stains: 1 done now." in said.err
    assert links_of(units[0]) == links_of(units[1])
    assert {each["id"] for each in links_of(units[2])} >= {"A1 x C1", "C1 x anna"}
