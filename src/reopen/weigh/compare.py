"""Weigh many people against each other, locus by locus: the one comparison, for the same person.

Likelihoods, frequencies and theta meet here. Not here: which pairs are worth weighing (`link`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import NDArray

from reopen.errors import CannotWeigh
from reopen.kernels.compare import same_person_lr, unrelated_given_each
from reopen.kernels.genotypes import number, probabilities
from reopen.kernels.shapes import Floats, Ints
from reopen.records import (
    REST,
    Allele,
    Comparison,
    Genotype,
    GenotypeLikelihoods,
    Locus,
    LocusLikelihoods,
    NotWeighed,
    Population,
    Reference,
    allele_order,
)
from reopen.weigh.deconvolve import on_alleles

_LN_10 = float(np.log(10.0))


def reference_likelihoods(reference: Reference) -> GenotypeLikelihoods:
    """A typed person as genotype likelihoods: 1 on the typed genotype, 0 elsewhere.

    Tri-allelic loci are left out: no diploid genotype explains them.
    """
    return GenotypeLikelihoods(
        reference.id,
        {
            locus: _certain(genotype)
            for locus, genotype in reference.genotypes.items()
            if not genotype.is_triallelic
        },
    )


def _certain(genotype: Genotype) -> LocusLikelihoods:
    """Alleles typed, then REST; only the typed pair has likelihood 1."""
    labels = tuple(dict.fromkeys(genotype.pair))
    n = len(labels) + 1
    ln = [-np.inf] * (n * (n + 1) // 2)
    ln[0 if len(labels) == 1 else 1] = 0.0
    return LocusLikelihoods((*labels, REST), tuple(ln))


@dataclass(frozen=True, slots=True)
class LocusTable:
    """Alleles and frequencies of one locus as a search uses them.

    alleles    the population's, and every other allele met in the search, at its stated minimum
    frequency  (allele,), sums to 1
    """

    locus: Locus
    alleles: tuple[Allele, ...]
    frequency: Floats
    theta: float

    @property
    def prior(self) -> Floats:
        """P(genotype); shape (genotype,)."""
        return probabilities(self.frequency, self.theta)


def locus_table(locus: Locus, population: Population, met: set[Allele]) -> LocusTable | None:
    """Frequencies for a search; None where the population has none at the locus."""
    listed = population.frequencies.by_locus.get(locus)
    if listed is None:
        return None
    table = {label: f for label, f in listed.items() if f > 0}
    for label in met - table.keys():
        table[label] = population.floor
    labels = tuple(sorted(table, key=allele_order))
    frequency = np.array([table[label] for label in labels])
    return LocusTable(locus, labels, frequency / frequency.sum(), population.theta_at(locus))


@dataclass(frozen=True, slots=True)
class Contributors:
    """Stain contributors (or anybody given by likelihoods) of a search, ready to be compared.

    ln       locus -> (person, genotype) ln P(evidence | genotype), largest 0; rows of those
             without data are 0 everywhere (every genotype alike)
    unrelated  locus -> (person, genotype) ln sum_h v(h) P(h | g; theta)
    present  locus -> (person,) whether there are data
    """

    owners: tuple[str, ...]
    tables: Mapping[Locus, LocusTable]
    ln: Mapping[Locus, Floats]
    unrelated: Mapping[Locus, Floats]
    present: Mapping[Locus, NDArray[np.bool_]]

    def with_more(self, others: Contributors) -> Contributors:
        """These people, then others, of the same tables."""
        return Contributors(
            (*self.owners, *others.owners),
            self.tables,
            {locus: np.vstack([rows, others.ln[locus]]) for locus, rows in self.ln.items()},
            {
                locus: np.vstack([rows, others.unrelated[locus]])
                for locus, rows in self.unrelated.items()
            },
            {locus: np.append(have, others.present[locus]) for locus, have in self.present.items()},
        )

    def some(self, people: slice) -> Contributors:
        """Some of the people alone."""
        return Contributors(
            self.owners[people],
            self.tables,
            {locus: rows[people] for locus, rows in self.ln.items()},
            {locus: rows[people] for locus, rows in self.unrelated.items()},
            {locus: have[people] for locus, have in self.present.items()},
        )


def contributors(
    people: Sequence[GenotypeLikelihoods], tables: Mapping[Locus, LocusTable]
) -> tuple[Contributors, tuple[NotWeighed, ...]]:
    """Put people's likelihoods on the common allele sets; list what cannot be compared."""
    ln, unrelated, present = {}, {}, {}
    refused = []
    for locus, table in tables.items():
        n_genotypes = len(table.alleles) * (len(table.alleles) + 1) // 2
        rows = np.zeros((len(people), n_genotypes))
        have = np.zeros(len(people), dtype=bool)
        for k, person in enumerate(people):
            if locus not in person.by_locus:
                continue
            row = on_alleles(person.by_locus[locus], table.alleles)
            if row is None:
                reason = "alleles beyond those of the population cannot be told apart"
                refused.append(NotWeighed(f"{person.owner} {locus}", reason))
                continue
            rows[k], have[k] = row - row.max(), True
        chance = unrelated_given_each(np.exp(rows), table.frequency, table.theta)
        with np.errstate(divide="ignore"):
            ln[locus], unrelated[locus], present[locus] = rows, np.log(chance), have
    refused += [
        NotWeighed(f"{person.owner} {locus}", "the population has no frequencies at this locus")
        for person in people
        for locus in person.loci
        if locus not in tables
    ]
    owners = tuple(person.owner for person in people)
    return Contributors(owners, tables, ln, unrelated, present), tuple(refused)


def genotype_numbers(
    references: Sequence[Reference], tables: Mapping[Locus, LocusTable]
) -> dict[Locus, Ints]:
    """Each reference's genotype number by locus; -1 where not typed, or tri-allelic."""
    numbers = {}
    for locus, table in tables.items():
        place = {label: k for k, label in enumerate(table.alleles)}
        found = np.full((len(references), 2), -1, dtype=np.int64)
        for k, reference in enumerate(references):
            genotype = reference.genotypes.get(locus)
            if genotype is not None and not genotype.is_triallelic:
                missing = [label for label in genotype.pair if label not in place]
                if missing:
                    raise CannotWeigh(
                        f"Allele {missing[0]} of {reference.id} is not in the table of {locus}.",
                        rule="A search's table holds every allele met in it.",
                        way_on="Make the table with this person's alleles among those met.",
                    )
                found[k] = [place[label] for label in genotype.pair]
        typed = found[:, 0] >= 0
        numbers[locus] = np.where(typed, number(found[:, 0], found[:, 1], len(table.alleles)), -1)
    return numbers


def against_references(people: Contributors, numbers: Mapping[Locus, Ints]) -> Floats:
    """log10 LR of every person with every reference, same person against unrelated.

    Shape (person, reference). Loci that either lacks count nothing.
    """
    n = len(next(iter(numbers.values()))) if numbers else 0
    total: Floats = np.zeros((len(people.owners), n))
    for locus, found in numbers.items():
        total += locus_terms(people, locus, found)
    return total / _LN_10


def locus_terms(people: Contributors, locus: Locus, found: Ints) -> Floats:
    """ln LR at one locus, (person, reference); 0 where either has no data."""
    ratio = people.ln[locus] - people.unrelated[locus]
    terms: Floats = ratio[:, np.maximum(found, 0)]
    terms[:, found < 0] = 0.0
    terms[~people.present[locus]] = 0.0
    return terms


def against_each_other(people: Contributors) -> tuple[Floats, dict[Locus, Floats]]:
    """log10 LR of every two people, and its terms by locus; each (person, person).

    A term is 0 where either has no data, -inf where no genotype fits both.
    """
    n = len(people.owners)
    total, terms = np.zeros((n, n)), {}
    for locus, table in people.tables.items():
        likelihood = np.exp(people.ln[locus])
        chance = np.exp(people.unrelated[locus])
        ratio = same_person_lr(likelihood, likelihood, chance, table.prior)
        have = people.present[locus]
        with np.errstate(divide="ignore"):
            term = np.where(np.outer(have, have), np.log10(ratio), 0.0)
        terms[locus] = (term + term.T) / 2
        total += terms[locus]
    return total, terms


def compare(
    one: GenotypeLikelihoods, other: GenotypeLikelihoods, population: Population
) -> Comparison:
    """Weigh two people against each other: the same person, against unrelated people.

    log10 is -inf where a locus excludes. Loci that both have and that cannot be compared are in
    `not_weighed` of the result, with the reason.
    """
    loci = [locus for locus in one.loci if locus in other.by_locus]
    met: dict[Locus, set[Allele]] = {
        locus: (set(one.by_locus[locus].alleles) | set(other.by_locus[locus].alleles)) - {REST}
        for locus in loci
    }
    tables = {
        locus: table
        for locus in loci
        if (table := locus_table(locus, population, met[locus])) is not None
    }
    both, refused = contributors((one, other), tables)
    _, terms = against_each_other(both)
    per_locus = {
        locus: float(term[0, 1]) for locus, term in terms.items() if both.present[locus].all()
    }
    return Comparison(
        one.owner,
        other.owner,
        "same person",
        float(sum(per_locus.values())),
        per_locus,
        tuple(item for item in refused if any(item.what.endswith(f" {locus}") for locus in loci)),
    )


def random_match_log10(genotype: Genotype, table: LocusTable) -> float:
    """log10 P(an unrelated person has this genotype too | one has it); NRC II 4.10a and b."""
    pair = [table.alleles.index(label) for label in genotype.pair]
    v = np.zeros((1, len(table.alleles) * (len(table.alleles) + 1) // 2))
    g = number(np.array(pair[:1]), np.array(pair[1:]), len(table.alleles))[0]
    v[0, g] = 1.0
    return log10(unrelated_given_each(v, table.frequency, table.theta)[0, g])
