"""The slow rise, by its definition: ranks counted one by one, the average written out.

Twin of `reopen.prove.trend`. Roberts 1959; Hackl and Ledolter 1991.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist


def averages(values: Sequence[float], reference: int, weight: float) -> list[float]:
    """The average after each value behind the reference, never below zero."""
    first = values[:reference]
    found: list[float] = []
    for value in values[reference:]:
        below = sum(other < value for other in first)
        equal = sum(other == value for other in first)
        share = (below + equal / 2 + 0.5) / (reference + 1)
        score = NormalDist().inv_cdf(share)
        before = found[-1] if found else 0.0
        found.append(max(0.0, weight * score + (1 - weight) * before))
    return found
