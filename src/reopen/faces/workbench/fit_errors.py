"""How well the peaks determine each fitted parameter, beside the fit: standard errors, or why none.

Not for: how they are computed (`weigh.curvature`), showing them (`fit_shown`).
"""

from __future__ import annotations

from dataclasses import dataclass

from reopen.faces.workbench.peak_checks import parameters_of
from reopen.records import Ending, Fit
from reopen.weigh.curvature import Curvature, curvature
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel

MOST_UNKNOWNS = 4
"""With more unknown contributors the second derivatives take longer than a reader waits."""


@dataclass(frozen=True, slots=True)
class FitErrors:
    """Standard errors of a fit.

    curvature   parameters with their errors and correlations; None where there are none
    untold      why there are none, or ""
    """

    curvature: Curvature | None
    untold: str = ""


def fit_errors(likelihood: MixtureLikelihood, model: PeakModel, fit: Fit) -> FitErrors:
    """Standard errors of a fit that settled. Where none can be given, the reason."""
    if reason := _untold(likelihood, fit):
        return FitErrors(None, reason)
    return FitErrors(curvature(likelihood, model, parameters_of(fit)))


def _untold(likelihood: MixtureLikelihood, fit: Fit) -> str:
    if fit.ending is Ending.UNEXPLAINED:
        return "no fit produces all peaks"
    if not fit.ending.is_settled:
        return "the fit did not settle, and errors are those of a maximum"
    unknowns = likelihood.encoded.proposition.unknowns
    if unknowns > MOST_UNKNOWNS:
        return f"they take long with {unknowns} unknown contributors, more than {MOST_UNKNOWNS}"
    return ""
