"""The axes of the arrays that kernels share, named once.

sum       one sum over genotypes: a marker under one proposition, or one component of it (a relation
          by descent splits a marker into several sums)
position  places where a peak may stand at a marker, neighbours by stutter close together: modelled
          alleles, the places that only stutter reaches, and last the rest (all others)
drawer    a draw of alleles from the population: an unknown contributor (two copies), or a part of
          related ones (one copy)
slot      where the copies that make up a peak come from: 0 the allele itself; then the allele that
          leaves its back stutter here (one repeat above), its forward stutter (one below), its
          double back stutter (two above), its stutter of two bases (half a repeat above)
dose      the copies a drawer has at the sources of a position, by slot
lane      sums of two sets of replicates are made side by side; states are counted in lanes
move      a drawer's step from one position to the next: state before, state after, dose
subset    sets of replicates in which drop-in is forbidden (inclusion and exclusion)

Joint states and joint doses of all drawers count the first drawer fastest; a joint move is the sum
of an inner and an outer one.

A drawer's state between two positions is the copies placed so far, and the copies at each earlier
or later position that still count, as far as the stutter model makes it matter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Indices = NDArray[np.uint32]
Numbers = NDArray[np.uint16]

SLOTS = 5
LANES = 2


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
    lost_threshold: Ints  # lost; index of the height above which a peak would have been reported
    lost_count: Ints  # lost; replicates with this threshold and no peak
    threshold: Floats  # threshold; the distinct ones, RFU
    threshold_doses: Ints  # threshold; joint doses of all positions where it counts
    sum_ln_height: Floats  # position; over replicates with a peak, RFU
    sum_height: Floats  # position
    seen_mask: Ints  # position; bit r: a peak in replicate r
    ln_dropin: Floats  # position; ln density of these peaks as drop-in, 0 where there is none
    known_reach: Ints  # position; 1 if a known contributor can leave a peak here
    alike: Floats  # position; probability that two copies drawn here are one allele, where a
    #                position stands for many alleles, each with a peak of its own; 1 elsewhere
    first_unseen: Ints  # position + 1
    ln_urn: Floats  # (position, copies); ln of drawing this many copies here
    first_joint: Ints  # position + 1
    prior: Floats  # joint dose; the urn's weight of the copies drawn here, over their orders
    first_dose: Ints  # (position, drawer)
    n_doses: Ints  # (position, drawer)
    n_before: Ints  # position; joint states before
    n_after: Ints  # position; joint states after
    pattern: Ints  # position; positions of one pattern have the same joint moves
    first_inner: Ints  # pattern + 1; moves of the first drawer
    inner_before: Indices  # inner
    inner_after: Indices  # inner
    inner_dose: Indices  # inner
    first_outer: Ints  # pattern + 1; joint moves of all other drawers
    outer_before: Indices  # outer
    outer_after: Indices  # outer
    outer_dose: Indices  # outer
    first_nothing: Ints  # pattern + 1; joint moves of all drawers without a copy at any source
    nothing_before: Indices  # nothing
    nothing_after: Indices  # nothing
    first_move: Ints  # (position, drawer)
    n_moves: Ints  # (position, drawer)
    states_before: Ints  # (position, drawer)
    states_after: Ints  # (position, drawer)
    move_before: Ints  # move
    move_after: Ints  # move
    move_dose: Ints  # move
    dose_copies: Ints  # (dose, slot)


class Layout(NamedTuple):
    """What turns parameters into shapes: constant for a stain under a proposition."""

    first_position: Ints  # sum + 1
    carries: Floats  # (sum, drawer, contributor); 1 where the contributor carries the alleles drawn
    fixed: Floats  # (position, contributor); copies of typed or shared alleles
    silent: Floats  # (position, contributor); the same for copies that do not stutter
    scaled_length: Floats  # position; (size - 125) / 100
    efficiency: Floats  # position; of the locus
    sources: Ints  # (position, slot); the position whose copies count here, or -1
    rate: Floats  # (position, slot); how much more than the kit's mean the allele loses to the
    #               stutter of the slot, 0 where it does not; 1 in slot 0
    unseen: Ints  # (unseen, 3); position, contributor and copies of each allele that is not drawn,
    #               at a position that stands for many


class Parameters(NamedTuple):
    """Parameters of the peak-height model as kernels take them."""

    proportions: Floats  # contributor
    height: float  # RFU
    variability: float
    degradation: float
    stutter: Floats  # slot; the share of each kind, 0 in slot 0


class Shapes(NamedTuple):
    """Gamma shapes of the peaks as linear functions of doses: shape at a position =
    known + sum over drawers of weight * sum over slots of slope * copies."""

    weight: Floats  # (sum, drawer)
    known: Floats  # position
    slope: Floats  # (position, slot)
    unseen: Floats  # unseen; of alleles that are not drawn, at positions that stand for many
    scale: float  # RFU


class Moments(NamedTuple):
    """Derivatives of each sum's logarithm, as posterior means under the model.

    known[s] = d ln / d (shape at s for all genotypes alike); drawn[s, j, slot] the same weighted by
    the copies of drawer j; scale[s] = d ln / d ln scale.
    """

    known: Floats  # position
    drawn: Floats  # (position, drawer, slot)
    scale: Floats  # position
    unseen: Floats  # unseen; in the shape
