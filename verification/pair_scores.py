"""Scores of every two stains, and how well a score tells pairs of one donor from others.

Not here: which stains, and what is known of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.shapes import Floats
from reopen.link import SolvedStain
from reopen.link.averaging import stain_pairs
from reopen.link.candidates import search_tables
from reopen.link.stains import LinkOptions
from reopen.records import REST, Allele, Locus, Population, Stain
from verification.common import Progress


def link_scores(solved: Mapping[int, SolvedStain], n: int, population: Population) -> Floats:
    """log10 LR of a common contributor, as a search has it; (stain, stain)."""
    met: dict[Locus, set[Allele]] = {}
    for item in solved.values():
        for person in item.deconvolution.likelihoods:
            for locus, likelihoods in person.by_locus.items():
                met.setdefault(locus, set()).update(set(likelihoods.alleles) - {REST})
    items = list(solved.values())
    tables = search_tables(list(met), population, met)
    every = LinkOptions(least_log10=-np.inf)
    between = stain_pairs(items, tables, every, Progress())
    scores = np.full((n, n), -np.inf)
    places = np.array(list(solved))
    one, other = places[between.one], places[between.other]
    scores[one, other] = scores[other, one] = between.log10
    return scores


def overlaps(stains: Sequence[Stain]) -> Floats:
    """Alleles in common over alleles in either (Jaccard), over all loci; (stain, stain)."""
    sets = [
        {(locus, p.allele) for r in stain.replicates for locus in r.peaks for p in r.peaks[locus]}
        for stain in stains
    ]
    columns = {allele: k for k, allele in enumerate(sorted(set().union(*sets)))}
    has = np.zeros((len(stains), len(columns)))
    for row, found in zip(has, sets, strict=True):
        row[[columns[allele] for allele in found]] = 1.0
    common = has @ has.T
    numbers = has.sum(axis=1)
    either = numbers[:, None] + numbers[None, :] - common
    shares: Floats = np.where(either > 0, common / np.maximum(either, 1.0), -np.inf)
    return shares


def threshold(false: Floats, allowed: int) -> float:
    """The score that at most `allowed` of the false pairs exceed."""
    return float(np.sort(false)[::-1][allowed])


def curve(score: Floats, is_same: NDArray[np.bool_]) -> list[tuple[float, float]]:
    """(false rate, share found) as the threshold falls, at every number of false pairs that makes
    a step of a twentieth of a decade."""
    false, true = np.sort(score[~is_same])[::-1], score[is_same]
    steps = np.unique(np.floor(np.logspace(0, np.log10(len(false)), 200)).astype(int)) - 1
    return [((k + 1) / len(false), float((true > false[k]).mean())) for k in map(int, steps)]
