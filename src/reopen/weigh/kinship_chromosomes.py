"""Which loci are weighed together: pairs that are linked, and loci along one chromosome.

Along a chromosome everything that parents hand on is hidden: of each transmission, whether the
paternal or the maternal allele. Likelihoods of each locus given all of these are chained from locus
to locus by recombination; the work doubles with each transmission.
Not here: the sums themselves (`weigh.kinship_terms`).

Sources: Lander and Green 1987; Kruglyak et al. 1996. Haldane's map: no interference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import exp

from reopen.records import KinshipModel, Locus


@dataclass(frozen=True, slots=True)
class Term:
    """Loci that are handed on together, in their order: a term of the likelihood.

    steps       recombination fraction between each locus and the next
    chromosome  empty for one locus alone and for a linked pair
    """

    loci: tuple[Locus, ...]
    steps: tuple[float, ...] = ()
    chromosome: str = ""

    @property
    def name(self) -> str:
        """The locus, "vWA + D12S391", or "chromosome 1 (312 loci)"."""
        if self.chromosome:
            return f"chromosome {self.chromosome} ({len(self.loci)} loci)"
        return " + ".join(self.loci)


def haldane(cm: float) -> float:
    """Recombination fraction of two loci so far apart on the genetic map: (1 - exp(-2 d)) / 2."""
    return (1 - exp(-2 * abs(cm) / 100)) / 2


def terms(loci: Iterable[Locus], model: KinshipModel) -> tuple[Term, ...]:
    """The loci, each in one term, at the place of the first of its term.

    A locus of a linked pair is in that pair if both are there. Of all others, those placed on one
    chromosome are one term; founders are taken to be in linkage equilibrium, so that of SNPs that
    are inherited in blocks one may stand for each block.
    """
    listed = tuple(dict.fromkeys(loci))
    there, of = set(listed), dict[Locus, Term]()
    for pair in model.linked:
        if there.issuperset((pair.one, pair.other)):
            of[pair.one] = of[pair.other] = Term((pair.one, pair.other), (pair.recombination,))
    placed: dict[str, list[Locus]] = {}
    for locus in listed:
        if locus not in of and locus in model.positions:
            placed.setdefault(model.positions[locus].chromosome, []).append(locus)
    for chromosome, on_it in placed.items():
        of.update(dict.fromkeys(on_it, _along(chromosome, on_it, model)))
    every = (of.get(locus, Term((locus,))) for locus in listed)
    return tuple({term.loci[0]: term for term in every}.values())


def _along(chromosome: str, loci: list[Locus], model: KinshipModel) -> Term:
    if len(loci) == 1:
        return Term((loci[0],))
    loci = sorted(loci, key=lambda locus: model.positions[locus].cm)
    places = [model.positions[locus].cm for locus in loci]
    return Term(tuple(loci), tuple(haldane(b - a) for a, b in pairwise(places)), chromosome)
