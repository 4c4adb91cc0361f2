"""What the checks of a weighing found, in sentences and rows, for the terminal and the report.

Not for: laying them out (`as_text`, `assemble_weighing`), the numbers themselves (`weigh`).
"""

from __future__ import annotations

from collections.abc import Sequence

from reopen.faces.report.wording import log10_text, one_in_text, rfu_text, share_text
from reopen.faces.workbench.peak_checks import ModelCheck
from reopen.faces.workbench.results import NonContributorTest, Weighing
from reopen.records import Ending
from reopen.weigh.diagnostics import PeakCheck
from reopen.weigh.noncontributors import QUANTILES, NonContributors
from reopen.weigh.noncontributors_refitted import RefittedNonContributors
from reopen.weigh.sensitivity import Sensitivity

FAILS = (
    "Even under the second proposition the fitted model does not explain the peaks that are named "
    "below: the number of contributors, or another assumption, is in doubt, and so is this number."
)
FAILS_FIRST = (
    "Under the first proposition the fitted model does not explain the peaks that are named below; "
    "under the second it does. The number accounts for that."
)
NOT_SETTLED = "A fit did not settle: do not rely on this number."


def warnings(weighing: Weighing) -> tuple[str, ...]:
    """What must be read before the number."""
    ratio, told = weighing.ratio, []
    if ratio.numerator.ending is Ending.UNEXPLAINED:
        told.append(
            "An exclusion under this model. The first proposition cannot produce all peaks: "
            f"{ratio.numerator.remark}."
        )
    elif not ratio.is_settled:
        told.append(NOT_SETTLED)
    if weighing.denominator_check.model_fails:
        told.append(FAILS)
    elif weighing.numerator_check.model_fails:
        told.append(FAILS_FIRST)
    return tuple(told)


def checks_told(check: ModelCheck) -> str:
    """Peaks that the model does not explain or takes for drop-in, by name, or that there are none.

    As the rest of a sentence.
    """
    if check.unchecked:
        return f"not checked: {check.unchecked.rstrip('.')}."
    return (
        f"{_peaks(check.unexplained, check)} of a height not explained; "
        f"{_peaks(check.dropins, check)} taken for drop-in, where the settings lead one to "
        f"expect {check.expected_dropins:.2g} of all {len(check.peaks)}."
    )


def checks_counted(check: ModelCheck) -> str:
    """The same in numbers, where a table names the peaks."""
    return (
        f"Of {len(check.peaks)} peaks, {len(check.unexplained) or 'none'} of a height not "
        f"explained, {len(check.dropins) or 'none'} taken for drop-in; the settings lead one to "
        f"expect {check.expected_dropins:.2g} drop-ins."
    )


def _peaks(found: Sequence[PeakCheck], check: ModelCheck) -> str:
    """As "none", or "2 (TH01 9.3, 236 RFU; FGA 25, 735 RFU)"."""
    several = any(peak.replicate for peak in check.peaks)
    named = "; ".join(
        f"{peak.locus} {peak.allele}, {rfu_text(peak.height_rfu)} RFU"
        + (f", replicate {peak.replicate + 1}" if several else "")
        for peak in found
    )
    return f"{len(found)} ({named})" if found else "none"


def sensitivity_told(found: Sensitivity) -> str:
    """The range of log10 LR over all changes, and how many could not be weighed."""
    low, high = found.range
    told = (
        f"As weighed, log10 LR is {log10_text(found.log10)}. With one assumption changed at a time "
        f"it lies between {log10_text(low)} and {log10_text(high)}."
    )
    missing = len(found.effects) - len(found.weighed)
    if missing:
        told += f" {missing} of {len(found.effects)} changes could not be weighed."
    if any(effect.remark for effect in found.effects):
        told += " Numbers with a remark are not comparable with the others."
    return told


def non_contributors_told(test: NonContributorTest, log10: float) -> tuple[str, ...]:
    """What random people would score in the suspect's place, beside the suspect."""
    told = []
    if test.exact is not None:
        told.append(_exact_told(test.exact, log10))
    if test.refitted is not None:
        told.append(_refitted_told(test.refitted))
    return tuple(told)


def _exact_told(found: NonContributors, log10: float) -> str:
    spread = found.distribution
    reached = spread.at_least(max(log10, spread.floor))
    told = (
        f"Had a random unrelated person been typed in place of {found.suspect}, a log10 LR of "
        f"{log10_text(log10)} or more would have come up with probability {_between(reached)}"
    )
    told += f", and an LR above 1 with probability {_between(spread.above(0.0))}."
    if log10 > 0:
        told += f" The first can never be more than 1 in the LR, {one_in_text(10.0**-log10)}."
    return (
        f"{told} This is exact for the parameters fitted under the first proposition, at which the "
        f"log10 LR of {found.suspect} is {log10_text(found.observed)}; fitted for each proposition "
        f"by itself it is {log10_text(log10)}. It is the probability of such a number, not that "
        f"{found.suspect} is not a contributor."
    )


def _refitted_told(found: RefittedNonContributors) -> str:
    n = len(found.log10)
    if not n:
        return f"Of {len(found.not_weighed)} random people drawn none could be weighed."
    share, low, high = found.share_at_least(found.observed)
    told = (
        f"With parameters fitted for each of {n} random people drawn (seed {found.seed}), "
        f"{round(share * n)} had a log10 LR of {log10_text(found.observed)} or more: a share "
        f"between {low:.2g} and {high:.2g} (95 % interval)."
    )
    if found.not_weighed:
        told += f" {len(found.not_weighed)} more could not be weighed and count nowhere."
    return told


def non_contributor_rows(test: NonContributorTest, log10: float) -> tuple[tuple[str, str], ...]:
    """Quantiles and tails of the exact distribution, and of the people drawn; name and value."""
    rows: list[tuple[str, str]] = []
    if test.exact is not None:
        rows += _exact_rows(test.exact, log10)
    if test.refitted is not None and test.refitted.log10:
        rows += _refitted_rows(test.refitted)
    return tuple(rows)


def _exact_rows(found: NonContributors, log10: float) -> list[tuple[str, str]]:
    spread = found.distribution
    return [
        ("Cannot have contributed", share_text(spread.impossible)),
        *(
            (f"{quantile * 100:.10g} % have a log10 LR of at most",
             _quantile(*spread.quantile(quantile)))
            for quantile in QUANTILES
        ),
        (f"Reach {log10_text(log10)}, the number weighed",
         _between(spread.at_least(max(log10, spread.floor)))),
        (f"Reach {log10_text(found.observed)}, the same with parameters kept",
         _between(spread.at_least(max(found.observed, spread.floor)))),
        ("Have an LR above 1", _between(spread.above(0.0))),
        ("Largest log10 LR possible", log10_text(spread.largest)),
        ("Mean LR, which must be 1", f"{spread.mean_power:.6f}"),
    ]  # fmt: skip


def _refitted_rows(found: RefittedNonContributors) -> list[tuple[str, str]]:
    values = found.log10
    share, low, high = found.share_at_least(found.observed)
    excluded = sum(value == float("-inf") for value in values)
    return [
        ("Drawn and weighed with parameters fitted", str(len(values))),
        ("Of these, cannot have contributed", str(excluded)),
        ("Of these, median log10 LR", log10_text(values[(len(values) - 1) // 2])),
        ("Of these, largest log10 LR", log10_text(values[-1])),
        (f"Of these, share that reach {log10_text(found.observed)}",
         f"{share:.2g} (95 % interval {low:.2g} to {high:.2g})"),
    ]  # fmt: skip


def _between(bounds: tuple[float, float]) -> str:
    """A probability between two bounds, which are often the same when rounded."""
    low, high = (one_in_text(bound) if bound > 0 else "0" for bound in bounds)
    return high if low == high else f"between {low} and {high}"


def _quantile(low: float, high: float) -> str:
    words = log10_text(low), log10_text(high)
    if low == float("-inf") < high:
        return f"below {words[1]}"
    return words[0] if words[0] == words[1] else f"{words[0]} to {words[1]}"
