"""A search: one stain's contributors against a large reference database, and all stains paired.

`python -m benchmarks.search [PEOPLE]` prints people searched a second by the sieve beside adding
up everybody's terms, in one run, with one thread and two, and the share of the memory's own speed.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter

import numpy as np

from reopen.formats import library
from reopen.kernels.shapes import Floats
from reopen.kernels.sieve import Codes
from reopen.link.candidates import search_tables
from reopen.link.stains import LinkOptions, SolvedStain, solve
from reopen.records import (
    FULL_SIBLINGS,
    PARENT_CHILD,
    REST,
    Allele,
    GenotypeLikelihoods,
    Locus,
    Population,
)
from reopen.weigh import sifting
from reopen.weigh.compare import (
    LocusTable,
    against_each_other,
    against_references,
    contributors,
    genotype_numbers,
    reference_likelihoods,
)
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.relations import Kin, TypedPeople, against_typed, related_tables
from reopen.weigh.simulate import draw_references, draw_stain

POPULATION = Population(library.population("nist1036-cauc"), theta=0.01)
KIT = library.kit("GlobalFiler")
LOCI = [marker.locus for marker in KIT.markers if marker.kind == "autosomal"]
STAINS = {2: (0.7, 0.3), 3: (0.6, 0.3, 0.1)}  # invented: contributors and their shares
LEAST = 3.0


class Search:
    """NIST 1036 Caucasian frequencies, the kit's 21 autosomal loci."""

    params = ([1_000, 20_000],)
    param_names = ("references",)

    def setup(self, references: int) -> None:
        rng = np.random.default_rng(1)
        population = Population(library.population("nist1036-cauc"))
        people = draw_references(rng, population, [f"R{k}" for k in range(references)], loci=LOCI)
        self.tables = search_tables(LOCI, population, {})
        self.numbers = genotype_numbers(people, self.tables)
        self.people = people
        some: list[GenotypeLikelihoods] = [reference_likelihoods(p) for p in people[:150]]
        self.known, _ = contributors(some, self.tables)

    def time_number_references(self, references: int) -> None:
        genotype_numbers(self.people, self.tables)

    def time_against_references(self, references: int) -> None:
        against_references(self.known, self.numbers)

    def time_against_each_other(self, references: int) -> None:
        against_each_other(self.known)


class OneAgainstMany:
    """Contributors of invented stains against a million people drawn from the population."""

    params = (["2 persons", "3 persons", "3 persons, 32 draws", "full siblings", "parent, child"],)
    param_names = ("rows",)
    people = 1_000_000

    def setup(self, rows: str) -> None:
        kinds, tables = kinds_of_rows()
        self.typed = drawn_people(tables, self.people)
        self.search = sifting.Search(kinds[rows], self.typed, LEAST)
        self.search.found(self.typed)

    def time_search(self, rows: str) -> None:
        self.search.found(self.typed)


def kinds_of_rows() -> tuple[dict[str, Mapping[Locus, Floats]], dict[Locus, LocusTable]]:
    """Rows to search by: the least of a stain's contributors, all of them at all draws, and kin."""
    rng = np.random.default_rng(7)
    solved = {n: _solved(rng, n) for n in STAINS}
    everybody = [one for item in solved.values() for draw in range(item.draws)
                 for one in (*item.at_draw(draw), *item.deconvolution.likelihoods)]  # fmt: skip
    met: dict[Locus, set[Allele]] = {}
    for one in everybody:
        for locus, likelihoods in one.by_locus.items():
            met.setdefault(locus, set()).update(set(likelihoods.alleles) - {REST})
    tables = search_tables(LOCI, POPULATION, met)
    least = {n: [item.deconvolution.likelihoods[-1]] for n, item in solved.items()}
    draws = [one for draw in range(solved[3].draws) for one in solved[3].at_draw(draw)]
    ready = {n: contributors(people, tables)[0] for n, people in least.items()}
    kinds: dict[str, Mapping[Locus, Floats]] = {
        "2 persons": sifting.same_person_tables(ready[2]),
        "3 persons": sifting.same_person_tables(ready[3]),
        "3 persons, 32 draws": sifting.same_person_tables(contributors(draws, tables)[0]),
        "full siblings": related_tables(ready[2], Kin(FULL_SIBLINGS)),
        "parent, child": related_tables(ready[2], Kin(PARENT_CHILD)),
    }
    return kinds, tables


def _solved(rng: np.random.Generator, n: int) -> SolvedStain:
    donors = draw_references(rng, POPULATION, [f"D{k}" for k in range(n)], loci=LOCI)
    peaks = PeakParameters(STAINS[n], 800.0, 0.25, 0.9, 0.07)
    stain = draw_stain(rng, donors, POPULATION, KIT, peaks, id=f"of {n}")
    return solve(stain, POPULATION, KIT, PeakModel(), LinkOptions(contributors=n, workers=1))


def drawn_people(tables: Mapping[Locus, LocusTable], n: int) -> dict[Locus, Codes]:
    """Unrelated people; one byte a locus where its genotypes fit, else two."""
    rng = np.random.default_rng(1)
    people: dict[Locus, Codes] = {}
    for locus, table in tables.items():
        drawn = rng.choice(len(table.prior), size=n, p=table.prior / table.prior.sum())
        people[locus] = drawn.astype(np.uint8 if len(table.prior) < 256 else np.uint16)
    return people


def main(people: int) -> None:
    kinds, tables = kinds_of_rows()
    typed = drawn_people(tables, people)
    size = sum(codes.nbytes for codes in typed.values())
    took = _best(lambda: [codes[: people & -8].view(np.uint64).sum() for codes in typed.values()])
    print(
        f"{people:,} people of {size / people:.0f} bytes; memory is read at "
        f"{size / took / 1e9:.1f} GB/s, {people / took / 1e6:,.0f} million people a second"
    )
    print("millions of people a second: added up, by the sieve, by two threads")
    parts = [
        (start, {locus: codes[start : start + (1 << 20)] for locus, codes in typed.items()})
        for start in range(0, people, 1 << 20)
    ]
    for name, rows in kinds.items():
        print(f"{name:20s} {_measured(rows, tables, parts)}", flush=True)
    print(f"memory at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")


def _measured(
    rows: Mapping[Locus, Floats],
    tables: Mapping[Locus, LocusTable],
    parts: Sequence[tuple[int, Mapping[Locus, Codes]]],
) -> str:
    """How fast the sieve finds them, beside adding up the terms of some of the people."""
    some = parts[0][1]
    numbers = np.array([codes.astype(np.uint16) for codes in some.values()])
    typed = TypedPeople(tables, numbers)
    n_rows = len(next(iter(rows.values())))
    former = n_rows * _best(lambda: against_typed(rows, 0, typed)) / numbers.shape[1]
    start = perf_counter()
    search = sifting.Search(rows, some, LEAST)
    ready = perf_counter() - start
    people = sum(len(next(iter(part.values()))) for _, part in parts)
    one, two = (_best(partial(search.among, parts, workers)) / people for workers in (1, 2))
    return (
        f"{n_rows:4d} rows: {1e-6 / former:6.1f} {1e-6 / one:6.1f} {1e-6 / two:6.1f}, "
        f"{former / one:.1f} times; made ready in {1000 * ready:.0f} ms; "
        f"{len(search.among(parts).person)} found"
    )


def _best(work: Callable[[], object], times: int = 3) -> float:
    took = []
    for _ in range(times):
        start = perf_counter()
        work()
        took.append(perf_counter() - start)
    return min(took)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000_000)
