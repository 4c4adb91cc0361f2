"""What a trust check found: a question with its records, never an accusation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from reopen.records.base import Record, Ref
from reopen.records.times import Interval


class Verdict(StrEnum):
    HOLDS = "holds"
    FAILS = "fails"
    CANNOT_TELL = "cannot tell"


class Severity(StrEnum):
    """A stops the link or result from being reported until disposed of; B is shown beside every
    use; C goes to the periodic audit."""

    A = "A"
    B = "B"
    C = "C"


SERIES = "SERIES"
"""In the place of a rule: found by a search, whose series of traces speaks against a conviction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding(Record):
    """One thing that does not fit, with the records that show it.

    id            rule and a hash of rule and records: the same finding has the same id each night
    rule          'C1' ... 'S6', or 'SERIES' of a search
    records       that cause it, the first being what it is about
    severity      of this finding
    sentence      what lacks what, in words that accuse nobody
    explanations  innocent ones to check first, with how
    expected_false  false alarms of its rule expected per laboratory-year; None for logical rules
    p_value       of a statistical test; None for logical rules and for fixed limits
    figures       raw and adjusted figures of a statistical rule, as text
    helps_defence disclosable
    blind         it touches a staff profile: who it is, is for the grant holder only
    """

    KIND: ClassVar[str] = "finding"

    rule: str
    records: tuple[Ref, ...]
    severity: Severity
    sentence: str
    explanations: tuple[str, ...] = ()
    expected_false: float | None = None
    p_value: float | None = None
    figures: tuple[str, ...] = ()
    helps_defence: bool = False
    blind: bool = False
    case: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedName(Record):
    """Who a blind finding is about. Only those granted the class STAFF may read it; everybody
    else sees its id, which says nothing about the person.

    person   the person, where known; of a concern, its subject
    profile  the staff profile
    link     the link it was found by
    """

    KIND: ClassVar[str] = "sealed_name"

    rule: str
    person: str | None = None
    profile: str | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """A rule's answer on one unit.

    looked_at   how many things the rule could judge; for a statistical rule, the tests it made
    could_not   things it could not judge, each with the reason: ('exhibit E1', 'no custody events')
    missing     kinds of record that the unit does not hold and the rule needs
    notes       facts that belong in the audit's appendix and are no findings by themselves: one
                late booking, where only a pattern of them is a finding
    expected_false  of a fixed limit, per laboratory-year; None where findings carry a p_value
    sealed      who blind findings are about
    """

    rule: str
    verdict: Verdict
    findings: tuple[Finding, ...] = ()
    looked_at: int = 0
    could_not: tuple[tuple[str, str], ...] = ()
    missing: tuple[str, ...] = ()
    expected_false: float | None = None
    notes: tuple[str, ...] = ()
    sealed: tuple[SealedName, ...] = ()


class Outcome(StrEnum):
    EXPLAINED = "explained"
    CORRECTED = "corrected"
    OPEN = "open"
    REFERRED = "referred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition(Record):
    """How a finding ended, by somebody who did not make the records it is about."""

    KIND: ClassVar[str] = "disposition"

    finding: str
    outcome: Outcome
    reason: str
    by: str
    at: Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRun(Record):
    """An audit as it was run, so that the next look knows what was spent and what stands.

    spent        false alarms of the budget that this look spent on tests with p-values
    rules        asked; cannot_tell: those of them that could not answer; muted: those set aside
    findings     ids of those shown; held_back: of those too weak for the budget at this look
    """

    KIND: ClassVar[str] = "audit_run"

    at: Interval
    by: str
    spent: float = 0.0
    rules: tuple[str, ...] = ()
    cannot_tell: tuple[str, ...] = ()
    muted: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()
