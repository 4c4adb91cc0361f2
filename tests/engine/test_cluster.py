"""A search on a Dask cluster has the bytes of one on one core, also where workers are killed."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.engine.unit import Stopped, assert_same, first_done, linked, stop_at

from reopen.engine.cluster import Cluster, without_fault_of_ctrl_c
from reopen.engine.local import Local
from reopen.errors import CannotRun
from reopen.link import LinkResult


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as running:
        yield running


def test_two_workers_of_a_cluster_one_of_them_killed(in_threads: LinkResult, cluster: Any) -> None:
    killed: list[int] = []

    def progress(step: str, done: int, of: int) -> None:
        if step == "weighing stains" and done == 2 and not killed:
            killed.append(next(iter(cluster.workers.values())).pid)
            os.kill(killed[0], signal.SIGKILL)

    there = Cluster(cluster.scheduler_address)
    assert_same(linked(there, progress=progress), in_threads)
    assert killed


def test_a_stopped_search_on_a_cluster_goes_on_here(
    in_threads: LinkResult, cluster: Any, tmp_path: Path
) -> None:
    there = Cluster(cluster.scheduler_address)
    with pytest.raises(Stopped):
        linked(there, tmp_path, stop_at("weighing stains", 4))
    seen: list[int] = []
    assert_same(linked(Local(1), tmp_path, first_done("weighing stains", seen)), in_threads)
    assert seen[0] >= 4


def test_workers_of_another_version_are_refused_before_anything_is_done(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reopen.engine.cluster.made_with", lambda: "reopen 9.9")
    seen: list[tuple[str, int]] = []
    with pytest.raises(CannotRun, match=r"2 of 2 workers .* than reopen 9\.9: tcp://.* has reopen"):
        linked(
            Cluster(cluster.scheduler_address),
            progress=lambda step, done, of: seen.append((step, done)),
        )
    assert seen == [("weighing stains", 0)]


def test_no_scheduler_is_said() -> None:
    dask = pytest.importorskip("dask")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "300ms"}),
        pytest.raises(CannotRun, match="No scheduler answers"),
    ):
        linked(Cluster("tcp://127.0.0.1:9"))


def test_a_cluster_that_goes_is_said_and_what_it_did_stays(
    in_threads: LinkResult, tmp_path: Path
) -> None:
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as short:

        def progress(step: str, done: int, of: int) -> None:
            if step == "weighing stains" and done == 3:
                short.scale(0)

        there = Cluster(short.scheduler_address, patience_s=1.0)
        with pytest.raises(CannotRun, match="is gone"):
            linked(there, tmp_path, progress)
    seen: list[int] = []
    assert_same(linked(Local(1), tmp_path, first_done("weighing stains", seen)), in_threads)
    assert seen[0] >= 3


def broken_off_before_it_began() -> None:
    """A call to a cluster while Dask's thread is busy, and Ctrl-C before it gets to the call."""
    from distributed.utils import LoopRunner, sync

    runner = LoopRunner(asynchronous=False)
    runner.start()
    heard = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        runner.loop.add_callback(time.sleep, 0.6)
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        with pytest.raises(KeyboardInterrupt):
            sync(runner.loop, asyncio.sleep, 60)
        sync(runner.loop, asyncio.sleep, 0)  # what was cancelled has been
    finally:
        signal.signal(signal.SIGINT, heard)
        runner.stop()


def test_ctrl_c_before_a_call_has_begun_shows_no_fault_of_dask(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed")
    with without_fault_of_ctrl_c():
        broken_off_before_it_began()
        assert not caplog.records
        logging.getLogger("tornado.application").error("Told.")
    assert [record.message for record in caplog.records] == ["Told."]
