"""A search has the same bytes in threads and in processes, after a kill -9 and after a stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from tests.engine.unit import (
    KIT,
    MODEL,
    OPTIONS,
    POPULATION,
    UNIT,
    Stopped,
    assert_same,
    first_done,
    linked,
    stop_at,
)  # fmt: skip

from reopen.engine import local
from reopen.engine.elsewhere import done_by
from reopen.engine.kept import Kept
from reopen.engine.local import Local
from reopen.engine.merge import table_of_links
from reopen.engine.plan import Block, planned
from reopen.engine.run import run_plan
from reopen.link import LinkResult
from reopen.link.how import Item
from reopen.link.works import Solve
from reopen.records import Link


def test_one_core_by_the_engine_is_the_search_itself(in_threads: LinkResult) -> None:
    assert_same(linked(Local(1)), in_threads)


def test_a_killed_process_loses_nothing(
    in_threads: LinkResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 of the process that has the first block, while it has it."""
    killed: list[int] = []
    do = local._Worker.do

    def killed_at_first(self: local._Worker, block: Block) -> str | None:
        if not killed:
            killed.append(self._process.pid)
            Timer(0.1, os.kill, (self._process.pid, signal.SIGKILL)).start()
        return do(self, block)

    monkeypatch.setattr(local._Worker, "do", killed_at_first)
    assert_same(linked(Local(2)), in_threads)
    assert killed
    with pytest.raises(ProcessLookupError):
        os.kill(killed[0], 0)


@pytest.mark.parametrize(
    ("workers", "step", "done"),
    [(2, "weighing stains", 3), (1, "comparing with references", 2)],
)
def test_a_stopped_search_goes_on(
    in_threads: LinkResult, tmp_path: Path, step: str, done: int, workers: int
) -> None:
    with pytest.raises(Stopped):
        linked(Local(workers), tmp_path, stop_at(step, done))
    seen: list[int] = []
    assert_same(linked(Local(1), tmp_path, first_done(step, seen)), in_threads)
    assert seen[0] >= done - (workers - 1)


def test_a_damaged_result_is_made_again(in_threads: LinkResult, tmp_path: Path) -> None:
    linked(Local(1), tmp_path)
    for path in sorted(tmp_path.iterdir())[::2]:
        path.write_bytes(path.read_bytes()[:-5])
    assert_same(linked(Local(1), tmp_path), in_threads)


def test_a_block_that_kills_every_process_is_listed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One stain's block is killed at each attempt; the others are done all the same."""
    items = [Item(stain.id, (stain, KIT, MODEL)) for stain in UNIT.stains[:3]]
    kept = Kept(tmp_path)
    plan = planned(Solve(POPULATION, OPTIONS), items, kept)
    fatal = plan.blocks[1].name
    do, attempts = local._Worker.do, []

    def fatal_block(self: local._Worker, block: Block) -> str | None:
        if block.name == fatal:
            attempts.append(self._process.pid)
            self._process.kill()
        return do(self, block)

    with monkeypatch.context() as patch:
        patch.setattr(local._Worker, "do", fatal_block)
        with Local(2, attempts=3).hired(kept) as doers:
            outcome = run_plan(plan, kept, doers)
    assert [one.block.label for one in outcome.failed] == [UNIT.stains[1].id]
    assert outcome.failed[0].attempts == len(set(attempts)) == 3
    assert "SIGKILL" in outcome.failed[0].reason
    assert {block.label for block in outcome.done} == {UNIT.stains[0].id, UNIT.stains[2].id}
    with Local(1).hired(kept) as doers:
        again = run_plan(plan, kept, doers)
    assert (again.before, again.failed) == (2, ())


def test_the_same_processes_do_every_step(
    monkeypatch: pytest.MonkeyPatch, in_threads: LinkResult
) -> None:
    """Starting one loads the kernels, which may take longer than a step."""
    begun: list[int] = []
    begin = local._Worker.__init__

    def counted(self: local._Worker, folder: Path) -> None:
        begin(self, folder)
        begun.append(self._process.pid)

    monkeypatch.setattr(local._Worker, "__init__", counted)
    with done_by(Local(2)) as engine:
        assert_same(UNIT.linked(engine), in_threads)
        assert len(begun) == 2
        assert [tally.done > 1 for tally in engine.tallies].count(True) > 1
    for pid in begun:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_failed_block_is_a_gap_in_the_search_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, in_threads: LinkResult
) -> None:
    """All that needs a stain which could not be done is left out and said; all else is found."""
    lost = UNIT.stains[3].id
    done = local.do

    def out_of_memory(block: Block, inputs: Any) -> bytes:
        if block.label == lost:
            raise MemoryError("no room")
        return done(block, inputs)

    monkeypatch.setattr(local, "do", out_of_memory)
    found = linked(Local(1))
    (gap,) = found.not_weighed
    assert gap.what == lost
    assert "tried once; MemoryError: no room" in gap.reason

    def ends(of: LinkResult) -> set[tuple[str, str]]:
        pairs = {(item.one.profile, item.other.profile) for item in of.links}
        return {pair for pair in pairs if lost not in pair}

    assert ends(found) == ends(in_threads)


def test_a_table_of_links_does_not_depend_on_their_order(in_threads: LinkResult) -> None:
    links: tuple[Link, ...] = in_threads.links
    assert len(links) > 2
    assert table_of_links(links) == table_of_links(links[::-1])
    assert table_of_links(links[1:]) != table_of_links(links)


def test_a_search_killed_with_its_processes_goes_on(in_threads: LinkResult, tmp_path: Path) -> None:
    """kill -9 of who started it: its processes end by themselves, and what they did stays."""
    code = (
        "from pathlib import Path; from reopen.engine.local import Local;"
        "from tests.engine.unit import linked;"
        "said = lambda step, done, of: print(step, done, flush=True);"
        f"linked(Local(2), Path({str(tmp_path)!r}), said)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as own:
        assert own.stdout is not None
        for line in own.stdout:
            if line == "weighing stains 3\n":
                own.kill()
                break
        assert own.wait() == -signal.SIGKILL
    seen: list[int] = []
    assert_same(linked(Local(1), tmp_path, first_done("weighing stains", seen)), in_threads)
    assert seen[0] >= 3
