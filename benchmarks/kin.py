"""Relatives in bulk: one person against a million typed ones, all pairs of a set, and kappa."""

from __future__ import annotations

import numpy as np

from reopen.formats import library
from reopen.kernels.genotypes import probabilities
from reopen.link.candidates import search_tables
from reopen.records import (
    FULL_SIBLINGS,
    HALF_SIBLINGS,
    PARENT_CHILD,
    KinshipModel,
    Mutation,
    MutationKind,
    MutationModel,
    Population,
    relation_named,
)
from reopen.weigh.compare import contributors, reference_likelihoods
from reopen.weigh.identity import identity_of
from reopen.weigh.kappa import estimate_kappa
from reopen.weigh.relations import Kin, TypedPeople, against_typed, every_pair, related_tables
from reopen.weigh.simulate import draw_references

STEPWISE = KinshipModel(
    Mutation(
        MutationModel(MutationKind.STEPWISE, 0.0005, 1e-6),
        MutationModel(MutationKind.STEPWISE, 0.002, 1e-6),
    )
)


class OneAgainstMany:
    """NIST 1036 Caucasian frequencies with theta 0.01, the 23 autosomal loci of Fusion 6C.

    Times are for one million people: tables of the one person included.
    """

    params = ([PARENT_CHILD.name, FULL_SIBLINGS.name, HALF_SIBLINGS.name],)
    param_names = ("relation",)
    people = 1_000_000

    def setup(self, relation: str) -> None:
        rng = np.random.default_rng(1)
        population = Population(library.population("nist1036-cauc"))
        kit = library.kit("Fusion 6C")
        loci = [marker.locus for marker in kit.markers if marker.kind == "autosomal"]
        self.tables = search_tables(loci, population, {})
        rows = [
            rng.choice(len(prior), size=self.people, p=prior / prior.sum()).astype(np.uint16)
            for table in self.tables.values()
            for prior in [probabilities(table.frequency, table.theta)]
        ]
        self.typed = TypedPeople(self.tables, np.array(rows))
        one = draw_references(rng, population, ["A"], loci=loci)[0]
        self.one, _ = contributors([reference_likelihoods(one)], self.tables)
        self.kin = Kin(relation_named(relation))
        self.few = TypedPeople(self.tables, np.ascontiguousarray(self.typed.numbers[:, :3000]))
        self.both = draw_references(rng, population, ["A", "B"], loci=loci)
        self.population = population
        self.time_one_against_a_million(relation)

    def time_one_against_a_million(self, relation: str) -> None:
        against_typed(related_tables(self.one, self.kin), 0, self.typed)

    def time_with_stepwise_mutation(self, relation: str) -> None:
        against_typed(related_tables(self.one, self.kin, STEPWISE), 0, self.typed)

    def time_all_pairs_of_3000(self, relation: str) -> None:
        for _ in every_pair(self.few, self.kin):
            pass

    def time_kappa_with_1000_simulated_pairs(self, relation: str) -> None:
        estimate_kappa(*self.both, self.population, identity_of(self.kin.relation))
