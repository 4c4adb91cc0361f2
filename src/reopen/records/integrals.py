"""Weights of evidence averaged over parameters: marginal likelihoods and integrated ratios."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from reopen.errors import InvalidRecord
from reopen.records.profiles import NotWeighed
from reopen.records.propositions import Propositions
from reopen.records.runs import Run


class IntegralEnding(Enum):
    """How an integral over parameters ended: a name and a sentence with advice."""

    REACHED = "The integral is as exact as was asked."
    ABOVE_TARGET = (
        "The integral's standard error is above the one asked for. Use the interval that stands "
        "beside it, or allow more draws."
    )
    FEW_DRAWS = (
        "Too few of the draws count: the integral and its interval are not to be relied on. Allow "
        "more draws, or fewer contributors."
    )
    LAPLACE = (
        "The integral is approximated at its maximum, and its error is not known. It is good "
        "enough to choose by, not to report."
    )
    UNEXPLAINED = "The proposition cannot produce some of the peaks: its likelihood is zero."

    @property
    def is_settled(self) -> bool:
        return self in (IntegralEnding.REACHED, IntegralEnding.ABOVE_TARGET)


@dataclass(frozen=True, slots=True)
class MarginalLikelihood:
    """A likelihood averaged over the priors of its parameters, with the error of the integration.

    ln              its natural log
    relative_error  standard error, as a share of the likelihood; infinite where it is not known
    effective       effective number of draws behind it (Kish)
    evaluations     of the likelihood
    """

    ln: float
    relative_error: float
    effective: float
    evaluations: int
    ending: IntegralEnding


@dataclass(frozen=True, slots=True)
class RatioDistribution:
    """log10 LR when the parameters of both propositions are drawn from their posteriors.

    median    of log10 LR
    credible  (low, high) that hold 95 % of the draws
    level     probability of the conservative quantile, such as 0.05
    quantile  log10 LR that this share of the draws lies below
    interval  (low, high) of the quantile, 95 %, from repeated sampling of the draws
    """

    median: float
    credible: tuple[float, float]
    level: float
    quantile: float
    interval: tuple[float, float]

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise InvalidRecord(
                f"A quantile at {self.level:g}.",
                rule="A quantile is at a probability above 0 and below 1.",
                way_on="Give one, such as 0.05.",
            )


@dataclass(frozen=True, slots=True)
class IntegratedRatio:
    """A likelihood ratio whose parameters are integrated out under both propositions.

    log10     of the ratio of the two marginal likelihoods
    interval  (low, high) of log10, 95 %, for the error of the integration alone
    distribution  of log10 LR over posterior draws; None where a proposition cannot produce the
                  peaks
    not_weighed   loci of the stain that are left out, with the reason

    There are no terms by locus: the loci share parameters, so that an average over parameters is no
    product over loci.
    """

    log10: float
    interval: tuple[float, float]
    distribution: RatioDistribution | None
    propositions: Propositions
    numerator: MarginalLikelihood
    denominator: MarginalLikelihood
    run: Run
    not_weighed: tuple[NotWeighed, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Both integrals ended well enough for the number to be relied on."""
        sides = (self.numerator.ending, self.denominator.ending)
        return all(e.is_settled or e is IntegralEnding.UNEXPLAINED for e in sides)
