"""Families of the missing: 200 families against 5,000 remains and references, from raw records."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reopen.formats import library
from reopen.link import LinkOptions, Sought, link
from reopen.link.candidates import search_tables
from reopen.link.sought import missing_members
from reopen.records import (
    Family,
    Genotype,
    KinshipModel,
    Locus,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Remains,
    Sex,
)
from reopen.weigh.compare import genotype_numbers
from reopen.weigh.simulate import draw_child, draw_family, draw_references

STEPWISE = KinshipModel(
    Mutation(
        MutationModel(MutationKind.STEPWISE, 0.0005, 1e-6),
        MutationModel(MutationKind.STEPWISE, 0.002, 1e-6),
    )
)
CHILDREN = Pedigree(
    (
        Member("father", Sex.MALE),
        Member("mother", Sex.FEMALE),
        Member("missing", Sex.MALE, "father", "mother"),
        Member("sister", Sex.FEMALE, "father", "mother"),
        Member("wife", Sex.FEMALE),
        Member("child", Sex.FEMALE, "missing", "wife"),
    )
)
TYPED = (("mother", "sister"), ("mother", "child"), ("sister",), ("child", "wife"), ("mother",))


class TwoHundredFamilies:
    """Four sets of typed relatives; 1,000 remains, 30 % of them degraded, of whom 180 are the
    missing; 4,000 references. NIST 1036 Caucasian, 22 autosomal loci, stepwise mutation.
    """

    params = ([0.0, 0.01],)
    param_names = ("theta",)
    families, remains, references = 200, 1000, 4000

    def setup(self, theta: float) -> None:
        rng = np.random.default_rng(1)
        population = Population(library.population("nist1036-cauc"), theta)
        kit = library.kit("Fusion 6C")
        loci = [m.locus for m in kit.markers if m.kind == "autosomal" and m.locus != "Penta E"]
        found, bodies = [], []
        for k in range(self.families):
            drawn = draw_family(
                rng, population, "father", "mother", ["missing", "sister"], loci=loci
            )
            wife = draw_references(rng, population, ["wife"], loci=loci)[0]
            child = draw_child(rng, drawn.children[0], wife, "child")
            people = {"mother": drawn.mother, "sister": drawn.children[1], "wife": wife,
                      "child": child}  # fmt: skip
            typed = {id: people[id] for id in TYPED[k % len(TYPED)]}
            found.append(Family(f"F{k}", CHILDREN, typed, ("missing",)))
            if k % 10:
                bodies.append(drawn.children[0])
        others = self.remains - len(bodies)
        bodies += draw_references(rng, population, [f"B{k}" for k in range(others)], loci=loci)
        self.population, self.loci = population, loci
        self.references_drawn = draw_references(
            rng, population, [f"R{k}" for k in range(self.references)], loci=loci
        )
        bones = tuple(
            Remains(f"U{k}", _degraded(rng, body) if k % 10 < 3 else body, Sex.MALE,
                    0.1 if k % 10 < 3 else 0.0)
            for k, body in enumerate(bodies)
        )  # fmt: skip
        self.sought = Sought(tuple(found), bones, model=STEPWISE)
        self.tables = search_tables(loci, population, self.sought.alleles_met)
        self.missing, _ = missing_members(self.sought, population, self.tables)
        self.new = draw_references(rng, population, ["new"], loci=loci)[0]

    def time_everything_from_raw_records(self, theta: float) -> None:
        options = LinkOptions(least_log10=4.0, workers=1)
        link((), self.references_drawn, self.population, {}, None, options, sought=self.sought)

    def time_tables_of_the_families(self, theta: float) -> None:
        missing_members(self.sought, self.population, self.tables)

    def time_one_new_profile(self, theta: float) -> None:
        ratios = self.missing.ln_ratio
        numbers = genotype_numbers([self.new], self.tables)
        sum(ratios[locus][:, number[0]] for locus, number in numbers.items())


def _degraded(rng: np.random.Generator, body: Reference) -> Reference:
    typed: dict[Locus, Genotype] = {}
    for locus, genotype in body.genotypes.items():
        seen = [allele for allele in genotype.pair if rng.random() > 0.1]
        if seen:
            typed[locus] = Genotype(tuple(dict.fromkeys(seen)))
    return replace(body, genotypes=typed)
