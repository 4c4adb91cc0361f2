"""The likeliest kappa: corners that can be reasoned out, a fine grid, and p-values."""

from __future__ import annotations

import numpy as np
import pytest

from reopen.errors import CannotWeigh
from reopen.formats import library
from reopen.kernels.identity import identity_probabilities
from reopen.records import (
    FULL_SIBLINGS,
    HALF_SIBLINGS,
    IDENTICAL,
    PARENT_CHILD,
    UNRELATED,
    Allele,
    AlleleFrequencies,
    Locus,
    Population,
    Reference,
    genotype,
)
from reopen.weigh.identity import identity_of
from reopen.weigh.kappa import estimate_kappa
from reopen.weigh.simulate import draw_family, draw_references

POPULATION = Population(library.population("nist1036-cauc"), theta=0.0)
FAMILY = draw_family(np.random.default_rng(3), POPULATION, "F", "M", ["A", "B"])


def grid_maximum(one: Reference, other: Reference, population: Population) -> float:
    """ln likelihood over a grid of kappa that two people can have, by steps of 1/400."""
    by_state = []
    for locus, table in population.frequencies.by_locus.items():
        labels = [label for label, f in table.items() if f > 0]
        p = np.array([table[label] for label in labels])
        pair = [np.array([[labels.index(a) for a in who.genotypes[locus].pair]])
                for who in (one, other)]  # fmt: skip
        by_state.append(identity_probabilities(pair[0], pair[1], p / p.sum(), 0.0)[0, [8, 7, 6]])
    k0, k2 = np.meshgrid(np.linspace(0, 1, 401), np.linspace(0, 1, 401))
    k1 = 1 - k0 - k2
    can = (k1 >= 0) & (k1**2 >= 4 * k0 * k2 - 1e-12)
    kappa = np.stack([k0[can], k1[can], k2[can]])
    with np.errstate(divide="ignore"):
        return float(np.log(np.array(by_state) @ kappa).sum(axis=0).max())


@pytest.mark.parametrize("names", [("F", "A"), ("A", "B"), ("F", "M"), ("M", "B")])
def test_no_point_of_a_grid_is_better(names: tuple[str, str]) -> None:
    people = {who.id: who for who in (FAMILY.father, FAMILY.mother, *FAMILY.children)}
    one, other = (people[name] for name in names)
    found = estimate_kappa(one, other, POPULATION, identity_of(UNRELATED), simulated=1)
    k0, k1, k2 = found.kappa
    assert min(found.kappa) >= 0
    assert k0 + k1 + k2 == pytest.approx(1)
    assert k1**2 >= 4 * k0 * k2 * (1 - 1e-6)
    best = ln_likelihood(one, other, found.kappa)
    assert best >= grid_maximum(one, other, POPULATION) - 1e-9
    unrelated = ln_likelihood(one, other, (1.0, 0.0, 0.0))
    assert found.log10_glr == pytest.approx((unrelated - best) / np.log(10), abs=1e-9)


def ln_likelihood(one: Reference, other: Reference, kappa: tuple[float, float, float]) -> float:
    """By the closed form for two people of unequal genotypes, locus by locus."""
    total = 0.0
    for locus, table in POPULATION.frequencies.by_locus.items():
        listed = sum(f for f in table.values())
        p = {label: f / listed for label, f in table.items()}
        (a, b), (c, d) = one.genotypes[locus].pair, other.genotypes[locus].pair
        two = lambda x, y: 1 if x == y else 2  # noqa: E731
        none = two(a, b) * p[a] * p[b] * two(c, d) * p[c] * p[d]
        some = 0.0
        for s in {a, b} & {c, d}:
            u, v = (b if a == s else a), (d if c == s else c)
            some += p[s] * p[u] * p[v]
        every = two(a, b) * p[a] * p[b] if (a, b) == (c, d) else 0.0
        total += float(np.log(kappa[0] * none + kappa[1] * some + kappa[2] * every))
    return total


def test_one_person_twice() -> None:
    found = estimate_kappa(FAMILY.father, FAMILY.father, POPULATION)
    assert found.kappa == pytest.approx((0, 0, 1), abs=1e-9)
    assert found.log10_glr is None


def test_a_parent_is_told_from_a_sibling() -> None:
    parent = estimate_kappa(FAMILY.father, FAMILY.children[0], POPULATION)
    assert parent.kappa[0] == pytest.approx(0, abs=1e-6)


def test_a_relation_that_a_locus_rules_out() -> None:
    found = estimate_kappa(
        FAMILY.father, FAMILY.mother, POPULATION, identity_of(IDENTICAL), simulated=50
    )
    assert found.log10_glr == -np.inf
    assert found.p_value == 0.0


def test_p_values_of_true_relations_are_uniform() -> None:
    """Not below 5 % more often than 5 % of the time (binomial: at most 8 of 60, 99.7 %)."""
    rng = np.random.default_rng(5)
    loci = list(POPULATION.frequencies.by_locus)[:12]
    low = 0
    for k in range(60):
        drawn = draw_family(rng, POPULATION, "F", "M", ["A", "B"], loci=loci)
        found = estimate_kappa(
            *drawn.children, POPULATION, identity_of(FULL_SIBLINGS), simulated=99, seed=k
        )
        assert found.p_value is not None
        low += found.p_value <= 0.05
    assert low <= 8


def test_strangers_said_to_be_parent_and_child() -> None:
    rng = np.random.default_rng(6)
    one, other = draw_references(rng, POPULATION, ["A", "B"])
    for relation in (PARENT_CHILD, HALF_SIBLINGS, FULL_SIBLINGS):
        found = estimate_kappa(one, other, POPULATION, identity_of(relation), simulated=200)
        assert found.p_value is not None
        assert found.p_value < 0.05


def test_people_without_a_common_locus() -> None:
    tables = {Locus(name): {Allele("8"): 0.5, Allele("9"): 0.5} for name in ("X", "Y")}
    few = Population(AlleleFrequencies("Few", tables, ""))
    one = Reference("A", {Locus("X"): genotype("8", "9")})
    other = Reference("B", {Locus("Y"): genotype("8", "9")})
    with pytest.raises(CannotWeigh, match="no locus in common"):
        estimate_kappa(one, other, few)
