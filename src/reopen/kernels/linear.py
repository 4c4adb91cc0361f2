"""From the parameters of the peak-height model to gamma shapes, and derivatives the way back.

Model: mixture model, section 4; each kind of stutter has its slot. Twin: finite differences and
tests/twins/mixture.py.
"""

from __future__ import annotations

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.shapes import SLOTS, Floats, Layout, Moments, Parameters, Shapes

_LEAST_KEPT = 1e-3  # of an allele's own peak, whatever stutter it is said to lose


@kernel
def decays(layout: Layout, of: Parameters) -> Floats:
    """Shape of one copy of a contributor of proportion 1 without stutter; shape (position,)."""
    intensity = of.variability**-2.0
    decay: Floats = intensity * layout.efficiency * of.degradation**layout.scaled_length
    return decay


@kernel
def linear_shapes(layout: Layout, of: Parameters) -> Shapes:
    """Gamma shapes as linear functions of doses."""
    n, n_people = layout.fixed.shape[0], layout.fixed.shape[1]
    decay = decays(layout, of)
    slope, known = np.zeros((n, SLOTS)), np.zeros(n)
    for p in range(n):
        lost = 0.0
        for slot in range(1, SLOTS):
            lost += layout.rate[p, slot] * of.stutter[slot]
            q = layout.sources[p, slot]
            if q >= 0:
                slope[p, slot] = decay[q] * layout.rate[q, slot] * of.stutter[slot]
        if layout.sources[p, 0] >= 0:
            slope[p, 0] = decay[p] * max(1.0 - lost, _LEAST_KEPT)
        for k in range(n_people):
            known[p] += slope[p, 0] * layout.silent[p, k] * of.proportions[k]
            for slot in range(SLOTS):
                q = layout.sources[p, slot]
                if q >= 0:
                    known[p] += slope[p, slot] * layout.fixed[q, k] * of.proportions[k]
    weight = np.zeros((layout.carries.shape[0], layout.carries.shape[1]))
    for i in range(layout.carries.shape[0]):
        for j in range(layout.carries.shape[1]):
            for k in range(n_people):
                weight[i, j] += layout.carries[i, j, k] * of.proportions[k]
    unseen = np.empty(len(layout.unseen))
    for u in range(len(unseen)):
        p, k, copies = layout.unseen[u]
        unseen[u] = slope[p, 0] * copies * of.proportions[k]
    return Shapes(weight, known, slope, unseen, of.height * of.variability**2)


@kernel
def chain_rule(
    layout: Layout, of: Parameters, shapes: Shapes, moments: Moments, share: Floats
) -> tuple[Floats, Floats, float, float, float]:
    """Derivatives of the log-likelihood from the moments of its sums.

    share  (sum,) of each sum in its marker's likelihood
    Returns those in proportions (contributor,) and stutter (slot,), in the logarithms of scale and
    of all shapes alike, and in ln degradation.
    """
    n_people = layout.fixed.shape[1]
    decay = decays(layout, of)
    in_proportions, in_stutter = np.zeros(n_people), np.zeros(SLOTS)
    in_scale, in_shapes, in_degradation = 0.0, 0.0, 0.0
    in_weight = np.zeros(shapes.weight.shape)
    for i in range(len(share)):
        for p in range(layout.first_position[i], layout.first_position[i + 1]):
            in_scale += share[i] * moments.scale[p]
            known = share[i] * moments.known[p]
            for slot in range(SLOTS):
                q = layout.sources[p, slot]
                if q < 0:
                    continue
                in_slope = 0.0
                for j in range(shapes.weight.shape[1]):
                    drawn = share[i] * moments.drawn[p, j, slot]
                    in_slope += shapes.weight[i, j] * drawn
                    in_weight[i, j] += shapes.slope[p, slot] * drawn
                for k in range(n_people):
                    copies = layout.fixed[q, k] + (layout.silent[p, k] if slot == 0 else 0.0)
                    in_slope += known * of.proportions[k] * copies
                    in_proportions[k] += known * shapes.slope[p, slot] * copies
                in_shape = shapes.slope[p, slot] * in_slope
                in_shapes += in_shape
                in_degradation += in_shape * layout.scaled_length[q]
                if slot > 0:
                    in_stutter[slot] += decay[q] * layout.rate[q, slot] * in_slope
                else:
                    for kind in range(1, SLOTS):
                        in_stutter[kind] -= decay[p] * layout.rate[p, kind] * in_slope
        for j in range(shapes.weight.shape[1]):
            for k in range(n_people):
                in_proportions[k] += in_weight[i, j] * layout.carries[i, j, k]
    for u in range(len(layout.unseen)):
        p, k, copies = layout.unseen[u]
        i = np.searchsorted(layout.first_position, p, side="right") - 1
        pull = share[i] * moments.unseen[u]
        in_proportions[k] += pull * shapes.slope[p, 0] * copies
        in_shapes += pull * shapes.unseen[u]
        in_degradation += pull * shapes.unseen[u] * layout.scaled_length[p]
    return in_proportions, in_stutter, in_scale, in_shapes, in_degradation
