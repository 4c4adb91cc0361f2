"""Does the fitted model explain each peak: the probability plot, as numbers.

For each observed peak, the probability of a height no greater, given that a peak is there and given
all other peaks. Under the model these are uniform; peaks far off the diagonal are named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc
from scipy.stats import beta, gamma

from reopen.errors import CannotWeigh
from reopen.kernels.mixtures import dose_posterior
from reopen.kernels.shapes import Floats
from reopen.records import Allele, Locus
from reopen.weigh.markers import PreparedMarker
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakParameters

LEVEL = 0.01
_TALLEST = 0.99999  # quantile that stands for "any height"


@dataclass(frozen=True, slots=True)
class PeakCheck:
    """One peak against the fitted model.

    cumulative  P(height <= observed | a peak at or above the threshold, all other peaks)
    p_value     one-sided tail of its place among all peaks, ordered
    flagged     p_value below LEVEL / (2 number of peaks): the model does not explain this peak
    """

    locus: Locus
    replicate: int
    allele: Allele
    height_rfu: float
    cumulative: float
    p_value: float
    flagged: bool


def check_peaks(likelihood: MixtureLikelihood, parameters: PeakParameters) -> tuple[PeakCheck, ...]:
    """Check every peak at or above the threshold, in the order of loci, replicates and alleles.

    Source: Bleka, Storvik and Gill 2016, model validation; order statistics of the uniform law.
    Raises CannotWeigh with a related unknown contributor.
    """
    encoded = likelihood.encoded
    if len(encoded.marker_of) > len(encoded.markers):
        raise CannotWeigh(
            f"Peaks of stain {encoded.stain.id!r} with a related contributor.",
            rule="Peaks are checked with unrelated unknown contributors.",
            way_on="Check them without the relation; the peaks hardly depend on it.",
        )
    shapes, _ = likelihood.shapes(parameters)
    found: list[tuple[Locus, int, Allele, float, float]] = []
    for i, marker in enumerate(encoded.markers):
        offsets, posterior, shape, reach = dose_posterior(encoded.sums, shapes, i)
        for r, heights in enumerate(marker.heights):
            for label, height in heights.items():
                k = marker.chains.labels.index(label)
                at = slice(offsets[k], offsets[k + 1])
                value = _cumulative(
                    height, marker, label, shapes.scale, parameters, posterior[at], shape[at],
                    reach[at],
                )  # fmt: skip
                found.append((marker.locus, r, label, height, value))
    return _ranked(found)


def _cumulative(
    height: float,
    marker: PreparedMarker,
    label: Allele,
    scale: float,
    parameters: PeakParameters,
    posterior: Floats,
    shape: Floats,
    reach: NDArray[np.bool_],
) -> float:
    """The peak's own factor in every term replaced by the chance of a height up to it, or any."""
    threshold, rate = marker.threshold_rfu, marker.dropin_rate
    tallest = gamma.ppf(_TALLEST, 2 / parameters.variability**2, scale=scale)
    weight = np.zeros_like(posterior)
    below, whole = np.zeros_like(posterior), np.zeros_like(posterior)
    real = reach & (shape > 0) & (posterior > 0)
    low = gammainc(shape[real], (threshold - 1) / scale)
    weight[real] = posterior[real] / gamma.pdf(height, shape[real], scale=scale)
    below[real] = gammainc(shape[real], height / scale) - low
    whole[real] = gammainc(shape[real], tallest / scale) - low
    frequency = marker.frequencies[marker.alleles.index(label)]
    excess = height - threshold
    density = marker.dropin_probability * frequency * rate * np.exp(-rate * excess)
    dropped = ~reach & (posterior > 0)
    if dropped.any() and density > 0:
        # the drop-in's own probability and frequency stay in the term
        weight[dropped] = posterior[dropped] / (rate * np.exp(-rate * excess))
        below[dropped] = 1 - np.exp(-rate * (excess + 1 if abs(excess) < 1 else excess))
        whole[dropped] = 1.0
    return float((weight * below).sum() / (weight * whole).sum())


def _ranked(found: list[tuple[Locus, int, Allele, float, float]]) -> tuple[PeakCheck, ...]:
    """Each value against the order statistic of its rank."""
    n = len(found)
    values = np.array([value for *_, value in found])
    rank = np.empty(n)
    rank[np.argsort(values, kind="stable")] = np.arange(1, n + 1)
    middle = (rank - 0.5) / n
    law = beta(n * middle, n - n * middle + 1)
    tail = np.where(values < middle, law.cdf(values), law.sf(values))
    return tuple(
        PeakCheck(*peak, float(p), bool(p < LEVEL / (2 * n)))
        for peak, p in zip(found, tail, strict=True)
    )
