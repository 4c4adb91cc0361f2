"""How two typed people are related, as their genotypes say: the likeliest kappa, and a test.

The likeliest probabilities of sharing 0, 1 and 2 alleles by descent, where two people can have them
at all (k1^2 >= 4 k0 k2); and how much better they explain the genotypes than the stated relation.
Not for: pedigrees (`kinship`), families as a whole (`pedigree_check`), mutation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.identity import identity_probabilities
from reopen.kernels.shapes import Floats
from reopen.records import Allele, Locus, Population, Reference
from reopen.weigh.compare import LocusTable, locus_table
from reopen.weigh.identity import Identity
from reopen.weigh.relation_test import ALL_STATES, IBD, DrawnPairs, ln_given

SIMULATED = 1000
_FINEST = 2.0**-40  # of steps in k0 and k2
_LEAST = 1e-12  # a difference of ln likelihoods that is none
_AROUND = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)], dtype=np.float64)
_UNRELATED = 8


@dataclass(frozen=True, slots=True)
class KappaEstimate:
    """The likeliest relation of two people, and the stated one against it.

    kappa      (k0, k1, k2) of the largest likelihood
    stated     how the pedigree says that they are related; None where nothing is stated
    log10_glr  log10 LR of the stated relation against the likeliest; 0 at best, -inf where a locus
               rules the stated relation out; None where nothing is stated
    p_value    probability of so small an LR if the stated relation is true, or an upper bound of it
    loci       that both people have
    """

    one: str
    other: str
    kappa: tuple[float, float, float]
    loci: tuple[Locus, ...]
    stated: Identity | None = None
    log10_glr: float | None = None
    p_value: float | None = None


def estimate_kappa(
    one: Reference,
    other: Reference,
    population: Population,
    stated: Identity | None = None,
    *,
    simulated: int = SIMULATED,
    seed: int = 1,
    slip: float = 0.0,
    drawn: DrawnPairs | None = None,
) -> KappaEstimate:
    """The likeliest kappa of two people; with a stated relation, how well that does beside it.

    simulated  pairs drawn at most for the p-value, (those at most as good + 1) / (all + 1)
    slip       probability that two people show no sharing at a locus though the stated relation has
               them share: a mutation. 0 lets one locus rule out a parent
    drawn      pairs drawn before, for other people; seed counts if there are none

    Raises CannotWeigh for people without a common locus of the population.
    Source: Thompson 1975; the test as in Egeland, Kling and Mostad 2016.
    """
    tables = _common(one, other, population)
    wanted = ALL_STATES if stated is not None and stated.is_inbred else IBD
    by_state = _given_states(one, other, tables, wanted)
    kappa, best = _likeliest(by_state[None])
    found = tuple(float(k) for k in kappa[0])
    estimate = KappaEstimate(one.id, other.id, (found[0], found[1], found[2]), tuple(tables))
    if stated is None:
        return estimate
    delta = (1 - slip) * np.array(stated.delta)
    delta[_UNRELATED] += slip
    glr = float(ln_given(by_state[None], delta)[0] - best[0])
    return replace(
        estimate,
        stated=stated,
        log10_glr=min(glr / float(np.log(10)), 0.0),
        p_value=(drawn or DrawnPairs(seed)).p_value(by_state, tables, delta, simulated),
    )


def identity_likelihoods(
    one: Reference, other: Reference, population: Population
) -> tuple[tuple[Locus, ...], Floats]:
    """P(both genotypes | k of 0, 1 and 2 shared alleles) at the loci that both have; (locus, 3).

    Raises CannotWeigh for people without a common locus of the population.
    """
    tables = _common(one, other, population)
    return tuple(tables), _given_states(one, other, tables, IBD)[:, IBD]


def _common(one: Reference, other: Reference, population: Population) -> dict[Locus, LocusTable]:
    tables = {}
    for locus, mine in one.genotypes.items():
        theirs = other.genotypes.get(locus)
        if theirs is None or mine.is_triallelic or theirs.is_triallelic:
            continue
        met: set[Allele] = {*mine.alleles, *theirs.alleles}
        if (table := locus_table(locus, population, met)) is not None:
            tables[locus] = table
    if not tables:
        raise CannotWeigh(
            f"{one.id} and {other.id} have no locus in common in {population.name}.",
            rule="A relation is estimated from loci typed in both people.",
            way_on="Type both with one kit, or choose a population that lists its loci.",
        )
    return tables


def _given_states(
    one: Reference,
    other: Reference,
    tables: Mapping[Locus, LocusTable],
    states: Collection[int],
) -> Floats:
    """(locus, state)."""
    return np.stack([_of_pair(one, other, table, states) for table in tables.values()])


def _of_pair(
    one: Reference, other: Reference, table: LocusTable, states: Collection[int]
) -> Floats:
    place = {label: k for k, label in enumerate(table.alleles)}
    both = [
        np.array([[place[label] for label in person.genotypes[table.locus].pair]])
        for person in (one, other)
    ]
    first, second = both
    return np.asarray(
        identity_probabilities(first, second, table.frequency, table.theta, states)[0]
    )


def _likeliest(by_state: Floats) -> tuple[Floats, Floats]:
    """Likeliest (k0, k1, k2) of each pair, (pair, 3), and its ln likelihood, (pair,).

    The likelihood is concave in kappa: where its top breaks k1^2 >= 4 k0 k2, the best of what two
    people can have lies on the edge, k0 = (1 - s)^2, k1 = 2 s (1 - s), k2 = s^2.
    """
    by_kappa = by_state[:, :, IBD]
    kappa, ln = _climb(by_kappa)
    cannot = kappa[:, 1] ** 2 < 4 * kappa[:, 0] * kappa[:, 2] * (1 - 1e-9)
    if cannot.any():
        kappa[cannot], ln[cannot] = _on_the_edge(by_kappa[cannot])
    return kappa, ln


def _climb(by_kappa: Floats) -> tuple[Floats, Floats]:
    """The top over all kappa: from the middle, the best neighbour, with finer and finer steps."""
    n = len(by_kappa)
    at = np.full((n, 2), 1 / 4)  # k0, k2
    ln = _of_kappa(by_kappa, at[:, None, :])[:, 0]
    step = np.full(n, 1 / 4)
    while (moving := np.flatnonzero(step >= _FINEST)).size:
        around = at[moving, None, :] + step[moving, None, None] * _AROUND
        value = _of_kappa(by_kappa[moving], around)
        best = value.argmax(axis=1)
        rows = np.arange(len(moving))
        better = value[rows, best] > ln[moving] + _LEAST
        at[moving[better]] = around[rows, best][better]
        ln[moving[better]] = value[rows, best][better]
        step[moving[~better]] /= 2
    return np.column_stack([at[:, 0], 1 - at.sum(axis=1), at[:, 1]]), ln


def _of_kappa(by_kappa: Floats, at: Floats) -> Floats:
    """ln likelihood at some (k0, k2); at (pair, place, 2) -> (pair, place), -inf outside."""
    k0, k2 = at[..., 0], at[..., 1]
    inside = (k0 >= 0) & (k2 >= 0) & (k0 + k2 <= 1)
    kappa = np.stack([k0, 1 - k0 - k2, k2], axis=-1)
    p = np.einsum("pls,pks->pkl", by_kappa, np.where(inside[..., None], kappa, 1 / 3))
    with np.errstate(divide="ignore"):
        return np.where(inside, np.log(p).sum(axis=-1), -np.inf)


def _on_the_edge(by_kappa: Floats) -> tuple[Floats, Floats]:
    """The top along k1^2 = 4 k0 k2: a fine grid of s, then closer and closer around its best."""
    s = np.tile(np.linspace(0, 1, 201), (len(by_kappa), 1))
    width = 1 / 200
    rows = np.arange(len(s))
    while True:
        value = _of_kappa(by_kappa, np.stack([(1 - s) ** 2, s**2], axis=-1))
        best = value.argmax(axis=1)
        top = s[rows, best]
        if width < _FINEST:
            kappa = np.column_stack([(1 - top) ** 2, 2 * top * (1 - top), top**2])
            return kappa, value[rows, best]
        s = np.clip(top[:, None] + width * np.linspace(-1, 1, 9), 0, 1)
        width /= 4
