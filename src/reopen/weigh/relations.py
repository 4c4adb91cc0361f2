"""Weigh a person, typed or seen in a stain, as a relative of others: one against a million.

For two people, both without inbreeding, who share 0, 1 or 2 alleles by descent with stated
probabilities; parent and child also with mutation. Each locus becomes a table over the other's
genotype numbers, so that a typed profile costs one look-up a locus. Not for: whole families
(`families`), which pairs are worth weighing (`link`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.compare import unrelated_given_each
from reopen.kernels.genotypes import probabilities
from reopen.kernels.kin import add_up, child_of_each, one_allele_shared, parent_of_each
from reopen.kernels.shapes import Floats, Ints, Numbers
from reopen.records import (
    PARENT_CHILD,
    REST,
    Allele,
    Comparison,
    GenotypeLikelihoods,
    KinshipModel,
    Locus,
    MutationKind,
    Population,
    Reference,
    Relation,
    Sex,
)
from reopen.weigh.compare import (
    Contributors,
    LocusTable,
    contributors,
    genotype_numbers,
    locus_table,
)
from reopen.weigh.mutation import mutation_matrix

_LN_10 = float(np.log(10.0))
_AT_ONCE = 256  # people whose tables are made together


class Part(StrEnum):
    """Which of parent and child the first of two people is."""

    PARENT = "parent"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class Kin:
    """A relation as it is tested: how the other person is related to the first one.

    part  of the first person, if the relation is of parent and child. It matters to mutation only
    sex   of the parent; unknown: mutation is the mean of both sexes'
    """

    relation: Relation
    part: Part = Part.PARENT
    sex: Sex = Sex.UNKNOWN

    @property
    def is_parent_child(self) -> bool:
        return self.relation.ibd == PARENT_CHILD.ibd


def related_tables(
    people: Contributors, kin: Kin, model: KinshipModel | None = None
) -> dict[Locus, Floats]:
    """ln LR, related against unrelated, for every genotype of another, typed person.

    Locus -> (person, genotype); rows of people without data are 0. Without a model nothing
    mutates; with one, only parent and child are weighed with mutation.
    Source: Thompson 1975; Balding and Nichols 1994; for mutation Dawid, Mortera and Pascali 2001.
    """
    tables = {}
    for locus, table in people.tables.items():
        related = _related(np.exp(people.ln[locus]), table, kin, model or KinshipModel())
        with np.errstate(divide="ignore"):
            ln = np.log(related) - people.unrelated[locus]
        tables[locus] = np.where(people.present[locus][:, None], ln, 0.0)
    return tables


def _related(v: Floats, table: LocusTable, kin: Kin, model: KinshipModel) -> Floats:
    """sum_g v(g) P(g, h | related) / P(h); (person, genotype h)."""
    p, theta = table.frequency, table.theta
    if kin.is_parent_child and (mutation := _matrices(table, kin.sex, model)):
        handed, other = mutation
        if kin.part is Part.CHILD:
            return child_of_each(v, p, theta, handed, other)
        return parent_of_each(v, p, theta, handed, other) / table.prior
    k0, k1, k2 = kin.relation.ibd
    shared: Floats = k2 * v
    if k1:
        shared = shared + k1 * one_allele_shared(v, p, theta)
    return shared + k0 * unrelated_given_each(v, p, theta) if k0 else shared


def _matrices(table: LocusTable, sex: Sex, model: KinshipModel) -> tuple[Floats, Floats] | None:
    """Mutation in the parent and in the other parent; None where nothing mutates."""
    mutation = model.mutation_at(table.locus)
    if mutation.female.kind is mutation.male.kind is MutationKind.NONE:
        return None
    female, male = (
        mutation_matrix(one, table.alleles, table.frequency)
        for one in (mutation.female, mutation.male)
    )
    if sex is Sex.UNKNOWN:
        return (female + male) / 2, (female + male) / 2
    return (female, male) if sex is Sex.FEMALE else (male, female)


@dataclass(frozen=True, slots=True)
class TypedPeople:
    """Typed profiles, ready to be looked up.

    numbers  (locus, person) genotype numbers in the order of `loci`; where a person has none,
             the number after the last genotype
    width    genotypes of the longest locus, and one more
    """

    tables: Mapping[Locus, LocusTable]
    numbers: Numbers

    @property
    def loci(self) -> tuple[Locus, ...]:
        return tuple(self.tables)

    @property
    def untyped(self) -> Ints:
        """The number that stands for no genotype; (locus,)."""
        return np.array([n_genotypes(table) for table in self.tables.values()], dtype=np.int64)

    @property
    def by_locus(self) -> dict[Locus, Numbers]:
        """Locus -> (person,) the same numbers."""
        return dict(zip(self.tables, self.numbers, strict=True))

    def some(self, people: Ints) -> dict[Locus, Ints]:
        """Numbers of some of the people, as `genotype_numbers` has them: -1 where not typed."""
        return {
            locus: np.where(row[people] < untyped, row[people].astype(np.int64), -1)
            for (locus, row), untyped in zip(self.by_locus.items(), self.untyped, strict=True)
        }

    def is_typed(self) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
        """(locus, person)."""
        return np.asarray(self.numbers < self.untyped[:, None])


def n_genotypes(table: LocusTable) -> int:
    return len(table.alleles) * (len(table.alleles) + 1) // 2


def typed_people(
    references: Sequence[Reference], tables: Mapping[Locus, LocusTable]
) -> TypedPeople:
    """Number the genotypes of references at the loci of a search.

    Raises CannotWeigh for a locus with more genotypes than numbers.
    """
    for table in tables.values():
        if n_genotypes(table) > np.iinfo(np.uint16).max:
            raise CannotWeigh(
                f"{len(table.alleles)} alleles at {table.locus}.",
                rule="A search tells up to 361 alleles of a locus apart.",
                way_on="Leave the locus out, or name its alleles by length.",
            )
    found = genotype_numbers(references, tables)
    rows = [
        np.where(found[locus] < 0, n_genotypes(table), found[locus])
        for locus, table in tables.items()
    ]
    numbers = np.array(rows).reshape(len(rows), len(references)).astype(np.uint16)
    return TypedPeople(dict(tables), numbers)


def against_typed(tables: Mapping[Locus, Floats], person: int, typed: TypedPeople) -> Floats:
    """log10 LR of one person with every typed one; (typed person,).

    tables  of `related_tables`; loci that either lacks count nothing
    """
    rows = [
        tables[locus][person] if locus in tables else np.zeros(untyped)
        for locus, untyped in zip(typed.loci, typed.untyped, strict=True)
    ]
    total = np.zeros(typed.numbers.shape[1])
    add_up(typed.numbers, _padded(rows), total)
    return total / _LN_10


def _padded(rows: Sequence[Floats]) -> Floats:
    """Rows of any length, followed by 0 for people who are not typed."""
    padded = np.zeros((len(rows), max((len(row) for row in rows), default=0) + 1))
    for line, row in zip(padded, rows, strict=True):
        line[: len(row)] = row
    return padded


def terms_with(
    tables: Mapping[Locus, Floats], person: int, typed: TypedPeople, other: int
) -> dict[Locus, float]:
    """log10 LR of one person with one typed person, locus by locus, where that one is typed."""
    return {
        locus: float(tables[locus][person, number] / _LN_10)
        for locus, number, untyped in zip(
            typed.loci, typed.numbers[:, other], typed.untyped, strict=True
        )
        if locus in tables and number < untyped
    }


def every_pair(
    typed: TypedPeople, kin: Kin, model: KinshipModel | None = None
) -> Iterator[tuple[int, Floats]]:
    """Each typed person's place, and log10 LR with all who come after; (later person,).

    One table a locus, of the genotypes met, serves all pairs.
    """
    met: list[Numbers] = [np.unique(row) for row in typed.numbers]
    tables = [
        _of_those_met(table, numbers, kin, model)
        for table, numbers in zip(typed.tables.values(), met, strict=True)
    ]
    places = [
        np.searchsorted(numbers, row) for numbers, row in zip(met, typed.numbers, strict=True)
    ]
    renumbered: Numbers = np.array(places).reshape(typed.numbers.shape).astype(np.uint16)
    for one in range(typed.numbers.shape[1]):
        rows = [table[number] for table, number in zip(tables, renumbered[:, one], strict=True)]
        total = np.zeros(renumbered.shape[1] - one - 1)
        add_up(np.ascontiguousarray(renumbered[:, one + 1 :]), _padded(rows), total)
        yield one, total / _LN_10


def _of_those_met(table: LocusTable, met: Numbers, kin: Kin, model: KinshipModel | None) -> Floats:
    """ln LR of every two genotypes met, (first, second); 0 for the one that stands for none."""
    n = n_genotypes(table)
    real = met[met < n].astype(np.int64)
    ratio = np.zeros((len(met), len(met)))
    for start in range(0, len(real), _AT_ONCE):
        some = slice(start, min(start + _AT_ONCE, len(real)))
        v = np.zeros((len(real[some]), n))
        v[np.arange(len(v)), real[some]] = 1.0
        related = _related(v, table, kin, model or KinshipModel())[:, real]
        unrelated = unrelated_given_each(v, table.frequency, table.theta)[:, real]
        with np.errstate(divide="ignore"):
            ratio[some, : len(real)] = np.log(related) - np.log(unrelated)
    return ratio


def compare_as(
    kin: Kin,
    one: GenotypeLikelihoods,
    other: GenotypeLikelihoods,
    population: Population,
    model: KinshipModel | None = None,
) -> Comparison:
    """Weigh two people, each known by likelihoods, as relatives against unrelated people.

    log10 is -inf where a locus excludes the relation.
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
    ratios = related_tables(both, kin, model)
    per_locus = {
        locus: _mean_term(both, locus, ratios[locus])
        for locus in tables
        if both.present[locus].all()
    }
    return Comparison(
        one.owner,
        other.owner,
        kin.relation.name,
        float(sum(per_locus.values())),
        per_locus,
        tuple(item for item in refused if any(item.what.endswith(f" {locus}") for locus in loci)),
    )


def _mean_term(both: Contributors, locus: Locus, ratio: Floats) -> float:
    """log10 of the LR of two uncertain people: the mean over the second one's genotypes."""
    table = both.tables[locus]
    prior = probabilities(table.frequency, table.theta)
    unrelated = np.exp(both.ln[locus][1] + both.unrelated[locus][0]) * prior
    with np.errstate(divide="ignore"):
        return float(np.log10((unrelated * np.exp(ratio[0])).sum() / unrelated.sum()))
