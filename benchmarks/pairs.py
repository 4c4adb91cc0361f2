"""Stains against stains: every two that may share a contributor.

`python -m benchmarks.pairs [STAINS] [--draws] [--workers N]` prints what a search takes, step by
step. The stains are of three people, simulated (NIST 1036 Caucasian, GlobalFiler) and taken apart
once; for a crowd of any size each locus of a contributor is taken from one of them, at random, in
the same place, and its alleles renamed by frequency: as clear and as unclear as real ones, and
unrelated. One stain in a hundred has the main contributor of the one
before. With --draws, 32 draws of each stain's parameters, else its fit.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np

from reopen.formats import library
from reopen.link.candidates import search_tables
from reopen.link.stains import LinkOptions, solve
from reopen.records import (
    REST,
    Allele,
    GenotypeLikelihoods,
    Locus,
    LocusLikelihoods,
    Population,
)
from reopen.weigh.averaged import Averaging
from reopen.weigh.compare import LocusTable
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.pair_sieve import bounded
from reopen.weigh.pairing import pairs_above
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.trace_arrays import Draws

KIT = library.kit("GlobalFiler")
LOCI = [marker.locus for marker in KIT.markers if marker.kind == "autosomal"]
POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
TAKEN_APART = 60
LEAST_LOG10 = 3.0


def solved_stains(n: int, draws: bool) -> list[Draws]:
    """Stains of three people with 150 to 1,500 RFU and all kinds of proportions, taken apart."""
    found: list[Draws] = []
    for seed in range(n):
        rng = np.random.default_rng(seed)
        donors = draw_references(rng, POPULATION, [f"{seed}{k}" for k in "abc"], loci=LOCI)
        shares = tuple(map(float, np.sort(rng.dirichlet([2.0, 2.0, 2.0]))[::-1]))
        height = float(np.exp(rng.uniform(np.log(150), np.log(1500))))
        peaks = PeakParameters(shares, height, 0.2, float(rng.uniform(0.75, 1.0)), 0.07)
        stain = draw_stain(rng, donors, POPULATION, KIT, peaks, id=f"S{seed}")
        options = LinkOptions(contributors=3, averaging=Averaging() if draws else None)
        solved = solve(stain, POPULATION, KIT, PeakModel(), options)
        found.append([solved.at_draw(k) for k in range(solved.draws)])
    return found


def crowd(solved: list[Draws], n: int, seed: int = 1) -> list[Draws]:
    """Stains drawn from those taken apart, contributor by contributor."""
    rng = np.random.default_rng(seed)
    found: list[Draws] = []
    for k in range(n):
        places = [_drawn(rng, solved, place) for place in range(3)]
        if k % 100 == 99:
            places[0] = [draw[0] for draw in found[-1]]
        found.append(list(zip(*places, strict=True)))
    return found


def _drawn(rng: np.random.Generator, solved: list[Draws], place: int) -> list[GenotypeLikelihoods]:
    """A contributor at each draw: each locus is that of another stain, its alleles renamed."""
    by_draw: list[dict[Locus, LocusLikelihoods]] = [{} for _ in range(max(map(len, solved)))]
    for locus, table in POPULATION.frequencies.by_locus.items():
        stain = solved[rng.integers(len(solved))]
        if locus not in stain[0][place].by_locus:
            continue
        labels = [label for label, frequency in table.items() if frequency > 0]
        chances = np.array([table[label] for label in labels])
        told = stain[0][place].by_locus[locus].alleles[:-1]
        names = rng.choice(labels, len(told), replace=False, p=chances / chances.sum())
        for k, by_locus in enumerate(by_draw):
            ln = stain[k % len(stain)][place].by_locus[locus].ln
            by_locus[locus] = LocusLikelihoods((*map(Allele, names), REST), ln)
    return [GenotypeLikelihoods("drawn", by_locus) for by_locus in by_draw]


def tables_of(stains: list[Draws]) -> dict[Locus, LocusTable]:
    met: dict[Locus, set[Allele]] = {}
    for stain in stains:
        for locus, likelihoods in (item for one in stain[0] for item in one.by_locus.items()):
            met.setdefault(locus, set()).update(likelihoods.alleles)
    return search_tables(LOCI, POPULATION, {k: labels - {REST} for k, labels in met.items()})


class Pairs:
    """A thousand stains of three with each other."""

    timeout = 600

    def setup_cache(self) -> list[Draws]:
        return crowd(solved_stains(20, draws=False), 1_000)

    def setup(self, stains: list[Draws]) -> None:
        self.tables = tables_of(stains)
        pairs_above(stains[:10], self.tables, LEAST_LOG10)  # compiled

    def time_pairs_above(self, stains: list[Draws]) -> None:
        pairs_above(stains, self.tables, LEAST_LOG10)

    def time_vectors(self, stains: list[Draws]) -> None:
        bounded([stain[0] for stain in stains], self.tables)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stains", type=int, nargs="?", default=10_000)
    parser.add_argument("--draws", action="store_true")
    parser.add_argument("--workers", type=int, default=1)
    asked = parser.parse_args()
    began = time.perf_counter()
    solved = solved_stains(TAKEN_APART, asked.draws)
    print(f"{TAKEN_APART} stains of three taken apart: {time.perf_counter() - began:.0f} s")
    stains = crowd(solved, asked.stains)
    tables = tables_of(solved)
    pairs_above(stains[:10], tables, LEAST_LOG10)  # compiled
    began = time.perf_counter()
    bounded([stain[0] for stain in stains], tables)
    vectors = (time.perf_counter() - began) * len(stains[0])
    began = time.perf_counter()
    found = pairs_above(stains, tables, LEAST_LOG10, workers=asked.workers)
    took = time.perf_counter() - began
    people = 3 * len(stains)
    pairs = people * (people - 1) / 2
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{len(stains)} stains, {people} contributors, {len(stains[0])} draws: {took:.1f} s,")
    print(f"  of which {vectors:.1f} s to make vectors; {pairs / took / 1e6:.1f} million pairs of")
    print(f"  contributors a second ({pairs / (took - vectors) / 1e6:.1f} without the vectors)")
    print(f"{len(found.one)} pairs of stains at 10^{LEAST_LOG10:.0f}; {peak:.1f} GiB at most")


if __name__ == "__main__":
    main()
