"""The mean LR of people who did not leave a stain is 1, with parameters that are known.

    python -m verification.mean_lr --draws 800

Stains of one and of two people are drawn from the model and weighed at the parameters they were
drawn with: a maximised LR promises no such mean. Two laws are looked at.

strangers   for each contributor, the mean LR of random strangers is 1: priors and likelihoods are
            put together rightly
donors      of all genotypes to which a probability is given, the true ones are as many as these
            probabilities say: the likelihood is the law by which stains come about

Genotypes of two alleles that were not seen are shown by themselves: the model takes all unseen
alleles for one, with one peak of twice the height (docs/methods.md), and holds them too improbable.
They and the stains with a faint contributor, where they are many, are shown and not judged.

Ends with status 1 where anything else lies more than 4.5 standard errors off. Two loci of six
alleles: an LR of a whole profile is 0 for nearly everybody and huge for the few, and no number of
draws would show its mean.

Source: Good 1950, after Turing: the mean of a likelihood ratio where the denominator is true.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

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
    judged: bool = True


SCENES = (
    Scene("one person", (1.0,), 300.0),
    Scene("two people", (0.7, 0.3), 400.0),
    Scene("two people, alike", (0.55, 0.45), 300.0),
    Scene("two people, one faint", (0.85, 0.15), 500.0, judged=False),
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
    for locus, table in tables.items():
        every = np.arange(len(table.prior))
        said.append(np.exp(locus_terms(people, locus, every)) * table.prior)
        true.append(numbers[locus][:, None] == every)
        seen = {peak.allele for peak in stain.replicates[0].peaks[locus]}
        gone = np.array([a not in seen for a in table.alleles])
        first, second = pairs(len(gone))
        unseen.append(np.broadcast_to(gone[first] & gone[second], true[-1].shape))
    stacked = (np.stack(part, axis=1).astype(float) for part in (said, true, unseen))
    return lr.mean(axis=1), *stacked


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--draws", type=int, default=800, help="stains of each kind")
    parser.add_argument("--seed", type=int, default=1, help="of all random draws")
    asked = parser.parse_args(arguments)
    tables = {locus: table for locus in LOCI if (table := locus_table(locus, POPULATION, set()))}
    rng = np.random.default_rng(asked.seed)
    print(f"{asked.draws} stains of each kind, seed {asked.seed}")
    furthest = 0.0
    for scene in SCENES:
        drawn = [weighed(rng, scene, tables) for _ in range(asked.draws)]
        strangers, *probabilities = (np.array(part) for part in zip(*drawn, strict=True))
        off = max(show_strangers(scene, strangers), show_donors(*probabilities))
        furthest = max(furthest, off) if scene.judged else furthest
    print(f"furthest off: {furthest:.1f} standard errors (more than {_FAR} is a failure)")
    return int(furthest > _FAR)


def show_strangers(scene: Scene, means: Floats) -> float:
    """Mean LR of each contributor with strangers; how many standard errors the furthest is off."""
    furthest = 0.0
    for k, share in enumerate(scene.shares):
        mean, error = means[:, k].mean(), means[:, k].std(ddof=1) / sqrt(len(means))
        print(f"{scene.name}, {share:.0%} of it: mean LR of strangers {mean:.3f} ± {error:.3f}")
        furthest = max(furthest, abs(mean - 1) / error)
    return furthest


def show_donors(said: Floats, true: Floats, unseen: Floats) -> float:
    """True genotypes by the probability given to them, as many as expected or not."""
    furthest = 0.0
    for low, high in pairwise(_BINS):
        chosen = (said >= low) & (said < high) & (unseen == 0)
        off = show_count(f"{low:.0%} to {min(high, 1):.0%}", said[chosen], true[chosen])
        furthest = max(furthest, off)
    show_count("two unseen", said[unseen == 1], true[unseen == 1])
    return furthest


def show_count(name: str, said: Floats, true: Floats) -> float:
    """How many were true, how many were said to be; and by how many standard errors they differ."""
    expected, seen = said.sum(), true.sum()
    error = sqrt((said * np.maximum(1 - said, 0)).sum())
    print(f"    {name:12} {seen:6.0f} true, {expected:8.1f} ± {error:.1f} said")
    return float(abs(seen - expected) / max(error, 1.0))


if __name__ == "__main__":
    sys.exit(main())
