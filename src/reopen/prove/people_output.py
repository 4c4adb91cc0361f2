"""P1 and P5: a person's output far above the others', or against a change that all others follow.

Output is compared after what the work explains: method, case type, automation and hours. Nobody
is named: the finding says "one series", the name is sealed. Not here: whether the means were there
(L10, `means`), what was wrong with the work (the laboratory rules).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reopen.prove.holdings import Holdings
from reopen.prove.peers import Floats, robust_z
from reopen.prove.rules import RULES, Settings, ask, rule, sealed_name
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Means
from reopen.records.organisation import Output

_WINDOW_MONTHS = 3
_RATE_P1 = 0.18
"""False alarms per laboratory-year with 12 analysts, spread between honest ones 25%, months with
a gamma noise of shape 15 (tests/verification: test_trials_of_people)."""
_ANALYSTS_P1 = 12
_YEAR = 12
_LEAST_MONTHS = 6
"""On either side of a common change."""
_PERMUTATIONS = 99_999
_FOLLOWED = 1 / 3
"""Share of the common change from which a series counts as following it."""


@dataclass(frozen=True, slots=True)
class Series:
    """Work by person and month.

    people, months   names of the axes; a month is its number, year times 12 plus month
    completed        [people, months], NaN where the person did not work
    adjusted         [people, months]: natural log of completed over what the hours would give at
                     the middle rate of each method, case type and way of working
    first            person -> first record, by which a finding is known
    """

    people: tuple[str, ...]
    months: tuple[int, ...]
    completed: Floats
    expected: Floats
    first: Mapping[str, Output]
    records: Mapping[str, tuple[Output, ...]]


def series_of(holdings: Holdings) -> Series:
    """Every person's completed work, and what was to be expected of it, month by month.

    The middle rate of a stratum (method, case type, automated or not) in a month is the median
    over people of completed per hour. Without hours, a month counts as one.
    """
    outputs = [each for each in holdings.of(Output) if each.month.earliest is not None]
    outputs.sort(key=lambda each: each.month)
    by_person: dict[str, list[Output]] = {}
    for each in outputs:
        by_person.setdefault(each.person, []).append(each)
    people = tuple(sorted(by_person))
    months = tuple(sorted({_month(each) for each in outputs}))
    shape = (len(people), len(months))
    completed, expected = np.full(shape, np.nan), np.full(shape, np.nan)
    middle = _middle_rates(outputs)
    place = {person: i for i, person in enumerate(people)}
    at = {month: i for i, month in enumerate(months)}
    for each in outputs:
        hours = _hours(each)
        if hours <= 0:
            continue
        cell = place[each.person], at[_month(each)]
        completed[cell] = np.nan_to_num(completed[cell]) + each.completed
        expected[cell] = np.nan_to_num(expected[cell]) + hours * middle[_stratum(each)]
    first = {person: every[0] for person, every in by_person.items()}
    records = {person: tuple(every) for person, every in by_person.items()}
    return Series(people, months, completed, expected, first, records)


def _middle_rates(outputs: list[Output]) -> dict[tuple[object, ...], float]:
    """Stratum -> median over people of completed work per hour."""
    sums: dict[tuple[object, ...], dict[str, list[float]]] = {}
    for each in outputs:
        of = sums.setdefault(_stratum(each), {}).setdefault(each.person, [0.0, 0.0])
        of[0] += each.completed
        of[1] += _hours(each)
    rates = {
        stratum: [done / hours for done, hours in people.values() if hours > 0]
        for stratum, people in sums.items()
    }
    return {stratum: float(np.median(each)) if each else 0.0 for stratum, each in rates.items()}


def _stratum(output: Output) -> tuple[object, ...]:
    return output.method, output.case_type, output.automated, output.hours is None


def _hours(output: Output) -> float:
    return 1.0 if output.hours is None else output.hours


def _month(output: Output) -> int:
    assert output.month.earliest is not None
    return output.month.earliest.year * 12 + output.month.earliest.month - 1


def window_z(series: Series, least_spread: float) -> Floats:
    """Robust z of the log of each 3-month sum over what was expected, against the others who
    worked then. [people, months]; NaN where the person did not work or too few others did."""
    done = _moving_sum(series.completed)
    expected = _moving_sum(series.expected)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.log(done / expected)
    rates[~np.isfinite(rates)] = np.nan
    z = np.full(rates.shape, np.nan)
    for month in range(rates.shape[1]):
        here = np.flatnonzero(np.isfinite(rates[:, month]))
        if len(here) >= 3:
            z[here, month] = robust_z(rates[here, month], least_spread)
    return z


def _moving_sum(values: Floats) -> Floats:
    """Sum over the last three months, NaN where one is missing for the person."""
    sums = np.full(values.shape, np.nan)
    for month in range(_WINDOW_MONTHS - 1, values.shape[1]):
        sums[:, month] = values[:, month - _WINDOW_MONTHS + 1 : month + 1].sum(axis=1)
    return sums


@rule(
    "P1",
    "Output far above peers",
    severity=Severity.B,
    needs=(Output,),
    asks="Is somebody's output far above that of everybody else with the same work?",
    checks=(
        "Overtime, automation, or a kind of work that the records do not tell apart.",
        "Batches booked on the person who signed for a team.",
        "Months booked late: compare with the instruments' own lists.",
    ),
    statistical=True,
    learnt="Dookhan (over twice the next chemist); Woods (two to three times)",
    share=0.2,
    numbers={
        "P1.limit": (3.5, "robust z of the 3-month log rate, twice running"),
        "P1.least_spread": (0.15, "spread of log rates between honest people, at least"),
        "P1.least_people": (6.0, "people with the same work below which it cannot tell"),
    },
)
def output_above_peers(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("P1")
    series = series_of(holdings)
    if len(series.people) < settings.number("P1.least_people", 6.0):
        tally.unable("output", f"{len(series.people)} people are too few to compare")
        return tally.answer()
    z = window_z(series, settings.number("P1.least_spread", 0.15))
    over = np.nan_to_num(z) > settings.number("P1.limit", 3.5)
    twice = over[:, 1:] & over[:, :-1]
    tally.looked_at = int(np.isfinite(z).any(axis=1).sum())
    for person in np.flatnonzero(twice.any(axis=1)):
        month = int(np.flatnonzero(twice[person])[0]) + 1
        _tell_of_output(tally, holdings, settings, series, z, int(person), month)
    return tally.answer(expected_false=_RATE_P1 * tally.looked_at / _ANALYSTS_P1)


def _tell_of_output(
    tally: Tally,
    holdings: Holdings,
    settings: Settings,
    series: Series,
    z: Floats,
    person: int,
    month: int,
) -> None:
    name = series.people[person]
    done, expected = _moving_sum(series.completed), _moving_sum(series.expected)
    ratio = done / expected
    others = np.delete(ratio[:, month], person)
    raw = np.delete(done[:, month], person)
    window = set(series.months[month - _WINDOW_MONTHS : month + 1])
    records = [each for each in series.records[name] if _month(each) in window]
    excess = ratio[person, month] / np.nanmedian(others)
    graver = name in _also_found(holdings, settings)
    tally.found(
        Severity.B if graver else Severity.C,
        "One series of output lacks a peer: over three months, twice running, it lies far above "
        f"all others{', and work without means or records is found with it' if graver else ''}.",
        records,
        known_by=[series.first[name]],
        figures=(
            f"raw: {_a_month(done[person, month])}, others' median {_a_month(np.nanmedian(raw))}",
            f"adjusted for hours, method and case type: {excess:.1f} times the others' median",
            f"robust z {z[person, month - 1]:.1f} and {z[person, month]:.1f}",
        ),
        blind=sealed_name("P1", [series.first[name]], person=name),
    )


def _a_month(of_window: float) -> str:
    return f"{of_window / _WINDOW_MONTHS:.0f} a month"


def _also_found(holdings: Holdings, settings: Settings) -> set[str]:
    """People with work beyond their means (L10) or more missing records than others (P2)."""
    people: set[str] = set()
    if "L10" in RULES:
        for found in ask(RULES["L10"], holdings, settings).findings:
            means = (holdings.one(Means, ref.id) for ref in found.records if ref.kind == "means")
            people.update(each.person for each in means if each is not None)
    people.update(
        each.person for each in ask(RULES["P2"], holdings, settings).sealed if each.person
    )
    return people


@rule(
    "P5",
    "Outlier while the tide turns",
    severity=Severity.C,
    needs=(Output,),
    asks="Did everybody's output change, by a law or by staffing, but for one series?",
    checks=(
        "The change did not touch this person's work: another method, site or contract.",
        "Work booked in one month for another.",
    ),
    statistical=True,
    learnt="Dookhan: after 2009 only hers stayed up",
    share=0.1,
    numbers={
        "P5.common_change": (0.2, "change of the others' log output that counts as one"),
        "P5.p_value": (0.01, "permutation p from which a series is considered at all"),
        "P5.least_people": (6.0, "people with the same work below which it cannot tell"),
        "P5.least_months": (8.0, "months of each twelve that somebody has to have worked"),
    },
)
def against_the_tide(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("P5")
    series = series_of(holdings)
    work = _last_years(series)
    able = _worked_every_year(work, settings)
    if work.shape[2] < 2 * _YEAR or len(able) < settings.number("P5.least_people", 6.0):
        tally.unable("output", f"fewer than enough people with most of {2 * _YEAR} months")
        return tally.answer()
    for place, person in enumerate(able):
        tally.looked_at += 1
        _tell_of_tide(tally, settings, series, work[:, able], place, series.people[person])
    return tally.answer()


def _last_years(series: Series) -> Floats:
    """Completed and expected work in the last three years, or fewer whole ones; 0 where somebody
    did not work. [2, people, months]"""
    years = min(3, (series.months[-1] - series.months[0] + 1) // _YEAR) if series.months else 0
    first = series.months[-1] - years * _YEAR + 1 if years else 0
    work = np.zeros((2, len(series.people), years * _YEAR))
    for column, month in enumerate(series.months):
        if years and month >= first:
            work[0, :, month - first] = np.nan_to_num(series.completed[:, column])
            work[1, :, month - first] = np.nan_to_num(series.expected[:, column])
    return work


def _worked_every_year(work: Floats, settings: Settings) -> list[int]:
    """The people who worked in enough months of each year."""
    least = settings.number("P5.least_months", 8.0)
    months = (work[1] > 0).reshape(work.shape[1], -1, _YEAR).sum(axis=2)
    return [int(person) for person in np.flatnonzero((months >= least).all(axis=1))]


def _tell_of_tide(
    tally: Tally, settings: Settings, series: Series, work: Floats, place: int, name: str
) -> None:
    others = np.delete(work, place, axis=1)
    turn = turning_month(others)
    common = float(np.median(_change(others[0], others[1], turn)))
    own = float(_change(work[0, place], work[1, place], turn))
    if abs(common) < settings.number("P5.common_change", 0.2) or own / common > _FOLLOWED:
        return
    done, expected = work[:, place]
    others_done, others_expected = others.sum(axis=1)
    tide = others_done / np.maximum(others_expected, 1e-12)
    p = difference_p(done, expected * tide, turn)
    if p > settings.number("P5.p_value", 0.01):
        return
    later = work.shape[2] - turn
    tally.found(
        Severity.C,
        f"One series of output lacks the change that all others show between the last {later} "
        f"months and the {turn} before.",
        series.records[name],
        known_by=[series.first[name]],
        aspect=str(series.months[-1] // _YEAR),
        p_value=p,
        figures=(
            f"others: {100 * np.expm1(common):+.0f}%",
            f"this series: {100 * np.expm1(own):+.0f}%",
            f"permutation p {p:.2g}",
        ),
        blind=sealed_name("P5", [series.first[name]], person=name),
    )


def turning_month(others: Floats) -> int:
    """The number of months before the others' change was largest, half a year at least on either
    side. The series in question takes no part, so that its p-value needs no allowance.

    others  completed and expected work, [2, people, months]
    """
    turns = range(_LEAST_MONTHS, others.shape[2] - _LEAST_MONTHS + 1)
    return max(turns, key=lambda turn: abs(float(np.median(_change(others[0], others[1], turn)))))


def _change(done: Floats, expected: Floats, turn: int) -> Floats:
    """ln of the rate from a month on over the rate before it; half a test is added to either, so
    that none is not infinitely few. [...] of [..., months]"""
    later = (done[..., turn:].sum(-1) + 0.5) / np.maximum(expected[..., turn:].sum(-1), 0.5)
    earlier = (done[..., :turn].sum(-1) + 0.5) / np.maximum(expected[..., :turn].sum(-1), 0.5)
    return np.asarray(np.log(later / earlier))


def difference_p(done: Floats, expected: Floats, turn: int) -> float:
    """P(|change| at least so large | months exchangeable), by permutation.

    done      of one series, [months]
    expected  of it, had it gone with the others; 0 in months without work, which stay in place
    turn      months before the change
    """
    worked = expected > 0
    n_earlier = int(worked[:turn].sum())
    months = np.stack([done[worked], expected[worked]])
    rng = np.random.default_rng(months.shape[1])
    order = rng.permuted(np.tile(np.arange(months.shape[1]), (_PERMUTATIONS, 1)), axis=1)
    seen = abs(float(_change(months[0], months[1], n_earlier)))
    change = np.abs(_change(months[0][order], months[1][order], n_earlier))
    return float((1 + (change >= seen * (1 - 1e-12)).sum()) / (1 + _PERMUTATIONS))
