"""The works of a search done by the engine: what `link.link` takes as `how`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from reopen.engine.kept import Kept, kept_in
from reopen.engine.merge import merged
from reopen.engine.outcome import Doers, Tally, Where
from reopen.engine.plan import planned
from reopen.engine.run import run_plan
from reopen.link.how import Item
from reopen.link.stains import Progress
from reopen.records import NotWeighed

Outcome = TypeVar("Outcome")


@contextmanager
def done_by(where: Where, keep: Path | None = None) -> Iterator[Engine]:
    """By processes of this machine (`Local`) or by a cluster (`Cluster`).

    keep  folder of inputs and results, from which a stopped search goes on; None is one for this
          time alone
    Raises CannotStore; what is done raises CannotRun too.
    """
    with kept_in(keep) as kept, where.hired(kept) as doers:
        yield Engine(doers, kept)


class Engine:
    """Does the works of a search, as `link.how.How` says. Comes from `done_by`.

    tallies  what was taken over and what was done, step by step
    """

    # It remembers which values are results, so that later blocks name them and none is sent twice.

    def __init__(self, doers: Doers, kept: Kept):
        self.tallies: list[Tally] = []
        self._doers, self._kept = doers, kept
        self._results: dict[int, str] = {}
        self._alive: list[object] = []  # so that no id is used twice

    def __call__(
        self,
        work: Callable[..., Outcome],
        items: Sequence[Item],
        step: str,
        progress: Progress,
    ) -> Iterator[Outcome | NotWeighed]:
        plan = planned(work, items, self._kept, self._results)
        outcome = run_plan(plan, self._kept, self._doers, progress, step)
        if plan.blocks:
            self.tallies.append(outcome.tally(step))
        values = merged(plan, outcome, self._kept)
        for block, value in zip(plan.blocks, values, strict=True):
            if not isinstance(value, NotWeighed):
                self._results[id(value)] = block.name
                self._alive.append(value)
            yield value
