"""Units for commands: opened by their file or address, and who acts in them.

Not here: what a command does with a unit (`unit_import`, `unit_link`, `unit_shown`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from reopen.errors import NotAllowed
from reopen.records.access import Actor, Standing
from reopen.records.times import Interval
from reopen.store.database import is_server
from reopen.store.unit import Unit, create_unit, open_unit

Progress = Callable[[str, int, int], None]


def quiet(step: str, done: int, of: int) -> None:
    """A progress that nobody is shown."""


ACTOR = "REOPEN_ACTOR"
"""The environment variable that names who acts, where a command does not."""


def names_unit(where: str) -> bool:
    """Whether a command's argument is a unit: it ends with .reopen, or is a PostgreSQL address."""
    return where.endswith(".reopen") or is_server(where)


def casefile(where: str | Path) -> Unit:
    """Open a unit. Raises CannotStore."""
    return open_unit(where)


def begin_unit(where: str | Path, *, name: str, actor: str, actor_name: str = "") -> Unit:
    """Make a unit, whose lead is its first actor. Raises CannotStore where there is one already."""
    lead = Actor(
        id=actor,
        name=actor_name or actor,
        standing=Standing.LEAD,
        joined=Interval.at(datetime.now(UTC)),
    )
    return create_unit(where, name=name or Path(where).stem, actor=lead)


def actor_of(unit: Unit, given: str = "") -> str:
    """Who acts: as given, else as the environment says, else the unit's only actor.

    Raises NotAllowed where that is not one known actor.
    """
    actors = {actor.id: actor for actor in unit.actors()}
    name = given or os.environ.get(ACTOR, "")
    if name in actors:
        return name
    if not name and len(actors) == 1:
        return next(iter(actors))
    known = ", ".join(f"{actor.id} ({actor.name})" for actor in actors.values())
    raise NotAllowed(
        f"{name!r} is no actor of this unit." if name else "It is not said who acts.",
        rule=f"Every look and every change has a name. The unit's actors are: {known}.",
        way_on=f"Say who you are: --as NAME, or the environment variable {ACTOR}. The unit's lead "
        "adds actors with `reopen access actor`.",
    )
