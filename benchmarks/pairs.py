"""Stains against stains: every two that may share a contributor.

`python -m benchmarks.pairs [STAINS] [--draws] [--json FILE]` prints what a search takes, step by
step, on one core and on two, its growth with the number of stains, and its share of what the
machine's matrix product would do. The stains are of three people, simulated (NIST 1036 Caucasian,
GlobalFiler) and taken apart once; for a crowd of any size each locus of a contributor is taken from
one of them, at random, in the same place, and its alleles renamed by frequency: as clear and as
unclear as real ones, and unrelated. One stain in a hundred has the main contributor of the one
before. With --draws, 32 draws of each stain's parameters, else its fit.
"""

from __future__ import annotations

import argparse
import json
from time import perf_counter

import numpy as np

from benchmarks.machine import Figure, matrix_flops, peak_gib, write
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
from reopen.weigh.pair_sieve import Shorter, bounded, may_reach_between
from reopen.weigh.pairing import pairs_above, weighed
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.trace_arrays import Draws, crowd_of

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
        labels, chances = list(table), np.array(list(table.values()))
        with np.errstate(divide="ignore"):
            waits = rng.exponential(size=len(labels)) / chances  # the shortest are drawn first
        told = stain[0][place].by_locus[locus].alleles[:-1]
        names = tuple(labels[at] for at in np.argsort(waits)[: len(told)])
        for k, by_locus in enumerate(by_draw):
            ln = stain[k % len(stain)][place].by_locus[locus].ln
            by_locus[locus] = LocusLikelihoods((*names, REST), ln)
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
        bounded(crowd_of([stain[:1] for stain in stains], self.tables))


def steps(stains: list[Draws], tables: dict[Locus, LocusTable]) -> dict[str, float]:
    """Seconds of each step at the first draw, on one core."""
    start = perf_counter()
    arrays = crowd_of([stain[:1] for stain in stains], tables)
    read = perf_counter()
    ready = bounded(arrays.at_draw(0))
    vectors = perf_counter()
    one, other = may_reach_between(ready, None, LEAST_LOG10)
    sieve = perf_counter()
    weighed(arrays, one, other, LEAST_LOG10, 1, 1)
    return {
        "arrays": read - start,
        "vectors": vectors - read,
        "sieve": sieve - vectors,
        "weighing": perf_counter() - sieve,
    }


def operations(stains: list[Draws], tables: dict[Locus, LocusTable]) -> int:
    """Multiplications and additions for a pair of contributors, were all its loci looked at."""
    ready = bounded(crowd_of([stain[:1] for stain in stains], tables))
    shorter = Shorter(ready)
    return 2 * sum(
        shorter(locus, ready.at_locus(locus)[:1]).shape[1] for locus in range(len(tables))
    )


def n_pairs(stains: list[Draws]) -> int:
    """Pairs of contributors at all draws; all stains are of three."""
    people = 3 * len(stains)
    return people * (people - 1) // 2 * len(stains[0])


def at_once(
    stains: list[Draws], tables: dict[Locus, LocusTable], workers: int
) -> dict[str, Figure]:
    """A whole search."""
    start = perf_counter()
    found = pairs_above(stains, tables, LEAST_LOG10, workers=workers)
    took = perf_counter() - start
    return {
        "stains": len(stains),
        "cores": workers,
        "seconds": took,
        "million pairs of contributors a second": n_pairs(stains) / took / 1e6,
        "pairs of stains found": len(found.one),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stains", type=int, nargs="?", default=10_000)
    parser.add_argument("--draws", action="store_true", help="32 draws of each stain's parameters")
    parser.add_argument("--json", metavar="FILE", help="figures for pictures and comparisons")
    asked = parser.parse_args()
    solved = solved_stains(TAKEN_APART, asked.draws)
    stains, tables = crowd(solved, asked.stains), tables_of(solved)
    pairs_above(stains[:1000], tables, LEAST_LOG10)  # compiled
    parts = steps(stains, tables)
    growth = [at_once(stains[: asked.stains // k], tables, 1) for k in (16, 8, 4, 2, 1)]
    two = at_once(stains, tables, 2)
    flops, each = matrix_flops(), operations(stains, tables)
    whole = n_pairs(stains) * each / flops
    draws = len(stains[0])
    figures: dict[str, Figure] = {
        "draws": draws,
        "threshold, log10": LEAST_LOG10,
        "steps at one draw, seconds": dict(parts),
        "growth": growth,
        "two cores": two,
        "matrix product, GFLOP/s": flops / 1e9,
        "operations for a pair, all loci": each,
        "those at the matrix product's speed, seconds": whole,
        "share of that speed, sieve alone": whole / draws / parts["sieve"],
        "memory at most, GiB": peak_gib(),
    }
    for name, figure in figures.items():
        print(f"{name}: {json.dumps(figure)}")
    write(figures, asked.json)


if __name__ == "__main__":
    main()
