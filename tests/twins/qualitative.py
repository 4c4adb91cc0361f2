"""The qualitative likelihood as it stands in the papers: a sum over all joint genotypes.

Slow on purpose. Genotype probabilities are those of the other twin, tests/twins/mixture.py.

Sources: Curran, Gill and Bill 2005; Haned, Slooten and Gill 2012. Twin of: kernels/qualitative.py
with weigh/qualitative.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.twins.mixture import Pair, joint_genotypes

from reopen.records import REST, Locus, Population, Proposition, Reference, Stain


@dataclass
class SeenScene:
    """One locus of a stain, a proposition, and drop-out of each contributor's copies."""

    stain: Stain
    locus: Locus
    proposition: Proposition
    population: Population
    dropin: float
    dropout: Sequence[float]
    relates_last_two: bool = False

    def __post_init__(self) -> None:
        typed = [r.peaks[self.locus] for r in self.stain.replicates if self.locus in r.peaks]
        self.seen = [{peak.allele for peak in peaks} for peaks in typed]
        self.alleles = sorted(set().union(*self.seen))
        table = dict(self.population.frequencies.by_locus[self.locus])
        for a in self.alleles:
            table.setdefault(a, self.population.floor)
        total = sum(table.values()) if self.population.rescale and self.alleles else 1
        self.frequency = {a: table[a] / total for a in self.alleles}
        self.frequency[REST] = 1 - sum(self.frequency.values())

    @property
    def theta(self) -> float:
        return self.population.theta_at(self.locus)

    def typed(self, person: Reference | None) -> Pair | None:
        """A person's alleles, those not seen as the rest; None where not typed."""
        if person is None or self.locus not in person.genotypes:
            return None
        labels = person.genotypes[self.locus].alleles
        labels = labels * 2 if len(labels) == 1 else labels
        return self.coded(labels)

    def coded(self, labels: Pair) -> Pair:
        """Alleles that were not seen as the rest."""
        return tuple(a if a in self.alleles else REST for a in labels)


def likelihood(scene: SeenScene) -> float:
    """P(alleles seen): each joint genotype's probability times that of every replicate."""
    total = 0.0
    for people, prior in joint_genotypes(scene):  # type: ignore[arg-type]
        for seen in scene.seen:
            prior *= replicate(scene, people, seen)
        total += prior
    return total


def replicate(scene: SeenScene, people: Sequence[Pair], seen: set[str]) -> float:
    """P(the alleles of one replicate | everybody's genotypes)."""
    value, dropins = 1.0, 0
    for allele, frequency in scene.frequency.items():
        all_drop, carried = 1.0, False
        for chance, alleles in zip(scene.dropout, people, strict=True):
            for _ in range(alleles.count(allele)):
                all_drop *= chance
                carried = True
        if carried:
            value *= 1 - all_drop if allele in seen else all_drop
        elif allele in seen:
            value *= scene.dropin * frequency
            dropins += 1
    return value if dropins else value * (1 - scene.dropin)
