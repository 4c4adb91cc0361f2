"""What became of a plan's blocks, and those who do them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from reopen.engine.kept import Kept
from reopen.engine.plan import Block

ATTEMPTS = 3
"""How often a block is tried, each time by another worker where one died of it."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A block that could not be done, with what was seen at its last attempt."""

    block: Block
    reason: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """done: blocks whose results are kept; before: how many of them were so already."""

    done: tuple[Block, ...]
    failed: tuple[Failed, ...]
    before: int

    @property
    def reasons(self) -> dict[str, Failed]:
        """Those that failed, by name."""
        return {one.block.name: one for one in self.failed}

    def tally(self, step: str) -> Tally:
        return Tally(step, self.before, len(self.done) - self.before, len(self.failed))


@dataclass(frozen=True, slots=True)
class Tally:
    """Blocks of one step of a search, counted.

    before  taken over from the folder, where an earlier run had kept them
    done    in this run
    failed  listed as not done
    """

    step: str
    before: int
    done: int
    failed: int


Report = Callable[[Failed | None], None]
"""Told of each block as it ends: done, or failed. What it raises stops the run."""


class Doers(Protocol):
    """Who does blocks: their results are in the folder when `report` is told of them."""

    def run(self, blocks: Sequence[Block], report: Report) -> None: ...


class Where(Protocol):
    """Where blocks are done. Who does them stays from one step of a search to the next."""

    def hired(self, kept: Kept) -> AbstractContextManager[Doers]: ...


def reason_of(error: BaseException) -> str:
    """An error as one line, with the place in the program that it came from."""
    place, trace = "", error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f" ({code.co_filename.rpartition('reopen/')[2]}:{trace.tb_lineno})"
        trace = trace.tb_next
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}{place}"
