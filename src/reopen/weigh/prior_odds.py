"""Odds after the DNA, for a reader who states the odds before it.

Odds after = LR times odds before (Bayes's theorem). The odds before rest on everything else in the
case and are nobody's to fill in but the reader's: there is no default. Not for: the LR, which says
what the DNA says, whatever the odds before.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite, log10

from reopen.errors import InvalidRecord


@dataclass(frozen=True, slots=True)
class PriorOdds:
    """Odds before the DNA that two profiles have the relation tested.

    odds  for, over against; with N people who may be the donor, each as likely, 1 / (N - 1)
    """

    odds: float

    def __post_init__(self) -> None:
        if not (isfinite(self.odds) and self.odds > 0):
            raise InvalidRecord(
                f"Prior odds of {self.odds:g}.",
                rule="Odds are a number above 0; no LR moves odds of 0.",
                way_on="Give odds such as 1/5000: 1 for, 5,000 against.",
            )

    def after_log10(self, log10_lr: float) -> float:
        """log10 of the odds after an LR."""
        return log10(self.odds) + log10_lr

    def probability(self, log10_lr: float) -> float:
        """The probability that belongs to the odds after an LR."""
        after = self.after_log10(log10_lr)
        return 1.0 / (1.0 + 10.0**-after) if after > -300 else 0.0


def read_prior_odds(text: str) -> PriorOdds:
    """Odds written as 1/5000, 1:5000 or 0.0002.

    Raises InvalidRecord for what is no odds.
    """
    before, mark, against = text.replace(":", "/").partition("/")
    try:
        return PriorOdds(float(before) / float(against) if mark else float(before))
    except (ValueError, ZeroDivisionError):
        raise InvalidRecord(
            f"Prior odds of {text!r}.",
            rule="Odds are a number above 0, or two numbers with a stroke or colon between them.",
            way_on="Give odds such as 1/5000: 1 for, 5,000 against.",
        ) from None
