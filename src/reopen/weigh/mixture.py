"""The likelihood of a stain's peak heights under one proposition, and its gradient.

Model: Cowell, Graversen, Lauritzen and Mortera 2015, JRSS-C 64, 1-48; with degradation, drop-in and
theta as in Bleka, Storvik and Gill 2016, FSI:Genetics 21, 35-44. docs/methods.md has the equations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from reopen.errors import InvalidRecord
from reopen.kernels.linear import chain_rule, linear_shapes
from reopen.kernels.mixtures import ln_sums, ln_sums_and_moments
from reopen.kernels.shapes import Floats, Parameters, Shapes
from reopen.weigh.encode import EncodedMixture
from reopen.weigh.model import PeakParameters
from reopen.weigh.stutter import STUTTER_KINDS, StutterKind


class Gradient(NamedTuple):
    """Derivatives of the log-likelihood: in each proportion (as if free), in the logarithms of
    height, variability and degradation, and in the stutter proportions."""

    proportions: Floats
    ln_height: float
    ln_variability: float
    ln_degradation: float
    stutter: Mapping[StutterKind, float]


@dataclass(frozen=True, slots=True)
class MixtureLikelihood:
    """ln P(peak heights | parameters, proposition), exact, for an encoded stain."""

    encoded: EncodedMixture

    def ln_by_locus(self, parameters: PeakParameters) -> Floats:
        """Natural log of each locus's likelihood; shape (locus,)."""
        shapes = self.shapes(parameters)
        return self._by_locus(ln_sums(self.encoded.sums, shapes) + self.encoded.ln_constant)

    def ln_likelihood(self, parameters: PeakParameters) -> float:
        """Natural log of the likelihood over all loci; -inf where a peak cannot be explained."""
        return float(self.ln_by_locus(parameters).sum())

    def with_gradient(self, parameters: PeakParameters) -> tuple[float, Gradient]:
        """Log-likelihood and its gradient. Twin: finite differences, in tests/weigh."""
        shapes = self.shapes(parameters)
        values, moments = ln_sums_and_moments(self.encoded.sums, shapes)
        values = values + self.encoded.ln_constant
        by_locus = self._by_locus(values)
        if not np.isfinite(by_locus).all():
            return -np.inf, _flat(len(parameters.proportions))
        share = np.exp(values - by_locus[self.encoded.marker_of])
        layout, of = self.encoded.layout, plain_parameters(parameters)
        in_proportions, in_stutter, in_scale, in_shapes, in_degradation = chain_rule(
            layout, of, shapes, moments, share
        )
        return float(by_locus.sum()), Gradient(
            proportions=in_proportions,
            ln_height=float(in_scale),
            ln_variability=float(2 * in_scale - 2 * in_shapes),
            ln_degradation=float(in_degradation),
            stutter=dict(zip(STUTTER_KINDS, map(float, in_stutter[1:]), strict=True)),
        )

    def shapes(self, parameters: PeakParameters) -> Shapes:
        """Gamma shapes as linear functions of doses (mixture model, section 4)."""
        expected = self.encoded.layout.fixed.shape[1]
        if len(parameters.proportions) != expected:
            raise InvalidRecord(
                f"{len(parameters.proportions)} proportions for {expected} contributors.",
                rule="Each contributor of the proposition has a proportion.",
                way_on="Give one proportion for each contributor, in the proposition's order.",
            )
        return linear_shapes(self.encoded.layout, plain_parameters(parameters))

    def _by_locus(self, values: Floats) -> Floats:
        """ln of the sum over a marker's components."""
        if len(values) == len(self.encoded.markers):
            return values
        by_locus = np.full(len(self.encoded.markers), -np.inf)
        np.logaddexp.at(by_locus, self.encoded.marker_of, values)
        return by_locus


def plain_parameters(p: PeakParameters) -> Parameters:
    """The same as kernels take it."""
    return Parameters(
        np.array(p.proportions),
        p.height_rfu,
        p.variability,
        p.degradation,
        np.array([0.0, *p.stutter.values()]),
    )


def _flat(n: int) -> Gradient:
    return Gradient(np.zeros(n), 0.0, 0.0, 0.0, dict.fromkeys(STUTTER_KINDS, 0.0))
