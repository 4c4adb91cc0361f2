"""How many people contributed to a stain, quickly: the smallest number that the peaks call for.

Not for: probabilities of every number (`number_posterior`), which take seconds a stain.
"""

from __future__ import annotations

from dataclasses import dataclass

from reopen.errors import CannotWeigh
from reopen.records import Fit, Kit, NumberPosterior, Population, Stain, proposition
from reopen.weigh.encode import MAX_UNKNOWNS, encode
from reopen.weigh.fit import SAME_TOP, FitOptions, fit
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel, PeakParameters

_PROBE = FitOptions(starts=2, more_starts=0)  # to see whether one more contributor pays


@dataclass(frozen=True, slots=True)
class Fitted:
    """A stain fitted under a proposition: the likelihood, its best parameters and their record."""

    likelihood: MixtureLikelihood
    parameters: PeakParameters
    fit: Fit

    @property
    def n_parameters(self) -> int:
        """Free parameters: proportions but one, height, variability, and the model's options."""
        return len(self.parameters.proportions) - 1 + 2 + self.options

    @property
    def options(self) -> int:
        layout = self.likelihood.encoded.layout
        return bool(layout.scaled_length.any()) + int(layout.rate[:, 1:].any(axis=0).sum())


@dataclass(frozen=True, slots=True)
class NumberOfContributors:
    """Numbers tried, and the one chosen.

    criterion  number -> maximised ln likelihood less the number of fitted parameters (Akaike
               1974); empty where it was not looked at
    chosen     the most probable number, where probabilities were computed, else the one with the
               highest criterion
    given      the number was given, not chosen
    posterior  how probable each number is, where that was computed
    """

    criterion: dict[int, float]
    chosen: int
    given: bool
    posterior: NumberPosterior | None = None

    def __str__(self) -> str:
        if self.given:
            return f"{self.chosen}, as given"
        if self.posterior is not None:
            found = [one for one in self.posterior.numbers if not one.is_bound]
            shares = ", ".join(f"{one.number}: {_in_words(one.probability)}" for one in found)
            return f"{self.chosen}, the most probable ({shares})"
        tried = ", ".join(f"{n}: {value:.1f}" for n, value in sorted(self.criterion.items()))
        return f"{self.chosen}, chosen by ln likelihood less parameters ({tried})"


def _in_words(probability: float) -> str:
    return "< 0.1%" if 0 < probability < 1e-3 else f"{probability:.1%}"


def fit_unknowns(
    stain: Stain,
    n: int,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    options: FitOptions | None = None,
    fewer: PeakParameters | None = None,
) -> Fitted:
    """Fit a stain as left by n unknown, unrelated people; `fewer` as in `fit.fit`."""
    likelihood = MixtureLikelihood(encode(stain, proposition(unknowns=n), population, kit, model))
    parameters, record = fit(likelihood, model, options, fewer)
    return Fitted(likelihood, parameters, record)


def choose_contributors(
    stain: Stain,
    population: Population,
    kit: Kit | None,
    model: PeakModel,
    *,
    number: int | None = None,
    most: int = 4,
    options: FitOptions | None = None,
) -> tuple[NumberOfContributors, Fitted]:
    """The number of contributors, and the fit with that number.

    number  if given, it is taken as it is
    most    the largest number tried
    Numbers are tried upwards until one more does not pay for its parameter.
    Source: model selection as in Bleka, Storvik and Gill 2016.
    """
    if number is not None:
        if not 1 <= number <= MAX_UNKNOWNS:
            raise CannotWeigh(
                f"{number} contributors asked for in stain {stain.id!r}.",
                rule=f"From 1 to {MAX_UNKNOWNS} unknown contributors can be weighed.",
                way_on="Condition on people known to have contributed, or ask for fewer.",
            )
        only = fit_unknowns(stain, number, population, kit, model, options)
        value = only.fit.ln_likelihood - only.n_parameters
        return NumberOfContributors({number: value}, number, True), only
    criterion: dict[int, float] = {}
    best: Fitted | None = None
    for n in range(_at_least(stain), most + 1):
        fewer = best.parameters if best is not None else None
        tried = fit_unknowns(stain, n, population, kit, model, _PROBE, fewer)
        criterion[n] = tried.fit.ln_likelihood - tried.n_parameters
        if best is not None and criterion[n] <= max(v for k, v in criterion.items() if k < n):
            break
        best = tried
    if best is None:
        raise CannotWeigh(
            f"Stain {stain.id!r} shows peaks of more than {most} people.",
            rule=f"At most {most} contributors are tried by themselves.",
            way_on="Give the number with --contributors, or known contributors.",
        )
    chosen = len(best.parameters.proportions)
    full = fit_unknowns(stain, chosen, population, kit, model, options)
    if full.fit.ln_likelihood > best.fit.ln_likelihood - SAME_TOP:
        best = full
    return NumberOfContributors(criterion, chosen, False), best


def _at_least(stain: Stain) -> int:
    """A number to start from: one fewer than half the most alleles seen at a locus (stutter and
    drop-in may add some)."""
    most = max((len(p) for r in stain.replicates for p in r.peaks.values()), default=0)
    return max(1, -(-most // 2) - 1)
