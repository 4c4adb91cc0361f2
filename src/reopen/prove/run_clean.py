"""L4: the controls of a run are clean. L12, its trend: blanks do not grow dirtier slowly.

Peaks over the threshold in one blank are logical. The slow rise is statistical, so it is a rule of
its own within the budget: the highest peak of each blank, ranked among the first blanks of its
instrument, kit and conditions (`trend`). Not here: whether the controls were run at all
(`run_controls`).
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
    asks="Are the blanks empty, and do positive controls show their known profile?",
    checks=(
        "A peak may be stutter, pull-up or a spike: record the reason with the peak.",
        "Carry-over from a strong sample before it: look at the order of injections.",
    ),
    learnt="Scott: the batch's negative already showed it",
)
def clean_controls(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L4")
    for each in holdings.of(Injection):
        if each.content not in _JUDGED:
            continue
        if each.status is not Status.DONE:
            tally.unable(each, f"the {name_of(each.content)} has the status {each.status}")
        elif each.content is WellKind.POSITIVE:
            _positive(each, tally)
        else:
            _blank(each, tally)
    return tally.answer()


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


@rule(
    "L12",
    "Blanks as quiet as they were",
    severity=Severity.B,
    needs=(Injection,),
    statistical=True,
    asks="Do the highest peaks of blanks, below the threshold each, stay what they used to be?",
    checks=(
        "A new polymer, capillary or laser raises all low peaks: ask for the service log.",
        "A new lot of kit or tubes may be contaminated: compare blanks of both lots.",
    ),
    learnt="Scott: the batch's negative already showed it",
    numbers={
        "L12.reference": (REFERENCE, "first blanks of an instrument that later ones are ranked by"),
        "L12.weight": (WEIGHT, "weight of the newest blank in the moving average"),
        "L12.widths": (WIDTHS, "limit of the average, in its standard deviations"),
    },
)
def quiet_blanks(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L12")
    reference = int(settings.number("L12.reference", REFERENCE))
    blanks = [
        each
        for each in holdings.of(Injection)
        if each.content in BLANKS and each.highest_rfu is not None and each.at is not None
    ]
    series: dict[tuple[str, str, str], list[Injection]] = defaultdict(list)
    for each in blanks:
        series[each.instrument, each.kit, each.conditions].append(each)
    for group in series.values():
        if len(group) <= reference:
            count = f"{len(group)} blanks with their highest peak; {reference + 1} are needed"
            tally.unable(f"blanks of instrument {group[0].instrument}", count)
            continue
        tally.looked_at += len(group) - reference
        _rising(group, reference, settings, tally)
    return tally.answer(expected_false=FALSE_RISES * tally.looked_at / _years(blanks))


def _rising(blanks: list[Injection], reference: int, settings: Settings, tally: Tally) -> None:
    heights = [each.highest_rfu for each in blanks if each.highest_rfu is not None]
    weight = settings.number("L12.weight", WEIGHT)
    widths = settings.number("L12.widths", WIDTHS)
    kit = f", kit {blanks[0].kit}" if blanks[0].kit else ""
    found = rises(heights, reference=reference, weight=weight, widths=widths)
    if not found:
        return
    first, *later = found
    run = blanks[first.first : first.last + 1]
    tally.found(
        Severity.B,
        f"The highest peaks of blanks on instrument {blanks[0].instrument}{kit} rose over "
        f"{len(run)} blanks, below the threshold each"
        f"{f', and {len(later)} more times since' if later else ''}.",
        [run[-1], *run[:-1], *(blanks[each.last] for each in later)],
        known_by=[run[-1], *run[:-1]],
        figures=(
            f"moving average of normal scores {first.average:.2f}, limit {first.limit:.2f}",
            f"against the first {reference} blanks of the series",
        ),
    )


def _years(blanks: list[Injection]) -> float:
    moments = [each.at.earliest for each in blanks if each.at and each.at.earliest]
    return max(1.0, (max(moments) - min(moments)) / _YEAR) if moments else 1.0
