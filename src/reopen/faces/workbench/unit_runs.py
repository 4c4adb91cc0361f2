"""The searches that a unit keeps. Loads no kernels: showing what was found is not searching.

Not here: making a search (`unit_link`), doing one again (`unit_redo`).
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from secrets import token_hex

from reopen.records.base import Ref
from reopen.records.results import FoundLink
from reopen.records.stored import StoredRun
from reopen.store.reader import Reader
from reopen.weigh.prior_odds import PriorOdds, read_prior_odds

SEARCH = "search"
"""What a run of `reopen link` says it is about."""
PAIRS = "pairs: "
"""Before the kind of link, in a run's parameters: how many pairs of that kind were compared."""
BESIDE_DNA = "known beside the DNA"
"""In a run's parameters: a hash of what was known of traces beside their DNA."""


def searches(reader: Reader) -> list[StoredRun]:
    """Earlier searches of the unit that the actor may see, the first one first."""
    return [run for run in reader.all(StoredRun) if run.parameters.get("about") == SEARCH]


def searches_in_force(runs: Sequence[StoredRun], signature: str) -> list[StoredRun]:
    """The last ones in a row on the terms of this signature. What was found on them before others
    were tried was found anew on the others: links tell one number, that of the last search."""
    last = list(takewhile(lambda run: run.parameters.get("signature") == signature, runs[::-1]))
    return last[::-1]


def new_run_id(now: datetime) -> str:
    """A name for a search that begins now."""
    return f"link-{now:%Y%m%d-%H%M%S}-{token_hex(2)}"


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


def prior_of(run: StoredRun) -> PriorOdds | None:
    """Odds before the DNA that a search states for every link."""
    stated = run.parameters.get("prior")
    return read_prior_odds(stated) if stated else None
