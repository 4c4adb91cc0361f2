"""The audit: every rule asked, false alarms kept to the budget, blind rules kept blind.

    audit(holdings, settings) -> Audit

Not here: the rules, where findings are kept (`store`), how they are shown (`faces`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from reopen.prove.budget import Budget, plan, strong_enough
from reopen.prove.holdings import Holdings
from reopen.prove.rules import RULES, Rule, RuleClass, Settings, ask
from reopen.records.base import Record
from reopen.records.findings import (
    AuditRun,
    Disposition,
    Finding,
    Outcome,
    RuleAnswer,
    SealedName,
    Severity,
    Verdict,
)
from reopen.records.organisation import RuleSetting
from reopen.records.times import Interval

Progress = Callable[[str, int, int], None]
BUDGET = "audit.false_alarms"
"""Name of the setting that holds the budget itself."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found.

    answers       one for each rule asked, in the order of the catalogue, without what was held back
    findings      of rules that are not muted, gravest first
    held_back     statistical findings too weak for the budget at this look
    sealed        who blind findings are about, for those granted the class STAFF alone
    muted         settings by which rules are muted; their answers stay among `answers`
    dispositions  finding id -> the last disposition
    budget        how the false alarms were shared out
    settings      in force, with the changes that the unit has recorded
    """

    now: datetime
    answers: tuple[RuleAnswer, ...]
    findings: tuple[Finding, ...]
    held_back: tuple[Finding, ...] = ()
    sealed: tuple[SealedName, ...] = ()
    muted: tuple[RuleSetting, ...] = ()
    dispositions: Mapping[str, Disposition] = field(default_factory=dict)
    budget: Budget = field(default_factory=lambda: Budget(0.0))
    settings: Settings = field(default_factory=Settings)

    @property
    def expected_false(self) -> float:
        """False alarms to expect per laboratory-year, over all statistical rules that answered."""
        return self.budget.expected_false

    @property
    def cannot_tell(self) -> tuple[RuleAnswer, ...]:
        return tuple(each for each in self.answers if each.verdict is Verdict.CANNOT_TELL)

    def disposed(self, finding: Finding) -> Disposition | None:
        """The disposition that ended a finding; None while it is open or referred."""
        last = self.dispositions.get(finding.id)
        ended = last is not None and last.outcome in (Outcome.EXPLAINED, Outcome.CORRECTED)
        return last if ended else None

    @property
    def open(self) -> tuple[Finding, ...]:
        """Findings that no disposition has ended."""
        return tuple(each for each in self.findings if self.disposed(each) is None)

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """Open findings of severity A: their links and results are not reported until they are
        disposed of."""
        return tuple(each for each in self.open if each.severity is Severity.A)

    def as_run(self, by: str) -> AuditRun:
        """The record of this look."""
        return AuditRun(
            id=f"audit {self.now.isoformat(timespec='microseconds')}",
            at=Interval.at(self.now),
            by=by,
            spent=self.budget.spent,
            rules=tuple(each.rule for each in self.answers),
            cannot_tell=tuple(each.rule for each in self.cannot_tell),
            muted=tuple(each.rule for each in self.muted),
            findings=tuple(each.id for each in self.findings),
            held_back=tuple(each.id for each in self.held_back),
        )


def audit(
    holdings: Holdings,
    settings: Settings | None = None,
    *,
    looks: Sequence[AuditRun] | None = None,
    staff: Iterable[Record] = (),
    only: Iterable[str] | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Ask every rule of the catalogue.

    looks  earlier audits of the unit; those that `holdings` hold unless given. What a look has
           shown stays shown without being paid for again.
    staff  records of the class STAFF that the asker may not see; only blind rules read them
    only   ids of the rules to ask; all unless given
    """
    looks = holdings.of(AuditRun) if looks is None else looks
    settings = settings_in_force(holdings, settings or Settings())
    sealed_too = holdings.with_records(staff)
    rules = [RULES[id] for id in in_order(RULES if only is None else only)]
    asked: list[tuple[Rule, RuleAnswer]] = []
    for n, rule in enumerate(rules, start=1):
        asked.append((rule, ask(rule, sealed_too if rule.blind else holdings, settings)))
        if progress is not None:
            progress("auditing", n, len(rules))
    statistical = [each for each in asked if each[0].kind is RuleClass.STATISTICAL]
    budget = plan(statistical, settings.false_alarms, looks, holdings.now)
    weak = _too_weak(statistical, budget, looks)
    answers = tuple(_without(answer, weak, budget) for _, answer in asked)
    muted = muted_rules(holdings)
    silent = {each.rule for each in muted}
    return Audit(
        now=holdings.now,
        answers=answers,
        findings=tuple(
            sorted((f for a in answers if a.rule not in silent for f in a.findings), key=_gravity)
        ),
        held_back=tuple(f for _, a in statistical for f in a.findings if f.id in weak),
        sealed=tuple(name for each in answers for name in each.sealed),
        muted=muted,
        dispositions={each.finding: each for each in holdings.of(Disposition)},
        budget=budget,
        settings=settings,
    )


def settings_in_force(holdings: Holdings, settings: Settings) -> Settings:
    """The settings with the changes that the unit has recorded, the latest last."""
    numbers = dict(settings.numbers)
    for change in holdings.of(RuleSetting):
        if change.setting and change.after is not None:
            numbers[change.setting] = change.after
    return Settings(numbers, numbers.pop(BUDGET, settings.false_alarms))


def muted_rules(holdings: Holdings) -> tuple[RuleSetting, ...]:
    """For each rule that is muted now, the record that muted it."""
    last = {each.rule: each for each in holdings.of(RuleSetting) if not each.setting}
    return tuple(each for each in last.values() if each.muted)


def in_order(rules: Iterable[str]) -> list[str]:
    """Rule ids in the order of the catalogue: by letter, then by number."""
    return sorted(rules, key=_place)


def _place(rule: str) -> tuple[int, int]:
    return "CLRXPS".find(rule[0]), int(rule[1:])


def _too_weak(
    asked: Iterable[tuple[Rule, RuleAnswer]], budget: Budget, looks: Sequence[AuditRun]
) -> frozenset[str]:
    """Statistical findings that this look may not show and no earlier one has shown."""
    findings = [finding for _, answer in asked for finding in answer.findings]
    standing = {id for look in looks for id in look.findings}
    strong = strong_enough((each for each in findings if each.id not in standing), budget)
    shown = standing | strong
    return frozenset(
        each.id
        for each in findings
        if each.id not in shown and (each.p_value is not None or each.rule in budget.too_dear)
    )


def _without(answer: RuleAnswer, weak: frozenset[str], budget: Budget) -> RuleAnswer:
    """An answer without the findings held back, the others with what false alarms to expect."""
    share = budget.share(answer.rule)
    kept = tuple(
        each if share is None else replace(each, expected_false=share)
        for each in answer.findings
        if each.id not in weak
    )
    named = {ref.id for each in kept for ref in each.records}
    return replace(
        answer,
        findings=kept,
        verdict=Verdict.HOLDS if answer.findings and not kept else answer.verdict,
        sealed=tuple(each for each in answer.sealed if each.id in named),
        expected_false=answer.expected_false if share is None else share,
    )


def _gravity(finding: Finding) -> tuple[str, tuple[int, int], str]:
    return finding.severity.value, _place(finding.rule), finding.id
