"""The rule of access, asked in SQL and in plain Python: the same answer to every question."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.store.conftest import MARA, Clock
from tests.store.random_unit import Draw, questions, stream
from tests.twins import access as twin

from reopen.records.base import Record, Ref
from reopen.store import grants
from reopen.store.unit import Unit, create_unit
from reopen.store.writer import Writer

QUESTIONS = int(os.environ.get("REOPEN_ACCESS_QUESTIONS", "0"))
"""How many questions the long test asks on each database; else 100,000, a tenth on PostgreSQL."""
ASKERS = 30


def store(unit: Unit, records: Iterable[Record]) -> dict[Ref, Record]:
    """Keep records as they come, without asking who may write; the current ones."""
    current: dict[Ref, Record] = {}
    with unit.db.writing():
        writer = Writer(unit.db, "mara", reason="as drawn", clock=unit.clock)
        for record in records:
            writer.put(record)
            current[record.ref] = record
        writer.finish()
    return current


def held(unit: Unit) -> dict[Ref, Record]:
    """What a new unit holds."""
    first = grants.first_grant("mara")
    return {MARA.ref: MARA, first.ref: first}


def reached(unit: Unit, asked: twin.Question) -> set[Ref]:
    asker = grants.Asker(asked.actor, asked.moment, asked.action, asked.purpose, asked.supervisor)
    query = grants.visible(asker)
    rows = unit.db.rows(
        f"SELECT kind, id FROM record JOIN ({query.sql}) let ON let.zone = record.zone"
        " WHERE current = 1",
        query.parameters,
    )
    return {Ref(*row) for row in rows}


def compare(unit: Unit, seed: int, size: int, asked: int) -> tuple[int, int]:
    """Questions asked and answered with yes, in one random unit."""
    draw = Draw(seed)
    current = held(unit) | store(unit, stream(draw, size))
    plain = twin.Unit(current.values())
    number = yes = 0
    for question in questions(draw, asked):
        expected = {ref for ref, record in current.items() if plain.may(record, question)}
        assert reached(unit, question) == expected, (seed, question)
        number += len(current)
        yes += len(expected)
    return number, yes


@pytest.mark.parametrize("seed", range(8))
def test_small_units_agree(unit: Unit, seed: int) -> None:
    compare(unit, seed, 12 + 6 * seed, 25)


def test_as_many_questions_as_asked_for(
    new_place: Callable[[], str | Path],
    dialect: str,
    record_property: Callable[[str, object], None],
) -> None:
    """Random units, each asked about every record of it for many askers."""
    wanted = QUESTIONS or (100_000 if dialect == "SQLite" else 10_000)
    asked = yes = seed = 0
    while asked < wanted:
        seed += 1
        with create_unit(new_place(), name="Cold cases", actor=MARA, clock=Clock()) as unit:
            number, let = compare(unit, 1000 + seed, 20 + seed % 8 * 10, ASKERS)
        asked, yes = asked + number, yes + let
    record_property("questions", asked)
    record_property("yes", yes)
    assert 0.05 < yes / asked < 0.6  # questions of both kinds


@pytest.mark.parametrize("dialect", ["SQLite"], indirect=True)
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), size=st.integers(3, 40))
def test_hypothesis_finds_no_disagreement(
    new_place: Callable[[], str | Path], seed: int, size: int
) -> None:
    with create_unit(new_place(), name="Cold cases", actor=MARA, clock=Clock()) as unit:
        compare(unit, seed, size, 6)


@pytest.mark.parametrize("seed", range(40, 44))
def test_one_record_is_answered_as_all_are(unit: Unit, seed: int) -> None:
    """The question about one record starts at that record: another plan, the same answer."""
    draw = Draw(seed)
    current = held(unit) | store(unit, stream(draw, 60))
    for question in questions(draw, 8):
        asker = grants.Asker(
            question.actor, question.moment, question.action, question.purpose,
            question.supervisor,
        )  # fmt: skip
        alone = {ref for ref in current if grants.explain(unit.db, asker, ref).allowed}
        assert alone == reached(unit, question)
