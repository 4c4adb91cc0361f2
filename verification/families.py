"""Families of the missing and remains, simulated: who is identified, and who is so wrongly.

    python -m verification.families

200 families of seven sorts miss one person each. Of 150 remains 90 % are of one of these people;
30 % of all are degraded. Each remains go to the family of their strongest link, from a threshold
on. Everybody is drawn by the simulator, from the frequencies that weigh them.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from reopen.faces.workbench.mutation_given import USUAL_MUTATION
from reopen.formats import library
from reopen.link import Sought
from reopen.link.candidates import search_tables
from reopen.link.sought import missing_members
from reopen.records import (
    Family,
    Genotype,
    KinshipModel,
    Locus,
    Member,
    Pedigree,
    Population,
    Reference,
    Remains,
    Sex,
)
from reopen.weigh.compare import contributors
from reopen.weigh.remains import remains_likelihoods
from reopen.weigh.simulate import draw_child, draw_references
from verification.charts import BLUE, ORANGE, RED, Axis, Panel, sheet, side_by_side
from verification.common import RESULTS, Column, Json, made_with, table, write

POPULATION, THETA, KIT = "nist1036-cauc", 0.0, "GlobalFiler"  # drawn without coancestry, too
N_FAMILIES, N_REMAINS, SEED = 200, 150, 1
DEGRADED, WITHOUT_FAMILY, DROPOUT, LOCI_LOST = 0.3, 0.1, 0.15, 0.25
THRESHOLDS = tuple(k / 4 for k in range(33))
SHOWN = (2.0, 3.0, 4.0, 5.0, 6.0)
PEOPLE = Pedigree(
    (
        Member("grandfather", Sex.MALE),
        Member("grandmother", Sex.FEMALE),
        Member("father", Sex.MALE, "grandfather", "grandmother"),
        Member("aunt", Sex.FEMALE, "grandfather", "grandmother"),
        Member("mother", Sex.FEMALE),
        Member("stepfather", Sex.MALE),
        Member("missing", Sex.MALE, "father", "mother"),
        Member("sister", Sex.FEMALE, "father", "mother"),
        Member("half-sister", Sex.FEMALE, "stepfather", "mother"),
        Member("wife", Sex.FEMALE),
        Member("child", Sex.FEMALE, "missing", "wife"),
    )
)
SORTS = (
    ("father", "mother"),
    ("mother", "sister"),
    ("child", "wife"),
    ("mother",),
    ("sister",),
    ("mother", "half-sister"),
    ("aunt", "half-sister"),
)


@dataclass(frozen=True, slots=True)
class Named:
    """One set of remains: whose they are, and the strongest link.

    family    the one that misses them; "" where none was sampled
    sort      of relatives typed there
    strongest (family, log10 LR) of the strongest link; ("", -inf) without one
    """

    family: str
    sort: str
    degraded: bool
    strongest: tuple[str, float]

    def outcome(self, threshold: float) -> str:
        """identified, wrong, or nothing."""
        family, log10 = self.strongest
        if log10 < threshold:
            return "nothing"
        return "identified" if family == self.family else "wrong"


def draw(rng: np.random.Generator, population: Population) -> tuple[Sought, dict[str, str]]:
    """Families and remains, and the family that each remains belong to."""
    kit = library.kit(KIT)
    loci = [m.locus for m in kit.markers if m.kind == "autosomal"]
    families, bodies = [], []
    for k in range(N_FAMILIES):
        people = _family(rng, population, loci)
        typed = {id: people[id] for id in SORTS[k % len(SORTS)]}
        families.append(Family(f"F{k + 1}", PEOPLE, typed, ("missing",)))
        bodies.append((f"F{k + 1}", people["missing"]))
    order = rng.permutation(N_FAMILIES)[: round(N_REMAINS * (1 - WITHOUT_FAMILY))]
    chosen = [bodies[k] for k in order]
    strangers = N_REMAINS - len(chosen)
    chosen += [("", one) for one in draw_references(rng, population, [""] * strangers, loci=loci)]
    remains, truth = [], {}
    for k, (family, body) in enumerate(chosen):
        is_degraded = rng.random() < DEGRADED
        profile = replace(_degraded(rng, body) if is_degraded else body, id=f"R{k + 1}")
        remains.append(Remains(f"R{k + 1}", profile, Sex.MALE, DROPOUT if is_degraded else 0.0))
        truth[f"R{k + 1}"] = family
    return Sought(tuple(families), tuple(remains), model=KinshipModel(USUAL_MUTATION)), truth


def _family(
    rng: np.random.Generator, population: Population, loci: Sequence[Locus]
) -> dict[str, Reference]:
    founders = [m.id for m in PEOPLE.founders]
    drawn = draw_references(rng, population, founders, loci=loci)
    people = dict(zip(founders, drawn, strict=True))
    for member in PEOPLE.parents_first:
        if member.parents:
            father, mother = (people[id] for id in member.parents)
            people[member.id] = draw_child(rng, father, mother, member.id)
    return people


def _degraded(rng: np.random.Generator, body: Reference) -> Reference:
    """Whole loci are lost, and single alleles of the others."""
    typed: dict[Locus, Genotype] = {}
    for locus, genotype in body.genotypes.items():
        if rng.random() < LOCI_LOST:
            continue
        seen = dict.fromkeys(allele for allele in genotype.pair if rng.random() >= DROPOUT)
        if seen:
            typed[locus] = Genotype(tuple(seen))
    return replace(body, genotypes=typed)


def search(sought: Sought, truth: Mapping[str, str], population: Population) -> list[Named]:
    """The strongest link of all remains with a family, as a search weighs them."""
    met = sought.alleles_met
    tables = search_tables(list(met), population, met)
    missing, _ = missing_members(sought, population, tables)
    people, _ = contributors([remains_likelihoods(one) for one in sought.remains], tables)
    log10, _ = missing.against(people)
    sorts = {family.id: " and ".join(family.profiles) for family in sought.families}
    best = log10.argmax(axis=0)
    return [
        Named(
            truth[one.id],
            sorts.get(truth[one.id], ""),
            one.dropout > 0,
            (missing.who[best[k]][0].id, float(log10[best[k], k])),
        )
        for k, one in enumerate(sought.remains)
    ]


def rates(named: Sequence[Named], threshold: float) -> tuple[int, int, int, int]:
    """Identified, of those with a family; wrongly identified, of all."""
    outcomes = [one.outcome(threshold) for one in named]
    with_family = sum(bool(one.family) for one in named)
    return outcomes.count("identified"), with_family, outcomes.count("wrong"), len(named)


def written(named: Sequence[Named]) -> str:
    """The rates at some thresholds, and at 10,000 by the relatives who were typed."""
    columns = [Column("remains", False), *(Column(f"log10 LR {t:g} or more") for t in SHOWN)]
    lines = []
    for name, some in _groups(named).items():
        counted = [rates(some, threshold) for threshold in SHOWN]
        lines.append([f"{name}: identified", *(f"{c[0]} of {c[1]}" for c in counted)])
        lines.append([f"{name}: wrongly", *(f"{c[2]} of {c[3]}" for c in counted)])
    for sort in (" and ".join(sort) for sort in SORTS):
        some = [one for one in named if one.sort == sort]
        counted = [rates(some, threshold) for threshold in SHOWN]
        lines.append([f"{sort} typed: identified", *(f"{c[0]} of {c[1]}" for c in counted)])
    return table(columns, lines)


def _groups(named: Sequence[Named]) -> dict[str, list[Named]]:
    return {
        "all": list(named),
        "full profile": [one for one in named if not one.degraded],
        "degraded": [one for one in named if one.degraded],
    }


def picture(named: Sequence[Named]) -> str:
    """Both rates as the threshold rises, for full and for degraded profiles."""
    x = Axis("least log10 LR", 0.0, 8.0)
    panels = side_by_side(
        ["Identified, of those with a family", "Wrongly identified, of all"],
        [x, x],
        Axis("share of remains", 0.0, 1.0),
        width=330,
    )
    marks = []
    for (_, some), colour in zip(_groups(named).items(), (BLUE, ORANGE, RED), strict=True):
        counted = [rates(some, threshold) for threshold in THRESHOLDS]
        marks.append(_curve(panels[0], [c[0] / max(c[1], 1) for c in counted], colour))
        marks.append(_curve(panels[1], [c[2] / max(c[3], 1) for c in counted], colour))
    foot = "Blue: all remains. Orange: full profiles. Red: degraded ones."
    return sheet(panels, "Identification by families", foot, marks, foot)


def _curve(panel: Panel, shares: Sequence[float], colour: str) -> str:
    return panel.curve(list(zip(THRESHOLDS, shares, strict=True)), colour)


def main() -> None:
    """Draw, search, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    population = Population(library.population(POPULATION), THETA)
    sought, truth = draw(np.random.default_rng(asked.seed), population)
    named = search(sought, truth, population)
    data: dict[str, Json] = {
        **made_with(),
        "seed": asked.seed,
        "families": N_FAMILIES,
        "population": POPULATION,
        "theta": THETA,
        "remains": [_plain(one) for one in named],
    }
    write(asked.out, "families", written(named), picture(named), data)


def _plain(one: Named) -> dict[str, Json]:
    link_to, log10 = one.strongest
    return {
        "family": one.family,
        "relatives": one.sort,
        "degraded": one.degraded,
        "strongest_link": link_to,
        "log10": log10 if np.isfinite(log10) else None,
    }


if __name__ == "__main__":
    main()
