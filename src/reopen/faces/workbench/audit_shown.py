"""An audit as text for the terminal and as JSON. Not here: the page (`audit_page`)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from reopen.faces.report.wording import chance_text
from reopen.faces.workbench.audit import Audited, Disposed
from reopen.faces.workbench.tables import WIDTH, bullets, paragraph, table
from reopen.prove.rules import RULES
from reopen.records.findings import Finding, RuleAnswer, Severity, Verdict
from reopen.records.plain import Plain, to_plain

MEANS = {
    Severity.A: "stops the link or result from being reported until disposed of",
    Severity.B: "is shown beside every use",
    Severity.C: "goes to the periodic audit",
}
_SHOWN = 3
"""Findings of one rule that the terminal shows; the page and the JSON have all."""


def title_of(finding: Finding) -> str:
    """What its rule is called; searches find series that speak against convictions."""
    rule = RULES.get(finding.rule)
    return rule.title if rule else "series against a conviction"


def audit_json(done: Audited) -> str:
    """An audit as JSON, with every finding, answer and reason in full."""
    audit = done.audit
    asked = {each.rule for each in audit.answers}
    plain = {
        "unit": done.unit,
        "by": done.by,
        "at": audit.now.isoformat(),
        "kept": done.kept,
        "log": list(done.log),
        "series": [to_plain(each) for each in done.alerts],
        "counts": counts(done),
        "findings": [_finding_plain(done, each) for each in audit.findings],
        "held_back": [to_plain(each) for each in audit.held_back],
        "answers": [_answer_plain(each) for each in audit.answers],
        "muted": [to_plain(each) for each in audit.muted],
        "false_alarms": {
            "budget_per_year": audit.budget.per_year,
            "expected_per_year": audit.expected_false,
            "fixed": dict(audit.budget.fixed),
            "too_dear": dict(audit.budget.too_dear),
            "spent_by_this_look": audit.budget.spent,
            "level": audit.budget.level,
            "tests": {rule: n for rule, n in audit.budget.tests.items() if rule in asked},
        },
        "settings": dict(audit.settings.numbers),
    }
    return json.dumps(plain, indent=2, ensure_ascii=False)


def _finding_plain(done: Audited, finding: Finding) -> dict[str, object]:
    last = done.audit.dispositions.get(finding.id)
    return {
        "title": RULES[finding.rule].title,
        **to_plain(finding),
        "records": [str(ref) for ref in finding.records],
        "disposition": None if last is None else to_plain(last),
        "names": [to_plain(done.names[ref.id]) for ref in finding.records if ref.id in done.names],
    }


def _answer_plain(answer: RuleAnswer) -> dict[str, Plain]:
    rule = RULES[answer.rule]
    return {
        "rule": answer.rule,
        "title": rule.title,
        "kind": rule.kind.value,
        "asks": rule.asks,
        "verdict": answer.verdict.value,
        "looked_at": answer.looked_at,
        "findings": [each.id for each in answer.findings],
        "could_not": [list(each) for each in answer.could_not],
        "missing": list(answer.missing),
        "notes": list(answer.notes),
        "expected_false": answer.expected_false,
    }


def counts(done: Audited) -> dict[str, int]:
    """How many rules gave which answer, and how many findings are of which kind."""
    audit = done.audit
    given = [each.verdict for each in audit.answers]
    severities = [each.severity for each in audit.open]
    return {
        "rules": len(given),
        "holds": given.count(Verdict.HOLDS),
        "fails": given.count(Verdict.FAILS),
        "cannot_tell": given.count(Verdict.CANNOT_TELL),
        "A": severities.count(Severity.A),
        "B": severities.count(Severity.B),
        "C": severities.count(Severity.C),
        "disposed": len(audit.findings) - len(audit.open),
        "held_back": len(audit.held_back),
        "could_not": sum(len(each.could_not) for each in audit.answers),
    }


def summary(done: Audited) -> str:
    """What came out, in one paragraph."""
    number = counts(done)
    stops = number["A"]
    return (
        f"{number['rules']} rules asked: {number['holds']} hold, {number['fails']} fail, "
        f"{number['cannot_tell']} cannot tell. Open findings: {number['A']} A, {number['B']} B, "
        f"{number['C']} C; disposed of: {number['disposed']}. "
        + (
            "What A findings are about is not reported until they are disposed of. "
            if stops
            else ""
        )
        + _of_series(done)
        + ("What rules on staff answered is left to their reviewers. " if done.partly else "")
        + "A finding is a question with its records, not an accusation."
    )


def _of_series(done: Audited) -> str:
    """Convictions are no rule's business: searches ask about them."""
    n = len(done.alerts)
    if not n:
        return ""
    return (
        f"Series of traces speak against {n} conviction{'s' if n > 1 else ''} "
        f"({', '.join(each.id for each in done.alerts)}): `reopen series` tells them. "
    )


def audit_text(done: Audited, width: int = WIDTH) -> str:
    """An audit: what came out, findings by severity, what could not be told, the budget."""
    parts = [paragraph(summary(done), width=width)]
    for severity in Severity:
        some = [each for each in done.audit.findings if each.severity is severity]
        if some:
            parts.append(f"{severity} {MEANS[severity]}\n" + _findings(done, some, width))
    parts.append(_rules(done))
    parts.extend(_rest(done, width))
    return "\n\n".join(parts)


def _findings(done: Audited, findings: list[Finding], width: int) -> str:
    """The first findings of each rule, and how many more there are."""
    by_rule: dict[str, list[Finding]] = {}
    for each in findings:
        by_rule.setdefault(each.rule, []).append(each)
    told: list[str] = []
    for rule, every in by_rule.items():
        told.extend(_told(done, each) for each in every[:_SHOWN])
        if len(every) > _SHOWN:
            told.append(f"{rule}: {len(every) - _SHOWN} more; all are in the page and the JSON")
    return bullets(told, width)


def _told(done: Audited, finding: Finding) -> str:
    last = done.audit.dispositions.get(finding.id)
    ended = f" [{last.outcome} by {last.by}: {last.reason}]" if last else ""
    names = "".join(
        f" Name, for class STAFF: {name_told(done, ref.id)}."
        for ref in finding.records
        if ref.id in done.names
    )
    figures = f" ({'; '.join(finding.figures)})" if finding.figures else ""
    return f"{finding.id} {RULES[finding.rule].title}: {finding.sentence}{figures}{names}{ended}"


def name_told(done: Audited, sealed: str) -> str:
    """A sealed name in words, for somebody who may read it."""
    name = done.names[sealed]
    return ", ".join(each for each in (name.person, name.profile, name.link) if each)


def _rules(done: Audited) -> str:
    rows = [
        (
            each.rule,
            RULES[each.rule].title,
            each.verdict.value,
            str(each.looked_at),
            str(len(each.findings)),
            str(len(each.could_not)),
        )
        for each in done.audit.answers
        if each.verdict is not Verdict.CANNOT_TELL
    ]
    if not rows:
        return "No rule could judge anything."
    header = ("Rule", "Title", "Answer", "Looked at", "Findings", "Could not")
    return table(header, rows, right="lllrrr")


def _rest(done: Audited, width: int) -> Iterable[str]:
    audit = done.audit
    unable = [f"{each.rule} {RULES[each.rule].title}: {why(each)}" for each in audit.cannot_tell]
    if unable:
        yield f"Cannot tell ({len(unable)}); silence is not health:\n" + bullets(unable, width)
    if audit.muted:
        muted = [f"{each.rule} by {each.by}: {each.reason or 'no reason'}" for each in audit.muted]
        yield "Muted rules; asked, but not shown above:\n" + bullets(muted, width)
    yield paragraph(budget_told(done), width=width)
    yield paragraph(" ".join(done.log), width=width)


def why(answer: RuleAnswer) -> str:
    """Why a rule could not tell."""
    if answer.missing:
        kinds = ", ".join(each.replace("_", " ") for each in answer.missing)
        return f"the unit holds no {kinds}"
    reasons = list(dict.fromkeys(reason for _, reason in answer.could_not))
    return "; ".join(reasons[:3]) or "nothing to judge yet"


def budget_told(done: Audited) -> str:
    """The budget of false alarms in words."""
    audit = done.audit
    held = len(audit.held_back)
    spent = chance_text(audit.budget.spent)
    return (
        f"False alarms to expect where nothing is wrong: {chance_text(audit.expected_false)} a "
        f"laboratory-year, of a budget of {audit.budget.per_year:g}. "
        + (
            f"By the time that has passed, this look may spend {spent}. "
            if audit.budget.tests
            else "This look has no test that spends any. "
        )
        + (f"{held} statistical findings are too weak for it and held back." if held else "")
    ).strip()


def disposed_text(done: Disposed) -> str:
    """A disposition as kept."""
    alone = " You are the unit's only actor; that is written beside it." if done.alone else ""
    return (
        f"{done.finding.id} is {done.disposition.outcome}, by {done.disposition.by}: "
        f"{done.disposition.reason}.{alone}"
    )


def disposed_json(done: Disposed) -> str:
    plain = {"finding": to_plain(done.finding), "disposition": to_plain(done.disposition)}
    return json.dumps(plain, indent=2, ensure_ascii=False)
