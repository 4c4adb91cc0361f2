"""Who may have left a stain: its contributors' genotypes, as likelihoods and probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.genotypes import number, pairs
from reopen.kernels.shapes import Floats, Ints
from reopen.records import (
    REST,
    Allele,
    Fit,
    Frozen,
    GenotypeLikelihoods,
    Locus,
    LocusLikelihoods,
    NotWeighed,
    Run,
)
from reopen.weigh.encode import EncodedMixture
from reopen.weigh.genotype_tables import GenotypeTable, genotype_tables
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakParameters

Pair = tuple[Allele, Allele]


@dataclass(frozen=True, slots=True)
class Deconvolution:
    """The unknown contributors of a stain at given parameters.

    places         each unknown contributor's place among the contributors, from 1
    likelihoods    P(evidence | genotype) of each, other contributors summed over
    probabilities  posterior of each one's genotypes by locus, most probable first; REST stands for
                   any allele not seen in the stain
    """

    stain: str
    fit: Fit
    places: tuple[int, ...]
    likelihoods: tuple[GenotypeLikelihoods, ...]
    probabilities: tuple[Mapping[Locus, tuple[tuple[Pair, float], ...]], ...]
    not_weighed: tuple[NotWeighed, ...] = field(default=())


def deconvolve(
    likelihood: MixtureLikelihood,
    parameters: PeakParameters,
    fit: Fit,
    *,
    run: Run | None = None,
) -> Deconvolution:
    """Genotype likelihoods and posterior genotype probabilities of each unknown contributor.

    The likelihoods do not hold the prior of the person in question: it enters at each comparison.
    Where the proposition says that the person is related to somebody typed, genotypes that descent
    rules out have probability and likelihood zero.

    Raises CannotWeigh where no genotypes explain the peaks.
    Source: Bleka, Storvik and Gill 2016, section on deconvolution.
    """
    encoded = likelihood.encoded
    people = encoded.proposition.contributors
    places = [k for k, person in enumerate(people) if not person.is_known]
    if not np.isfinite(fit.ln_likelihood):
        raise CannotWeigh(
            f"The peaks of stain {encoded.stain.id!r} cannot come from {encoded.proposition}.",
            rule="Genotypes are read off a fit that explains the peaks.",
            way_on="Ask for more contributors, or allow drop-in.",
        )
    tables = [genotype_tables(likelihood, parameters, place) for place in places]
    return Deconvolution(
        stain=encoded.stain.id,
        fit=fit,
        places=tuple(place + 1 for place in places),
        likelihoods=tuple(
            GenotypeLikelihoods(
                _owner(encoded, place, fit),
                {locus: _likelihoods(table) for locus, table in loci.items()},
                run,
            )
            for place, loci in zip(places, tables, strict=True)
        ),
        probabilities=tuple(
            Frozen({locus: ranked(table) for locus, table in loci.items()}) for loci in tables
        ),
        not_weighed=encoded.not_weighed,
    )


def _owner(encoded: EncodedMixture, place: int, fit: Fit) -> str:
    n = len(encoded.proposition.contributors)
    return f"{encoded.stain.id}, contributor {place + 1} of {n} ({fit.proportions[place]:.0%})"


def _likelihoods(table: GenotypeTable) -> LocusLikelihoods:
    ln = np.full_like(table.ln_joint, -np.inf)
    possible = table.ln_prior > -np.inf
    ln[possible] = table.ln_joint[possible] - table.ln_prior[possible]
    return LocusLikelihoods(table.alleles, tuple(float(value) for value in ln - ln.max()))


def ranked(table: GenotypeTable) -> tuple[tuple[Pair, float], ...]:
    """Genotypes with their posterior probabilities, most probable first; none of zero."""
    labels, probabilities = table.alleles, table.probabilities
    first, second = pairs(len(labels))
    return tuple(
        ((labels[first[g]], labels[second[g]]), float(probabilities[g]))
        for g in np.argsort(-probabilities, kind="stable")
        if probabilities[g] > 0
    )


def on_alleles(likelihoods: LocusLikelihoods, alleles: tuple[Allele, ...]) -> Floats | None:
    """The same ln likelihoods on a population's whole allele set; shape (genotype,).

    Alleles that the evidence does not tell apart share the value of REST. None where an allele
    that was told apart is missing from the set, or one of the set has no value here.
    """
    places = _places(likelihoods.alleles, alleles)
    return None if places is None else np.array(likelihoods.ln)[places]


@lru_cache(maxsize=1024)
def _places(own: tuple[Allele, ...], alleles: tuple[Allele, ...]) -> Ints | None:
    """Place of each genotype of the set among those of the likelihoods; shape (genotype,).

    The same for all contributors and draws of a stain, so that it is made once for them.
    """
    place = {label: k for k, label in enumerate(own)}
    if any(label not in alleles for label in own if label != REST):
        return None
    if REST not in place and any(label not in place for label in alleles):
        return None
    index = np.array([place.get(label, place.get(REST, -1)) for label in alleles])
    first, second = pairs(len(alleles))
    return number(index[first], index[second], len(own))


def expected_doses(found: Deconvolution) -> dict[int, dict[Locus, dict[str, float]]]:
    """Posterior mean copies; contributor's place from 0 -> locus -> allele -> copies."""
    doses: dict[int, dict[Locus, dict[str, float]]] = {}
    for place, loci in zip(found.places, found.probabilities, strict=True):
        for locus, ranked in loci.items():
            copies = doses.setdefault(place - 1, {}).setdefault(locus, {})
            for pair, probability in ranked:
                for label in pair:
                    copies[label] = copies.get(label, 0.0) + probability
    return doses
