"""Invented cold cases: one stain each, typed with the kits of five decades, many of them poor.

A stain has one to three people in it and is drawn from the peak-height model; what it was drawn
from is kept beside it. Not here: searching them (`the_fourteen`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from reopen.formats import library
from reopen.records import Kit, Locus, Population, Purpose, Reference, Stain
from reopen.weigh.model import Dropin, PeakModel, PeakParameters
from reopen.weigh.simulate import draw_family, draw_references, draw_stain

POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
LABORATORY = PeakModel(threshold_rfu=50.0, dropin=Dropin(0.02, 0.02))
KITS = {"SGM Plus": 0.25, "Identifiler": 0.25, "NGM SElect": 0.15, "GlobalFiler": 0.20,
        "PowerPlex Fusion 6C": 0.15}  # fmt: skip
PEOPLE = {1: 0.55, 2: 0.35, 3: 0.10}
"""Contributors of a stain, and the share of stains that have so many."""

SERIES = 14
DEGRADED = 7
"""Of the fourteen: low and degraded beyond what the other cases are."""

_BACK_STUTTER = 0.06
_REPEATED = 0.1  # of the other cases: two of one offender


@dataclass(frozen=True, slots=True)
class ColdCase:
    """A stain, and what nobody knows of it: who left it with which share, and how it kept."""

    stain: Stain
    donors: tuple[str, ...]
    how: PeakParameters

    @property
    def told(self) -> str:
        """The offender's part, who is first, in words."""
        mine, others = self.how.proportions[0], len(self.donors) - 1
        beside = f", {mine:.0%} beside {others}" if others else ""
        return (
            f"{self.stain.kit}{beside}, {mine * self.how.height_rfu:.0f} RFU, "
            f"degradation {self.how.degradation:.2f}"
        )


@dataclass(frozen=True, slots=True)
class Planted:
    """Fourteen cases of one donor, whom no search knows; his brother's stain and reference."""

    cases: tuple[ColdCase, ...]
    donor: Reference
    of_brother: ColdCase
    brother: Reference


def _loci(kits: dict[str, Kit]) -> tuple[Locus, ...]:
    listed = POPULATION.frequencies.by_locus
    typed = (m.locus for kit in kits.values() for m in kit.markers if m.kind == "autosomal")
    return tuple(dict.fromkeys(locus for locus in typed if locus in listed))


BY_NAME = {name: library.kit(name) for name in KITS}
LOCI = _loci(BY_NAME)


def other_cases(number: int, seed: int) -> Iterator[ColdCase]:
    """So many cases, each of an offender of its own but for pairs: one in twenty offenders left
    two. Each is drawn from a seed of its own, so that fewer are the first of more."""
    before: Reference | None = None
    for k in range(number):
        rng = np.random.default_rng([seed, 0, k])
        name = f"K-{k:05d}"
        again = before is not None and rng.random() < _REPEATED / 2
        offender = before if again else _person(rng, f"{name} offender")
        assert offender is not None, "the first case is of nobody before"
        yield _case(rng, name, offender, degraded=bool(rng.random() < 0.25))
        before = None if again else offender


def planted(seed: int) -> Planted:
    """The fourteen of a seed: unlike each other in kit, number of people, share and condition."""
    rng = np.random.default_rng([seed, 1])
    family = draw_family(rng, POPULATION, "father", "mother", ("donor", "brother"), loci=LOCI)
    donor, brother = (replace(child, id=f"{child.id} {seed}") for child in family.children)
    degraded = rng.permutation(np.arange(SERIES) < DEGRADED).tolist()
    cases = tuple(
        _case(rng, f"P-{seed}-{k + 1:02d}", donor, degraded=is_so)
        for k, is_so in enumerate(degraded)
    )
    his = _case(rng, f"B-{seed}", brother, degraded=False)
    on_file = [
        replace(one, purpose=Purpose.DATABASE, kit="GlobalFiler") for one in (donor, brother)
    ]
    return Planted(cases, on_file[0], his, on_file[1])


def _person(rng: np.random.Generator, name: str) -> Reference:
    return draw_references(rng, POPULATION, [name], loci=LOCI, purpose=Purpose.UNIDENTIFIED)[0]


def _case(rng: np.random.Generator, name: str, offender: Reference, *, degraded: bool) -> ColdCase:
    kit = BY_NAME[str(rng.choice(list(KITS), p=list(KITS.values())))]
    n = int(rng.choice(list(PEOPLE), p=list(PEOPLE.values())))
    people = [offender, *(_person(rng, f"{name} person {i + 2}") for i in range(n - 1))]
    low, high = (80.0, 300.0) if degraded else (250.0, 2500.0)
    how = PeakParameters(
        tuple(rng.dirichlet(np.full(n, 2.0)).tolist()),
        float(np.exp(rng.uniform(np.log(low), np.log(high)))),
        float(rng.uniform(0.25, 0.35) if degraded else rng.uniform(0.15, 0.28)),
        float(rng.uniform(0.3, 0.55) if degraded else rng.uniform(0.6, 0.95)),
        _BACK_STUTTER,
    )
    stain = draw_stain(rng, people, POPULATION, kit, how, LABORATORY, id=name, case=name)
    return ColdCase(stain, tuple(person.id for person in people), how)
