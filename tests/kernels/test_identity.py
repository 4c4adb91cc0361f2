"""Genotypes of two people given how their alleles descend: against a twin over ordered alleles."""

from __future__ import annotations

import numpy as np
import pytest
from tests.twins import identity as twin
from tests.twins.kin import genotypes

from reopen.kernels.identity import STATES, identity_probabilities

FREQUENCY = np.array([0.15, 0.25, 0.6])
NAMES = dict(zip("abc", FREQUENCY.tolist(), strict=True))


@pytest.mark.parametrize("theta", [0.0, 0.02, 0.4])
@pytest.mark.parametrize("state", range(len(STATES)))
def test_each_state(state: int, theta: float) -> None:
    both = [(g, h) for g in genotypes(NAMES) for h in genotypes(NAMES)]
    first, second = (
        np.array([["abc".index(allele) for allele in pair[k]] for pair in both]) for k in (0, 1)
    )
    found = identity_probabilities(first, second, FREQUENCY, theta)[:, state]
    expected = [twin.given_pattern(g, h, STATES[state], NAMES, theta) for g, h in both]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert found.sum() == pytest.approx(1)


def test_the_order_of_alleles_does_not_matter() -> None:
    first, second = np.array([[0, 1], [0, 2]]), np.array([[1, 1], [2, 0]])
    straight = identity_probabilities(first, second, FREQUENCY, 0.02)
    turned = identity_probabilities(first[:, ::-1], second[:, ::-1], FREQUENCY, 0.02)
    np.testing.assert_allclose(straight, turned, rtol=1e-14)
