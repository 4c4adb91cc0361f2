"""P3 and P4: a person's rework, and mix of results, against everybody else with the same work.

Shares are compared stratum by stratum (method and case type), over the last year on record.
Honest people differ too, so the others' own unevenness is part of the test. Nobody is named: the
finding says "one series", the name is sealed. Not here: why the results were what they were; a
blind re-examination of a random 1 to 2% decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from reopen.prove.exact import Stratum, mantel_haenszel_p
from reopen.prove.holdings import Holdings
from reopen.prove.peers import Floats, excess_p, share_of_others, shortage_p
from reopen.prove.rules import Settings, rule, sealed_name
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.organisation import Output

_YEAR = timedelta(days=365)
_PERMUTATIONS = 9_999
_SLACK = 0.5
"""Of the CUSUM, in standard deviations: half the shift that it looks for (Page 1954)."""


@dataclass(frozen=True, slots=True)
class Shares:
    """Counts of a kind of result, and of all, by stratum and person.

    counts, of   [strata, people]
    shares       what each person's share would be at the others' shares, [people]
    """

    people: tuple[str, ...]
    counts: Floats
    of: Floats
    shares: Floats

    @property
    def summed(self) -> tuple[Floats, Floats]:
        return self.counts.sum(axis=0), self.of.sum(axis=0)


def _last_year(holdings: Holdings) -> tuple[Output, ...]:
    """Of those with a date, the months of the last year on record."""
    dated = [(each.month.earliest, each) for each in holdings.of(Output) if each.month.earliest]
    if not dated:
        return ()
    since = max(start for start, _ in dated) - _YEAR
    return tuple(each for start, each in dated if start > since)


def _shares(
    outputs: tuple[Output, ...],
    count: Callable[[Output], int | None],
    of: Callable[[Output], int],
) -> Shares:
    """Those of the outputs in which the count was recorded."""
    known = [(each, n) for each in outputs if (n := count(each)) is not None]
    people = tuple(sorted({each.person for each, _ in known}))
    strata = sorted({(each.method, each.case_type) for each, _ in known})
    counts = np.zeros((len(strata), len(people)))
    total = np.zeros_like(counts)
    for each, n in known:
        cell = strata.index((each.method, each.case_type)), people.index(each.person)
        counts[cell] += n
        total[cell] += of(each)
    if len(people) < 2:
        return Shares(people, counts, total, np.zeros(len(people)))
    return Shares(people, counts, total, share_of_others(counts, total))


def _enough(tally: Tally, settings: Settings, shares: Shares, what: str) -> bool:
    least = settings.number(f"{tally.rule}.least_people", 6.0)
    if len(shares.people) >= least:
        return True
    tally.unable(what, f"{len(shares.people)} people with records are too few to compare")
    return False


@rule(
    "P3",
    "Rework rate too low",
    severity=Severity.C,
    needs=(Output,),
    asks="Does somebody repeat far fewer tests than the method makes everybody else repeat?",
    checks=(
        "Repeats booked on another person, or under another number.",
        "Samples of better quality: compare what was submitted.",
        "Repeats avoided: compare the instrument's list with the results (L1, L2).",
    ),
    statistical=True,
    learnt="Woods; Blair: repeats avoided",
    share=0.1,
    numbers={
        "P3.p_value": (0.05, "tail from which a person is considered at all"),
        "P3.overdispersion": (0.002, "correlation within an honest person's work, at least"),
        "P3.least_people": (6.0, "people below which it cannot tell"),
    },
)
def rework_too_low(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("P3")
    outputs = _last_year(holdings)
    shares = _shares(outputs, _reworked, lambda each: each.completed + (_reworked(each) or 0))
    if not _enough(tally, settings, shares, "repeats"):
        return tally.answer()
    counts, of = shares.summed
    rho = settings.number("P3.overdispersion", 0.002)
    p = shortage_p(counts, of, shares.shares, rho)
    for i, person in enumerate(shares.people):
        tally.looked_at += 1
        if p[i] > settings.number("P3.p_value", 0.05):
            continue
        exact = _exact_shortage(shares, i)
        _tell(
            tally,
            outputs,
            person,
            "One series of work lacks the repeats and failed batches that everybody else has.",
            max(float(p[i]), exact),
            (
                f"raw: {counts[i]:.0f} of {of[i]:.0f} ({100 * counts[i] / of[i]:.2g}%)",
                f"others at the same work: {100 * shares.shares[i]:.2g}%",
                f"exact p {exact:.2g}, with the others' unevenness {p[i]:.2g}",
            ),
        )
    return tally.answer()


def _reworked(output: Output) -> int | None:
    if output.repeats is None and output.failed_batches is None:
        return None
    return (output.repeats or 0) + (output.failed_batches or 0)


def _exact_shortage(shares: Shares, person: int) -> float:
    """P(at most so many | the margins of each stratum): as many done at the first go, or more."""
    strata = []
    for counts, of in zip(shares.counts, shares.of, strict=True):
        first_go = of - counts
        strata.append(
            Stratum(
                int(first_go[person]),
                int(of[person]),
                int(first_go.sum() - first_go[person]),
                int(of.sum() - of[person]),
            )
        )
    return mantel_haenszel_p(strata)


@rule(
    "P4",
    "Result mix drifts",
    severity=Severity.C,
    needs=(Output,),
    asks="Is somebody's share of positive results far from everybody else's, or moving?",
    checks=(
        "Cases allotted by difficulty: ask how they are shared out.",
        "A new method or kit in one month.",
        "Blind re-examination of a random 1 to 2% of the work decides.",
    ),
    statistical=True,
    learnt="Dookhan; Woods",
    share=0.1,
    numbers={
        "P4.p_value": (0.002, "two-sided tail from which a person is considered (99.8% limits)"),
        "P4.overdispersion": (0.005, "correlation within an honest person's results, at least"),
        "P4.least_people": (6.0, "people below which it cannot tell"),
    },
)
def result_mix(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("P4")
    outputs = _last_year(holdings)
    shares = _shares(outputs, _positive, _judged)
    if not _enough(tally, settings, shares, "kinds of results"):
        return tally.answer()
    counts, of = shares.summed
    rho = settings.number("P4.overdispersion", 0.005)
    high = excess_p(counts, of, shares.shares, rho)
    low = shortage_p(counts, of, shares.shares, rho)
    for i, person in enumerate(shares.people):
        tally.looked_at += 1
        funnel = min(1.0, 2 * float(min(high[i], low[i])))
        drift = drift_p(*_monthly(outputs, person))
        p = min(1.0, 2 * min(funnel, drift))
        if p > settings.number("P4.p_value", 0.002):
            continue
        _tell(
            tally,
            outputs,
            person,
            "One series of results lacks the mix of positive and negative that the others have, "
            "or changes it over the year.",
            p,
            (
                f"raw: {100 * counts[i] / of[i]:.1f}% positive of {of[i]:.0f}",
                f"others at the same work: {100 * shares.shares[i]:.1f}%",
                f"funnel p {funnel:.2g}, drift (CUSUM) p {drift:.2g}",
            ),
        )
    return tally.answer()


def _positive(output: Output) -> int | None:
    recorded = (output.positive, output.negative, output.inconclusive)
    return None if None in recorded else output.positive


def _judged(output: Output) -> int:
    return (output.positive or 0) + (output.negative or 0) + (output.inconclusive or 0)


def _monthly(outputs: tuple[Output, ...], person: str) -> tuple[Floats, Floats]:
    """Positive results of a person and all, by month in order."""
    months: dict[object, list[int]] = {}
    for each in sorted(outputs, key=lambda each: each.month):
        positive = _positive(each)
        if each.person == person and positive is not None:
            sums = months.setdefault(each.month, [0, 0])
            sums[0] += positive
            sums[1] += _judged(each)
    table = np.array(list(months.values()), dtype=float).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def drift_p(counts: Floats, of: Floats) -> float:
    """P(the CUSUM of the monthly share reaches so far | months exchangeable), by permutation.

    counts, of  positive results and all, [months]. Both directions. Source: Page 1954.
    """
    share = counts.sum() / max(of.sum(), 1.0)
    if len(counts) < 3 or not 0 < share < 1:
        return 1.0
    residuals = (counts - of * share) / np.sqrt(np.maximum(of, 1) * share * (1 - share))
    rng = np.random.default_rng(len(residuals))
    drawn = rng.permuted(np.tile(residuals, (_PERMUTATIONS, 1)), axis=1)
    seen = _farthest(residuals[None])[0]
    return float((1 + (_farthest(drawn) >= seen - 1e-12).sum()) / (1 + _PERMUTATIONS))


def _farthest(residuals: Floats) -> Floats:
    """The farthest that either one-sided CUSUM reaches. residuals [runs, months] -> [runs]"""
    up = down = reached = np.zeros(len(residuals))
    for month in residuals.T:
        up = np.maximum(0, up + month - _SLACK)
        down = np.maximum(0, down - month - _SLACK)
        reached = np.maximum(reached, np.maximum(up, down))
    return reached


def _tell(
    tally: Tally,
    outputs: tuple[Output, ...],
    person: str,
    sentence: str,
    p: float,
    figures: tuple[str, ...],
) -> None:
    own = [each for each in outputs if each.person == person]
    tally.found(
        Severity.C,
        sentence,
        own,
        known_by=own[:1],
        p_value=p,
        figures=figures,
        blind=sealed_name(tally.rule, own[:1], person=person),
    )
