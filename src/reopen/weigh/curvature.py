"""How well a fit determines each parameter: standard errors from the likelihood's curvature.

Not for: intervals where the likelihood is far from normal; the posterior draws of `evidence` give
those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from reopen.kernels.shapes import Floats
from reopen.records import Frozen
from reopen.weigh.coordinates import Coordinates
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel, PeakParameters

NO_SHARE = "the contributor has no share, an edge of what is allowed"
AT_EDGE = "at the edge of what is allowed"
FLAT = "the likelihood hardly changes with it"
ALONE = "it cannot be otherwise"

STEP = 1e-4
_AT_EDGE = 1e-3  # of the width of what is allowed, in logarithms
_LEAST_SHARE = 1e-3
_FLATTEST = 0.1  # curvature in a direction of logarithms: a standard deviation above 3
_LOADING = 0.01  # share of a parameter's direction that may be flat


@dataclass(frozen=True, slots=True)
class Determined:
    """A fitted parameter: its value, and its standard error where the data determine one.

    error   None where they do not; `reason` says why
    """

    value: float
    error: float | None
    reason: str = ""

    def __str__(self) -> str:
        if self.error is None:
            return f"{self.value:.3g} (not determined: {self.reason})"
        return f"{self.value:.3g} ± {self.error:.2g}"


@dataclass(frozen=True, slots=True)
class Curvature:
    """Standard errors of a fit's parameters on their natural scale.

    parameters   name -> value with error: "share 1" (of the proposition's first contributor), ...,
                 "height_rfu", "variability" and so on, as in `PeakParameters`
    correlation  (name, name) -> correlation, of parameters that are determined
    """

    parameters: Mapping[str, Determined]
    correlation: Mapping[tuple[str, str], float]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", Frozen(self.parameters))
        object.__setattr__(self, "correlation", Frozen(self.correlation))


def hessian(gradient: Callable[[Floats], Floats], point: Floats, step: float = STEP) -> Floats:
    """Second derivatives by central differences of the gradient; symmetric, (d, d)."""
    rows = []
    for k in range(len(point)):
        off = np.zeros_like(point)
        off[k] = step
        rows.append((gradient(point + off) - gradient(point - off)) / (2 * step))
    found = np.array(rows)
    return (found + found.T) / 2


def curvature(likelihood: MixtureLikelihood, model: PeakModel, fitted: PeakParameters) -> Curvature:
    """Standard errors at the maximum by the delta method, from the inverse of minus the Hessian.

    A contributor without a share, a parameter at an edge, and one that the likelihood hardly
    depends on are named as not determined; the errors of the others hold with those first two kept
    where they are.
    """
    coordinates = Coordinates.of(likelihood.encoded, model)
    point = coordinates.to_point(fitted)

    def slope(at: Floats) -> Floats:
        parameters = coordinates.to_parameters(at)
        return coordinates.gradient(parameters, likelihood.with_gradient(parameters)[1])

    second = hessian(slope, point)
    widen = _widened(coordinates.n, len(point))
    whole = widen.T @ second @ widen
    names, values, reasons = _fitted(fitted, coordinates, point)
    largest = int(np.argmax(fitted.proportions))  # fixed, since only ratios of shares count
    free = [k for k, reason in enumerate(reasons) if not reason and k != largest]
    spread, flat = _inverse(-whole[np.ix_(free, free)])
    natural = _natural(values, coordinates.n)[:, free]
    covariance = natural @ spread @ natural.T
    length = (natural * natural).sum(axis=1)
    on_flat = ((natural @ flat) ** 2).sum(axis=1)
    for k in range(len(names)):
        if not reasons[k] and length[k] == 0:
            reasons[k] = ALONE
        elif not reasons[k] and on_flat[k] > _LOADING * length[k]:
            reasons[k] = FLAT
    errors = np.sqrt(np.diag(covariance))
    certain = [k for k, reason in enumerate(reasons) if not reason]
    return Curvature(
        {
            name: Determined(float(values[k]), None if reasons[k] else float(errors[k]), reasons[k])
            for k, name in enumerate(names)
        },
        {
            (names[i], names[j]): float(covariance[i, j] / (errors[i] * errors[j]))
            for i, j in combinations(certain, 2)
        },
    )


def _widened(n: int, d: int) -> Floats:
    """From logarithms of all shares, of which only ratios count, to logits against the last."""
    widen = np.zeros((d, d + 1))
    widen[: n - 1, :n] = np.hstack([np.eye(n - 1), -np.ones((n - 1, 1))])
    widen[n - 1 :, n:] = np.eye(d - n + 1)
    return widen


def _fitted(
    fitted: PeakParameters, coordinates: Coordinates, point: Floats
) -> tuple[list[str], Floats, list[str]]:
    """Name, value, and why a standard error cannot be given, of shares and other parameters."""
    names = [f"share {k}" for k in range(1, coordinates.n + 1)]
    reasons = [NO_SHARE if share < _LEAST_SHARE else "" for share in fitted.proportions]
    bounds = coordinates.bounds[coordinates.n - 1 :]
    for value, (low, high) in zip(point[coordinates.n - 1 :], bounds, strict=True):
        near = _AT_EDGE * (high - low)
        reasons.append(AT_EDGE if value - low < near or high - value < near else "")
    names += fitted_names(coordinates)
    return names, np.array([*fitted.proportions, *np.exp(point[coordinates.n - 1 :])]), reasons


def fitted_names(coordinates: Coordinates) -> list[str]:
    """Names of the fitted parameters after the proportions, in the coordinates' order."""
    names = ["height_rfu", "variability"] + ["degradation"] * coordinates.degradation
    return names + [f"{kind}_stutter" for kind in coordinates.kinds]


def _inverse(information: Floats) -> tuple[Floats, Floats]:
    """The inverse without the directions in which the likelihood is flat, and these directions."""
    values, vectors = np.linalg.eigh(information)
    steep = values > _FLATTEST
    inverse = (vectors[:, steep] / values[steep]) @ vectors[:, steep].T
    return inverse, vectors[:, ~steep]


def _natural(values: Floats, n: int) -> Floats:
    """Derivatives of shares and other parameters in their logarithms, the shares' sum kept at 1."""
    shares = values[:n]
    natural = np.diag(values)
    natural[:n, :n] -= np.outer(shares, shares)
    return natural
