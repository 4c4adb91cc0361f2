"""Blocks done on this machine: in this process, or in several of our own.

A process that dies takes nothing with it but the block it was at, which another one tries again.
Each has one block at a time, so that it is known which. Not here: other machines (`cluster`).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from subprocess import PIPE, Popen
from threading import Event, Thread

from reopen.engine.kept import Kept
from reopen.engine.outcome import ATTEMPTS, Doers, Failed, Report, reason_of
from reopen.engine.plan import Block
from reopen.engine.work import do, input_of


@dataclass(frozen=True, slots=True)
class Local:
    """This machine. workers: processes; None is one for each core, 1 is this process alone.
    attempts: how often a block is tried."""

    workers: int | None = None
    attempts: int = ATTEMPTS

    @contextmanager
    def hired(self, kept: Kept) -> Iterator[Doers]:
        pool = _Pool(kept, self.workers or os.cpu_count() or 1, self.attempts)
        try:
            yield pool
        finally:
            pool.close()


def _here(block: Block, kept: Kept) -> Failed | None:
    try:
        kept.write(block.name, do(block, input_of(kept)))
    except Exception as error:  # listed with the others
        return Failed(block, reason_of(error), 1)
    return None


class _Pool:
    """Processes of our own that wait for the next step between two; started when first needed."""

    def __init__(self, kept: Kept, workers: int, attempts: int):
        self._kept, self._workers, self._attempts = kept, workers, attempts
        self._idle: list[_Worker] = []

    def run(self, blocks: Sequence[Block], report: Report) -> None:
        workers = min(self._workers, len(blocks))
        if workers > 1:
            _Step(self._hired, self._idle, self._attempts).run(blocks, workers, report)
        else:
            for block in blocks:
                report(_here(block, self._kept))

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _hired(self) -> _Worker:
        """One who waits, or a new one."""
        with suppress(IndexError):  # nobody waits
            while True:
                worker = self._idle.pop()
                if not worker.has_died:
                    return worker
                worker.close()
        return _Worker(self._kept.folder)


class _Step:
    """Threads that each ask one process, and another where it has died."""

    def __init__(self, hire: Callable[[], _Worker], idle: list[_Worker], attempts: int):
        self._hire, self._idle, self._attempts = hire, idle, attempts
        self._todo: SimpleQueue[tuple[Block, int] | None] = SimpleQueue()
        self._ended: SimpleQueue[Failed | Exception | None] = SimpleQueue()
        self._stopping = Event()
        self._at_work: list[_Worker] = []

    def run(self, blocks: Sequence[Block], workers: int, report: Report) -> None:
        for block in blocks:
            self._todo.put((block, 1))
        threads = [Thread(target=self._serve, daemon=True) for _ in range(workers)]
        try:
            for thread in threads:
                thread.start()
            for _ in blocks:
                ended = self._ended.get()
                if isinstance(ended, Exception):
                    raise ended
                report(ended)
        except BaseException:
            self._stop()
            raise
        finally:
            for _ in threads:
                self._todo.put(None)
            for thread in threads:
                thread.join()

    def _stop(self) -> None:
        self._stopping.set()
        for worker in self._at_work:
            worker.kill()

    def _serve(self) -> None:
        worker: _Worker | None = None
        try:
            while (given := self._todo.get()) is not None and not self._stopping.is_set():
                block, attempt = given
                if worker is not None and worker.has_died:
                    worker.close()
                    worker = None
                worker = worker or self._started()
                self._told(block, attempt, worker.do(block))
        except Exception as error:  # no process can be started, above all
            self._ended.put(error)
        finally:
            if worker is not None and self._stopping.is_set():
                worker.close()
            elif worker is not None:
                self._idle.append(worker)

    def _told(self, block: Block, attempt: int, reason: str | None) -> None:
        if reason is not None and attempt < self._attempts:
            self._todo.put((block, attempt + 1))
        else:
            self._ended.put(None if reason is None else Failed(block, reason, attempt))

    def _started(self) -> _Worker:
        worker = self._hire()
        self._at_work.append(worker)
        if self._stopping.is_set():  # too late to be found by `_stop`
            worker.kill()
        return worker


class _Worker:
    """A process that does blocks."""

    def __init__(self, folder: Path):
        command = [sys.executable, "-m", "reopen.engine.worker", str(folder)]
        self._process = Popen(  # in a group of its own, which Ctrl-C at the terminal does not reach
            command, stdin=PIPE, stdout=PIPE, text=True, encoding="utf-8", process_group=0
        )

    @property
    def has_died(self) -> bool:
        return self._process.poll() is not None

    def do(self, block: Block) -> str | None:
        """Why a block could not be done; None where its result is kept."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(block.to_line() + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        except OSError:  # it died while it was asked
            answer = ""
        if answer.endswith("\n"):
            said: str | None = json.loads(answer)
            return said
        return f"the process that did it {_how_it_ended(self._process.wait())}"

    def kill(self) -> None:
        """Safe at any moment: results are whole or absent."""
        self._process.kill()

    def close(self) -> None:
        """For the thread that asks it alone."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not sent to one who died
                    pipe.close()


def _how_it_ended(code: int) -> str:
    if code >= 0:
        return f"ended with code {code}"
    name = signal.Signals(-code).name
    memory = "; a machine that runs out of memory does that" if name == "SIGKILL" else ""
    return f"was ended by {name}{memory}"
