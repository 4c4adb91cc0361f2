"""What is thought of assignments before the DNA: the prior, and evidence that is not DNA.

A result names its prior in words, always. Sources: Budowle et al. 2011, on priors for the missing;
Vigeland and Egeland 2021, on the flat prior over assignments.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import inf, isfinite, log

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records._frozen import Frozen


@dataclass(frozen=True, slots=True)
class Prior:
    """Before the DNA, by default, every assignment is as probable as every other.

    listed    victim -> probability that it is one of the missing listed, whichever: spread evenly
              over those whose sex it may have. For victims not named: flat
    closed    every victim is one of the missing listed; nobody remains unassigned
    evidence  (victim, missing) -> likelihood ratio of what is not DNA: age, stature, teeth, place.
              Multiplied in; 0 rules the pair out
    """

    listed: Mapping[str, float] = field(default_factory=dict)
    closed: bool = False
    evidence: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "listed", Frozen(self.listed))
        object.__setattr__(self, "evidence", Frozen(self.evidence))
        for victim, probability in self.listed.items():
            if not 0 <= probability <= 1:
                raise InvalidRecord(
                    f"Probability {probability} that {victim} is one of the missing.",
                    rule="A probability lies between 0 and 1.",
                    way_on="Give 1 for a closed list, or leave the victim out for a flat prior.",
                )
        for (victim, missing), ratio in self.evidence.items():
            if not (isfinite(ratio) and ratio >= 0):
                raise InvalidRecord(
                    f"A likelihood ratio of {ratio} for {victim} as {missing}, beside the DNA.",
                    rule="A likelihood ratio is 0 (ruled out) or a positive number.",
                    way_on="Give 1 for evidence that says nothing.",
                )

    def required(self, victims: Collection[str]) -> frozenset[str]:
        """Victims who cannot remain unassigned."""
        if self.closed:
            return frozenset(victims)
        return frozenset(victim for victim in victims if self.listed.get(victim) == 1)

    def ln_weight(self, victim: str, missing: str, choices: int) -> float:
        """What putting a victim in a missing person's place adds to the log weight.

        choices  missing people whose sex the victim may have
        """
        ratio = self.evidence.get((victim, missing), 1.0)
        listed = self.listed.get(victim)
        if listed is None or self.closed:
            return _ln(ratio)
        if listed == 1:
            return _ln(ratio) - log(choices)
        return _ln(ratio) + _ln(listed / (1 - listed) / choices)

    def check_names(self, victims: Collection[str], missing: Collection[str]) -> None:
        """Raises CannotWeigh where the prior speaks of somebody who is not in the case."""
        named = {*self.listed, *(victim for victim, _ in self.evidence)} - set(victims)
        sought = {name for _, name in self.evidence} - set(missing)
        for names, what, known in ((named, "victim", victims), (sought, "missing", missing)):
            if names:
                raise CannotWeigh(
                    f"The prior names {min(names)}, who is no {what} of the case.",
                    rule="A prior is about the victims and the missing of its case.",
                    way_on=f"Name one of: {', '.join(sorted(known))}.",
                )

    @property
    def told(self) -> str:
        """The prior in a sentence or two."""
        if self.closed:
            first = (
                "Closed list: every victim is one of the missing listed; all assignments that "
                "leave no victim out are as probable as each other beforehand."
            )
        elif self.listed:
            named = ", ".join(f"{name} {p:g}" for name, p in sorted(self.listed.items()))
            first = (
                "Open list: before the DNA, the probability of being one of the missing listed, "
                f"spread evenly over them, is: {named}. Of other victims, being any one of the "
                "missing and being none are as probable as each other."
            )
        else:
            first = (
                "Flat prior, open list: before the DNA, every assignment of victims to missing "
                "people or to nobody is as probable as every other."
            )
        if self.evidence:
            n = len(self.evidence)
            pairs = f"{n} pair{'' if n == 1 else 's'}"
            return f"{first} Likelihood ratios of other evidence are multiplied in for {pairs}."
        return first


FLAT = Prior()


def _ln(value: float) -> float:
    return log(value) if value > 0 else -inf
