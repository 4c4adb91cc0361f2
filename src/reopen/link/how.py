"""How the works of a search are done: in threads of this process, or as the caller says.

A work is a frozen value that is called with the parts of an item and needs nothing else, so that
the engine can have it done in another process or on another machine. Not here: the works
themselves (`works`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from reopen.link.stains import LinkOptions, Progress, each
from reopen.records import NotWeighed

Outcome = TypeVar("Outcome")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to be done. label: what it is, for people; parts: what the work is called with."""

    label: str
    parts: tuple[object, ...]


class How(Protocol):
    """Outcomes in the order of the items; a NotWeighed where an item could not be done."""

    def __call__(
        self,
        work: Callable[..., Outcome],
        items: Sequence[Item],
        step: str,
        progress: Progress,
    ) -> Iterator[Outcome | NotWeighed]: ...


@dataclass(frozen=True, slots=True)
class InThreads:
    """In this process. workers: threads; None is one for each core."""

    workers: int | None = None

    def __call__(
        self,
        work: Callable[..., Outcome],
        items: Sequence[Item],
        step: str,
        progress: Progress,
    ) -> Iterator[Outcome | NotWeighed]:
        options = LinkOptions(workers=self.workers)
        yield from each(lambda item: work(*item.parts), items, options, step, progress)
