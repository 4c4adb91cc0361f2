"""How single-source runs differ beyond the error of each: in variability, and in stutter shares.

Not for: the priors of a weighing (`priors`), which may take these laws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import logsumexp

from reopen.kernels.shapes import Floats
from reopen.weigh.single_source import FittedRun
from reopen.weigh.stutter import StutterKind
from reopen.weigh.stutter_pairs import PairTable, StutterPair
from reopen.weigh.stutter_rates import KindRates

_LEAST_RUNS = 10
_LN_FACTORS = np.linspace(-2.5, 2.5, 101)  # of a run's stutter over the rates


@dataclass(frozen=True, slots=True)
class Spread:
    """How a parameter differs between runs, beyond the error of each: a log-normal law.

    centre  median
    spread  standard deviation of the natural logarithm
    """

    centre: float
    spread: float
    runs: int


def variability_between_runs(
    fitted: Sequence[FittedRun], shares: Mapping[StutterKind, KindRates]
) -> Spread | None:
    """Of the model's variability: a run was fitted to the peaks that stutter leaves, which vary
    more by the square root of what it takes away."""
    lost = sum(_mean(rates) for rates in shares.values())
    values = np.array([np.log(fit.variability) for fit in fitted])
    errors = np.array([fit.ln_variability_error for fit in fitted])
    return _spread(values + 0.5 * np.log(1 - lost), errors)


def _mean(rates: KindRates) -> float:
    told = rates.rates.values()
    return sum(rate.mean for rate in told) / len(told) if told else 0.0


def shares_between_runs(
    pairs: Sequence[StutterPair],
    ratios: Mapping[StutterKind, KindRates],
    shares: Mapping[StutterKind, KindRates],
) -> dict[StutterKind, Spread]:
    """Each kind's share of the parent between runs: the mean rate times each run's own factor."""
    found = {}
    for kind, learnt in ratios.items():
        rates = learnt.rates
        its = [pair for pair in pairs if pair.kind == kind and pair.locus in rates]
        if not its or len({pair.run for pair in its if pair.is_seen}) < _LEAST_RUNS:
            continue
        expected = np.array([rates[pair.locus].at(pair.parent) for pair in its])
        law = _spread_of_factors(PairTable.of(its), expected, learnt.concentration)
        found[kind] = replace(law, centre=law.centre * _mean(shares[kind]))
    return found


def _spread_of_factors(pairs: PairTable, expected: Floats, concentration: float) -> Spread:
    """The log-normal law of the factors by which runs stutter more than expected.

    Maximum likelihood over all runs, those without any stutter seen included: each run's own
    factor is summed over.
    """
    runs = int(pairs.run.max()) + 1
    ln_runs = np.zeros((runs, len(_LN_FACTORS)))
    for column, ln_factor in enumerate(_LN_FACTORS):
        ln = pairs.ln_density(np.exp(ln_factor) * expected, concentration)
        np.add.at(ln_runs[:, column], pairs.run, ln)

    def down(point: Floats) -> float:
        centre, spread = point[0], np.exp(point[1])
        ln_law = -0.5 * ((_LN_FACTORS - centre) / spread) ** 2
        return -float((logsumexp(ln_runs + ln_law, axis=1) - logsumexp(ln_law)).sum())

    bounds = [(-1.5, 1.5), (np.log(0.04), 0.0)]
    best = minimize(down, [0.0, np.log(0.15)], method="L-BFGS-B", bounds=bounds).x
    return Spread(float(np.exp(best[0])), float(np.exp(best[1])), runs)


def _spread(values: Floats, errors: Floats) -> Spread | None:
    """The normal law of values that are each known with an error, by maximum likelihood."""
    if len(values) < _LEAST_RUNS:
        return None

    def centre(ln_spread: float) -> tuple[float, Floats]:
        variance = np.exp(2 * ln_spread) + errors**2
        return float((values / variance).sum() / (1 / variance).sum()), variance

    def down(ln_spread: float) -> float:
        middle, variance = centre(ln_spread)
        return float(0.5 * (np.log(variance) + (values - middle) ** 2 / variance).sum())

    best = float(minimize_scalar(down, bounds=(-6.0, 2.0), method="bounded").x)
    return Spread(float(np.exp(centre(best)[0])), float(np.exp(best)), len(values))
