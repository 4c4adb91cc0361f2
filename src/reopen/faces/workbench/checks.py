"""An expected number beside ours, and how the comparison came out.

Not for: where expected numbers come from (`reference_cases`), computing ours (`validate`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from reopen.records import NotWeighed


class Outcome(Enum):
    """How a comparison came out.

    HOLDS   within the tolerance
    HIGHER  our maximum of the likelihood is above the best known, by more than the tolerance: the
            expected number rests on parameters that are not the best. Nearer the truth, and to be
            looked at
    FAILS   anything else
    """

    HOLDS = "holds"
    HIGHER = "higher maximum"
    FAILS = "fails"


@dataclass(frozen=True, slots=True)
class Check:
    """An expected number beside ours. difference: ours less the expected one."""

    quantity: str
    expected: float
    got: float
    tolerance: float
    outcome: Outcome

    @property
    def holds(self) -> bool:
        return self.outcome is Outcome.HOLDS

    @property
    def fails(self) -> bool:
        return self.outcome is Outcome.FAILS

    @property
    def difference(self) -> float:
        return 0.0 if self.got == self.expected else self.got - self.expected


@dataclass(frozen=True, slots=True)
class CaseChecks:
    """What came of one case. unsupported: expected numbers that were not computed, and why."""

    id: str
    title: str
    checks: tuple[Check, ...]
    unsupported: tuple[NotWeighed, ...]


def check(
    quantity: str, expected: float, got: float, tolerance: float, *, higher: bool = False
) -> Check:
    """Compare two numbers; infinite ones are equal or not.

    higher  our maxima lie above the best known, which accounts for a difference
    """
    near = got == expected or abs(got - expected) <= tolerance
    missed = Outcome.HIGHER if higher else Outcome.FAILS
    return Check(quantity, expected, got, tolerance, Outcome.HOLDS if near else missed)
