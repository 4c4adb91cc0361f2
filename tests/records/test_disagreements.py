"""Which statements cannot all hold."""

from __future__ import annotations

import pytest

from reopen.records.base import Ref
from reopen.records.disagreements import disagreements
from reopen.records.statements import State, Statement

PERSON = Ref("person", "P1")


def said(
    id: str, field: str, value: str = "", state: State = State.PRESENT, **more: object
) -> Statement:
    return Statement(id=id, subject=PERSON, field=field, value=value, state=state, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "one", "other", "disagree"),
    [
        ("born", "1961", "1961-03-14", False),
        ("born", "1961", "1962-03-14", True),
        ("born", "../1970", "1969/..", False),
        ("height", "160..165", "165..170", False),
        ("height", "160..165", "166", True),
        ("hair", "Dark  brown", "dark brown", False),
        ("hair", "brown", "black", True),
        ("feature", "scar on left hand", "tattoo of a ship", False),  # a person may have both
        ("horoscope", "lion", "crab", False),  # what is not a known field may have several values
    ],
)
def test_values_that_cannot_both_hold(field: str, one: str, other: str, disagree: bool) -> None:
    found = disagreements([said("A", field, one), said("B", field, other)])
    assert bool(found) is disagree
    if found:
        assert [each.id for each in found[0].statements] == ["A", "B"]


def test_present_and_absent_disagree_and_not_recorded_with_nothing() -> None:
    present, absent = said("A", "feature", "scar"), said("B", "feature", state=State.ABSENT)
    silent = said("C", "feature", state=State.NOT_RECORDED)
    apart = said("D", "feature", state=State.NOT_APPLICABLE)
    (found,) = disagreements([present, silent, absent, apart])
    assert [each.id for each in found.statements] == ["A", "B"]
    assert not disagreements([present, silent, apart])


def test_only_those_that_some_other_contradicts_are_named() -> None:
    every = [said("A", "born", "1961"), said("B", "born", "1960/1963"), said("C", "born", "1965")]
    (found,) = disagreements([*every[:2], said("D", "born", "1962-05"), every[2]])
    assert [each.id for each in found.statements] == ["A", "B", "D", "C"]
    (found,) = disagreements([every[1], said("D", "born", "1962-05"), said("E", "born", "1963-02")])
    assert [each.id for each in found.statements] == ["D", "E"]


def test_what_was_superseded_disagrees_no_longer() -> None:
    wrong, right = said("A", "hair", "brown"), said("B", "hair", "black", supersedes=("A",))
    assert not disagreements([wrong, right])


def test_codes_of_two_lists_are_not_compared() -> None:
    one = said("A", "sex", "F", code_list="SHR 1976")
    other = said("B", "sex", "female")
    assert not disagreements([one, other])
    assert disagreements([other, said("C", "sex", "male")])
    assert not disagreements([other, said("D", "hair", "brown")])
