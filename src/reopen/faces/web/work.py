"""Long work behind the pages: each piece is a process of its own, and survives a closed browser.

What a process has done is kept in its folder, so that it can be stopped and goes on from there; a
server that ends stops its work and says so. Not here: what is done (`kinds_of_work`, `doing`).
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from secrets import token_hex
from threading import RLock, Thread
from typing import Any

from reopen.errors import NotAllowed, UnknownName
from reopen.faces.web.state import State

AT_ONCE = 2
MOST_WAITING = 20  # of one actor
DONE_FOLDER = "done"
"""In a work's folder: what it goes on from after a stop."""
_PATIENCE_S = 20.0


class Stage(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Work:
    """A piece of work.

    asked   what was asked for, by name
    done    of how many, in the step it is at
    said    why it failed, or what stopped it
    result  what came of it, as its kind says; {} until it is done
    """

    id: str
    actor: str
    kind: str
    title: str
    asked: Mapping[str, str]
    stage: Stage
    step: str
    done: int
    of: int
    began: float
    ended: float | None
    said: str
    result: Mapping[str, Any]

    @property
    def goes_on(self) -> bool:
        return self.stage in {Stage.WAITING, Stage.RUNNING}


class Works:
    """The work of one board. Each piece belongs to who asked for it, and nobody else sees it."""

    def __init__(self, state: State, unit: str, at_once: int = AT_ONCE):
        self._state, self._unit, self._at_once = state, unit, at_once
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = RLock()
        state.run(
            "UPDATE work SET stage = ?, said = ?, ended = ? WHERE stage IN (?, ?)",
            (Stage.STOPPED, "The board was closed while this was under way.", time.time(),
             Stage.WAITING, Stage.RUNNING),
        )  # fmt: skip

    def begin(self, actor: str, kind: str, title: str, asked: Mapping[str, str]) -> str:
        """Ask for a piece of work; its id. It begins as soon as fewer than `at_once` are at it.

        Raises NotAllowed for somebody of whom too much waits already.
        """
        waits = self._state.one(
            "SELECT COUNT(*) AS number FROM work WHERE actor = ? AND stage = ?",
            (actor, Stage.WAITING),
        )
        if waits is not None and waits["number"] >= MOST_WAITING:
            raise NotAllowed(
                f"{MOST_WAITING} pieces of your work wait already.",
                rule="Work is done in the order in which it was asked for, and others ask too.",
                way_on="Wait, or stop some of it under Runs.",
            )
        id = token_hex(8)
        self._state.run(
            "INSERT INTO work (id, actor, kind, title, asked, stage, began)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (id, actor, kind, title, json.dumps(dict(asked)), Stage.WAITING, time.time()),
        )
        self._begin_next()
        return id

    def get(self, id: str, actor: str) -> Work:
        """Raises UnknownName where it is not the actor's."""
        work = work_in(self._state, id)
        if work is None or work.actor != actor:
            raise UnknownName(
                f"There is no work {id!r} of {actor}.",
                rule="Work is seen by who asked for it.",
                way_on="The page Runs lists yours.",
            )
        return work

    def of(self, actor: str, limit: int = 100) -> list[Work]:
        """An actor's work, the newest first."""
        rows = self._state.rows(
            "SELECT * FROM work WHERE actor = ? ORDER BY began DESC LIMIT ?", (actor, limit)
        )
        return [_work(row) for row in rows]

    def folder(self, id: str) -> Path:
        """Where a piece of work keeps its files."""
        return folder_of(self._state, id)

    def has_kept(self, id: str) -> bool:
        """Whether it goes on from what was done; otherwise it begins anew."""
        done = self._state.folder / id / DONE_FOLDER  # looked for, not made
        return done.is_dir() and any(done.iterdir())

    def stop(self, id: str, actor: str) -> None:
        """Stop it; what it wrote into its folder is kept."""
        with self._lock:
            if not self.get(id, actor).goes_on:
                return
            self._end(id, Stage.STOPPED, "as was asked.")
            process = self._processes.get(id)
        if process is not None:
            process.send_signal(signal.SIGINT)
            Thread(target=_make_sure, args=(process,), daemon=True).start()
        self._begin_next()

    def resume(self, id: str, actor: str) -> None:
        """Go on with what was stopped or failed. Raises NotAllowed for what is under way, or done:
        that would be done twice."""
        with self._lock:
            work = self.get(id, actor)
            if work.goes_on or id in self._processes:
                raise NotAllowed("This is under way.", way_on="Wait for it, or stop it first.")
            if work.stage is Stage.DONE:
                raise NotAllowed("This is done.", way_on="Ask for it anew, from its own page.")
            self._state.run(
                "UPDATE work SET stage = ?, said = '', ended = NULL WHERE id = ?",
                (Stage.WAITING, id),
            )
        self._begin_next()

    def close(self) -> None:
        """The server ends: what is under way is stopped, and can go on when it is back."""
        with self._lock:
            running = dict(self._processes)
            for id in running:
                self._end(id, Stage.STOPPED, "The board was closed while this was under way.")
            self._at_once = 0
        for process in running.values():
            process.send_signal(signal.SIGINT)
        for process in running.values():
            _make_sure(process)

    def _begin_next(self) -> None:
        with self._lock:
            while len(self._processes) < self._at_once:
                row = self._state.one(
                    "SELECT id FROM work WHERE stage = ? ORDER BY began LIMIT 1", (Stage.WAITING,)
                )
                if row is None:
                    return
                self._start(row["id"])

    def _start(self, id: str) -> None:
        self._state.run("UPDATE work SET stage = ? WHERE id = ?", (Stage.RUNNING, id))
        errors = (self.folder(id) / "errors.txt").open("ab")
        with errors:
            process = subprocess.Popen(
                [sys.executable, "-m", "reopen.faces.web.doing", self._state.path, self._unit, id],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
                start_new_session=True,  # Ctrl-C is for the server, which stops its work in order
            )  # fmt: skip
        self._processes[id] = process
        Thread(target=self._wait, args=(id, process), daemon=True).start()

    def _wait(self, id: str, process: subprocess.Popen[bytes]) -> None:
        code = process.wait()
        with self._lock:
            self._processes.pop(id, None)
            if not self._at_once:  # the server ends, and with it the state
                return
            row = self._state.one("SELECT stage FROM work WHERE id = ?", (id,))
            if row is not None and row["stage"] == Stage.RUNNING:  # it did not say how it ended
                self._end(id, Stage.FAILED, f"Its process ended without a word (status {code}).")
        self._begin_next()

    def _end(self, id: str, stage: Stage, said: str) -> None:
        """Where its own process was quicker to say how it ended, that holds."""
        self._state.run(
            "UPDATE work SET stage = ?, said = ?, ended = ? WHERE id = ? AND stage IN (?, ?)",
            (stage, said, time.time(), id, Stage.WAITING, Stage.RUNNING),
        )


def work_in(state: State, id: str) -> Work | None:
    """A piece of work, whosever it is."""
    row = state.one("SELECT * FROM work WHERE id = ?", (id,))
    return None if row is None else _work(row)


def every_work(state: State) -> list[Work]:
    """All that was ever asked for here, by anybody."""
    return [_work(row) for row in state.rows("SELECT * FROM work")]


def folder_of(state: State, id: str) -> Path:
    """Where a piece of work keeps its files."""
    folder = state.folder / id
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _make_sure(process: subprocess.Popen[bytes]) -> None:
    """A process that does not hear is ended; the unit keeps all or nothing of what it wrote."""
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()


def _work(row: Any) -> Work:
    return Work(
        id=row["id"], actor=row["actor"], kind=row["kind"], title=row["title"],
        asked=json.loads(row["asked"]), stage=Stage(row["stage"]), step=row["step"],
        done=row["done"], of=row["of_all"], began=row["began"], ended=row["ended"],
        said=row["said"], result=json.loads(row["result"] or "{}"),
    )  # fmt: skip
