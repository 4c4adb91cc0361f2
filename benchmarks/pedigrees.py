"""Likelihoods of pedigrees: three generations, a family with marriages of cousins, linked SNPs.

NIST 1036 Caucasian frequencies, stepwise mutation; CPU seconds of one thread. Everything is
measured from records: networks, plans and mutation matrices are made anew each time.
"""

from __future__ import annotations

from time import process_time

import numpy as np

from reopen.formats import library
from reopen.records import (
    AlleleFrequencies,
    Family,
    KinshipModel,
    Locus,
    MapPosition,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Sex,
    alleles,
)
from reopen.weigh.families import family_table
from reopen.weigh.kinship import pedigree_likelihood
from reopen.weigh.simulate import draw_child, draw_references

STEPWISE = KinshipModel(
    Mutation(
        MutationModel(MutationKind.STEPWISE, 0.0005, 1e-6),
        MutationModel(MutationKind.STEPWISE, 0.002, 1e-6),
    )
)


def pedigree(lines: str) -> Pedigree:
    """Members as "id sex [father mother]", with commas between them."""
    rows = [line.split() for line in lines.split(",")]
    sexes = {"M": Sex.MALE, "F": Sex.FEMALE}
    return Pedigree(tuple(Member(id, sexes[sex], *parents) for id, sex, *parents in rows))


THREE_GENERATIONS = pedigree(
    "grandfather M, grandmother F, missing M grandfather grandmother, "
    "aunt F grandfather grandmother, uncle M grandfather grandmother, wife F, "
    "son M missing wife, daughter F missing wife"
)
COUSINS = pedigree(  # 31 people: d1 and d3, d5 and d7 are cousins and have children
    "a M, b F, c1 M a b, c2 F a b, c3 M a b, c4 F a b, s1 F, s2 M, s3 F, s4 M, "
    "d1 M c1 s1, d2 F c1 s1, d3 F s2 c2, d4 M s2 c2, d5 M c3 s3, d6 F c3 s3, d7 F s4 c4, "
    "d8 M s4 c4, e1 M d1 d3, e2 F d1 d3, e3 M d5 d7, e4 F d5 d7, w1 F, g1 M e1 w1, g2 F e1 w1, "
    "w2 M, g3 M w2 e4, g4 F w2 e4, t1 M, f1 F t1 d6, f2 M t1 d6"
)


def profiles(
    rng: np.random.Generator, family: Pedigree, population: Population, loci: list[Locus]
) -> dict[str, Reference]:
    """Everybody's profile, genes dropped down the pedigree."""
    people: dict[str, Reference] = {}
    for member in family.parents_first:
        if member.father is None or member.mother is None:
            (people[member.id],) = draw_references(rng, population, [member.id], loci=loci)
        else:
            father, mother = people[member.father], people[member.mother]
            people[member.id] = draw_child(rng, father, mother, member.id)
    return people


class Pedigrees:
    timer = process_time
    timeout = 600

    def setup(self) -> None:
        rng = np.random.default_rng(1)
        self.population = Population(library.population("nist1036-cauc"), 0.0)
        kit = library.kit("GlobalFiler")
        loci = [marker.locus for marker in kit.markers if marker.kind == "autosomal"]
        people = profiles(rng, THREE_GENERATIONS, self.population, loci)
        self.relatives = {id: people[id] for id in ("aunt", "uncle", "son", "daughter")}
        self.reunited = {**self.relatives, "missing": people["missing"]}
        people = profiles(rng, COUSINS, self.population, loci[:15])
        typed = ("e2", "e3", "d2", "d4", "g2", "g3", "f1", "d8")
        self.cousins = {id: people[id] for id in typed}
        self.time_three_generations()

    def time_three_generations(self) -> None:
        pedigree_likelihood(THREE_GENERATIONS, self.reunited, self.population, STEPWISE)

    def time_family_table(self) -> None:
        family = Family("A", THREE_GENERATIONS, self.relatives, ("missing",))
        family_table(family, "missing", self.population, STEPWISE)

    def time_marriages_of_cousins(self) -> None:
        """31 people, 8 typed at 15 loci."""
        pedigree_likelihood(COUSINS, self.cousins, self.population, STEPWISE)


class LinkedSnps:
    """1,000 SNPs on one chromosome of 250 cM, in the pedigree of three generations."""

    timer = process_time
    timeout = 600

    def setup(self) -> None:
        rng = np.random.default_rng(1)
        snps = [Locus(f"RS{k}") for k in range(1000)]
        labels = alleles(("A", "G"))
        shares = rng.uniform(0.1, 0.9, len(snps)).tolist()
        tables = {
            s: dict(zip(labels, (p, 1 - p), strict=True)) for s, p in zip(snps, shares, strict=True)
        }
        self.population = Population(AlleleFrequencies("invented", tables, "drawn"), 0.0)
        people = profiles(rng, THREE_GENERATIONS, self.population, snps)
        self.typed = {id: people[id] for id in ("aunt", "missing", "son")}
        self.positions = {snp: MapPosition("1", 0.25 * k) for k, snp in enumerate(snps)}

    def time_chromosome(self) -> None:
        model = KinshipModel(positions=self.positions)
        pedigree_likelihood(THREE_GENERATIONS, self.typed, self.population, model)


def main() -> None:
    """CPU seconds of each, best of three."""
    for suite in (Pedigrees(), LinkedSnps()):
        suite.setup()
        for name in dir(suite):
            if name.startswith("time_"):
                run = getattr(suite, name)
                run()
                seconds = []
                for _ in range(3):
                    start = process_time()
                    run()
                    seconds.append(process_time() - start)
                print(f"{name.removeprefix('time_'):24} {min(seconds):.4f} s")


if __name__ == "__main__":
    main()
