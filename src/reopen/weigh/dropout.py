"""The LR of the qualitative model: drop-out given, estimated, or summed over.

Not here: the likelihood itself (`qualitative`).

Source: Haned, Slooten and Gill 2012 (drop-out varied over its range); Bleka, Storvik and Gill 2016
(drop-out maximised under each proposition).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isinf, log
from typing import Literal

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import roots_legendre

from reopen import __version__
from reopen.errors import CannotWeigh, InvalidRecord
from reopen.kernels.shapes import Floats
from reopen.records import (
    Ending,
    Frozen,
    Locus,
    NotWeighed,
    Population,
    Propositions,
    Run,
    Stain,
    proposition,
)
from reopen.weigh.encode import MAX_UNKNOWNS
from reopen.weigh.hashes import hash_of_frequencies, hash_of_reference, hash_of_stain
from reopen.weigh.number import NumberOfContributors
from reopen.weigh.qualitative import QualitativeLikelihood, QualitativeModel, encode_seen

MODEL = "alleles seen or not 1"
ALL_LOCI = Locus("one drop-out for all loci")
"""The term of an integrated LR that no locus has by itself: all loci tell of one drop-out."""
CURVE = (0.01, 0.05, *(k / 10 for k in range(1, 10)), 0.95)
_GRID = np.linspace(0.0, 1.0, 41)
_SAME = 1e-9  # ln likelihood


@dataclass(frozen=True, slots=True)
class DropoutOfEach:
    """Drop-out probabilities of one copy in one replicate, of each contributor in order."""

    numerator: tuple[float, ...]
    denominator: tuple[float, ...]


Dropout = float | DropoutOfEach | Literal["estimate", "integrate"]


@dataclass(frozen=True, slots=True)
class DropoutFit:
    """What was seen under one proposition, for drop-out as given, as estimated, or summed over.

    dropout   of each contributor, in the proposition's order; empty where it was summed over
    by_locus  natural logs that sum to ln_likelihood
    """

    dropout: tuple[float, ...]
    ln_likelihood: float
    by_locus: Mapping[Locus, float]
    ending: Ending
    remark: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_locus", Frozen(self.by_locus))


@dataclass(frozen=True, slots=True)
class QualitativeRatio:
    """A likelihood ratio of alleles seen or not, with its terms and how it was made.

    per_locus   log10 of each locus's ratio; sums to log10
    by_dropout  log10 LR for one drop-out probability of everybody, over its range
    """

    log10: float
    per_locus: Mapping[Locus, float]
    by_dropout: Mapping[float, float]
    propositions: Propositions
    numerator: DropoutFit
    denominator: DropoutFit
    run: Run
    not_weighed: tuple[NotWeighed, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "per_locus", Frozen(self.per_locus))
        object.__setattr__(self, "by_dropout", Frozen(self.by_dropout))


def weigh_seen(
    stain: Stain,
    propositions: Propositions,
    population: Population,
    model: QualitativeModel | None = None,
    dropout: Dropout = "estimate",
) -> QualitativeRatio:
    """log10 of P(alleles seen | numerator) / P(alleles seen | denominator).

    dropout  one probability for everybody; one for each contributor; "estimate", the most likely
             one under each proposition; or "integrate", its mean over all of 0 to 1 alike

    Minus infinity where only the numerator is impossible: an exclusion. Raises CannotWeigh where
    the denominator is, and InvalidRecord for what is no probability.
    """
    model = model or QualitativeModel()
    first = encode_seen(stain, propositions.numerator, population, model)
    second = encode_seen(stain, propositions.denominator, population, model)
    if tuple(first.loci) != tuple(second.loci):
        raise CannotWeigh(
            f"The propositions about stain {stain.id!r} can be weighed at different loci only.",
            rule="Both likelihoods are of the same alleles.",
            way_on="Leave out the loci that are listed as not weighed for one of them.",
        )
    if isinstance(dropout, DropoutOfEach):
        above, below = given(first, dropout.numerator), given(second, dropout.denominator)
    elif dropout == "estimate":
        above, below = estimated(first), estimated(second)
    elif dropout == "integrate":
        above, below = integrated(first), integrated(second)
    else:
        above, below = (
            given(first, everybody(first, dropout)),
            given(second, everybody(second, dropout)),
        )
    if below.ending is Ending.UNEXPLAINED:
        raise CannotWeigh(
            f"Stain {stain.id!r} cannot come from {propositions.denominator}: {below.remark}.",
            rule="The denominator must be able to produce what was seen.",
            way_on="Allow drop-in, drop-out, or another contributor.",
            where=stain.where,
        )
    per_locus = {k: (above.by_locus[k] - below.by_locus[k]) / log(10) for k in below.by_locus}
    return QualitativeRatio(
        log10=sum(per_locus.values()),
        per_locus=per_locus,
        by_dropout=_curve(first, second),
        propositions=propositions,
        numerator=above,
        denominator=below,
        run=_run(stain, propositions, population, model, dropout),
        not_weighed=second.not_weighed,
    )


def everybody(likelihood: QualitativeLikelihood, dropout: float) -> tuple[float, ...]:
    """One drop-out probability for every contributor."""
    return (dropout,) * len(likelihood.proposition.contributors)


def given(likelihood: QualitativeLikelihood, dropout: Sequence[float]) -> DropoutFit:
    """Drop-out as given, one probability for each contributor. Raises InvalidRecord for others."""
    n = len(likelihood.proposition.contributors)
    if len(dropout) != n or not all(0 <= chance <= 1 for chance in dropout):
        raise InvalidRecord(
            f"Drop-out {', '.join(f'{d:g}' for d in dropout)} for {n} contributors.",
            rule="Each contributor has a drop-out probability, from 0 to 1.",
            way_on="Give one for each, or one for all.",
        )
    return _fit(likelihood.ln_by_locus(dropout), tuple(dropout), Ending.FIXED)


def estimated(likelihood: QualitativeLikelihood) -> DropoutFit:
    """The one drop-out probability of all contributors that makes what was seen most likely."""

    def ln(dropout: float) -> float:
        return likelihood.ln_likelihood(everybody(likelihood, dropout))

    values = np.array([ln(float(d)) for d in _GRID])
    k = int(values.argmax())
    best, top = float(_GRID[k]), float(values[k])
    if top == -inf:
        best = float(_GRID[len(_GRID) // 2])  # what is impossible in the middle is so everywhere
        return _fit(likelihood.ln_by_locus(everybody(likelihood, best)), (), Ending.UNEXPLAINED)
    around = float(_GRID[max(k - 1, 0)]), float(_GRID[min(k + 1, len(_GRID) - 1)])
    floor = float(values[np.isfinite(values)].min()) - 1e6
    found = minimize_scalar(
        lambda d: -max(ln(float(d)), floor), bounds=around, method="bounded",
        options={"xatol": 1e-9},
    )  # fmt: skip
    if -found.fun > top + _SAME:
        best = float(found.x)
    ending = Ending.BOUNDARY if best == 1.0 else Ending.CONVERGED
    remark = "drop-out" if best == 1.0 else ("nothing calls for drop-out" if best == 0.0 else "")
    who = everybody(likelihood, best)
    return _fit(likelihood.ln_by_locus(who), who, ending, remark)


def integrated(likelihood: QualitativeLikelihood) -> DropoutFit:
    """The mean likelihood over one drop-out probability of all contributors, uniform on (0, 1).

    Exact: the likelihood is a polynomial in it, of a degree that is at most the number of copies of
    all contributors in all replicates and loci, and Gauss's nodes integrate polynomials.
    """
    replicates = sum(sums[0].table.n_replicates for sums in likelihood.loci.values())
    carriers = len(likelihood.proposition.contributors)
    nodes, ln_weights = _gauss(3 * carriers * replicates)  # three copies where tri-allelic
    found = [likelihood.ln_by_locus(everybody(likelihood, float(d))) for d in nodes]
    by_locus = {
        locus: _ln_mean(np.array([at[locus] for at in found]), ln_weights)
        for locus in likelihood.loci
    }
    total = _ln_mean(np.array([sum(at.values()) for at in found]), ln_weights)
    alone = sum(by_locus.values())
    together = total - alone if not isinf(alone) else 0.0
    return _fit({**by_locus, ALL_LOCI: together}, (), Ending.CONVERGED)


@lru_cache(maxsize=8)
def _gauss(degree: int) -> tuple[Floats, Floats]:
    """Nodes on (0, 1) and ln weights that integrate polynomials of this degree exactly."""
    nodes, weights = roots_legendre(degree // 2 + 1)
    return (nodes + 1) / 2, np.log(weights / 2)


def _ln_mean(ln_values: Floats, ln_weights: Floats) -> float:
    return float(np.logaddexp.reduce(ln_values + ln_weights))


def _fit(
    by_locus: Mapping[Locus, float], dropout: tuple[float, ...], ending: Ending, remark: str = ""
) -> DropoutFit:
    impossible = [locus for locus, ln in by_locus.items() if isinf(ln)]
    if impossible:
        return DropoutFit(dropout, -inf, by_locus, Ending.UNEXPLAINED, ", ".join(impossible))
    return DropoutFit(dropout, sum(by_locus.values()), by_locus, ending, remark)


def _curve(first: QualitativeLikelihood, second: QualitativeLikelihood) -> dict[float, float]:
    """log10 LR by one drop-out probability for everybody, where the denominator is possible."""
    found = {}
    for chance in CURVE:
        below = second.ln_likelihood(everybody(second, chance))
        if not isinf(below):
            found[chance] = (first.ln_likelihood(everybody(first, chance)) - below) / log(10)
    return found


def choose_number_seen(
    stain: Stain, population: Population, model: QualitativeModel, *, number: int | None = None
) -> NumberOfContributors:
    """The number of contributors, all unknown, that makes what was seen most likely; or as given.

    Drop-out is estimated for each number, so no number has more parameters than another.
    """
    if number is not None:
        return NumberOfContributors({}, number, True)
    criterion: dict[int, float] = {}
    for n in range(1, MAX_UNKNOWNS + 1):
        likelihood = encode_seen(stain, proposition(unknowns=n), population, model)
        criterion[n] = estimated(likelihood).ln_likelihood
    return NumberOfContributors(criterion, max(criterion, key=lambda n: (criterion[n], -n)), False)


def _run(
    stain: Stain,
    propositions: Propositions,
    population: Population,
    model: QualitativeModel,
    dropout: Dropout,
) -> Run:
    sides = (propositions.numerator, propositions.denominator)
    people = {person.id: person for side in sides for person in side.typed}
    parameters: dict[str, str | float | int | bool | None] = {
        "numerator": str(propositions.numerator),
        "denominator": str(propositions.denominator),
        "dropout": str(dropout),
        "dropin_probability": str(model.dropin_probability),
        "threshold_rfu": str(model.threshold_rfu),
        "population": population.name,
        "theta": str(population.theta),
        "minimum_frequency": population.floor,
        "rescale": population.rescale,
    }
    return Run(
        program=f"reopen {__version__}",
        model=MODEL,
        parameters=parameters,
        inputs={
            f"stain {stain.id}": hash_of_stain(stain),
            **{f"reference {name}": hash_of_reference(p) for name, p in people.items()},
            f"population {population.name}": hash_of_frequencies(population),
        },
    )
