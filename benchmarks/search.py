"""A search: one stain's contributors against a large reference database, and all stains paired."""

from __future__ import annotations

import numpy as np

from reopen.formats import library
from reopen.link.candidates import search_tables
from reopen.records import GenotypeLikelihoods, Population
from reopen.weigh.compare import (
    against_each_other,
    against_references,
    contributors,
    genotype_numbers,
    reference_likelihoods,
)
from reopen.weigh.simulate import draw_references


class Search:
    """NIST 1036 Caucasian frequencies, the kit's 21 autosomal loci."""

    params = ([1_000, 20_000],)
    param_names = ("references",)

    def setup(self, references: int) -> None:
        rng = np.random.default_rng(1)
        population = Population(library.population("nist1036-cauc"))
        kit = library.kit("GlobalFiler")
        loci = [m.locus for m in kit.markers if m.kind == "autosomal"]
        people = draw_references(rng, population, [f"R{k}" for k in range(references)], loci=loci)
        self.tables = search_tables(loci, population, {})
        self.numbers = genotype_numbers(people, self.tables)
        self.people = people
        some: list[GenotypeLikelihoods] = [reference_likelihoods(p) for p in people[:150]]
        self.known, _ = contributors(some, self.tables)

    def time_number_references(self, references: int) -> None:
        genotype_numbers(self.people, self.tables)

    def time_against_references(self, references: int) -> None:
        against_references(self.known, self.numbers)

    def time_against_each_other(self, references: int) -> None:
        against_each_other(self.known)
