"""Every joint genotype of a marker, one by one, with its weight.

The plain sum over genotypes, affordable for few unknown contributors: for what no sweep gives, such
as leaving single genotypes out, or adding the ways of descent up for each of them.

Not for: likelihoods (`mixture`), the most probable joint genotypes of many people (`joint`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.genotypes import number
from reopen.kernels.paths import dose_factors, dropin_bits, ln_of_dropin_sets, paths, steps
from reopen.kernels.shapes import Floats, Ints, Shapes
from reopen.weigh.components import Component, components
from reopen.weigh.encode import EncodedMixture

MOST_TERMS = 1_000_000


@dataclass(frozen=True, slots=True)
class _Part:
    """The terms of one component by descent. i: its sum.

    doses     (term, position) joint dose
    ln_fixed  (term,) what no parameter changes: replicates without drop-in, ways of descent
    target    (term,) the joint genotype that the term belongs to
    """

    i: int
    doses: Ints
    ln_fixed: Floats
    target: Ints


@dataclass(frozen=True, slots=True)
class JointTerms:
    """The joint genotypes of everybody not typed at a marker.

    places     their places among the contributors, from 0
    genotypes  (joint genotype, person, 2) positions of the two alleles, the lower first
    """

    encoded: EncodedMixture
    places: tuple[int, ...]
    genotypes: Ints
    parts: tuple[_Part, ...]

    def ln_weights(self, shapes: Shapes) -> Floats:
        """ln P(peaks, joint genotype) at the parameters behind the shapes; (joint genotype,)."""
        total = np.full(len(self.genotypes), -np.inf)
        for part in self.parts:
            ln = self.ln_terms(part, shapes)
            top = ln.max()
            if top > -np.inf:
                summed = np.bincount(part.target, np.exp(ln - top), minlength=len(total))
                with np.errstate(divide="ignore"):
                    total = np.logaddexp(total, np.log(summed) + top)
        return total

    def ln_terms(self, part: _Part, shapes: Shapes) -> Floats:
        """ln weight of each term of one component."""
        offsets, ln_factor = dose_factors(self.encoded.sums, shapes, part.i)
        ln = part.ln_fixed.copy()
        for k, doses in enumerate(part.doses.T):
            ln += ln_factor[offsets[k] + doses]
        return ln


def joint_terms(encoded: EncodedMixture, marker: int) -> JointTerms:
    """List the joint genotypes of a marker (its number in `encoded.markers`).

    Raises CannotWeigh where there are more than MOST_TERMS.
    """
    prepared = encoded.markers[marker]
    people = encoded.proposition.contributors
    places = tuple(
        place
        for place, person in enumerate(people)
        if person.reference is None or prepared.locus not in person.reference.genotypes
    )
    sums = np.flatnonzero(encoded.marker_of == marker)
    listed = [
        _list_terms(encoded, int(i), component, places)
        for i, component in zip(sums, components(prepared, encoded.proposition), strict=True)
    ]
    numbers = np.concatenate([rows for *_, rows in listed])
    distinct, target = np.unique(numbers, axis=0, return_inverse=True)
    ends = np.cumsum([len(rows) for *_, rows in listed])[:-1]
    parts = tuple(
        _Part(i, doses, ln_fixed, own)
        for (i, doses, ln_fixed, _), own in zip(
            listed, np.split(target.reshape(-1), ends), strict=True
        )
    )
    n = len(prepared.chains.labels)
    first, second = np.triu_indices(n)
    genotypes = np.stack([first[distinct], second[distinct]], axis=-1)
    return JointTerms(encoded, places, genotypes, parts)


def _list_terms(
    encoded: EncodedMixture, i: int, component: Component, places: tuple[int, ...]
) -> tuple[int, Ints, Floats, Ints]:
    """Sum, doses and fixed weights of one component's terms, and the genotype number of each
    person of `places`, (term, person)."""
    sums = encoded.sums
    ways = [paths(sums, i, j) for j in range(len(component.drawers))]
    size = prod(len(doses) for doses, _ in ways)
    if size > MOST_TERMS:
        raise CannotWeigh(
            f"{size} joint genotypes at {encoded.markers[int(encoded.marker_of[i])].locus} of "
            f"stain {encoded.stain.id!r}.",
            rule=f"At most {MOST_TERMS} joint genotypes are listed one by one.",
            way_on="Ask for fewer unknown contributors.",
        )
    index = np.indices([len(doses) for doses, _ in ways]).reshape(len(ways), size)
    start = int(sums.first_position[i])
    n = int(sums.first_position[i + 1]) - start
    doses = np.zeros((size, n), dtype=np.int64)
    bits = np.zeros(size, dtype=np.int64)
    for k in range(n):
        _, _, up = steps(sums, i, start + k)
        for j, (own, _) in enumerate(ways):
            doses[:, k] += up[j] * own[index[j], k]
        bits[doses[:, k] == 0] |= dropin_bits(sums, i, start + k)
    ln_fixed = encoded.ln_constant[i] + ln_of_dropin_sets(sums, i)[bits]
    rows = np.zeros((size, len(places)), dtype=np.int64)
    for column, place in enumerate(places):
        copies = np.zeros((size, n), dtype=np.int64)
        for j, (_, own) in enumerate(ways):
            if place in component.drawers[j].contributors:
                copies += own[index[j]]
        for who, position, fixed in component.fixed:
            if who == place:
                copies[:, position] += fixed
        high = n - 1 - np.argmax(copies[:, ::-1] > 0, axis=1)
        rows[:, column] = number(np.argmax(copies > 0, axis=1), high, n)
    return i, doses, ln_fixed, rows
