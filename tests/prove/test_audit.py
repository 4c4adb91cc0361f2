"""The audit as a whole: order, budget, mutes, settings, looks, blind rules, dispositions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reopen.prove import Holdings, Settings, answer, finding, rule, sealed_name
from reopen.prove.audit import audit, in_order
from reopen.records.base import Record, Ref
from reopen.records.cases import Person
from reopen.records.findings import (
    AuditRun,
    Disposition,
    Finding,
    Outcome,
    RuleAnswer,
    Severity,
    Verdict,
)
from reopen.records.organisation import Concern, Output, RuleSetting
from reopen.records.times import Interval

NOW = datetime(2026, 1, 1, tzinfo=UTC)
AT = Interval.at(NOW - timedelta(days=3))


@pytest.fixture(autouse=True)
def catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rules of our own: the audit itself is what is tested here."""
    mine: dict[str, object] = {}
    monkeypatch.setattr("reopen.prove.rules.RULES", mine)
    monkeypatch.setattr("reopen.prove.audit.RULES", mine)

    @rule("P10", "Persons named", severity=Severity.A, needs=(Person,), asks="?", checks=("Ask.",))
    def persons(holdings: Holdings, settings: Settings) -> RuleAnswer:
        found = [
            finding("P10", Severity.A, f"{p.ref} lacks a name.", [p]) for p in holdings.of(Person)
        ]
        return answer("P10", found, looked_at=len(found))

    @rule("C2", "Concerns", severity=Severity.B, needs=(Concern,), asks="?", checks=())
    def concerns(holdings: Holdings, settings: Settings) -> RuleAnswer:
        limit = settings.number("C2.days", 30.0)
        late = [
            finding("C2", Severity.B, f"{c.ref} waits over {limit:g} days.", [c])
            for c in holdings.of(Concern)
            if (NOW - (c.raised.latest or NOW)).days > limit
        ]
        return answer("C2", late, looked_at=len(holdings.of(Concern)))

    @rule(
        "P3",
        "Output",
        severity=Severity.C,
        needs=(Output,),
        asks="?",
        checks=(),
        statistical=True,
        share=0.1,
    )
    def outputs(holdings: Holdings, settings: Settings) -> RuleAnswer:
        found = [
            finding("P3", Severity.C, "One series differs.", [o], p_value=1 / o.completed)
            for o in holdings.of(Output)
        ]
        return answer("P3", found, looked_at=len(found))

    @rule("X1", "Blind", severity=Severity.A, needs=(Concern,), asks="?", checks=(), blind=True)
    def blind(holdings: Holdings, settings: Settings) -> RuleAnswer:
        found, sealed = [], []
        for concern in holdings.of(Concern):
            if concern.about == "staff":
                name = sealed_name("X1", [Ref("profile", "S1")], person="P7")
                sealed.append(name)
                about = (Ref("profile", "S1"), name.ref)
                found.append(finding("X1", Severity.A, "A staff profile.", about, blind=True))
        return answer("X1", found, looked_at=1, sealed=sealed)


def person(id: str) -> Person:
    return Person(id=id)


def concern(id: str, days: float, about: str = "method") -> Concern:
    return Concern(id=id, about=about, raised=Interval.at(NOW - timedelta(days=days)))


def output(id: str, completed: int) -> Output:
    return Output(id=id, person="A", month=Interval.parse("2025-01"), completed=completed)


def held(*records: Record) -> Holdings:
    return Holdings(records, now=NOW)


def ids(findings: tuple[Finding, ...]) -> list[str]:
    return [each.id.partition("-")[0] for each in findings]


def test_all_rules_answer_and_the_gravest_comes_first() -> None:
    found = audit(held(person("P1"), concern("K1", 40), output("O1", 10**6)))
    assert [each.rule for each in found.answers] == ["C2", "X1", "P3", "P10"]
    assert ids(found.findings) == ["P10", "C2", "P3"]
    assert [each.severity for each in found.findings] == ["A", "B", "C"]


def test_what_the_unit_has_no_data_for_is_counted_and_says_what_is_missing() -> None:
    found = audit(held(person("P1")))
    assert [(each.rule, each.missing) for each in found.cannot_tell] == [
        ("C2", ("concern",)),
        ("X1", ("concern",)),
        ("P3", ("output",)),
    ]


def test_a_statistical_finding_too_weak_for_the_budget_is_held_back_not_dropped() -> None:
    found = audit(held(*(output(f"O{n}", 2) for n in range(40)), output("O99", 10**5)))
    assert [ref.id for each in found.findings for ref in each.records] == ["O99"]
    assert len(found.held_back) == 40
    assert found.expected_false == pytest.approx(1.0)
    assert found.findings[0].expected_false == pytest.approx(1.0)
    weak = audit(held(output("O1", 2), *(output(f"N{n}", 1) for n in range(9))))
    assert weak.answers[2].verdict is Verdict.HOLDS
    assert weak.findings == ()


def test_a_nightly_look_shows_less_but_what_was_shown_stands() -> None:
    unit = held(output("O1", 500))
    first = audit(unit)
    assert ids(first.findings) == ["P3"]
    yesterday = AuditRun(id="a", at=Interval.at(NOW - timedelta(days=1)), by="lead")
    assert audit(unit, looks=[yesterday]).findings != ()  # 1/500 < a night's 1/365
    weaker = held(output("O1", 300))
    assert audit(weaker, looks=[yesterday]).findings == ()
    standing = AuditRun(
        id="b",
        at=yesterday.at,
        by="lead",
        findings=tuple(each.id for each in audit(weaker).findings),
    )
    assert ids(audit(weaker, looks=[standing]).findings) == ["P3"]


def test_looks_recorded_in_the_unit_count() -> None:
    yesterday = AuditRun(id="a", at=Interval.at(NOW - timedelta(days=1)), by="lead")
    found = audit(held(output("O1", 300), yesterday))
    assert found.budget.spent == pytest.approx(1 / 365.25)
    assert found.as_run("lead").spent == found.budget.spent
    assert found.as_run("lead").held_back == tuple(each.id for each in found.held_back)


def test_a_muted_rule_is_listed_and_still_asked() -> None:
    mute = RuleSetting(id="M1", rule="P10", at=AT, by="lead", muted=True, reason="double entries")
    found = audit(held(person("P1"), mute))
    assert found.findings == ()
    assert found.muted == (mute,)
    assert found.answers[-1].verdict is Verdict.FAILS
    again = RuleSetting(id="M2", rule="P10", at=Interval.at(NOW), by="lead")
    assert ids(audit(held(person("P1"), mute, again)).findings) == ["P10"]


def test_recorded_changes_of_settings_are_in_force() -> None:
    change = RuleSetting(id="M1", rule="C2", at=AT, by="lead", setting="C2.days", after=60.0)
    found = audit(held(concern("K1", 40), change))
    assert found.findings == ()
    assert found.settings.numbers == {"C2.days": 60.0}
    dear = RuleSetting(
        id="M2", rule="audit", at=AT, by="lead", setting="audit.false_alarms", after=0.1
    )
    assert audit(held(concern("K1", 40), dear)).settings.false_alarms == 0.1


def test_only_blind_rules_read_what_the_asker_may_not_see() -> None:
    sealed = concern("K9", 400, about="staff")
    found = audit(held(concern("K1", 1)), staff=[sealed])
    assert ids(found.findings) == ["X1"]  # C2 did not see the sealed concern
    (name,) = found.sealed
    assert name.person == "P7"
    assert "P7" not in str(found.findings)
    assert name.id in str(found.findings)


def test_a_disposition_ends_a_finding_and_a_later_one_opens_it_again() -> None:
    unit = (person("P1"),)
    (one,) = audit(held(*unit)).findings
    explained = Disposition(
        id="D1", finding=one.id, outcome=Outcome.EXPLAINED, reason="a name", by="q", at=AT
    )
    found = audit(held(*unit, explained))
    assert found.findings == (one,)
    assert found.open == ()
    reopened = Disposition(
        id="D2", finding=one.id, outcome=Outcome.OPEN, reason="no", by="q", at=Interval.at(NOW)
    )
    assert audit(held(*unit, explained, reopened)).stopping == (one,)


def test_progress_is_told() -> None:
    steps: list[tuple[str, int, int]] = []
    audit(held(person("P1")), only=["P10"], progress=lambda *step: steps.append(step))
    assert steps == [("auditing", 1, 1)]


def test_the_order_of_the_catalogue_is_by_number() -> None:
    assert in_order(["S1", "C10", "C2", "L1", "P1", "X3"]) == ["C2", "C10", "L1", "X3", "P1", "S1"]
