"""Many linked loci along chromosomes: SNPs by the hundred, in pedigrees of few transmissions.

Hidden along a chromosome is what every parent hands on: for each transmission the paternal or the
maternal allele. Likelihoods of each locus given all of these are chained from locus to locus by
recombination. The work doubles with each transmission, so pedigrees of up to some fifteen are
weighed; larger ones with pairs of linked loci (`weigh.kinship`) only.

Sources: Lander and Green 1987; Kruglyak et al. 1996. Haldane's map: no interference.
Twin: tests/twins/pedigree.py (pairs).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import exp

from reopen.errors import InvalidRecord
from reopen.records import (
    KinshipModel,
    Locus,
    NotWeighed,
    Pedigree,
    PedigreeLikelihood,
    Population,
)
from reopen.weigh.kinship import Evidence, PedigreeWeigher, alleles_met


@dataclass(frozen=True, slots=True)
class MapPosition:
    """Where a locus lies: chromosome, and its place on the genetic map in centimorgans."""

    chromosome: str
    cm: float


def haldane(cm: float) -> float:
    """Recombination fraction of two loci so far apart on the genetic map: (1 - exp(-2 d)) / 2."""
    return (1 - exp(-2 * abs(cm) / 100)) / 2


def chromosome_likelihood(
    pedigree: Pedigree,
    profiles: Mapping[str, Evidence],
    population: Population,
    model: KinshipModel,
    positions: Mapping[Locus, MapPosition],
) -> tuple[PedigreeLikelihood, tuple[NotWeighed, ...]]:
    """ln P(all genotypes | pedigree), chromosome by chromosome, loci on one linked.

    positions  of every locus of the profiles that is to be weighed; others are listed
    Founders are in linkage equilibrium: of SNPs that are inherited in blocks, one for each block.
    The pairs of `model.linked` are not used: positions say what is linked.

    Raises CannotWeigh where the pedigree has too many transmissions, and as
    `weigh.kinship.pedigree_likelihood` does.
    """
    weigher = PedigreeWeigher(pedigree, population, model, met=alleles_met(profiles))
    refused = list(weigher.refusals(profiles))
    typed = dict.fromkeys(locus for profile in profiles.values() for locus in profile.loci)
    unplaced = [locus for locus in typed if locus not in positions]
    refused += [NotWeighed(locus, "its place on a chromosome is not given") for locus in unplaced]
    by_chromosome: dict[str, list[Locus]] = {}
    for locus in typed:
        if locus in positions:
            by_chromosome.setdefault(positions[locus].chromosome, []).append(locus)
    found = {}
    for chromosome, loci in by_chromosome.items():
        loci.sort(key=lambda locus: positions[locus].cm)
        _check_x(chromosome, loci, model)
        steps = [haldane(positions[b].cm - positions[a].cm) for a, b in pairwise(loci)]
        ln = weigher.chained(profiles, loci, steps)
        if ln is not None:
            found[chromosome] = ln
    return PedigreeLikelihood(pedigree.name, found), tuple(refused)


def _check_x(chromosome: str, loci: list[Locus], model: KinshipModel) -> None:
    on_x = [locus for locus in loci if locus in model.x_linked]
    if on_x and len(on_x) < len(loci):
        other = next(locus for locus in loci if locus not in model.x_linked)
        raise InvalidRecord(
            f"{on_x[0]} is on X, {other} is not, and both are placed on chromosome {chromosome}.",
            rule="Loci of one chromosome are all on X, or none is.",
            way_on="Correct the positions, or the list of loci on X.",
        )
