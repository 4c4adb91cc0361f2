"""What the page of an audit shows, as values. Not here: the page (`audit.html.j2`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with what helps to look into it.

    explanations  innocent ones to check first, where they differ from the rule's own
    names         who it is about, for readers who may know
    disposition   how it ended, in words; empty while open
    """

    id: str
    rule: str
    sentence: str
    case: str
    records: tuple[str, ...]
    figures: tuple[str, ...]
    explanations: tuple[str, ...]
    helps_defence: bool
    blind: bool
    names: tuple[str, ...]
    disposition: str
    ended: bool


@dataclass(frozen=True, slots=True)
class FoundByRule:
    """The findings of one rule at one severity, with what to check first."""

    id: str
    title: str
    asks: str
    checks: tuple[str, ...]
    expected_false: str
    findings: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class SeverityPart:
    """The findings of one severity, by rule, and what that severity means."""

    severity: str
    means: str
    count: int
    rules: tuple[FoundByRule, ...]


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule's answer: holds, fails, cannot tell."""

    id: str
    title: str
    asks: str
    kind: str
    verdict: str
    looked_at: int
    findings: int
    could_not: int
    expected_false: str


@dataclass(frozen=True, slots=True)
class UnableRow:
    """What a rule could not judge, and why. missing: the unit lacks the records altogether."""

    rule: str
    title: str
    reasons: tuple[tuple[str, int], ...]
    missing: str


@dataclass(frozen=True, slots=True)
class AuditView:
    """An audit of a unit."""

    title: str
    unit: str
    made_by: str
    made: str
    program: str
    summary: str
    counts: tuple[tuple[str, int], ...]
    parts: tuple[SeverityPart, ...]
    rules: tuple[RuleRow, ...]
    unable: tuple[UnableRow, ...]
    notes: tuple[tuple[str, str], ...]
    held_back: tuple[FoundByRule, ...]
    muted: tuple[tuple[str, str, str], ...]
    budget: str
    shares: tuple[tuple[str, str, str], ...]
    settings: tuple[tuple[str, str], ...]
    share_of: tuple[tuple[str, float], ...]
    log: tuple[str, ...]
