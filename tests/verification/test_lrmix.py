"""LRmix's validation cases: each probability that it printed, or one of three known reasons."""

from __future__ import annotations

import pytest
from verification.common import DATA
from verification.lrmix_cases import AGREES, RARE, SLIPS, TWICE, UNTYPED, by_hand, compare
from verification.lrmix_files import FOLDER, Case, cases, frequencies, worked_by_hand

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(
        not (DATA / FOLDER).is_dir(), reason="the folder `shared` is not beside the project"
    ),
]
CASES = cases(DATA) if (DATA / FOLDER).is_dir() else []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_both_sides_of_every_locus(case: Case) -> None:
    """To 1e-8 where ten digits are printed; what differs has one of three known reasons."""
    for found in compare(case, frequencies(DATA)):
        if found.agrees:
            continue
        assert found.reason, found
        if found.reason == RARE:
            assert found.off < 2e-4
            assert found.off_rest < AGREES[10]
        elif found.reason == UNTYPED:  # whatever the suspect's genotype, nothing was seen
            assert found.ours[0] == pytest.approx(found.ours[1], rel=1e-12)
            theta = case.theta
            assert found.printed[1] * (1 + 2 * theta) == pytest.approx(found.ours[1], rel=1e-9)
        else:
            assert found.reason == TWICE
            assert found.printed[0] == pytest.approx(found.ours[0] * (1 - 0.1**2), rel=1e-4)


def test_every_case_was_read() -> None:
    assert len(CASES) == 80
    assert all(len(case.expected) == 15 for case in CASES)


def test_the_scenarios_worked_out_on_paper() -> None:
    paper, ours = worked_by_hand(DATA), by_hand()
    for name in paper:
        agree = ours[name] == pytest.approx(paper[name], rel=1e-6)
        assert agree is (name not in SLIPS)
    # C with its slips put right: all six genotypes, as scenario A has them, for replicate 1 alone
    below = 0.9405 * 0.0225 + 2 * 0.0855 * 0.045 + 7.5e-5 * (2 * 0.0225 + 0.045)
    assert ours["C"] == pytest.approx(0.0855 / below)
    parent = 0.9405 * 0.075 + 0.0855 * (0.075 + 0.15) + 7.5e-5 * (0.075 + 0.075)
    assert ours["D"] == pytest.approx(0.0855 / parent)
