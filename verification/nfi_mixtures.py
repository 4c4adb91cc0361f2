"""Laboratory-made mixtures searched in databases of 10,000 people: donors found, false links.

    python -m verification.nfi_mixtures --persons 2 3

Stains are one replicate each of the NFI's two- to five-person mixtures, at the low detection
threshold, with the number of contributors given. The laboratory's settings are learnt from the
other replicates, which are not searched. The parts of the model and the rule for "found" were
chosen on replicate 1 with its donors in view; replicates 2 and 3 (`--replicate`) test that choice.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from reopen.errors import ReopenError
from reopen.formats import find_kit, find_population, read_profiles
from reopen.kernels.shapes import Floats
from reopen.link import LinkOptions, SolvedStain, solve, weigh_link
from reopen.link.among_typed import among_typed
from reopen.link.candidates import search_tables
from reopen.link.stains import each
from reopen.records import (
    Allele,
    Kit,
    Locus,
    Population,
    Stain,
)
from reopen.weigh.calibration import learn_model
from reopen.weigh.model import Dropin, PeakModel
from reopen.weigh.relations import typed_people
from verification.calibration import Counts, counted, together
from verification.charts import BLUE, RED, Axis, sheet, side_by_side
from verification.common import (
    DATA,
    RESULTS,
    Column,
    Json,
    Progress,
    made_with,
    model_settings,
    rows,
    table,
    write,
)
from verification.databases import Databases, fill

KIT = "PowerPlex Fusion 6C"
POPULATION = "NIST 1036 Caucasian"
THETA = 0.01
DATABASE = 10_000
THRESHOLD = 3.0  # log10 of 1,000
# Found by SmartRank on replicate 1, of how many; false links.
SMARTRANK = {2: (54, 58, 0), 3: (83, 90, 0), 4: (102, 120, None)}


@dataclass(frozen=True, slots=True)
class Mixture:
    """A stain with its known donors and the amount of each, pg."""

    stain: Stain
    donors: tuple[str, ...]
    picograms: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A donor, or a non-donor over the threshold in the search.

    search   log10 LR of the search, averaged over parameters; in_full the one at best parameters,
             None where the search was below the threshold
    picograms  of a donor
    seeds    databases that hold the person
    """

    stain: str
    persons: int
    reference: str
    is_donor: bool
    search: float
    in_full: float | None
    picograms: float | None
    seeds: tuple[int, ...]

    @property
    def weight(self) -> float:
        return self.search if self.in_full is None else min(self.search, self.in_full)

    @property
    def is_link(self) -> bool:
        return self.weight > THRESHOLD

    @property
    def is_link_by_search(self) -> bool:
        """By the averaged LR alone: a looser rule, for comparison."""
        return self.search > THRESHOLD


@dataclass(frozen=True, slots=True)
class Count:
    """What one number of persons comes to.

    found_by_search, false_by_search  by the averaged LR alone
    """

    persons: int
    searches: int
    found: int
    donors: int
    false_seed_1: int
    false_all: int
    found_by_search: int
    false_by_search: int
    databases: int

    @property
    def false_per_search(self) -> float:
        return self.false_all / (self.searches * self.databases)


def load(folder: Path, replicate: str = "1") -> tuple[list[Mixture], list[Stain]]:
    """One replicate of each mixture with its donors, and the others to learn from."""
    stains = {
        stain.id: stain
        for path in sorted((folder / "allele_reports").glob("*DTL*.txt"))
        for stain in read_profiles(path, role="stains", kit=KIT).stains
    }
    searched, others = [], []
    for row in rows(folder / "truth.csv"):
        if row["report"] != "DTL":
            continue
        stain = stains[row["sample"]]
        if row["replicate"] == replicate:
            amounts = tuple(float(pg) for pg in row["pg_per_donor"].split(":"))
            searched.append(Mixture(stain, tuple(row["donors"].split()), amounts))
        else:
            others.append(stain)
    return searched, others


@dataclass(frozen=True, slots=True)
class Searched:
    """What the search of one stain found: its hits, and the search LRs of all who are no donors.

    hits  every donor, and every other person whose search LR is over the threshold
    """

    persons: int
    hits: tuple[Hit, ...]
    others: Counts


class Search:
    """One stain after another against all databases at once."""

    def __init__(
        self, people: Databases, stains: Sequence[Stain], population: Population, model: PeakModel
    ):
        self.people, self.population, self.model = people, population, model
        self.kit: Kit = find_kit(KIT)
        met: dict[Locus, set[Allele]] = {}
        for reference in people.references:
            for locus, found in reference.genotypes.items():
                met.setdefault(locus, set()).update(found.alleles)
        for stain in stains:
            for replicate in stain.replicates:
                for locus, peaks in replicate.peaks.items():
                    met.setdefault(locus, set()).update(peak.allele for peak in peaks)
        self.tables = search_tables(list(met), population, met)
        self.typed = typed_people(people.references, self.tables)

    def search(self, mixture: Mixture) -> Searched:
        """One mixture against everybody."""
        n = len(mixture.donors)
        options = LinkOptions(contributors=n)
        solved = solve(mixture.stain, self.population, self.kit, self.model, options)
        log10_lr = self._log10(solved)
        picograms = dict(zip(mixture.donors, mixture.picograms, strict=True))
        found = []
        for k, reference in enumerate(self.people.references):
            is_donor = k < self.people.typed and reference.id in picograms
            if not is_donor and not log10_lr[k] > THRESHOLD:
                continue
            in_full = None
            if log10_lr[k] > THRESHOLD:
                lr = weigh_link(solved, reference, self.population, self.model, options)
                in_full = lr.log10 - float(np.log10(n))
            found.append(
                Hit(
                    mixture.stain.id, n, reference.id, is_donor, float(log10_lr[k]), in_full,
                    picograms.get(reference.id), tuple(self.people.seeds_with(k)),
                )
            )  # fmt: skip
        donors = [reference.id in picograms for reference in self.people.references]
        donors[self.people.typed :] = [False] * (len(donors) - self.people.typed)
        return Searched(n, tuple(found), counted(log10_lr[~np.array(donors)]))

    def _log10(self, solved: SolvedStain) -> Floats:
        """Search LR of every reference, whichever contributor; shape (reference,)."""
        return among_typed(solved, self.typed, -np.inf).log10


def count(persons: int, hits: Sequence[Hit], searches: int, number: int) -> Count:
    mine = [hit for hit in hits if hit.persons == persons]
    false = [hit for hit in mine if hit.is_link and not hit.is_donor]
    return Count(
        persons=persons,
        searches=searches,
        found=sum(hit.is_link for hit in mine if hit.is_donor),
        donors=sum(hit.is_donor for hit in mine),
        false_seed_1=sum(1 in hit.seeds for hit in false),
        false_all=sum(len(hit.seeds) for hit in false),
        found_by_search=sum(hit.is_link_by_search for hit in mine if hit.is_donor),
        false_by_search=sum(
            len(hit.seeds) for hit in mine if hit.is_link_by_search and not hit.is_donor
        ),
        databases=number,
    )


def as_table(counts: Sequence[Count], replicate: str) -> str:
    columns = [
        Column("persons"), Column("donors found"), Column("false links, seed 1"),
        Column("false links, all seeds"), Column("false per search"),
        Column("by the averaged LR alone"), Column("SmartRank found"),
    ]  # fmt: skip
    lines = []
    for c in counts:
        peer = SMARTRANK.get(c.persons) if replicate == "1" else None
        lines.append(
            [
                str(c.persons),
                f"{c.found} of {c.donors}",
                f"{c.false_seed_1} in {c.searches} searches",
                f"{c.false_all} in {c.searches * c.databases} searches",
                f"{c.false_per_search:.4f}",
                f"{c.found_by_search}, {c.false_by_search} false",
                f"{peer[0]} of {peer[1]}" if peer else "not measured",
            ]
        )
    return table(columns, lines)


def drawing(hits: Sequence[Hit], persons: Sequence[int]) -> str:
    amounts = sorted({hit.picograms for hit in hits if hit.picograms})
    x = Axis("amount of the donor, pg", amounts[0] / 1.4, amounts[-1] * 1.2, True, tuple(amounts))
    y = Axis("log10 LR", -5.0, 35.0)
    panels = side_by_side([f"{n} persons" for n in persons], [x] * len(persons), y)
    marks: list[str] = []
    for n, panel in zip(persons, panels, strict=True):
        marks.append(panel.level(THRESHOLD, RED, "LR 1,000"))
        for hit in (hit for hit in hits if hit.persons == n):
            told = f"{hit.stain}, {hit.reference}: {hit.weight:.1f}"
            if hit.is_donor and hit.picograms:
                marks.append(
                    panel.dot(hit.picograms, hit.weight, BLUE, told, hollow=not hit.is_link)
                )
            elif hit.is_link:
                marks.append(panel.cross(x.low * 1.15, hit.weight, RED, told))
    return sheet(
        panels,
        "log10 LR of donors by amount",
        "Each point is a donor of a mixture; crosses are false links of all databases.",
        marks,
        "Filled: donor found; hollow: not found; cross at the left edge: false link.",
    )


def settings_of(model: PeakModel, number: int) -> dict[str, Json]:
    return {
        "kit": KIT,
        "population": POPULATION,
        "theta": THETA,
        "database": DATABASE,
        "seeds": list(range(1, number + 1)),
        "threshold_log10": THRESHOLD,
        "model": model_settings(model),
    }


@dataclass(frozen=True, slots=True)
class Measured:
    """All searches together.

    others  persons -> search LRs of all who are no donors, of all databases
    """

    hits: tuple[Hit, ...]
    counts: tuple[Count, ...]
    others: Mapping[int, Counts]
    model: PeakModel


def measure(
    data: Path,
    persons: Sequence[int],
    number: int,
    *,
    most: int | None = None,
    size: int = DATABASE,
    workers: int | None = None,
    replicate: str = "1",
) -> Measured:
    """Search the stains of these numbers of persons, at most `most` of each number."""
    mixtures, others = load(data / "nfi_ppf6c_2p5p", replicate)
    chosen = [m for n in persons for m in [m for m in mixtures if len(m.donors) == n][:most]]
    model = learn_model(others, find_kit(KIT), PeakModel(dropin=Dropin(0.05, 0.01)))
    population = Population(find_population(POPULATION), THETA)
    donors = read_profiles(data / "nfi_ppf6c_2p5p" / "references_long.csv", role="references")
    nist = read_profiles(data / "nist1036" / "nist1036_genotypes.csv", role="references")
    typed = (*donors.references, *nist.references)
    people = fill(typed, population.frequencies, number, size)
    search = Search(people, [m.stain for m in chosen], population, model)
    options = LinkOptions(workers=workers)
    found = list(each(search.search, chosen, options, "searching mixtures", Progress()))
    hits = tuple(hit for searched in found for hit in searched.hits)
    searches = {n: sum(len(m.donors) == n for m in chosen) for n in persons}
    not_donors = {n: together(s.others for s in found if s.persons == n) for n in persons}
    counts = tuple(count(n, hits, searches[n], number) for n in persons)
    return Measured(hits, counts, not_donors, model)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--persons", type=int, nargs="+", default=[2, 3], choices=[2, 3, 4, 5])
    parser.add_argument("--replicate", default="1", choices=["1", "2", "3"], help="searched")
    parser.add_argument("--databases", type=int, default=6, help="seeds 1 to this number")
    parser.add_argument("--most", type=int, help="at most so many stains of each number")
    parser.add_argument("--workers", type=int, help="threads; one for each core by default")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the public data")
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    try:
        found = measure(
            asked.data,
            asked.persons,
            asked.databases,
            most=asked.most,
            workers=asked.workers,
            replicate=asked.replicate,
        )
    except ReopenError as error:
        raise SystemExit(str(error)) from None
    text = as_table(found.counts, asked.replicate)
    data: dict[str, Json] = {
        "made": made_with(),
        "settings": settings_of(found.model, asked.databases),
        "counts": [{**asdict(c), "false_per_search": c.false_per_search} for c in found.counts],
        "hits": [asdict(hit) for hit in found.hits],
        "others": {str(n): others.as_data() for n, others in found.others.items()},
    }
    name = "nfi_mixtures" + ("" if asked.replicate == "1" else f"_replicate_{asked.replicate}")
    write(asked.out, name, text, drawing(found.hits, asked.persons), data)


if __name__ == "__main__":
    main()
