"""The marginal likelihood of a stain under one proposition: the likelihood averaged over priors.

    integral of  L(parameters) prior(parameters)  over all parameters

and weighted draws from the posterior. The draws start around the modes of likelihood times prior,
in the unbounded coordinates of the fit, where a share near 0 lies in a plain exponential tail.
Not for: ratios of two such integrals (`integrated`), the arithmetic of sampling (`importance`).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from math import inf, log, pi

import numpy as np
from scipy.optimize import minimize
from scipy.special import logsumexp

from reopen.kernels.shapes import Floats
from reopen.records import UNRELATED, IntegralEnding, MarginalLikelihood, Proposition
from reopen.weigh.coordinates import Coordinates
from reopen.weigh.curvature import STEP, hessian
from reopen.weigh.fit import one_blas_thread
from reopen.weigh.importance import Draws, Seed, Sizes, around, integrate
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.priors import Priors

_TRIED, _CLIMBED = 16, 2  # random starts beside the fit, and how many of them are climbed
_FEW = 50.0  # effective draws below which an integral is not to be relied on
_FARTHEST = 60.0  # coordinates, logarithms all, beyond which nothing is looked for
_WIDEST = 3.0  # standard deviation that a mode is taken to have where it is flat
_DEAD = 1e10  # stands for minus ln 0 in a climb
_SIZES = {4: Sizes(most=2048), 5: Sizes(points=128, most=512), 6: Sizes(points=64, most=256)}


def sizes_for(unknowns: int) -> Sizes:
    """Draws by the number of unknown contributors, since their likelihoods cost more."""
    return _SIZES.get(unknowns, Sizes())


@dataclass(frozen=True, slots=True)
class Posterior:
    """Likelihood times prior of a stain under a proposition, in unbounded coordinates.

    low, high  (d,) ends of what the fit allows and the priors do not rule out
    """

    likelihood: MixtureLikelihood
    coordinates: Coordinates
    priors: Priors
    low: Floats
    high: Floats

    @classmethod
    def of(cls, likelihood: MixtureLikelihood, model: PeakModel, priors: Priors) -> Posterior:
        coordinates = Coordinates.of(likelihood.encoded, model)
        low, high = np.array(coordinates.bounds).T
        believed = np.array(priors.ranges(coordinates)).T
        first = coordinates.n - 1
        low[first:] = np.maximum(low[first:], believed[0])
        high[first:] = np.minimum(high[first:], believed[1])
        return cls(likelihood, coordinates, priors, low, high)

    def __call__(self, point: Floats) -> tuple[float, Floats]:
        """ln of likelihood times prior, and the ln likelihood of each locus; shape (locus,)."""
        ln_prior = self._ln_prior(point)
        if ln_prior == -inf:
            return -inf, np.full(len(self.likelihood.encoded.markers), -inf)
        by_locus = self.likelihood.ln_by_locus(self.coordinates.to_parameters(point))
        return ln_prior + float(by_locus.sum()), by_locus

    def with_gradient(self, point: Floats) -> tuple[float, Floats]:
        """ln of likelihood times prior, and its gradient; zeros where it is -inf."""
        ln_prior = self._ln_prior(point)
        if ln_prior == -inf:
            return -inf, np.zeros_like(point)
        parameters = self.coordinates.to_parameters(point)
        value, gradient = self.likelihood.with_gradient(parameters)
        slope = self.coordinates.gradient(parameters, gradient)
        return value + ln_prior, slope + self.priors.gradient_at(point, self.coordinates)

    def _ln_prior(self, point: Floats) -> float:
        first = self.coordinates.n - 1
        outside = (point < self.low)[first:] | (point > self.high)[first:]
        if np.abs(point).max() > _FARTHEST or outside.any():
            return -inf
        return self.priors.ln_density_at(point, self.coordinates)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A marginal likelihood with draws from the posterior.

    draws  None where nothing can produce the peaks
    """

    marginal: MarginalLikelihood
    coordinates: Coordinates
    draws: Draws | None = field(repr=False, default=None)

    def parameters(self, draw: int) -> PeakParameters:
        """Parameters of one draw."""
        assert self.draws is not None
        return self.coordinates.to_parameters(self.draws.points[draw])


def evidence(
    posterior: Posterior, fitted: PeakParameters, sizes: Sizes | None = None, seed: Seed = 1
) -> Evidence:
    """The marginal likelihood by importance sampling.

    fitted  the parameters of highest likelihood, from where modes are looked for
    sizes   draws and the error asked for; by default as many as the number of unknowns affords

    Unrelated unknown contributors may change places: the integral is over all their orders.
    The same seed gives the same draws.
    """
    sizes = sizes or sizes_for(posterior.likelihood.encoded.proposition.unknowns)
    with one_blas_thread():
        found = modes(posterior, fitted, seed)
        if not found:
            return Evidence(NOTHING, posterior.coordinates)
        best = max(mode.ln_mass for mode in found)
        proposal = around(
            [(m.point, m.covariance, max(float(np.exp(m.ln_mass - best)), 0.05)) for m in found],
            images(posterior),
        )
        draws = integrate(posterior, proposal, sizes, seed)
    if draws.effective < min(_FEW, sizes.most / 4):
        ending = IntegralEnding.FEW_DRAWS
    elif draws.relative_error > sizes.target:
        ending = IntegralEnding.ABOVE_TARGET
    else:
        ending = IntegralEnding.REACHED
    marginal = MarginalLikelihood(
        draws.ln_integral, draws.relative_error, draws.effective, draws.evaluations, ending
    )
    return Evidence(marginal, posterior.coordinates, draws)


NOTHING = MarginalLikelihood(-inf, 0.0, 0.0, 0, IntegralEnding.UNEXPLAINED)


def laplace(posterior: Posterior, fitted: PeakParameters) -> MarginalLikelihood:
    """The marginal likelihood as if the posterior were normal around its modes: fast and rough.

    Its error is not known. Modes that coincide when contributors change places count once.
    Source: Tierney and Kadane 1986, J Am Stat Assoc 81, 82-86.
    """
    with one_blas_thread():
        mode = _climbed(posterior, posterior.coordinates.to_point(fitted))
    if mode is None:
        return NOTHING
    ln_mass = _ln_mass(mode, images(posterior))
    return MarginalLikelihood(ln_mass, inf, 0.0, 0, IntegralEnding.LAPLACE)


@dataclass(frozen=True, slots=True)
class Mode:
    """A maximum of likelihood times prior.

    covariance  of the normal law that has its curvature
    ln_mass     ln of the integral of that law, times the height of the maximum
    """

    point: Floats
    ln_value: float
    covariance: Floats
    ln_mass: float


def modes(posterior: Posterior, fitted: PeakParameters, seed: Seed = 1) -> list[Mode]:
    """Maxima of likelihood times prior: from the fit, and from the best of a few random shares.

    Maxima that differ in the order of exchangeable contributors only count once.
    """
    coordinates = posterior.coordinates
    start = coordinates.to_point(fitted)
    starts = [start, *_other_starts(posterior, start, seed)]
    found: list[Mode] = []
    for point in starts:
        mode = _climbed(posterior, point)
        if mode is not None and not any(_same(mode, other, posterior) for other in found):
            found.append(mode)
    return found


def _other_starts(posterior: Posterior, start: Floats, seed: Seed) -> list[Floats]:
    n = posterior.coordinates.n
    if n == 1 or posterior.likelihood.encoded.proposition.unknowns > 4:
        return []
    rng = np.random.default_rng(seed)
    shares = np.log(rng.dirichlet(np.ones(n), size=_TRIED))
    start = np.clip(start, posterior.low, posterior.high)
    points = [np.concatenate([own[:-1] - own[-1], start[n - 1 :]]) for own in shares]
    ranked = sorted(points, key=lambda point: -posterior(point)[0])
    return ranked[:_CLIMBED]


def _climbed(posterior: Posterior, start: Floats) -> Mode | None:
    """The maximum that a quasi-Newton climb reaches; None where nothing can produce the peaks."""

    def down(point: Floats) -> tuple[float, Floats]:
        value, gradient = posterior.with_gradient(point)
        return (-value, -gradient) if np.isfinite(value) else (_DEAD, np.zeros_like(point))

    low, high = posterior.low + 2 * STEP, posterior.high - 2 * STEP  # as far as curvature looks
    end = minimize(
        down,
        np.clip(start, low, high),
        jac=True,
        method="L-BFGS-B",
        bounds=list(zip(low, high, strict=True)),
        options={"maxiter": 300, "ftol": 1e-10, "gtol": 1e-4},
    )
    if end.fun >= _DEAD:
        return None
    covariance = _covariance(hessian(lambda point: posterior.with_gradient(point)[1], end.x))
    d = len(end.x)
    ln_mass = -float(end.fun) + d / 2 * log(2 * pi) + np.linalg.slogdet(covariance)[1] / 2
    return Mode(end.x, -float(end.fun), covariance, float(ln_mass))


def _covariance(curvature: Floats) -> Floats:
    """Minus the inverse of a Hessian, no direction wider than is sensible."""
    values, vectors = np.linalg.eigh(-curvature)
    covariance: Floats = (vectors / np.maximum(values, _WIDEST**-2)) @ vectors.T
    return covariance


def _same(mode: Mode, other: Mode, posterior: Posterior) -> bool:
    """Whether two climbs ended within a standard deviation, in some order of contributors."""
    precision = np.linalg.inv(other.covariance)
    off = mode.point @ images(posterior).transpose(0, 2, 1) - other.point
    return bool(np.einsum("gi,ij,gj->g", off, precision, off).min() < 1.0)


def _ln_mass(mode: Mode, maps: Floats) -> float:
    """ln of the height of a mode over the normal density there, that of its images included."""
    d = len(mode.point)
    off = mode.point @ maps.transpose(0, 2, 1) - mode.point
    distances = np.einsum("gi,ij,gj->g", off, np.linalg.inv(mode.covariance), off)
    constant = -d / 2 * log(2 * pi) - np.linalg.slogdet(mode.covariance)[1] / 2
    ln_density = constant + float(logsumexp(-distances / 2)) - log(len(maps))
    return float(mode.ln_value - ln_density)


def images(posterior: Posterior) -> Floats:
    """The linear maps of the coordinates by which unrelated unknown contributors change places;
    shape (order, d, d), the identity first."""
    d = len(posterior.low)
    n = posterior.coordinates.n
    places = exchangeable(posterior.likelihood.encoded.proposition)
    maps = []
    for order in itertools.permutations(places):
        source = list(range(n))
        for place, taken in zip(places, order, strict=True):
            source[place] = taken
        full = np.vstack([np.eye(n - 1), np.zeros(n - 1)])[source]  # ln shares against the last's
        whole = np.eye(d)
        whole[: n - 1, : n - 1] = full[:-1] - full[-1]
        maps.append(whole)
    return np.array(maps)


def exchangeable(proposition: Proposition) -> list[int]:
    """Places of the unrelated unknown contributors."""
    people = proposition.contributors
    return [i for i, c in enumerate(people) if not c.is_known and c.relation == UNRELATED]
