"""Does the fitted model explain each peak: the probability plot, as numbers.

For each observed peak, the probability of a height no greater, given that a peak is there and given
all other peaks. Under the model these are uniform; peaks far off the diagonal are named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc
from scipy.stats import beta, gamma

from reopen.errors import CannotWeigh
from reopen.kernels.mixtures import dose_posterior, ln_sums
from reopen.kernels.shapes import Floats
from reopen.records import Allele, Locus
from reopen.weigh.encode import EncodedMixture
from reopen.weigh.markers import PreparedMarker
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakParameters

PeakId = tuple[Locus, int, Allele]

LEVEL = 0.01
_TALLEST = 0.99999  # quantile that stands for "any height"


@dataclass(frozen=True, slots=True)
class PeakCheck:
    """One peak against the fitted model.

    replicate   its number in the stain, from 0
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


@dataclass(frozen=True, slots=True)
class PeakPlace:
    """What the peaks leave open about the place of one of them; arrays over (component by descent,
    joint dose).

    posterior  of the component and the doses
    shape      of the height's gamma law
    reach      whether anybody can leave a peak there; else the peak is drop-in
    """

    posterior: Floats
    shape: Floats
    reach: NDArray[np.bool_]


def check_peaks(likelihood: MixtureLikelihood, parameters: PeakParameters) -> tuple[PeakCheck, ...]:
    """Check every peak at or above the threshold, in the order of loci, replicates and alleles.

    Raises CannotWeigh where no genotypes explain the peaks of a locus.
    Source: Bleka, Storvik and Gill 2016, model validation; order statistics of the uniform law.
    """
    scale = parameters.height_rfu * parameters.variability**2
    return ranked_checks(
        [
            (
                marker.locus,
                r,
                label,
                height,
                cumulative(height, marker, scale, parameters, place),
            )
            for marker, r, label, height, place in _peaks(likelihood, parameters)
        ]
    )


def dropin_probabilities(
    likelihood: MixtureLikelihood, parameters: PeakParameters
) -> dict[PeakId, float]:
    """P(nobody's DNA reaches a peak's place | all peaks), for every peak."""
    return {
        (marker.locus, r, label): float(place.posterior[~place.reach].sum() / place.posterior.sum())
        for marker, r, label, _, place in _peaks(likelihood, parameters)
    }


def _peaks(
    likelihood: MixtureLikelihood, parameters: PeakParameters
) -> Iterator[tuple[PreparedMarker, int, Allele, float, PeakPlace]]:
    """Marker, replicate, allele and height of each peak, and what is left open about its place."""
    encoded = likelihood.encoded
    shapes = likelihood.shapes(parameters)
    values = ln_sums(encoded.sums, shapes) + encoded.ln_constant
    for number, marker in enumerate(encoded.markers):
        sums = np.flatnonzero(encoded.marker_of == number)
        if values[sums].max() == -np.inf:
            raise CannotWeigh(
                f"The peaks of stain {encoded.stain.id!r} at {marker.locus} cannot come from "
                f"{encoded.proposition}.",
                rule="Peaks are checked against a fit that explains them.",
                way_on="Ask for more contributors, or allow drop-in.",
            )
        shares = np.exp(values[sums] - values[sums].max())
        parts = [dose_posterior(encoded.sums, shapes, i) for i in sums[shares > 0]]
        shares = shares[shares > 0] / shares.sum()
        for r, heights in zip(typing_replicates(encoded, marker), marker.heights, strict=True):
            for label, height in heights.items():
                k = marker.chains.labels.index(label)
                at = [slice(offsets[k], offsets[k + 1]) for offsets, *_ in parts]
                weighted = zip(shares, parts, at, strict=True)
                place = PeakPlace(
                    np.concatenate([share * part[1][here] for share, part, here in weighted]),
                    np.concatenate([part[2][here] for part, here in zip(parts, at, strict=True)]),
                    np.concatenate([part[3][here] for part, here in zip(parts, at, strict=True)]),
                )
                yield marker, r, label, height, place


def typing_replicates(encoded: EncodedMixture, marker: PreparedMarker) -> list[int]:
    """Numbers of the stain's replicates that typed a marker: whose heights the marker has."""
    return [r for r, one in enumerate(encoded.stain.replicates) if marker.locus in one.peaks]


def cumulative(
    height: float,
    marker: PreparedMarker,
    scale: float,
    parameters: PeakParameters,
    place: PeakPlace,
) -> float:
    """The peak's own factor in every term replaced by the chance of a height up to it, or any."""
    posterior, shape, reach = place.posterior, place.shape, place.reach
    threshold, rate = marker.threshold_rfu, marker.dropin_rate
    tallest = gamma.ppf(_TALLEST, 2 / parameters.variability**2, scale=scale)
    ln_weight = np.full_like(posterior, -np.inf)
    below, whole = np.zeros_like(posterior), np.zeros_like(posterior)
    real = reach & (shape > 0) & (posterior > 0)
    low = gammainc(shape[real], (threshold - 1) / scale)
    ln_weight[real] = np.log(posterior[real]) - gamma.logpdf(height, shape[real], scale=scale)
    below[real] = gammainc(shape[real], height / scale) - low
    whole[real] = gammainc(shape[real], tallest / scale) - low
    dropped = ~reach & (posterior > 0)
    if dropped.any():
        # the drop-in's own probability and frequency stay in the term
        excess = height - threshold
        ln_weight[dropped] = np.log(posterior[dropped]) - np.log(rate) + rate * excess
        below[dropped] = 1 - np.exp(-rate * (excess + 1 if abs(excess) < 1 else excess))
        whole[dropped] = 1.0
    weight = np.exp(ln_weight - ln_weight.max())
    return float((weight * below).sum() / (weight * whole).sum())


def ranked_checks(found: list[tuple[Locus, int, Allele, float, float]]) -> tuple[PeakCheck, ...]:
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
