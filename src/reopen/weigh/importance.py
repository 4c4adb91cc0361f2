"""Integrals of a positive function by importance sampling with quasi-random numbers.

Not for: what is integrated (`evidence`); Markov chains, which give no integral and no plain error.

The proposal is a mixture of multivariate t laws, fitted to the function by weighted draws
(population Monte Carlo: Cappe, Douc, Guillin, Marin and Robert 2008, Stat Comput 18, 447-459).
Points come from scrambled Sobol sequences; independent scrambles give the standard error (Owen
1997, SIAM J Numer Anal 34, 1884-1910). Where the function does not change under some linear maps
(contributors changing places), the proposal's density is its mean over these maps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf, lgamma, log, pi

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaincinv, logsumexp, ndtri
from scipy.stats import qmc

from reopen.kernels.shapes import Floats

TAILS = 5.0  # degrees of freedom of the t laws
_WIDE, _WIDE_SHARE = 3.0, 0.15  # each mode's second, wider law
_ENOUGH = 0.25  # effective share of the pilot's points with which the proposal is left as it is
_ROUNDS = 6  # of fitting the proposal
_SAY = 5  # effective draws for each dimension that a fit of the proposal takes
_CLOSER = 1e-3  # in ln density: images that differ by less are equally dense

Seed = int | tuple[int, ...]
Function = Callable[[Floats], tuple[float, Floats]]
"""Point -> ln of the function, and values to be kept beside it."""


@dataclass(frozen=True, slots=True)
class Bell:
    """One multivariate t law.

    centre  (d,)
    factor  (d, d) lower triangular; factor @ factor.T is the scale matrix
    weight  in the mixture
    """

    centre: Floats
    factor: Floats
    weight: float

    def distances(self, points: Floats) -> Floats:
        """Squared Mahalanobis distances; shape (point,)."""
        scaled = solve_triangular(self.factor, (points - self.centre).T, lower=True)
        squared: Floats = (scaled * scaled).sum(axis=0)
        return squared

    def ln_density(self, points: Floats) -> Floats:
        """ln of the weighted density; shape (point,)."""
        d = len(self.centre)
        constant = lgamma((TAILS + d) / 2) - lgamma(TAILS / 2) - d / 2 * log(TAILS * pi)
        constant += log(self.weight) - np.log(np.diag(self.factor)).sum()
        values: Floats = constant - (TAILS + d) / 2 * np.log1p(self.distances(points) / TAILS)
        return values


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mixture of bells, averaged over linear maps that leave the function as it is.

    images  (map, d, d), of determinant 1 or -1, the identity first
    """

    bells: tuple[Bell, ...]
    images: Floats

    def draw(self, uniforms: Floats) -> Floats:
        """Points of the mixture as it stands, not averaged; (point, d) from (point, d + 2)."""
        weights = np.array([bell.weight for bell in self.bells])
        which = np.searchsorted(np.cumsum(weights)[:-1] / weights.sum(), uniforms[:, 0])
        spread = np.sqrt(TAILS / 2 / gammaincinv(TAILS / 2, uniforms[:, 1]))
        steps: Floats = ndtri(uniforms[:, 2:]) * spread[:, None]
        points = np.empty_like(steps)
        for k, bell in enumerate(self.bells):
            mine = which == k
            points[mine] = bell.centre + steps[mine] @ bell.factor.T
        return points

    def ln_density(self, points: Floats) -> Floats:
        """ln of the averaged density; shape (point,)."""
        total = np.full(len(points), -inf)
        for image in self.images:
            total = np.logaddexp(total, self.ln_plain(points @ image.T))
        values: Floats = total - log(len(self.images))
        return values

    def ln_plain(self, points: Floats) -> Floats:
        """ln of the density of what `draw` gives."""
        values: Floats = logsumexp([bell.ln_density(points) for bell in self.bells], axis=0)
        return values

    def folded(self, points: Floats) -> Floats:
        """Each point's image where the mixture is densest: all near one set of centres.

        At a mode of equal shares all images are as dense, and the point stays: else rounding would
        choose, and the same seed give other draws on another processor.
        """
        best, densest = points, self.ln_plain(points)
        for image in self.images[1:]:
            moved = points @ image.T
            density = self.ln_plain(moved)
            closer = density > densest + _CLOSER
            best = np.where(closer[:, None], moved, best)
            densest = np.where(closer, density, densest)
        return best

    def fitted(self, points: Floats, weights: Floats) -> Proposal:
        """Bells moved to weighted points: one step of expectation and maximisation.

        Where few points carry the weight, the weights are flattened until more do, and few points
        leave a bell's old shape some say.
        """
        points = self.folded(points)
        share = _flattened(weights, _SAY * points.shape[1])
        density = self.ln_plain(points)
        moved = [
            _moved(bell, points, share * np.exp(bell.ln_density(points) - density))
            for bell in self.bells
        ]
        total = sum(bell.weight for bell in moved)
        bells = tuple(replace(bell, weight=bell.weight / total) for bell in moved)
        return replace(self, bells=bells)


def _flattened(weights: Floats, effective: float) -> Floats:
    """Weights to the highest power, at most 1, that leaves as many effective; they sum to 1."""
    ln = np.log(np.maximum(weights / weights.max(), 1e-300))
    powers = np.linspace(1.0, 0.0, 201)
    power = next((p for p in powers if _effective(p * ln) >= effective), 0.0)
    share = np.exp(power * ln)
    flattened: Floats = share / share.sum()
    return flattened


def _moved(bell: Bell, points: Floats, share: Floats) -> Bell:
    """A bell fitted to its share of the points, which sums to its new weight."""
    d = len(bell.centre)
    weight = float(share.sum())
    effective = weight**2 / float((share**2).sum()) if weight > 0 else 0.0
    if effective < 2:
        return replace(bell, weight=max(weight, 0.02))
    pull = share * (TAILS + d) / (TAILS + bell.distances(points))
    centre: Floats = pull @ points / pull.sum()
    off = points - centre
    scale: Floats = (pull[:, None] * off).T @ off / weight
    old, says = bell.factor @ bell.factor.T, d + 2
    scale = (effective * scale + says * old) / (effective + says)
    return Bell(centre, _root(scale), max(weight, 0.02))


def _root(scale: Floats) -> Floats:
    """The lower triangular factor of a scale matrix."""
    return np.asarray(np.linalg.cholesky(scale), dtype=np.float64)


def around(modes: list[tuple[Floats, Floats, float]], images: Floats) -> Proposal:
    """Bells at modes (point, covariance, weight), each with a wider one behind it."""
    total = sum(weight for _, _, weight in modes)
    bells = []
    for centre, covariance, weight in modes:
        factor = _root(covariance)
        bells.append(Bell(centre, factor, (1 - _WIDE_SHARE) * weight / total))
        bells.append(Bell(centre, _WIDE * factor, _WIDE_SHARE * weight / total))
    return Proposal(tuple(bells), images)


@dataclass(frozen=True, slots=True)
class Sizes:
    """points: of the first round and of each fit of the proposal, a power of two times scrambles;
    doubled until the standard error is at most `target` times the integral, or there are `most`.
    """

    points: int = 256
    most: int = 8192
    target: float = 0.03
    scrambles: int = 8


@dataclass(frozen=True, slots=True)
class Draws:
    """Weighted draws and the integral.

    points      (draw, d)
    ln_weights  (draw,) ln of function over proposal; the mean of the weights is the integral
    beside      (draw, ...) what the function gave beside its value
    ln_integral, relative_error   and its standard error, as a share of the integral
    effective   effective number of draws (Kish): (sum of weights)^2 / sum of squares
    evaluations of the function, those that only fitted the proposal included
    """

    points: Floats
    ln_weights: Floats
    beside: Floats
    ln_integral: float
    relative_error: float
    effective: float
    evaluations: int


def integrate(function: Function, proposal: Proposal, sizes: Sizes, seed: Seed) -> Draws:
    """The integral over all points, with its standard error.

    Draws that fitted the proposal do not count for the integral, so that it stays unbiased.
    The same seed gives the same draws.
    """
    seeds = np.random.SeedSequence(seed).spawn(_ROUNDS + 1)
    each = sizes.points // sizes.scrambles
    spent = 0
    for round_seed in seeds[:-1]:
        sequences = _Sequences(proposal, sizes.scrambles, round_seed)
        first = sequences.more(function, each)
        spent += sizes.points
        enough = _effective(first.ln_weights) >= _ENOUGH * sizes.points
        if enough or spent + sizes.points > sizes.most:
            break
        top = first.ln_weights.max()
        if top == -inf:
            break
        proposal = proposal.fitted(first.points, np.exp(first.ln_weights - top))
    else:
        sequences = _Sequences(proposal, sizes.scrambles, seeds[-1])
        first = sequences.more(function, each)
        spent += sizes.points
    drawn = first
    while True:
        ln_integral, error = _integral(drawn.ln_weights, sizes.scrambles)
        count = len(drawn.ln_weights)
        if error <= sizes.target or spent + count > sizes.most or ln_integral == -inf:
            break
        drawn = drawn.joined(sequences.more(function, count // sizes.scrambles), sizes.scrambles)
        spent += count
    return Draws(
        drawn.points,
        drawn.ln_weights,
        drawn.beside,
        ln_integral,
        error,
        _effective(drawn.ln_weights),
        spent,
    )


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Draws in the order (scramble, draw of it)."""

    points: Floats
    ln_weights: Floats
    beside: Floats

    def joined(self, more: _Drawn, scrambles: int) -> _Drawn:
        def join(one: Floats, other: Floats) -> Floats:
            parts = [part.reshape(scrambles, -1, *part.shape[1:]) for part in (one, other)]
            return np.concatenate(parts, axis=1).reshape(-1, *one.shape[1:])

        return _Drawn(
            join(self.points, more.points),
            join(self.ln_weights, more.ln_weights),
            join(self.beside, more.beside),
        )


class _Sequences:
    """Independent scrambled Sobol sequences, each continued where it stopped."""

    def __init__(self, proposal: Proposal, scrambles: int, seed: np.random.SeedSequence):
        self.proposal = proposal
        d = proposal.images.shape[1]
        self.sequences = [
            qmc.Sobol(d + 2, scramble=True, rng=np.random.default_rng(own))
            for own in seed.spawn(scrambles)
        ]

    def more(self, function: Function, each: int) -> _Drawn:
        """So many more draws of each sequence."""
        uniforms = np.concatenate([sequence.random(each) for sequence in self.sequences])
        points = self.proposal.draw(np.clip(uniforms, 1e-12, 1 - 1e-12))
        values, beside = zip(*(function(point) for point in points), strict=True)
        ln_weights = np.array(values) - self.proposal.ln_density(points)
        return _Drawn(points, ln_weights, np.array(beside))


def _integral(ln_weights: Floats, scrambles: int) -> tuple[float, float]:
    """ln of the mean weight, and the standard error of the mean over scrambles as its share."""
    top = float(ln_weights.max())
    if top == -inf:
        return -inf, inf
    means = np.exp(ln_weights - top).reshape(scrambles, -1).mean(axis=1)
    error = means.std(ddof=1) / np.sqrt(scrambles) / means.mean()
    return top + float(np.log(means.mean())), float(error)


def _effective(ln_weights: Floats) -> float:
    top = ln_weights.max()
    if top == -inf:
        return 0.0
    weights = np.exp(ln_weights - top)
    return float(weights.sum() ** 2 / (weights * weights).sum())
