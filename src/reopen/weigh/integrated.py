"""The integrated likelihood ratio: both likelihoods averaged over their parameters.

    LR = integral of L(parameters | numerator) prior / integral of L(parameters | denominator) prior

with the error of the integration, and the distribution of log10 LR over posterior draws of both
propositions' parameters, whose low quantile is the conservative LR of courts (Bleka, Storvik and
Gill 2016, there by Markov chains). Unlike a maximised LR, an integrated one has mean 1 over what
might be seen if the denominator is true.
Not for: the number of contributors (`number_posterior`), the integrals themselves (`evidence`).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from math import hypot, inf, log

import numpy as np

from reopen.errors import InvalidRecord
from reopen.kernels.shapes import Floats
from reopen.records import (
    IntegratedRatio,
    Kit,
    Population,
    Propositions,
    RatioDistribution,
    Run,
    Stain,
)
from reopen.weigh.evaluate import fit_both, weighing_run
from reopen.weigh.evidence import Evidence, Posterior, evidence, sizes_for
from reopen.weigh.fit import FitOptions
from reopen.weigh.importance import Sizes
from reopen.weigh.model import PeakModel
from reopen.weigh.number import Fitted
from reopen.weigh.priors import Priors

QUANTILE = 0.05
_T = 2.36  # 97.5 % point of Student's t with seven degrees of freedom: eight scrambles
_PAIRS, _RESAMPLED, _RESAMPLES = 50_000, 4_000, 200
_CREDIBLE = (0.025, 0.975)


@dataclass(frozen=True, slots=True)
class Integration:
    """How to integrate.

    sizes     draws and the error asked for; None is what the number of unknowns affords
    quantile  probability of the conservative quantile
    seed      of all random draws
    """

    priors: Priors = field(default_factory=Priors)
    sizes: Sizes | None = None
    quantile: float = QUANTILE
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.quantile < 1:
            raise InvalidRecord(
                f"A quantile at {self.quantile:g}.",
                rule="A quantile is at a probability above 0 and below 1.",
                way_on="Give one, such as 0.05.",
            )


def integrate_ratio(
    stain: Stain,
    propositions: Propositions,
    population: Population,
    kit: Kit | None,
    model: PeakModel | None = None,
    integration: Integration | None = None,
    options: FitOptions | None = None,
) -> IntegratedRatio:
    """log10 of the ratio of the two marginal likelihoods, and its distribution over parameters.

    options  of the fits from which the integration sets out

    Minus infinity where only the numerator cannot produce the peaks. Raises CannotWeigh as
    `evaluate.weigh` does.
    """
    model, how = model or PeakModel(), integration or Integration()
    first, second = fit_both(stain, propositions, population, kit, model, options)
    numerator, denominator = (
        integral(fitted, model, how, place) for place, fitted in enumerate((first, second))
    )
    run = weighing_run(stain, propositions, population, kit, model, options)
    return ratio_of(
        numerator,
        denominator,
        propositions,
        integrated_run(run, how, propositions.denominator.unknowns),
        how,
        second,
    )


def integral(fitted: Fitted, model: PeakModel, how: Integration, *stream: int) -> Evidence:
    """The marginal likelihood of a fitted proposition.

    stream  numbers that keep the draws of one integral apart from those of another
    """
    posterior = Posterior.of(fitted.likelihood, model, how.priors)
    return evidence(posterior, fitted.parameters, how.sizes, (how.seed, *stream))


def ratio_of(
    numerator: Evidence,
    denominator: Evidence,
    propositions: Propositions,
    run: Run,
    how: Integration,
    fitted: Fitted,
) -> IntegratedRatio:
    """The ratio of two integrals, with its distribution.

    fitted  the denominator as it was fitted, which tells what was left out
    """
    one, other = numerator.marginal, denominator.marginal
    log10 = (one.ln - other.ln) / log(10)
    return IntegratedRatio(
        log10=log10,
        interval=interval(log10, one.relative_error, other.relative_error),
        distribution=distribution(numerator, denominator, how.quantile, how.seed),
        propositions=propositions,
        numerator=one,
        denominator=other,
        run=run,
        not_weighed=fitted.likelihood.encoded.not_weighed,
    )


def interval(log10: float, *errors: float) -> tuple[float, float]:
    """95 % interval of a log10 ratio whose parts have these relative standard errors."""
    if log10 == -inf:
        return -inf, -inf
    half = _T * hypot(*errors) / log(10)
    return log10 - half, log10 + half


def distribution(
    numerator: Evidence, denominator: Evidence, level: float, seed: int
) -> RatioDistribution | None:
    """log10 LR over independent posterior draws of both sides.

    The quantile's interval comes from taking the draws again with replacement (bootstrap).
    """
    if numerator.draws is None or denominator.draws is None:
        return None
    rng = np.random.default_rng((seed, 2))
    sides = [
        (draws.beside.sum(axis=1) / log(10), np.exp(draws.ln_weights - draws.ln_weights.max()))
        for draws in (numerator.draws, denominator.draws)
    ]
    found = _differences(rng, sides, _PAIRS)
    low, median, high, quantile = np.quantile(found, [_CREDIBLE[0], 0.5, _CREDIBLE[1], level])
    again = [
        np.quantile(_differences(rng, [_again(rng, *side) for side in sides], _RESAMPLED), level)
        for _ in range(_RESAMPLES)
    ]
    ends = np.quantile(again, _CREDIBLE)
    return RatioDistribution(
        median=float(median),
        credible=(float(low), float(high)),
        level=level,
        quantile=float(quantile),
        interval=(float(min(ends[0], quantile)), float(max(ends[1], quantile))),
    )


def _differences(
    rng: np.random.Generator, sides: list[tuple[Floats, Floats]], number: int
) -> Floats:
    """Differences of values drawn from both sides by weight."""
    one, other = (values[rng.choice(len(w), number, p=w / w.sum())] for values, w in sides)
    return one - other


def _again(rng: np.random.Generator, values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """As many draws again, with replacement."""
    picked = rng.integers(len(values), size=len(values))
    return values[picked], weights[picked]


def integrated_run(run: Run, how: Integration, unknowns: int) -> Run:
    """How an integrated LR was made: what a fitted one needs, and priors, draws and seed."""
    added = {**integral_parameters(how, unknowns), "quantile": how.quantile}
    return replace(run, parameters={**run.parameters, **added}, seed=how.seed)


def integral_parameters(how: Integration, unknowns: int) -> dict[str, str | float | int]:
    """Priors and draws of an integral, by name."""
    sizes = how.sizes or sizes_for(unknowns)
    priors = {f"prior_{f.name}": str(getattr(how.priors, f.name)) for f in fields(how.priors)}
    return {**priors, **{f"integral_{name}": value for name, value in asdict(sizes).items()}}
