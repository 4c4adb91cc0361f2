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


def ln_each_given(blocks: Floats, prior: Floats, frequency: Floats, theta: float) -> Floats:
    """ln P of all blocks left by different, unrelated people, told from each block's donor.

    blocks  (block, draw, genotype). Returns (block, draw): given the genotype g of that block's
    donor, the others are weighed one by one, sum_g P(g) w(g) prod_x sum_h x(h) P(h | g).
    One and two blocks are exact, whichever is first. Of three and more, the others' alleles
    count with the first one's and not among each other (at theta 0 none count).
    """
    n, draws, genotypes = blocks.shape
    scaled, top = _scaled(blocks)
    flat = scaled.reshape(n * draws, genotypes)
    with np.errstate(divide="ignore"):
        others = np.log(unrelated_given_each(flat, frequency, theta)).reshape(blocks.shape)
        ln = np.log(scaled)
    others = np.maximum(others, IMPOSSIBLE)
    beside = np.maximum(ln, IMPOSSIBLE) + others.sum(axis=0) - others
    return np.asarray(ln_one_donor(beside, prior) + top.sum(axis=0))


def _scaled(ln: Floats) -> tuple[Floats, Floats]:
    """Likelihoods with the largest 1, and its ln; all 0 and -inf where none is possible."""
    top = ln.max(axis=-1)
    left = top > _RULED_OUT
    weight = np.exp(ln - np.where(left, top, 0.0)[..., None])
    return weight, np.where(left, top, -np.inf)
