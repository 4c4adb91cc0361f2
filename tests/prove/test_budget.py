"""The budget of false alarms: shared out, spent over looks, and kept where nothing is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reopen.prove.budget import level_for, plan, strong_enough
from reopen.prove.rules import Rule, RuleClass
from reopen.records.base import Ref
from reopen.records.findings import AuditRun, Finding, RuleAnswer, Severity, Verdict
from reopen.records.times import Interval

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def statistical(id: str, share: float = 0.1) -> Rule:
    return Rule(
        id,
        id,
        RuleClass.STATISTICAL,
        Severity.C,
        (),
        "?",
        (),
        lambda holdings, settings: RuleAnswer(id, Verdict.HOLDS),
        share=share,
    )


def answered(rule: str, tests: int, *p_values: float, rate: float | None = None) -> RuleAnswer:
    findings = tuple(
        Finding(
            id=f"{rule}-{n}",
            rule=rule,
            records=(Ref("output", f"O{n}"),),
            severity=Severity.C,
            sentence="A series differs from the others.",
            p_value=p,
        )
        for n, p in enumerate(p_values)
    )
    verdict = Verdict.FAILS if findings else Verdict.HOLDS
    return RuleAnswer(rule, verdict, findings, looked_at=tests, expected_false=rate)


def look(days_ago: float, *findings: str) -> AuditRun:
    at = Interval.at(NOW - timedelta(days=days_ago))
    return AuditRun(id=f"audit {days_ago}", at=at, by="lead", findings=findings)


def test_rates_of_fixed_limits_are_taken_out_and_the_rest_is_spent_over_a_year() -> None:
    asked = [
        (statistical("P1"), answered("P1", 12, rate=0.21)),
        (statistical("P3"), answered("P3", 12, 0.2)),
    ]
    budget = plan(asked, 1.0, (), NOW)
    assert budget.fixed == {"P1": 0.21}
    assert budget.remainder == pytest.approx(0.79)
    assert budget.spent == pytest.approx(0.79)
    assert budget.expected_false == pytest.approx(1.0)


def test_a_nightly_look_spends_a_night() -> None:
    asked = [(statistical("P3"), answered("P3", 12))]
    budget = plan(asked, 1.0, (look(400), look(1)), NOW)
    assert budget.spent == pytest.approx(1 / 365.25)


def test_a_fixed_limit_that_does_not_fit_is_held_back_and_said_to_be() -> None:
    asked = [
        (statistical("P1"), answered("P1", 12, rate=0.21)),
        (statistical("P4"), answered("P4", 12, rate=0.9)),
    ]
    budget = plan(asked, 1.0, (), NOW)
    assert budget.fixed == {"P1": 0.21}
    assert budget.too_dear == {"P4": 0.9}
    assert budget.expected_false <= 1.0


def test_a_rule_that_could_judge_nothing_takes_no_share() -> None:
    asked = [
        (statistical("P3"), answered("P3", 0)),
        (statistical("P4"), answered("P4", 5)),
    ]
    assert plan(asked, 1.0, (), NOW).tests == {"P4": 5}


def test_the_level_for_one_false_alarm_is_the_golden_one() -> None:
    """q = (1-q)^2 has the root (3 - sqrt 5) / 2, by hand."""
    assert level_for(1.0) == pytest.approx((3 - 5**0.5) / 2)


@given(st.floats(1e-6, 10))
def test_the_level_solves_its_equation(spent: float) -> None:
    q = level_for(spent)
    assert q / (1 - q) ** 2 == pytest.approx(spent, rel=1e-6)


def test_the_step_up_by_hand() -> None:
    """Four tests at level 0.2 have the steps 0.05, 0.10, 0.15, 0.20: 0.11 fails its own step 0.10
    but 0.14 passes 0.15, so the first three stand; 0.3 does not."""
    answer = answered("P3", 4, 0.01, 0.11, 0.14, 0.3)
    budget = plan([(statistical("P3"), answer)], 0.3125, (), NOW)  # 0.2 / 0.8^2
    assert budget.level == pytest.approx(0.2)
    assert strong_enough(answer.findings, budget) == {"P3-0", "P3-1", "P3-2"}


def test_a_rule_with_many_tests_takes_nothing_from_the_others() -> None:
    alone = plan([(statistical("P3"), answered("P3", 10))], 0.1, (), NOW)
    crowded = plan(
        [
            (statistical("P3"), answered("P3", 10)),
            (statistical("X9"), answered("X9", 10_000)),
        ],
        0.1,
        (),
        NOW,
    )
    first = alone.level * alone.weights["P3"] / 10
    among = crowded.level * crowded.weights["P3"] / 10_010
    assert among == pytest.approx(first / 2)  # half of the budget, however many tests X9 makes


@pytest.mark.parametrize("per_year", [0.2, 1.0])
def test_the_budget_holds_where_nothing_is_wrong(per_year: float) -> None:
    """One look with the year's budget, uniform p-values: mean false alarms within 4 standard
    errors of the budget, or below it."""
    rng = np.random.default_rng(20261121)
    rules = [statistical("P3", 0.1), statistical("X9", 0.3)]
    shown = []
    for _ in range(1500):
        asked = [
            (rules[0], answered("P3", 12, *rng.random(12))),
            (rules[1], answered("X9", 120, *rng.random(120))),
        ]
        budget = plan(asked, per_year, (), NOW)
        shown.append(len(strong_enough([f for _, a in asked for f in a.findings], budget)))
    error = np.std(shown) / len(shown) ** 0.5
    assert np.mean(shown) <= per_year + 4 * error
    assert np.mean(shown) >= 0.6 * per_year  # and it is spent, not hoarded
