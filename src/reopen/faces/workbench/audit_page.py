"""An audit as one HTML page. Not here: the template (`report/templates/audit.html.j2`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reopen import __version__
from reopen.faces.report.audit_views import (
    AuditView,
    FindingRow,
    FoundByRule,
    RuleRow,
    SeverityPart,
    UnableRow,
)
from reopen.faces.report.render import render
from reopen.faces.report.wording import chance_text
from reopen.faces.workbench.audit import Audited
from reopen.faces.workbench.audit_shown import MEANS, budget_told, counts, name_told, summary
from reopen.prove.rules import RULES
from reopen.records.findings import Finding, RuleAnswer, Severity

_COUNTED = (
    ("Rules hold", "holds"),
    ("Rules fail", "fails"),
    ("Cannot tell", "cannot_tell"),
    ("Open A", "A"),
    ("Open B", "B"),
    ("Open C", "C"),
    ("Disposed of", "disposed"),
)


def audit_page(done: Audited) -> str:
    """The page; it loads nothing."""
    return render(audit_view(done))


def audit_view(done: Audited) -> AuditView:
    """What the page shows."""
    audit, number = done.audit, counts(done)
    verdicts = (("holds", "holds"), ("fails", "fails"), ("cannot tell", "cannot_tell"))
    return AuditView(
        title=f"Audit of {done.unit}",
        unit=done.unit,
        made_by=done.by,
        made=f"{audit.now:%Y-%m-%d %H:%M} UTC",
        program=f"reopen {__version__}",
        summary=summary(done),
        counts=tuple((label, number[name]) for label, name in _COUNTED),
        parts=tuple(_part(done, severity) for severity in Severity),
        rules=tuple(_rule(each) for each in audit.answers),
        unable=tuple(_unable(each) for each in audit.answers if each.missing or each.could_not),
        notes=tuple((each.rule, note) for each in audit.answers for note in each.notes),
        held_back=_by_rule(done, audit.held_back),
        muted=tuple((each.rule, each.by, each.reason) for each in audit.muted),
        budget=budget_told(done),
        shares=_shares(done),
        settings=tuple(
            (name, f"{value:g}") for name, value in sorted(audit.settings.numbers.items())
        ),
        share_of=tuple((label, number[name] / number["rules"]) for label, name in verdicts),
        log=done.log,
    )


def _part(done: Audited, severity: Severity) -> SeverityPart:
    some = [each for each in done.audit.findings if each.severity is severity]
    return SeverityPart(severity.value, MEANS[severity], len(some), _by_rule(done, some))


def _by_rule(done: Audited, findings: Sequence[Finding]) -> tuple[FoundByRule, ...]:
    """Findings under the rules that made them, which stand in the order of the findings."""
    by_rule: dict[str, list[Finding]] = {}
    for each in findings:
        by_rule.setdefault(each.rule, []).append(each)
    return tuple(
        FoundByRule(
            id=rule,
            title=RULES[rule].title,
            asks=RULES[rule].asks,
            checks=RULES[rule].checks,
            expected_false=_rate(every[0].expected_false),
            findings=tuple(_finding(done, each) for each in every),
        )
        for rule, every in by_rule.items()
    )


def _finding(done: Audited, finding: Finding) -> FindingRow:
    last = done.audit.dispositions.get(finding.id)
    own = finding.explanations != RULES[finding.rule].checks
    return FindingRow(
        id=finding.id,
        rule=finding.rule,
        sentence=finding.sentence,
        case=finding.case or "",
        records=tuple(f"{ref.kind.replace('_', ' ')} {ref.id}" for ref in finding.records),
        figures=finding.figures,
        explanations=finding.explanations if own else (),
        helps_defence=finding.helps_defence,
        blind=finding.blind,
        names=tuple(name_told(done, ref.id) for ref in finding.records if ref.id in done.names),
        disposition="" if last is None else f"{last.outcome} by {last.by}: {last.reason}",
        ended=done.audit.disposed(finding) is not None,
    )


def _rule(answer: RuleAnswer) -> RuleRow:
    rule = RULES[answer.rule]
    return RuleRow(
        id=rule.id,
        title=rule.title,
        asks=rule.asks,
        kind=rule.kind.value,
        verdict=answer.verdict.value,
        looked_at=answer.looked_at,
        findings=len(answer.findings),
        could_not=len(answer.could_not),
        expected_false=_rate(answer.expected_false),
    )


def _unable(answer: RuleAnswer) -> UnableRow:
    reasons = Counter(reason for _, reason in answer.could_not)
    return UnableRow(
        answer.rule,
        RULES[answer.rule].title,
        tuple(reasons.most_common()),
        ", ".join(each.replace("_", " ") for each in answer.missing),
    )


def _shares(done: Audited) -> tuple[tuple[str, str, str], ...]:
    """Rule, false alarms a year, and how they are held: by a fixed limit or by p-values."""
    budget = done.audit.budget
    fixed = [(rule, _rate(rate), "a fixed limit") for rule, rate in budget.fixed.items()]
    dear = [
        (rule, _rate(rate), "a fixed limit that does not fit; held back")
        for rule, rate in budget.too_dear.items()
    ]
    tested = [
        (rule, _rate(budget.share(rule)), f"p-values of {tests} tests")
        for rule, tests in budget.tests.items()
    ]
    return (*fixed, *dear, *tested)


def _rate(rate: float | None) -> str:
    return "" if rate is None else chance_text(rate)
