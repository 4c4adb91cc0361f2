"""The power cut at every moment of the work: what was acknowledged is there when it comes back.

SQLite's own promise, tried through our settings (`synchronous`, rollback journal), and ours where
files are made.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from random import Random

import pytest
from tests.store.faults.power_cut import Call, Disk, read_record
from tests.store.faults.work import Answer, Order
from tests.store.test_faults import BLOCKS, Give, base_file, must_hold, shim, shimmed_worker

from reopen.errors import CannotStore, LogBroken
from reopen.store import check
from reopen.store.unit import open_unit

__all__ = ["base_file", "shim", "shimmed_worker"]


@pytest.fixture
def before(base_file: Path, tmp_path: Path) -> Path:
    """The folder as it was when the work began."""
    folder = tmp_path / "before"
    folder.mkdir()
    shutil.copyfile(base_file, folder / "unit.reopen")
    return folder


@pytest.fixture
def calls(before: Path, tmp_path: Path, shimmed_worker: Give) -> list[Call]:
    """Every call of the work, in order; paths as in `before`."""
    folder, record = tmp_path / "work", tmp_path / "record"
    shutil.copytree(before, folder)
    order = Order(
        str(folder / "unit.reopen"),
        "r",
        "call",
        "count",
        folder=str(folder),
        backup=str(folder / "backup.reopen"),
        record=str(record),
    )
    answer = shimmed_worker(order)
    assert len(answer.acks) == BLOCKS + 1, answer.said
    return list(read_record(record, str(folder), str(before)))


def try_cuts(before: Path, calls: list[Call], state: Path, *, every: int) -> int:
    disk, answer, random, tried = Disk(before), Answer(), Random(5), 0
    for n, call in enumerate(calls):
        if call.what == "a":
            size, root = json.loads(call.data)
            answer.acks.append((size, root))
        disk.take(call)
        if n % every and call.what != "a":
            continue
        for kept in ("nothing", "everything", "anything"):
            shutil.rmtree(state, ignore_errors=True)
            state.mkdir()
            for name, data in disk.after_a_cut(kept, random).items():
                (state / name).write_bytes(data)
            must_hold(state / "unit.reopen", answer)
            if (state / "backup.reopen").exists():
                with open_unit(state / "backup.reopen") as unit:
                    check.verify(unit.db)
            tried += 1
    return tried


def test_at_some_moments(before: Path, calls: list[Call], tmp_path: Path) -> None:
    assert try_cuts(before, calls, tmp_path / "state", every=30) > 3 * BLOCKS


@pytest.mark.exhaustive
def test_at_every_moment(before: Path, calls: list[Call], tmp_path: Path) -> None:
    assert try_cuts(before, calls, tmp_path / "state", every=1) > 3 * 100


def test_the_model_can_lose_what_was_acknowledged(
    before: Path, calls: list[Call], tmp_path: Path
) -> None:
    """Without its syncs the same work does lose what it acknowledged: the test can fail."""
    unsynced = [call for call in calls if call.what != "s"]
    with pytest.raises((LogBroken, CannotStore)):
        try_cuts(before, unsynced, tmp_path / "state", every=30)
