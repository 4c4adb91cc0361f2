"""How many people contributed: probabilities of every number, and whether the number matters.

    P(N | peaks)  is proportional to  P(N) * marginal likelihood of N contributors

Not for: one number quickly, for hundreds of stains (`number`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, inf, log

import numpy as np

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.records import (
    Ending,
    IntegratedRatio,
    Kit,
    NumberPosterior,
    NumberProbability,
    Population,
    Proposition,
    Propositions,
    RatioOverNumbers,
    Reference,
    Stain,
    proposition,
)
from reopen.weigh.encode import MAX_UNKNOWNS, encode
from reopen.weigh.evaluate import weighing_run
from reopen.weigh.evidence import Evidence
from reopen.weigh.fit import FitOptions, fit
from reopen.weigh.integrated import Integration, integral, integrated_run, interval, ratio_of
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel
from reopen.weigh.number import Fitted

MOST = 6
UNIFORM: Mapping[int, float] = dict.fromkeys(range(1, MOST + 1), 1 / MOST)
PLAUSIBLE = 0.01
NEGLIGIBLE = 0.005  # probability that further numbers may have together, and be left out
_NO_FASTER = 2.0  # times the last ratio of two likelihoods: what the next is taken not to exceed
_FIT = FitOptions(starts=2, more_starts=2)

Told = Callable[[int], None]


def quiet(number: int) -> None:
    """Nothing told."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A number of contributors with its fit and its integral."""

    number: int
    proposition: Proposition
    fitted: Fitted
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Setting:
    """One stain, and what it is weighed under.

    prior  number of contributors -> probability; it need not sum to 1
    most   numbers above this are not computed
    told   is called with each number before it is computed
    """

    stain: Stain
    population: Population
    kit: Kit | None
    model: PeakModel
    how: Integration = field(default_factory=Integration)
    prior: Mapping[int, float] = field(default_factory=lambda: UNIFORM)
    most: int = MOST
    told: Told = quiet

    def __post_init__(self) -> None:
        values = self.prior.values()
        if not (
            min(self.prior, default=0) > 0 and all(0 <= p < inf for p in values) and sum(values) > 0
        ):
            raise InvalidRecord(
                f"A prior of the number of contributors: {dict(self.prior)}.",
                rule="Whole numbers from 1, each with a probability, not all of them 0.",
                way_on="Leave it out where nothing is known: then all numbers are alike.",
            )

    def ln_prior(self, number: int) -> float:
        share = self.prior.get(number, 0.0) / sum(self.prior.values())
        return log(share) if share > 0 else -inf


def number_posterior(
    setting: Setting, named: Sequence[Reference] = (), least: int = 1
) -> NumberPosterior:
    """Probabilities of the number of contributors: the named ones, and unknown unrelated people.

    least  the smallest number that is allowed; as many as are named at least

    Numbers are computed from the smallest upwards, until those that are left can have a
    probability of NEGLIGIBLE together: see `bound`. Those are listed as bounds.
    Raises CannotWeigh where no number can be weighed.
    """
    least = max(least, 1, len(named))
    return posterior_of(try_numbers(setting, least, _with_unknowns(named)), setting)


def weigh_over_numbers(
    setting: Setting, suspect: Reference, named: Sequence[Reference] = ()
) -> RatioOverNumbers:
    """The integrated LR of a person as a contributor at each plausible number, and averaged.

    Numerator and denominator are averaged separately, with the same prior: the number is a
    parameter like others, and need not be the same under both. Raises CannotWeigh as
    `number_posterior`, and where no number of unknown people can have left the peaks.
    """
    least = 1 + len(named)
    first = try_numbers(setting, least, _with_unknowns((suspect, *named)), stream=0)
    others = _with_unknowns(named, (suspect,))
    second = try_numbers(setting, least, others, stream=1)
    numerator, denominator = (posterior_of(tried, setting) for tried in (first, second))
    above = {*numerator.plausible(PLAUSIBLE), *denominator.plausible(PLAUSIBLE)}
    for tried, make, stream in ((first, _with_unknowns((suspect, *named)), 0), (second, others, 1)):
        tried += [
            _try(setting, number, make(number), None, stream)
            for number in sorted(above - {one.number for one in tried})
        ]
    ln_ratio, errors = _ln_mean(first, setting), (_error(numerator), _error(denominator))
    log10 = (ln_ratio - _ln_mean(second, setting)) / log(10)
    ones, twos = ({one.number: one for one in tried} for tried in (first, second))
    return RatioOverNumbers(
        log10=log10,
        interval=interval(log10, *errors),
        by_number={n: _ratio(setting, ones[n], twos[n]) for n in sorted(above)},
        numerator=numerator,
        denominator=denominator,
    )


Make = Callable[[int], Proposition]


def _with_unknowns(named: Sequence[Reference], others: tuple[Reference, ...] = ()) -> Make:
    """Number of contributors -> the named people and unknown ones."""
    return lambda n: proposition(*named, unknowns=n - len(named), non_contributors=others)


def try_numbers(setting: Setting, least: int, make: Make, stream: int = 0) -> list[Tried]:
    """Numbers from the least upwards, until the rest is negligible."""
    tried: list[Tried] = []
    for number in range(least, setting.most + 1):
        who = make(number)
        if who.unknowns > MAX_UNKNOWNS:
            break
        setting.told(number)
        one = _try(setting, number, who, tried[-1].fitted if tried else None, stream)
        tried.append(one)
        if sum(_bounds(tried, setting).values()) < NEGLIGIBLE:
            break
    if all(one.evidence.marginal.ln + setting.ln_prior(one.number) == -inf for one in tried):
        stain = setting.stain
        raise CannotWeigh(
            f"Stain {stain.id!r} cannot have come from {least} to {setting.most} people.",
            rule="At least one number of contributors is able to produce the peaks.",
            way_on="Allow drop-in, or more contributors.",
            where=stain.where,
        )
    return tried


def _try(
    setting: Setting, number: int, who: Proposition, fewer: Fitted | None, stream: int
) -> Tried:
    encoded = encode(setting.stain, who, setting.population, setting.kit, setting.model)
    likelihood = MixtureLikelihood(encoded)
    near = fewer.parameters if fewer and fewer.fit.ending is not Ending.UNEXPLAINED else None
    fitted = Fitted(likelihood, *fit(likelihood, setting.model, _FIT, near))
    found = integral(fitted, setting.model, setting.how, stream, number)
    return Tried(number, who, fitted, found)


def bounds(
    ln_likelihoods: Sequence[float], priors: Sequence[float], left: Sequence[float]
) -> list[float]:
    """What the probabilities of the next numbers do not exceed, by a rule.

    ln_likelihoods, priors  of the numbers tried, the last one the largest
    left    priors of the numbers that follow

    Once likelihoods fall, each further contributor is taken to cost at least half as much as the
    last one did: further ratios of two are at most twice the last (docs/methods.md, section 13,
    has what was seen). Where the rule says nothing (the last was no less likely), the bound is 1.
    """
    top = max(ln_likelihoods)
    if len(ln_likelihoods) < 2 or top == -inf:
        return [1.0] * len(left)
    total = sum(p * exp(ln - top) for p, ln in zip(priors, ln_likelihoods, strict=True))
    ratio = _NO_FASTER * exp(min(ln_likelihoods[-1] - ln_likelihoods[-2], 0.0))
    if ratio >= 1 or total == 0:
        return [1.0] * len(left)
    last = exp(ln_likelihoods[-1] - top) / total
    return [min(1.0, prior * last * ratio**k) for k, prior in enumerate(left, start=1)]


def _bounds(tried: Sequence[Tried], setting: Setting) -> dict[int, float]:
    """Bounds of the numbers after the last one tried that have a prior."""
    after = range(tried[-1].number + 1, max(setting.prior) + 1)
    found = bounds(
        [one.evidence.marginal.ln for one in tried],
        [setting.prior.get(one.number, 0.0) for one in tried],
        [setting.prior.get(number, 0.0) for number in after],
    )
    bounded = zip(after, found, strict=True)
    return {number: bound for number, bound in bounded if setting.prior.get(number, 0.0) > 0}


def posterior_of(tried: Sequence[Tried], setting: Setting) -> NumberPosterior:
    """Probabilities of the numbers tried, and bounds for those that were not."""
    marginals = [one.evidence.marginal for one in tried]
    ln = np.array(
        [m.ln + setting.ln_prior(one.number) for m, one in zip(marginals, tried, strict=True)]
    )
    shares = np.exp(ln - ln.max())
    shares /= shares.sum()
    errors = np.array([m.relative_error for m in marginals])
    spread = np.sqrt(((shares * errors) ** 2).sum() - (shares * errors) ** 2)
    found = [
        NumberProbability(one.number, float(p), float(p * np.hypot((1 - p) * e, s)), marginal)
        for one, p, e, s, marginal in zip(tried, shares, errors, spread, marginals, strict=True)
    ]
    left = _bounds(tried, setting)
    found += [NumberProbability(number, bound, 0.0, None) for number, bound in left.items()]
    total = sum(setting.prior.values())
    return NumberPosterior(tuple(found), {n: p / total for n, p in sorted(setting.prior.items())})


def _ln_mean(tried: Sequence[Tried], setting: Setting) -> float:
    """ln of the marginal likelihood averaged over numbers."""
    ln = [one.evidence.marginal.ln + setting.ln_prior(one.number) for one in tried]
    return float(np.logaddexp.reduce(ln))


def _error(found: NumberPosterior) -> float:
    """Relative standard error of the average over numbers."""
    parts = [(one.probability, one.marginal) for one in found.numbers]
    return float(np.sqrt(sum((p * m.relative_error) ** 2 for p, m in parts if m)))


def _ratio(setting: Setting, first: Tried, second: Tried) -> IntegratedRatio:
    pair = Propositions(first.proposition, second.proposition)
    s = setting
    run = weighing_run(s.stain, pair, s.population, s.kit, s.model, _FIT)
    run = integrated_run(run, s.how, second.proposition.unknowns)
    return ratio_of(first.evidence, second.evidence, pair, run, s.how, second.fitted)
