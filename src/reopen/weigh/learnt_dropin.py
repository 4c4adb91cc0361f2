"""Drop-in in single-source runs: peaks that are neither the donor's alleles nor their stutter.

Not for: drop-in in a likelihood (`model`, `encode`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from scipy.stats import beta

from reopen.records import Allele, Locus
from reopen.weigh.model import PeakModel, setting_at
from reopen.weigh.single_source import SingleSource

LEAST_DROPINS = 5  # for their probability and the law of their heights


@dataclass(frozen=True, slots=True)
class DropinRates:
    """Peaks that are neither the donor's alleles nor their stutter.

    peaks     how many, and `loci_with` any of the `loci` amplified
    loci_counted  those loci, each by the share of the donors' alleles that would have shown there
    interval  95 % interval of the probability
    rate      of their heights above the threshold, 1/RFU; None with fewer than LEAST_DROPINS peaks:
              then the model keeps its own drop-in, since somebody may have cleaned the exports
    """

    peaks: int
    loci_with: int
    loci: int
    loci_counted: float
    probability: float
    interval: tuple[float, float]
    rate: float | None
    tallest_rfu: float


def learn_dropin(runs: Sequence[SingleSource], model: PeakModel) -> DropinRates:
    """Drop-in at the loci where the donor's alleles are known.

    A drop-in on an allele or its stutter is not told apart, so a run's locus counts by the share of
    the donors' alleles that would have shown. The probability is (k + 1/2) / (n + 1), of k loci
    with drop-in among n that count, with Jeffreys's interval.
    """
    alleles = _alleles_of_donors(runs)
    excess, with_any, n, loci, tallest = [], 0, 0.0, 0, 0.0
    for run in runs:
        for locus in run.genotypes:
            explained = {*run.copies(locus), *run.products(locus)}
            others = [h for label, h in run.heights[locus].items() if label not in explained]
            threshold = setting_at(model.threshold_rfu, locus, "threshold")
            excess += [height - threshold for height in others]
            tallest = max([tallest, *others])
            with_any += bool(others)
            loci += 1
            n += sum(label not in explained for label in alleles[locus]) / len(alleles[locus])
    n = max(n, float(with_any))
    law = beta(with_any + 0.5, n - with_any + 0.5)
    mean = sum(excess) / len(excess) if excess else 0.0
    return DropinRates(
        peaks=len(excess),
        loci_with=with_any,
        loci=loci,
        loci_counted=n,
        probability=(with_any + 0.5) / (n + 1),
        interval=(float(law.ppf(0.025)), float(law.ppf(0.975))),
        rate=1 / mean if len(excess) >= LEAST_DROPINS and mean > 0 else None,
        tallest_rfu=tallest,
    )


def _alleles_of_donors(runs: Sequence[SingleSource]) -> dict[Locus, list[Allele]]:
    """Both alleles of each donor, at each locus."""
    typed = {(run.donor, locus): g.pair for run in runs for locus, g in run.genotypes.items()}
    found: dict[Locus, list[Allele]] = {}
    for (_, locus), pair in typed.items():
        found.setdefault(locus, []).extend(pair)
    return found
