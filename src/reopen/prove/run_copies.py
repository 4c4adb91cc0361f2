"""L5: two runs whose data are the same, or alike beyond what two injections can be.

The raw signal of an injection never repeats. Neither do the heights of its peaks: between two
injections each differs by some per cent, so that a run of equal heights has a chance that can be
bounded. Only heights are counted; sizes have to agree as well. Not here: controls that are not
there (`run_controls`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from itertools import combinations
from math import comb, log10, pi, sqrt

from reopen.prove.holdings import Holdings
from reopen.prove.rules import Settings, rule
from reopen.prove.tally import Tally
from reopen.records.findings import RuleAnswer, Severity
from reopen.records.laboratory import Injection

HEIGHT_CV = 0.02
LEAST_EXPECTED = 0.001

Peak = tuple[float | None, float]
"""Size in bp (where given) and height in RFU."""


@rule(
    "L5",
    "Copied control or trace data",
    severity=Severity.A,
    needs=(Injection,),
    asks="Has every run a signal of its own, and peaks that two injections could give?",
    checks=(
        "One injection may have been analysed or exported twice: name the injection it came from.",
        "The import may have read one file under two names: compare the file's hash (S6).",
        "Ask for both raw files from the instrument's own disk.",
    ),
    learnt="Blair: control files from earlier runs in at least 20 cases",
    numbers={
        "L5.height_cv": (HEIGHT_CV, "least relative spread of a height between two injections"),
        "L5.expected": (LEAST_EXPECTED, "pairs expected by chance below which equality is told"),
    },
)
def copied_runs(holdings: Holdings, settings: Settings) -> RuleAnswer:
    tally = Tally("L5")
    runs = [each for each in holdings.of(Injection) if not each.reanalysis_of]
    judged: list[Injection] = []
    for each in runs:
        if each.signal_hash or each.raw_hash or each.heights_rfu:
            judged.append(each)
        else:
            tally.unable(each, "neither a hash of its signal nor its peaks are recorded")
    tally.looked_at = len(judged)
    told = _same_signal(judged, tally)
    _same_peaks(judged, told, settings, tally)
    return tally.answer()


def _one_run(one: Injection, other: Injection) -> bool:
    """Two records of one injection: exported or imported twice."""
    if one.instrument != other.instrument:
        return False
    if one.sequence is not None and other.sequence is not None:
        return one.sequence == other.sequence
    return bool(one.raw_hash) and (one.raw_hash, one.batch, one.sample) == (
        other.raw_hash,
        other.batch,
        other.sample,
    )


def _distinct(runs: Iterable[Injection]) -> list[Injection]:
    """One record of each injection."""
    kept: list[Injection] = []
    for each in runs:
        if not any(_one_run(each, other) for other in kept):
            kept.append(each)
    return kept


def _same_signal(runs: Sequence[Injection], tally: Tally) -> set[frozenset[str]]:
    """Tell of runs that share a signal or a raw file; the pairs told of, by their ids."""
    groups: dict[tuple[str, str], list[Injection]] = defaultdict(list)
    for each in runs:
        if each.signal_hash:
            groups["signal", each.signal_hash].append(each)
        if each.raw_hash:
            groups["raw file", each.raw_hash].append(each)
    told: set[frozenset[str]] = set()
    for (what, _), group in groups.items():
        copies = _distinct(group)
        pairs = {frozenset((one.id, other.id)) for one, other in combinations(copies, 2)}
        if pairs and not pairs <= told:
            told |= pairs
            text = f"{_list_of(copies)} have one and the same {what}, byte for byte."
            tally.found(Severity.A, text, copies, case=_case(copies), aspect="signal")
    return told


def _same_peaks(
    runs: Sequence[Injection], told: set[frozenset[str]], settings: Settings, tally: Tally
) -> None:
    spread = settings.number("L5.height_cv", HEIGHT_CV)
    limit = settings.number("L5.expected", LEAST_EXPECTED)
    compared = max(1, len(runs) * (len(runs) - 1) // 2)
    for one, other in _alike(runs):
        if _one_run(one, other) or frozenset((one.id, other.id)) in told:
            continue
        shared = list((Counter(_peaks(one)) & Counter(_peaks(other))).elements())
        fewest = min(len(one.heights_rfu), len(other.heights_rfu))
        expected = log10(compared) + log10_chance(shared, fewest, spread)
        if expected < log10(limit):
            tally.found(
                Severity.A,
                f"{_list_of([one, other])} have {len(shared)} of {fewest} peaks of equal size and "
                "height.",
                [one, other],
                case=_case([one, other]),
                aspect="peaks",
                figures=(
                    f"pairs as alike expected by chance among {compared:,}: 1e{expected:.0f}",
                    f"heights of two injections taken to differ by {spread:.0%} at least",
                ),
            )


def log10_chance(shared: Sequence[Peak], peaks: int, spread: float) -> float:
    """Upper bound of log10 P(so many of `peaks` heights are equal to 1 RFU in two injections).

    Two normal heights around h with standard deviation spread * h differ by less than half a RFU
    with probability 1 / (2 sqrt(pi) spread h), nearly; any choice of the equal ones counts.
    """
    each = (min(1.0, 1 / (2 * sqrt(pi) * spread * max(height, 1.0))) for _, height in shared)
    return sum(map(log10, each)) + log10(comb(peaks, len(shared)))


def _peaks(run: Injection) -> list[Peak]:
    if len(run.sizes_bp) == len(run.heights_rfu):
        return list(zip(run.sizes_bp, run.heights_rfu, strict=True))
    return [(None, height) for height in run.heights_rfu]


def _alike(runs: Sequence[Injection]) -> Iterator[tuple[Injection, Injection]]:
    """Pairs with three neighbouring peaks in common; a copy with peaks taken out keeps some."""
    found: dict[Hashable, list[int]] = defaultdict(list)
    for place, run in enumerate(runs):
        peaks = _peaks(run)
        for three in set(zip(peaks, peaks[1:], peaks[2:], strict=False)):
            found[three].append(place)
    pairs = {pair for places in found.values() for pair in combinations(places, 2)}
    for one, other in sorted(pairs):
        yield runs[one], runs[other]


def _list_of(runs: Sequence[Injection]) -> str:
    names = [
        f"{run.id} ({run.content}{f' of batch {run.batch}' if run.batch else ''})" for run in runs
    ]
    return f"Injections {', '.join(names[:-1])} and {names[-1]}"


def _case(runs: Sequence[Injection]) -> str | None:
    cases = {run.case for run in runs}
    return cases.pop() if len(cases) == 1 else None
