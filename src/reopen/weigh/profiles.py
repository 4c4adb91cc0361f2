"""Whole profiles of one contributor, over all loci, by their probability."""

from __future__ import annotations

from collections.abc import Mapping

from reopen.errors import InvalidRecord
from reopen.records import Frozen, Locus
from reopen.weigh.deconvolve import Deconvolution, Pair
from reopen.weigh.untyped import MOST_LISTED, check_number


def rank_profiles(
    found: Deconvolution, place: int, top: int = 10
) -> tuple[tuple[Mapping[Locus, Pair], float], ...]:
    """The `top` most probable whole profiles of one unknown contributor, with probabilities.

    place  the contributor's number, from 1
    Loci are independent given the parameters, so a profile's probability is the product of its
    genotypes' probabilities. Raises InvalidRecord for a number out of range.
    """
    check_number(top, MOST_LISTED, "profiles")
    if place not in found.places:
        raise InvalidRecord(
            f"Contributor {place} of stain {found.stain!r}.",
            rule=f"The unknown contributors are {', '.join(map(str, found.places))}.",
            way_on="Name one of these.",
        )
    loci = found.probabilities[found.places.index(place)]
    best: list[tuple[dict[Locus, Pair], float]] = [({}, 1.0)]
    for locus, ranked in loci.items():
        longer = [
            ({**profile, locus: pair}, probability * own)
            for profile, probability in best
            for pair, own in ranked[:top]
        ]
        best = sorted(longer, key=lambda item: -item[1])[:top]
    return tuple((Frozen(profile), probability) for profile, probability in best)
