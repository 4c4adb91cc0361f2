"""Genotypes as whole numbers that do not change when a locus gains alleles.

The pair {a, b} of allele numbers, a <= b, has the code b (b + 1) / 2 + a: 0 for {0, 0}, 1 for
{0, 1}, 2 for {1, 1}, 3 for {0, 2}. For databases on disk. Not for: the order of genotypes in a
likelihood (`kernels.genotypes`), which depends on how many alleles there are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.unsignedinteger]
Integers = NDArray[np.integer]

LARGEST_ALLELES = 361
"""As many alleles of a locus can be told apart: their genotypes fit 16 bits, with one to spare."""


def n_codes(alleles: int) -> int:
    """How many genotypes so many alleles make. The number itself stands for "not typed"."""
    return alleles * (alleles + 1) // 2


def code(one: Integers, other: Integers) -> Codes:
    """Codes of pairs of allele numbers, whichever is named first; any shape."""
    low = np.minimum(one, other).astype(np.uint32)
    high = np.maximum(one, other).astype(np.uint32)
    return (high * (high + 1) // 2 + low).astype(np.uint16)


def pairs(codes: Integers) -> tuple[Integers, Integers]:
    """The allele numbers a <= b of each code below 2^16; any shape."""
    wide = np.asarray(codes, dtype=np.int64)
    high = ((np.sqrt(8.0 * wide + 1.0) - 1.0) / 2.0).astype(np.int64)
    return wide - n_of(high), high


def n_of(alleles: Integers) -> Integers:
    """`n_codes` of many numbers at once."""
    return alleles * (alleles + 1) // 2


def width_for(alleles: int) -> type[np.uint8] | type[np.uint16]:
    """The narrowest numbers that hold the genotypes of so many alleles, and "not typed"."""
    return np.uint8 if n_codes(alleles) <= np.iinfo(np.uint8).max else np.uint16
