"""The people whose genotype at a marker is not known, and their genotypes as labels.

Shared by the ways of telling joint genotypes (`joint`, `draws`).
"""

from __future__ import annotations

import numpy as np

from reopen.errors import CannotWeigh, InvalidRecord
from reopen.kernels.shapes import Floats, Ints
from reopen.records import REST, Allele
from reopen.weigh.components import Component
from reopen.weigh.deconvolve import Pair
from reopen.weigh.encode import EncodedMixture
from reopen.weigh.genotype_tables import place_order
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakParameters

MOST_LISTED = 1_000


def check_number(number: int, most: int, of: str) -> None:
    """Raises InvalidRecord for how many of something that cannot be given."""
    if not 1 <= number <= most:
        raise InvalidRecord(
            f"{number} {of}.", rule=f"From 1 to {most}.", way_on="Ask for a number in between."
        )


def explained(likelihood: MixtureLikelihood, parameters: PeakParameters) -> Floats:
    """ln likelihood by locus. Raises CannotWeigh where one is zero."""
    values = likelihood.ln_by_locus(parameters)
    if not np.isfinite(values).all():
        encoded = likelihood.encoded
        raise CannotWeigh(
            f"The peaks of stain {encoded.stain.id!r} cannot come from {encoded.proposition}.",
            rule="Genotypes are read off a fit that explains the peaks.",
            way_on="Ask for more contributors, or allow drop-in.",
        )
    return values


def untyped(encoded: EncodedMixture, number: int) -> tuple[int, ...]:
    """Places, from 0, of the contributors whose genotype at a marker is not known."""
    locus = encoded.markers[number].locus
    return tuple(
        place
        for place, person in enumerate(encoded.proposition.contributors)
        if person.reference is None or locus not in person.reference.genotypes
    )


def genotypes_of(
    encoded: EncodedMixture, number: int, part: Component, people: tuple[int, ...], drawn: Ints
) -> tuple[Pair, ...]:
    """Each person's genotype from the drawers' copies, (drawer, position), and what is fixed."""
    marker = encoded.markers[number]
    found = []
    for place in people:
        copies = np.zeros(len(marker.chains.labels), dtype=np.int64)
        for j, drawer in enumerate(part.drawers):
            if place in drawer.contributors:
                copies += drawn[j]
        for who, position, fixed in part.fixed:
            if who == place:
                copies[position] += fixed
        found.append(
            in_order(
                [marker.chains.labels[k] or REST for k in np.repeat(np.arange(len(copies)), copies)]
            )
        )
    return tuple(found)


def in_order(labels: list[Allele]) -> Pair:
    """Two labels in the order that all results have: by allele, the rest last."""
    first, second = sorted(labels, key=lambda a: place_order(None if a == REST else a))
    return first, second
