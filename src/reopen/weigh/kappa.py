"""How two typed people are related, as their genotypes say: the likeliest kappa, and a test.

The likeliest probabilities of sharing 0, 1 and 2 alleles by descent, where two people can have them
at all (k1^2 >= 4 k0 k2); and how much better they explain the genotypes than the stated relation.
Not for: pedigrees (`kinship`), families as a whole (`pedigree_check`), mutation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from reopen.errors import CannotWeigh
from reopen.kernels.identity import STATES, identity_probabilities
from reopen.kernels.shapes import Floats, Ints
from reopen.records import Allele, Locus, Population, Reference
from reopen.weigh.compare import LocusTable, locus_table
from reopen.weigh.identity import Identity

SIMULATED = 1000
_FINEST = 2.0**-40  # of steps in k0 and k2
_LEAST = 1e-12  # a difference of ln likelihoods that is none
_AROUND = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)], dtype=np.float64)
_IBD = [8, 7, 6]  # the states of people who are not inbred: 0, 1 and 2 alleles shared
_UNRELATED = 8
_BATCHES = (200, 1000)  # pairs drawn before a p-value that is not small is taken as it is
_ENOUGH = 20  # pairs at most as good, from which it is not small


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
) -> KappaEstimate:
    """The likeliest kappa of two people; with a stated relation, how well that does beside it.

    simulated  pairs drawn at most for the p-value, (those at most as good + 1) / (all + 1)
    slip       probability that two people show no sharing at a locus though the stated relation has
               them share: a mutation. 0 lets one locus rule out a parent

    The p-value is that of the LR of the stated relation against the best of a grid of kappa. By
    Markov's inequality it is at most the number of places of the grid times the LR; where that is
    less than the pairs drawn could show, it is given and none is drawn.

    Raises CannotWeigh for people without a common locus of the population.
    Source: Thompson 1975; the test as in Egeland, Kling and Mostad 2016.
    """
    tables = _common(one, other, population)
    by_state = _given_states(one, other, tables)
    kappa, best = _likeliest(by_state[None])
    found = tuple(float(k) for k in kappa[0])
    estimate = KappaEstimate(one.id, other.id, (found[0], found[1], found[2]), tuple(tables))
    if stated is None:
        return estimate
    delta = (1 - slip) * np.array(stated.delta)
    delta[_UNRELATED] += slip
    glr = float(_ln(by_state[None], delta)[0] - best[0])
    return replace(
        estimate,
        stated=stated,
        log10_glr=min(glr / float(np.log(10)), 0.0),
        p_value=_p_value(by_state, tables, delta, simulated, seed),
    )


def identity_likelihoods(
    one: Reference, other: Reference, population: Population
) -> tuple[tuple[Locus, ...], Floats]:
    """P(both genotypes | state) at the loci that both have; (locus, Jacquard's state).

    Raises CannotWeigh for people without a common locus of the population.
    """
    tables = _common(one, other, population)
    return tuple(tables), _given_states(one, other, tables)


def _p_value(
    by_state: Floats, tables: Mapping[Locus, LocusTable], delta: Floats, simulated: int, seed: int
) -> float:
    seen = _against_grid(by_state[None], delta)[0]
    bound = len(_GRID) * float(np.exp(seen))
    if bound <= 1 / (1 + simulated):
        return bound
    rng = np.random.default_rng(seed)
    drawn = as_bad = 0
    for batch in (*_BATCHES, simulated):
        n = min(batch, simulated) - drawn
        if n <= 0 or as_bad >= _ENOUGH:
            continue
        pairs = np.stack([_draw(rng, table, delta, n) for table in tables.values()], axis=1)
        as_bad += int(np.sum(_against_grid(pairs, delta) <= seen + _LEAST))
        drawn += n
    return (1 + as_bad) / (1 + drawn)


def _against_grid(by_state: Floats, delta: Floats) -> Floats:
    """ln LR of delta against the best kappa of the grid; (pair, locus, state) -> (pair,)."""
    on_grid = np.zeros((len(by_state), len(_GRID)))
    with np.errstate(divide="ignore"):
        for at_locus in by_state[:, :, _IBD].swapaxes(0, 1):
            on_grid += np.log(at_locus @ _GRID.T)
    return np.asarray(_ln(by_state, delta) - on_grid.max(axis=1))


def _grid() -> Floats:
    """(k0, k1, k2) that two people can have, by steps of 1/8; the rows are places."""
    eighths = [(i / 8, 1 - i / 8 - j / 8, j / 8) for i in range(9) for j in range(9 - i)]
    return np.array([k for k in eighths if k[1] ** 2 >= 4 * k[0] * k[2]])


_GRID = _grid()


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


def _given_states(one: Reference, other: Reference, tables: Mapping[Locus, LocusTable]) -> Floats:
    """(locus, state)."""
    return np.stack([_of_pair(one, other, table) for table in tables.values()])


def _of_pair(one: Reference, other: Reference, table: LocusTable) -> Floats:
    place = {label: k for k, label in enumerate(table.alleles)}
    both = [
        np.array([[place[label] for label in person.genotypes[table.locus].pair]])
        for person in (one, other)
    ]
    return np.asarray(identity_probabilities(both[0], both[1], table.frequency, table.theta)[0])


def _draw(rng: np.random.Generator, table: LocusTable, delta: Floats, n: int) -> Floats:
    """Pairs of people so related, as probabilities given each state; (pair, state)."""
    states = np.array(STATES)[rng.choice(len(STATES), size=n, p=delta / delta.sum())]
    drawn = _urn(rng, table, n)
    alleles = np.take_along_axis(drawn, states, axis=1)
    return identity_probabilities(alleles[:, :2], alleles[:, 2:], table.frequency, table.theta)


def _urn(rng: np.random.Generator, table: LocusTable, n: int) -> Ints:
    """Four alleles drawn one after another, each time anew or as a copy of one before; (n, 4)."""
    drawn = rng.choice(len(table.alleles), size=(n, 4), p=table.frequency)
    for k in range(1, 4):
        copies = rng.random(n) < k * table.theta / (1 + (k - 1) * table.theta)
        which = rng.integers(k, size=n)
        drawn[:, k] = np.where(copies, drawn[np.arange(n), which], drawn[:, k])
    return np.asarray(drawn, dtype=np.int64)


def _ln(by_state: Floats, delta: Floats) -> Floats:
    """ln P(genotypes | delta) of each pair; by_state (pair, locus, state) -> (pair,)."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(by_state @ delta).sum(axis=1))


def _likeliest(by_state: Floats) -> tuple[Floats, Floats]:
    """Likeliest (k0, k1, k2) of each pair, (pair, 3), and its ln likelihood, (pair,).

    The likelihood is concave in kappa: where its top breaks k1^2 >= 4 k0 k2, the best of what two
    people can have lies on the edge, k0 = (1 - s)^2, k1 = 2 s (1 - s), k2 = s^2.
    """
    by_kappa = by_state[:, :, _IBD]
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
