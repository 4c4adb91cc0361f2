"""Evidence of several traces at one locus: one donor, two (related or not), or each its own.

A block is what one donor left: the product of its traces' likelihoods. All donors are of one
population with coancestry theta. Not for: which traces form a block (`weigh.one_donor`).
Twin: tests/twins/donors.py.
"""

from __future__ import annotations

import numpy as np

from reopen.kernels.compare import unrelated_given_each
from reopen.kernels.kin import one_allele_shared
from reopen.kernels.shapes import Floats

IMPOSSIBLE = -1e9
"""ln likelihood of a genotype that is ruled out: finite, so that it can be added up."""

_RULED_OUT = IMPOSSIBLE / 2


def ln_one_donor(ln: Floats, prior: Floats) -> Floats:
    """ln sum_g P(g) w(g); (..., genotype) -> (...); -inf where no genotype is left."""
    weight, top = _scaled(ln)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(weight @ prior) + top)


def ln_two_donors(
    one: Floats,
    other: Floats,
    prior: Floats,
    frequency: Floats,
    theta: float,
    ibd: tuple[float, float, float],
) -> Floats:
    """ln sum_gh P(g, h) w(g) x(h) of two people who share 0, 1, 2 alleles by descent.

    one, other  (row, genotype) ln w and ln x; prior (genotype,); returns (row,)
    Source: Thompson 1975, with the urn of Balding and Nichols 1994 for alleles not shared.
    """
    w, top = _scaled(one)
    x, below = _scaled(other)
    k0, k1, k2 = ibd
    related: Floats = k2 * x
    if k1:
        related = related + k1 * one_allele_shared(x, frequency, theta)
    if k0:
        related = related + k0 * unrelated_given_each(x, frequency, theta)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log((w * related) @ prior) + top + below)


def ln_lr_of_pairs(
    one: Floats, other: Floats, prior: Floats, frequency: Floats, theta: float
) -> Floats:
    """ln LR of every two traces, one donor against two; (trace, draw, genotype) twice ->
    (trace, trace, draw). A product of matrices for each draw."""
    w, x = _scaled(one)[0], _scaled(other)[0]
    unrelated = unrelated_given_each(x.reshape(-1, x.shape[-1]), frequency, theta)
    weighted = np.swapaxes(w * prior, 0, 1)
    with np.errstate(divide="ignore"):
        ln = [
            np.log(weighted @ np.transpose(each, (1, 2, 0)))
            for each in (x, unrelated.reshape(x.shape))
        ]
    return np.asarray(np.transpose(ln[0] - ln[1], (1, 2, 0)))


def ln_in_turn(blocks: Floats, prior: Floats, frequency: Floats, theta: float) -> Floats:
    """ln P of all blocks as left by different, unrelated people; (block, draw, genotype) -> (draw,)

    The donors are drawn one after another, each given the alleles of those before him, who are
    taken to have the genotype g of the first: sum_g P(g) w(g) prod_n sum_h x_n(h) P(h | g n times).
    Exact at theta 0, for two blocks, and where the genotypes are certain and alike; else near the
    sum over everybody's genotypes, which is out of reach for many blocks.
    Source: Balding and Nichols 1994.
    """
    if theta == 0:
        return np.asarray(ln_one_donor(blocks, prior).sum(axis=0))
    weight, top = _scaled(blocks)
    with np.errstate(divide="ignore"):
        ln = np.maximum(np.log(weight[0]), IMPOSSIBLE)
        for people, block in enumerate(weight[1:], start=1):
            given = unrelated_given_each(block, frequency, theta, people)
            ln += np.maximum(np.log(given), IMPOSSIBLE)
    return np.asarray(ln_one_donor(ln, prior) + top.sum(axis=0))


def information(ln: Floats, prior: Floats) -> Floats:
    """How much likelihoods tell of a genotype, in nats; (..., genotype) -> (...).

    The divergence of its posterior from its prior. Source: Kullback and Leibler 1951.
    """
    weight, top = _scaled(ln)
    posterior = weight * prior
    total = posterior.sum(axis=-1)
    told = np.where(weight > 0, ln, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((posterior * told).sum(axis=-1) / total - np.log(total) - top)


def _scaled(ln: Floats) -> tuple[Floats, Floats]:
    """Likelihoods with the largest 1, and its ln; all 0 and -inf where none is possible."""
    top = ln.max(axis=-1)
    left = top > _RULED_OUT
    weight = np.exp(ln - np.where(left, top, 0.0)[..., None])
    return weight, np.where(left, top, -np.inf)
