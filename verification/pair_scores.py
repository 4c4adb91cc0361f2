"""Scores of every two stains, and how well a score tells pairs of one donor from others.

Not here: which stains, and what is known of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from reopen.kernels.shapes import Floats
from reopen.link import SolvedStain
from reopen.link.candidates import any_contributor, search_tables
from reopen.link.dna import rows_of
from reopen.records import REST, Allele, Locus, Population, Stain
from reopen.weigh.compare import against_each_other, contributors


def link_scores(solved: Mapping[int, SolvedStain], n: int, population: Population) -> Floats:
    """log10 LR of a common contributor, the mean over pairs of contributors; (stain, stain)."""
    people = [p for item in solved.values() for p in item.deconvolution.likelihoods]
    met: dict[Locus, set[Allele]] = {}
    for person in people:
        for locus, likelihoods in person.by_locus.items():
            met.setdefault(locus, set()).update(set(likelihoods.alleles) - {REST})
    known, _ = contributors(people, search_tables(list(met), population, met))
    by_person, _ = against_each_other(known)
    groups = rows_of(list(solved.values()))
    by_stain = np.stack([any_contributor(by_person, group)[0] for group in groups])
    both = np.stack([any_contributor(by_stain.T, group)[0] for group in groups], axis=1)
    scores = np.full((n, n), -np.inf)
    places = np.array(list(solved))
    scores[np.ix_(places, places)] = both
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
