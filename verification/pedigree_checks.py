"""Invented families with one thing wrong: how often the checks name it, and raise a false alarm.

    python -m verification.pedigree_checks

Two parents, an uncle, two full siblings and a half sister, everybody typed, at 15 and at 21 loci.
Each family is checked as it is, and with an error planted. Everybody is drawn by the simulator,
with mutation at the rates that the checks allow for, from the frequencies that weigh them.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import sqrt
from pathlib import Path

import numpy as np

from reopen.faces.workbench.mutation_given import USUAL_MUTATION
from reopen.formats import library
from reopen.records import (
    Allele,
    Genotype,
    KinshipModel,
    Locus,
    Member,
    Pedigree,
    Population,
    Reference,
    Sex,
)
from reopen.weigh.pedigree_check import Cause, PedigreeCheck, check_pedigree
from reopen.weigh.simulate import draw_child, draw_reference, draw_references
from verification.common import RESULTS, Column, Json, Progress, made_with, table, write_table

POPULATION, THETA, SEED, N_FAMILIES = "nist1036-cauc", 0.01, 1, 12
KITS = ("Identifiler", "GlobalFiler")
MODEL = KinshipModel(USUAL_MUTATION)
FAMILY = Pedigree(
    (
        Member("grandfather", Sex.MALE),
        Member("grandmother", Sex.FEMALE),
        Member("father", Sex.MALE, "grandfather", "grandmother"),
        Member("uncle", Sex.MALE, "grandfather", "grandmother"),
        Member("mother", Sex.FEMALE),
        Member("first wife", Sex.FEMALE),
        Member("anna", Sex.FEMALE, "father", "mother"),
        Member("ben", Sex.MALE, "father", "mother"),
        Member("clara", Sex.FEMALE, "father", "first wife"),
    )
)
SMALL = ("anna", "ben", "clara")  # no parent typed
TYPED = ("father", "uncle", "mother", *SMALL)
People = dict[str, Reference]


@dataclass(frozen=True, slots=True)
class Planted:
    """An error.

    typed   members with a profile
    change  what was done to all people drawn; the pedigree stays as stated
    causes  explanations that are right, with a name that they tell
    """

    name: str
    typed: Sequence[str]
    change: Callable[[np.random.Generator, Population, People], People]
    causes: Sequence[tuple[Cause, str]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check said.

    noticed  the family is called doubtful; told: there is any finding
    named    the best explanation is a right one
    """

    noticed: bool
    told: bool
    named: bool
    best: str


def nothing(rng: np.random.Generator, population: Population, people: People) -> People:
    return people


def exchanged(one: str, other: str) -> Callable[..., People]:
    def change(rng: np.random.Generator, population: Population, people: People) -> People:
        return {**people, one: people[other], other: people[one]}

    return change


def stranger(id: str) -> Callable[..., People]:
    def change(rng: np.random.Generator, population: Population, people: People) -> People:
        return {**people, id: draw_reference(rng, population, id, loci=people[id].loci)}

    return change


def another_father(rng: np.random.Generator, population: Population, people: People) -> People:
    man = draw_reference(rng, population, "man", loci=people["ben"].loci)
    return {**people, "ben": mutated(rng, draw_child(rng, man, people["mother"], "ben"))}


def twice(rng: np.random.Generator, population: Population, people: People) -> People:
    return {**people, "ben": replace(people["anna"], id="ben")}


def one_step(rng: np.random.Generator, population: Population, people: People) -> People:
    """One allele of a child, at a locus where that leaves no allele of the mother or the father."""
    while True:
        at = rng.choice([str(locus) for locus in people["anna"].loci])
        locus = next(locus for locus in people["anna"].loci if locus == at)
        pair = people["anna"].genotypes[locus].pair
        changed = stepped(pair[0], int(rng.choice([-1, 1])))
        genotype = Genotype((changed, pair[1]))
        parents = [people[id].genotypes[locus].pair for id in ("father", "mother")]
        if all(changed not in parent for parent in parents) and pair[1] in (
            *parents[0],
            *parents[1],
        ):
            return {**people, "anna": with_genotype(people["anna"], locus, genotype)}


def half_brother(rng: np.random.Generator, population: Population, people: People) -> People:
    """Ben is the child of another man, and no parent is typed."""
    return another_father(rng, population, people)


def full_sister(rng: np.random.Generator, population: Population, people: People) -> People:
    """Clara is the mother's child too."""
    child = draw_child(rng, people["father"], people["mother"], "clara")
    return {**people, "clara": mutated(rng, child)}


PLANTED = (
    Planted("nothing wrong, six typed", TYPED, nothing, ()),
    Planted("nothing wrong, siblings only", SMALL, nothing, ()),
    Planted("one mutation by one step", TYPED, one_step, ((Cause.MUTATION, ""),)),
    Planted(
        "samples of mother and uncle exchanged", TYPED, exchanged("mother", "uncle"),
        ((Cause.EXCHANGED, "mother"), (Cause.EXCHANGED, "uncle")),
    ),
    Planted(
        "samples of father and anna exchanged", TYPED, exchanged("father", "anna"),
        ((Cause.EXCHANGED, "father"), (Cause.EXCHANGED, "anna")),
    ),
    Planted(
        "the mother's sample is a stranger's", TYPED, stranger("mother"),
        ((Cause.STRANGER, "mother"),),
    ),
    Planted(
        "the uncle's sample is a stranger's", TYPED, stranger("uncle"),
        ((Cause.STRANGER, "uncle"), (Cause.PARENT, "uncle")),
    ),
    Planted(
        "ben has another father", TYPED, another_father, ((Cause.PARENT, "father of ben"),)
    ),
    Planted("ben's sample is one of anna", TYPED, twice, ((Cause.TWICE, ""),)),
    Planted(
        "ben is a half brother, no parent typed", SMALL, half_brother,
        ((Cause.PARENT, "of ben"), (Cause.PARENT, "of anna")),
    ),
    Planted(
        "clara is a full sister, no parent typed", SMALL, full_sister,
        ((Cause.SAME_PARENT, ""),),
    ),
)  # fmt: skip


def draw_people(rng: np.random.Generator, population: Population, loci: Sequence[Locus]) -> People:
    """The family, everybody typed in full; each allele handed on may mutate by a step."""
    founders = [member.id for member in FAMILY.founders]
    people = dict(zip(founders, draw_references(rng, population, founders, loci=loci), strict=True))
    for member in FAMILY.parents_first:
        if member.parents:
            father, mother = (people[id] for id in member.parents)
            people[member.id] = mutated(rng, draw_child(rng, father, mother, member.id))
    return people


def mutated(rng: np.random.Generator, child: Reference) -> Reference:
    """Steps of one repeat: the father's allele comes first."""
    rates = (USUAL_MUTATION.male.rate, USUAL_MUTATION.female.rate)
    for locus, genotype in child.genotypes.items():
        pair = tuple(
            stepped(allele, int(rng.choice([-1, 1]))) if rng.random() < rate else allele
            for allele, rate in zip(genotype.pair, rates, strict=True)
        )
        if pair != genotype.pair:
            child = with_genotype(child, locus, Genotype(pair))
    return child


def stepped(allele: Allele, step: int) -> Allele:
    """One repeat more or less: 9.3 becomes 10.3 or 8.3."""
    whole, dot, rest = allele.partition(".")
    return Allele(f"{int(whole) + step}{dot}{rest}")


def with_genotype(person: Reference, locus: Locus, genotype: Genotype) -> Reference:
    return replace(person, genotypes={**person.genotypes, locus: genotype})


def outcome(planted: Planted, found: PedigreeCheck) -> Outcome:
    best = found.explanations[0] if found.explanations else None
    if not found.in_doubt and found.errors:  # the text calls it a mutation
        best = next(one for one in found.explanations if one.cause is Cause.MUTATION)
    named = best is not None and any(
        best.cause is cause and name in best.told for cause, name in planted.causes
    )
    return Outcome(
        found.in_doubt, bool(found.findings), named, "" if best is None else best.cause.value
    )


def measure(
    planted: Planted, loci: Sequence[Locus], population: Population, families: int, seed: int
) -> list[Outcome]:
    """One family for each seed: the same families for every error."""
    outcomes = []
    for k in range(families):
        rng = np.random.default_rng([seed, k])
        people = planted.change(rng, population, draw_people(rng, population, loci))
        profiles = {id: replace(people[id], id=id) for id in planted.typed}
        outcomes.append(outcome(planted, check_pedigree(FAMILY, profiles, population, MODEL)))
    return outcomes


def wilson(k: int, n: int) -> tuple[float, float]:
    """95 % interval of a share."""
    z = 1.959964
    middle = (k + z * z / 2) / (n + z * z)
    half = z / (n + z * z) * sqrt(k * (n - k) / n + z * z / 4)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def written(results: Mapping[tuple[str, int], Sequence[Outcome]]) -> str:
    """In doubt, and named rightly, of all; with intervals."""
    columns = [
        Column("planted", False), Column("loci"), Column("families"), Column("called in doubt"),
        Column("95 % interval"), Column("cause named rightly"), Column("other causes named", False),
    ]  # fmt: skip
    lines = []
    for (name, loci), outcomes in results.items():
        n = len(outcomes)
        doubted = sum(one.noticed for one in outcomes)
        low, high = wilson(doubted, n)
        is_right = name.startswith("nothing")
        others = Counter(one.best for one in outcomes if one.best and not one.named)
        told = ", ".join(f"{cause} {k}" for cause, k in others.most_common())
        named = "" if is_right else f"{sum(one.named for one in outcomes)} of {n}"
        interval = f"{100 * low:.1f} to {100 * high:.1f} %"
        lines.append([name, str(loci), str(n), f"{doubted} of {n}", interval, named, told])
    return table(columns, lines)


def main() -> None:
    """Draw, check, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--families", type=int, default=N_FAMILIES)
    parser.add_argument("--right", type=int, default=8, help="times as many with nothing wrong")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    population = Population(library.population(POPULATION), THETA)
    progress, results = Progress(), {}
    todo = [(kit, planted) for kit in KITS for planted in PLANTED]
    for done, (kit, planted) in enumerate(todo):
        progress("families", done, len(todo))
        loci = [m.locus for m in library.kit(kit).markers if m.kind == "autosomal"]
        n = asked.families * (1 if planted.causes else asked.right)
        results[planted.name, len(loci)] = measure(planted, loci, population, n, asked.seed)
    progress("families", len(todo), len(todo))
    data: dict[str, Json] = {
        **made_with(),
        "seed": asked.seed,
        "population": POPULATION,
        "theta": THETA,
        "planted": [
            {
                "planted": name,
                "loci": loci,
                "families": len(outcomes),
                "in_doubt": sum(one.noticed for one in outcomes),
                "any_finding": sum(one.told for one in outcomes),
                "named": sum(one.named for one in outcomes),
                "best": dict(Counter(one.best for one in outcomes)),
            }
            for (name, loci), outcomes in results.items()
        ],
    }
    write_table(asked.out, "pedigree_checks", written(results), data)


if __name__ == "__main__":
    main()
