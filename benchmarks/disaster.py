"""Ten victims by ten missing people, five of each sex: 2,390,116 assignments, exact probabilities.

GlobalFiler's 21 autosomal loci, stepwise mutation. From profiles to conclusions; nothing is read.
By hand, with CPU times: python -m benchmarks.disaster
"""

from __future__ import annotations

from time import process_time

import numpy as np

from reopen.formats import library
from reopen.link.dvi import Identification, identify
from reopen.link.dvi_people import sought
from reopen.link.dvi_terms import FamilyTerms
from reopen.records import (
    Family,
    KinshipModel,
    Member,
    Mutation,
    MutationKind,
    MutationModel,
    Pedigree,
    Population,
    Reference,
    Sex,
)
from reopen.weigh.simulate import draw_child, draw_references

STEPS = MutationModel(MutationKind.STEPWISE, 0.001, 1e-6)
MODEL = KinshipModel(Mutation(STEPS, STEPS))
LOCI = [m.locus for m in library.kit("GlobalFiler").markers if m.kind == "autosomal"]
SHAPES = {
    "ten families": (1,) * 10,
    "five families of two": (2,) * 5,
    "three families of 4, 3 and 3": (4, 3, 3),
}


class Disaster:
    """Families of parents and children: a parent and, in every other family, a sibling typed."""

    params = (list(SHAPES), [0.0, 0.01])
    param_names = ("families", "theta")

    def setup(self, shape: str, theta: float) -> None:
        rng = np.random.default_rng(1)
        self.population = Population(library.population("nist1036-cauc"), theta=theta)
        self.families: list[Family] = []
        self.profiles: dict[str, Reference] = {}
        self.sexes: dict[str, Sex] = {}
        for k, n in enumerate(SHAPES[shape]):
            self._family(rng, k, n)

    def _family(self, rng: np.random.Generator, k: int, n: int) -> None:
        he, she = draw_references(rng, self.population, ["he", "she"], loci=LOCI)
        members = [Member("he", Sex.MALE), Member("she", Sex.FEMALE)]
        missing = []
        for _ in range(n):
            place = len(self.profiles)
            sex = Sex.FEMALE if place % 2 else Sex.MALE
            self.profiles[f"V{place}"] = draw_child(rng, he, she, f"V{place}")
            self.sexes[f"V{place}"] = sex
            members.append(Member(f"M{place}", sex, "he", "she"))
            missing.append(f"M{place}")
        typed = {"she": she}
        if k % 2:
            members.append(Member("sister", Sex.FEMALE, "he", "she"))
            typed["sister"] = draw_child(rng, he, she, "sister")
        self.families.append(Family(f"F{k}", Pedigree(tuple(members)), typed, tuple(missing)))

    def identify(self) -> Identification:
        terms = FamilyTerms(
            self.families, sought(self.families), self.profiles, self.population, MODEL
        )
        return identify(self.sexes, self.families, terms)

    def time_identify(self, shape: str, theta: float) -> None:
        self.identify()

    def peakmem_identify(self, shape: str, theta: float) -> None:
        self.identify()


def main() -> None:
    """CPU seconds of the second run, when kernels are loaded."""
    for shape in SHAPES:
        for theta in Disaster.params[1]:
            disaster = Disaster()
            disaster.setup(shape, theta)
            for _ in range(2):
                start = process_time()
                found = disaster.identify()
                took = process_time() - start
            print(
                f"{shape}, theta {theta:g}: {found.assignments:,} assignments, "
                f"{took:.2f} CPU seconds, best with probability {found.joint.best.posterior:.4f}"
            )


if __name__ == "__main__":
    main()
