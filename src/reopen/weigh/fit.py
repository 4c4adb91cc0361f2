"""Maximum likelihood by a gradient method from several starts, with a named ending.

Not here: the likelihood itself (`mixture`), integration over parameters.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from scipy.optimize import OptimizeResult, minimize
from threadpoolctl import ThreadpoolController

from reopen.kernels.shapes import Floats
from reopen.records import UNRELATED, Ending, Fit, Proposition
from reopen.weigh.coordinates import (
    DEGRADATION_LIMITS,
    VARIABILITY_LIMITS,
    Coordinates,
)
from reopen.weigh.encode import EncodedMixture
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.stutter import StutterKind

SAME_TOP = 1e-4  # ln units: two starts that end this close found the same optimum
_RATIOS = (1.0, 0.7, 0.45, 0.25, 0.1)  # of one contributor's share to the next one's, for starts
_VARIABILITIES = (0.2, 0.45)
_NO_SHARE = 1e-3  # of all DNA: a copy is far below what could be seen
_ALL_BUT = 0.01  # ln units below an optimum, and how far from it in scaled coordinates, where a
_STEEP = 200.0  # of the wall at the least scale
_NEAR = 0.3  # climb is taken to end at it
_SMALL_SHARES = (0.01, 0.05, 0.15)
_STUTTER_STARTS: Mapping[StutterKind, float] = {
    "back": 0.06, "forward": 0.01, "double_back": 0.005, "two_base": 0.01,
}  # fmt: skip
_MOST_PATTERNS = 240
_RANDOM_STARTS = 10  # for each contributor


@dataclass(frozen=True, slots=True)
class FitOptions:
    """starts: best of the coarse search that are climbed; more are tried where they disagree.
    most_steps: of one climb. seed: of starts at random, in place of the grid."""

    starts: int = 3
    more_starts: int = 4
    most_steps: int = 400
    seed: int | None = None


def fit(
    likelihood: MixtureLikelihood,
    model: PeakModel,
    options: FitOptions | None = None,
    fewer: PeakParameters | None = None,
) -> tuple[PeakParameters, Fit]:
    """The parameters of highest likelihood, and the record of the fit.

    fewer  the best parameters of the same stain with one unknown contributor fewer: starts near
           them are climbed too, so that one more contributor ends lower only where the model says
           so: a person without a share still makes a drop-in less probable
    Unrelated unknown contributors come out largest proportion first. Without a seed there are no
    random draws; with one, it says by which starts the top was found, not where it is. The ending
    tells whether at least two starts found the same optimum.
    """
    options = options or FitOptions()
    encoded = likelihood.encoded
    coordinates = Coordinates.of(encoded, model)
    ranked = _coarse_search(likelihood, coordinates, options.seed)
    if not ranked:
        start = _moment_start(encoded, coordinates)
        return start, _record(
            likelihood, start, Ending.UNEXPLAINED, _unexplained(likelihood, start)
        )
    ends: list[OptimizeResult] = []
    if fewer is not None:
        ranked = [_one_more(likelihood, fewer), *ranked]
    for start in ranked[: options.starts + options.more_starts]:
        if len(ends) >= options.starts and _agreement(ends) > 1:
            break
        ends.append(_climb(likelihood, coordinates, start, options, ends))
    best = min(ends, key=lambda end: float(end.fun))
    found = coordinates.to_parameters(best.x)
    parameters = _largest_first(found, encoded.proposition)
    ending, remark = _ending(best, _agreement(ends), len(ends), parameters, coordinates)
    return parameters, _record(likelihood, parameters, ending, remark)


def _moment_start(encoded: EncodedMixture, coordinates: Coordinates) -> PeakParameters:
    """Height and degradation from a log-linear regression of the sums of heights on length."""
    totals, lengths = [], []
    for marker in encoded.markers:
        total = np.mean([sum(heights.values()) for heights in marker.heights])
        totals.append(max(float(total), marker.threshold_rfu / 2))
        lengths.append(float(np.mean(marker.scaled_length)))
    slope, level = 0.0, float(np.mean(np.log(totals)))
    if coordinates.degradation and np.ptp(lengths) > 0.1:
        slope, level = np.polyfit(lengths, np.log(totals), 1)
        slope = float(np.clip(slope, -3.0, 0.2))
        level = float(np.mean(np.log(totals) - slope * np.array(lengths)))
    n = coordinates.n
    return PeakParameters(
        proportions=(1 / n,) * n,
        height_rfu=float(np.exp(level)) / 2,
        variability=_VARIABILITIES[0],
        degradation=float(np.exp(slope)) if coordinates.degradation else 1.0,
        **{f"{kind}_stutter": _STUTTER_STARTS[kind] for kind in coordinates.kinds},
    )


def _one_more(likelihood: MixtureLikelihood, fewer: PeakParameters) -> PeakParameters:
    """The best of a few starts with one more, small, contributor."""
    starts = [
        replace(fewer, proportions=(*((1 - share) * p for p in fewer.proportions), share))
        for share in _SMALL_SHARES
    ]
    return max(starts, key=likelihood.ln_likelihood)


def _coarse_search(
    likelihood: MixtureLikelihood, coordinates: Coordinates, seed: int | None = None
) -> list[PeakParameters]:
    """Starts over proportions and variability, best first; those of likelihood zero left out."""
    base = _moment_start(likelihood.encoded, coordinates)
    people = likelihood.encoded.proposition
    starts = _grid(base, people) if seed is None else _random_starts(base, coordinates, seed)
    valued = ((likelihood.ln_likelihood(start), start) for start in starts)
    tried = [(value, start) for value, start in valued if np.isfinite(value)]
    return [start for _, start in sorted(tried, key=lambda item: -item[0])]


def _grid(base: PeakParameters, people: Proposition) -> list[PeakParameters]:
    return [
        replace(base, proportions=shares, variability=variability)
        for shares in _patterns(people)
        for variability in _VARIABILITIES
    ]


def _random_starts(
    base: PeakParameters, coordinates: Coordinates, seed: int
) -> list[PeakParameters]:
    """Starts anywhere in the proportions, and around the moments in the others."""
    rng = np.random.default_rng(seed)
    n = len(base.proportions)
    centre = coordinates.to_point(base)
    low, high = np.array(coordinates.bounds).T
    starts = []
    for _ in range(_RANDOM_STARTS * n):
        point = np.clip(centre + rng.normal(0.0, 3.0, len(centre)) * coordinates.scales, low, high)
        shares = np.maximum(rng.dirichlet(np.ones(n)), 1e-3)
        start = coordinates.to_parameters(point)
        starts.append(replace(start, proportions=tuple(map(float, shares / shares.sum()))))
    return starts


def _patterns(proposition: Proposition) -> list[tuple[float, ...]]:
    """Shapes of proportions, in every order that makes a difference: known contributors are
    themselves, unrelated unknown ones are exchangeable."""
    people = proposition.contributors
    n = len(people)
    plain = [i for i, c in enumerate(people) if not c.is_known and c.relation == UNRELATED]
    shapes = {tuple(r**i for i in range(n)) for r in _RATIOS}
    shapes |= {(1.0,) * (n - 1) + (r,) for r in (0.3, 0.1) if n > 2}
    found: dict[tuple[float, ...], None] = {}
    for shape in sorted(shapes, reverse=True):
        for order in itertools.islice(itertools.permutations(shape), 5000):
            unknown = sorted((order[i] for i in plain), reverse=True)
            shares = list(order)
            for place, share in zip(plain, unknown, strict=True):
                shares[place] = share
            total = sum(shares)
            found[tuple(round(share / total, 9) for share in shares)] = None
    patterns = [_exact(shares) for shares in found]
    step = -(-len(patterns) // _MOST_PATTERNS)
    return patterns[::step]


def _exact(shares: tuple[float, ...]) -> tuple[float, ...]:
    total = sum(shares)
    return tuple(share / total for share in shares)


def _climb(
    likelihood: MixtureLikelihood,
    coordinates: Coordinates,
    start: PeakParameters,
    options: FitOptions,
    ends: Sequence[OptimizeResult] = (),
) -> OptimizeResult:
    """One quasi-Newton climb with the exact gradient, cut short where it comes upon the best of
    the earlier ends again. Coordinates are scaled so that the top is about as wide in each."""
    scales = coordinates.scales

    def down(point: Floats) -> tuple[float, Floats]:
        parameters = coordinates.to_parameters(point * scales)
        value, gradient = likelihood.with_gradient(parameters)
        if not np.isfinite(value):
            return 1e10, np.zeros_like(point)
        wall, uphill = _wall(coordinates, point * scales)
        return wall - value, (uphill - coordinates.gradient(parameters, gradient)) * scales

    known = min(ends, key=lambda end: float(end.fun), default=None)
    people = likelihood.encoded.proposition

    def look(intermediate_result: OptimizeResult) -> None:
        point, value = intermediate_result.x * scales, intermediate_result.fun
        if known is not None and _ends_at(coordinates, people, point, value, known):
            raise StopIteration

    bounds = coordinates.bounds
    low, high = np.array(bounds).T
    with one_blas_thread():
        end = minimize(
            down,
            np.clip(coordinates.to_point(start), low, high) / scales,
            jac=True,
            method="L-BFGS-B",
            bounds=np.column_stack([low / scales, high / scales]),
            callback=look,
            options={
                "maxiter": options.most_steps,
                "maxfun": 3 * options.most_steps,
                "maxcor": 20,
                "ftol": 1e-11,
                "gtol": 1e-5,
            },
        )
    end.x = end.x * scales
    if known is not None and _ends_at(coordinates, people, end.x, end.fun, known):
        return known
    return end


def _wall(coordinates: Coordinates, point: Floats) -> tuple[float, Floats]:
    """What is taken off the log-likelihood below the least scale, and its slope."""
    short = max(coordinates.below_least_scale(point), 0.0)
    slope = np.zeros_like(point)
    slope[coordinates.n - 1], slope[coordinates.n] = -_STEEP * short, -2.0 * _STEEP * short
    return 0.5 * _STEEP * short**2, slope


def _ends_at(
    coordinates: Coordinates,
    people: Proposition,
    point: Floats,
    value: float,
    known: OptimizeResult,
) -> bool:
    """Whether a climb has all but reached an optimum found before."""
    if not 0.0 <= value - known.fun <= _ALL_BUT:
        return False
    here, there = (
        coordinates.to_point(_largest_first(coordinates.to_parameters(x), people))
        for x in (point, known.x)
    )
    return bool(np.abs((here - there) / coordinates.scales).max() < _NEAR)


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[object]:
    """Linear algebra on one thread: the optimiser's matrices are tiny, and threads that wait for
    each other made fits ten times slower on a busy machine."""
    limit: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limit


def _agreement(ends: list[OptimizeResult]) -> int:
    """How many climbs ended at the best value found."""
    best = min(float(end.fun) for end in ends)
    return sum(float(end.fun) - best < SAME_TOP for end in ends)


def _largest_first(found: PeakParameters, proposition: Proposition) -> PeakParameters:
    shares = list(found.proportions)
    plain = [
        i
        for i, c in enumerate(proposition.contributors)
        if not c.is_known and c.relation == UNRELATED
    ]
    for place, share in zip(plain, sorted((shares[i] for i in plain), reverse=True), strict=True):
        shares[place] = share
    return replace(found, proportions=tuple(shares))


def _ending(
    best: OptimizeResult, agreeing: int, tried: int, p: PeakParameters, coordinates: Coordinates
) -> tuple[Ending, str]:
    if best.status == 1:
        return Ending.STEPS, f"{best.nit} steps"
    if tried > 1 and agreeing < 2:
        return Ending.UNSTABLE, f"{tried} starts"
    edges = []
    for k, share in enumerate(p.proportions):
        if share < _NO_SHARE:
            edges.append(f"contributor {k + 1} has no share")
    checks = (
        ("height", p.height_rfu, coordinates.heights, True),
        ("variability", p.variability, VARIABILITY_LIMITS, True),
        ("degradation", p.degradation, DEGRADATION_LIMITS, coordinates.degradation),
        *(
            (
                f"{kind.replace('_', ' ')} stutter",
                p.stutter[kind],
                (0.0, coordinates.highest(kind)),
                True,
            )
            for kind in coordinates.kinds
        ),
    )
    for name, value, (low, high), fitted in checks:
        if fitted and (value <= low * 1.001 or value >= high * 0.999):
            edges.append(f"{name} at {value:.3g}")
    if coordinates.below_least_scale(coordinates.to_point(p)) > -0.01:
        edges.append(f"variability at {p.variability:.3g}, the least for this height")
    if edges:
        return Ending.BOUNDARY, "; ".join(edges)
    return Ending.CONVERGED, f"{agreeing} of {tried} starts at the same optimum"


def _unexplained(likelihood: MixtureLikelihood, parameters: PeakParameters) -> str:
    values = likelihood.ln_by_locus(parameters)
    loci = [
        m.locus for m, v in zip(likelihood.encoded.markers, values, strict=True) if v == -np.inf
    ]
    return "peaks at " + ", ".join(loci)


def _record(likelihood: MixtureLikelihood, p: PeakParameters, ending: Ending, remark: str) -> Fit:
    values = likelihood.ln_by_locus(p)
    return Fit(
        proportions=p.proportions,
        height_rfu=p.height_rfu,
        variability=p.variability,
        degradation=p.degradation,
        back_stutter=p.back_stutter,
        forward_stutter=p.forward_stutter,
        double_back_stutter=p.double_back_stutter,
        two_base_stutter=p.two_base_stutter,
        ln_likelihood=float(values.sum()),
        by_locus=dict(zip(likelihood.encoded.loci, map(float, values), strict=True)),
        ending=ending,
        remark=remark,
    )


def given(likelihood: MixtureLikelihood, parameters: PeakParameters) -> Fit:
    """The record of parameters that were given, not fitted."""
    return _record(likelihood, parameters, Ending.FIXED, "")
