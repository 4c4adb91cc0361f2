"""R8: calibration and control series that are better than their method can be.

A calendar year of one instrument's series at a time, so that a finding stays the same while later
values come. Not here: the tests themselves (`quality_series`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from reopen.prove import quality_series as tests
from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import QualityValue

LEAST_VALUES = 100
_REPORTED = 0.05
"""P-values above this are never told; what the budget allows is decided by the audit."""


@rule(
    "R8",
    "Quality figures too good",
    severity=Severity.B,
    needs=(QualityValue,),
    statistical=True,
    share=0.1,
    asks="Do calibration and control values vary as the method is known to, with ends as varied as "
    "rounding gives, and without crowding at a limit or repeating themselves?",
    checks=(
        "The known noise may be that of an older method: compare with its validation.",
        "The instrument may round more coarsely than recorded: look at its export.",
        "Values outside a limit may be taken again by the procedure: then they have to be kept.",
    ),
    learnt="Randox: quality-control data changed, audits had passed",
    numbers={"R8.least_values": (float(LEAST_VALUES), "values of a series in a year")},
)
def quality_too_good(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("R8")
    least = settings.number("R8.least_values", LEAST_VALUES)
    years: dict[tuple[str, str, int], list[QualityValue]] = defaultdict(list)
    for value in holdings.of(QualityValue):
        moment = value.at.earliest or value.at.latest
        if moment is None:
            tally.unable(value, "its time is not recorded")
        else:
            years[value.instrument, value.series, moment.year].append(value)
    for (instrument, series, year), group in years.items():
        named = f"{series} of instrument {instrument} in {year}"
        if len(group) < least:
            tally.unable(named, f"{len(group)} values; {least:g} are needed")
            continue
        for what, words, p in _tests(group):
            tally.looked_at += 1
            if p <= _REPORTED:
                _tell(named, what, words, p, group, tally)
    return tally.answer()


def _tests(group: Sequence[QualityValue]) -> Iterator[tuple[str, str, float]]:
    """Each test that applies: its name, what it saw in words, and its p-value."""
    values = [each.value for each in group]
    known, rounding = _one(group, "known_sd"), _one(group, "rounding")
    low, high = _one(group, "low"), _one(group, "high")
    sd = float(np.std(values, ddof=1))
    if known:
        p = tests.small_spread(values, known, rounding or 0.0)
        yield "spread", f"vary by {sd:.3g}, less than the method's known {known:.3g}", p
    noise = known or sd
    if noise:
        crowded = tests.crowded_at_limit(values, low, high, noise, rounding or 0.0)
        if crowded is not None:
            yield "limit", "crowd just inside a limit", crowded
    if noise and rounding:
        yield "equal", "equal their neighbours", tests.repeated_values(values, noise, rounding)
        block = tests.repeated_block(values, noise, rounding)
        yield "block", "repeat a run of earlier values", block
    if rounding:
        uneven = tests.uneven_end_digits(values, rounding)
        if uneven is not None:
            yield "digits", "have uneven last digits", uneven
    yield "turns", "alternate around their middle", tests.too_many_turns(values)


def _one(group: Sequence[QualityValue], name: str) -> float | None:
    """The field's value where all agree on it; None where it is not recorded or changed."""
    values = {getattr(each, name) for each in group}
    found = values.pop() if len(values) == 1 else None
    return found if isinstance(found, float | int) else None


def _tell(
    named: str, what: str, words: str, p: float, group: Sequence[QualityValue], tally: Tally
) -> None:
    tally.found(
        Severity.B,
        f"The {len(group)} values of {named} {words}, beyond what chance gives.",
        group,
        known_by=[group[0]],
        aspect=what,
        p_value=p,
        figures=(f"p {p:.2g} ({what}), {len(group)} values",),
        helps_defence=False,
    )
