"""The process that does one piece of work: python -m reopen.faces.web.doing STATE UNIT ID."""

from __future__ import annotations

import json
import logging
import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reopen.errors import CannotStore, ReopenError
from reopen.faces.web.sessions import SUPERVISED_S
from reopen.faces.web.state import State
from reopen.faces.web.work import DONE_FOLDER, Stage, Work, folder_of, work_in
from reopen.store.unit import Unit, open_unit

_SHOWN_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class Doing:
    """What a kind of work is given: the unit, what was asked, a folder of its own, and whom to
    tell how far it is."""

    unit: Unit
    work: Work
    folder: Path
    progress: Shown

    @property
    def supervisor(self) -> str:
        """Who was beside the actor when this was asked for, for as long as a signature holds: work
        that goes on the next day goes on without them."""
        holds = time.time() < self.work.began + SUPERVISED_S
        return self.work.asked.get("supervisor", "") if holds else ""


class Shown:
    """Progress, written where the pages read it, a few times a second at most."""

    def __init__(self, state: State, id: str):
        self._state, self._id = state, id
        self._last = ("", 0.0)

    def __call__(self, step: str, done: int, of: int) -> None:
        before, at = self._last
        now = time.monotonic()
        if step == before and done < of and now - at < _SHOWN_EVERY_S:
            return
        self._last = (step, now)
        self._state.run(
            "UPDATE work SET step = ?, done = ?, of_all = ? WHERE id = ?",
            (step, done, of, self._id),
        )


def do(state: State, unit: str, id: str) -> None:
    """Do it, and write down how it ended. A stop by the server has its word already."""
    work = work_in(state, id)
    if work is None:
        return
    try:
        with open_unit(unit) as opened:
            doing = Doing(opened, work, folder_of(state, id), Shown(state, id))
            result = _kind(work.kind)(doing)
    except KeyboardInterrupt:
        return
    except CannotStore as refused:
        logging.exception("Work %s (%s) could not be kept.", id, work.kind)
        _ended(state, id, Stage.FAILED, _placeless(str(refused), state, unit), {})
    except ReopenError as refused:
        _ended(state, id, Stage.FAILED, _placeless(str(refused), state, unit), {})
    except Exception:
        logging.exception("Work %s (%s) failed.", id, work.kind)
        said = "Something went wrong that the program did not expect; its log has the details."
        _ended(state, id, Stage.FAILED, said, {})
    else:
        _ended(state, id, Stage.DONE, "", result)
        shutil.rmtree(folder_of(state, id) / DONE_FOLDER, ignore_errors=True)


def _placeless(said: str, state: State, unit: str) -> str:
    """Where the unit lies is for who runs the server, and in its log."""
    for place in (unit, str(Path(unit)), unit.split("@")[-1]):
        said = said.replace(place, "the unit")
    return said.replace(str(state.path), "the board's own file")


def _kind(name: str) -> Any:
    from reopen.faces.web.kinds_of_work import KINDS

    return KINDS[name]


def _ended(state: State, id: str, stage: Stage, said: str, result: dict[str, Any]) -> None:
    state.run(
        "UPDATE work SET stage = ?, said = ?, result = ?, ended = ? WHERE id = ? AND stage = ?",
        (stage, said, json.dumps(result), time.time(), id, Stage.RUNNING),
    )


if __name__ == "__main__":
    path, unit, id = sys.argv[1:]
    do(State(Path(path)), unit, id)
