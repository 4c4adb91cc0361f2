"""The searches that a unit keeps. Loads no kernels: showing what was found is not searching.

Not here: making a search (`unit_link`), doing one again (`unit_redo`).
"""

from __future__ import annotations

from reopen.records.stored import StoredRun
from reopen.store.reader import Reader

SEARCH = "search"
"""What a run of `reopen link` says it is about."""
PAIRS = "pairs: "
"""Before the kind of link, in a run's parameters: how many pairs of that kind were compared."""


def searches(reader: Reader) -> list[StoredRun]:
    """Earlier searches of the unit that the actor may see, the first one first."""
    return [run for run in reader.all(StoredRun) if run.parameters.get("about") == SEARCH]
