"""Exact tests, against listing every outcome, SciPy, and published figures."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, fisher_exact
from tests.twins import exact as twin

from reopen.prove.exact import Stratum, mantel_haenszel_p, odds_ratio, share_interval, sum_tail


@st.composite
def tables(draw: st.DrawFn) -> tuple[int, int, int, int]:
    marked, others = draw(st.integers(0, 4)), draw(st.integers(0, 4))
    return draw(st.integers(0, marked)), marked, draw(st.integers(0, others)), others


@settings(max_examples=150, deadline=None)
@given(st.lists(tables(), min_size=1, max_size=3))
def test_strata_agree_with_listing_every_choice(strata: list[tuple[int, int, int, int]]):
    expected = float(twin.tables_p(strata))
    assert mantel_haenszel_p(Stratum(*each) for each in strata) == pytest.approx(expected)


def test_one_stratum_is_fishers_test():
    table = [[9, 3], [40, 60]]
    expected = fisher_exact(table, alternative="greater").pvalue
    assert mantel_haenszel_p([Stratum(9, 12, 40, 100)]) == pytest.approx(expected)


def test_strata_that_say_nothing_change_nothing():
    told = Stratum(3, 4, 1, 6)
    empty = [Stratum(0, 5, 0, 5), Stratum(3, 3, 2, 2), Stratum(0, 0, 1, 4)]
    assert mantel_haenszel_p([told, *empty]) == pytest.approx(mantel_haenszel_p([told]))
    assert mantel_haenszel_p(empty) == 1.0


def test_odds_ratio_by_hand():
    # (3*4/10 + 2*3/8) / (1*2/10 + 1*2/8) = 1.95 / 0.45
    strata = [Stratum(3, 4, 2, 6), Stratum(2, 3, 2, 5)]
    assert odds_ratio(strata) == pytest.approx(1.95 / 0.45)
    assert odds_ratio([Stratum(2, 2, 0, 3)]) is None


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 10), max_size=8), st.integers(0, 9))
def test_sums_of_unlike_coins_agree_with_listing(tenths: list[int], least: int):
    chances = [Fraction(each, 10) for each in tenths]
    expected = float(twin.sum_tail(chances, least))
    assert sum_tail([float(each) for each in chances], least) == pytest.approx(expected, abs=1e-12)


def test_equal_coins_are_binomial():
    assert sum_tail([0.3] * 40, 20) == pytest.approx(binom.sf(19, 40, 0.3))


def test_a_share_has_its_published_interval():
    # Newcombe 1998, table I, method 5 (Clopper and Pearson): 81 of 263, 15 of 148, 0 of 20
    for count, of, low, high in (
        (81, 263, 0.2527, 0.3676),
        (15, 148, 0.0578, 0.1617),
        (0, 20, 0.0, 0.1684),
    ):
        assert share_interval(count, of) == pytest.approx((low, high), abs=5e-5)
    assert share_interval(0, 0) == (0.0, 1.0)


def test_an_interval_ends_where_the_tails_are_a_fortieth():
    low, high = share_interval(10, 33)
    assert binom.sf(9, 33, low) == pytest.approx(0.025)
    assert binom.cdf(10, 33, high) == pytest.approx(0.025)
