"""Random unrelated people of whom enough have a high LR: drawn tilted, and weighted back.

For an LR that is a mean over rows of products over loci, whose tail has no exact convolution. A
person is drawn from a row's table tilted to the power b, P(g) r(g)^b, from the middle between the
population (b = 0) and the row's own donor (b = 1) up to the latter, where thresholds of searches
lie. Not for: one row (`sum_distribution` is exact), what the numbers mean (`chance`).
Source: Siegmund 1976, Ann Stat 4, 673-684 (tilting); Veach and Guibas 1995, SIGGRAPH, 419-428 (all
proposals as one mixture). Dørum et al. 2014, Forensic Sci Int Genet 9, 93-101; Kruijver 2015,
Forensic Sci Int Genet 14, 116-124 (the same for random match probabilities and kinship LRs).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reopen.kernels.shapes import Floats, Ints
from reopen.weigh.sides import Side, possible_rows

_TILTS = (0.5, 0.625, 0.75, 0.875, 1.0)


@dataclass(frozen=True, slots=True)
class TiltedSample:
    """Random people with an LR of 1 or more.

    drawn    people drawn in all
    ln_lr    (person,) of those kept, ascending
    weight   (person,) P(person | unrelated) / P(person | drawn); the sum of those at or above a
             value, divided by `drawn`, is without bias for the probability of as much or more
    most     no weight is larger than this divided by the person's LR
    """

    drawn: int
    ln_lr: Floats
    weight: Floats
    most: float


def tilted_sample(side: Side, number: int, rng: np.random.Generator) -> TiltedSample:
    """About so many people, each row's tilts in turn, rows by their shares."""
    rows = np.flatnonzero(possible_rows(side))
    if not len(rows):
        return TiltedSample(1, np.zeros(0), np.zeros(0), 0.0)
    share = side.share[rows]
    times = np.maximum(np.rint(share / share.sum() * number / len(_TILTS)), 1).astype(np.int64)
    which = np.repeat(np.arange(len(rows) * len(_TILTS)), np.repeat(times, len(_TILTS)))
    ln_row = np.zeros((len(rows), len(which)))
    ln_mass = np.zeros((len(rows), len(_TILTS)))
    for locus, ratio in side.ln_ratio.items():
        own = ratio[rows]
        tilted = np.stack([side.chance[locus] * np.exp(b * own) for b in _TILTS], axis=1)
        ln_mass += np.log(tilted.sum(axis=2))
        drawn = _draw(tilted.reshape(-1, own.shape[1]), which, rng)
        ln_row += np.take(own, drawn, axis=1)
    proposed = times / (times.sum() * len(_TILTS))
    density = np.zeros(len(which))
    for tilt, mass in zip(_TILTS, ln_mass.T, strict=True):
        density += proposed @ np.exp(tilt * ln_row - mass[:, None])
    ln_lr = np.logaddexp.reduce(ln_row + np.log(share)[:, None], axis=0)
    kept = np.flatnonzero(ln_lr >= 0)
    order = kept[np.argsort(ln_lr[kept], kind="stable")]
    most = float((share * np.exp(ln_mass[:, -1]) / proposed).max())
    return TiltedSample(len(which), ln_lr[order], 1.0 / density[order], most)


def _draw(weights: Floats, which: Ints, rng: np.random.Generator) -> Ints:
    """A sort for each person, by the weights of the person's proposal; (proposal, sort)."""
    n = weights.shape[1]
    reached = np.cumsum(weights, axis=1)
    reached /= reached[:, -1:]
    line = (reached + np.arange(len(reached))[:, None]).ravel()
    found = np.searchsorted(line, which + rng.random(len(which)), side="right") - which * n
    return np.asarray(np.minimum(found, n - 1))
