"""What the board made of records that were expunged since: let go, wherever it lies.

A unit loses such a record by a lawful order; copies of it, and numbers worked out from it, must not
live on beside it. Asked when the board opens, and before work is listed or shown. Not here: what
left the unit before, and what a process still has in memory (docs/security.md).
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from datetime import datetime
from threading import Lock

from reopen.faces.web.looks import Units
from reopen.faces.web.made_files import ABOUT, OF_OWN_FILES, named_in
from reopen.faces.web.state import State
from reopen.faces.web.work import DONE_FOLDER, Stage, Work, every_work, folder_of
from reopen.records.access import FourEyes
from reopen.records.base import Ref
from reopen.records.cases import Case
from reopen.records.stored import StoredFile
from reopen.store.expunging import expunged
from reopen.store.log import newest

_OF_THE_WHOLE = frozenset(("link", "links_report", "audit", "audit_report"))
"""Kinds of work that may tell of any record: they are made again sooner than searched."""
_SAID = "It told of a record that was expunged by order. Nothing of it is kept here."


class Forgetting:
    """Lets go of what the board keeps of expunged records. Safe to use from several threads."""

    def __init__(self, state: State, units: Units):
        self._state, self._units = state, units
        self._done_to = -1
        self._lock = Lock()

    def __call__(self) -> None:
        """Where nothing was expunged since the last time, this is one short question."""
        with self._lock:
            with self._units.lent(("",)) as unit:
                last = newest(unit.db, (FourEyes.KIND,))
                if last == self._done_to:
                    return
                gone = expunged(unit.db)
            under_way = [self._forget(work, gone) for work in every_work(self._state)]
            for ref in gone:
                node = f"{ref.kind}:{ref.id}"
                self._state.run("DELETE FROM node_place WHERE node = ?", (node,))
            if not any(under_way):  # what is under way may have read it before: asked again
                self._done_to = last

    def _forget(self, work: Work, gone: dict[Ref, datetime]) -> bool:
        """Whether the work is under way, and nothing can be said of it yet."""
        since = {ref for ref, at in gone.items() if work.began < at.timestamp()}
        if not since:
            return False
        if work.goes_on:
            return True
        if _tells_of(work, since):
            self._state.run(
                "UPDATE work SET kind = 'expunged', title = 'Work that was let go', asked = '{}',"
                " step = '', said = ?, result = '', stage = ? WHERE id = ?",
                (_SAID, Stage.DONE, work.id),
            )
            shutil.rmtree(folder_of(self._state, work.id), ignore_errors=True)
        else:  # what it would go on from
            shutil.rmtree(folder_of(self._state, work.id) / DONE_FOLDER, ignore_errors=True)
        return False


def _tells_of(work: Work, gone: Collection[Ref]) -> bool:
    if work.kind in OF_OWN_FILES or work.kind == "expunged":
        return False
    if work.kind in _OF_THE_WHOLE or any(ref.kind == StoredFile.KIND for ref in gone):
        return True
    about = work.result.get(ABOUT, {})
    if work.kind == "disclosure" and about.keys() <= {Case.KIND}:  # it does not say of what else
        return True
    named = named_in(work)
    return any(ref.id in about.get(ref.kind, ()) or ref.id in named for ref in gone)
