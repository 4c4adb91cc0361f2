"""Waiting times with open items, against Kaplan and Meier by hand and SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf

from reopen.prove.survival import survival


def test_by_hand():
    # ended at 1, 3, 3, 5; open since 2 and 4:
    # 1: 5/6; 3: 5/6 * 2/4; 5: that * 0/1
    curve = survival([(1, True), (2, False), (3, True), (3, True), (4, False), (5, True)])
    assert curve.days == (1, 3, 5)
    assert curve.waiting == pytest.approx((5 / 6, 5 / 12, 0))
    # Greenwood at 3: (5/12)^2 * (1/(6*5) + 2/(4*2))
    assert curve.error[1] == pytest.approx(5 / 12 * (1 / 30 + 1 / 4) ** 0.5)
    assert (curve.items, curve.open) == (6, 2)


def test_it_agrees_with_scipy():
    rng = np.random.default_rng(3)
    for _ in range(20):
        ended, open_ = rng.integers(1, 40, 30), rng.integers(1, 40, 20)
        curve = survival([(float(d), True) for d in ended] + [(float(d), False) for d in open_])
        theirs = ecdf(CensoredData(uncensored=ended, right=open_)).sf
        for day in range(1, 40):
            assert curve.share_waiting(day) == pytest.approx(float(theirs.evaluate(day)))


def test_open_items_count():
    every = survival([(10, True)] * 5 + [(400, False)] * 15)
    assert every.share_waiting(365) == 0.75
    assert every.days_until(0.5) is None
    assert survival([(10, True)] * 5).days_until(0.5) == 10


def test_a_share_is_asked_between_steps_and_before_the_first():
    curve = survival([(10, True), (20, True)])
    assert [curve.share_waiting(day) for day in (9, 10, 15, 20, 99)] == [1, 0.5, 0.5, 0, 0]


def test_nothing_waits():
    assert survival([]).items == 0
