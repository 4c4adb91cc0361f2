"""Draws of all contributors' genotypes from their joint posterior, locus by locus.

Given the parameters loci are independent; at a locus the contributors are not: what one person
has, another need not have. A draw has them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reopen.errors import InvalidRecord
from reopen.kernels.mixtures import ln_sums
from reopen.kernels.paths import draw_paths
from reopen.records import Frozen, Locus
from reopen.weigh.components import components
from reopen.weigh.deconvolve import Pair
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakParameters
from reopen.weigh.untyped import check_number, explained, genotypes_of, untyped

MOST_DRAWS = 100_000


@dataclass(frozen=True, slots=True)
class DrawnLocus:
    """Genotypes drawn at a locus: one for each of `people` (numbers from 1) in each draw."""

    people: tuple[int, ...]
    draws: tuple[tuple[Pair, ...], ...]


def draw_genotypes(
    likelihood: MixtureLikelihood, parameters: PeakParameters, n: int, seed: int
) -> Mapping[Locus, DrawnLocus]:
    """n independent draws of all untyped people's genotypes given the peaks, locus by locus.

    Exact: the way of descent by its posterior probability, then backward sampling from the forward
    sums. The same seed gives the same draws.

    Raises InvalidRecord for a number below 1 or above MOST_DRAWS, or a negative seed, and
    CannotWeigh where no genotypes explain the peaks.
    """
    check_number(n, MOST_DRAWS, "draws")
    if seed < 0:
        raise InvalidRecord(
            f"A seed of {seed}.", rule="A seed is not negative.", way_on="Give 0 or more."
        )
    random = np.random.default_rng(seed)
    encoded = likelihood.encoded
    shapes = likelihood.shapes(parameters)
    explained(likelihood, parameters)
    values = ln_sums(encoded.sums, shapes) + encoded.ln_constant
    found: dict[Locus, DrawnLocus] = {}
    for number, marker in enumerate(encoded.markers):
        people = untyped(encoded, number)
        if not marker.alleles or not people:
            continue
        parts = components(marker, encoded.proposition)
        sums = np.flatnonzero(encoded.marker_of == number)
        share = np.exp(values[sums] - values[sums].max())
        chosen = random.choice(len(sums), size=n, p=share / share.sum())
        draws: list[tuple[Pair, ...]] = [()] * n
        for part, i in zip(range(len(sums)), sums, strict=True):
            drawn = np.flatnonzero(chosen == part)
            uniform = random.random((len(drawn), len(marker.chains.labels) + 1))
            if len(drawn):
                copies = draw_paths(encoded.sums, shapes, int(i), uniform)
                for at, own in zip(drawn, copies, strict=True):
                    draws[at] = genotypes_of(encoded, number, parts[part], people, own)
        found[marker.locus] = DrawnLocus(tuple(place + 1 for place in people), tuple(draws))
    return Frozen(found)
