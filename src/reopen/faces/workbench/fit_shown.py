"""A fit and its standard errors, in words for the terminal and the report, and as what JSON holds.

Not for: how the errors are come by (`fit_errors`), whole results (`as_text`, `as_json`).
"""

from __future__ import annotations

from reopen.faces.report.wording import percent_text, rfu_text, with_error_text
from reopen.faces.workbench.fit_errors import FitErrors
from reopen.faces.workbench.plain_values import Plain
from reopen.records import Fit
from reopen.weigh.curvature import ALONE

STANDARD_ERROR = (
    "A number after ± is one standard error of the fitted parameter: values so far from the best "
    "one explain the peaks about as well."
)
_STUTTER = {
    "back_stutter": "backward",
    "forward_stutter": "forward",
    "double_back_stutter": "double backward",
    "two_base_stutter": "of two bases",
}
_ALWAYS_SHOWN = ("back_stutter", "forward_stutter")


def fit_in_words(fit: Fit, errors: FitErrors) -> str:
    """The fitted parameters in a sentence, each with its standard error."""
    told = (
        f"proportions {_proportions(fit, errors)}; height {_height(fit, errors)}; "
        f"variability {_plain(fit, errors, 'variability')}; degradation "
        f"{_plain(fit, errors, 'degradation')} per 100 bp; stutter {_stutter(fit, errors)}."
    )
    return told if errors.curvature else f"{told} No standard errors: {errors.untold}."


def fit_rows(fit: Fit, errors: FitErrors) -> tuple[tuple[str, str], ...]:
    """The fitted parameters as (name, value with its standard error)."""
    rows = (
        ("Mixture proportions", _proportions(fit, errors)),
        ("Expected height of one allele copy", _height(fit, errors)),
        ("Variability of heights", _plain(fit, errors, "variability")),
        ("Degradation slope", f"{_plain(fit, errors, 'degradation')} for each 100 bp"),
        ("Stutter", _stutter(fit, errors)),
    )
    return rows if errors.curvature else (*rows, ("Standard errors", f"none: {errors.untold}"))


def errors_plain(errors: FitErrors) -> Plain:
    """Standard errors by parameter; null, with the reason, where there is none."""
    found = errors.curvature
    return {
        "parameters": {
            name: {"value": one.value, "error": one.error, "reason": one.reason or None}
            for name, one in (found.parameters.items() if found else ())
        },
        "untold": errors.untold or None,
    }


def _proportions(fit: Fit, errors: FitErrors) -> str:
    return ", ".join(
        _told(errors, f"share {place}", percent_text(share), scale=100, unit="%")
        for place, share in enumerate(fit.proportions, start=1)
    )


def _height(fit: Fit, errors: FitErrors) -> str:
    return _told(errors, "height_rfu", rfu_text(fit.height_rfu)) + " RFU"


def _stutter(fit: Fit, errors: FitErrors) -> str:
    return ", ".join(
        f"{_plain(fit, errors, name)} {kind}"
        for name, kind in _STUTTER.items()
        if name in _ALWAYS_SHOWN or getattr(fit, name) > 0
    )


def _plain(fit: Fit, errors: FitErrors, name: str) -> str:
    return _told(errors, name, f"{getattr(fit, name):.3g}")


def _told(errors: FitErrors, name: str, alone: str, *, scale: float = 1, unit: str = "") -> str:
    """A parameter with its error; as `alone` where it was not fitted or can be nothing else."""
    found = errors.curvature.parameters.get(name) if errors.curvature else None
    if found is None or found.reason == ALONE:
        return alone
    if found.error is None:
        return f"{alone} (not determined: {found.reason})"
    return with_error_text(found.value * scale, found.error * scale, unit)
