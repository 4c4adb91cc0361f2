"""Audit: findings by severity with their records, how each ended, and what the rules answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Form, Query, Request
from starlette.responses import RedirectResponse, Response

from reopen.errors import InvalidRecord, UnknownName
from reopen.faces.web.names_in_paths import name_in_path
from reopen.faces.web.pages import Pages
from reopen.faces.web.shared import Changing, shared_of
from reopen.faces.web.shown.record_lines import RecordLine, record_line
from reopen.faces.web.words import interval
from reopen.faces.workbench.audit import dispose
from reopen.faces.workbench.audit_shown import MEANS, title_of
from reopen.prove.rules import RULES
from reopen.records.findings import (
    AuditRun,
    Disposition,
    Finding,
    Outcome,
    SealedName,
    Severity,
)
from reopen.store.reader import Reader

pages = Pages("Audit")
router = pages.router

Word = Annotated[str, Form(max_length=2000)]
MOST = 100
_ENDED = (Outcome.EXPLAINED, Outcome.CORRECTED)


@dataclass(frozen=True, slots=True)
class DispositionLine:
    outcome: str
    reason: str
    by: str
    at: str
    note: str


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A finding in the list. ended: how, by its last disposition; '' where there is none."""

    id: str
    rule: str
    title: str
    severity: str
    sentence: str
    case: str
    records: tuple[RecordLine, ...]
    ended: str
    is_open: bool
    blind: bool


@dataclass(frozen=True, slots=True)
class SeverityLine:
    """How many findings of a severity are open, and have ended."""

    severity: str
    means: str
    open: int
    ended: int


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Findings that the actor may see. last: when the unit was last audited, and by whom."""

    findings: tuple[FindingLine, ...]
    severities: tuple[SeverityLine, ...]
    which: str
    severity: str
    start: int
    total: int
    last: str
    last_by: str
    most: int = MOST


@dataclass(frozen=True, slots=True)
class FindingPage:
    """One finding.

    asks          what its rule asks
    checks        what to check first
    names         who it is about, for those who may know
    dispositions  the first one first
    """

    finding: FindingLine
    means: str
    asks: str
    checks: tuple[str, ...]
    figures: tuple[str, ...]
    expected_false: float | None
    helps_defence: bool
    names: tuple[str, ...]
    dispositions: tuple[DispositionLine, ...]
    outcomes: tuple[str, ...]


@pages.page("/audit", "audit.html.j2")
def audit_page(
    reader: Reader,
    which: Literal["open", "ended", "all"] = "open",
    severity: Literal["A", "B", "C", ""] = "",
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> AuditPage:
    """What the audit found that you may see, the gravest first."""
    last = _last(reader.all(Disposition))
    findings = sorted(reader.all(Finding), key=lambda each: (each.severity.value, each.rule))
    opened = {each.id for each in findings if not _has_ended(last.get(each.id))}
    wanted = [
        each
        for each in findings
        if which == "all" or (each.id in opened) == (which == "open")
        if not severity or each.severity.value == severity
    ]
    looks = list(reader.all(AuditRun))
    names = reader.names({looks[-1].by} if looks else ())
    return AuditPage(
        findings=tuple(_line(each, last.get(each.id)) for each in wanted[start : start + MOST]),
        severities=_severities(findings, opened),
        which=which,
        severity=severity,
        start=start,
        total=len(wanted),
        last=interval(looks[-1].at) if looks else "",
        last_by=names.get(looks[-1].by, looks[-1].by) if looks else "",
    )


def _severities(findings: Iterable[Finding], opened: set[str]) -> tuple[SeverityLine, ...]:
    number = Counter((each.severity, each.id in opened) for each in findings)
    return tuple(
        SeverityLine(each.value, MEANS[each], number[each, True], number[each, False])
        for each in Severity
    )


def _last(dispositions: Iterable[Disposition]) -> dict[str, Disposition]:
    return {each.finding: each for each in dispositions}


def _has_ended(last: Disposition | None) -> bool:
    return last is not None and last.outcome in _ENDED


def _line(each: Finding, last: Disposition | None) -> FindingLine:
    return FindingLine(
        id=each.id,
        rule=each.rule,
        title=title_of(each),
        severity=each.severity.value,
        sentence=each.sentence,
        case=each.case or "",
        records=tuple(record_line(ref) for ref in each.records),
        ended="" if last is None else f"{last.outcome.value} by {last.by}: {last.reason}",
        is_open=not _has_ended(last),
        blind=each.blind,
    )


@pages.page("/audit/{id}", "finding.html.j2")
def finding_page(reader: Reader, id: str) -> FindingPage:
    """One finding with its records, what to check first, and how it ended."""
    found = reader.get(Finding, id)
    if found is None:
        raise UnknownName(
            f"There is no finding {id!r} that {reader.actor} may see.",
            rule="A finding is named as in the list.",
            way_on="The page Audit lists those that you may see.",
        )
    every = [each for each in reader.all(Disposition) if each.finding == id]
    sealed = [ref.id for ref in found.records if ref.kind == SealedName.KIND]
    rule = RULES.get(found.rule)
    return FindingPage(
        finding=_line(found, every[-1] if every else None),
        means=MEANS[found.severity],
        asks=rule.asks if rule else "",
        checks=found.explanations or (rule.checks if rule else ()),
        figures=found.figures,
        expected_false=found.expected_false,
        helps_defence=found.helps_defence,
        names=tuple(
            ", ".join(filter(None, (name.person, name.profile, name.link)))
            for name in reader.some(SealedName, sealed)
        ),
        dispositions=tuple(
            DispositionLine(e.outcome.value, e.reason, e.by, interval(e.at), e.note) for e in every
        ),
        outcomes=tuple(Outcome),
    )


@pages.form("/audit")
def run_audit(request: Request, look: Changing) -> Response:
    asked = {"purpose": look.session.purpose, "supervisor": look.session.supervisor}
    id = shared_of(request).works.begin(look.actor, "audit", "Audit the unit", asked)
    return RedirectResponse(f"/runs/{id}", 303)


@pages.form("/audit/{id}/dispose")
def dispose_of(look: Changing, id: str, outcome: Word, reason: Word) -> Response:
    if outcome not in tuple(Outcome):
        raise InvalidRecord(
            f"{outcome!r} is no way for a finding to end.",
            rule="It is one of: " + ", ".join(Outcome) + ".",
            way_on="Choose one of them.",
        )
    with look.lent() as unit:
        dispose(
            unit, look.actor, id, outcome=Outcome(outcome), reason=reason,
            purpose=look.session.purpose, supervisor=look.session.supervisor,
        )  # fmt: skip
    return RedirectResponse(f"/audit/{name_in_path(id)}", 303)
