"""Odds after an LR, by hand."""

from __future__ import annotations

import pytest

from reopen.errors import InvalidRecord
from reopen.weigh.prior_odds import PriorOdds, read_prior_odds


def test_odds_after_are_the_lr_times_the_odds_before() -> None:
    prior = PriorOdds(1 / 5000)
    assert 10 ** prior.after_log10(6.0) == pytest.approx(200.0)
    assert prior.probability(6.0) == pytest.approx(200 / 201)
    assert prior.probability(-400.0) == 0.0
    assert prior.probability(400.0) == 1.0


@pytest.mark.parametrize("text", ["1/5000", "1:5000", "0.0002", "2e-4", " 1 / 5000 "])
def test_odds_are_read_as_people_write_them(text: str) -> None:
    assert read_prior_odds(text).odds == pytest.approx(2e-4)


@pytest.mark.parametrize("text", ["", "0", "-1", "1/0", "none", "1/2/3", "inf", "nan", "0/5"])
def test_what_is_no_odds_is_refused(text: str) -> None:
    with pytest.raises(InvalidRecord, match="1/5000"):
        read_prior_odds(text)
