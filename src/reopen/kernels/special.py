"""Gamma-function arithmetic for peak heights: values and derivatives in one go.

SciPy has the values, but not the derivative of the incomplete gamma function in its shape, and
cannot be called from compiled code.
"""

from __future__ import annotations

from math import log

from reopen.kernels.accelerate import kernel

_HALF_LN_2PI = 0.9189385332046727
_SHIFT = 8.0
_BIG = 1e200


@kernel
def ln_gamma_and_digamma(x: float) -> tuple[float, float]:
    """ln Gamma(x) and its derivative, for x > 0, to about 2e-13.

    Recurrence up to 8, then Stirling's series. Source: Abramowitz and Stegun 1964, 6.1.41, 6.3.18.
    """
    product, reciprocals = 1.0, 0.0
    while x < _SHIFT:
        # derivative of the product, without one division for each factor
        reciprocals = reciprocals * x + product
        product *= x
        x += 1.0
    ln_x = log(x)
    inv = 1.0 / x
    inv2 = inv * inv
    ln_gamma = (x - 0.5) * ln_x - x + _HALF_LN_2PI
    ln_gamma += inv * (
        1 / 12 - inv2 * (1 / 360 - inv2 * (1 / 1260 - inv2 * (1 / 1680 - inv2 / 1188)))
    )
    digamma = ln_x - 0.5 * inv
    digamma -= inv2 * (1 / 12 - inv2 * (1 / 120 - inv2 * (1 / 252 - inv2 * (1 / 240 - inv2 / 132))))
    if product != 1.0:
        ln_gamma -= log(product)
        digamma -= reciprocals / product
    return ln_gamma, digamma


@kernel
def ln_gamma_cdf(shape: float, x: float) -> tuple[float, float, float]:
    """ln P(shape, x), the regularised lower incomplete gamma function, and its derivatives.

    shape, x > 0. Returns (ln P, d ln P / d shape, d ln P / d ln x).
    Series of positive terms, rescaled as it grows, so that nothing over- or underflows.
    Source: Abramowitz and Stegun 1964, 6.5.29: P = x^a e^-x / Gamma(a+1) * sum x^n / (a+1)_n.
    """
    term, total = 1.0, 1.0
    dterm, dtotal = 0.0, 0.0  # derivatives in the shape
    ln_factor = 0.0
    n = 0.0
    while True:
        n += 1.0
        ratio = x / (shape + n)
        dterm = (dterm - term / (shape + n)) * ratio
        term *= ratio
        total += term
        dtotal += dterm
        if ratio < 0.9 and term < 1e-17 * total:
            break
        if total > _BIG:
            term, total, dterm, dtotal = term / _BIG, total / _BIG, dterm / _BIG, dtotal / _BIG
            ln_factor += log(_BIG)
    ln_x = log(x)
    ln_gamma, digamma = ln_gamma_and_digamma(shape + 1.0)
    ln_p = shape * ln_x - x - ln_gamma + log(total) + ln_factor
    slope = ln_x - digamma + dtotal / total
    # ln_factor can only be above zero where P is 1 and its slope in ln x is nothing
    elasticity = shape / total if ln_factor == 0.0 else 0.0
    return min(ln_p, 0.0), slope, elasticity


@kernel
def trigamma(x: float) -> float:
    """Second derivative of ln Gamma(x), for x > 0, to about 1e-12.

    Recurrence up to 8, then the asymptotic series. Source: Abramowitz and Stegun 1964, 6.4.6,
    6.4.12.
    """
    total = 0.0
    while x < _SHIFT:
        total += 1.0 / (x * x)
        x += 1.0
    inv = 1.0 / x
    inv2 = inv * inv
    series = inv2 * (1 / 6 - inv2 * (1 / 30 - inv2 * (1 / 42 - inv2 * (1 / 30 - inv2 * 5 / 66))))
    return total + inv * (1.0 + 0.5 * inv + series)
