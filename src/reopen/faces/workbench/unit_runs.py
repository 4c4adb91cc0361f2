"""The searches that a unit keeps. Loads no kernels: showing what was found is not searching.

Not here: making a search (`unit_link`), doing one again (`unit_redo`).
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from reopen.records.base import Ref
from reopen.records.results import FoundLink
from reopen.records.stored import StoredRun
from reopen.store.reader import Reader

SEARCH = "search"
"""What a run of `reopen link` says it is about."""
PAIRS = "pairs: "
"""Before the kind of link, in a run's parameters: how many pairs of that kind were compared."""
BESIDE_DNA = "known beside the DNA"
"""In a run's parameters: a hash of what was known of traces beside their DNA."""


def searches(reader: Reader) -> list[StoredRun]:
    """Earlier searches of the unit that the actor may see, the first one first."""
    return [run for run in reader.all(StoredRun) if run.parameters.get("about") == SEARCH]


def links_on(reader: Reader, runs: Container[str]) -> Iterator[FoundLink]:
    """Every link that one of these searches found, as the last of them found it."""
    for link in list(reader.all(FoundLink)):
        found = link if link.run in runs else _earlier(reader, link, runs)
        if found is not None:
            yield found


def _earlier(reader: Reader, link: FoundLink, runs: Container[str]) -> FoundLink | None:
    """The last version of a link that one of these runs found."""
    records = [version.record for version in reader.versions(Ref("found_link", link.id))]
    fitting = [each for each in records if isinstance(each, FoundLink) and each.run in runs]
    return fitting[-1] if fitting else None
