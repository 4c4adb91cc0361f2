"""Integrated LRs: their mean is 1 where the second proposition is true, and numbers of contributors
are as probable as is said.

    python -m verification.mean_integrated_lr --draws 1000

Parameters are drawn from the priors, people from the population, stains from the model; then all is
weighed with parameters and, in the second part, the number of contributors unknown.

strangers   the mean integrated LR of a random stranger is 1
numbers     of all numbers of contributors to which a probability is given, the true ones are as
            many as these probabilities say

One locus of four alleles for strangers and two for numbers, no drop-in: see `mean_lr` for why so
few. Unseen alleles are told apart, as they are in the simulator. Heights are believed to lie well
above the threshold, since a stain without a peak is not weighed at all.
Ends with status 1 where anything lies more than 4.5 standard errors off.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path

import numpy as np

from reopen.records import (
    Allele,
    AlleleFrequencies,
    Kit,
    Locus,
    Marker,
    Population,
    Propositions,
    Stain,
    proposition,
)
from reopen.weigh.coordinates import Coordinates
from reopen.weigh.importance import Sizes
from reopen.weigh.integrated import Integration, integrate_ratio
from reopen.weigh.model import Conventions, Dropin, PeakModel
from reopen.weigh.number_posterior import Setting, number_posterior
from reopen.weigh.priors import LogNormal, Priors
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter
from verification.common import RESULTS, Column, Json, made_with, table, write_table

LABELS = tuple(Allele(str(n)) for n in (8, 10, 12, 14))
LOCI = (Locus("ONE"), Locus("TWO"))
MARKERS = tuple(
    Marker(locus, "blue", {a: 100.0 + 100 * k + 4 * i for i, a in enumerate(LABELS)})
    for k, locus in enumerate(LOCI)
)
KIT = Kit("Invented", MARKERS, source="invented")
SMALL = Kit("Invented, small", MARKERS[:1], source="invented")
POPULATION = Population(
    AlleleFrequencies(
        "Invented people",
        {locus: dict(zip(LABELS, (0.1, 0.2, 0.3, 0.4), strict=True)) for locus in LOCI},
        "invented",
    ),
    theta=0.0,
)
MODEL = PeakModel(
    degradation=False,
    stutter=Stutter(back=False),
    dropin=Dropin(0.0),
    conventions=Conventions(unseen_alleles="apart"),
)
PRIORS = Priors(
    height_in_thresholds=LogNormal(12.0, 0.5), variability=LogNormal(0.25, 0.4, 0.02, 5.0)
)
HOW = Integration(PRIORS, Sizes(points=256, most=1024, target=0.05))
NUMBERS = {1: 1 / 3, 2: 1 / 3, 3: 1 / 3}
_BINS = (0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.01)
_FAR = 4.5


@dataclass(frozen=True)
class Looked:
    """One number looked at: what was seen, what is expected, and the standard error."""

    what: str
    draws: int
    seen: float
    expected: float
    error: float

    @property
    def off(self) -> float:
        return abs(self.seen - self.expected) / self.error


def stain_of(rng: np.random.Generator, people: int, kit: Kit) -> Stain:
    """A stain of so many people, parameters drawn from the priors."""
    donors = draw_references(rng, POPULATION, [f"donor {k}" for k in range(people)])
    low = MODEL.threshold_rfu
    assert isinstance(low, float)
    plain = Coordinates(people, False, (), least_height=low / 2)
    return draw_stain(rng, donors, POPULATION, kit, PRIORS.draw(rng, plain), MODEL, id="stain")


def of_strangers(rng: np.random.Generator, people: int, draws: int) -> Looked:
    """Mean LR that a stranger is one of the contributors."""
    found = []
    for _ in range(draws):
        stain = stain_of(rng, people, SMALL)
        (stranger,) = draw_references(rng, POPULATION, ["stranger"])
        pair = Propositions(
            proposition(stranger, unknowns=people - 1),
            proposition(unknowns=people, non_contributors=(stranger,)),
        )
        found.append(10 ** integrate_ratio(stain, pair, POPULATION, SMALL, MODEL, HOW).log10)
    error = float(np.std(found, ddof=1)) / sqrt(draws)
    what = f"mean LR of strangers, {people} contributor{'s' if people > 1 else ''}"
    return Looked(what, draws, float(np.mean(found)), 1.0, error)


def of_numbers(rng: np.random.Generator, draws: int) -> list[Looked]:
    """True numbers by the probability given to them, as many as expected or not."""
    said, true = [], []
    for _ in range(draws):
        people = int(rng.choice(list(NUMBERS), p=list(NUMBERS.values())))
        setting = Setting(stain_of(rng, people, KIT), POPULATION, KIT, MODEL, HOW, NUMBERS, most=3)
        for one in number_posterior(setting).numbers:
            said.append(0.0 if one.is_bound else one.probability)
            true.append(one.number == people)
    shares, hits = np.array(said), np.array(true)
    looked = []
    for low, high in pairwise(_BINS):
        here = (shares >= low) & (shares < high)
        error = max(sqrt((shares[here] * (1 - shares[here])).sum()), 1.0)
        what = f"true numbers, given {low:.0%} to {min(high, 1):.0%}"
        seen, expected = float(hits[here].sum()), float(shares[here].sum())
        looked.append(Looked(what, int(here.sum()), seen, expected, error))
    return looked


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--draws", type=int, default=1000, help="stains of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of all random draws")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    rng = np.random.default_rng(asked.seed)
    looked = [of_strangers(rng, people, asked.draws) for people in (1, 2)]
    looked += of_numbers(rng, asked.draws)
    furthest = max(one.off for one in looked)
    text = f"{asked.draws} stains of each kind, seed {asked.seed}.\n\n{as_table(looked)}\n\n"
    text += f"Furthest off: {furthest:.1f} standard errors; {_FAR} is a failure."
    data: dict[str, Json] = {
        "made": made_with(),
        "draws": asked.draws,
        "seed": asked.seed,
        "furthest": furthest,
        "failure_from": _FAR,
        "looked": [{**asdict(one), "off": one.off} for one in looked],
    }
    write_table(asked.out, "mean_integrated_lr", text, data)
    return int(furthest > _FAR)


def as_table(looked: list[Looked]) -> str:
    columns = [
        Column("what", number=False), Column("of"), Column("seen"), Column("expected"),
        Column("95 % interval", number=False), Column("errors off"),
    ]  # fmt: skip
    lines = []
    for one in looked:
        digits = 3 if one.what.startswith("mean") else 1
        low, high = one.seen - 1.96 * one.error, one.seen + 1.96 * one.error
        lines.append(
            [one.what, str(one.draws), f"{one.seen:.{digits}f}", f"{one.expected:.{digits}f}",
             f"{low:.{digits}f} to {high:.{digits}f}", f"{one.off:.1f}"]
        )  # fmt: skip
    return table(columns, lines)


if __name__ == "__main__":
    sys.exit(main())
