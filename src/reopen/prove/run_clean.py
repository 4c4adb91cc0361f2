"""L4: the controls of a run are clean; and blanks do not grow dirtier slowly.

Peaks over the threshold in one blank are logical. The slow rise is statistical: the highest peak
of each blank, ranked among the first blanks of its instrument, kit and conditions (`trend`).
Not here: whether the controls were run at all (`run_controls`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.run_controls import BLANKS, name_of
from reopen.prove.tally import Tally
from reopen.prove.trend import rises
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Injection, Status, WellKind

REFERENCE = 50.0
WEIGHT = 0.2
WIDTHS = 4.0
FALSE_RISES = 7e-5
"""False rises per blank at the default settings: 7 in 100,000 blanks of constant noise (Gumbel),
measured by tests/prove/test_run_clean.py."""

_YEAR = timedelta(days=365.25)


@rule(
    "L4",
    "Clean controls",
    severity=Severity.A,
    needs=(Injection,),
    asks="Are the blanks empty, do positive controls show their known profile, and are the blanks "
    "as quiet as they used to be?",
    checks=(
        "A peak may be stutter, pull-up or a spike: record the reason with the peak.",
        "Carry-over from a strong sample before it: look at the order of injections.",
        "A rise of all low peaks may be a new polymer or laser: ask for the service log.",
    ),
    learnt="Scott: the batch's negative already showed it",
    numbers={
        "L4.reference": (REFERENCE, "first blanks of an instrument that later ones are ranked by"),
        "L4.weight": (WEIGHT, "weight of the newest blank in the moving average"),
        "L4.widths": (WIDTHS, "limit of the average, in its standard deviations"),
    },
)
def clean_controls(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L4")
    controls = [each for each in holdings.of(Injection) if each.content in _JUDGED]
    for each in controls:
        if each.status is not Status.DONE:
            tally.unable(each, f"the {name_of(each.content)} has the status {each.status}")
        elif each.content is WellKind.POSITIVE:
            _positive(each, tally)
        else:
            _blank(each, tally)
    return tally.answer(expected_false=_rising(controls, settings, tally))


_JUDGED = (*BLANKS, WellKind.POSITIVE)


def _positive(each: Injection, tally: Tally) -> None:
    if each.profile_right is None:
        tally.unable(each, "whether it shows its known profile is not recorded")
        return
    tally.looked_at += 1
    if not each.profile_right:
        text = f"Positive control {each.id}{_of(each)} does not show its known profile."
        tally.found(Severity.A, text, [each], aspect="profile")


def _blank(each: Injection, tally: Tally) -> None:
    if each.over_threshold is None:
        tally.unable(each, "its peaks over the analytical threshold are not recorded")
        return
    tally.looked_at += 1
    peaks, reasons = each.over_threshold, min(each.explained, each.over_threshold)
    if not peaks:
        return
    lacking = peaks - reasons
    what = f"{name_of(each.content)} {each.id}{_of(each)} has {_peaks(peaks)} over the threshold"
    if lacking:
        severity, text = Severity.A, f"{what}, {lacking} of them without an explanation."
    else:
        severity = Severity.C if peaks == 1 else Severity.B
        text = f"{what}, all explained (stutter, pull-up, spike)."
    tally.found(severity, text[0].upper() + text[1:], [each], aspect="peaks")


def _of(each: Injection) -> str:
    return f" of batch {each.batch}" if each.batch else ""


def _peaks(count: int) -> str:
    return "one peak" if count == 1 else f"{count} peaks"


def _rising(controls: list[Injection], settings: Settings, tally: Tally) -> float:
    """Slow rises, and the false ones to expect per laboratory-year."""
    reference = int(settings.number("L4.reference", REFERENCE))
    widths = settings.number("L4.widths", WIDTHS)
    series: dict[tuple[str, str, str], list[Injection]] = defaultdict(list)
    for each in controls:
        if each.content in BLANKS and each.highest_rfu is not None and each.at is not None:
            series[each.instrument, each.kit, each.conditions].append(each)
    judged = 0
    for (instrument, kit, _), blanks in series.items():
        judged += max(0, len(blanks) - reference)
        heights = [each.highest_rfu for each in blanks if each.highest_rfu is not None]
        weight = settings.number("L4.weight", WEIGHT)
        for rise in rises(heights, reference=reference, weight=weight, widths=widths):
            run = blanks[rise.first : rise.last + 1]
            tally.found(
                Severity.B,
                f"The highest peaks of blanks on instrument {instrument} rose over the last "
                f"{len(run)} blanks, below the threshold each.",
                [blanks[rise.last], *run[:-1]],
                aspect="rise",
                figures=(
                    f"EWMA of normal scores {rise.average:.2f}, limit {rise.limit:.2f}",
                    f"against the first {reference} blanks{' with ' + kit if kit else ''}",
                ),
                expected_false=FALSE_RISES,
            )
    return FALSE_RISES * judged / _years(controls)


def _years(controls: list[Injection]) -> float:
    moments = [each.at.earliest for each in controls if each.at and each.at.earliest]
    return max(1.0, (max(moments) - min(moments)) / _YEAR) if moments else 1.0
