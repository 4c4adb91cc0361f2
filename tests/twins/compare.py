"""The one comparison as double sums over genotypes: the same person against unrelated people.

Source: Balding and Nichols 1994; NRC II 1996, equations 4.4 and 4.10. Twin of: kernels/compare.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from itertools import combinations_with_replacement
from math import exp

from reopen.records import REST, LocusLikelihoods

Pair = tuple[str, str]
Value = Callable[[Pair], float]


def same_person_lr(v: Value, w: Value, frequency: Mapping[str, float], theta: float) -> float:
    """sum_g v w P(g) / sum_gh v(g) w(h) P(g) P(h | g)."""
    genotypes = list(combinations_with_replacement(frequency, 2))
    nobody: Counter[str] = Counter()
    same = sum(v(g) * w(g) * probability(g, nobody, frequency, theta) for g in genotypes)
    unrelated = sum(
        v(g) * probability(g, nobody, frequency, theta) * unrelated_given(g, w, frequency, theta)
        for g in genotypes
    )
    return same / unrelated


def unrelated_given(g: Pair, w: Value, frequency: Mapping[str, float], theta: float) -> float:
    """sum_h w(h) P(h | a typed person has g)."""
    genotypes = combinations_with_replacement(frequency, 2)
    return sum(w(h) * probability(h, Counter(g), frequency, theta) for h in genotypes)


def probability(
    pair: Pair, seen: Counter[str], frequency: Mapping[str, float], theta: float
) -> float:
    """P(genotype | alleles seen before): two draws from the urn, in either order."""
    a, b = pair
    both = draw(a, seen, frequency, theta) * draw(b, seen + Counter([a]), frequency, theta)
    return both if a == b else 2 * both


def draw(a: str, seen: Counter[str], frequency: Mapping[str, float], theta: float) -> float:
    return (theta * seen[a] + (1 - theta) * frequency[a]) / (1 + (seen.total() - 1) * theta)


def value(likelihoods: LocusLikelihoods) -> Value:
    """P(evidence | genotype) by name; alleles not told apart are REST."""
    labels = likelihoods.alleles
    by_pair = dict(
        zip(combinations_with_replacement(labels, 2), map(exp, likelihoods.ln), strict=True)
    )

    def look_up(pair: Pair) -> float:
        a, b = sorted((x if x in labels else REST for x in pair), key=labels.index)
        return by_pair[a, b]

    return look_up
