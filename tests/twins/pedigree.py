"""Genotypes in a pedigree, summed over all alleles that everybody may have, person by person.

Twin of: kernels/elimination.py, kernels/peeling.py, weigh/descent.py, weigh/founders.py. Founders
are drawn one allele after another from one urn (Balding and Nichols 1994); a child gets one allele
of each parent, which may mutate (Elston and Stewart 1971, without peeling).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from reopen.records import Member, Pedigree, Sex

Alleles = tuple[str, ...]
Observe = Callable[[Alleles], float]
Matrix = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Locus:
    """frequency sums to 1; matrices: parental allele -> the child's -> probability."""

    frequency: Mapping[str, float]
    female: Matrix
    male: Matrix
    theta: float = 0.0
    x_linked: bool = False


def likelihood(pedigree: Pedigree, locus: Locus, observed: Mapping[str, Observe]) -> float:
    """P(everything observed | pedigree). `observed`: member -> P(evidence | alleles)."""
    first_of = {id: group[0] for group in pedigree.twins for id in group}
    people = [m for m in pedigree.parents_first if first_of.get(m.id, m.id) == m.id]
    evidence = [
        [see for id, see in observed.items() if first_of.get(id, id) == m.id] for m in people
    ]

    def rest(k: int, has: dict[str, Alleles], drawn: Counter[str]) -> float:
        if k == len(people):
            return 1.0
        total = 0.0
        for alleles, p, now_drawn in ways(people[k], has, drawn):
            for see in evidence[k]:
                p *= see(alleles)
            if p > 0:
                total += p * rest(k + 1, {**has, people[k].id: alleles}, now_drawn)
        return total

    def ways(
        member: Member, has: dict[str, Alleles], drawn: Counter[str]
    ) -> Iterator[tuple[Alleles, float, Counter[str]]]:
        single = locus.x_linked and pedigree.sex(member.id) is Sex.MALE
        f = pedigree.founder_inbreeding.get(member.id, 0.0)
        if member.is_founder:
            for alleles in product(locus.frequency, repeat=1 if single else 2):
                p, after = urn(alleles, drawn, locus)
                if not single:
                    p = (1 - f) * p + f * locus.frequency[alleles[0]] * (len(set(alleles)) == 1)
                yield alleles, p, after
            return
        father, mother = (first_of.get(id, id) for id in member.parents)
        maternal = handed(has[mother], locus.female)
        if single:
            yield from (((b,), q, drawn) for b, q in maternal.items())
            return
        for (a, p), (b, q) in product(handed(has[father], locus.male).items(), maternal.items()):
            yield (a, b), p * q, drawn

    return rest(0, {}, Counter())


def urn(alleles: Alleles, drawn: Counter[str], locus: Locus) -> tuple[float, Counter[str]]:
    """P(these are drawn next), and all that is drawn then."""
    p, t = 1.0, locus.theta
    drawn = drawn.copy()
    for a in alleles:
        p *= (drawn[a] * t + (1 - t) * locus.frequency[a]) / (1 + (drawn.total() - 1) * t)
        drawn[a] += 1
    return p, drawn


def handed(alleles: Alleles, matrix: Matrix) -> dict[str, float]:
    """The allele that a parent hands on, with probabilities."""
    chances: Counter[str] = Counter()
    for a in alleles:
        for b, p in matrix[a].items():
            chances[b] += p / len(alleles)
    return {b: p for b, p in chances.items() if p > 0}


def linked_likelihood(
    pedigree: Pedigree,
    loci: tuple[Locus, Locus],
    observed: tuple[Mapping[str, Observe], Mapping[str, Observe]],
    recombination: float,
) -> float:
    """The same for two linked loci: everybody has haplotypes (allele here, allele there).

    Source: the four ways of handing on a haplotype, two of them recombined (Ott 1999).
    """
    people = pedigree.parents_first

    def rest(k: int, has: dict[str, tuple[Alleles, ...]], drawn: tuple[Counter[str], ...]) -> float:
        if k == len(people):
            return 1.0
        total = 0.0
        id = people[k].id
        for haplotypes, p, now_drawn in ways(people[k], has, drawn):
            for see, alleles in zip(observed, zip(*haplotypes, strict=True), strict=True):
                p *= see[id](alleles) if id in see else 1.0
            if p > 0:
                total += p * rest(k + 1, {**has, id: haplotypes}, now_drawn)
        return total

    def ways(
        member: Member, has: dict[str, tuple[Alleles, ...]], drawn: tuple[Counter[str], ...]
    ) -> Iterator[tuple[tuple[Alleles, ...], float, tuple[Counter[str], ...]]]:
        single = loci[0].x_linked and pedigree.sex(member.id) is Sex.MALE
        if member.is_founder:
            here, there = (product(at.frequency, repeat=1 if single else 2) for at in loci)
            for a, b in product(here, there):
                (p, one), (q, other) = urn(a, drawn[0], loci[0]), urn(b, drawn[1], loci[1])
                yield tuple(zip(a, b, strict=True)), p * q, (one, other)
            return
        maternal = handed_on(has[member.parents[1]], "female")
        if single:
            yield from (((h,), q, drawn) for h, q in maternal.items())
            return
        paternal = handed_on(has[member.parents[0]], "male")
        for (h, p), (k, q) in product(paternal.items(), maternal.items()):
            yield (h, k), p * q, drawn

    def handed_on(haplotypes: tuple[Alleles, ...], sex: str) -> dict[Alleles, float]:
        if len(haplotypes) == 1:
            ((a, b),) = haplotypes
            chosen = [(a, b, 1.0)]
        else:
            (a, b), (c, d) = haplotypes
            same, crossed = (1 - recombination) / 2, recombination / 2
            chosen = [(a, b, same), (c, d, same), (a, d, crossed), (c, b, crossed)]
        chances: Counter[Alleles] = Counter()
        for a, b, p in chosen:
            here, there = (getattr(at, sex) for at in loci)
            for (x, px), (y, py) in product(here[a].items(), there[b].items()):
                chances[x, y] += p * px * py
        return {h: p for h, p in chances.items() if p > 0}

    return rest(0, {}, (Counter(), Counter()))
