"""The axes of the arrays that kernels share, named once.

sum       one sum over genotypes: a marker under one proposition, or one component of it (a relation
          by descent splits a marker into several sums)
position  places where a peak may stand at a marker, in chains of alleles one repeat apart:
          modelled alleles, the places that only stutter reaches, and last the rest (all others)
drawer    a draw of alleles from the population: an unknown contributor (two copies), or a part of
          related ones (one copy)
dose      the copies a drawer has one repeat below, at, and one repeat above a position
move      a drawer's step from one position to the next: state before, state after, dose
subset    sets of replicates in which drop-in is forbidden (inclusion and exclusion)

A drawer's state between two positions is (copies placed so far, copies below, copies here), as far
as the stutter model makes it matter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Sums(NamedTuple):
    """Everything about sums over genotypes that no model parameter changes. Ragged axes are flat:
    `first_x[i]` to `first_x[i + 1]` are the entries of item i."""

    first_position: Ints  # sum + 1
    n_drawers: Ints  # sum
    first_subset: Ints  # sum + 1
    subset_mask: Ints  # subset; bit r: no drop-in in replicate r
    subset_weight: Floats  # subset; signed
    n_seen: Ints  # position; replicates with a peak here
    first_lost: Ints  # position + 1
    lost_threshold: Floats  # lost; a peak here would have been reported above this height, RFU
    lost_count: Ints  # lost; replicates with this threshold and no peak
    sum_ln_height: Floats  # position; over replicates with a peak, RFU
    sum_height: Floats  # position
    seen_mask: Ints  # position; bit r: a peak in replicate r
    ln_dropin: Floats  # position; ln density of these peaks as drop-in, 0 where there is none
    known_reach: Ints  # position; 1 if a known contributor can leave a peak here
    ln_urn: Floats  # (position, copies); ln of drawing this many copies here
    first_move: Ints  # (position, drawer)
    n_moves: Ints  # (position, drawer)
    first_dose: Ints  # (position, drawer)
    n_doses: Ints  # (position, drawer)
    n_before: Ints  # (position, drawer); states before
    n_after: Ints  # (position, drawer); states after
    move_before: Ints  # move
    move_after: Ints  # move
    move_dose: Ints  # move
    dose_below: Ints  # dose
    dose_here: Ints  # dose
    dose_above: Ints  # dose


class Shapes(NamedTuple):
    """Gamma shapes of the peaks as linear functions of doses: shape at a position =
    known + sum over drawers of weight * (here * n_here + above * n_above + below * n_below)."""

    weight: Floats  # (sum, drawer)
    known: Floats  # position
    here: Floats  # position
    above: Floats  # position
    below: Floats  # position
    scale: float  # RFU


class Moments(NamedTuple):
    """Derivatives of each sum's logarithm, as posterior means under the model.

    known[s] = d ln / d (shape at s for all genotypes alike); here, above, below[s, j] the same
    weighted by the copies of drawer j; scale[s] = d ln / d ln scale.
    """

    known: Floats  # position
    here: Floats  # (position, drawer)
    above: Floats  # (position, drawer)
    below: Floats  # (position, drawer)
    scale: Floats  # position
