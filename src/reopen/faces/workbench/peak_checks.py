"""Which peaks the fitted model of a proposition does not explain, to be told beside the number.

Two ways of a wrong model, most often too few contributors: a peak whose height does not fit, and
more peaks taken for drop-in than the laboratory's drop-in probability allows for.

Not for: how a peak is judged (`weigh.diagnostics`).
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import poisson

from reopen.errors import CannotWeigh
from reopen.records import Ending, Fit, Kit, Population, Proposition, Stain
from reopen.weigh.diagnostics import LEVEL, PeakCheck, check_peaks, dropin_probabilities
from reopen.weigh.encode import encode
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel, PeakParameters


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """Every peak at or above the threshold against a fitted model.

    peaks       in the order of loci, replicates and alleles; none where nothing was checked
    dropins     those of them that are more probably drop-in than anybody's
    expected_dropins   how many drop-ins the settings lead one to expect
    unchecked   why nothing was checked, or ""
    """

    peaks: tuple[PeakCheck, ...] = ()
    dropins: tuple[PeakCheck, ...] = ()
    expected_dropins: float = 0.0
    unchecked: str = ""

    @property
    def unexplained(self) -> tuple[PeakCheck, ...]:
        """Peaks whose height the model does not explain."""
        return tuple(peak for peak in self.peaks if peak.flagged)

    @property
    def too_many_dropins(self) -> bool:
        """So many drop-ins, or more, have a probability below the level of the peak checks."""
        return bool(poisson.sf(len(self.dropins) - 1, self.expected_dropins) < LEVEL)

    @property
    def model_fails(self) -> bool:
        return bool(self.unexplained) or self.too_many_dropins


def parameters_of(fit: Fit) -> PeakParameters:
    """The fitted parameters, to be used again."""
    return PeakParameters(
        fit.proportions,
        fit.height_rfu,
        fit.variability,
        fit.degradation,
        fit.back_stutter,
        fit.forward_stutter,
        fit.double_back_stutter,
        fit.two_base_stutter,
    )


def check_model(likelihood: MixtureLikelihood, fit: Fit) -> ModelCheck:
    """Check the peaks at the fitted parameters. A check that cannot be made says why."""
    if fit.ending is Ending.UNEXPLAINED:
        return ModelCheck(unchecked="no fit produces all peaks, so there is none to check them by")
    parameters = parameters_of(fit)
    try:
        peaks = check_peaks(likelihood, parameters)
    except CannotWeigh as error:
        return ModelCheck(unchecked=error.rule)
    probable = dropin_probabilities(likelihood, parameters)
    markers = likelihood.encoded.markers
    return ModelCheck(
        peaks=peaks,
        dropins=tuple(p for p in peaks if probable[p.locus, p.replicate, p.allele] > 0.5),
        expected_dropins=sum(m.dropin_probability * len(m.heights) for m in markers),
    )


def check_proposition(
    stain: Stain,
    proposition: Proposition,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    fit: Fit,
) -> ModelCheck:
    """Check the peaks of a stain under a proposition that was fitted before."""
    likelihood = MixtureLikelihood(encode(stain, proposition, population, kit, model))
    return check_model(likelihood, fit)
