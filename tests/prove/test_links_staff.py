"""X1: holds, fails blind, cannot tell, and the level that keeps false hits under one a year."""

from __future__ import annotations

import math

import pytest
from tests.prove.link_records import NOW, asked, link, run, staff, trace

from reopen.prove import Holdings, Settings
from reopen.prove.links_staff import staff_level
from reopen.records.findings import Severity, Verdict

UNIT = (*trace("K1"), staff("anna"), staff("bert"))
ALL = ("K1-S.p", "anna.p", "bert.p")


def test_holds_where_every_trace_was_compared_and_none_points_to_staff() -> None:
    found = asked("X1", *UNIT, run(*ALL))
    assert found.verdict is Verdict.HOLDS
    assert found.looked_at == 1
    assert found.could_not == ()


def test_fails_blind_and_seals_the_name() -> None:
    hit = link("K1-S.p", "anna.p", 9.2)
    found = asked("X1", *UNIT, run(*ALL), hit)
    (finding,) = found.findings
    assert (finding.severity, finding.blind, finding.case) == (Severity.A, True, "K1")
    (name,) = found.sealed
    assert (name.person, name.profile, name.link) == ("anna", "anna.p", hit.id)
    assert [ref.id for ref in finding.records] == ["K1-S.p", name.id]
    assert "anna" not in repr(finding)
    assert hit.id not in repr(finding)


def test_the_sealed_id_does_not_tell_which_of_the_staff_it_is() -> None:
    one = asked("X1", *UNIT, run(*ALL), link("K1-S.p", "anna.p"))
    other = asked("X1", *UNIT, run(*ALL), link("bert.p", "K1-S.p"))
    assert one.findings == other.findings
    assert one.sealed[0].person != other.sealed[0].person


def test_two_members_of_staff_are_two_findings() -> None:
    hits = link("K1-S.p", "anna.p"), link("K1-S.p", "bert.p")
    found = asked("X1", *UNIT, run(*ALL), *hits)
    assert len({each.id for each in found.findings}) == 2


def test_a_relative_of_staff_is_told_as_such_where_it_weighs_more() -> None:
    same, sibling = (
        link("K1-S.p", "anna.p", 4.0),
        link("K1-S.p", "anna.p", 6.0, relation="full siblings"),
    )
    (finding,) = asked("X1", *UNIT, run(*ALL), same, sibling).findings
    assert finding.severity is Severity.B
    assert "full siblings" in finding.sentence


def test_cannot_tell_without_staff_profiles_or_searches() -> None:
    assert asked("X1", *trace("K1"), run("K1-S.p")).verdict is Verdict.CANNOT_TELL
    assert asked("X1", *UNIT).missing == ("run",)


def test_what_no_search_has_compared_is_listed_and_staff_are_not_named() -> None:
    found = asked("X1", *UNIT, *trace("K2"), run("K1-S.p", "anna.p"))
    assert ("profile K2-S.p", "no search has compared it yet") in found.could_not
    assert ("a staff profile", "no search has compared it yet") in found.could_not
    assert found.looked_at == 1


def test_what_could_not_be_weighed_keeps_its_reason() -> None:
    found = asked("X1", *UNIT, run(*ALL, **{"K1-S.p": "too many contributors"}))
    assert found.could_not == (("profile K1-S.p", "too many contributors"),)
    assert found.verdict is Verdict.CANNOT_TELL


def test_the_level_grows_with_the_comparisons_of_a_year() -> None:
    """By hand: 300 traces of 2 contributors against 40 staff are 24,000 comparisons; half a false
    hit a year allows log10 LR 4.68 (24,000 / 0.5 = 48,000)."""
    traces = [record for n in range(300) for record in trace(f"K{n}")]
    members = [staff(f"m{n}") for n in range(40)]
    names = [f"K{n}-S.p" for n in range(300)] + [each.id for each in members]
    unit = (*traces, *members, run(*names))
    level = staff_level(Holdings(unit, now=NOW), Settings(), 300, 40)
    assert level.comparisons == 24_000
    assert level.log10 == pytest.approx(math.log10(48_000))
    assert level.false_hits == pytest.approx(0.5)
    weak, strong = link("K7-S.p", "m3.p", 4.6), link("K8-S.p", "m3.p", 4.7)
    found = asked("X1", *unit, weak, strong)
    assert [each.case for each in found.findings] == ["K8"]


def test_traces_compared_in_earlier_years_do_not_raise_the_level() -> None:
    unit = (*UNIT, *trace("K2"), run(*ALL, at="2020-01-01"), run("K2-S.p"))
    level = staff_level(Holdings(unit, now=NOW), Settings(), 2, 2)
    assert level.comparisons == 4  # one new trace, two staff, two contributors
    assert level.log10 == 3.0  # the searches list no weaker link


def test_weaker_links_than_the_level_are_left() -> None:
    assert asked("X1", *UNIT, run(*ALL), link("K1-S.p", "anna.p", 2.9)).findings == ()
