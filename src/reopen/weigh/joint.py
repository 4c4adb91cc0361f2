"""Joint genotypes of all contributors at a locus: the most probable ones.

Given the parameters loci are independent; at a locus the contributors are not: what one person
has, another need not have. Marginal probabilities of one person are in `deconvolve`,
draws from all of them in `draws`.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.paths import (
    best_to_go,
    copies_here,
    dose_factors,
    dropin_bits,
    joint_moves,
    steps,
)
from reopen.kernels.shapes import Ints, Shapes
from reopen.records import REST, Frozen, Locus, NotWeighed
from reopen.weigh.components import Component, components
from reopen.weigh.deconvolve import Pair
from reopen.weigh.encode import EncodedMixture
from reopen.weigh.joint_terms import joint_terms
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import PeakParameters
from reopen.weigh.untyped import (
    MOST_LISTED,
    check_number,
    explained,
    genotypes_of,
    in_order,
    untyped,
)


@dataclass(frozen=True, slots=True)
class JointLocus:
    """The people not typed at a locus, and their genotypes together.

    people  their numbers among the contributors, from 1
    ranked  genotypes in the order of `people`, with their joint posterior probability, most
            probable first; REST stands for any allele not seen in the stain
    """

    people: tuple[int, ...]
    ranked: tuple[tuple[tuple[Pair, ...], float], ...]


@dataclass(frozen=True, slots=True)
class JointGenotypes:
    """The most probable joint genotypes of each locus.

    not_weighed  loci that have too many joint genotypes to be ranked, with the reason
    """

    by_locus: Mapping[Locus, JointLocus]
    not_weighed: tuple[NotWeighed, ...] = ()


def joint_genotypes(
    likelihood: MixtureLikelihood, parameters: PeakParameters, top: int = 10
) -> JointGenotypes:
    """The `top` most probable joint genotypes of each locus with a peak and an untyped person.

    Exact: paths through the states of the sum are searched best first, guided by the weight of the
    best way onward. With a related contributor all joint genotypes are listed, and a locus that
    has too many is left out with the reason.

    Raises InvalidRecord for a number below 1 or above MOST_LISTED, and CannotWeigh where no
    genotypes explain the peaks.
    """
    check_number(top, MOST_LISTED, "joint genotypes")
    encoded = likelihood.encoded
    shapes = likelihood.shapes(parameters)
    ln_by_locus = explained(likelihood, parameters)
    found: dict[Locus, JointLocus] = {}
    refused: list[NotWeighed] = []
    for number, marker in enumerate(encoded.markers):
        people = untyped(encoded, number)
        if not marker.alleles or not people:
            continue
        sums = np.flatnonzero(encoded.marker_of == number)
        if not _one_to_one(components(marker, encoded.proposition)):
            try:
                ranked = _best_listed(encoded, shapes, number, top)
            except CannotWeigh as error:
                refused.append(NotWeighed(f"{encoded.stain.id} {marker.locus}", str(error)))
                continue
        else:
            ranked = _best_paths(encoded, shapes, int(sums[0]), people, top)
        found[marker.locus] = JointLocus(
            tuple(place + 1 for place in people),
            tuple(
                (pairs, probability)
                for pairs, ln in ranked
                if (probability := float(np.exp(ln - ln_by_locus[number]))) > 0
            ),
        )
    return JointGenotypes(Frozen(found), tuple(refused))


def _one_to_one(parts: list[Component]) -> bool:
    """Whether each joint genotype comes about in one way: nobody shares alleles by descent."""
    return len(parts) == 1 and all(
        drawer.copies == 2 and len(drawer.contributors) == 1 for drawer in parts[0].drawers
    )


def _best_listed(
    encoded: EncodedMixture, shapes: Shapes, number: int, top: int
) -> list[tuple[tuple[Pair, ...], float]]:
    terms = joint_terms(encoded, number)
    labels = [label or REST for label in encoded.markers[number].chains.labels]
    ln = terms.ln_weights(shapes)
    order = [at for at in np.argsort(-ln, kind="stable")[:top] if ln[at] > -np.inf]
    return [
        (
            tuple(in_order([labels[k] for k in person]) for person in terms.genotypes[at]),
            float(ln[at]),
        )
        for at in order
    ]


def _best_paths(
    encoded: EncodedMixture, shapes: Shapes, i: int, people: tuple[int, ...], top: int
) -> list[tuple[tuple[Pair, ...], float]]:
    """Best first search: each way so far is ranked by its weight times that of the best way on."""
    sums = encoded.sums
    number = int(encoded.marker_of[i])
    part = components(encoded.markers[number], encoded.proposition)[0]
    offsets, ln_factor = dose_factors(sums, shapes, i)
    at, n_states, best = best_to_go(sums, i, offsets, ln_factor)
    n, start = len(n_states) - 1, int(sums.first_position[i])
    ways: dict[int, _Ways] = {}
    heap: list[tuple[float, int, int, int, float, tuple[int, ...]]] = [
        (-float(best[0]), 0, 0, 0, 0.0, ())
    ]
    pushed = 0
    found: list[tuple[tuple[Pair, ...], float]] = []
    while heap and len(found) < top:
        negative, _, with_dropin, state, so_far, doses = heapq.heappop(heap)
        k = len(doses)
        if k == n:
            copies = _copies_of(encoded, i, doses)
            ln = float(encoded.ln_constant[i]) - negative
            found.append((genotypes_of(encoded, number, part, people, copies), ln))
            continue
        if k not in ways:
            ways[k] = _Ways.at(encoded, i, start + k)
        after, dose = ways[k].from_state(state)
        later = np.where(dose == 0, with_dropin | ways[k].bits, with_dropin)
        weight = so_far + ln_factor[offsets[k] + dose]
        total = weight + best[at[k + 1] + later * n_states[k + 1] + after]
        for m in np.argsort(-total, kind="stable")[: top - len(found)]:
            if total[m] == -np.inf:
                break
            pushed += 1
            entry = (int(later[m]), int(after[m]), float(weight[m]), (*doses, int(dose[m])))
            heapq.heappush(heap, (-float(total[m]), pushed, *entry))
    return found


@dataclass(frozen=True, slots=True)
class _Ways:
    """The joint moves at a position, by the state before.

    bits  replicates that have drop-in here at dose 0
    """

    first: Ints
    after: Ints
    dose: Ints
    bits: int

    @classmethod
    def at(cls, encoded: EncodedMixture, i: int, p: int) -> _Ways:
        before, after, dose = joint_moves(encoded.sums, i, p)
        order = np.argsort(before, kind="stable")
        first = np.searchsorted(before[order], np.arange(before.max() + 2))
        return cls(first, after[order], dose[order], int(dropin_bits(encoded.sums, i, p)))

    def from_state(self, state: int) -> tuple[Ints, Ints]:
        """State after, and dose, of the moves from a state."""
        own = slice(self.first[state], self.first[state + 1])
        return self.after[own], self.dose[own]


def _copies_of(encoded: EncodedMixture, i: int, doses: tuple[int, ...]) -> Ints:
    """Each drawer's copies at each position, from the joint doses; (drawer, position)."""
    sums = encoded.sums
    copies = np.zeros((int(sums.n_drawers[i]), len(doses)), dtype=np.int64)
    for k, dose in enumerate(doses):
        p = int(sums.first_position[i]) + k
        _, _, up = steps(sums, i, p)
        for j in range(len(copies)):
            own = (dose // int(up[j])) % int(sums.n_doses[p, j])
            copies[j, k] = copies_here(sums, p, j, own)
    return copies
