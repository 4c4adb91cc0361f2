"""Who may have left a stain: its contributors' genotypes, as likelihoods and probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.genotypes import number, pairs
from reopen.kernels.mixtures import ln_pairs
from reopen.kernels.shapes import Floats, Shapes
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
    allele_order,
)
from reopen.weigh.encode import EncodedMixture
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

    The likelihoods do not hold the population's prior of the person in question: it enters at
    each comparison. Source: Bleka, Storvik and Gill 2016, section on deconvolution.
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
    shapes, _ = likelihood.shapes(parameters)
    by_person: list[dict[Locus, LocusLikelihoods]] = [{} for _ in places]
    probable: list[dict[Locus, tuple[tuple[Pair, float], ...]]] = [{} for _ in places]
    for i, (marker, carried) in enumerate(_plain_sums(encoded)):
        if not encoded.markers[marker].alleles:
            continue
        locus = encoded.markers[marker].locus
        for j, place in enumerate(carried):
            if place not in places:
                continue
            labels, joint, prior = _genotypes(encoded, shapes, i, j)
            person = places.index(place)
            by_person[person][locus] = _likelihoods(labels, joint - prior)
            probable[person][locus] = _ranked(labels, joint)
    owners = [_owner(encoded, place, fit) for place in places]
    return Deconvolution(
        stain=encoded.stain.id,
        fit=fit,
        places=tuple(place + 1 for place in places),
        likelihoods=tuple(
            GenotypeLikelihoods(owner, loci, run)
            for owner, loci in zip(owners, by_person, strict=True)
        ),
        probabilities=tuple(Frozen(loci) for loci in probable),
        not_weighed=encoded.not_weighed,
    )


def _owner(encoded: EncodedMixture, place: int, fit: Fit) -> str:
    n = len(encoded.proposition.contributors)
    return f"{encoded.stain.id}, contributor {place + 1} of {n} ({fit.proportions[place]:.0%})"


def _plain_sums(encoded: EncodedMixture) -> list[tuple[int, list[int]]]:
    """Each sum's marker and the contributor of each drawer. Refuses relations by descent."""
    if any(person.relation.ibd[0] < 1 for person in encoded.proposition.contributors):
        raise CannotWeigh(
            f"Deconvolution of stain {encoded.stain.id!r} with a related contributor.",
            rule="Contributors' genotypes are read off with unrelated unknown contributors.",
            way_on="Deconvolve without the relation, and weigh the relation by itself.",
        )
    plain = []
    for i, marker in enumerate(encoded.marker_of):
        n = int(encoded.sums.n_drawers[i])
        carried = encoded.carries[i, :n]
        plain.append((int(marker), [int(row.argmax()) for row in carried]))
    return plain


def _genotypes(
    encoded: EncodedMixture, shapes: Shapes, i: int, j: int
) -> tuple[tuple[Allele, ...], Floats, Floats]:
    """Alleles told apart, and for each genotype ln P(evidence, genotype) and ln P(genotype)."""
    start, end = encoded.sums.first_position[i], encoded.sums.first_position[i + 1]
    layout = encoded.markers[int(encoded.marker_of[i])].chains
    places = [k for k in range(end - start) if layout.is_allele[k]]
    places.sort(key=lambda k: _place_order(layout.labels[k]))
    labels = tuple(layout.labels[k] or REST for k in places)
    table = ln_pairs(encoded.sums, shapes, i, j)
    table = np.maximum(table, table.T)
    first, second = pairs(len(places))
    at = np.array(places)
    urn = encoded.sums.ln_urn[start:end]
    same = first == second
    twice = urn[at[first], 2]
    once = np.log(2) + urn[at[first], 1] + urn[at[second], 1]
    return labels, table[at[first], at[second]], np.where(same, twice, once)


def _place_order(label: Allele | None) -> tuple[int, tuple[int, float, str]]:
    return (1, (0, 0.0, "")) if label is None else (0, allele_order(label))


def _likelihoods(labels: tuple[Allele, ...], ln: Floats) -> LocusLikelihoods:
    return LocusLikelihoods(labels, tuple(float(value) for value in ln - ln.max()))


def _ranked(labels: tuple[Allele, ...], joint: Floats) -> tuple[tuple[Pair, float], ...]:
    weights = np.exp(joint - joint.max())
    weights /= weights.sum()
    first, second = pairs(len(labels))
    order = np.argsort(-weights, kind="stable")
    return tuple(
        ((labels[first[g]], labels[second[g]]), float(weights[g])) for g in order if weights[g] > 0
    )


def on_alleles(likelihoods: LocusLikelihoods, alleles: tuple[Allele, ...]) -> Floats | None:
    """The same ln likelihoods on a population's whole allele set; shape (genotype,).

    Alleles that the evidence does not tell apart share the value of REST. None where an allele
    that was told apart is missing from the set, or one of the set has no value here.
    """
    own = {label: k for k, label in enumerate(likelihoods.alleles)}
    if any(label not in alleles for label in own if label != REST):
        return None
    if REST not in own and any(label not in own for label in alleles):
        return None
    index = np.array([own.get(label, own.get(REST, -1)) for label in alleles])
    first, second = pairs(len(alleles))
    ln = np.array(likelihoods.ln)
    return ln[number(index[first], index[second], len(own))]


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
