"""The mean LR of people who did not leave a stain is 1, with parameters that are known.

    python -m verification.mean_lr --draws 800

Stains of one and of two people are drawn from the model and weighed at the parameters they were
drawn with: a maximised LR promises no such mean. Two laws are looked at.

strangers   for each contributor, the mean LR of random strangers is 1: priors and likelihoods are
            put together rightly
donors      of all genotypes to which a probability is given, the true ones are as many as these
            probabilities say: the likelihood is the law by which stains come about

Genotypes of two alleles that were not seen are shown by themselves: they are what a faint
contributor's are taken for.

Ends with status 1 where anything lies more than 4.5 standard errors off. Two loci of six
alleles: an LR of a whole profile is 0 for nearly everybody and huge for the few, and no number of
draws would show its mean.

Source: Good 1950, after Turing: the mean of a likelihood ratio where the denominator is true.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path

import numpy as np

from reopen.kernels.genotypes import pairs
from reopen.kernels.shapes import Floats
from reopen.records import Allele, AlleleFrequencies, Kit, Locus, Marker, Population, proposition
from reopen.weigh.compare import (
    LocusTable,
    against_references,
    contributors,
    genotype_numbers,
    locus_table,
    locus_terms,
)
from reopen.weigh.deconvolve import deconvolve
from reopen.weigh.encode import encode
from reopen.weigh.fit import given
from reopen.weigh.mixture import MixtureLikelihood
from reopen.weigh.model import Dropin, PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter
from verification.common import RESULTS, Column, Json, made_with, table, write_table

LABELS = tuple(Allele(str(n)) for n in (8, 10, 12, 14, 16, 18))
LOCI = (Locus("ONE"), Locus("TWO"))
KIT = Kit(
    "Invented",
    tuple(
        Marker(locus, "blue", {a: start + 4.0 * int(a) for a in LABELS})
        for locus, start in zip(LOCI, (80.0, 230.0), strict=True)
    ),
    source="invented",
)
TABLE = dict(zip(LABELS, (0.05, 0.1, 0.15, 0.2, 0.2, 0.3), strict=True))
POPULATION = Population(
    AlleleFrequencies("Invented people", dict.fromkeys(LOCI, TABLE), "invented"), theta=0.0
)
MODEL = PeakModel(degradation=False, stutter=Stutter(back=False), dropin=Dropin(0.0))
STRANGERS = 200  # asked about each stain
_BINS = (0.0, 0.01, 0.1, 0.5, 0.9, 0.99, 1.01)  # of probabilities given to genotypes
_FAR = 4.5  # standard errors; about thirty numbers are looked at


@dataclass(frozen=True)
class Scene:
    """Stains of one kind: the contributors' shares and the height of one copy of all, RFU."""

    name: str
    shares: tuple[float, ...]
    height_rfu: float


SCENES = (
    Scene("one person", (1.0,), 300.0),
    Scene("two people", (0.7, 0.3), 400.0),
    Scene("two people, alike", (0.55, 0.45), 300.0),
    Scene("two people, one faint", (0.85, 0.15), 500.0),
)


def weighed(
    rng: np.random.Generator, scene: Scene, tables: dict[Locus, LocusTable]
) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean LR of strangers, (contributor,); the probability of each genotype, whether it is the
    donor's, and whether both its alleles are unseen, each (contributor, locus, genotype)."""
    truth = PeakParameters(scene.shares, scene.height_rfu, variability=0.35)
    names = [str(k) for k in range(len(scene.shares))]
    donors = draw_references(rng, POPULATION, names)
    strangers = draw_references(rng, POPULATION, [str(k) for k in range(STRANGERS)])
    stain = draw_stain(rng, donors, POPULATION, KIT, truth, MODEL, id="stain")
    unknown = proposition(unknowns=len(scene.shares))
    likelihood = MixtureLikelihood(encode(stain, unknown, POPULATION, KIT, MODEL))
    found = deconvolve(likelihood, truth, given(likelihood, truth))
    people, _ = contributors(found.likelihoods, tables)
    lr = 10 ** against_references(people, genotype_numbers(strangers, tables))
    numbers = genotype_numbers(donors, tables)
    said, true, unseen = [], [], []
    for locus, listed in tables.items():
        every = np.arange(len(listed.prior))
        said.append(np.exp(locus_terms(people, locus, every)) * listed.prior)
        true.append(numbers[locus][:, None] == every)
        seen = {peak.allele for peak in stain.replicates[0].peaks[locus]}
        gone = np.array([a not in seen for a in listed.alleles])
        first, second = pairs(len(gone))
        unseen.append(np.broadcast_to(gone[first] & gone[second], true[-1].shape))
    stacked = (np.stack(part, axis=1).astype(float) for part in (said, true, unseen))
    return lr.mean(axis=1), *stacked


@dataclass(frozen=True)
class Looked:
    """One number looked at: what was seen, what is expected, and the standard error."""

    scene: str
    what: str
    seen: float
    expected: float
    error: float

    @property
    def off(self) -> float:
        """How many standard errors lie between them."""
        return abs(self.seen - self.expected) / self.error


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--draws", type=int, default=800, help="stains of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of all random draws")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args(arguments)
    tables = {locus: table for locus in LOCI if (table := locus_table(locus, POPULATION, set()))}
    rng = np.random.default_rng(asked.seed)
    looked = []
    for scene in SCENES:
        drawn = [weighed(rng, scene, tables) for _ in range(asked.draws)]
        strangers, *probabilities = (np.array(part) for part in zip(*drawn, strict=True))
        looked += [*of_strangers(scene, strangers), *of_donors(scene, *probabilities)]
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
    write_table(asked.out, "mean_lr", text, data)
    return int(furthest > _FAR)


def of_strangers(scene: Scene, means: Floats) -> list[Looked]:
    """Mean LR of each contributor with strangers; shape of means (stain, contributor)."""
    found = []
    for k, share in enumerate(scene.shares):
        error = float(means[:, k].std(ddof=1)) / sqrt(len(means))
        what = f"mean LR of strangers with the {share:.0%}"
        found.append(Looked(scene.name, what, float(means[:, k].mean()), 1.0, error))
    return found


def of_donors(scene: Scene, said: Floats, true: Floats, unseen: Floats) -> list[Looked]:
    """True genotypes by the probability given to them, as many as expected or not."""
    found = []
    for low, high in pairwise(_BINS):
        here = (said >= low) & (said < high) & (unseen == 0)
        name = f"donors' genotypes of {low:.0%} to {min(high, 1):.0%}"
        found.append(_number(scene, name, said[here], true[here]))
    both = unseen == 1
    found.append(_number(scene, "donors' genotypes, two unseen", said[both], true[both]))
    return found


def _number(scene: Scene, name: str, said: Floats, true: Floats) -> Looked:
    """How many were true, how many were said to be."""
    error = max(sqrt((said * np.maximum(1 - said, 0)).sum()), 1.0)
    return Looked(scene.name, name, float(true.sum()), float(said.sum()), error)


def as_table(looked: Sequence[Looked]) -> str:
    columns = [
        Column("stains of", number=False), Column("what", number=False), Column("seen"),
        Column("expected"), Column("95 % interval", number=False), Column("errors off"),
    ]  # fmt: skip
    lines = []
    for one in looked:
        digits = 3 if one.what.startswith("mean") else 1
        low, high = one.seen - 1.96 * one.error, one.seen + 1.96 * one.error
        lines.append(
            [one.scene, one.what, f"{one.seen:.{digits}f}", f"{one.expected:.{digits}f}",
             f"{low:.{digits}f} to {high:.{digits}f}", f"{one.off:.1f}"]
        )  # fmt: skip
    return table(columns, lines)


if __name__ == "__main__":
    sys.exit(main())
