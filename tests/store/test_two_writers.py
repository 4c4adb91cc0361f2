"""Several at once: writers take turns, readers see one moment, and a server may die under all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.store.faults.work import Answer, Order, worker
from tests.store.postgres_server import GIVEN, NoServer, Server, server
from tests.store.test_faults import BLOCKS, must_hold, new_unit

from reopen.errors import CannotStore
from reopen.ledger.verify import Checkpoint
from reopen.records.cases import Case
from reopen.store import check, database, held
from reopen.store.held import EVERYTHING, Asked
from reopen.store.unit import Unit, open_unit
from reopen.store.writer import PutState

ROUNDS = 4


def test_two_processes_that_write_lose_nothing(place: str | Path) -> None:
    new_unit(place)
    with ExitStack() as both, ThreadPoolExecutor() as pool:
        gives = [both.enter_context(worker({})) for _ in range(2)]

        def rounds(who: int) -> list[Answer]:
            return [gives[who](Order(str(place), f"w{who}-{n}")) for n in range(ROUNDS)]

        answers = [answer for some in pool.map(rounds, range(2)) for answer in some]
    assert all(len(answer.acks) == BLOCKS and not answer.said for answer in answers), answers
    with open_unit(place) as unit:
        kept = [
            Checkpoint(unit.origin, size, bytes.fromhex(root))
            for answer in answers
            for size, root in answer.acks
        ]
        check.verify(unit.db, earlier=kept)
        assert held.count(unit.db, EVERYTHING, Asked(kind="case")) == 2 * ROUNDS
        moved = held.count(unit.db, EVERYTHING, Asked(kind="custody_event"))
        assert moved == 2 * ROUNDS * (40 - 1)  # one of each was expunged


def test_the_second_of_two_equal_records_changes_nothing(unit: Unit, place: str | Path) -> None:
    with open_unit(place) as other:
        with unit.writing("mara") as writer:
            assert writer.put(Case(id="K1")).state is PutState.NEW
        with other.writing("mara") as writer:
            assert writer.put(Case(id="K1")).state is PutState.UNCHANGED


def test_who_waits_too_long_is_told(
    unit: Unit, place: str | Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("sqlite", "postgres"):
        monkeypatch.setattr(f"reopen.store.{module}.WAIT_S", 0.2)

    def write(other: Unit) -> None:
        with other.writing("mara") as writer:
            writer.put(Case(id="K2"))

    with open_unit(place) as other:
        with unit.writing("mara") as writer:
            writer.put(Case(id="K1"))
            with pytest.raises(CannotStore, match=r"locked|lock timeout") as told:
                write(other)
        assert "Somebody else is writing" in told.value.way_on
        write(other)
    assert check.verify(unit.db)
    assert database.WAIT_S > 1


@pytest.mark.parametrize("dialect", ["PostgreSQL"], indirect=True)
def test_a_reader_sees_one_moment(unit: Unit, place: str | Path) -> None:
    """In SQLite a reader holds the writer up instead."""
    with open_unit(place) as other, other.db.reading():
        before = held.count(other.db, EVERYTHING, Asked())
        with unit.writing("mara") as writer:
            writer.put(Case(id="K1"))
        assert held.count(other.db, EVERYTHING, Asked()) == before
    assert held.count(unit.db, EVERYTHING, Asked()) == before + 1


@pytest.fixture(scope="module")
def safe_server() -> Iterator[Server]:
    """One with everything on that makes commits last, that a test may kill."""
    try:
        with server(safe=True) as running:
            if running.folder is None:
                pytest.skip(f"PostgreSQL: the server that {GIVEN} names is not ours to kill")
            yield running
    except NoServer as reason:
        pytest.skip(f"PostgreSQL: {reason}")


def test_the_server_killed_under_a_writer(safe_server: Server) -> None:
    place = safe_server.new_schema()
    new_unit(place)
    cut_short = 0
    with worker({}) as give, ThreadPoolExecutor() as pool:
        for n in range(3):
            working = pool.submit(give, Order(place, f"r{n}"))
            time.sleep(0.1 + 0.1 * n)
            safe_server.crash()
            answer = working.result()
            cut_short += len(answer.acks) < BLOCKS
            must_hold(place, answer)
    assert cut_short
