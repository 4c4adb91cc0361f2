"""Blocks done by a Dask cluster: the same blocks and the same bytes as on this machine.

Inputs travel as tasks of their own, which Dask does again where the worker that held them dies, as
it does with blocks; results come back as they end and are kept here, so that the machines need no
folder in common. Dask runs what its own connections bring: who can reach the scheduler can run
anything there (docs/cluster.md). Not here: starting a cluster, this machine's processes (`local`).
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from time import monotonic
from typing import Any

from reopen.engine.kept import Kept
from reopen.engine.outcome import ATTEMPTS, Doers, Failed, Report, reason_of
from reopen.engine.plan import Block, made_with
from reopen.engine.work import do, input_of
from reopen.errors import CannotRun

_AHEAD = 3  # blocks given out for each thread, so that none waits for the next
_INPUTS = 64  # held on the cluster beside those of blocks that wait
_LOOK_S = 2.0
_TOLD = 3  # workers with other versions that are named


@dataclass(frozen=True, slots=True)
class Cluster:
    """A Dask scheduler, such as tcp://10.0.0.5:8786 or tls://...

    attempts    how often a block that fails is tried. How often one is tried whose worker dies is
                the scheduler's own setting, distributed.scheduler.allowed-failures (3)
    patience_s  how long to wait while the cluster has no worker
    """

    address: str
    attempts: int = ATTEMPTS
    patience_s: float = 300.0

    @contextmanager
    def hired(self, kept: Kept) -> Iterator[Doers]:
        with without_fault_of_ctrl_c(), ExitStack() as until_the_end:
            yield _Night(kept, self, until_the_end)


@contextmanager
def without_fault_of_ctrl_c() -> Iterator[None]:
    """Ctrl-C in the first moment of a call makes Dask's own thread cancel what it has not begun,
    and log that as a NameError of its own (distributed.utils.sync). Only that is not shown."""
    log = logging.getLogger("tornado.application")
    log.addFilter(_is_told)
    try:
        yield
    finally:
        log.removeFilter(_is_told)


def _is_told(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, NameError) and error.name == "future")


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise CannotRun(
            "The library for clusters is not installed.",
            rule="A cluster is reached through Dask.",
            way_on="pip install 'reopen[cluster]'",
        ) from error
    try:
        client = Client(address, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise CannotRun(
            f"No scheduler answers at {address!r} ({error}).",
            rule="A cluster is named by its scheduler's address, such as tcp://10.0.0.5:8786.",
            way_on="Start it with `dask scheduler`, or correct the address.",
        ) from error
    with client, client.as_current():  # what `wait` asks
        _refuse_others(client)
        yield client


def _refuse_others(client: Any) -> None:
    """Workers that would refuse every block are told of before the night, not after it."""
    answers = client.run(made_there, on_error="return")
    others = [
        f"{worker} has {said}"
        for worker, said in answers.items()
        if said != made_with() and not isinstance(said, OSError)  # one who goes just now
    ]
    if others:
        raise CannotRun(
            f"{len(others)} of {len(answers)} workers of the cluster have something else than "
            f"{made_with()}: {'; '.join(others[:_TOLD])}.",
            rule="All who do a search's blocks have the same program and libraries.",
            way_on="Install the same versions on every machine, or end those workers.",
        )


def made_there() -> str:
    """What the worker has."""
    return made_with()


def given(data: bytes) -> bytes:
    """An input as a task of its own."""
    return data


def done_there(line: str, inputs: Mapping[str, bytes]) -> bytes:
    """A block's result, on the worker."""
    return do(Block.of_line(line), inputs.__getitem__)


class _Night:
    """Blocks given out a few at a time, so that the scheduler never holds a whole night."""

    def __init__(self, kept: Kept, cluster: Cluster, until_the_end: ExitStack):
        self._kept, self._cluster, self._until_the_end = kept, cluster, until_the_end
        self._inputs: OrderedDict[str, Any] = OrderedDict()
        self._seen = monotonic()  # when there last was a worker

    @cached_property
    def _client(self) -> Any:
        """The connection, made when the first block is given out."""
        return self._until_the_end.enter_context(_client(self._cluster.address))

    def run(self, blocks: Sequence[Block], report: Report) -> None:
        self._seen = monotonic()
        waiting = iter(blocks)
        out: dict[Any, Block] = {}
        self._give(waiting, out)
        while out:
            for future in self._ended(list(out)):
                report(self._taken(out.pop(future), future))
            self._give(waiting, out)

    def _give(self, waiting: Iterator[Block], out: dict[Any, Block]) -> None:
        room = _AHEAD * max(1, self._threads()) - len(out)
        for block in islice(waiting, max(0, room)):
            out[self._submitted(block)] = block

    def _submitted(self, block: Block) -> Any:
        return self._client.submit(
            done_there,
            block.to_line(),
            {name: self._input(name) for name in block.inputs},
            key=f"reopen-block-{block.name}",
            retries=self._cluster.attempts - 1,
            pure=False,
        )

    def _input(self, name: str) -> Any:
        if name not in self._inputs:
            data = input_of(self._kept)(name)
            key = f"reopen-input-{name}"
            self._inputs[name] = self._client.submit(given, data, key=key, pure=False)
        self._inputs.move_to_end(name)
        while len(self._inputs) > _INPUTS:
            self._inputs.popitem(last=False)  # blocks that wait for it hold it on the cluster
        return self._inputs[name]

    def _ended(self, out: Sequence[Any]) -> list[Any]:
        """Those that have ended, as soon as there are any."""
        from distributed import wait

        while True:
            try:
                return list(wait(out, _LOOK_S, "FIRST_COMPLETED").done)  # type: ignore[no-untyped-call]
            except TimeoutError:
                self._threads()

    def _threads(self) -> int:
        """Threads of all workers. Raises CannotRun where there has been no worker for too long, or
        the scheduler is gone."""
        try:
            threads = int(sum(self._client.nthreads().values()))
        except (OSError, TimeoutError) as error:
            raise self._gone(str(error)) from error
        if threads:
            self._seen = monotonic()
        elif monotonic() - self._seen > self._cluster.patience_s:
            raise self._gone("no worker")
        return threads

    def _taken(self, block: Block, future: Any) -> Failed | None:
        """Keep a block's result, or say why there is none."""
        while future.status in ("finished", "pending"):
            try:
                self._kept.write(block.name, future.result(timeout=_LOOK_S))
            except TimeoutError:  # who held it has died: it is done again
                self._threads()
            else:
                return None
        if future.status == "error":
            return Failed(block, reason_of(future.exception()), self._cluster.attempts)
        raise self._gone(f"a block was {future.status}")

    def _gone(self, why: str) -> CannotRun:
        return CannotRun(
            f"The cluster at {self._cluster.address} is gone ({why}).",
            rule="Blocks are done by its workers.",
            way_on=f"Start it. {self._kept.way_on}",
        )
