"""The rule of access, asked in SQL and in plain Python: the same answer to every question."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest
from tests.store.conftest import MARA
from tests.store.random_unit import Draw, questions, stream
from tests.twins import access as twin

from reopen.records.base import Record, Ref
from reopen.store import grants
from reopen.store.unit import Unit
from reopen.store.writer import Writer

QUESTIONS = int(os.environ.get("REOPEN_ACCESS_QUESTIONS", "100000"))
"""How many questions the long test asks, on each database."""


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
    with unit.reading("mara"):
        pass
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
    current = {MARA.ref: MARA, **held(unit)} | store(unit, stream(draw, size))
    plain = twin.Unit(current.values())
    number = yes = 0
    for question in questions(draw, asked):
        expected = {ref for ref, record in current.items() if plain.may(record, question)}
        assert reached(unit, question) == expected, (seed, question)
        number += len(current)
        yes += len(expected)
    return number, yes


@pytest.mark.parametrize("seed", range(12))
def test_small_units_agree(unit: Unit, seed: int) -> None:
    compare(unit, seed, 12 + 6 * seed, 25)
