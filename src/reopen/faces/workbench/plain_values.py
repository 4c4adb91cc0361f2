"""What JSON holds, and what took no part as such. Loads no kernels: any command may use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from reopen.records import NotWeighed
from reopen.weigh.prior_odds import PriorOdds

Plain: TypeAlias = bool | int | float | str | Sequence["Plain"] | Mapping[str, "Plain"] | None


def not_weighed_plain(items: Sequence[NotWeighed]) -> Plain:
    """What took no part, with reason and place."""
    return [
        {
            "what": item.what,
            "reason": item.reason,
            "file": item.where.file if item.where else None,
            "line": item.where.line if item.where else None,
            "field": (item.where.field or None) if item.where else None,
        }
        for item in items
    ]


def odds_plain(prior: PriorOdds, log10_lr: float) -> Plain:
    """Odds after the DNA and their probability."""
    return {
        "log10_odds": prior.after_log10(log10_lr),
        "probability": prior.probability(log10_lr),
    }
