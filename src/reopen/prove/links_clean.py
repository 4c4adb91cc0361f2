"""X8 and X10: DNA too much, or too whole, for what it was found on and how old it is.

Our own, untested on real cases: a lead for the laboratory and for nothing else. What a touch
leaves varies a thousandfold, and dry cold stores keep DNA for decades. Not here: which of a
sample's peaks are real (`weigh`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.stats import t as student

from reopen.prove.holdings import Holdings
from reopen.prove.linked import latest_results
from reopen.prove.provenance import lineage
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.base import Ref
from reopen.records.cases import Exhibit, Sample
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Injection, Quantification, Status, WellKind
from reopen.records.results import LabResult, ResultKind
from reopen.records.times import Interval

_TOUCHED = ("touch", "handled", "grip", "handle")
_YEAR_DAYS = 365.25
_LEAST_PEAKS = 10


@rule(
    "X8",
    "Too much of one donor",
    severity=Severity.C,
    needs=(LabResult, Quantification),
    asks="Is there more DNA of one donor than a touch leaves, or a profile without DNA?",
    checks=(
        "Blood, saliva or skin that nobody saw: test for body fluids.",
        "The substrate is recorded wrongly.",
        "The quantification failed by inhibition: repeat it diluted.",
    ),
    learnt="our own, untested",
    numbers={
        "X8.touch_ng_ul": (5.0, "nanograms per microlitre that touch hardly ever leaves"),
        "X8.amplified_rfu": (5000.0, "height of a profile whose quantification found no DNA"),
    },
)
def too_much(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X8")
    asked: set[str] = set()
    for result in latest_results(holdings):
        kept = result.kind in (ResultKind.PROFILE, ResultKind.INCLUSION)
        if not kept or result.sample in asked:
            continue
        asked.add(result.sample)
        quantified = _quantified(holdings, result.sample)
        if quantified is None:
            tally.unable(result, "no quantification of the sample")
            continue
        substrate = _exhibit(holdings, result.sample)
        if substrate is None or not substrate.substrate:
            tally.unable(result, "substrate not recorded")
        else:
            _much_by_touch(tally, settings, result, quantified, substrate)
        _amplified(tally, holdings, settings, result, quantified)
        tally.looked_at += 1
    return tally.answer()


def _much_by_touch(
    tally: Tally,
    settings: Settings,
    result: LabResult,
    quantified: Quantification,
    exhibit: Exhibit,
) -> None:
    touched = any(word in exhibit.substrate.lower() for word in _TOUCHED)
    amount = quantified.total_ng_ul
    if not touched or result.contributors != 1 or amount is None:
        return
    if amount > settings.number("X8.touch_ng_ul", 5.0):
        tally.found(
            Severity.C,
            f"{result.ref} lacks a source other than touch for {amount:.3g} ng/uL of one donor.",
            [result, quantified, exhibit],
            case=result.case,
        )


def _amplified(
    tally: Tally,
    holdings: Holdings,
    settings: Settings,
    result: LabResult,
    quantified: Quantification,
) -> None:
    """A strong profile without DNA: what already amplified product would look like, since it
    carries the markers and not the quantification's target."""
    none = quantified.undetermined or quantified.total_ng_ul == 0
    heights = [
        (each.highest_rfu, each)
        for name in lineage(holdings, result.sample)
        for each in holdings.by(Injection, "sample").get(name, ())
        if each.highest_rfu is not None
    ]
    highest, injection = max(heights, key=lambda each: each[0], default=(0.0, None))
    if none and injection and highest > settings.number("X8.amplified_rfu", 5000.0):
        tally.found(
            Severity.C,
            f"{result.ref} lacks DNA in its quantification for peaks of {highest:.0f} RFU.",
            [result, quantified, injection],
            aspect="amplified",
            case=result.case,
        )


def _quantified(holdings: Holdings, sample: str) -> Quantification | None:
    """The last version of a sample's quantification."""
    found = [
        each
        for name in lineage(holdings, sample)
        for each in holdings.by(Quantification, "sample").get(name, ())
    ]
    return max(found, key=lambda each: each.version, default=None)


def _exhibit(holdings: Holdings, sample: str) -> Exhibit | None:
    for name in lineage(holdings, sample):
        held = holdings.one(Sample, name)
        exhibit = holdings.one(Exhibit, held.exhibit if held else name)
        if exhibit is not None:
            return exhibit
    return None


@dataclass(frozen=True, slots=True)
class Decay:
    """How a profile's heights fall with fragment size. slope: ln RFU per 100 bp."""

    injection: Injection
    exhibit: Exhibit
    years: float
    slope: float


@rule(
    "X10",
    "Cleaner than its age",
    severity=Severity.C,
    needs=(Injection, Exhibit),
    asks="Do a case's old exhibits show none of the decay that others of their age show?",
    checks=(
        "Kept dry, cold and dark: compare with other exhibits of the same store.",
        "The date of collection is wrong, or a later exhibit took its number.",
        "A kit or instrument whose large fragments are strong: compare within one kit.",
    ),
    statistical=True,
    learnt="our own, untested",
    share=0.05,
    numbers={
        "X10.years": (10.0, "years from collection to injection from which decay is to be seen"),
        "X10.least_peers": (10.0, "other old profiles of the same kit below which it cannot tell"),
        "X10.p_value": (0.01, "tail from which a profile is considered at all"),
    },
)
def cleaner_than_its_age(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("X10")
    by_kit: dict[str, list[Decay]] = {}
    for injection in holdings.of(Injection):
        decay = _decay(tally, holdings, injection)
        if decay is not None and decay.years >= settings.number("X10.years", 10.0):
            by_kit.setdefault(injection.kit, []).append(decay)
    for kit, decays in by_kit.items():
        for case in sorted({each.exhibit.case for each in decays}):
            own = [each for each in decays if each.exhibit.case == case]
            others = [each for each in decays if each.exhibit.case != case]
            if len(others) < settings.number("X10.least_peers", 10.0):
                tally.unable(f"case {case}", f"{len(others)} other old profiles are too few")
                continue
            tally.looked_at += 1
            p = _less_decay_p(own, others)
            if p <= settings.number("X10.p_value", 0.01):
                _tell_of_decay(tally, case, kit, own, others, p)
    return tally.answer()


def _decay(tally: Tally, holdings: Holdings, injection: Injection) -> Decay | None:
    """The slope of one injection's peaks; None where it is no old trace, or says too little."""
    bench = injection.content is not WellKind.SAMPLE or injection.status is not Status.DONE
    if bench or injection.sample is None or injection.reanalysis_of is not None:
        return None
    exhibit = _exhibit(holdings, injection.sample)
    if exhibit is None or exhibit.collected is None or injection.at is None:
        return None
    if len(injection.sizes_bp) < _LEAST_PEAKS or min(injection.heights_rfu) <= 0:
        tally.unable(injection, "too few peaks to see a slope")
        return None
    slope = np.polyfit(np.array(injection.sizes_bp) / 100, np.log(injection.heights_rfu), 1)[0]
    return Decay(injection, exhibit, _years(exhibit.collected, injection.at), float(slope))


def _years(collected: Interval, injected: Interval) -> float:
    """At least so many years lie between the two; 0 where an end is open."""
    if collected.latest is None or injected.earliest is None:
        return 0.0
    return (injected.earliest - collected.latest).days / _YEAR_DAYS


def _less_decay_p(own: list[Decay], others: list[Decay]) -> float:
    """P(a mean slope at least so flat at this age | the others), Student's t.

    The others' slopes are a line in the years since collection (least squares); the case's mean
    distance from it has the variance s^2 (1/k + 1/n).
    """
    years = np.array([each.years for each in others])
    slopes = np.array([each.slope for each in others])
    design = np.column_stack([np.ones_like(years), years - years.mean()])
    line, *_ = np.linalg.lstsq(design, slopes, rcond=None)
    n, k = len(slopes), len(own)
    spread = sqrt(float(((slopes - design @ line) ** 2).sum()) / (n - 2)) or 1e-9
    expected = [line[0] + line[1] * (each.years - years.mean()) for each in own]
    distance = float(np.mean([each.slope for each in own]) - np.mean(expected))
    return float(student.sf(distance / (spread * sqrt(1 / k + 1 / n)), n - 2))


def _tell_of_decay(
    tally: Tally, case: str, kit: str, own: list[Decay], others: list[Decay], p: float
) -> None:
    exhibits = dict.fromkeys(each.exhibit.ref for each in own)
    tally.found(
        Severity.C,
        f"Profiles of case {case} ({kit or 'kit not recorded'}) lack the decay of others of their "
        f"age, {min(each.years for each in own):.0f} years or more.",
        [*(each.injection for each in own), *exhibits],
        known_by=[Ref("case", case)],
        aspect=kit,
        case=case,
        p_value=p,
        figures=(
            f"ln height falls by {_fall(own):.2f} per 100 bp, mean of {len(own)} profiles",
            f"by {_fall(others):.2f} in the kit's {len(others)} other old profiles",
            f"p {p:.2g}",
        ),
    )


def _fall(decays: list[Decay]) -> float:
    return -float(np.mean([each.slope for each in decays]))
