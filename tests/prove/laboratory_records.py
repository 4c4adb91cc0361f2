"""Short ways to write a laboratory's records in tests: invented, one moment of one day each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

from reopen.prove import RULES, Holdings, Settings, ask
from reopen.records.base import Record
from reopen.records.findings import RuleAnswer
from reopen.records.times import Interval

START = datetime(2021, 3, 1, 8, tzinfo=UTC)
NOW = datetime(2022, 3, 1, tzinfo=UTC)


def day(days: float, hours: float = 0.0) -> Interval:
    """A moment so long after the first morning."""
    return Interval.at(START + timedelta(days=days, hours=hours))


def asked(
    rule: str,
    *records: Record | Iterable[Record],
    now: datetime = NOW,
    numbers: Mapping[str, float] | None = None,
) -> RuleAnswer:
    """The rule's answer on these records."""
    every: list[Record] = []
    for each in records:
        every.extend([each] if isinstance(each, Record) else each)
    return ask(RULES[rule], Holdings(every, now=now), Settings(numbers or {}))


def named(answer: RuleAnswer) -> list[tuple[str, ...]]:
    """The ids of each finding's records."""
    return [tuple(ref.id for ref in each.records) for each in answer.findings]


def gravest(answer: RuleAnswer) -> list[str]:
    return [each.severity.value for each in answer.findings]
