"""Mutation models by hand arithmetic and by the properties that define them."""

from __future__ import annotations

import numpy as np
import pytest

from reopen.errors import CannotWeigh
from reopen.kernels.shapes import Floats
from reopen.records import Allele, MutationKind, MutationModel, Stationary, alleles
from reopen.weigh.mutation import mutation_matrix, overall_rate

LABELS = alleles(("8", "9", "9.3", "10"))
P = np.array([0.1, 0.2, 0.3, 0.4])
WHOLE = alleles(("14", "15", "16", "17"))
STEPWISE = MutationModel(MutationKind.STEPWISE, 0.01, 0.001, 0.1)


def matrix(kind: MutationKind, rate: float = 0.01, labels: tuple[Allele, ...] = WHOLE) -> Floats:
    return mutation_matrix(MutationModel(kind, rate), labels, P)


def test_none_is_the_identity() -> None:
    assert np.array_equal(matrix(MutationKind.NONE), np.eye(4))


@pytest.mark.parametrize("kind", [k for k in MutationKind if k is not MutationKind.CUSTOM])
def test_one_allele_does_not_mutate(kind: MutationKind) -> None:
    model = MutationModel(kind, 0.01)
    assert np.array_equal(mutation_matrix(model, alleles(("8",)), np.ones(1)), np.eye(1))


def test_equal() -> None:
    assert matrix(MutationKind.EQUAL, 0.03)[1] == pytest.approx([0.01, 0.97, 0.01, 0.01])


def test_proportional() -> None:
    """sum p (1 - p) = 0.7, so a = 0.01 / 0.7."""
    a = 0.01 / 0.7
    found = matrix(MutationKind.PROPORTIONAL)
    assert found[0] == pytest.approx([1 - a * 0.9, 0.2 * a, 0.3 * a, 0.4 * a])
    assert overall_rate(found, P) == pytest.approx(0.01)
    assert P @ found == pytest.approx(P)


def test_a_proportional_rate_above_its_limit_is_refused() -> None:
    """(1 - sum p^2) / (1 - min p) = 0.7 / 0.9."""
    matrix(MutationKind.PROPORTIONAL, 0.777)
    with pytest.raises(CannotWeigh, match=r"0\.77777"):
        matrix(MutationKind.PROPORTIONAL, 0.778)


def test_stepwise() -> None:
    """From 8: all of the rate to 9 and 10, ten to one; rate2 to 9.3. From 9.3: rate2 alone."""
    found = mutation_matrix(STEPWISE, LABELS, P)
    assert found[0] == pytest.approx([0.989, 0.01 * 10 / 11, 0.001, 0.01 / 11])
    assert found[1] == pytest.approx([0.005, 0.989, 0.001, 0.005])
    assert found[2] == pytest.approx([0.001 / 3, 0.001 / 3, 0.999, 0.001 / 3])


def test_an_allele_without_a_number_takes_no_steps() -> None:
    found = mutation_matrix(STEPWISE, alleles(("8", "9", "10", "Del")), P)
    assert found[3] == pytest.approx([0, 0, 0, 1])
    assert found[:, 3] == pytest.approx([0, 0, 0, 1])


def test_onestep() -> None:
    """From 14 to 15 alone; 17 has no neighbour."""
    found = matrix(MutationKind.ONESTEP, 0.01, alleles(("13", "14", "15", "17")))
    assert found[0] == pytest.approx([0.99, 0.01, 0, 0])
    assert found[1] == pytest.approx([0.005, 0.99, 0.005, 0])
    assert found[3] == pytest.approx([0, 0, 0, 1])


def test_dawid() -> None:
    """alpha = (1 - 0.1^4) / 0.9 = 1.111; from 14 to 15: 0.01 / 0.1 * 0.9 * 0.1 / (0.2 * 2.889)."""
    found = matrix(MutationKind.DAWID)
    assert found[0, 1] == pytest.approx(0.009 / (0.2 * 2.889))
    assert found[0, 2] == pytest.approx(found[0, 1] / 10)
    assert_reversible(found)
    assert overall_rate(found, P) == pytest.approx(0.01)


@pytest.mark.parametrize("kind", [MutationKind.ONESTEP, MutationKind.DAWID])
def test_models_of_whole_numbers_refuse_others(kind: MutationKind) -> None:
    with pytest.raises(CannotWeigh, match=r"9\.3"):
        matrix(kind, 0.01, LABELS)


def test_dawid_refuses_a_rate_that_a_rare_allele_cannot_bear() -> None:
    with pytest.raises(CannotWeigh, match="negative"):
        mutation_matrix(
            MutationModel(MutationKind.DAWID, 0.01), WHOLE, np.array([1e-4, 0.3, 0.3, 0.3999])
        )


def test_custom_follows_the_names_of_alleles() -> None:
    model = MutationModel(
        MutationKind.CUSTOM, alleles=alleles(("9", "8")), matrix=((0.9, 0.1), (0.3, 0.7))
    )
    found = mutation_matrix(model, alleles(("8", "9")), np.array([0.5, 0.5]))
    assert found == pytest.approx(np.array([[0.7, 0.3], [0.1, 0.9]]))
    with pytest.raises(CannotWeigh, match="no row for allele 10"):
        mutation_matrix(model, alleles(("8", "9", "10")), np.array([0.4, 0.4, 0.2]))
    with pytest.raises(CannotWeigh, match="without a frequency: 9"):
        mutation_matrix(model, alleles(("8",)), np.array([1.0]))


def test_pm_is_stationary_and_keeps_the_rate() -> None:
    found = stabilised(Stationary.PM)
    assert P @ found == pytest.approx(P)
    assert overall_rate(found, P) == pytest.approx(overall_rate(plain(), P))


def test_pm_needs_one_stationary_distribution() -> None:
    model = MutationModel(MutationKind.STEPWISE, 0.01, 0.0, 0.1, stationary=Stationary.PM)
    with pytest.raises(CannotWeigh, match="never change into each other"):
        mutation_matrix(model, LABELS, P)


@pytest.mark.parametrize("transform", [Stationary.MH, Stationary.BA])
def test_mh_and_ba_are_reversible_and_keep_the_rate(transform: Stationary) -> None:
    found = stabilised(transform)
    assert_reversible(found)
    assert overall_rate(found, P) == pytest.approx(overall_rate(plain(), P))


def test_mh_takes_the_smaller_flow_and_ba_half_the_harmonic_mean() -> None:
    """Flows 8 to 9 and back: 0.1 * 0.01 * 10/11 and 0.2 * 0.005; cells compared with 9 to 10,
    flows 0.2 * 0.005 and 0.4 * 0.01 * 10/11."""
    up, down = 0.1 * 0.01 * 10 / 11, 0.2 * 0.005
    next_up, next_down = 0.2 * 0.005, 0.4 * 0.01 * 10 / 11
    mh, ba = stabilised(Stationary.MH), stabilised(Stationary.BA)
    assert (mh[0, 1] * 0.1) / (mh[1, 3] * 0.2) == pytest.approx(up / next_up)
    harmonic = (up * down / (up + down)) / (next_up * next_down / (next_up + next_down))
    assert (ba[0, 1] * 0.1) / (ba[1, 3] * 0.2) == pytest.approx(harmonic)


def test_pr_is_the_mean_of_the_flows() -> None:
    found = stabilised(Stationary.PR)
    assert_reversible(found)
    up, down = 0.1 * 0.01 * 10 / 11, 0.2 * 0.005
    assert found[0, 1] == pytest.approx((up + down) / 0.2)


def test_rows_sum_to_one() -> None:
    for transform in Stationary:
        assert stabilised(transform).sum(axis=1) == pytest.approx(np.ones(4))


def plain() -> Floats:
    return mutation_matrix(STEPWISE, LABELS, P)


def stabilised(transform: Stationary) -> Floats:
    model = MutationModel(MutationKind.STEPWISE, 0.01, 0.001, 0.1, stationary=transform)
    return mutation_matrix(model, LABELS, P)


def assert_reversible(found: Floats) -> None:
    flow = P[:, None] * found
    assert flow == pytest.approx(flow.T)
