"""R8: tests of a series that is too good, against SciPy, enumeration and simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import comb

import numpy as np
import pytest
from scipy.stats import binom, chi2, norm
from tests.prove.laboratory_records import asked, day

import reopen.prove.results_quality  # noqa: F401
from reopen.prove import quality_series as tests
from reopen.records.findings import Verdict
from reopen.records.laboratory import QualityValue

SD, STEP = 0.02, 0.001


def honest(rng: np.random.Generator, n: int = 250) -> list[float]:
    return [float(each) for each in np.round(250 + SD * rng.standard_normal(n), 3)]


def test_small_spread_is_chi_square():
    values = honest(np.random.default_rng(1))
    expected = chi2(249).cdf(249 * np.var(values, ddof=1) / (SD**2 + STEP**2 / 12))
    assert tests.small_spread(values, SD, STEP) == pytest.approx(expected)
    assert tests.small_spread([250 + (each - 250) / 2 for each in values], SD, STEP) < 1e-20


def test_end_digits_against_the_plain_chi_square_where_the_spread_is_wide():
    rng = np.random.default_rng(2)
    values = np.round(rng.normal(500, 40, 1000))
    counts = np.bincount(values.astype(int) % 10, minlength=10)
    plain = chi2(9).sf(((counts - 100) ** 2 / 100).sum())
    assert tests.uneven_end_digits(list(values), 1.0) == pytest.approx(plain, rel=1e-3)


def test_end_digits_preferred_by_a_hand_are_uneven_and_too_narrow_a_spread_is_not_judged():
    rng = np.random.default_rng(3)
    values = np.round(rng.normal(500, 40, 300))
    fives = np.where(rng.random(300) < 0.4, 5 * np.round(values / 5), values)
    p = tests.uneven_end_digits(list(fives), 1.0)
    assert p is not None
    assert p < 1e-6
    assert tests.uneven_end_digits(list(np.round(rng.normal(500, 1.5, 300))), 1.0) is None


def test_crowding_by_hand():
    # limits at -2 and 2, noise 1, no rounding: a band of a quarter inside each
    values = [0.0] * 90 + [1.9, -1.9] * 5
    inside = 2 * (norm.cdf(-1.75) - norm.cdf(-2))
    outside = 2 * (norm.cdf(-2) - norm.cdf(-2.25))
    of_all = binom(100, inside).sf(9)
    of_near = binom(10, inside / (inside + outside)).sf(9)
    assert tests.crowded_at_limit(values, -2.0, 2.0, 1.0) == pytest.approx(max(of_all, of_near))
    assert tests.crowded_at_limit(values, None, None, 1.0) is None


def test_values_moved_inside_a_limit_are_seen_and_values_taken_again_are_not():
    rng = np.random.default_rng(4)
    values = rng.normal(0, 1, 1500)
    moved = np.where(values > 2, 1.9, np.where(values < -2, -1.9, values))
    assert tests.crowded_at_limit(list(moved), -2.0, 2.0, 1.0) < 1e-3  # type: ignore[operator]
    again = values[np.abs(values) < 2]
    assert tests.crowded_at_limit(list(again), -2.0, 2.0, 1.0) > 0.05  # type: ignore[operator]


def test_heavy_tails_are_no_crowd():
    values = np.random.default_rng(5).standard_t(4, 2000)
    assert tests.crowded_at_limit(list(values), -2.5, 2.5, 1.0) > 0.01  # type: ignore[operator]


def test_equal_neighbours_are_binomial():
    chance = STEP / (2 * np.sqrt(np.pi) * SD)
    values = [250.0, 250.0, 250.01, 250.01, 250.02]
    assert tests.repeated_values(values, SD, STEP) == pytest.approx(binom(4, chance).sf(1))


def test_the_chance_of_equal_neighbours_is_as_simulated():
    rng = np.random.default_rng(6)
    one, other = np.round(SD * rng.standard_normal((2, 1_000_000)), 3)
    simulated = float(np.mean(np.abs(one - other) < STEP / 2))
    assert simulated == pytest.approx(STEP / (2 * np.sqrt(np.pi) * SD), rel=0.03)


def longest(values: list[float]) -> int:
    """By trying every pair of places and every length."""
    n = len(values)
    return max(
        (
            length
            for i in range(n)
            for j in range(i + 1, n)
            for length in range(1, min(j - i, n - j) + 1)
            if values[i : i + length] == values[j : j + length]
        ),
        default=0,
    )


def test_a_repeated_block_is_found_as_by_trying_all():
    rng = np.random.default_rng(7)
    for _ in range(40):
        values = [float(each) for each in rng.integers(0, 4, rng.integers(2, 18))]
        assert tests._longest_repeat(values) == longest(values)


def test_a_copied_week_is_seen():
    values = honest(np.random.default_rng(8))
    copied = [*values[:200], *values[40:47], *values[207:]]
    # 31,125 pairs of places, each equal over seven values with probability 0.0141 ** 7
    assert tests.repeated_block(copied, SD, STEP) == pytest.approx(31125 * 0.0141**7, rel=0.05)


def runs_of_ten_and_ten(runs: int) -> float:
    """P(so many runs among ten above and ten below): orders counted (Wald and Wolfowitz 1940)."""
    half = runs // 2
    ways = comb(9, half - 1) ** 2 if runs % 2 == 0 else comb(9, half) * comb(9, half - 1)
    return 2 * ways / comb(20, 10)


def test_turns_agree_with_counting_every_order():
    assert sum(runs_of_ten_and_ten(runs) for runs in range(2, 21)) == pytest.approx(1)
    values = [1.0, -1.0] * 7 + [1.0] * 3 + [-1.0] * 3  # ten of each in 16 runs
    exact = sum(runs_of_ten_and_ten(runs) for runs in range(16, 21))
    assert tests.too_many_turns(values) == pytest.approx(exact, abs=0.005)


def test_alternating_values_turn_too_often_and_drift_does_not():
    alternating = [(-1) ** each * (1 + each / 500) for each in range(100)]
    assert tests.too_many_turns(alternating) < 1e-15
    assert tests.too_many_turns([float(each) for each in range(100)]) > 0.999


APPLIED: dict[str, Callable[[list[float]], float | None]] = {
    "spread": lambda values: tests.small_spread(values, SD, STEP),
    "digits": lambda values: tests.uneven_end_digits(values, STEP),
    "limit": lambda values: tests.crowded_at_limit(values, 249.95, 250.05, SD, STEP),
    "equal": lambda values: tests.repeated_values(values, SD, STEP),
    "block": lambda values: tests.repeated_block(values, SD, STEP),
    "turns": lambda values: tests.too_many_turns(values),
}


@pytest.mark.parametrize("name", APPLIED)
def test_honest_series_pass_as_often_as_the_p_value_says(name: str):
    rng = np.random.default_rng(9)
    p = [APPLIED[name](honest(rng)) for _ in range(300)]
    below = sum(each is not None and each <= 0.02 for each in p)
    assert below <= 14  # 6 expected at most; more than 14 has probability 0.001


def series(values: list[float], **rest: float) -> list[QualityValue]:
    return [
        replace(
            QualityValue(
                id=f"q{place}",
                instrument="CE1",
                series="250 bp",
                at=day(place),
                value=value,
                rounding=STEP,
                known_sd=SD,
                low=249.95,
                high=250.05,
            ),
            **rest,  # type: ignore[arg-type]
        )
        for place, value in enumerate(values)
    ]


def test_an_honest_year_holds_with_its_tests_counted():
    answer = asked("R8", series(honest(np.random.default_rng(10))))
    assert (answer.verdict, answer.looked_at) == (Verdict.HOLDS, 6)


def test_figures_at_half_the_noise_are_named_with_their_p_value():
    values = [250 + (each - 250) / 2 for each in honest(np.random.default_rng(10))]
    answer = asked("R8", series(values))
    found = [each for each in answer.findings if "vary by" in each.sentence]
    assert len(found) == 1
    assert found[0].p_value is not None
    assert found[0].p_value < 1e-10
    assert len(found[0].records) == 250


def test_the_finding_stays_the_same_while_values_come():
    values = [250 + (each - 250) / 2 for each in honest(np.random.default_rng(10))]
    ids = [{each.id for each in asked("R8", series(values[:n])).findings} for n in (150, 151)]
    assert ids[0] & ids[1]


def test_a_short_series_cannot_be_judged():
    answer = asked("R8", series(honest(np.random.default_rng(10), 99)))
    assert answer.verdict is Verdict.CANNOT_TELL
    assert answer.could_not == (("250 bp of instrument CE1 in 2021", "99 values; 100 are needed"),)
