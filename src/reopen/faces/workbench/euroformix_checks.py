"""Peak checks as EuroForMix 4.2.4 makes them, for `validate` alone.

That program leaves out joint genotypes that a search before its fit gave little weight, and checks
peaks over what is left; ours sums over all (`weigh.diagnostics`). Its convention, as its numbers
and description tell it:

search    mu, omega and beta from a gamma law of the heights summed by marker, omega at least 0.2;
          proportions on a grid of ten levels for each known and five for each unknown contributor;
          stutter shares of 0.06 and 0.02, then 0.001 forward, then 0.001 both, later rounds with
          the proportions that carry the first 99.99 % of the likelihood
left out  at each marker, joint genotypes whose largest weight over the search is below 1e-6, to the
          power of the number of replicates, of the largest of all
no stutter  at markers whose alleles are no repeat numbers (AMEL), the height under check, and only
          it, is expected to lose stutter

The genotypes kept are as many as the program reports in all but six of the propositions of the 22
public reference cases with a fit; in these, with two or three unknown people, their number differs
by up to 1 in 150, since details of the grid are not described. That moved no check by more than
5e-5.

Source: Bleka, Storvik and Gill 2016, and the program's reported numbers; no code of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product, repeat

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln

from reopen.kernels.mixtures import dose_posterior
from reopen.kernels.shapes import Floats, Shapes
from reopen.records import Proposition
from reopen.weigh.diagnostics import (
    PeakCheck,
    PeakPlace,
    cumulative,
    ranked_checks,
    typing_replicates,
)
from reopen.weigh.encode import EncodedMixture
from reopen.weigh.joint_terms import JointTerms, joint_terms
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakModel, PeakParameters

Mask = NDArray[np.bool_]

_LEAST_WEIGHT = 1e-6
_LEAST_VARIABILITY = 0.2
_CARRIED_ON = 0.9999
_SMALL = 0.01  # stands for a proportion of zero


def check_peaks_restricted(
    likelihood: MixtureLikelihood, model: PeakModel, parameters: PeakParameters
) -> tuple[PeakCheck, ...]:
    """As `weigh.diagnostics.check_peaks`, by the conventions above.

    Raises CannotWeigh where a marker has too many joint genotypes to list.
    """
    encoded = likelihood.encoded
    listed = [joint_terms(encoded, marker) for marker in range(len(encoded.markers))]
    kept = _kept(likelihood, model, listed)
    shapes = likelihood.shapes(parameters)
    found = []
    for number, marker in enumerate(encoded.markers):
        terms, keep = listed[number], kept[number]
        lost = 0.0 if marker.stutters else parameters.back_stutter + parameters.forward_stutter
        for r, heights in zip(typing_replicates(encoded, marker), marker.heights, strict=True):
            for label, height in heights.items():
                k = marker.chains.labels.index(label)
                place = _place(terms, keep, shapes, k, 1.0 - lost)
                value = cumulative(height, marker, shapes.scale, parameters, place)
                found.append((marker.locus, r, label, height, value))
    return ranked_checks(found)


def _place(terms: JointTerms, keep: Mask, shapes: Shapes, k: int, kept_height: float) -> PeakPlace:
    """What the kept joint genotypes leave open about position k of a marker."""
    posterior, shape, reach = [], [], []
    top = max(float(terms.ln_terms(part, shapes).max()) for part in terms.parts)
    for part in terms.parts:
        weights = np.exp(terms.ln_terms(part, shapes) - top) * keep[part.target]
        offsets, _, shape_of, reach_of = dose_posterior(terms.encoded.sums, shapes, part.i)
        at = slice(offsets[k], offsets[k + 1])
        size = int(offsets[k + 1] - offsets[k])
        posterior.append(np.bincount(part.doses[:, k], weights, minlength=size))
        shape.append(shape_of[at] * kept_height)
        reach.append(reach_of[at])
    return PeakPlace(np.concatenate(posterior), np.concatenate(shape), np.concatenate(reach))


def _kept(likelihood: MixtureLikelihood, model: PeakModel, listed: list[JointTerms]) -> list[Mask]:
    """Which joint genotypes of each marker are kept; one mask for each marker."""
    encoded = likelihood.encoded
    height, variability, degradation = _first_guess(encoded, model.degradation)
    tried = list(_grid(encoded.proposition))
    best: list[Floats] = [np.full(len(terms.genotypes), -np.inf) for terms in listed]
    for back, forward in _rounds(model):
        totals = np.zeros(len(tried))
        for at, proportions in enumerate(tried):
            guess = PeakParameters(proportions, height, variability, degradation, back, forward)
            shapes = likelihood.shapes(guess)
            for marker, terms in enumerate(listed):
                weights = terms.ln_weights(shapes)
                best[marker] = np.maximum(best[marker], weights)
                totals[at] += np.logaddexp.reduce(weights)
        tried = [tried[at] for at in _first(totals)]
    return [
        weights >= weights.max() + len(marker.heights) * np.log(_LEAST_WEIGHT)
        for weights, marker in zip(best, encoded.markers, strict=True)
    ]


def _first(totals: Floats) -> list[int]:
    """The likeliest first, up to those that carry almost all of the likelihood."""
    order = np.argsort(-totals)
    share = np.exp(totals[order] - totals.max())
    carried = np.cumsum(share / share.sum())
    return [int(at) for at in order[: np.searchsorted(carried, _CARRIED_ON) + 1]]


def _rounds(model: PeakModel) -> list[tuple[float, float]]:
    """Backward and forward stutter shares of the rounds of the search."""
    back, forward = model.stutter.back, model.stutter.forward
    rounds = [(0.06 * back, 0.02 * forward)]
    if forward:
        rounds.append((0.06, 0.001))
    if back:
        rounds.append((0.001, 0.001 * forward))
    return rounds


def _grid(proposition: Proposition) -> Iterator[tuple[float, ...]]:
    """Proportions of the search. Unrelated unknown contributors come in falling order but for the
    last, who has the largest; known ones and the relative of a typed person as they come."""
    people = proposition.contributors
    n_known, n_free = len(proposition.known), sum(c.related_to is not None for c in people)
    n_ordered = len(people) - n_known - n_free
    levels = [
        *repeat(_levels(10, 1.0), n_known + n_free - (n_ordered == 0)),
        *(_levels(5, 1 / k) for k in range(2, n_ordered + 1)),
    ]
    for chosen in product(*levels):
        rest = 1.0 - sum(chosen)
        smaller = chosen[n_known + n_free :]
        ordered = list(smaller) == sorted(smaller, reverse=True)
        if rest < -1e-9 or not ordered or (smaller and smaller[0] > rest + 1e-9):
            continue
        if n_ordered == 0:
            proportions = (*chosen, max(rest, _SMALL))
        else:
            known, relative = chosen[:n_known], chosen[n_known : n_known + n_free]
            proportions = (*known, *smaller, max(rest, _SMALL), *relative)
        yield tuple(share / sum(proportions) for share in proportions)


def _levels(n: int, highest: float) -> list[float]:
    levels = np.linspace(0.0, highest, n)
    levels[0], levels[-1] = _SMALL, (1 - _SMALL) * highest
    return [float(level) for level in levels]


def _first_guess(encoded: EncodedMixture, degradation: bool) -> tuple[float, float, float]:
    """mu, omega and beta of the gamma law of the heights summed by marker."""
    totals = np.array(
        [np.mean([sum(heights.values()) for heights in m.heights]) for m in encoded.markers]
    )
    totals[totals <= 0] = totals[totals > 0].min() / 2
    lengths = np.array(
        [np.mean(np.array(m.scaled_length)[list(m.chains.is_allele)]) for m in encoded.markers]
    )

    def down(point: Floats) -> float:
        height, variability = np.exp(point[:2])
        slope = point[2] if degradation else 0.0
        shape, scale = 2 * np.exp(slope * lengths) / variability**2, height * variability**2
        density = (shape - 1) * np.log(totals) - totals / scale
        return -float((density - shape * np.log(scale) - gammaln(shape)).sum())

    starts = product((np.log(totals.mean() / 2),), np.log((0.1, 0.3, 0.6, 1.0)), (0.0, -0.3))
    ends = [
        minimize(
            down,
            start if degradation else start[:2],
            method="Nelder-Mead",
            bounds=[(0.0, 15.0), (-6.0, 3.0), (-5.0, 3.0)][: 3 if degradation else 2],
            options={"xatol": 1e-9, "fatol": 1e-11, "maxfev": 20_000, "maxiter": 20_000},
        )
        for start in starts
    ]
    best = min(ends, key=lambda end: float(end.fun)).x
    slope = float(np.exp(best[2])) if degradation else 1.0
    return float(np.exp(best[0])), max(float(np.exp(best[1])), _LEAST_VARIABILITY), slope
