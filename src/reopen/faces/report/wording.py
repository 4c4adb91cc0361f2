"""How the report words numbers: rounding happens here and nowhere before.

Verbal equivalents of likelihood ratios are not here; they come with each link.
"""

from __future__ import annotations

from math import floor, inf, isnan, log10

MINUS = "\N{MINUS SIGN}"
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def log10_text(value: float, *, signed: bool = False, decimals: int = 2) -> str:
    """A log10 with a true minus sign: "9.42", "\N{MINUS SIGN}0.31"; signed adds a plus."""
    if isnan(value):
        return "not a number"
    if value in (inf, -inf):
        return "∞" if value > 0 else f"{MINUS}∞"
    rounded = round(value, decimals) + 0.0
    sign = "+" if signed and rounded else ""
    return f"{rounded:{sign}.{decimals}f}".replace("-", MINUS)


def ratio_text(log10: float) -> str:
    """The number whose log10 is given, to two figures: "350", "0.02", "2.6 × 10⁹"."""
    if isnan(log10):
        return "not a number"
    if log10 == inf:
        return "∞"
    if log10 == -inf:
        return "0"
    if -2.3 < log10 < 3.9:
        return plain_text(10**log10)
    power = floor(log10)
    mantissa = round(10 ** (log10 - power), 1)
    if mantissa >= 10:
        mantissa, power = 1.0, power + 1
    return f"{mantissa:.1f} × 10{str(power).translate(_SUPERSCRIPT)}"


def plain_text(value: float) -> str:
    """Two significant figures without an exponent."""
    return f"{float(f'{value:.2g}'):,.10g}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def chance_text(expected: float) -> str:
    """An expected number of chance links: "0.04", "3.1", "5 × 10⁻⁶"."""
    if expected == 0:
        return "0"
    if 0.001 <= expected < 10_000:
        return plain_text(expected)
    mantissa, power = f"{expected:.0e}".split("e")
    return f"{mantissa} × 10{str(int(power)).translate(_SUPERSCRIPT)}"


def probability_text(value: float) -> str:
    """Three decimals, never rounded to a certainty: "> 0.999", "< 0.001"."""
    if value >= 0.9995:
        return "> 0.999"
    return "< 0.001" if value < 0.0005 else f"{value:.3f}"


def percent_text(share: float) -> str:
    """A share in per cent: "71%", "< 1%"."""
    return "< 1%" if 0 < share < 0.005 else f"{share * 100:.0f}%"


def rfu_text(height: float) -> str:
    """A height to the nearest RFU."""
    return f"{height:.0f}"


def with_error_text(value: float, error: float, unit: str = "") -> str:
    """A value with its standard error, both above 0: "670 ± 40", "45% ± 3%".

    Both end at the error's first figure (its second if the first is a 1), or earlier where no
    figure of the value would be left.
    """
    last = floor(log10(error))
    last -= error < 1.95 * 10.0**last
    last = min(last, floor(log10(value)))
    decimals = max(-last, 0)
    shown = (f"{round(number, -last):.{decimals}f}{unit}" for number in (value, error))
    return " ± ".join(shown)


def setting_text(value: str | float | int | bool | None) -> str:
    """A parameter of a run as it was set, in full."""
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def share_text(share: float) -> str:
    """A share in per cent, never rounded to none or all: "71%", "< 1%", "> 99%"."""
    return "> 99%" if 0.995 <= share < 1 else percent_text(share)


def one_in_text(probability: float) -> str:
    """A small probability as "1 in 21 000"; above a tenth in per cent, the smallest as a bound."""
    if probability > 0.1:
        return share_text(probability)
    if probability < 1e-18:
        return "less than 1 in 10" + "18".translate(_SUPERSCRIPT)
    if probability > 1e-6:
        return f"1 in {plain_text(1 / probability)}"
    return f"1 in {ratio_text(-log10(probability))}"


def decade_text(power: int) -> str:
    """One in ten to a power, for a scale: "all", "1 in 100", "1 in 10⁶"."""
    if power == 0:
        return "all"
    return (
        one_in_text(10.0**-power) if power < 6 else f"1 in 10{str(power).translate(_SUPERSCRIPT)}"
    )
