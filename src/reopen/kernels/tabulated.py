"""Smooth functions of a gamma shape, tabulated and interpolated to a stated error.

The grid is that of the floating-point numbers themselves: `1 + shape` between two powers of two is
divided into equal cells, so that a number's leading bits are its cell. Cells grow with the shape,
as the functions flatten.
"""

from __future__ import annotations

import numpy as np

from reopen.kernels.accelerate import kernel
from reopen.kernels.shapes import Floats
from reopen.kernels.special import ln_gamma_and_digamma, ln_gamma_cdf, trigamma

_GAMMA_BITS = 6  # cells of an octave, as a power of two
_CDF_BITS = 7
_OCTAVES = 13
LARGEST_SHAPE = 2.0**_OCTAVES - 2.0


@kernel
def _bits(x: float) -> int:
    """The binary form of a number, as an integer."""
    return int(np.float64(x).view(np.int64))


@kernel
def _number(bits: int) -> float:
    return float(np.int64(bits).view(np.float64))


@kernel
def _cell(x: float, bits: int) -> tuple[int, float, float]:
    """Cell of x >= 1, where x lies in it (0 to 1), and one over the cell's width."""
    raw = _bits(x)
    shift = 52 - bits
    low = _number((raw >> shift) << shift)
    per_width = _number((2046 + bits - (raw >> 52)) << 52)
    return (raw >> shift) - (1023 << bits), (x - low) * per_width, per_width


@kernel
def _edge(cell: int, bits: int) -> float:
    """Lower edge of a cell."""
    return _number((cell + (1023 << bits)) << (52 - bits))


@kernel
def _gamma_table() -> Floats:
    """Quintic Hermite coefficients of ln Gamma(1 + shape); shape (cell, 6)."""
    table = np.empty((_OCTAVES << _GAMMA_BITS, 6))
    for cell in range(len(table)):
        left, right = _edge(cell, _GAMMA_BITS), _edge(cell + 1, _GAMMA_BITS)
        width = right - left
        y0, s0 = ln_gamma_and_digamma(left)
        y1, s1 = ln_gamma_and_digamma(right)
        c0, c1 = trigamma(left) * width * width, trigamma(right) * width * width
        s0 *= width
        s1 *= width
        rise = y1 - y0
        table[cell, 0] = y0
        table[cell, 1] = s0
        table[cell, 2] = c0 / 2
        table[cell, 3] = 10 * rise - 6 * s0 - 4 * s1 - 1.5 * c0 + 0.5 * c1
        table[cell, 4] = -15 * rise + 8 * s0 + 7 * s1 + 1.5 * c0 - c1
        table[cell, 5] = 6 * rise - 3 * s0 - 3 * s1 - 0.5 * c0 + 0.5 * c1
    return table


_GAMMA = _gamma_table()


@kernel
def ln_gamma_of_one_more(shape: float) -> float:
    """ln Gamma(1 + shape) for 0 <= shape <= LARGEST_SHAPE; absolute error below 1e-12 (1 + shape).

    Quintic Hermite interpolation: error width^6 / 46080 times the sixth derivative.
    """
    cell, t, _ = _cell(1.0 + shape, _GAMMA_BITS)
    c = _GAMMA[cell]
    value: float = c[0] + t * (c[1] + t * (c[2] + t * (c[3] + t * (c[4] + t * c[5]))))
    return value


@kernel
def digamma_of_one_more(shape: float) -> float:
    """Digamma of 1 + shape for 0 <= shape <= LARGEST_SHAPE, as the slope of the same polynomial."""
    cell, t, per_width = _cell(1.0 + shape, _GAMMA_BITS)
    c = _GAMMA[cell]
    slope: float = c[1] + t * (2 * c[2] + t * (3 * c[3] + t * (4 * c[4] + t * 5 * c[5])))
    return slope * per_width


@kernel
def cdf_cells(largest_shape: float) -> int:
    """How many cells a table up to this shape has."""
    return _cell(1.0 + largest_shape, _CDF_BITS)[0] + 1


@kernel
def cdf_table(x: float, cells: int) -> Floats:
    """Cubic Hermite coefficients of ln P(shape, x) in the shape; shape (cell, 4)."""
    table = np.empty((cells, 4))
    y0, s0 = 0.0, _slope_at_zero(x)
    for cell in range(cells):
        left, right = _edge(cell, _CDF_BITS), _edge(cell + 1, _CDF_BITS)
        width = right - left
        y1, s1, _ = ln_gamma_cdf(right - 1.0, x)
        rise = y1 - y0
        table[cell, 0] = y0
        table[cell, 1] = s0 * width
        table[cell, 2] = 3 * rise - (2 * s0 + s1) * width
        table[cell, 3] = (s0 + s1) * width - 2 * rise
        y0, s0 = y1, s1
    return table


@kernel
def _slope_at_zero(x: float) -> float:
    """d ln P / d shape where the shape is nothing and P is 1."""
    return ln_gamma_cdf(1e-12, x)[1]


@kernel
def ln_cdf(shape: float, table: Floats) -> float:
    """ln P(shape, x) from its table; absolute error below 1e-9 (1 + shape).

    Cubic Hermite interpolation: error width^4 / 384 times the fourth derivative.
    """
    cell, t, _ = _cell(1.0 + shape, _CDF_BITS)
    c = table[cell]
    value: float = c[0] + t * (c[1] + t * (c[2] + t * c[3]))
    return value


@kernel
def ln_cdf_slope(shape: float, table: Floats) -> float:
    """Derivative of the same polynomial in the shape."""
    cell, t, per_width = _cell(1.0 + shape, _CDF_BITS)
    c = table[cell]
    slope: float = c[1] + t * (2 * c[2] + t * 3 * c[3])
    return slope * per_width


_LOG2_E = 1.4426950408889634
_LN2_HIGH = 0.693147180369123816490
_LN2_LOW = 1.90821492927058770002e-10


@kernel
def exp_of(x: float) -> float:
    """exp(x) for x <= 700, to about 2 units in the last place; 0 below -700.

    Written out so that the compiler can work on several numbers at once. Reduction by ln 2 in two
    parts, then Taylor's series. Source: Cody and Waite 1980, Software Manual, chapter 6.
    """
    bounded = max(x, -700.0)
    k = np.rint(bounded * _LOG2_E)
    r = (bounded - k * _LN2_HIGH) - k * _LN2_LOW
    p = 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    value = p * _number(int(k) + 1023 << 52)
    return value if x > -700.0 else 0.0
