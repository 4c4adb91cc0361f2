"""Expected numbers of chance links and odds, as they are told."""

from __future__ import annotations

from reopen.faces.report.chance_words import (
    by_chance_text,
    odds_text,
    posterior_text,
    prior_text,
)
from reopen.records import ByChance
from reopen.weigh.prior_odds import PriorOdds


def test_the_number_comes_with_its_interval_and_how_it_was_worked_out() -> None:
    mixed = ByChance(0.012, 0.011, 0.013, exact=40, sampled=2000, bounded=30)
    assert by_chance_text(mixed) == (
        "0.012 expected (0.011 to 0.013); 40 comparisons exact, 2,000 by people drawn at random, "
        "30 by the bound, 1 in LR"
    )
    assert by_chance_text(ByChance(2e-5, 2e-5, 2e-5, exact=1)) == (
        "2 × 10⁻⁵ expected; 1 comparison exact"
    )
    assert by_chance_text(ByChance(0.5, 0.0, 0.5, bounded=500)) == (
        "at most 0.5 expected; 500 comparisons by the bound, 1 in LR"
    )
    assert by_chance_text(None) == ""


def test_odds_are_told_whichever_way_they_go() -> None:
    assert odds_text(2.0) == "100 to 1"
    assert odds_text(-2.0) == "1 to 100"
    assert odds_text(0.0) == "1 to 1"
    assert prior_text(PriorOdds(1 / 200)) == "1 to 200"
    assert prior_text(PriorOdds(3)) == "3 to 1"
    assert posterior_text(PriorOdds(1 / 5000), 6.0) == "200 to 1, probability 0.995"
