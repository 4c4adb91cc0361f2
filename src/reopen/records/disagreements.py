"""Statements that cannot all hold: one field of one subject, said differently.

Times and ranges disagree where they do not meet; other values where they differ as words. Fields
that may have several values at once (`fields`) disagree only in whether there is any: present
against absent. What was not recorded, or does not apply, disagrees with nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from reopen.errors import InvalidRecord
from reopen.records.base import Ref
from reopen.records.fields import CaseField, Holds, field_of, range_of
from reopen.records.statements import Disagreement, State, Statement, standing
from reopen.records.times import Interval

_SAYS = (State.PRESENT, State.ABSENT)


def disagreements(statements: Iterable[Statement]) -> tuple[Disagreement, ...]:
    """Every field of every subject on which standing statements cannot all hold."""
    by_field: dict[tuple[Ref, str], list[Statement]] = {}
    for statement in standing(statements):
        if statement.state in _SAYS:
            by_field.setdefault((statement.subject, statement.field), []).append(statement)
    return tuple(
        Disagreement(subject, field, tuple(said))
        for (subject, field), every in by_field.items()
        if (said := _disagreeing(field_of(subject.kind, field), every))
    )


def _disagreeing(field: CaseField, said: Sequence[Statement]) -> list[Statement]:
    """Those of the statements that some other contradicts, in their order."""
    against = {id for pair in _contradictions(field, said) for id in pair}
    return [statement for statement in said if statement.id in against]


def _contradictions(field: CaseField, said: Sequence[Statement]) -> Iterator[tuple[str, str]]:
    for one, other in combinations(said, 2):
        if _contradict(field, one, other):
            yield one.id, other.id


def _contradict(field: CaseField, one: Statement, other: Statement) -> bool:
    if one.state is not other.state:
        return True
    if one.state is State.ABSENT or field.many or one.code_list != other.code_list:
        return False
    try:
        if field.holds is Holds.TIME:
            return not Interval.parse(one.value).may_meet(Interval.parse(other.value))
        if field.holds is Holds.RANGE:
            (low, high), (lower, higher) = range_of(one.value), range_of(other.value)
            return high < lower or higher < low
    except InvalidRecord:
        pass  # a value of another form: compared as words
    return _words(one) != _words(other)


def _words(statement: Statement) -> list[str]:
    return statement.value.casefold().split()
