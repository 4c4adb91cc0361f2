"""Databases of a given size: typed people, who are in every one, and simulated people of each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from reopen.records import AlleleFrequencies, Genotype, Locus, Reference, genotype


@dataclass(frozen=True, slots=True)
class Databases:
    """Donors and typed people, who are in every database, then simulated people of each.

    size  of one database
    """

    references: tuple[Reference, ...]
    typed: int
    size: int

    @property
    def number(self) -> int:
        return (len(self.references) - self.typed) // (self.size - self.typed)

    def seeds_with(self, index: int) -> range:
        """Seeds, from 1, of the databases that hold a reference."""
        if index < self.typed:
            return range(1, self.number + 1)
        seed = (index - self.typed) // (self.size - self.typed) + 1
        return range(seed, seed + 1)


def simulated_people(
    frequencies: AlleleFrequencies, loci: Iterable[Locus], number: int, seed: int
) -> list[Reference]:
    """Unrelated people, alleles drawn independently."""
    rng = np.random.default_rng(seed)
    people: list[dict[Locus, Genotype]] = [{} for _ in range(number)]
    for locus in loci:
        listed = frequencies.by_locus.get(locus)
        if listed is None:
            continue
        labels, shares = list(listed), np.array(list(listed.values()))
        drawn = rng.choice(len(labels), size=(number, 2), p=shares / shares.sum())
        known: dict[tuple[int, int], Genotype] = {}
        for person, (one, other) in zip(people, drawn.tolist(), strict=True):
            if (one, other) not in known:
                known[one, other] = genotype(labels[one], labels[other])
            person[locus] = known[one, other]
    return [Reference(f"simulated {seed}-{k}", found) for k, found in enumerate(people, start=1)]


def fill(
    typed: Sequence[Reference], frequencies: AlleleFrequencies, number: int, size: int
) -> Databases:
    """Typed people and, for each seed, simulated people up to the size, typed as the first is."""
    loci = typed[0].loci
    wanted = size - len(typed)
    simulated = [
        person
        for seed in range(1, number + 1)
        for person in simulated_people(frequencies, loci, wanted, seed)
    ]
    return Databases((*typed, *simulated), len(typed), size)
