"""A unit watched: whenever profiles, families or their files come in, everything is searched again.

Only what is new is compared, with everything; a search on changed terms (another frequency table)
compares all anew. Not here: the search (`unit_link`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from reopen.faces.workbench.unit_link import Asked, UnitLinking, link_unit
from reopen.faces.workbench.unit_series import BESIDE
from reopen.link import Progress
from reopen.link.stains import quiet
from reopen.records.stored import StoredFamily
from reopen.store.log import newest
from reopen.store.unit import Unit

SEARCHED = (StoredFamily.KIND, *(kind.KIND for kind in BESIDE))
"""Kinds of records that a search depends on; none of them does it write itself."""

LOOK_SECONDS = 10.0


def watch_unit(
    unit: Unit,
    actor: str,
    asked: Callable[[], Asked] = Asked,
    *,
    every: float = LOOK_SECONDS,
    progress: Progress = quiet,
    wait: Callable[[float], None] = time.sleep,
) -> Iterator[UnitLinking]:
    """What each search did, the first of all that was not compared yet, then one whenever something
    came in or the terms changed. Never ends by itself.

    asked  the search to make, asked for before each look: a frequency file that has changed since
           is another search
    every  seconds between looks
    wait   for so many seconds

    Raises NotAllowed, CannotStore, and as `find_links`.
    """
    seen: tuple[int, frozenset[str]] | None = None
    while True:
        search = asked()
        now = newest(unit.db, SEARCHED), frozenset(search.own)
        if now == seen:
            wait(every)
        else:
            seen = now  # what comes in meanwhile is met at the next look
            yield link_unit(unit, actor, search, progress)
