"""Weights of evidence averaged over parameters: marginal likelihoods and integrated ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from reopen.records._frozen import Frozen
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


@dataclass(frozen=True, slots=True)
class NumberProbability:
    """How probable it is that so many people contributed, given the peaks.

    error     standard error of the probability, from the integration
    marginal  the likelihood of the number; None where it was not computed: then the probability is
              a bound that it does not exceed
    """

    number: int
    probability: float
    error: float
    marginal: MarginalLikelihood | None

    @property
    def is_bound(self) -> bool:
        return self.marginal is None


@dataclass(frozen=True, slots=True)
class NumberPosterior:
    """Probabilities of the numbers of contributors, smallest number first.

    prior  number -> probability before the peaks were seen; numbers that it leaves out have none
    """

    numbers: tuple[NumberProbability, ...]
    prior: Mapping[int, float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "prior", Frozen(self.prior))

    @property
    def most_probable(self) -> int:
        return max(self._computed, key=lambda one: one.probability).number

    def plausible(self, above: float = 0.01) -> tuple[int, ...]:
        """Computed numbers more probable than this, smallest first."""
        return tuple(one.number for one in self._computed if one.probability > above)

    @property
    def is_settled(self) -> bool:
        """Every integral that it rests on ended well, or is of something impossible."""
        fine = (IntegralEnding.UNEXPLAINED, IntegralEnding.REACHED, IntegralEnding.ABOVE_TARGET)
        return all(one.marginal.ending in fine for one in self._computed if one.marginal)

    @property
    def _computed(self) -> tuple[NumberProbability, ...]:
        return tuple(one for one in self.numbers if not one.is_bound)


@dataclass(frozen=True, slots=True)
class RatioOverNumbers:
    """A likelihood ratio when the number of contributors is not known.

    log10      of the numerator averaged over numbers, over the denominator averaged over numbers,
               with the same prior of the number
    interval   (low, high) of log10, 95 %, for the error of the integration alone
    by_number  integrated ratio at each number that is plausible under either proposition
    numerator, denominator   how probable each number is under each proposition
    """

    log10: float
    interval: tuple[float, float]
    by_number: Mapping[int, IntegratedRatio]
    numerator: NumberPosterior
    denominator: NumberPosterior

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_number", Frozen(self.by_number))

    @property
    def number_matters(self) -> bool:
        """Whether the ratio differs tenfold or more between plausible numbers."""
        values = [ratio.log10 for ratio in self.by_number.values()]
        return max(values) > min(values) + 1

    @property
    def is_settled(self) -> bool:
        numbers = self.numerator.is_settled and self.denominator.is_settled
        return numbers and all(ratio.is_settled for ratio in self.by_number.values())
