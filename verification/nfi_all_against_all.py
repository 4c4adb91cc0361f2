"""All 350 laboratory-made mixtures against each other, and against a million people.

    python -m verification.nfi_all_against_all --keep night

Two- to five-person mixtures of 30 donors (NFI), every profile at the low detection threshold,
number of contributors given; the laboratory's settings are those that the profiles of the other
replicates teach. The people are the 30 donors, 1,036 typed people and simulated ones, who share
no theta with anybody: at theta 0 the number of chance links expected is that of these very people,
and the count should lie within its interval and a Poisson number's; with theta it is for people of
the donors' own subpopulation, so that there should be no more. --keep names a folder from which a
stopped run goes on.

The mixtures share 30 donors, so that a stranger who is like one of them by chance is reached by
many stains at once. People are independent of each other, links are not: the variance of a count
is the sum over people of the square of each one's links (a compound Poisson number), and its
interval is a Poisson number's, stretched by that sum over the count.

Ends with status 1 where a count is outside (theta 0) or above (theta 0.01).
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson

from reopen.engine.elsewhere import done_by
from reopen.engine.local import Local
from reopen.formats import find_kit, find_population, read_profiles
from reopen.kernels.genotypes import number
from reopen.kernels.shapes import Floats
from reopen.link import LinkOptions, SolvedStain
from reopen.link.among_typed import among_typed
from reopen.link.candidates import search_tables
from reopen.link.chance_links import OneSide, locus_sets, samples_of, stain_side, total
from reopen.link.how import How
from reopen.link.works import solve_all
from reopen.records import REST, Allele, ByChance, Locus, Population, Reference
from reopen.weigh.calibration import learn_model
from reopen.weigh.compare import LocusTable
from reopen.weigh.model import Dropin, PeakModel
from reopen.weigh.relations import TypedPeople, typed_people
from reopen.weigh.simulate import draw_alleles
from verification.charts import BLUE, ORANGE, RED, Axis, sheet, side_by_side
from verification.common import DATA, RESULTS, Column, Json, Progress, made_with, table, write
from verification.nfi_mixtures import KIT, POPULATION, THETA, Mixture, load
from verification.pair_scores import curve, link_scores, threshold

REPLICATES = ("1", "2", "3")
DROPIN = Dropin(0.05, 0.01)
PERSONS = (2, 3, 4, 5)
VALUES = (3.0, 4.0, 5.0, 6.0, 7.0)
FALSE_RATE = 1e-4
SEED = 1
_DOUBT = 0.01


@dataclass(frozen=True, slots=True)
class PairRow:
    """Pairs of stains of which the larger has so many people.

    again      whether they are replicates of one mixture; else, of different ones
    share      found where at most a share of FALSE_RATE of the false pairs passes
    over       LR over 10^3 and 10^6: share of the true pairs; false: number of the others, and the
               most that are expected by chance (Turing)
    """

    persons: int
    again: bool
    true: int
    false: int
    share: float | None
    over_3: float
    over_6: float
    false_3: int
    false_6: int
    most_3: float
    most_6: float


@dataclass(frozen=True, slots=True)
class DonorRow:
    """Donors found by stains of so many people, in a database of so many: log10 LR of the search
    of 3 or more, and at the threshold where one chance link of all is expected."""

    people: int
    persons: int
    donors: int
    found_3: int
    found_6: int
    at_one: float
    found_at_one: int


@dataclass(frozen=True, slots=True)
class ChanceRow:
    """Links of 10^log10 or more with people who left nothing: expected, counted.

    reached  how many people those counted are
    spread   variance of the count over its mean: 1 were each link somebody else's
    """

    people: int
    theta: float
    persons: int
    log10: float
    expected: float
    low: float
    high: float
    counted: int
    reached: int
    spread: float
    least: int
    most: int

    @property
    def holds(self) -> bool:
        return (self.theta > 0 or self.counted >= self.least) and self.counted <= self.most


@dataclass(frozen=True, slots=True)
class Solved:
    """A mixture taken apart."""

    mixture: Mixture
    item: SolvedStain

    @property
    def persons(self) -> int:
        return len(self.mixture.donors)

    @property
    def sample(self) -> tuple[tuple[str, ...], tuple[float, ...]]:
        """Which mixture it is a replicate of."""
        return self.mixture.donors, self.mixture.picograms


def solved_mixtures(folder: Path, how: How, progress: Progress) -> list[Solved]:
    """Every profile taken apart, each replicate with what the others teach."""
    kit, population = find_kit(KIT), Population(find_population(POPULATION), THETA)
    found: list[Solved] = []
    by_replicate = {}
    for replicate in REPLICATES:
        mixtures, others = load(folder, replicate)
        by_replicate[replicate] = mixtures, learn_model(others, kit, PeakModel(dropin=DROPIN))
    for persons in PERSONS:
        options = LinkOptions(contributors=persons)
        for mixtures, model in by_replicate.values():
            own = {m.stain.id: m for m in mixtures if len(m.donors) == persons}
            stains = [m.stain for m in own.values()]
            kits = {stain.kit: kit for stain in stains}
            solved, refused = solve_all(stains, population, kits, model, options, how, progress)
            for one in refused:
                if one.what in own:
                    print(one, file=sys.stderr)
            found += [Solved(own[item.stain.id], item) for item in solved]
    return found


def pair_rows(solved: Sequence[Solved], scores: Floats) -> tuple[list[PairRow], dict[int, Curve]]:
    """Every two stains by the larger number of people, and how many are found at each share of
    false pairs, replicates of one mixture left out."""
    one, other = np.triu_indices(len(solved), 1)
    score = scores[one, other]
    persons = np.array([s.persons for s in solved])
    larger = np.maximum(persons[one], persons[other])
    every = list(combinations(solved, 2))
    same = np.array([bool(set(a.mixture.donors) & set(b.mixture.donors)) for a, b in every])
    again = np.array([a.sample == b.sample for a, b in every])
    rows, curves = [], {}
    for n in PERSONS:
        for is_again in (False, True):
            true = (larger == n) & same & (again == is_again)
            false = (larger == n) & ~same
            if true.any():
                rows.append(_pair_row(n, is_again, score[true], score[false]))
        plain = (larger == n) & ~again
        if 0 < same[plain].sum() < plain.sum():
            curves[n] = curve(score[plain], same[plain])
    return rows, curves


Curve = list[tuple[float, float]]


def _pair_row(persons: int, again: bool, true: Floats, false: Floats) -> PairRow:
    limit = threshold(false, int(FALSE_RATE * len(false))) if len(false) else None
    return PairRow(
        persons, again, len(true), len(false),
        None if limit is None else float((true > limit).mean()),
        float((true > 3).mean()), float((true > 6).mean()),
        int((false > 3).sum()), int((false > 6).sum()), len(false) * 1e-3, len(false) * 1e-6,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who is searched for.

    donors  name -> place
    """

    typed: TypedPeople
    donors: Mapping[str, int]

    def first(self, number: int) -> People:
        return People(TypedPeople(self.typed.tables, self.typed.numbers[:, :number]), self.donors)

    @property
    def n(self) -> int:
        return self.typed.numbers.shape[1]


def people_of(
    donors: Sequence[Reference],
    others: Sequence[Reference],
    number: int,
    tables: Mapping[Locus, LocusTable],
    population: Population,
) -> People:
    """Donors, other typed people, and simulated ones typed at all loci, so many in all."""
    rng = np.random.default_rng(SEED)
    real = typed_people([*donors, *others], tables)
    rows: list[NDArray[np.uint16]] = []
    for locus, held in tables.items():
        labels, drawn = draw_alleles(rng, population, locus, number - real.numbers.shape[1])
        place = {label: k for k, label in enumerate(held.alleles)}
        at = np.array([place[label] for label in labels])[drawn]
        rows.append(number_of(at, len(held.alleles)))
    numbers = np.concatenate([real.numbers, np.array(rows)], axis=1)
    return People(TypedPeople(dict(tables), numbers), {d.id: k for k, d in enumerate(donors)})


def number_of(alleles: NDArray[np.int64], n_alleles: int) -> NDArray[np.uint16]:
    """Genotype numbers of pairs of alleles, (person, 2)."""
    return number(alleles[:, 0], alleles[:, 1], n_alleles).astype(np.uint16)


def among_people(
    solved: Sequence[Solved], people: People, theta: float, progress: Progress
) -> tuple[list[DonorRow], list[ChanceRow]]:
    """Each stain's donors and all others whom it reaches, beside what chance gives."""
    draws = max(one.item.draws for one in solved)
    others = locus_sets(people.typed, np.arange(len(people.donors), people.n))
    of_donors: dict[int, list[tuple[Floats, int]]] = {n: [] for n in PERSONS}
    of_others: dict[int, list[tuple[Floats, NDArray[np.int64]]]] = {n: [] for n in PERSONS}
    sides: dict[int, list[OneSide]] = {n: [] for n in PERSONS}
    for done, one in enumerate(solved, start=1):
        found = among_typed(one.item, people.typed, VALUES[0], draws)
        own = [people.donors[name] for name in one.mixture.donors]
        donor, stranger = np.isin(found.person, own), found.person >= len(people.donors)
        of_donors[one.persons].append((found.log10[donor], len(own)))
        of_others[one.persons].append((found.log10[stranger], found.person[stranger]))
        side = stain_side(one.item, people.typed.tables, draws)
        sides[one.persons].append(OneSide(side, samples_of(len(solved)), one.item.stain.id))
        progress(f"{people.n:,} people, theta {theta:g}", done, len(solved))
    donor_rows, chance_rows = [], []
    for n in PERSONS:
        if not of_donors[n]:
            continue
        compared = total([side.with_people(others) for side in sides[n]])
        log10 = np.concatenate([one for one, _ in of_donors[n]])
        at_one = compared.threshold(1.0)
        donor_rows.append(
            DonorRow(
                people.n, n, sum(number for _, number in of_donors[n]),
                int((log10 >= 3).sum()), int((log10 >= 6).sum()),
                at_one, int((log10 >= at_one).sum()),
            )
        )  # fmt: skip
        log10, person = map(np.concatenate, zip(*of_others[n], strict=True))
        for value, chance in zip(VALUES, compared.expected(VALUES), strict=True):
            by_person = np.unique_counts(person[log10 >= value]).counts
            chance_rows.append(chance_row(people.n, theta, n, value, chance, by_person))
    return donor_rows, chance_rows


def chance_row(
    people: int,
    theta: float,
    persons: int,
    value: float,
    chance: ByChance,
    by_person: NDArray[np.int64],
) -> ChanceRow:
    """by_person: links counted with each person who has any."""
    counted = int(by_person.sum())
    spread = float((by_person**2).sum() / counted) if counted else 1.0
    return ChanceRow(
        people, theta, persons, value, chance.expected, chance.low, chance.high,
        counted, len(by_person), spread,
        math.floor(spread * poisson.ppf(_DOUBT / 2, chance.low / spread)),
        math.ceil(spread * poisson.ppf(1 - _DOUBT / 2, chance.high / spread)),
    )  # fmt: skip


def tables_of(
    solved: Sequence[Solved], references: Sequence[Reference], population: Population
) -> dict[Locus, LocusTable]:
    met: dict[Locus, set[Allele]] = {}
    for one in solved:
        for person in one.item.deconvolution.likelihoods:
            for locus, likelihoods in person.by_locus.items():
                met.setdefault(locus, set()).update(set(likelihoods.alleles) - {REST})
    for locus, known in met.items():
        for reference in references:
            if locus in reference.genotypes:
                known.update(reference.genotypes[locus].alleles)
    return search_tables(list(met), population, met)


def as_text(
    pairs: Sequence[PairRow], donors: Sequence[DonorRow], chance: Sequence[ChanceRow]
) -> str:
    first = table(
        [
            Column("larger of the two, people"), Column("pairs", False), Column("common donor"),
            Column("none"), Column("found, 1 false in 10,000"), Column("found, LR > 1,000"),
            Column("false"), Column("at most by chance"), Column("found, LR > 1,000,000"),
            Column("false"), Column("at most by chance"),
        ],
        [
            (
                f"{r.persons}", "one mixture again" if r.again else "different mixtures",
                f"{r.true:,}", f"{r.false:,}", "" if r.share is None else f"{r.share:.1%}",
                f"{r.over_3:.1%}", f"{r.false_3:,}", f"{r.most_3:.1f}",
                f"{r.over_6:.1%}", f"{r.false_6:,}", f"{r.most_6:.2f}",
            )
            for r in pairs
        ],
    )  # fmt: skip
    second = table(
        [
            Column("people searched"), Column("persons in the stain"), Column("donors"),
            Column("found, LR > 1,000"), Column("found, LR > 1,000,000"),
            Column("log10 LR where one chance link of all is expected"),
            Column("found there"),
        ],
        [
            (
                f"{r.people:,}", f"{r.persons}", f"{r.donors}", f"{r.found_3}", f"{r.found_6}",
                f"{r.at_one:.2f}", f"{r.found_at_one}",
            )
            for r in donors
        ],
    )  # fmt: skip
    third = table(
        [
            Column("people searched"), Column("theta"), Column("persons in the stain"),
            Column("log10 LR"), Column("expected by chance"), Column("interval"),
            Column("counted"), Column("of so many people"), Column("spread"),
            Column("99% of counts"), Column("holds", False),
        ],
        [
            (
                f"{r.people:,}", f"{r.theta:g}", f"{r.persons}", f"{r.log10:g}",
                f"{r.expected:,.4g}", f"{r.low:,.4g} to {r.high:,.4g}", f"{r.counted:,}",
                f"{r.reached:,}", f"{r.spread:.2f}",
                f"{r.least:,} to {r.most:,}", "yes" if r.holds else "NO",
            )
            for r in chance
        ],
    )  # fmt: skip
    return "\n\n".join((first, second, third))


def drawing(curves: Mapping[int, Curve]) -> str:
    x = Axis("share of false pairs that pass", 1e-4, 1.0, True)
    y = Axis("share of true pairs found", 0.0, 1.0)
    titles = [f"{n} people in the larger" for n in curves]
    panels = side_by_side(titles, [x] * len(titles), y)
    marks: list[str] = []
    for n, panel in zip(curves, panels, strict=True):
        marks.append(panel.curve([(FALSE_RATE, 0.0), (FALSE_RATE, 1.0)], RED, "5 3"))
        marks.append(panel.curve(curves[n], BLUE))
        marks.append(
            panel.curve([(1e-4, 1e-4), (1e-2, 1e-2), (0.1, 0.1), (1.0, 1.0)], ORANGE, "3 3")
        )
    return sheet(
        panels,
        "Pairs of mixtures with a common donor found, by share of false pairs",
        "All pairs of 350 laboratory-made mixtures, replicates of one mixture left out.",
        marks,
        "Blue: likelihood ratio; orange, dotted: no better than chance; red: 1 in 10,000.",
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 1_000_000])
    parser.add_argument("--keep", type=Path, help="folder of results, to go on from when stopped")
    parser.add_argument("--workers", type=int, help="processes; one for each core by default")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public data")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    progress = Progress()
    with done_by(Local(asked.workers), asked.keep) as how:
        solved = solved_mixtures(asked.data / "nfi_ppf6c_2p5p", how, progress)
    population = Population(find_population(POPULATION), THETA)
    scores = link_scores({k: one.item for k, one in enumerate(solved)}, len(solved), population)
    pairs, curves = pair_rows(solved, scores)
    donors = read_profiles(
        asked.data / "nfi_ppf6c_2p5p" / "references_long.csv", role="references"
    ).references
    others = read_profiles(
        asked.data / "nist1036" / "nist1036_genotypes.csv", role="references"
    ).references
    donor_rows: list[DonorRow] = []
    chance_rows: list[ChanceRow] = []
    for theta in (THETA, 0.0):
        drawn_from = replace(population, theta=theta)
        tables = tables_of(solved, [*donors, *others], drawn_from)
        people = people_of(donors, others, max(asked.people), tables, drawn_from)
        for size in asked.people:
            of_donors, of_chance = among_people(solved, people.first(size), theta, progress)
            donor_rows += of_donors if theta == THETA else []
            chance_rows += of_chance
    data: dict[str, Json] = {
        "made": made_with(),
        "kit": KIT,
        "population": POPULATION,
        "seed": SEED,
        "stains": len(solved),
        "pairs": [asdict(row) for row in pairs],
        "donors": [asdict(row) for row in donor_rows],
        "chance": [asdict(row) for row in chance_rows],
        "curves": {str(n): points for n, points in curves.items()},
    }
    text = as_text(pairs, donor_rows, chance_rows)
    write(asked.out, "nfi_all_against_all", text, drawing(curves), data)
    return 0 if all(row.holds for row in chance_rows) else 1


if __name__ == "__main__":
    sys.exit(main())
