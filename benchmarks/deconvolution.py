"""Stains taken apart for a search: the fit, the genotypes, and 32 draws of the parameters.

`python -m benchmarks.deconvolution [STAINS]` prints what so many three-person stains take, with one
process and with one for each core, each told the number of contributors.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Sequence
from time import perf_counter

import numpy as np

from reopen.engine.elsewhere import done_by
from reopen.engine.local import Local
from reopen.formats import library
from reopen.link.stains import LinkOptions, quiet, solve
from reopen.link.works import solve_all
from reopen.records import Population, Stain
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain

POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
KIT = library.kit("GlobalFiler")
LOCI = [marker.locus for marker in KIT.markers if marker.kind == "autosomal"]
MODEL = PeakModel()


def invented(number: int, persons: int = 3, seed: int = 1) -> list[Stain]:
    """Stains of so many people in all proportions, from 300 to 3,000 RFU."""
    rng = np.random.default_rng(seed)
    stains = []
    for k in range(number):
        people = draw_references(rng, POPULATION, [f"{k}.{i}" for i in range(persons)], loci=LOCI)
        shares = tuple(rng.dirichlet(np.full(persons, 2.0)).tolist())
        how = PeakParameters(shares, float(300 * 10.0 ** rng.random()), 0.2, 0.85, 0.06)
        stains.append(draw_stain(rng, people, POPULATION, KIT, how, MODEL, id=f"S{k}"))
    return stains


class TakenApart:
    """One stain, PeakModel's own settings."""

    params = ([1, 2, 3],)
    param_names = ("contributors",)

    def setup(self, contributors: int) -> None:
        self.options = LinkOptions(contributors=contributors)
        self.stain = invented(1, contributors)[0]
        solve(self.stain, POPULATION, KIT, MODEL, self.options)

    def time_one_stain(self, contributors: int) -> None:
        solve(self.stain, POPULATION, KIT, MODEL, self.options)


def seconds(stains: Sequence[Stain], workers: int | None) -> float:
    """Wall seconds of so many processes."""
    options, started = LinkOptions(contributors=3), perf_counter()
    with done_by(Local(workers)) as how:
        solved, _ = solve_all(stains, POPULATION, {KIT.name: KIT}, MODEL, options, how, quiet)
    assert len(solved) == len(stains)
    return perf_counter() - started


def main(number: int) -> None:
    stains = invented(number)
    seconds(stains[:2], None)  # compiles, or reads what was compiled
    one, every = seconds(stains[: max(number // 5, 1)], 1), seconds(stains, None)
    alone = one / max(number // 5, 1)
    print(f"three people, GlobalFiler, 32 draws: {alone:.2f} s a stain with one process")
    print(f"{number:,} stains on every core: {every:.0f} s, {alone * number / every:.2f} times one")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"memory of the largest process: {peak:,.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
