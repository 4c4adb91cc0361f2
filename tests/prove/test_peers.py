"""One against the others, against slow twins and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.twins import peers as twin

from reopen.prove.peers import (
    excess_p,
    overdispersion_of_others,
    rare_counts_p,
    robust_z,
    share_of_others,
    shortage_p,
)


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=9), st.floats(0.05, 1))
def test_robust_z(values: list[float], least: float) -> None:
    ours = robust_z(np.array(values), least)
    theirs = [twin.robust_z(values, i, least) for i in range(len(values))]
    assert ours == pytest.approx(theirs)


def test_robust_z_by_hand() -> None:
    """Others 1, 2, 3: median 2, MAD 1; (9 - 2) / 1.4826."""
    assert robust_z(np.array([9.0, 1, 2, 3]))[0] == pytest.approx(7 / 1.4826)


def test_shares_stratum_by_stratum() -> None:
    counts = np.array([[1.0, 4, 5], [0, 9, 1]])
    of = np.array([[10.0, 20, 30], [40, 10, 5]])
    theirs = [twin.share_of_others(counts.tolist(), of.tolist(), i, 0.5) for i in range(3)]
    assert share_of_others(counts, of, add=0.5) == pytest.approx(theirs)


@pytest.mark.parametrize(("k", "n", "share", "rho"), [(3, 30, 0.02, 0.003), (9, 40, 0.3, 0.1)])
def test_beta_binomial_tails(k: int, n: int, share: float, rho: float) -> None:
    """Two more people exactly at their share, so that none looks uneven."""
    counts = np.array([float(k), n * share, n * share])
    of, shares = np.full(3, float(n)), np.full(3, share)
    terms = [twin.beta_binomial(x, n, share, rho) for x in range(n + 1)]
    assert excess_p(counts, of, shares, rho)[0] == pytest.approx(sum(terms[k:]))
    assert shortage_p(counts, of, shares, rho)[0] == pytest.approx(sum(terms[: k + 1]))


def test_uneven_others_raise_the_overdispersion_and_even_ones_do_not() -> None:
    of, shares = np.full(8, 200.0), np.full(8, 0.3)
    even = np.array([60.0, 58, 62, 61, 59, 60, 63, 57])
    uneven = np.array([60.0, 20, 110, 15, 95, 60, 120, 10])
    assert overdispersion_of_others(even, of, shares, 0.002) == pytest.approx(0.002)
    assert (overdispersion_of_others(uneven, of, shares, 0.002) > 0.05).all()


def test_negative_binomial_with_the_others_dispersion() -> None:
    """Others expected 2 each, seen 0, 2, 4, 6: alpha = (sum (k-e)^2 - e) / sum e^2
    = (4 + 0 + 4 + 16 - 8) / 16 = 1."""
    finds, expected = np.array([7.0, 0, 2, 4, 6]), np.full(5, 2.0)
    tail = 1 - sum(twin.negative_binomial(k, 2.0, 1.0) for k in range(7))
    assert rare_counts_p(finds, expected)[0] == pytest.approx(tail)


def test_even_others_leave_poisson() -> None:
    """P(at least 2 | 1) = 1 - 2/e."""
    p = rare_counts_p(np.array([2.0, 1, 1, 1]), np.full(4, 1.0))
    assert p[0] == pytest.approx(1 - 2 / np.e, rel=1e-6)
