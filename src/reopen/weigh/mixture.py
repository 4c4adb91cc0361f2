"""The likelihood of a stain's peak heights under one proposition, and its gradient.

Model: Cowell, Graversen, Lauritzen and Mortera 2015, JRSS-C 64, 1-48; with degradation, drop-in and
theta as in Bleka, Storvik and Gill 2016, FSI:Genetics 21, 35-44. docs/methods.md has the equations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from reopen.errors import InvalidRecord
from reopen.kernels.mixtures import ln_sums, ln_sums_and_moments
from reopen.kernels.shapes import Floats, Ints, Moments, Shapes
from reopen.weigh.encode import EncodedMixture
from reopen.weigh.model import PeakParameters


class Gradient(NamedTuple):
    """Derivatives of the log-likelihood: in each proportion (as if free), and in the logarithms of
    height, variability and degradation, and in the stutter proportions."""

    proportions: Floats
    ln_height: float
    ln_variability: float
    ln_degradation: float
    back_stutter: float
    forward_stutter: float


class _Linear(NamedTuple):
    """What shapes are made of: intensity is 1 / variability^2, decay holds amplification too."""

    intensity: float
    decay: Floats  # position
    dose: Floats  # position; proportion-weighted fixed copies, which stutter
    silent: Floats  # position; the same for copies that do not


@dataclass(frozen=True, slots=True)
class MixtureLikelihood:
    """ln P(peak heights | parameters, proposition), exact, for an encoded stain."""

    encoded: EncodedMixture

    def ln_by_locus(self, parameters: PeakParameters) -> Floats:
        """Natural log of each locus's likelihood; shape (locus,)."""
        shapes, _ = self.shapes(parameters)
        return self._by_locus(ln_sums(self.encoded.sums, shapes) + self.encoded.ln_constant)

    def ln_likelihood(self, parameters: PeakParameters) -> float:
        """Natural log of the likelihood over all loci; -inf where a peak cannot be explained."""
        return float(self.ln_by_locus(parameters).sum())

    def with_gradient(self, parameters: PeakParameters) -> tuple[float, Gradient]:
        """Log-likelihood and its gradient. Twin: finite differences, in tests/weigh."""
        shapes, linear = self.shapes(parameters)
        values, moments = ln_sums_and_moments(self.encoded.sums, shapes)
        values = values + self.encoded.ln_constant
        by_locus = self._by_locus(values)
        if not np.isfinite(by_locus).all():
            return -np.inf, _flat(len(parameters.proportions))
        share = np.exp(values - by_locus[self.encoded.marker_of])
        total = float(by_locus.sum())
        return total, self._gradient(parameters, shapes, linear, moments, share)

    def shapes(self, parameters: PeakParameters) -> tuple[Shapes, _Linear]:
        """Gamma shapes as linear functions of doses (mixture model, section 4)."""
        e, p = self.encoded, parameters
        if len(p.proportions) != e.fixed.shape[1]:
            raise InvalidRecord(
                f"{len(p.proportions)} proportions for {e.fixed.shape[1]} contributors.",
                rule="Each contributor of the proposition has a proportion.",
                way_on="Give one proportion for each contributor, in the proposition's order.",
            )
        proportions = np.array(p.proportions)
        intensity = p.variability**-2
        decay = e.efficiency * p.degradation**e.scaled_length
        kept = 1.0 - p.back_stutter * e.loses_back - p.forward_stutter * e.loses_forward
        here = intensity * e.is_allele * kept * decay
        above = intensity * p.back_stutter * _take(decay * e.loses_back, e.above)
        below = intensity * p.forward_stutter * _take(decay * e.loses_forward, e.below)
        dose, silent = e.fixed @ proportions, e.silent @ proportions
        known = here * (dose + silent) + above * _take(dose, e.above) + below * _take(dose, e.below)
        scale = p.height_rfu * p.variability**2
        weight = e.carries @ proportions
        return (
            Shapes(weight, known, here, above, below, scale),
            _Linear(intensity, decay, dose, silent),
        )

    def _by_locus(self, values: Floats) -> Floats:
        """ln of the sum over a marker's components."""
        by_locus = np.full(len(self.encoded.markers), -np.inf)
        np.logaddexp.at(by_locus, self.encoded.marker_of, values)
        return by_locus

    def _gradient(
        self,
        parameters: PeakParameters,
        shapes: Shapes,
        linear: _Linear,
        moments: Moments,
        share: Floats,
    ) -> Gradient:
        """The chain rule from shapes to parameters."""
        e = self.encoded
        sum_of = np.repeat(np.arange(len(share)), np.diff(e.sums.first_position))
        per_position = share[sum_of]
        known = moments.known * per_position
        here, above, below = (m * per_position[:, None] for m in moments[1:4])
        weight = shapes.weight[sum_of]
        in_here = (weight * here).sum(axis=1) + known * (linear.dose + linear.silent)
        in_above = (weight * above).sum(axis=1) + known * _take(linear.dose, e.above)
        in_below = (weight * below).sum(axis=1) + known * _take(linear.dose, e.below)
        at_parent = linear.intensity * linear.decay * e.is_allele * in_here
        decay = linear.intensity * linear.decay
        from_above = _take(decay * e.loses_back, e.above) * in_above
        from_below = _take(decay * e.loses_forward, e.below) * in_below
        in_shape = shapes.here * in_here + shapes.above * in_above + shapes.below * in_below
        in_scale = float((moments.scale * per_position).sum())
        in_decay = (
            shapes.here * in_here * e.scaled_length
            + shapes.above * in_above * _take(e.scaled_length, e.above)
            + shapes.below * in_below * _take(e.scaled_length, e.below)
        ).sum()
        drawn = (
            shapes.here[:, None] * here
            + shapes.above[:, None] * above
            + shapes.below[:, None] * below
        )
        in_weight = np.zeros_like(shapes.weight)
        np.add.at(in_weight, sum_of, drawn)
        in_proportions = np.einsum("ij,ijk->k", in_weight, e.carries)
        in_proportions += (known * shapes.here) @ (e.fixed + e.silent)
        in_proportions += (known * shapes.above) @ _take(e.fixed, e.above)
        in_proportions += (known * shapes.below) @ _take(e.fixed, e.below)
        return Gradient(
            proportions=in_proportions,
            ln_height=in_scale,
            ln_variability=float(2 * in_scale - 2 * in_shape.sum()),
            ln_degradation=float(in_decay),
            back_stutter=float((from_above - at_parent * e.loses_back).sum()),
            forward_stutter=float((from_below - at_parent * e.loses_forward).sum()),
        )


def _take(values: Floats, index: Ints) -> Floats:
    """Values at an index, and 0 where the index is -1."""
    taken: Floats = values[index]
    taken[index < 0] = 0.0
    return taken


def _flat(n: int) -> Gradient:
    return Gradient(np.zeros(n), 0.0, 0.0, 0.0, 0.0, 0.0)
