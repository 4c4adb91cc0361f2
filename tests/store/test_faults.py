"""The process killed at every step of every write, and a full disk: nothing acknowledged is lost.

Afterwards the unit opens, its log and rows agree, the log contains every state that was
acknowledged, and it can be written again. By default some of the steps are tried, spread over all;
the tests marked slow try every one.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from tests.store.conftest import MARA
from tests.store.faults.work import Answer, Order, worker

from reopen.ledger.verify import Checkpoint
from reopen.records.access import Actor, Standing
from reopen.records.cases import Case
from reopen.store import check
from reopen.store.grants import first_grant
from reopen.store.unit import create_unit, open_unit

BLOCKS = 7
RUNS = count()
Give = Callable[[Order], Answer]
NewPlace = Callable[[], str | Path]


def new_unit(place: str | Path) -> None:
    with create_unit(place, name="Cold cases", actor=MARA) as unit, unit.writing("mara") as writer:
        writer.put(Actor(id="jonas", name="Jonas Ek", standing=Standing.DETECTIVE))
        writer.put(replace(first_grant("jonas"), given_by="mara"))


def must_hold(place: str | Path, answer: Answer) -> None:
    """Everything acknowledged is there, everything agrees, and work goes on."""
    assert "UNEXPECTED" not in answer.said, answer.said
    with open_unit(place) as unit:
        kept = [Checkpoint(unit.origin, size, bytes.fromhex(root)) for size, root in answer.acks]
        check.verify(unit.db, earlier=kept)
        with unit.writing("mara") as writer:
            writer.put(Case(id=f"after-{next(RUNS)}"))


def some(steps: int, at_most: int) -> range:
    """Steps spread over all of them, the last one among them."""
    return range(steps, 0, -max(1, steps // at_most))


@pytest.fixture(scope="module")
def plain_worker() -> Iterator[Give]:
    with worker({}) as give:
        yield give


class TestStatements:
    """Killed after each of the store's own calls that write: that is before the next one, too."""

    def try_steps(self, new_place: NewPlace, give: Give, at_most: int) -> None:
        place = new_place()
        new_unit(place)
        counted = give(Order(str(place), f"r{next(RUNS)}"))
        assert len(counted.acks) == BLOCKS, counted.said
        assert counted.steps > 50
        must_hold(place, counted)
        for n, at in enumerate(some(counted.steps, at_most)):
            if n % 20 == 19:  # a unit that stays small is checked quickly
                place = new_place()
                new_unit(place)
            answer = give(Order(str(place), f"r{next(RUNS)}", how="after", at=at))
            assert answer.killed or at > answer.steps
            must_hold(place, answer)

    def test_some(self, new_place: NewPlace, plain_worker: Give) -> None:
        self.try_steps(new_place, plain_worker, 12)

    @pytest.mark.exhaustive
    def test_every_one(self, new_place: NewPlace, plain_worker: Give, dialect: str) -> None:
        """Of PostgreSQL fewer: whenever its client dies, the server does the same."""
        self.try_steps(new_place, plain_worker, 10_000 if dialect == "SQLite" else 60)


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The C library that makes system calls fail, compiled here."""
    if not sys.platform.startswith("linux"):
        pytest.skip("faults at system calls: the shim finds file names as Linux has them")
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("faults at system calls: no C compiler was found to build the shim with")
    made = tmp_path_factory.mktemp("shim") / "shim.so"
    source = Path(__file__).parent / "faults" / "shim.c"
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


@pytest.fixture(scope="module")
def shimmed_worker(shim: Path) -> Iterator[Give]:
    with worker({"LD_PRELOAD": str(shim)}) as give:
        yield give


@pytest.fixture(scope="module")
def base_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("base") / "unit.reopen"
    new_unit(place)
    return place


class TestSystemCalls:
    """Killed halfway through and after each call that writes, syncs, cuts, names or removes, and a
    disk that is full from there on. SQLite only: PostgreSQL's server is another process."""

    def run(self, base_file: Path, folder: Path, give: Give, how: str, at: int = 0) -> Answer:
        """The work in a copy of the unit, in a folder of its own."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        place, backup = folder / "unit.reopen", folder / "backup.reopen"
        shutil.copyfile(base_file, place)
        answer = give(
            Order(str(place), "r", "call", how, at, folder=str(folder), backup=str(backup))
        )
        must_hold(place, answer)
        if backup.exists():  # whole or not there
            with open_unit(backup) as unit:
                check.verify(unit.db)
        return answer

    def try_steps(self, base_file: Path, folder: Path, give: Give, at_most: int) -> None:
        counted = self.run(base_file, folder, give, "count")
        assert len(counted.acks) == BLOCKS + 1
        assert counted.steps > 100
        for at in some(counted.steps, at_most):
            for how in ("halfway", "after"):
                assert self.run(base_file, folder, give, how, at).killed
            full = self.run(base_file, folder, give, "disk full", at)
            assert not full.killed
            if full.said:
                assert "disk" in full.said or "room" in full.said, full.said

    def test_some(self, base_file: Path, tmp_path: Path, shimmed_worker: Give) -> None:
        self.try_steps(base_file, tmp_path / "work", shimmed_worker, 12)

    @pytest.mark.exhaustive
    def test_every_one(self, base_file: Path, tmp_path: Path, shimmed_worker: Give) -> None:
        self.try_steps(base_file, tmp_path / "work", shimmed_worker, 10_000)
