"""The records of a casefile: plain values and back, and what they refuse."""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.records.test_times import intervals

from reopen.errors import InvalidRecord, UnknownName
from reopen.records.base import Record, Ref
from reopen.records.cases import Exhibit, Relation
from reopen.records.custody import CustodyEvent, EventKind
from reopen.records.findings import Finding, Severity
from reopen.records.kinds import KINDS, cases_named, items_named, named, people_named
from reopen.records.plain import FieldType, field_types, from_plain, to_plain
from reopen.records.statements import State, Statement, standing
from reopen.records.stored import StoredRun, veiled
from reopen.records.tasks import Task, TaskState
from reopen.records.times import Interval

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
NAMES = st.text("abcXYZ0189-/", min_size=1, max_size=8)


def one(field: FieldType) -> st.SearchStrategy[Any]:
    if field.holds is Interval:
        return intervals()
    if field.holds is Ref:
        return st.builds(Ref, NAMES, NAMES)
    if issubclass(field.holds, StrEnum):
        return st.sampled_from(list(field.holds))
    if field.holds is bool:
        return st.booleans()
    if field.holds is int:
        return st.integers(-(2**53), 2**53)
    if field.holds is float:
        return st.floats(allow_nan=False, allow_infinity=False)
    return NAMES if field.name == "id" else TEXT


def values(field: FieldType) -> st.SearchStrategy[Any]:
    if field.mapping:
        return st.dictionaries(TEXT, TEXT, max_size=3)
    return st.lists(one(field), max_size=3).map(tuple) if field.many else one(field)


@st.composite
def records(draw: st.DrawFn, kind: str | None = None) -> Record:
    """Any record with any values of the right types."""
    of = KINDS[kind or draw(st.sampled_from(sorted(KINDS)))]
    given = {}
    for field in field_types(of):
        if field.required or draw(st.booleans()):
            given[field.name] = draw(values(field))
    if of is Statement:
        present = given.get("state", State.PRESENT) is State.PRESENT
        given["value"] = draw(NAMES) if present else ""
    if of is Task:
        given["what"] = draw(NAMES)
        if given.get("state", TaskState.OPEN) is TaskState.OPEN:
            given.pop("ended", None)
    return of(**given)


@given(records())
def test_a_record_is_the_same_after_plain_values(record: Record) -> None:
    assert from_plain(record.KIND, to_plain(record)) == record


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_fields_that_are_known_types(kind: str) -> None:
    of = KINDS[kind]
    assert kind == of.KIND
    assert of.__doc__
    assert [f.name for f in field_types(of)] == [f.name for f in fields(of) if f.name != "where"]
    allowed = (str, int, float, bool, Interval, Ref)
    for field in field_types(of):
        assert field.holds in allowed or issubclass(field.holds, StrEnum), field


def test_fields_at_their_default_are_left_out() -> None:
    assert to_plain(Exhibit(id="E1", case="K1")) == {"id": "E1", "case": "K1"}


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        ("exhibit", {"id": "E1"}, "without case"),
        ("exhibit", {"id": "E1", "case": "K1", "colour": "red"}, "'colour' is not a field"),
        ("exhibit", {"id": " ", "case": "K1"}, "as an id (exhibit)"),
        ("exhibit", {"id": "E1", "case": 7}, "7 as case"),
        ("custody_event", {"id": "1", "item": "E1", "event": "stolen", "at": "1987"}, "'stolen'"),
        ("custody_event", {"id": "1", "item": "E1", "event": "lost", "at": "then"}, "'then'"),
        ("well", {"id": "1", "batch": "B", "well": "A1", "content": 1}, "1 as content"),
    ],
)
def test_what_breaks_a_rule_is_refused(kind: str, given: dict[str, Any], says: str) -> None:
    with pytest.raises(InvalidRecord) as refused:
        from_plain(kind, given)
    assert says in refused.value.seen
    assert refused.value.way_on


def test_a_kind_nobody_knows_is_named() -> None:
    with pytest.raises(UnknownName, match="'exhibits' is not a kind"):
        from_plain("exhibits", {"id": "1"})


def test_unknown_is_not_no() -> None:
    told = Ref("case", "K1")
    gone = Statement(id="1", subject=told, field="weapon", state=State.ABSENT)
    unknown = Statement(id="2", subject=told, field="weapon", state=State.NOT_RECORDED)
    assert gone.state is not unknown.state
    for wrong in ({"state": State.ABSENT, "value": "knife"}, {"state": State.PRESENT}):
        with pytest.raises(InvalidRecord, match="weapon"):
            Statement(id="3", subject=told, field="weapon", **wrong)  # type: ignore[arg-type]


def test_a_superseded_statement_no_longer_stands_but_stays() -> None:
    told = Ref("person", "P1")
    first = Statement(id="1", subject=told, field="born", value="1950")
    second = Statement(id="2", subject=told, field="born", value="1951", supersedes=("1",))
    third = Statement(id="3", subject=told, field="born", value="1953")
    assert standing([first, second, third]) == (second, third)


def test_what_a_record_names() -> None:
    event = CustodyEvent(
        id="1", item="E1", event=EventKind.MOVED, at=Interval.parse("1987"), giver="A", by="B"
    )
    assert items_named(event) == ("E1",)
    assert people_named(event) == ("A", "B")
    assert cases_named(event) == ()
    assert items_named(Exhibit(id="E2", case="K1", parent="E1")) == ("E2", "E1")
    assert cases_named(Exhibit(id="E2", case="K1")) == ("K1",)
    assert people_named(Relation(id="1", one="A", other="B", relation="brothers")) == ("A", "B")
    found = Finding(
        id="C1-1", rule="C1", records=(Ref("exhibit", "E9"),), severity=Severity.A, sentence="."
    )
    assert items_named(found) == ("E9",)


@given(records())
def test_what_a_record_names_is_the_same_from_its_plain_values(record: Record) -> None:
    names = named(record.KIND, to_plain(record))
    assert names.cases == cases_named(record)
    assert names.items == items_named(record)
    assert names.people == people_named(record)


def test_a_search_knows_whom_it_had_without_naming_them() -> None:
    at = Interval.parse("2026-03")
    begun = {"about": "search"}
    inputs = {veiled("profile A1"): "hash"}
    run = StoredRun(
        id="R", program="p", model="m", at=at, inputs=inputs,
        parameters={**begun, "tables": "t"}, not_weighed={veiled("profile A1"): "no peaks"},
    )  # fmt: skip
    assert (run.had("A1"), run.had("A2")) == (True, False)
    assert (run.why_not("A1"), run.why_not("A2")) == ("no peaks", "")
    assert "A1" not in str(to_plain(run))
    unended = StoredRun(id="R", program="p", model="m", at=at, inputs=inputs, parameters=begun)
    assert not unended.had("A1")
    named = StoredRun(id="R", program="p", model="m", at=at, new_profiles=("A1",))
    assert named.had("A1")
