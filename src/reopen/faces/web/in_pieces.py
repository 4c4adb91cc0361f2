"""A whole unit read in short looks one after another, so that nobody waits for a long one to end.

Looks are entered in the unit's log as they end, and that waits for those who are still reading.
What changes in between is the caller's to notice.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar, cast

from reopen.faces.web.looks import Look
from reopen.records.base import Record, Ref

Kind = TypeVar("Kind", bound=Record)

AT_ONCE = 1000
_PAUSE_S = 0.02


class InPieces:
    """Reads as a `Reader` does, a thousand records in a look."""

    def __init__(self, look: Look):
        self._look = look

    def cases(self) -> tuple[str, ...]:
        with self._look.reading() as reader:
            return reader.cases()

    def all(self, kind: type[Kind], *, person: str | None = None) -> Iterator[Kind]:
        after: int | None = None
        while True:
            with self._look.reading() as reader:
                page = list(reader.listing(kind.KIND, person=person, limit=AT_ONCE, after=after))
            for version in page:
                yield cast("Kind", version.record)
            if len(page) < AT_ONCE:
                return
            after = page[-1].entry
            time.sleep(_PAUSE_S)

    def some(self, kind: type[Kind], ids: Iterable[str]) -> Iterator[Kind]:
        every = list(ids)
        for start in range(0, len(every), AT_ONCE):
            with self._look.reading() as reader:
                page = tuple(reader.some(kind, every[start : start + AT_ONCE]))
            yield from page
            time.sleep(_PAUSE_S)

    def of_cases(self, kind: type[Kind], cases: Iterable[str]) -> tuple[Kind, ...]:
        with self._look.reading() as reader:
            return reader.of_cases(kind, cases)

    def cases_of(self, ref: Ref) -> tuple[str, ...]:
        with self._look.reading() as reader:
            return reader.cases_of(ref)
