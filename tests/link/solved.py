"""Solved stains made from stated genotype likelihoods, without a fit: for tests of what follows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement
from math import inf

from reopen.link.stains import SolvedStain
from reopen.records import (
    REST,
    Ending,
    Fit,
    GenotypeLikelihoods,
    IntegralEnding,
    LocusLikelihoods,
    Reference,
    Replicate,
    Stain,
)
from reopen.weigh.averaged import AveragedContributors
from reopen.weigh.deconvolve import Deconvolution
from reopen.weigh.number import NumberOfContributors

Draws = Sequence[Sequence[GenotypeLikelihoods]]


def solved(id: str, draws: Draws, case: str = "") -> SolvedStain:
    """A stain whose contributors are these at the fit (the first) and at each draw."""
    n = len(draws[0])
    fit = Fit((1 / n,) * n, 1000.0, 0.2, 0.9, 0.0, 0.0, -1.0, {}, Ending.CONVERGED)
    found = Deconvolution(id, fit, tuple(range(1, n + 1)), tuple(draws[0]), ({},) * n)
    at = AveragedContributors(tuple(map(tuple, draws)), next(iter(IntegralEnding)))
    stain = Stain(id, (Replicate("1", {}),), case=case)
    return SolvedStain(stain, None, NumberOfContributors({}, n, True), found, {}, at)


def left_by(
    *people: Reference, id: str, loci: Sequence[str] = (), case: str = "", sure: float = inf
) -> SolvedStain:
    """A stain that tells each contributor's genotype: at some loci, all others being `sure` nats
    less likely."""
    return solved(
        id, [[told(person, loci, sure, people) for person in people]], case or f"case of {id}"
    )


def told(
    person: Reference, loci: Sequence[str] = (), sure: float = inf, beside: Sequence[Reference] = ()
) -> GenotypeLikelihoods:
    """beside: others in the stain, whose alleles are told apart, too."""
    by_locus = {}
    for locus, genotype in person.genotypes.items():
        if loci and locus not in loci:
            continue
        seen = {label for one in (person, *beside) for label in one.genotypes[locus].pair}
        labels = (*sorted(seen), REST)
        pairs = combinations_with_replacement(labels, 2)
        ln = tuple(0.0 if {*pair} == {*genotype.pair} else -sure for pair in pairs)
        by_locus[locus] = LocusLikelihoods(labels, ln)
    return GenotypeLikelihoods(person.id, by_locus)
