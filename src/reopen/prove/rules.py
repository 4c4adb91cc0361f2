"""The catalogue of the audit: what a rule is, how it answers, and the list of all of them.

A rule reads `Holdings` and returns a `RuleAnswer`: holds, fails, or cannot tell. Logical rules need
no statistics and speak on one case. Statistical rules state their test, the group compared with,
and the false alarms to expect; over all of them together the budget is one per laboratory-year.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from reopen.prove.holdings import Holdings
from reopen.records.base import Record, Ref
from reopen.records.findings import Finding, RuleAnswer, SealedName, Severity, Verdict


class RuleClass(StrEnum):
    LOGICAL = "logical"
    STATISTICAL = "statistical"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a unit may set. numbers: 'C5.shift_hours' -> value; defaults are each rule's own.

    false_alarms  budget per laboratory-year, over all statistical rules together
    """

    numbers: Mapping[str, float] = field(default_factory=dict)
    false_alarms: float = 1.0

    def number(self, name: str, default: float) -> float:
        return self.numbers.get(name, default)


Check = Callable[[Holdings, Settings], RuleAnswer]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue.

    needs     kinds of record without which it cannot tell
    severity  of its gravest finding
    asks      the question it answers, in one sentence that accuses nobody
    checks    innocent explanations to look into first
    learnt    the published cases it was learnt from (docs/audit.md)
    share     of the false-alarm budget, for statistical rules
    numbers   settings it reads, with their defaults and units in words
    blind     it reads records of the class STAFF that the asker may not see
    """

    id: str
    title: str
    kind: RuleClass
    severity: Severity
    needs: tuple[type[Record], ...]
    asks: str
    checks: tuple[str, ...]
    check: Check
    learnt: str = ""
    share: float = 0.0
    numbers: Mapping[str, tuple[float, str]] = field(default_factory=dict)
    blind: bool = False


RULES: dict[str, Rule] = {}
"""Rule id -> rule; filled when `reopen.prove` is imported."""


def rule(
    id: str,
    title: str,
    *,
    severity: Severity,
    needs: tuple[type[Record], ...],
    asks: str,
    checks: tuple[str, ...],
    statistical: bool = False,
    learnt: str = "",
    share: float = 0.0,
    numbers: Mapping[str, tuple[float, str]] | None = None,
    blind: bool = False,
) -> Callable[[Check], Check]:
    """Enter a function into the catalogue."""

    def enter(check: Check) -> Check:
        kind = RuleClass.STATISTICAL if statistical else RuleClass.LOGICAL
        RULES[id] = Rule(
            id,
            title,
            kind,
            severity,
            needs,
            asks,
            checks,
            check,
            learnt,
            share,
            numbers or {},
            blind,
        )
        return check

    return enter


def ask(one: Rule, holdings: Holdings, settings: Settings | None = None) -> RuleAnswer:
    """A rule's answer: 'cannot tell' where the unit lacks a kind of record the rule needs."""
    missing = tuple(kind.KIND for kind in one.needs if not holdings.holds(kind))
    if missing:
        return RuleAnswer(one.id, Verdict.CANNOT_TELL, missing=missing)
    return one.check(holdings, settings or Settings())


def answer(
    rule: str,
    findings: Iterable[Finding],
    *,
    looked_at: int,
    could_not: Iterable[tuple[str, str]] = (),
    expected_false: float | None = None,
    notes: Iterable[str] = (),
    sealed: Iterable[SealedName] = (),
) -> RuleAnswer:
    """Fails with a finding, holds where something was judged, else cannot tell."""
    found, unable = tuple(findings), tuple(could_not)
    unhurt = Verdict.HOLDS if looked_at else Verdict.CANNOT_TELL
    verdict = Verdict.FAILS if found else unhurt
    return RuleAnswer(
        rule,
        verdict,
        found,
        looked_at=looked_at,
        could_not=unable,
        expected_false=expected_false,
        notes=tuple(notes),
        sealed=tuple(sealed),
    )


def finding(
    rule: str,
    severity: Severity,
    sentence: str,
    records: Iterable[Record | Ref],
    *,
    known_by: Iterable[Record | Ref] | None = None,
    case: str | None = None,
    expected_false: float | None = None,
    p_value: float | None = None,
    figures: tuple[str, ...] = (),
    explanations: tuple[str, ...] | None = None,
    helps_defence: bool = False,
    blind: bool = False,
    aspect: str = "",
) -> Finding:
    """A finding whose id depends on the rule and its records alone, so that it is the same every
    night. known_by: those of the records that the id is made of, where others join them from night
    to night. aspect: which of several questions about the same records it is ('no negative'), so
    that each has its own id. explanations: the rule's own `checks` unless given."""
    refs = _refs(records)
    known = refs if known_by is None else _refs(known_by)
    return Finding(
        id=f"{rule}-{_digest(rule, known, aspect)}",
        rule=rule,
        records=refs,
        severity=severity,
        sentence=sentence,
        explanations=RULES[rule].checks if explanations is None else explanations,
        expected_false=expected_false,
        p_value=p_value,
        figures=figures,
        helps_defence=helps_defence,
        blind=blind,
        case=case,
    )


def sealed_name(
    rule: str,
    about: Iterable[Record | Ref],
    *,
    place: int = 1,
    person: str | None = None,
    profile: str | None = None,
    link: str | None = None,
) -> SealedName:
    """A name behind an id made of the rule, the open records it is about and its place among the
    names sealed there: neither the id nor a list of all staff tells who it is."""
    return SealedName(
        id=f"{rule}-sealed-{_digest(rule, _refs(about))}-{place}",
        rule=rule,
        person=person,
        profile=profile,
        link=link,
    )


def _refs(records: Iterable[Record | Ref]) -> tuple[Ref, ...]:
    return tuple(each.ref if isinstance(each, Record) else each for each in records)


def _digest(rule: str, refs: Iterable[Ref], aspect: str = "") -> str:
    parts = [rule, *(f"{ref.kind}\t{ref.id}" for ref in refs), *([aspect] if aspect else [])]
    named = "\n".join(parts)
    return hashlib.sha256(named.encode()).hexdigest()[:12]
