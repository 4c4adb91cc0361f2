"""Assignments, one by one: the readable twin of `kernels.assignments` and `link.dvi_joint`.

Every assignment is listed, its weight is multiplied up, and sums are sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import inf

PutIn = tuple[tuple[str, str], ...]


def assignments(
    victims: Sequence[str], candidates: Mapping[str, Sequence[str]]
) -> Iterator[dict[str, str]]:
    """Every assignment, victim -> missing or "*". candidates: victim -> missing it may be."""
    if not victims:
        yield {}
        return
    first, *others = victims
    for rest in assignments(others, candidates):
        for missing in ("*", *candidates[first]):
            if missing == "*" or missing not in rest.values():
                yield {first: missing, **rest}


def likelihood_ratio(
    assignment: Mapping[str, str],
    family_of: Mapping[str, str],
    ratios: Mapping[tuple[str, PutIn], float],
) -> float:
    """Product over families of the ratio of what the assignment puts into them."""
    product = 1.0
    for family in set(family_of.values()):
        put_in = tuple(
            sorted((m, v) for v, m in assignment.items() if m != "*" and family_of[m] == family)
        )
        product *= ratios.get((family, put_in), 0.0) if put_in else 1.0
    return product


def posterior(weighed: Sequence[tuple[dict[str, str], float]]) -> dict[str, dict[str, float]]:
    """Victim -> missing or "*" -> sum of the weights of assignments that say so, over all."""
    total = sum(weight for _, weight in weighed)
    table: dict[str, dict[str, float]] = {}
    for assignment, weight in weighed:
        for victim, missing in assignment.items():
            row = table.setdefault(victim, {})
            row[missing] = row.get(missing, 0.0) + weight / total
    return table


def generalised(
    weighed: Sequence[tuple[dict[str, str], float]], victim: str, missing: str
) -> float:
    """Best weight among assignments with the pair, over the best among those without."""
    best = {True: -inf, False: -inf}
    for assignment, weight in weighed:
        has = assignment[victim] == missing
        best[has] = max(best[has], weight)
    return best[True] / best[False]
