"""The budget of false alarms: how strong a statistical finding must be to be shown at this look.

The budget is a number of false alarms per laboratory-year over all statistical rules together.

1. Rules with a fixed limit have a rate of their own, measured (verification); each is taken out of
   the budget, the smallest first. One that no longer fits is held back and said to be.
2. What remains is spent over the looks as time passes: a look after d days may spend d/365.25 of a
   year's remainder (a linear spending function; Lan and DeMets 1983). A first look spends a year's.
3. Within a look the p-values of all rules are judged by the weighted procedure of Benjamini and
   Hochberg (Genovese, Roeder and Wasserman 2006): a rule's weight is its share of the budget over
   its share of the tests, so that a rule with many tests takes nothing from the others.

Where nothing is wrong, that procedure at level q shows q/(1-q)^2 false alarms on average (Finner
and Roters 2002), so q is set to make that what the look may spend. Where much is wrong, it holds
the share of false alarms among those shown instead, at most q. Not here: any test.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reopen.prove.rules import Rule
from reopen.records.findings import AuditRun, Finding, RuleAnswer

YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class Budget:
    """How the false alarms of a year are shared out, and what this look may show.

    per_year   false alarms per laboratory-year, all statistical rules together
    fixed      rule -> false alarms per laboratory-year of its fixed limit, for those that fit
    too_dear   likewise, for those that do not fit; their findings are held back
    remainder  per laboratory-year, for rules with p-values
    spent      of the remainder, by this look
    level      of the procedure of Benjamini and Hochberg at this look
    tests      rule -> tests made at this look
    weights    rule -> weight of each of its tests, 1 on average
    """

    per_year: float
    fixed: Mapping[str, float] = field(default_factory=dict)
    too_dear: Mapping[str, float] = field(default_factory=dict)
    remainder: float = 0.0
    spent: float = 0.0
    level: float = 0.0
    tests: Mapping[str, int] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)

    @property
    def expected_false(self) -> float:
        """False alarms to expect per laboratory-year where nothing is wrong."""
        return sum(self.fixed.values()) + (self.remainder if self.tests else 0.0)

    def share(self, rule: str) -> float | None:
        """False alarms per laboratory-year of one rule; None for a logical rule."""
        if rule in self.fixed or rule in self.too_dear:
            return self.fixed.get(rule, self.too_dear.get(rule))
        if rule not in self.tests:
            return None
        return self.remainder * self.weights[rule] * self.tests[rule] / sum(self.tests.values())


def plan(
    asked: Iterable[tuple[Rule, RuleAnswer]],
    per_year: float,
    looks: Sequence[AuditRun],
    now: datetime,
) -> Budget:
    """The budget of a look, from the answers of the statistical rules that could judge."""
    statistical = [(rule, answer) for rule, answer in asked if answer.looked_at]
    fixed: dict[str, float] = {}
    too_dear: dict[str, float] = {}
    rates = ((rate, rule.id) for rule, answer in statistical if (rate := _rate(answer)) is not None)
    for rate, rule_id in sorted(rates):
        fits = sum(fixed.values()) + rate <= per_year
        (fixed if fits else too_dear)[rule_id] = rate
    tested = [(rule, answer) for rule, answer in statistical if _rate(answer) is None]
    tests = {rule.id: max(answer.looked_at, len(answer.findings)) for rule, answer in tested}
    remainder = max(0.0, per_year - sum(fixed.values()))
    spent = remainder * _years_since(looks, now) if tests else 0.0
    return Budget(
        per_year=per_year,
        fixed=fixed,
        too_dear=too_dear,
        remainder=remainder,
        spent=spent,
        level=level_for(spent),
        tests=tests,
        weights=_weights({rule.id: rule.share for rule, _ in tested}, tests),
    )


def _rate(answer: RuleAnswer) -> float | None:
    """The rate of a fixed limit; None where the rule's findings are judged by p-values."""
    if any(finding.p_value is not None for finding in answer.findings):
        return None
    return answer.expected_false


def _years_since(looks: Sequence[AuditRun], now: datetime) -> float:
    """Since the last look, in years and at most one; one before the first look."""
    earlier = [end for look in looks if (end := look.at.latest) is not None and end <= now]
    if not earlier:
        return 1.0
    return min(1.0, (now - max(earlier)).total_seconds() / (YEAR_DAYS * 86400))


def _weights(shares: Mapping[str, float], tests: Mapping[str, int]) -> dict[str, float]:
    """Weight of a rule's tests: its share of the budget over its share of the tests. Rules that
    claim no share are given the mean one."""
    claimed = [share for share in shares.values() if share > 0]
    mean = sum(claimed) / len(claimed) if claimed else 1.0
    given = {rule: share if share > 0 else mean for rule, share in shares.items()}
    total, n_tests = sum(given.values()), sum(tests.values())
    return {rule: given[rule] / total * n_tests / tests[rule] for rule in tests}


def level_for(spent: float) -> float:
    """The level q with q/(1-q)^2 = spent (Finner and Roters 2002).

    Where nothing is wrong, that many false alarms are shown on average (m -> infinity; a few
    tests show fewer).
    """
    return 2 * spent / (2 * spent + 1 + math.sqrt(4 * spent + 1))


def strong_enough(findings: Iterable[Finding], budget: Budget) -> frozenset[str]:
    """Ids of the findings with a p-value that pass the weighted procedure of this look."""
    weighed = sorted(
        (finding.p_value / budget.weights[finding.rule], finding.id)
        for finding in findings
        if finding.p_value is not None and finding.rule in budget.weights
    )
    n_tests = sum(budget.tests.values())
    passed = 0
    for rank, (weighted_p, _) in enumerate(weighed, start=1):
        if weighted_p <= rank * budget.level / n_tests:
            passed = rank
    return frozenset(id for _, id in weighed[:passed])
