"""One contributor's genotypes at each locus: their joint weight with the peaks, and their prior.

A relation by descent splits a locus into several sums (`markers.components`): the person's two
alleles are drawn, or copied from the relative, or drawn together with another unknown person. Each
sum gives a table over genotypes; the tables add up.

Not for: what is read off the tables (`deconvolve`), several contributors at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from reopen.kernels.copies import ln_places, ln_places_of_two
from reopen.kernels.factors import cdf_tables
from reopen.kernels.genotypes import pairs
from reopen.kernels.mixtures import ln_sums
from reopen.kernels.one_drawer import ln_pairs
from reopen.kernels.shapes import Floats, Ints, Shapes
from reopen.records import REST, Allele, Locus, allele_order
from reopen.weigh.components import Component, components
from reopen.weigh.encode import EncodedMixture
from reopen.weigh.markers import PreparedMarker
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakParameters


@dataclass(frozen=True, slots=True)
class GenotypeTable:
    """One contributor's genotypes at one locus, in the order of pairs (i, j) with i <= j.

    alleles   labels told apart; REST, if present, is last and stands for every other allele
    ln_joint  ln P(peaks, genotype), the other contributors summed over
    ln_prior  ln P(genotype) under the proposition, given the typed people; -inf where a relation
              rules the genotype out
    """

    alleles: tuple[Allele, ...]
    ln_joint: Floats
    ln_prior: Floats

    @property
    def probabilities(self) -> Floats:
        """Posterior of each genotype; zeros where none explains the peaks."""
        top = self.ln_joint.max()
        if top == -np.inf:
            return np.zeros_like(self.ln_joint)
        weights = np.exp(self.ln_joint - top)
        return np.asarray(weights / weights.sum())


def genotype_tables(
    likelihood: MixtureLikelihood, parameters: PeakParameters, place: int
) -> dict[Locus, GenotypeTable]:
    """Tables of the contributor at `place` (from 0) by locus.

    Loci at which the contributor was typed are left out, and so are loci without a peak, where all
    alleles are unseen.
    """
    encoded = likelihood.encoded
    shapes = likelihood.shapes(parameters)
    cdf = cdf_tables(encoded.sums, shapes)
    typed = encoded.proposition.contributors[place].reference
    found = {}
    for number, marker in enumerate(encoded.markers):
        if marker.alleles and not (typed and marker.locus in typed.genotypes):
            found[marker.locus] = _table(encoded, shapes, cdf, number, marker, place)
    return found


def _table(
    encoded: EncodedMixture,
    shapes: Shapes,
    cdf: tuple[Ints, Floats],
    number: int,
    marker: PreparedMarker,
    place: int,
) -> GenotypeTable:
    """The sum over the components of one marker."""
    n = len(marker.chains.labels)
    joint, prior = np.full((n, n), -np.inf), np.full((n, n), -np.inf)
    sums = np.flatnonzero(encoded.marker_of == number)
    parts = components(marker, encoded.proposition)
    for i, part in zip(sums, parts, strict=True):
        weights, law = _component(encoded, shapes, cdf, int(i), part, place)
        joint = np.logaddexp(joint, encoded.ln_constant[i] + weights)
        prior = np.logaddexp(prior, part.ln_weight + law)
    places = allele_positions(marker)
    first, second = pairs(len(places))
    at = np.array(places)
    labels = tuple(marker.chains.labels[k] or REST for k in places)
    return GenotypeTable(labels, joint[at[first], at[second]], prior[at[first], at[second]])


def _component(
    encoded: EncodedMixture,
    shapes: Shapes,
    cdf: tuple[Ints, Floats],
    i: int,
    part: Component,
    place: int,
) -> tuple[Floats, Floats]:
    """ln weights of the peaks with, and ln law of, a person's genotypes in one component.

    Both are symmetric, of shape (position, position).
    """
    sums = encoded.sums
    urn = sums.ln_urn[sums.first_position[i] : sums.first_position[i + 1]]
    n = len(urn)
    own = [j for j, drawer in enumerate(part.drawers) if place in drawer.contributors]
    copied = [k for who, k, copies in part.fixed if who == place for _ in range(copies)]
    joint, law = np.full((n, n), -np.inf), np.full((n, n), -np.inf)
    match len(own), len(copied):
        case 1, 0:
            joint, law = ln_pairs(sums, shapes, i, own[0], *cdf), _pair_law(urn[:, :3].tobytes())
        case 2, 0:
            joint, law = ln_places_of_two(sums, shapes, i, *own), _pair_law(urn[:, :3].tobytes())
            joint = _unordered(joint)
        case 1, 1:
            joint[copied[0]], law[copied[0]] = (
                ln_places(sums, shapes, i, own[0]),
                _normal(urn[:, 1]),
            )
        case _:
            joint[copied[0], copied[1]] = ln_sums(sums, shapes)[i]
            law[copied[0], copied[1]] = 0.0
    return np.maximum(joint, joint.T), np.maximum(law, law.T)


@lru_cache(maxsize=1024)  # the same at every draw of the parameters
def _pair_law(ln_urn: bytes) -> Floats:
    """ln P of two alleles drawn from the urn, unordered. ln_urn: the bytes of (position, 3)."""
    urn = np.frombuffer(ln_urn).reshape(-1, 3)
    law = np.log(2) + urn[:, None, 1] + urn[None, :, 1]
    np.fill_diagonal(law, urn[:, 2])
    drawn = np.triu(np.ones_like(law)) > 0
    law -= np.logaddexp.reduce(law[drawn])
    law.flags.writeable = False
    return np.asarray(law)


def _normal(ln: Floats) -> Floats:
    return np.asarray(ln - np.logaddexp.reduce(ln))


def _unordered(ln: Floats) -> Floats:
    """Both orders of two different places added up."""
    both = np.logaddexp(ln, ln.T)
    np.fill_diagonal(both, np.diag(ln))
    return np.asarray(both)


def allele_positions(marker: PreparedMarker) -> list[int]:
    """Positions that genotypes may hold, in the order of their labels, the rest last."""
    layout = marker.chains
    places = [k for k, is_allele in enumerate(layout.is_allele) if is_allele]
    return sorted(places, key=lambda k: place_order(layout.labels[k]))


def place_order(label: Allele | None) -> tuple[int, tuple[int, float, str]]:
    return (1, (0, 0.0, "")) if label is None else (0, allele_order(label))
