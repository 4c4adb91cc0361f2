"""Two related people: against a twin that draws allele by allele."""

from __future__ import annotations

import numpy as np
import pytest
from tests.twins import kin as twin

from reopen.kernels.compare import unrelated_given_each
from reopen.kernels.genotypes import number, probabilities
from reopen.kernels.kin import add_up, child_of_each, one_allele_shared, parent_of_each
from reopen.kernels.shapes import Floats
from reopen.records import RELATIONS, Relation

FREQUENCY = np.array([0.1, 0.2, 0.3, 0.4])
NAMES = dict(zip("abcd", FREQUENCY.tolist(), strict=True))


def likelihood(seed: int) -> Floats:
    """Likelihoods of ten genotypes, some of them zero; (1, genotype)."""
    rng = np.random.default_rng(seed)
    return np.asarray((rng.random(10) * (rng.random(10) < 0.6) + np.eye(10)[seed % 10])[None])


def look_up(v: Floats) -> dict[frozenset[str], float]:
    return {frozenset(g): float(v[0, k]) for k, g in enumerate(twin.genotypes(NAMES))}


def stochastic(seed: int) -> Floats:
    matrix = np.random.default_rng(seed).random((4, 4)) + 3 * np.eye(4)
    return np.asarray(matrix / matrix.sum(axis=1, keepdims=True))


def named(matrix: Floats) -> dict[tuple[str, str], float]:
    return {(a, b): float(matrix[i, j]) for i, a in enumerate(NAMES) for j, b in enumerate(NAMES)}


@pytest.mark.parametrize("theta", [0.0, 0.03, 0.3])
@pytest.mark.parametrize("relation", RELATIONS, ids=lambda relation: relation.name)
def test_people_without_inbreeding(relation: Relation, theta: float) -> None:
    v = likelihood(3)
    by_name = look_up(v)
    k0, k1, k2 = relation.ibd
    found = (
        k0 * unrelated_given_each(v, FREQUENCY, theta)
        + k1 * one_allele_shared(v, FREQUENCY, theta)
        + k2 * v
    ) * probabilities(FREQUENCY, theta)
    expected = [
        twin.related(lambda g: by_name[frozenset(g)], h, relation.ibd, NAMES, theta)
        for h in twin.genotypes(NAMES)
    ]
    np.testing.assert_allclose(found[0], expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("theta", [0.0, 0.03])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("first_is_parent", [True, False])
def test_parent_and_child_with_mutation(seed: int, theta: float, first_is_parent: bool) -> None:
    v = likelihood(seed)
    by_name = look_up(v)
    handed, other = stochastic(seed), stochastic(seed + 10)
    if first_is_parent:
        found = parent_of_each(v, FREQUENCY, theta, handed, other)
    else:
        found = child_of_each(v, FREQUENCY, theta, handed, other) * probabilities(FREQUENCY, theta)
    expected = [
        twin.parent_and_child(
            lambda g: by_name[frozenset(g)],
            h,
            NAMES,
            theta,
            named(handed),
            named(other),
            first_is_parent=first_is_parent,
        )
        for h in twin.genotypes(NAMES)
    ]
    np.testing.assert_allclose(found[0], expected, rtol=1e-12)


@pytest.mark.parametrize("loci", [1, 3, 4, 9])
def test_sums_of_look_ups(loci: int) -> None:
    rng = np.random.default_rng(1)
    tables = rng.normal(size=(loci, 11))
    tables[0, 3] = -np.inf
    numbers = rng.integers(0, 11, (loci, 5000)).astype(np.uint16)
    total = np.ones(5000)
    add_up(numbers, tables, total)
    expected = 1 + tables[np.arange(loci)[:, None], numbers].sum(axis=0)
    np.testing.assert_allclose(total, expected, rtol=1e-13, atol=1e-13)


def test_a_genotype_keeps_its_number() -> None:
    """The twin lists genotypes in the order of the kernels."""
    order = [number(np.array(["abcd".index(a)]), np.array(["abcd".index(b)]), 4)[0]
             for a, b in twin.genotypes(NAMES)]  # fmt: skip
    assert order == list(range(10))
