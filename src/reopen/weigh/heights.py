"""Which heights the fitted model expects at each place, with how much they vary.

Given all peaks, the copies at a place have a posterior; each number of copies gives a gamma law of
heights. Their mixture is what another amplification of the same extract would show there.

Not for: whether an observed peak is explained (`diagnostics`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammainc
from scipy.stats import gamma

from reopen.kernels.mixtures import dose_posterior, ln_sums
from reopen.kernels.shapes import Floats
from reopen.records import Allele, Locus
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakParameters

_ENDS = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class ExpectedHeight:
    """Height of a peak under the fitted model, RFU: its mean, and the ends of its 95 % interval.

    An end is 0 where it is more probable than that that nobody's DNA reaches the place.
    """

    mean_rfu: float
    low_rfu: float
    high_rfu: float


def expected_height_ranges(
    likelihood: MixtureLikelihood, parameters: PeakParameters
) -> dict[tuple[Locus, Allele], ExpectedHeight]:
    """Expected heights at every named place that DNA or its stutter may reach.

    Loci at which the proposition cannot produce the peaks are left out.
    Source: Cowell, Graversen, Lauritzen and Mortera 2015, section on model diagnostics.
    """
    encoded = likelihood.encoded
    shapes = likelihood.shapes(parameters)
    values = ln_sums(encoded.sums, shapes) + encoded.ln_constant
    of_locus = likelihood.ln_by_locus(parameters)[encoded.marker_of]
    laws: dict[tuple[Locus, Allele], list[tuple[Floats, Floats]]] = {}
    for i, marker_index in enumerate(encoded.marker_of):
        if not np.isfinite(values[i]):
            continue
        marker = encoded.markers[int(marker_index)]
        share = float(np.exp(values[i] - of_locus[i]))
        offsets, posterior, shape, reach = dose_posterior(encoded.sums, shapes, i)
        for k, label in enumerate(marker.chains.labels):
            at = slice(offsets[k], offsets[k + 1])
            if label is not None:
                weight = posterior[at] / posterior[at].sum()
                law = (share * weight, np.where(reach[at], shape[at], 0.0))
                laws.setdefault((marker.locus, label), []).append(law)
    return {place: _height(parts, shapes.scale) for place, parts in laws.items()}


def _height(parts: list[tuple[Floats, Floats]], scale: float) -> ExpectedHeight:
    """A mixture of gamma laws of one scale; weights sum to 1, a shape of 0 is no peak."""
    weight = np.concatenate([weights for weights, _ in parts])
    shape = np.concatenate([shapes for _, shapes in parts])
    mean = float(weight @ shape) * scale
    low, high = (_quantile(weight, shape, probability) * scale for probability in _ENDS)
    return ExpectedHeight(mean, low, high)


def _quantile(weight: Floats, shape: Floats, probability: float) -> float:
    """Quantile of the mixture, in units of the scale."""
    present = (shape > 0) & (weight > 0)
    nothing = 1.0 - float(weight[present].sum())
    if probability <= nothing or not present.any():
        return 0.0

    def excess(height: float) -> float:
        return nothing + float(weight[present] @ gammainc(shape[present], height)) - probability

    most = float(gamma.ppf(1 - 1e-12, shape[present].max()))
    return float(brentq(excess, 0.0, most, xtol=1e-9, rtol=1e-9)) if excess(most) > 0 else most
