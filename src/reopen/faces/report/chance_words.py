"""How an expected number of chance links is told with the way it was worked out, and odds."""

from __future__ import annotations

from reopen.faces.report.wording import (
    chance_text,
    log10_text,
    plain_text,
    probability_text,
    ratio_text,
)
from reopen.records import ByChance, LeftOut
from reopen.weigh.prior_odds import PriorOdds


def by_chance_text(chance: ByChance | None) -> str:
    """ "0.012 expected (0.011 to 0.013); 2,000 comparisons by people drawn at random, 30 by the
    bound"; empty where nothing is known."""
    if chance is None:
        return ""
    ways = [
        (chance.exact, "exact"),
        (chance.sampled, "by people drawn at random"),
        (chance.bounded, "by the bound, 1 in LR"),
    ]
    used = [(n, words) for n, words in ways if n]
    told = ", ".join(f"{n:,} {'comparison' if n == 1 else 'comparisons'} {words}"
                     for n, words in used[:1])  # fmt: skip
    told += "".join(f", {n:,} {words}" for n, words in used[1:])
    return f"{_expected(chance)}; {told}" if told else _expected(chance)


def _expected(chance: ByChance) -> str:
    if not (chance.exact or chance.sampled):
        return f"at most {chance_text(chance.high)} expected"
    low, high = chance_text(chance.low), chance_text(chance.high)
    interval = "" if low == high else f" ({low} to {high})"
    return f"{chance_text(chance.expected)} expected{interval}"


def left_out_text(left: LeftOut) -> str:
    """What chance left out of a list: "312 not listed, stain with a relative of its donor (full
    siblings), with a log10 LR from 3.00 to 4.12: ..."."""
    low, high = log10_text(left.least_log10), log10_text(left.highest_log10)
    people = "person is" if left.most_chance == 1 else "people are"
    return (
        f"{left.n:,} not listed, {left.kind.value} ({left.relation}), with a log10 LR from {low} "
        f"to {high}: more than {left.most_chance:g} unrelated {people} expected to come as close "
        "in this search. A larger --chance lists them."
    )


def odds_text(log10: float) -> str:
    """Odds whose log10 is given: "52 to 1", "1 to 19"."""
    return f"{ratio_text(log10)} to 1" if log10 >= 0 else f"1 to {ratio_text(-log10)}"


def prior_text(prior: PriorOdds) -> str:
    """Odds before the DNA: "1 to 5 000"."""
    return (
        f"1 to {plain_text(1 / prior.odds)}" if prior.odds < 1 else f"{plain_text(prior.odds)} to 1"
    )


def posterior_text(prior: PriorOdds, log10_lr: float) -> str:
    """Odds after an LR, and their probability: "200 to 1, probability 0.995"."""
    probability = probability_text(prior.probability(log10_lr))
    return f"{odds_text(prior.after_log10(log10_lr))}, probability {probability}"
