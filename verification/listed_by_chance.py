"""People listed by chance alone in searches of a database, beside the number that was allowed.

    python -m verification.listed_by_chance --who 60 --people 1000000

People nobody in the database is related to, stains of two of them, and families that miss one of
them, are looked for among invented people, with `most_chance` links by chance allowed in each
search. The threshold is where the upper limit of the number expected is so many, so that in all
searches together as many should be listed, or slightly fewer: a Poisson number. Searches
that left nobody out, since fewer than allowed reach an LR of 1 at all, are counted apart.

Ends with status 1 where the count lies above 99.5% of such numbers, or below 0.5% of those about
nine tenths of it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from scipy.stats import poisson

import reopen
from reopen.formats import find_kit, find_population
from reopen.records import (
    Family,
    KinshipCase,
    Kit,
    Locus,
    Member,
    Pedigree,
    Population,
    Purpose,
    Reference,
    Sex,
    Stain,
)
from reopen.weigh.model import PeakModel, PeakParameters
from reopen.weigh.simulate import draw_family, draw_reference, draw_stain
from reopen.weigh.stutter import Stutter
from verification.common import RESULTS, Column, Progress, made_with, table, write_table

POPULATION, KIT = "nist1036-cauc", "GlobalFiler"
KIN = ("parent and child", "full siblings", "half siblings")
SAME = "same person"
MISSING = Pedigree(
    (
        Member("father", Sex.MALE),
        Member("mother", Sex.FEMALE),
        Member("child", Sex.MALE, "father", "mother"),
    )
)
Asked = Reference | Stain | KinshipCase


@dataclass(frozen=True)
class Row:
    """Searches of one sort that left somebody out: how many links were allowed in all of them, and
    listed. without: searches that listed everybody."""

    who: str
    relation: str
    searches: int
    allowed: float
    listed: int
    without: int

    @property
    def least(self) -> int:
        return int(poisson.ppf(0.005, 0.9 * self.allowed))

    @property
    def most(self) -> int:
        return int(poisson.ppf(0.995, self.allowed))

    @property
    def holds(self) -> bool:
        return self.least <= self.listed <= self.most


def looked_for(rng: np.random.Generator, number: int) -> Iterator[tuple[str, Asked, str]]:
    """Who, in words and as a value, and as what."""
    kit, population = find_kit(KIT), Population(find_population(POPULATION))
    loci = [Locus(m.locus) for m in kit.markers if m.kind == "autosomal"]
    for k in range(number):
        person, other = (
            draw_reference(rng, population, f"{name} {k}", loci=loci) for name in ("one", "other")
        )
        for relation in KIN:
            yield "a person", person, relation
        stain = _stain(rng, (person, other), population, kit, k)
        for relation in (SAME, *KIN[:2]):
            yield "a stain of two", stain, relation
        drawn = draw_family(rng, population, "father", "mother", ["child"], loci=loci)
        typed = {"mother": drawn.mother, "child": drawn.children[0]}
        profiles = {name: replace(one, purpose=Purpose.FAMILY) for name, one in typed.items()}
        family = Family(f"family {k}", MISSING, profiles, ("father",))
        yield "a father, from mother and child", KinshipCase(families=(family,)), SAME


def _stain(
    rng: np.random.Generator,
    donors: tuple[Reference, Reference],
    population: Population,
    kit: Kit,
    number: int,
) -> Stain:
    law = PeakParameters((0.65, 0.35), 250.0, 0.25, 0.9)
    model = PeakModel(stutter=Stutter(back=False))
    return draw_stain(rng, donors, population, kit, law, model, id=f"stain {number}")


def counted(database: Path, number: int, most_chance: float, seed: int) -> list[Row]:
    """Searches of every sort, and what they listed."""
    settings = reopen.Settings().changed(theta=0.0, stutter="none")
    found: dict[tuple[str, str], list[int | None]] = {}
    every = list(looked_for(np.random.default_rng(seed), number))
    progress = Progress()
    for done, (name, who, relation) in enumerate(every, start=1):
        searching = reopen.search(
            who,
            database,
            relations=(relation,),
            least_log10=0.0,
            most_chance=most_chance,
            population=POPULATION,
            settings=settings,
            contributors=2,
            kit=KIT,
            in_full=False,
        )
        as_asked = [
            link
            for link in searching.linking.links
            if (link.relation == SAME) is (relation == SAME) or link.one.member or link.other.member
        ]
        left_out = any(
            (left.relation == SAME) is (relation == SAME) or isinstance(who, KinshipCase)
            for left in searching.linking.result.left_out
        )
        found.setdefault((name, relation), []).append(len(as_asked) if left_out else None)
        progress("searching", done, len(every))
    return [
        Row(name, relation, len(cut), most_chance * len(cut), sum(cut), len(numbers) - len(cut))
        for (name, relation), numbers in found.items()
        for cut in [[number for number in numbers if number is not None]]
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--who", type=int, default=60)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--most-chance", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "invented.arrow"
        reopen.simulate_database(
            database, asked.people, population=POPULATION, kit=KIT, seed=asked.seed
        )
        found = counted(database, asked.who, asked.most_chance, asked.seed)
    lines = [
        (
            row.who,
            row.relation,
            f"{row.searches:,}",
            f"{row.allowed:,.0f}",
            f"{row.listed:,}",
            f"{row.least:,} to {row.most:,}",
            f"{row.without:,}",
        )
        for row in found
    ]
    names = ("searches", "allowed", "listed", "99% of counts", "nobody left out")
    columns = [Column("looked for", False), Column("as", False), *map(Column, names)]
    data = {**made_with(), **vars(asked), "out": None, "rows": [asdict(row) for row in found]}
    write_table(asked.out, "listed_by_chance", table(columns, lines), data)
    return 0 if all(row.holds for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
