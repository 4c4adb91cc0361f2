"""The trials of P1 and P2 in the document of the rules, done again: its figures are bars.

Twelve analysts. P1: spread between honest ones 25%, months with a gamma noise of shape 15, two
years: 0.21 false alarms per laboratory-year; 3.3 times the others' output found in 96% of runs,
median month 4; 2.2 times in 71%, median month 7. P2: honest rate 0.6% with overdispersion 0.003,
30 cases a month, three years, tail 0.001: 0.017 false alarms per laboratory-year; 9.5% found
always, median month 2; 3% in 63%, median month 12. Each bar allows three standard errors of the
runs made here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from reopen.prove.peers import excess_p, robust_z, share_of_others

ANALYSTS = 12


@dataclass(frozen=True, slots=True)
class Trial:
    """Found: share of runs in which the faulty analyst was, and the median month of it."""

    false_per_year: float
    found: float
    month: float


def first_alarms(alarms: np.ndarray, faulty: bool, months: int) -> Trial:
    """alarms [runs, analysts, months]; an analyst is alarmed of once, at the first month."""
    ever = alarms.any(-1)
    month = alarms.argmax(-1) + 1
    honest = ever[:, 1:] if faulty else ever
    hits = month[:, 0][ever[:, 0]]
    years = len(alarms) * months / 12
    return Trial(float(honest.sum()) / years, float(ever[:, 0].mean()), float(np.median(hits)))


def trial_of_p1(times: float, runs: int, months: int = 24) -> Trial:
    rng = np.random.default_rng(int(100 * times))
    honest = np.exp(rng.normal(0, 0.25, (runs, ANALYSTS)))
    honest[:, 0] *= times
    work = honest[..., None] * rng.gamma(15, 1 / 15, (runs, ANALYSTS, months))
    windows = np.stack([work[..., m - 2 : m + 1].sum(-1) for m in range(2, months)], 1)
    over = robust_z(np.log(windows), least_spread=0.15) > 3.5
    alarms = np.zeros((runs, ANALYSTS, months), bool)
    alarms[..., 3:] = np.moveaxis(over[:, 1:] & over[:, :-1], 1, 2)
    return first_alarms(alarms, times > 1, months)


def trial_of_p2(share: float | None, runs: int, months: int = 36) -> Trial:
    rng = np.random.default_rng(int(1e4 * (share or 0)))
    strength = 1 / 0.003 - 1
    rates = rng.beta(0.006 * strength, 0.994 * strength, (runs, ANALYSTS))
    if share is not None:
        rates[:, 0] = share
    missing = rng.binomial(30, rates[..., None], (runs, ANALYSTS, months)).cumsum(-1)
    alarms = np.zeros((runs, ANALYSTS, months), bool)
    for month in range(months):
        counts = missing[..., month].astype(float)
        of = np.full_like(counts, 30.0 * (month + 1))
        shares = share_of_others(counts[:, None, :], of[:, None, :], add=2.0)
        p = excess_p(counts, of, shares, 0.003)
        alarms[..., month] = (counts >= 3) & (p < 0.001)
    return first_alarms(alarms, share is not None, months)


def standard_error(share: float, runs: int) -> float:
    return float(np.sqrt(share * (1 - share) / runs))


def test_p1_false_alarms() -> None:
    runs = 3000
    trial = trial_of_p1(1.0, runs)
    assert trial.false_per_year <= 0.21 + 3 * np.sqrt(0.21 / (2 * runs))


@pytest.mark.parametrize(("times", "found", "month"), [(3.3, 0.96, 4), (2.2, 0.71, 7)])
def test_p1_detection(times: float, found: float, month: int) -> None:
    runs = 2000
    trial = trial_of_p1(times, runs)
    assert trial.found >= found - 3 * standard_error(found, runs)
    assert trial.month <= month


@pytest.mark.slow
def test_p2_false_alarms() -> None:
    runs = 600
    trial = trial_of_p2(None, runs)
    assert trial.false_per_year <= 0.017 + 3 * np.sqrt(0.017 / (3 * runs))


def test_p2_the_woods_share_is_always_found() -> None:
    trial = trial_of_p2(0.095, 100)
    assert trial.found == 1.0
    assert trial.month <= 2


@pytest.mark.slow
def test_p2_a_subtle_share() -> None:
    """At this share found and false trade against each other: with 0.5 in place of 2 cases added
    among the others, 62% are found and 0.024 false. The document does not say how many runs its
    63% comes from; 0.05 is left for that, beside our own error."""
    runs = 1000
    trial = trial_of_p2(0.03, runs)
    assert trial.found >= 0.63 - 0.05 - 3 * standard_error(0.63, runs)
    assert trial.month <= 14
