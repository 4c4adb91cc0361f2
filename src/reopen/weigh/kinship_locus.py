"""A locus as kinship sees it: alleles, mutation matrices, and what each person's profile says.

Not here: pedigrees (`weigh.descent`), likelihoods (`weigh.kinship_terms`).
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, replace

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.genotypes import square
from reopen.kernels.shapes import Floats, Ints
from reopen.records import (
    REST,
    Allele,
    Genotype,
    KinshipModel,
    Locus,
    LocusLikelihoods,
    Mutation,
    Population,
)
from reopen.weigh.compare import locus_table
from reopen.weigh.deconvolve import on_alleles
from reopen.weigh.mutation import mutation_matrix

SILENT = Allele("silent")
"""The allele that is never seen: a named thing, never an allele label."""

_MOST_UNLISTED = 0.01
_EXACT = 1e-14


@dataclass(frozen=True, slots=True, eq=False)
class KinshipLocus:
    """Alleles of one locus with their frequencies and mutation.

    alleles    labels; after those of the population REST (alleles merged, or not listed) and
               SILENT, where there are any
    frequency  (allele,), sums to 1
    female, male  (parental allele, child's allele), by the parent's sex
    """

    locus: Locus
    alleles: tuple[Allele, ...]
    frequency: Floats
    theta: float
    x_linked: bool
    female: Floats
    male: Floats

    @property
    def has_silent(self) -> bool:
        return self.alleles[-1] == SILENT


def kinship_locus(
    locus: Locus,
    population: Population,
    model: KinshipModel,
    met: Set[Allele],
    *,
    mutation: Mutation | None = None,
) -> KinshipLocus | None:
    """A locus of a population; None where it has no frequencies there.

    met       alleles of the profiles; those not listed get the population's floor
    mutation  instead of the model's
    """
    labels, frequency, theta = _frequencies(locus, population, met)
    if not labels:
        return None
    chosen = mutation or model.mutation_at(locus)
    try:
        female = mutation_matrix(chosen.female, labels, frequency)
        male = mutation_matrix(chosen.male, labels, frequency)
    except CannotWeigh as error:
        raise CannotWeigh(f"{locus}: {error.seen}", rule=error.rule, way_on=error.way_on) from error
    if silent := model.silent.get(locus, 0.0):
        labels = (*labels, SILENT)
        frequency = np.append(frequency * (1 - silent), silent)
        female, male = _with_silent(female), _with_silent(male)
    return KinshipLocus(locus, labels, frequency, theta, locus in model.x_linked, female, male)


def _frequencies(
    locus: Locus, population: Population, met: Set[Allele]
) -> tuple[tuple[Allele, ...], Floats, float]:
    """Labels, frequencies that sum to 1, theta; unlisted alleles are REST if not rescaled."""
    table = locus_table(locus, population, set(met))
    if table is None:
        return (), np.zeros(0), 0.0
    if population.rescale:
        return table.alleles, table.frequency, table.theta
    listed = population.frequencies.by_locus[locus]
    plain = [listed.get(label) or population.floor for label in table.alleles]
    unlisted = 1 - sum(plain)
    if abs(unlisted) > _MOST_UNLISTED:
        raise CannotWeigh(
            f"Frequencies of {locus} in {population.name} sum to {sum(plain):.4f}.",
            rule="Without rescaling, all alleles but one part in a hundred are listed.",
            way_on="Let the table be rescaled, or complete it.",
        )
    if unlisted <= _EXACT:
        return table.alleles, np.array(plain) / sum(plain), table.theta
    return (*table.alleles, REST), np.array([*plain, unlisted]), table.theta


def merged(at: KinshipLocus, apart: Set[Allele]) -> KinshipLocus:
    """The locus with alleles that nobody has as one, REST, where that changes nothing.

    apart  alleles to be told apart
    Exact if the others mutate to each allele told apart alike (Kemeny and Snell 1976).
    """
    n = len(at.alleles) - at.has_silent
    kept = [k for k in range(n) if at.alleles[k] in apart]
    rest = [k for k in range(n) if at.alleles[k] not in apart]
    silent = [n] if at.has_silent else []
    if len(rest) < 2 or not all(
        np.ptp(matrix[np.ix_(rest, kept)], axis=0).max(initial=0.0) <= _EXACT
        for matrix in (at.female, at.male)
    ):
        return at
    rows = [*kept, rest[0], *silent]

    def merge(columns: Floats) -> Floats:
        summed = columns[:, rest].sum(axis=1, keepdims=True)
        return np.hstack([columns[:, kept], summed, columns[:, silent]])

    return replace(
        at,
        alleles=(*(at.alleles[k] for k in kept), REST, *(at.alleles[k] for k in silent)),
        frequency=merge(at.frequency[None, :])[0],
        female=merge(at.female[rows]),
        male=merge(at.male[rows]),
    )


def _with_silent(matrix: Floats) -> Floats:
    n = len(matrix)
    larger = np.eye(n + 1)
    larger[:n, :n] = matrix
    return larger


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """What the evidence says of one person's alleles at a locus.

    domain  (state,) alleles that the person may have, by number
    table   (state, state) P(evidence | paternal, maternal allele), or (state,) for one allele
    known   the person's alleles, where there is no doubt; in no particular order
    """

    domain: Ints
    table: Floats
    known: tuple[int, ...] | None = None


def read_genotype(
    genotype: Genotype, at: KinshipLocus, *, hemizygous: bool, dropout: float, partial: bool
) -> Reading:
    """The reading of a typed genotype.

    dropout  d: P(a/b | a, b) = (1 - d)^2, P(a/a | a, a) = 1 - d^2, P(a/a | a, b) = d (1 - d)
    partial  one allele was read, the other is any (a/?)
    A homozygote may hide a silent allele. Source: Egeland, Kling and Mostad 2016.
    """
    one, other = (at.alleles.index(label) for label in genotype.pair)
    n, silent = len(at.alleles), len(at.alleles) - 1
    if hemizygous:
        return Reading(np.array([one]), np.ones(1), (one,))
    if one != other:
        seen = (1 - dropout) ** 2
        return Reading(np.array([one, other]), np.array([[0, seen], [seen, 0]]), (one, other))
    if partial or dropout > 0:
        table = np.zeros((n, n))
        table[one, :] = table[:, one] = 1.0 if partial else dropout * (1 - dropout)
        if not partial:
            table[one, one] = 1 - dropout**2
        if not partial and at.has_silent:
            table[one, silent] = table[silent, one] = 1 - dropout
        return Reading(np.arange(n), table)
    if at.has_silent:
        return Reading(np.array([one, silent]), np.array([[1.0, 1.0], [1.0, 0.0]]))
    return Reading(np.array([one]), np.ones((1, 1)), (one, one))


def with_typing_error(reading: Reading, at: KinshipLocus, error: float) -> Reading:
    """The same of a genotype that, with probability `error`, was taken for another one.

    P(typed | true) = (1 - e) P(typed | true, no error) + e P(typed | any other genotype), others
    being drawn by their frequency. A genotype is told from another by what can be seen of it: a
    homozygote with a silent allele is the same.
    """
    if not error:
        return reading
    n, p = len(at.alleles), at.frequency
    seen = np.zeros((n,) * reading.table.ndim)
    seen[np.ix_(*[reading.domain] * seen.ndim)] = reading.table
    if seen.ndim == 1:
        kind, chance = np.arange(n), p
    else:
        one, other = np.indices((n, n))
        kind, chance = np.minimum(one, other) * n + np.maximum(one, other), np.outer(p, p)
        if at.has_silent:
            kind[-1] = kind[:, -1] = kind.diagonal()
    of_kind = np.bincount(kind.ravel(), chance.ravel())[kind]
    typed = np.bincount(kind.ravel(), (chance * seen).ravel())
    others = np.maximum(typed.sum() - typed[kind], 0.0)
    possible = of_kind < 1  # else there is no other genotype
    share = np.divide(others, 1 - of_kind, out=seen.copy(), where=possible)
    return Reading(np.arange(n), (1 - error) * seen + error * share)


def read_likelihoods(
    likelihoods: LocusLikelihoods, at: KinshipLocus, *, hemizygous: bool
) -> Reading | None:
    """The reading of a person given by likelihoods, as a contributor to a stain is.

    A silent allele counts as one of those that the evidence does not tell apart. None where the
    likelihoods cannot be laid on the alleles of the locus.
    """
    named = tuple(REST if label == SILENT else label for label in at.alleles)
    seen = tuple(dict.fromkeys(named))
    ln = on_alleles(likelihoods, seen)
    if ln is None and REST in seen:
        ln = on_alleles(likelihoods, seen[:-1])
        if ln is not None:
            ln = _without_rest(ln, len(seen))
    if ln is None:
        return None
    place = [seen.index(label) for label in named]
    table = square(np.exp(ln), len(seen))[np.ix_(place, place)]
    if hemizygous:
        one = np.diag(table)
        states = np.flatnonzero(one)
        return Reading(states, one[states])
    states = np.flatnonzero(table.any(axis=1))
    return Reading(states, table[np.ix_(states, states)])


def _without_rest(ln: Floats, n: int) -> Floats:
    """Likelihoods of genotypes of all alleles but the last, with -inf for those that have it."""
    larger = np.full((n, n), -np.inf)
    larger[: n - 1, : n - 1] = square(ln, n - 1)
    return np.asarray(larger[np.triu_indices(n)])


def alleles_named(likelihoods: LocusLikelihoods) -> frozenset[Allele]:
    """Alleles that likelihoods tell apart."""
    return frozenset(likelihoods.alleles) - {REST}


def flat_sources(at: KinshipLocus, inbreeding: tuple[float, ...]) -> list[Floats]:
    """The matrices tables are cut from, in the order of `weigh.descent.Source`."""
    p = at.frequency
    pairs = [(1 - f) * np.outer(p, p) + f * np.diag(p) for f in inbreeding]
    return [p[None, :], at.female, at.male, at.female / 2, at.male / 2, *pairs]
