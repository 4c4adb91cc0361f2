"""Founders from one urn: coancestry theta as alleles that are identical by descent.

Founder alleles drawn from one urn (Balding and Nichols) are the same as alleles that fall into
blocks, each block one allele drawn from the population, with Ewens' probabilities of the blocks.
So a likelihood with theta is a weighted sum of likelihoods without it, in each of which the
founder alleles of a block are one. Alleles already known count as drawn before.
Sources: Balding and Nichols 1994; Ewens 1972; Pitman 2006, section 3.1.
Not here: the likelihoods (`weigh.kinship_locus`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import exp, lgamma, log

import numpy as np

from reopen.kernels.shapes import Floats, Ints

Blocks = tuple[int, ...]
"""Block of each draw; blocks are numbered by first appearance."""


def ln_urn(counts: Sequence[int] | Ints, frequency: Floats, theta: float) -> float:
    """ln P(these alleles are drawn, in one order); counts by allele."""
    if theta == 0:
        return float(sum(n * log(p) for n, p in zip(counts, frequency, strict=True) if n))
    drawn, total = 0, 0.0
    for n, p in zip(counts, frequency, strict=True):
        for k in range(n):
            total += log((k * theta + (1 - theta) * p) / (1 + (drawn - 1) * theta))
            drawn += 1
    return total


def after(counts: Ints, frequency: Floats, theta: float) -> tuple[Floats, float]:
    """(frequencies, concentration) of the urn once alleles with these counts are drawn.

    The concentration is the number of alleles that the urn's own frequencies are worth.
    """
    own = (1 - theta) / theta
    return (own * frequency + counts) / (own + counts.sum()), own + float(counts.sum())


def block_probability(blocks: Blocks, concentration: float) -> float:
    """Probability that draws fall into these blocks (Ewens)."""
    sizes = np.bincount(blocks)
    ln = len(sizes) * log(concentration) + sum(lgamma(int(size)) for size in sizes)
    ln += lgamma(concentration) - lgamma(concentration + len(blocks))
    return exp(ln)


@lru_cache(maxsize=256)
def partitions(founders: tuple[int, ...], most: int) -> tuple[tuple[Blocks, int], ...] | None:
    """All ways in which founder alleles fall into blocks, with how many ways look alike.

    founders  number of alleles (1 or 2) of each founder, in the order of the draws
    most      None is returned where there are more that do not look alike

    Exchanging the two alleles of a founder makes ways that look alike; their likelihoods are equal.
    """
    ways: dict[Blocks, int] = {(): 1}
    for k, n_alleles in enumerate(founders):
        grown: dict[Blocks, int] = {}
        for blocks, count in ways.items():
            for more in _extensions(blocks, n_alleles):
                name = _canonical(more, founders[: k + 1])
                grown[name] = grown.get(name, 0) + count
        ways = grown
        if len(ways) > most:
            return None
    return tuple(ways.items())


def _extensions(blocks: Blocks, n: int) -> Iterable[Blocks]:
    if n == 0:
        yield blocks
        return
    for block in range(max(blocks, default=-1) + 2):
        yield from _extensions((*blocks, block), n - 1)


def _canonical(blocks: Blocks, founders: tuple[int, ...]) -> Blocks:
    """The smallest naming over all exchanges of the two alleles of founders."""
    images: set[Blocks] = {()}
    at = 0
    for n in founders:
        own = blocks[at : at + n]
        images = {(*image, *order) for image in images for order in {own, own[::-1]}}
        at += n
    return min(map(_by_appearance, images))


def _by_appearance(blocks: Blocks) -> Blocks:
    names: dict[int, int] = {}
    return tuple(names.setdefault(block, len(names)) for block in blocks)
