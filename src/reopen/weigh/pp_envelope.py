"""How far ordered uniform values may lie from the diagonal: the envelopes of a probability plot.

The same law and level by which `diagnostics` flags a peak: a flagged peak lies outside the limit.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import beta

from reopen.kernels.shapes import Floats
from reopen.weigh.diagnostics import LEVEL

POINTWISE = 0.95


def middles(n: int) -> Floats:
    """Where the ordered values of n are expected, (i - 0.5) / n; shape (value,)."""
    return np.asarray((np.arange(1, n + 1) - 0.5) / n)


def pointwise(n: int) -> tuple[Floats, Floats]:
    """Ends of the interval that holds each ordered value with probability 95 %."""
    return _envelope(n, (1 - POINTWISE) / 2)


def limit(n: int) -> tuple[Floats, Floats]:
    """Ends that none of all n values passes with probability of at least 99 % (Bonferroni)."""
    return _envelope(n, LEVEL / (2 * n))


def _envelope(n: int, tail: float) -> tuple[Floats, Floats]:
    middle = middles(n)
    law = beta(n * middle, n - n * middle + 1)
    return np.asarray(law.ppf(tail)), np.asarray(law.isf(tail))
