"""Genotypes of one locus as numbers: the upper triangle of pairs of alleles, row by row.

With A alleles, genotype (i, j), i <= j, is number i * A - i (i - 1) / 2 + (j - i); there are
A (A + 1) / 2.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from reopen.kernels.shapes import Floats, Ints


@cache
def pairs(n_alleles: int) -> tuple[Ints, Ints]:
    """First and second allele of each genotype; two arrays of shape (genotype,), to be read only:
    they are the same at each call."""
    first, second = np.triu_indices(n_alleles)
    return first.astype(np.int64), second.astype(np.int64)


def number(first: Ints, second: Ints, n_alleles: int) -> Ints:
    """Number of each genotype; the order of its two alleles does not matter."""
    low, high = np.minimum(first, second), np.maximum(first, second)
    return np.asarray(low * n_alleles - low * (low - 1) // 2 + (high - low), dtype=np.int64)


def probabilities(frequency: Floats, theta: float) -> Floats:
    """P(genotype) of one person in a subpopulation with coancestry theta; shape (genotype,).

    P(a, a) = p (theta + (1 - theta) p); P(a, b) = 2 (1 - theta) p_a p_b.
    Source: Balding and Nichols 1994; NRC II 1996, equation 4.4.
    """
    first, second = pairs(len(frequency))
    p, q = frequency[first], frequency[second]
    same = first == second
    return np.where(same, p * (theta + (1 - theta) * p), 2 * (1 - theta) * p * q)


def square(values: Floats, n_alleles: int) -> Floats:
    """Symmetric matrices of genotype values; (..., genotype) -> (..., allele, allele)."""
    first, second = pairs(n_alleles)
    matrix = np.empty((*values.shape[:-1], n_alleles, n_alleles))
    matrix[..., first, second] = values
    matrix[..., second, first] = values
    return matrix
