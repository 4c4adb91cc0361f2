"""A search: one stain's contributors against a large reference database, and all stains paired.

`python -m benchmarks.search [PEOPLE] [--json FILE]` prints people searched a second by the sieve
beside adding up everybody's terms, in one run, of more and more people, with one thread and two,
and what the memory's own speed would allow.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np

from benchmarks.machine import Figure, best, bytes_read, peak_gib, write
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
_PART = 1 << 20  # people


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("people", type=int, nargs="?", default=4_000_000)
    parser.add_argument("--json", metavar="FILE", help="figures for pictures and comparisons")
    asked = parser.parse_args()
    kinds, tables = kinds_of_rows()
    typed = drawn_people(tables, asked.people)
    size = sum(codes.nbytes for codes in typed.values()) / asked.people
    ceiling = bytes_read() / size
    print(
        f"{asked.people:,} people of {size:.0f} bytes; at the speed at which one core reads memory"
    )
    print(
        f"{ceiling / 1e6:,.0f} million people a second. Millions a second: added up, by the sieve"
    )
    print("of more and more people, by two threads")
    kinds_measured = []
    for name, rows in kinds.items():
        measured = _measured(rows, tables, typed)
        growth = " ".join(f"{_per_second(one):.1f}" for one in measured.growth)
        print(
            f"{name:20s} {len(next(iter(rows.values()))):4d} rows: {measured.added_up / 1e6:6.1f}; "
            f"{growth}; {_per_second(measured.two):.1f}; made ready in {1000 * measured.ready:.0f} "
            f"ms; {measured.found} found",
            flush=True,
        )
        kinds_measured.append(measured.figures(name, ceiling))
    print(f"memory at most {peak_gib():.2f} GiB")
    figures: dict[str, Figure] = {
        "people": asked.people,
        "bytes a person": size,
        "million people a second at the speed of memory": ceiling / 1e6,
        "threshold, log10": LEAST,
        "kinds": kinds_measured,
        "memory at most, GiB": peak_gib(),
    }
    write(figures, asked.json)


def _per_second(measured: tuple[int, float]) -> float:
    people, took = measured
    return people / took / 1e6


@dataclass(frozen=True)
class Measured:
    """added_up people a second; ready seconds; growth, two (people, seconds); found people."""

    added_up: float
    ready: float
    growth: list[tuple[int, float]]
    two: tuple[int, float]
    found: int

    def figures(self, name: str, ceiling: float) -> dict[str, Figure]:
        fastest = 1e6 * _per_second(self.growth[-1])
        return {
            "rows": name,
            "million people a second, added up": self.added_up / 1e6,
            "million people a second, by the sieve": fastest / 1e6,
            "share of the speed of memory": fastest / ceiling,
            "million people a second, two cores": _per_second(self.two),
            "made ready, seconds": self.ready,
            "growth": [{"people": people, "seconds": took} for people, took in self.growth],
            "found": self.found,
        }


def _measured(
    rows: Mapping[Locus, Floats],
    tables: Mapping[Locus, LocusTable],
    people: Mapping[Locus, Codes],
) -> Measured:
    """How fast the sieve finds them, beside adding up the terms of some of the people."""
    n = len(next(iter(people.values())))
    parts = [
        (start, {locus: codes[start : start + _PART] for locus, codes in people.items()})
        for start in range(0, n, _PART)
    ]
    some = parts[0][1]
    numbers = np.array([codes.astype(np.uint16) for codes in some.values()])
    typed = TypedPeople(tables, numbers)
    n_rows = len(next(iter(rows.values())))
    added_up = numbers.shape[1] / (n_rows * best(lambda: against_typed(rows, 0, typed)))
    start = perf_counter()
    search = sifting.Search(rows, some, LEAST)
    ready = perf_counter() - start
    growth = []
    for of in sorted({max(1, len(parts) // k) for k in (8, 4, 2, 1)}):
        own = parts[:of]
        growth.append((min(n, of * _PART), best(partial(search.among, own))))
    two = (n, best(partial(search.among, parts, 2)))
    return Measured(added_up, ready, growth, two, len(search.among(parts).person))


if __name__ == "__main__":
    main()
