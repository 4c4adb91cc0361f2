"""Units to test with: on SQLite always, on PostgreSQL where there is a server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.store.postgres_server import NoServer, Server, server

from reopen.records.access import Actor, Standing
from reopen.store.unit import Unit, create_unit

MARA = Actor(id="mara", name="Mara Lind", standing=Standing.LEAD)


class Clock:
    """Time that passes a second at each look, so that nothing depends on the machine's."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.moment += timedelta(seconds=1)
        return self.moment


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    try:
        with server() as running:
            yield running
    except NoServer as reason:
        pytest.skip(f"PostgreSQL: {reason}")


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def new_place(
    dialect: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Callable[[], str | Path]:
    """Places where no unit is yet: a file's name, or an address."""
    if dialect == "PostgreSQL":
        running: Server = request.getfixturevalue("postgres")
        return running.new_schema
    names = (tmp_path / f"unit-{n}.reopen" for n in range(1000))
    return lambda: next(names)


@pytest.fixture
def place(new_place: Callable[[], str | Path]) -> str | Path:
    return new_place()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def unit(place: str | Path, clock: Clock) -> Iterator[Unit]:
    """A new unit whose lead is 'mara'."""
    with create_unit(place, name="Cold cases", actor=MARA, clock=clock) as made:
        yield made
