"""Sums of discrete values: against enumeration, and the bounds that are promised."""

from __future__ import annotations

from itertools import product
from math import inf, log10
from typing import Any

import numpy as np
import pytest

from reopen.errors import InvalidRecord
from reopen.weigh.sum_distribution import SumDistribution, sum_distribution


def enumerated(terms: list[tuple[list[float], list[float]]]) -> list[tuple[float, float]]:
    """Every sum with its probability, ascending."""
    found: dict[float, float] = {}
    for picks in product(*(zip(*term, strict=True) for term in terms)):
        value = sum(v for v, _ in picks)
        found[value] = found.get(value, 0.0) + float(np.prod([p for _, p in picks]))
    return sorted(found.items())


def made(terms: list[tuple[list[float], list[float]]], **options: Any) -> SumDistribution:
    return sum_distribution([(np.array(v), np.array(p)) for v, p in terms], **options)


def random_terms(seed: int, n: int = 4) -> list[tuple[list[float], list[float]]]:
    rng = np.random.default_rng(seed)
    terms = []
    for _ in range(n):
        values = rng.normal(-1, 2, size=5)
        values[rng.random(5) < 0.15] = -inf
        terms.append((values.tolist(), rng.dirichlet(np.ones(5)).tolist()))
    return terms


@pytest.mark.parametrize("seed", range(8))
def test_every_tail_lies_between_its_bounds(seed: int) -> None:
    terms = random_terms(seed)
    exact = enumerated(terms)
    found = made(terms, error=0.005)
    assert found.impossible == pytest.approx(sum(p for v, p in exact if v == -inf), abs=1e-12)
    for at in np.linspace(-12, 6, 37):
        truth = sum(p for v, p in exact if v >= at)
        low, high = found.at_least(float(at))
        assert low - 1e-12 <= truth <= high + 1e-12


@pytest.mark.parametrize("seed", range(8))
def test_every_quantile_lies_between_bounds_no_wider_than_promised(seed: int) -> None:
    terms = random_terms(seed)
    exact = enumerated(terms)
    values, reached = [v for v, _ in exact], np.cumsum([p for _, p in exact])
    found = made(terms, error=0.005)
    for probability in (0.013, 0.21, 0.5, 0.77, 0.9, 0.99):
        truth = values[int(np.searchsorted(reached, probability))]
        low, high = found.quantile(probability)
        if truth == -inf:
            assert (low, high) == (-inf, -inf)
            continue
        assert low - 1e-9 <= truth <= high + 1e-9
        assert high - low <= 0.005 + 1e-9


def test_two_coins_by_hand() -> None:
    found = made([([0.0, 1.0], [0.5, 0.5]), ([0.0, 1.0], [0.5, 0.5])])
    assert found.at_least(1.0) == pytest.approx((0.75, 0.75))
    assert found.above(1.0) == pytest.approx((0.25, 0.25))
    assert found.quantile(0.5) == pytest.approx((1.0, 1.0))
    assert found.largest == 2.0
    assert found.mean_power == pytest.approx(5.5**2)  # E 10^X is (1 + 10) / 2 for each
    assert found.mass_in(np.array([-0.5, 0.5, 1.5, 2.5])) == pytest.approx([0.25, 0.5, 0.25])


@pytest.mark.parametrize("seed", range(4))
def test_bounds_at_the_origin_are_exact(seed: int) -> None:
    """The value that was observed lies on the grid, and so do its equals."""
    terms = [([v for v in values if v > -inf], [p / sum(ps) for v, p in zip(values, ps, strict=True)
              if v > -inf]) for values, ps in random_terms(seed)]  # fmt: skip
    terms = [(values, (np.array(ps) / sum(ps)).tolist()) for values, ps in terms]
    observed = [values[1] for values, _ in terms]
    found = made(terms, error=0.005, origins=observed)
    exact = enumerated(terms)
    own = float(np.prod([ps[1] for _, ps in terms]))
    at = sum(observed)
    low, high = found.at_least(at)
    assert low >= own * (1 - 1e-12)
    truth = sum(p for v, p in exact if v >= at - 1e-9)
    assert low - 1e-12 <= truth <= high + 1e-12
    above_low, _ = found.above(at)
    assert low - above_low == pytest.approx(own, abs=1e-12)


def test_sums_under_the_floor_are_counted_together() -> None:
    """Of the two terms each may be -30: the sums are 0, -30 (above a floor of -40) and -60."""
    found = made([([0.0, -30.0], [0.5, 0.5])] * 2, floor=-40.0)
    assert found.down.below == pytest.approx(0.25)
    assert found.quantile(0.1) == (-inf, -40.0)
    assert found.quantile(0.5) == pytest.approx((-30.0, -30.0))
    with pytest.raises(InvalidRecord, match="below the floor"):
        found.at_least(-50.0)


def test_the_smallest_tail_keeps_its_precision() -> None:
    """Forty terms that are 1 with probability 1e-6: all of them with probability 1e-240."""
    found = made([([0.0, 1.0], [1 - 1e-6, 1e-6])] * 40)
    low, high = found.at_least(40.0)
    assert log10(low) == pytest.approx(-240)
    assert log10(high) == pytest.approx(-240)


def test_all_impossible_and_none_at_all() -> None:
    found = made([([-inf], [1.0]), ([0.0], [1.0])])
    assert found.impossible == 1.0
    assert found.at_least(0.0) == (0.0, 0.0)
    assert found.quantile(0.999) == (-inf, -inf)
    assert made([]).at_least(0.0) == (1.0, 1.0)


def test_probabilities_must_be_probabilities() -> None:
    with pytest.raises(InvalidRecord, match=r"sum to 0\.9"):
        made([([0.0, 1.0], [0.5, 0.4])])
    with pytest.raises(InvalidRecord, match="quantile of probability 1"):
        made([([0.0], [1.0])]).quantile(1.0)


@pytest.mark.parametrize("seed", range(4))
def test_sums_by_transform_are_those_added_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    terms = [(rng.normal(0, 2, 200).tolist(), rng.dirichlet(np.ones(200)).tolist()) for _ in "abc"]
    exact, fast = made(terms), made(terms, far_tails=False)
    for at in (-5.0, 0.0, 3.0, 8.0):
        assert fast.at_least(at) == pytest.approx(exact.at_least(at), abs=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_a_tail_under_the_other_proposition(seed: int) -> None:
    """E(10^-X; X >= value) lies between its bounds; X a log10 LR, it is P(X >= value) elsewhere."""
    terms = [([v for v in values if v > -inf], ps[: sum(v > -inf for v in values)])
             for values, ps in random_terms(seed)]  # fmt: skip
    terms = [(values, (np.array(ps) / sum(ps)).tolist()) for values, ps in terms]
    found = made(terms)
    for at in (-6.0, -1.0, 0.5, 2.0):
        truth = sum(p * 10.0**-v for v, p in enumerated(terms) if v >= at)
        low, high = found.reversed_at_least(at)
        assert low - 1e-12 <= truth <= high + 1e-12
        assert high <= low * 1.05 + 0.05 * 10.0**-at


def test_a_sum_that_is_nearly_always_impossible_keeps_its_tail() -> None:
    """Thirty terms of 1 that are possible once in a thousand: 30 has the probability 10^-90."""
    found = made([([1.0, -inf], [0.001, 0.999])] * 30)
    assert found.at_least(29.5) == pytest.approx((1e-90, 1e-90), rel=1e-9)
    assert found.at_least(30.1) == (0.0, 0.0)
