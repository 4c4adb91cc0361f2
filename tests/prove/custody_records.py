"""Invented custody records for tests of the custody rules: short to write, in minutes or days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from reopen.prove import RULES, Holdings, Settings, ask
from reopen.records.base import Record, Ref
from reopen.records.cases import Case, Exhibit
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import RuleAnswer
from reopen.records.times import Interval

START = datetime(2024, 5, 6, 8, 0, tzinfo=UTC)
NOW = datetime(2026, 1, 1, tzinfo=UTC)
_number = count(1)


def moment(minutes: float = 0.0, *, days: float = 0.0) -> Interval:
    """A moment after the start of the tests' calendar."""
    return Interval.at(START + timedelta(days=days, minutes=minutes))


def event(kind: str, at: Interval | float | str, item: str = "E1", **fields: Any) -> CustodyEvent:
    """A custody event; `at` in minutes, as an interval, or as text of one."""
    if isinstance(at, str):
        at = Interval.parse(at)
    elif not isinstance(at, Interval):
        at = moment(at)
    id = fields.pop("id", None) or f"V{next(_number)}"
    return CustodyEvent(id=id, item=item, event=EventKind(kind), at=at, **fields)


def exhibit(id: str = "E1", case: str = "C1", **fields: Any) -> Exhibit:
    return Exhibit(id=id, case=case, **fields)


def judged(rule: str, *records: Record | Iterable[Record], **numbers: float) -> RuleAnswer:
    """A rule's answer on records; numbers without the rule's prefix."""
    flat: list[Record] = [Case(id="C1")]
    for each in records:
        flat.extend([each] if isinstance(each, Record) else each)
    settings = Settings(numbers={f"{rule}.{name}": value for name, value in numbers.items()})
    return ask(RULES[rule], Holdings(flat, now=NOW), settings)


def named(answer: RuleAnswer) -> list[tuple[Ref, ...]]:
    """The records of each finding."""
    return [finding.records for finding in answer.findings]


def reasons(answer: RuleAnswer) -> str:
    return "\n".join(f"{what}: {why}" for what, why in answer.could_not)
