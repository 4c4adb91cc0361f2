"""Unidentified remains as genotype likelihoods: what a degraded profile leaves open.

Not for: stains of several people (`deconvolve`), relatives (`families`).
"""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from reopen.records import (
    REST,
    Genotype,
    GenotypeLikelihoods,
    Locus,
    LocusLikelihoods,
    Remains,
)


def remains_likelihoods(remains: Remains, partial: Set[Locus] = frozenset()) -> GenotypeLikelihoods:
    """P(profile | genotype) by locus, with each allele dropping out by itself.

    partial  loci where one allele was read and the other is unknown

    With dropout d: P(a | aa) = 1 - d^2, P(a | ab) = d (1 - d). Two alleles read are both there.
    Tri-allelic loci are left out. Source: Familias 3, Kling, Tillmar and Egeland 2014.
    """
    return GenotypeLikelihoods(
        remains.id,
        {
            locus: _likelihoods(genotype, remains.dropout, locus in partial)
            for locus, genotype in remains.profile.genotypes.items()
            if not genotype.is_triallelic
        },
    )


def _likelihoods(genotype: Genotype, dropout: float, partial: bool) -> LocusLikelihoods:
    labels = tuple(dict.fromkeys(genotype.pair))
    if len(labels) == 2:
        return LocusLikelihoods((*labels, REST), (-np.inf, 0.0, -np.inf, -np.inf, -np.inf, -np.inf))
    (label,) = labels
    if partial:
        return LocusLikelihoods((label, REST), (0.0, 0.0, -np.inf))
    with np.errstate(divide="ignore"):
        other = float(np.log(dropout) - np.log1p(dropout))  # d (1 - d) over 1 - d^2
    return LocusLikelihoods((label, REST), (0.0, other, -np.inf))
