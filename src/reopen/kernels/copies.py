"""Where single drawn copies lie: joint weights of the evidence and the place of a copy.

A person who shares an allele by descent draws only the other copy; two such people draw a shared
copy and one each. `one_drawer.ln_pairs` does the same for the two copies of an unrelated person.
"""

from __future__ import annotations

from math import inf, log

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.factors import dose_offsets, ln_factors
from reopen.kernels.mixtures import FAINT, clamp, posterior_of_ln, share_of, value_of_ln
from reopen.kernels.shapes import Floats, Ints, Shapes, Sums


@kernel
def ln_places(sums: Sums, shapes: Shapes, i: int, drawer: int) -> Floats:
    """Joint ln weight of the evidence of sum i and the place of a one-copy drawer's copy.

    Shape (position,) over the positions of the sum; -inf where no copy can lie. The logsumexp of
    all is ln_sums()[i].
    """
    ln_factor = ln_factors(sums, shapes, i)
    return _ln_places(sums, i, drawer, ln_factor, dose_offsets(sums, i))


@kernel
def ln_places_of_two(sums: Sums, shapes: Shapes, i: int, one: int, other: int) -> Floats:
    """The same for two one-copy drawers; shape (position of one's, position of the other's)."""
    n = sums.first_position[i + 1] - sums.first_position[i]
    ln_factor = ln_factors(sums, shapes, i)
    offsets = dose_offsets(sums, i)
    places = np.full((n, n), -inf)
    for k in range(n):
        clamped = ln_factor.copy()
        clamp(sums, sums.first_position[i] + k, i, one, 1, offsets, clamped)
        places[k] = _ln_places(sums, i, other, clamped, offsets)
    return places


@kernel
def _ln_places(sums: Sums, i: int, drawer: int, ln_factor: Floats, offsets: Ints) -> Floats:
    n, start = len(offsets) - 1, sums.first_position[i]
    places = np.full(n, -inf)
    value, posterior = posterior_of_ln(sums, i, ln_factor, offsets)
    if value == -inf:
        return places
    for k in range(n):
        share = share_of(sums, start + k, i, drawer, 1, offsets, posterior)
        if share > FAINT:
            places[k] = value + log(share)
        else:
            clamped = ln_factor.copy()
            clamp(sums, start + k, i, drawer, 1, offsets, clamped)
            places[k] = value_of_ln(sums, i, clamped, offsets)
    return places
