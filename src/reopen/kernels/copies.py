"""Where single drawn copies lie: joint weights of the evidence and the place of a copy.

A person who shares an allele by descent draws only the other copy; two such people draw a shared
copy and one each. `mixtures.ln_pairs` does the same for the two copies of an unrelated person.
"""

from __future__ import annotations

from math import inf, log

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.mixtures import (
    _FAINT,
    _all_factors,
    _clamp,
    _dose_offsets,
    _posterior,
    _share,
    _value,
)
from reopen.kernels.shapes import Floats, Ints, Shapes, Sums


@kernel
def ln_places(sums: Sums, shapes: Shapes, i: int, drawer: int) -> Floats:
    """Joint ln weight of the evidence of sum i and the place of a one-copy drawer's copy.

    Shape (position,) over the positions of the sum; -inf where no copy can lie. The logsumexp of
    all is ln_sums()[i].
    """
    ln_factor, _, _ = _all_factors(sums, shapes, i, False)
    return _ln_places(sums, i, drawer, ln_factor, _dose_offsets(sums, i))


@kernel
def ln_places_of_two(sums: Sums, shapes: Shapes, i: int, one: int, other: int) -> Floats:
    """The same for two one-copy drawers; shape (position of one's, position of the other's)."""
    n = sums.first_position[i + 1] - sums.first_position[i]
    ln_factor, _, _ = _all_factors(sums, shapes, i, False)
    offsets = _dose_offsets(sums, i)
    places = np.full((n, n), -inf)
    for k in range(n):
        clamped = ln_factor.copy()
        _clamp(sums, sums.first_position[i] + k, i, one, 1, offsets, clamped)
        places[k] = _ln_places(sums, i, other, clamped, offsets)
    return places


@kernel
def _ln_places(sums: Sums, i: int, drawer: int, ln_factor: Floats, offsets: Ints) -> Floats:
    n, start = len(offsets) - 1, sums.first_position[i]
    places = np.full(n, -inf)
    value = _value(sums, i, ln_factor)
    if value == -inf:
        return places
    posterior = _posterior(sums, i, ln_factor, value)
    for k in range(n):
        share = _share(sums, start + k, i, drawer, 1, offsets, posterior)
        if share > _FAINT:
            places[k] = value + log(share)
        else:
            clamped = ln_factor.copy()
            _clamp(sums, start + k, i, drawer, 1, offsets, clamped)
            places[k] = _value(sums, i, clamped)
    return places
