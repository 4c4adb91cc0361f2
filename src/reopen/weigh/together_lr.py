"""The evaluative LR of stains of one mixture typed in different kits.

Not here: the likelihood (`together`), the LR of one kit (`evaluate`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import log

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from reopen import __version__
from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats
from reopen.records import (
    Ending,
    Frozen,
    Locus,
    NotWeighed,
    Population,
    Proposition,
    Propositions,
    Run,
)
from reopen.weigh.coordinates import Coordinates
from reopen.weigh.evaluate import weighing_run
from reopen.weigh.fit import SAME_TOP, FitOptions, fit, one_blas_thread
from reopen.weigh.model import PeakParameters
from reopen.weigh.together import TogetherLikelihood, TypedStain, encode_together

MODEL = "gamma peak heights of several kits 1"


@dataclass(frozen=True, slots=True)
class TogetherFit:
    """Parameters of highest likelihood of several kits together.

    by_kit    of each kit, by its name; the proportions are the same in all
    by_locus  natural logs that sum to ln_likelihood
    """

    by_kit: Mapping[str, PeakParameters]
    ln_likelihood: float
    by_locus: Mapping[Locus, float]
    ending: Ending
    remark: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_kit", Frozen(self.by_kit))
        object.__setattr__(self, "by_locus", Frozen(self.by_locus))

    @property
    def proportions(self) -> tuple[float, ...]:
        return next(iter(self.by_kit.values())).proportions


@dataclass(frozen=True, slots=True)
class TogetherRatio:
    """An LR of all kits together. per_locus: log10 of each locus's ratio; sums to log10."""

    log10: float
    per_locus: Mapping[Locus, float]
    propositions: Propositions
    numerator: TogetherFit
    denominator: TogetherFit
    runs: tuple[Run, ...]
    not_weighed: tuple[NotWeighed, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "per_locus", Frozen(self.per_locus))

    @property
    def is_settled(self) -> bool:
        """Both fits ended well enough for the number to be relied on."""
        return self.numerator.ending.is_settled and self.denominator.ending.is_settled


def weigh_together(
    stains: Sequence[TypedStain],
    propositions: Propositions,
    population: Population,
    options: FitOptions | None = None,
) -> TogetherRatio:
    """log10 of P(peaks of all kits | numerator) / P(... | denominator), each at its maximum.

    Minus infinity where only the numerator cannot produce the peaks. Raises CannotWeigh where the
    denominator cannot, and what `encode_together` refuses.
    """
    first, _ = fit_together(stains, propositions.numerator, population, options)
    second, likelihood = fit_together(stains, propositions.denominator, population, options)
    if second.ending is Ending.UNEXPLAINED:
        raise CannotWeigh(
            f"The stains cannot come from {propositions.denominator}: {second.remark}.",
            rule="The denominator must be able to produce the peaks.",
            way_on="Allow drop-in, or another contributor.",
        )
    if first.by_locus.keys() != second.by_locus.keys():
        raise CannotWeigh(
            "The propositions can be weighed at different loci only.",
            rule="Both likelihoods are of the same peaks.",
            way_on="Leave out the loci that are listed as not weighed for one of them.",
        )
    per_locus = {k: (first.by_locus[k] - second.by_locus[k]) / log(10) for k in second.by_locus}
    runs = [
        weighing_run(one.stain, propositions, population, one.kit, one.model, options)
        for one in stains
    ]
    return TogetherRatio(
        log10=sum(per_locus.values()),
        per_locus=per_locus,
        propositions=propositions,
        numerator=first,
        denominator=second,
        runs=tuple(replace(run, program=f"reopen {__version__}", model=MODEL) for run in runs),
        not_weighed=likelihood.not_weighed,
    )


def fit_together(
    stains: Sequence[TypedStain],
    proposition: Proposition,
    population: Population,
    options: FitOptions | None = None,
) -> tuple[TogetherFit, TogetherLikelihood]:
    """Fit stains of several kits under one proposition.

    Starts are each kit's own optimum, with its proportions, and the mean of these. The ending tells
    whether two of them climbed to the same top.
    """
    likelihood = encode_together(stains, proposition, population)
    names = [one.name for one in stains]
    alone = [
        fit(group, one.model, options) for group, one in zip(likelihood.groups, stains, strict=True)
    ]
    own = [parameters for parameters, _ in alone]
    climber = _Climber(likelihood, stains, options or FitOptions())
    proportions = [p.proportions for p in own]
    proportions.append(tuple(np.mean(proportions, axis=0).tolist()))
    ends = [climber.climb([replace(p, proportions=shares) for p in own]) for shares in proportions]
    best = min(ends, key=lambda end: float(end.fun))
    found = climber.to_parameters(best.x)
    by_locus = likelihood.ln_by_locus(found)
    unexplained = [locus for locus, value in by_locus.items() if not np.isfinite(value)]
    agreeing = sum(float(end.fun) - float(best.fun) < SAME_TOP for end in ends)
    ending, remark = climber.ending(best, agreeing, len(ends))
    if unexplained:
        ending, remark = Ending.UNEXPLAINED, "peaks at " + ", ".join(unexplained)
    total = sum(by_locus.values())
    by_kit = dict(zip(names, found, strict=True))
    return TogetherFit(by_kit, total, by_locus, ending, remark), likelihood


class _Climber:
    """One point for the parameters of all kits: the proportions once, then each kit's others."""

    def __init__(
        self, likelihood: TogetherLikelihood, stains: Sequence[TypedStain], options: FitOptions
    ):
        self.likelihood, self.options = likelihood, options
        self.names = [one.name for one in stains]
        self.kits = [
            Coordinates.of(group.encoded, one.model)
            for group, one in zip(likelihood.groups, stains, strict=True)
        ]
        self.n = self.kits[0].n - 1

    def join(self, points: Sequence[Floats]) -> Floats:
        return np.concatenate([points[0][: self.n], *(point[self.n :] for point in points)])

    def split(self, point: Floats) -> list[Floats]:
        parts, at = [], self.n
        for kit in self.kits:
            size = len(kit.bounds) - self.n
            parts.append(np.concatenate([point[: self.n], point[at : at + size]]))
            at += size
        return parts

    def to_parameters(self, point: Floats) -> list[PeakParameters]:
        return [
            kit.to_parameters(part) for kit, part in zip(self.kits, self.split(point), strict=True)
        ]

    @property
    def bounds(self) -> Floats:
        """Lowest and highest of each coordinate; shape (coordinate, 2)."""
        each = [np.array(kit.bounds).reshape(-1, 2) for kit in self.kits]
        return np.column_stack([self.join([b[:, side] for b in each]) for side in (0, 1)])

    def climb(self, start: Sequence[PeakParameters]) -> OptimizeResult:
        scales = self.join([kit.scales for kit in self.kits])
        bounds = self.bounds
        point = self.join([k.to_point(p) for k, p in zip(self.kits, start, strict=True)])

        def down(scaled: Floats) -> tuple[float, Floats]:
            parameters = self.to_parameters(scaled * scales)
            value, gradients = self.likelihood.with_gradient(parameters)
            if not np.isfinite(value):
                return 1e10, np.zeros_like(scaled)
            parts = [
                kit.gradient(p, g)
                for kit, p, g in zip(self.kits, parameters, gradients, strict=True)
            ]
            slope = self.join(parts)
            slope[: self.n] = np.sum([part[: self.n] for part in parts], axis=0)
            return -value, -slope * scales

        with one_blas_thread():
            end = minimize(
                down,
                np.clip(point, bounds[:, 0], bounds[:, 1]) / scales,
                jac=True,
                method="L-BFGS-B",
                bounds=bounds / scales[:, None],
                options={
                    "maxiter": self.options.most_steps,
                    "maxfun": 3 * self.options.most_steps,
                    "maxcor": 20,
                    "ftol": 1e-11,
                    "gtol": 1e-5,
                },
            )
        end.x = end.x * scales
        return end

    def ending(self, best: OptimizeResult, agreeing: int, tried: int) -> tuple[Ending, str]:
        if best.status == 1:
            return Ending.STEPS, f"{best.nit} steps"
        if agreeing < 2:
            return Ending.UNSTABLE, f"{tried} starts"
        edges = []
        for name, kit, point in zip(self.names, self.kits, self.split(best.x), strict=True):
            bounds = np.array(kit.bounds).reshape(-1, 2)
            close = (point - bounds[:, 0] < 1e-3) | (bounds[:, 1] - point < 1e-3)
            told = asdict(kit.to_parameters(point))
            if close[: self.n].any():
                edges.append("a contributor has no share")
            if close[self.n :].any():
                edges.append(f"a parameter of {name} ({_told(told)})")
        if edges:
            return Ending.BOUNDARY, "; ".join(dict.fromkeys(edges))
        return Ending.CONVERGED, f"{agreeing} of {tried} starts at the same optimum"


def _told(parameters: Mapping[str, object]) -> str:
    return ", ".join(
        f"{name} {value:.3g}" for name, value in parameters.items() if isinstance(value, float)
    )
