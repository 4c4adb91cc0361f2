"""L9: thresholds that end testing, what retests gave above them, and the words used.

Not here: whether the quantification itself is as exported (`run_quantification`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from reopen.prove.exact import share_interval
from reopen.prove.holdings import Holdings
from reopen.prove.provenance import lineage
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Stop
from reopen.records.results import LabResult, ResultKind

LEVEL = 0.99
_PROFILE = (ResultKind.PROFILE, ResultKind.INCLUSION, ResultKind.EXCLUSION)
_NONE = (ResultKind.NO_PROFILE, ResultKind.FAILED, ResultKind.INCONCLUSIVE)
_CLAIMS = ("no dna", "insufficient", "not suitable", "no profile")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@rule(
    "L9",
    "Threshold stops",
    severity=Severity.B,
    needs=(Stop,),
    asks="Do samples below the threshold that ends testing give profiles more often than the "
    "laboratory declares, and do the words say no more than the rule?",
    checks=(
        "Samples are seldom retested at random: ask who chose them and why.",
        "A more sensitive kit may have come since: compare the retests' method.",
        "Declare the yield found by the validation, and put the rule's number into the text.",
    ),
    learnt="Queensland: 0.0088 ng/uL; 10 of 33 retested gave profiles",
    numbers={"L9.level": (LEVEL, "coverage of the interval of the yield")},
)
def threshold_stops(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L9")
    groups: dict[tuple[str, float | None], list[Stop]] = defaultdict(list)
    for stop in holdings.of(Stop):
        groups[stop.rule, stop.threshold_ng_ul].append(stop)
        _own_rule(stop, tally)
    for (name, threshold), stops in groups.items():
        _yield(holdings, name, threshold, stops, settings, tally)
        _wording(name, threshold, stops, tally)
    return tally.answer()


def _own_rule(stop: Stop, tally: Tally) -> None:
    """A sample above the threshold is not ended by it."""
    if stop.value_ng_ul is None or stop.threshold_ng_ul is None:
        tally.unable(stop, "its value or its threshold is not recorded")
        return
    tally.looked_at += 1
    if stop.value_ng_ul > stop.threshold_ng_ul:
        tally.found(
            Severity.B,
            f"Testing of sample {stop.sample} ended at {stop.value_ng_ul:g} ng/uL, which is "
            f"above the threshold of {stop.threshold_ng_ul:g} ng/uL.",
            [stop],
            case=stop.case,
            aspect="above",
        )


def _yield(
    holdings: Holdings,
    name: str,
    threshold: float | None,
    stops: Sequence[Stop],
    settings: Settings,
    tally: Tally,
) -> None:
    retests = [(stop, later) for stop in stops if (later := _retests(holdings, stop))]
    if not retests:
        return
    gave = [(stop, each) for stop, later in retests for each in later if each.kind in _PROFILE]
    count, of = len({stop.sample for stop, _ in gave}), len({stop.sample for stop, _ in retests})
    level = settings.number("L9.level", LEVEL)
    low, high = share_interval(count, of, level)
    rule_text = _rule(name, threshold)
    found = (
        f"{count} of {of} retested samples gave a profile ({low:.0%} to {high:.0%}, "
        f"{level:.0%} interval)"
    )
    declared = {stop.declared_yield for stop in stops} - {None}
    if not declared:
        tally.unable(stops[0], f"{rule_text}: no yield is declared; {found}")
        return
    tally.looked_at += 1
    most = max(each for each in declared if each is not None)
    if low > most:
        tally.found(
            Severity.B,
            f"{found} of those that {rule_text} had ended; declared is {most:.0%}.",
            [record for pair in gave for record in pair],
            known_by=[min(stops, key=lambda each: each.id)],
            aspect="yield",
            figures=(
                f"{of} of {len(stops)} stopped samples were retested",
                f"exact interval of the yield {low:.3f} to {high:.3f}",
            ),
        )


def _retests(holdings: Holdings, stop: Stop) -> list[LabResult]:
    """Results of the sample, or of what was made of it, after testing had ended."""
    by_sample = holdings.by(LabResult, "sample")
    every = (each for name in lineage(holdings, stop.sample) for each in by_sample.get(name, ()))
    return [
        each
        for each in every
        if each.kind in (*_PROFILE, *_NONE) and stop.at is not None and stop.at.before(each.at)
    ]


def _wording(name: str, threshold: float | None, stops: Sequence[Stop], tally: Tally) -> None:
    """Words that claim more than the rule: nothing there, without the number that ended it."""
    told: dict[str, list[Stop]] = defaultdict(list)
    for stop in stops:
        if stop.wording and stop.value_ng_ul:
            told[stop.wording].append(stop)
    for wording, group in told.items():
        claims = any(words in wording.lower() for words in _CLAIMS)
        numbers = {float(each) for each in _NUMBER.findall(wording)}
        if not claims or (threshold is not None and threshold in numbers):
            continue
        tally.found(
            Severity.B,
            f"{len(group)} samples with DNA were reported as {wording!r}, without the number of "
            f"{_rule(name, threshold)}.",
            group,
            known_by=[min(stops, key=lambda each: each.id)],
            aspect=wording,
        )


def _rule(name: str, threshold: float | None) -> str:
    label = f"rule {name}" if name else "the rule"
    return label if threshold is None else f"{label} ({threshold:g} ng/uL)"
