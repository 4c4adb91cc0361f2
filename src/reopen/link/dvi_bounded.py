"""The best assignment and bounds of its probability, where too many are possible to sum over.

Not for: cases that `dvi_joint` can sum; those are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf

import numpy as np
from scipy.optimize import linear_sum_assignment

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats
from reopen.link.dvi_options import FamilyOptions

MOST_NODES = 500_000
_NEVER = -1e6  # ln weight standing for "impossible" in the table of the linear assignment


@dataclass(frozen=True, slots=True)
class Bounded:
    """The option that each family takes in the best assignment found, and what is known of it.

    is_best   no assignment is better; otherwise the search ended early
    at_least  lower bound of its posterior probability
    """

    taken: tuple[int, ...]
    is_best: bool
    at_least: float

    @property
    def told(self) -> str:
        found = (
            "the best assignment is exact"
            if self.is_best
            else "the best assignment found may not be the best there is"
        )
        return (
            f"Not exact: too many assignments to sum over. Here {found}, and its probability is at "
            f"least {self.at_least:.3g}; probabilities of single pairs were not computed. Fewer "
            "loci in doubt allowed for a pair, or undisputed identifications fixed first, make "
            "the sums possible."
        )


def bounded(
    options: Sequence[FamilyOptions], weights: Sequence[Floats], required: frozenset[str]
) -> Bounded:
    """Search for the best assignment.

    A sum over all assignments is at most the product of the families' own sums, which forgets that
    a victim can be taken once only: that bounds a probability from below.
    """
    if required:
        raise CannotWeigh(
            "A closed list of more victims and families than can be summed over.",
            rule="With a closed list, probabilities are computed only where the sums are exact.",
            way_on="Use an open list, or weigh parts of the disaster that share nobody apart.",
        )
    if all(own.is_single for own in options):
        taken, is_best = _linear(options, weights), True
    else:
        taken, is_best = _branched(options, weights)
    weight = sum(float(own[k]) for own, k in zip(weights, taken, strict=True))
    ceiling = sum(float(np.logaddexp.reduce(own)) for own in weights)
    return Bounded(taken, is_best, min(1.0, exp(weight - ceiling)))


def _linear(options: Sequence[FamilyOptions], weights: Sequence[Floats]) -> tuple[int, ...]:
    """Families of one missing person each: a linear assignment problem, nobody costing nothing."""
    victims = sorted({v for own in options for pairs in own.put_in for _, v in pairs})
    place = {victim: k for k, victim in enumerate(victims)}
    table = np.full((len(options), len(victims) + len(options)), _NEVER)
    chosen = np.zeros(table.shape, dtype=np.int64)
    for row, (own, ln) in enumerate(zip(options, weights, strict=True)):
        table[row, len(victims) + row] = 0.0
        for k, pairs in enumerate(own.put_in):
            for _, victim in pairs:
                if ln[k] > table[row, place[victim]]:
                    table[row, place[victim]], chosen[row, place[victim]] = ln[k], k
    rows, columns = linear_sum_assignment(table, maximize=True)
    return tuple(int(chosen[r, c]) for r, c in zip(rows, columns, strict=True))


def _branched(
    options: Sequence[FamilyOptions], weights: Sequence[Floats]
) -> tuple[tuple[int, ...], bool]:
    """Depth first over families, those with most to lose first; bounded by the best of the rest."""
    order = sorted(range(len(options)), key=lambda f: -float(weights[f].max()))
    ahead = [0.0]
    for family in reversed(order):
        ahead.insert(0, ahead[0] + float(weights[family].max()))
    ranked = [np.argsort(-weights[family], kind="stable") for family in order]
    best: tuple[float, tuple[int, ...]] = (-inf, ())
    nodes = 0

    def go(step: int, used: frozenset[str], weight: float, taken: tuple[int, ...]) -> None:
        nonlocal best, nodes
        if step == len(order):
            best = max(best, (weight, taken), key=lambda found: found[0])
            return
        family = order[step]
        for k in ranked[step]:
            here = weight + float(weights[family][k])
            if here + ahead[step + 1] <= best[0] or nodes > MOST_NODES:
                return
            nodes += 1
            victims = frozenset(victim for _, victim in options[family].put_in[k])
            if not victims & used:
                go(step + 1, used | victims, here, (*taken, int(k)))

    go(0, frozenset(), 0.0, ())
    placed = dict(zip(order, best[1], strict=True))
    return tuple(placed[family] for family in range(len(options))), nodes <= MOST_NODES
