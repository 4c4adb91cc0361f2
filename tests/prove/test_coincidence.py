"""Weighing a meeting in the laboratory, against the figures of the rules' document and by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest

from reopen.errors import InvalidRecord
from reopen.prove.coincidence import (
    Meeting,
    explain,
    figures,
    in_one_batch,
    prior_needed,
    within_days,
)


@pytest.mark.parametrize(
    ("meeting", "chance", "odds"),
    [
        (in_one_batch(96, 5000), 0.019, 47),
        (within_days(1), 0.008, 110),
        (within_days(7), 0.041, 22),
    ],
)
def test_the_documents_figures(meeting: Meeting, chance: float, odds: float) -> None:
    assert meeting.chance == pytest.approx(chance, abs=5e-4)
    assert float(f"{meeting.odds:.2g}") == odds


def test_chance_of_one_batch_by_counting_pairs() -> None:
    # 52 batches of 96: each sample has 95 mates among the 4,991 others
    exact = Fraction(95, 52 * 96 - 1)
    assert in_one_batch(96, 52 * 96).chance == pytest.approx(float(exact), rel=0.02)


def test_chance_of_days_by_counting() -> None:
    pairs = [(a, b) for a in range(365) for b in range(365)]
    # the year as a circle, so that its ends do not count for less
    near = sum(min((a - b) % 365, (b - a) % 365) <= 7 for a, b in pairs)
    assert within_days(7).chance == pytest.approx(near / len(pairs))


def test_three_explanations_by_hand() -> None:
    # prior 1/10, contamination 1/100, odds 9 (chance 1/10, needed 9/10), LR 1,000, 10 compared:
    # weights 1/10 ; 9/100 ; 89/100 * 10/1000 = 89/10000  -> 1000 : 900 : 89 of 1989
    weighed = explain(
        3.0,
        prior_link=0.1,
        meeting=Meeting("by hand", 0.1),
        contamination_rate=0.01,
        compared=10,
    )
    assert weighed.same_person == pytest.approx(1000 / 1989)
    assert weighed.contamination == pytest.approx(900 / 1989)
    assert weighed.chance_match == pytest.approx(89 / 1989)


def test_the_meeting_multiplies_the_odds_of_contamination_and_nothing_else() -> None:
    meeting = in_one_batch(96, 5000)
    without = explain(6.0, prior_link=0.05)
    with_it = explain(6.0, prior_link=0.05, meeting=meeting)
    before = without.contamination / without.same_person
    assert with_it.contamination / with_it.same_person == pytest.approx(before * meeting.odds)
    assert with_it.chance_match / with_it.same_person == pytest.approx(
        without.chance_match / without.same_person
    )


def test_a_laboratory_of_batch_size_learns_nothing_from_a_batch() -> None:
    assert in_one_batch(96, 90).odds == pytest.approx(0.9)


def test_prior_needed_is_where_both_weigh_the_same() -> None:
    meeting = in_one_batch(96, 5000)
    prior = prior_needed(meeting)
    assert prior is not None
    weighed = explain(9.0, prior_link=prior, meeting=meeting)
    assert weighed.same_person == pytest.approx(weighed.contamination)
    assert prior_needed(Meeting("one room", 0.001)) is None  # 6.75 is no probability


def test_figures_show_all_three_side_by_side_for_several_priors_or_the_stated_one() -> None:
    shown = figures(6.0, in_one_batch(96, 5000))
    assert sum("same person" in line and "chance match" in line for line in shown) == 3
    stated = figures(6.0, None, prior_link=0.2)
    assert "no meeting that carries weight" in stated
    assert sum("chance match" in line for line in stated) == 1


@pytest.mark.parametrize("chance", [0.0, 1.2])
def test_a_chance_that_is_none_is_refused(chance: float) -> None:
    with pytest.raises(InvalidRecord, match="of a meeting"):
        Meeting("x", chance)


def test_priors_that_leave_nothing_for_chance_are_refused() -> None:
    with pytest.raises(InvalidRecord, match="together below 1"):
        explain(3.0, prior_link=0.995, contamination_rate=0.01)
