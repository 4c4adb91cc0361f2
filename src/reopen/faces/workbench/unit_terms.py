"""The terms of a unit's search as they are today: its database opened, and kept where nothing but
they is new.

Not here: what terms are (`unit_search`), searching on them (`unit_link`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from reopen.faces.workbench.unit_runs import new_run_id
from reopen.faces.workbench.unit_search import Terms
from reopen.records.stored import StoredRun
from reopen.records.times import Interval

if TYPE_CHECKING:
    from reopen.faces.workbench.unit_database import DatabaseBeside


def terms_now(terms: Terms) -> tuple[Terms, DatabaseBeside | None]:
    """The terms with the content that their database has now, and that database.

    Raises UnreadableFile, and LogBroken for a database that was cut off.
    """
    if not terms.database:
        return replace(terms, database_hash=""), None
    # Imported here, since it loads Arrow, for which no search without a database should wait.
    from reopen.faces.workbench.unit_database import database_now

    database = database_now(terms)
    return replace(terms, database_hash=database.hash), database


def restated(in_force: Sequence[StoredRun], terms: Terms) -> StoredRun:
    """A run that makes these terms the unit's, whose numbers are those of searches in force: other
    prior odds, or a database that lies elsewhere."""
    now = datetime.now(UTC)
    most = max(in_force, key=lambda run: len(run.inputs))
    before = Terms.of(most.parameters).said()
    others = {name: value for name, value in most.parameters.items() if name not in before}
    return replace(
        most,
        id=new_run_id(now),
        at=Interval.at(now),
        parameters={**others, **terms.said(), "links": "0"},
    )
