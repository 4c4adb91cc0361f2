"""Two typed people and how they descend, by dropping founders' alleles down the pedigree.

Twin of: weigh/identity.py (every way of inheritance counted) and kernels/identity.py (every way in
which two genotypes' alleles stand in order).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product

from tests.twins.compare import Pair
from tests.twins.kin import urn

from reopen.records import Pedigree


def kinship_and_sharing(pedigree: Pedigree, one: str, other: str) -> tuple[float, Counter[str]]:
    """Kinship, and how often the two pairs of alleles form each pattern, as "ab|bc": all meioses,
    each way equally likely. No inbred founders, no twins."""
    order = pedigree.parents_first
    children = [member for member in order if member.parents]
    kinship, patterns = 0.0, Counter[str]()
    for sides in product((0, 1), repeat=2 * len(children)):
        genes = {m.id: (f"{m.id}0", f"{m.id}1") for m in order if m.is_founder}
        for k, member in enumerate(children):
            father, mother = (genes[parent] for parent in member.parents)
            genes[member.id] = (father[sides[2 * k]], mother[sides[2 * k + 1]])
        x, y = genes[one], genes[other]
        weight = 0.5 ** len(sides)
        kinship += weight * sum(a == b for a in x for b in y) / 4
        patterns[pattern(x, y)] += weight
    return kinship, patterns


def pattern(x: Sequence[str], y: Sequence[str]) -> str:
    """Who shares what, whichever order the alleles of a person stand in."""
    ways = []
    for first, second in product((tuple(x), tuple(x)[::-1]), (tuple(y), tuple(y)[::-1])):
        names: dict[str, str] = {}
        ways.append("".join(names.setdefault(g, "abcd"[len(names)]) for g in (*first, *second)))
    return min(ways)


def given_pattern(
    g: Pair, h: Pair, draws: Sequence[int], frequency: Mapping[str, float], theta: float
) -> float:
    """P(both unordered genotypes | which of the four alleles are one draw)."""
    total = 0.0
    for alleles in product(frequency, repeat=1 + max(draws)):
        w, x, y, z = (alleles[draw] for draw in draws)
        if sorted((w, x)) == sorted(g) and sorted((y, z)) == sorted(h):
            total += urn(alleles, frequency, theta)
    return total
