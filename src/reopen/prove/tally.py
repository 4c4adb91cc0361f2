"""What a rule has found so far, what it could judge, and what it could not.

Mutable while one rule runs; its answer is a value. Not here: any rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from reopen.prove.rules import answer, finding
from reopen.records.base import Record, Ref
from reopen.records.findings import Finding, RuleAnswer, SealedName, Severity


@dataclass(slots=True)
class Tally:
    """The findings of one rule on one unit."""

    rule: str
    looked_at: int = 0
    findings: list[Finding] = field(default_factory=list)
    could_not: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    sealed: list[SealedName] = field(default_factory=list)

    def found(
        self,
        severity: Severity,
        sentence: str,
        records: Iterable[Record | Ref],
        *,
        known_by: Iterable[Record | Ref] | None = None,
        case: str | None = None,
        aspect: str = "",
        figures: tuple[str, ...] = (),
        p_value: float | None = None,
        expected_false: float | None = None,
        helps_defence: bool = True,
        blind: SealedName | None = None,
    ) -> None:
        """A finding; what casts doubt on a result may help a defence, so that is the default.
        blind: the name that the finding is about and does not say; it is sealed."""
        if blind is not None:
            self.sealed.append(blind)
            records = (*records, blind)
        self.findings.append(
            finding(
                self.rule,
                severity,
                sentence,
                records,
                known_by=known_by,
                case=case,
                aspect=aspect,
                figures=figures,
                p_value=p_value,
                expected_false=expected_false,
                helps_defence=helps_defence,
                blind=blind is not None,
            )
        )

    def unable(self, what: Record | Ref | str, reason: str) -> None:
        """Something that could not be judged, with the reason."""
        self.could_not.append((str(what.ref if isinstance(what, Record) else what), reason))

    def answer(self, *, expected_false: float | None = None) -> RuleAnswer:
        return answer(
            self.rule,
            self.findings,
            looked_at=self.looked_at,
            could_not=self.could_not,
            expected_false=expected_false,
            notes=self.notes,
            sealed=self.sealed,
        )
