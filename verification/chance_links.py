"""Chance links counted among invented unrelated people, beside the number that was expected.

    python -m verification.chance_links --stains 100 --people 10000

Stains of one to three people, many of them faint, are drawn from the model and taken apart as a
search does, for their number of people, with 32 draws of their parameters. None of the people left
any. They come from three generations of kits, so that loci in common differ.

A number of links is a Poisson number about its expectation, which is itself known within an
interval; the count should lie within both together (99%). People drawn without theta are compared
with stains weighed without theta, where the expectation is that of these very people; with theta
the expectation is for people of the donor's own subpopulation, so that there should be no more.

Ends with status 1 where a count lies outside (without theta) or above (with theta).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from scipy.stats import poisson

from reopen.formats import library
from reopen.kernels.shapes import Floats
from reopen.link.among_typed import among_typed
from reopen.link.chance_links import OneSide, locus_sets, samples_of, stain_side, total
from reopen.link.how import InThreads
from reopen.link.stains import LinkOptions, SolvedStain
from reopen.link.works import solve_all
from reopen.records import Kit, Locus, Population, Reference, Stain
from reopen.weigh.averaged import Averaging
from reopen.weigh.compare import LocusTable, locus_table
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.relations import TypedPeople, typed_people
from reopen.weigh.simulate import draw_references, draw_stain
from reopen.weigh.stutter import Stutter
from verification.common import RESULTS, Column, Progress, made_with, table, write_table

KIT = "Identifiler"
GENERATIONS = ("SGM Plus", "Identifiler", "GlobalFiler")
VALUES = (1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0)
_DOUBT = 0.01
_NUMBERS = (1, 2, 3)  # contributors of stains, in turn


@dataclass(frozen=True)
class Row:
    """Links of 10^log10 or more: expected, bounded, counted."""

    theta: float
    log10: float
    expected: float
    low: float
    high: float
    bound: float
    counted: int
    least: int
    most: int

    @property
    def holds(self) -> bool:
        return (self.theta > 0 or self.counted >= self.least) and self.counted <= self.most


def invented_stains(
    rng: np.random.Generator, number: int, kit: Kit, model: PeakModel
) -> list[Stain]:
    """Stains of one to three people, from 60 to 600 RFU for one copy of all contributors."""
    population = Population(library.population("nist1036-cauc"))
    stains = []
    for k in range(number):
        n = _NUMBERS[k % len(_NUMBERS)]
        shares = np.sort(rng.dirichlet(np.full(n, 2.0)))[::-1]
        height = float(60.0 * 10.0 ** rng.random())
        donors = draw_references(rng, population, [f"donor {k} {i}" for i in range(n)])
        how = PeakParameters(tuple(shares.tolist()), height, 0.3, 0.85)
        stains.append(draw_stain(rng, donors, population, kit, how, model, id=f"stain {k}"))
    return stains


def invented_people(rng: np.random.Generator, number: int) -> list[Reference]:
    """Unrelated people, typed with kits of three generations in turn."""
    population = Population(library.population("nist1036-cauc"))
    people: list[Reference] = []
    for k, name in enumerate(GENERATIONS):
        listed = population.frequencies.by_locus
        loci = [m.locus for m in library.kit(name).markers if m.locus in listed]
        ids = [f"{name} {i}" for i in range(k, number, len(GENERATIONS))]
        people += draw_references(rng, population, ids, loci=loci)
    return people


def compare_counts(solved: Sequence[SolvedStain], typed: TypedPeople, theta: float) -> list[Row]:
    """Counts beside expectations, at each value."""
    draws = max(item.draws for item in solved)
    sets = locus_sets(typed, np.arange(typed.numbers.shape[1]))
    progress = Progress()
    counted, sides = np.zeros(len(VALUES), dtype=np.int64), []
    for done, item in enumerate(solved, start=1):
        found: Floats = among_typed(item, typed, VALUES[0], draws).log10
        counted += [(found >= value).sum() for value in VALUES]
        side = stain_side(item, typed.tables, draws)
        sides.append(OneSide(side, samples_of(len(solved)), item.stain.id).with_people(sets))
        progress(f"theta {theta:g}", done, len(solved))
    comparisons = len(solved) * typed.numbers.shape[1]
    return [
        Row(
            theta,
            value,
            chance.expected,
            chance.low,
            chance.high,
            comparisons * 10.0**-value,
            int(n),
            int(poisson.ppf(_DOUBT / 2, chance.low)),
            int(poisson.ppf(1 - _DOUBT / 2, chance.high)),
        )
        for value, n, chance in zip(VALUES, counted, total(sides).expected(VALUES), strict=True)
    ]


def searched(theta: float, stains: int, people: int, seed: int) -> list[Row]:
    rng = np.random.default_rng(seed)
    kit = library.kit(KIT)
    model = PeakModel(stutter=Stutter(back=False))
    population = Population(library.population("nist1036-cauc"), theta=theta)
    drawn = [
        Stain(one.id, one.replicates, kit.name) for one in invented_stains(rng, stains, kit, model)
    ]
    kits, solved = {kit.name: kit}, []
    for n in _NUMBERS:
        options = LinkOptions(contributors=n, averaging=Averaging(seed=seed))
        some, refused = solve_all(
            drawn[n - 1 :: len(_NUMBERS)], population, kits, model, options,
            InThreads(options.workers), Progress(),
        )  # fmt: skip
        solved += some
        for one in refused:
            print(one, file=sys.stderr)
    references = invented_people(rng, people)
    tables: dict[Locus, LocusTable] = {}
    for locus in population.frequencies.loci:
        made: LocusTable | None = locus_table(locus, population, set())
        if made is not None:
            tables[locus] = made
    return compare_counts(solved, typed_people(references, tables), theta)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--stains", type=int, default=100)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--theta", type=float, nargs="+", default=[0.0, 0.01])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    found = [
        row
        for theta in asked.theta
        for row in searched(theta, asked.stains, asked.people, asked.seed)
    ]
    names = ("theta", "log10 LR", "expected", "interval", "bound", "counted", "99% of counts")
    lines = [
        (
            f"{row.theta:g}",
            f"{row.log10:g}",
            f"{row.expected:,.4g}",
            f"{row.low:,.4g} to {row.high:,.4g}",
            f"{row.bound:,.4g}",
            f"{row.counted:,}",
            f"{row.least:,} to {row.most:,}",
        )
        for row in found
    ]
    text = table([Column(name) for name in names], lines)
    data = {**made_with(), **vars(asked), "out": None, "rows": [asdict(row) for row in found]}
    write_table(asked.out, "chance_links", text, data)
    return 0 if all(row.holds for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
