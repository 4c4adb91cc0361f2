"""Series among linked traces: what is weighed from links to explanations.

`python -m benchmarks.series [SERIES]` prints the time of so many series of four traces each, two
of them of two people, and of one series of fourteen; the stains are simulated and solved first.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from time import perf_counter, process_time

import numpy as np

from reopen.formats import library
from reopen.link.candidates import search_tables
from reopen.link.series import FoundTogether, series_of
from reopen.link.stains import LinkOptions, SolvedStain, solve
from reopen.records import End, Link, LinkKind, Population, Reference
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_references, draw_stain

POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
KIT = library.kit("GlobalFiler")
LOCI = [marker.locus for marker in KIT.markers if marker.kind == "autosomal"]
TABLES = search_tables(LOCI, POPULATION, {})


@dataclass(frozen=True, slots=True)
class Linked:
    """Solved stains, and a link between every two of one donor."""

    stains: tuple[SolvedStain, ...]
    links: tuple[Link, ...]

    def series(self) -> FoundTogether:
        return series_of(self.links, self.stains, [], TABLES)


def linked(sizes: Sequence[int], seed: int = 1) -> Linked:
    """A donor for each size, who left so many traces: every second one beside somebody else."""
    rng = np.random.default_rng(seed)
    names = [f"P{k}" for k in range(2 * sum(sizes) + len(sizes))]
    people = iter(draw_references(rng, POPULATION, names, loci=LOCI))
    stains: list[SolvedStain] = []
    links: list[Link] = []
    for number, size in enumerate(sizes):
        donor = next(people)
        ids = [f"S{number}.{k}" for k in range(size)]
        stains += [
            _solved(rng, id, [donor, next(people)] if k % 2 else [donor])
            for k, id in enumerate(ids)
        ]
        links += [
            Link(LinkKind.STAIN_STAIN, End(one), End(other), "same person", 9.0, {}, 0.0)
            for one, other in combinations(ids, 2)
        ]
    return Linked(tuple(stains), tuple(links))


def _solved(rng: np.random.Generator, id: str, people: Sequence[Reference]) -> SolvedStain:
    shares = (0.7, 0.3) if len(people) == 2 else (1.0,)
    how = PeakParameters(shares, 900.0, 0.2, 0.85, 0.08)
    stain = draw_stain(rng, people, POPULATION, KIT, how, id=id)
    return solve(stain, POPULATION, KIT, PeakModel(), LinkOptions(contributors=len(people)))


class Series:
    """NIST 1036 Caucasian frequencies, the kit's 21 autosomal loci, 32 draws of each stain."""

    params = ([4, 14],)
    param_names = ("traces",)

    def setup(self, traces: int) -> None:
        self.linked = linked([traces])

    def time_from_links_to_explanations(self, traces: int) -> None:
        self.linked.series()


def main(series: int) -> None:
    for name, sizes in ((f"{series} of four traces", [4] * series), ("one of fourteen", [14])):
        case = linked(sizes)
        wall, processor = perf_counter(), process_time()
        found = case.series()
        wall, processor = perf_counter() - wall, process_time() - processor
        whole = sum(len(one.members) in (4, 14) for one in found.series)
        print(
            f"{name}: {len(case.links)} links of {len(case.stains)} stains, {whole} series whole, "
            f"{wall:.1f} s ({processor:.1f} s of processor)"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
