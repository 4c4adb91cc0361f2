"""Power of a family of the missing: the whole curve, and relatives ranked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reopen.formats import library
from reopen.records import (
    Family,
    KinshipModel,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Sex,
)
from reopen.weigh.family_power import family_power
from reopen.weigh.next_relative import who_to_sample
from reopen.weigh.simulate import draw_child, draw_references

STEPWISE = KinshipModel(
    Mutation(
        MutationModel(MutationKind.STEPWISE, 0.0005, 1e-6),
        MutationModel(MutationKind.STEPWISE, 0.002, 1e-6),
    )
)
F, M = Sex.FEMALE, Sex.MALE
PEDIGREE = Pedigree(
    (
        Member("grandfather", M), Member("grandmother", F), Member("mother", F),
        Member("father", M, "grandfather", "grandmother"),
        Member("aunt", F, "grandfather", "grandmother"),
        Member("missing", M, "father", "mother"), Member("sister", F, "father", "mother"),
    )
)  # fmt: skip


class Power:
    """Grandmother and aunt typed at the 23 autosomal loci of Fusion 6C, stepwise mutation,
    theta 0.01; a mother, a father, a sister and a grandfather may be sampled next.
    """

    def setup(self) -> None:
        rng = np.random.default_rng(1)
        self.population = Population(library.population("nist1036-cauc"), theta=0.01)
        kit = library.kit("Fusion 6C")
        loci = [marker.locus for marker in kit.markers if marker.kind == "autosomal"]
        he, she = draw_references(rng, self.population, ["he", "grandmother"], loci=loci)
        aunt = draw_child(rng, he, she, "aunt")
        profiles = {"grandmother": she, "aunt": aunt}
        self.family = Family("f", PEDIGREE, profiles, ("missing",))
        self.time_whole_curve()

    def time_whole_curve(self) -> None:
        """Inclusion, exclusion and chance at every threshold, within 0.005 of a log10 LR."""
        family_power(self.family, "missing", self.population, STEPWISE)

    def time_rank_four_relatives(self) -> None:
        """With theta: two thirds of the time go to SE33."""
        who_to_sample(self.family, "missing", self.population, STEPWISE)

    def time_rank_four_relatives_without_theta(self) -> None:
        plain = replace(self.population, theta=0.0)
        who_to_sample(self.family, "missing", plain, STEPWISE)
