"""The figures of the audit's rates: intervals as in published tables, goals, what is counted."""

from __future__ import annotations

import pytest
from verification.audit_rates import Detected, Honest, by_rule, in_words, poisson, totals
from verification.goals import goals

from reopen.prove import RULES


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [(0, 0.0, 3.689), (1, 0.0253, 5.572), (10, 4.795, 18.39)],
)
def test_intervals_of_counts_are_those_of_the_tables(count: int, low: float, high: float) -> None:
    """Garwood 1936; 95 % limits of a Poisson mean, in a year and in four."""
    assert poisson(count, 1.0) == pytest.approx((low, high), rel=1e-3, abs=1e-4)
    assert poisson(count, 4.0) == pytest.approx((low / 4, high / 4), rel=1e-3, abs=1e-4)


def test_totals_part_statistical_rules_and_the_gravest() -> None:
    of = Honest(years=4.0)
    statistical = next(id for id, rule in RULES.items() if rule.kind == "statistical")
    of.false.update({statistical: 2, "C1": 6})
    of.false_grave.update({"C1": 5})
    parts = totals(of)
    counts = {name: part["count"] for name, part in parts.items() if isinstance(part, dict)}
    assert counts == {"all": 8, "statistical": 2, "severity A": 5}
    assert "all: 8 in 4 laboratory-years, 2.00 a year" in in_words(of)
    found = Detected()
    found.planted.update({"C1.record_missing": 4})
    found.found.update({"C1.record_missing": 3})
    assert "| C1 | Unbroken possession | logical | 3 of 4 |" in by_rule(of, found)


def test_goals_of_false_alarms() -> None:
    rate = {"count": 30, "a_year": 1.5, "interval": [1.0, 2.1]}
    few = {"count": 8, "a_year": 0.4, "interval": [0.2, 0.8]}
    every, statistical = goals("audit_rates", {"false_alarms": {"all": rate, "statistical": few}})
    assert (every.is_met, statistical.is_met) == (False, True)
    assert statistical.figure == "0.40 (0.20 to 0.80)"
